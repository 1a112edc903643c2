"""Writes notes: what a candidate jots down on a question or for the whole exam, and what she marks in a stem."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, JSONField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

from exams.models import Attempt, Note
from exams.services.attempt import answering
from exams.services.attempt.answering import Outcome, Sitter

SCRATCHPAD = 0  # the position of the note on the whole exam
LONGEST = 4000  # characters of a note
MOST_HIGHLIGHTS = 100  # of one stem


@dataclass(frozen=True, slots=True)
class Jotted:
    """A note as it stands; the empty one, version 0, is what nobody has written yet."""

    text: str = ""
    highlights: tuple[tuple[int, int], ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class NoteSaved:
    """SAVED, REPEATED, CLOSED, or OUTDATED: stored below what another page had written."""

    outcome: Outcome
    note: Jotted


def with_notes(attempts: QuerySet[Attempt], position: int) -> QuerySet[Attempt]:
    """The attempts with the note on one question and the scratchpad, in the same query (read them by `notes`)."""

    def of(place: int) -> Subquery:
        rows = Note.objects.filter(attempt=OuterRef("pk"), position=place)
        data = JSONObject(text="text", version="version", highlights="highlights")
        return Subquery(rows.values(data=data), output_field=JSONField())

    return attempts.annotate(note_row=of(position), pad_row=of(SCRATCHPAD))


def notes(attempt: Attempt) -> tuple[Jotted, Jotted]:
    """The note on the question and the scratchpad that `with_notes` has read."""
    return _jotted(getattr(attempt, "note_row", None)), _jotted(getattr(attempt, "pad_row", None))


def _jotted(row: dict[str, Any] | None) -> Jotted:
    if row is None:
        return Jotted()
    marks = row["highlights"]
    marks = json.loads(marks) if isinstance(marks, str) else marks  # SQLite hands nested JSON over as text
    return Jotted(row["text"], tuple((start, end) for start, end in marks), row["version"])


def valid_highlights(marks: object) -> bool:
    """Pairs of character offsets into the text of a stem, in order and apart."""
    if not isinstance(marks, list) or len(marks) > MOST_HIGHLIGHTS:
        return False
    last = 0
    for mark in marks:
        if not (isinstance(mark, list) and len(mark) == 2 and all(type(n) is int for n in mark)):
            return False
        if not last <= mark[0] < mark[1] <= 100_000:
            return False
        last = mark[1]
    return True


def save(
    attempt: UUID,
    sitter: Sitter,
    position: int,
    version: int,
    now: datetime,
    *,
    text: str | None = None,
    highlights: list[list[int]] | None = None,
) -> NoteSaved:
    """Stores text or highlights; what is None stays. The row is made when there is something to keep.

    A text that is not based on the current version loses nothing: it is put below what another page has stored.
    Highlights that are not are dropped. Raises ValueError for a text over LONGEST characters.
    """
    if text is not None and len(text) > LONGEST:
        raise ValueError(f"a note has at most {LONGEST} characters")
    with transaction.atomic():
        # The lock is that of a save: nothing is written once a finish has been committed.
        open_one = answering.mine(attempt, sitter).writable(now).select_for_update(of=("self",), no_key=True)
        pk = open_one.values_list("pk", flat=True).first()
        if pk is None:
            return NoteSaved(Outcome.CLOSED, Jotted())
        row = Note.objects.filter(attempt=pk, position=position).first()
        stored = Jotted(row.text, tuple(map(tuple, row.highlights)), row.version) if row else Jotted()
        current = version == stored.version
        marks = stored.highlights
        if highlights is not None and current:
            marks = tuple((start, end) for start, end in highlights)
        wanted = Jotted(_joined(stored.text, text, current), marks, stored.version)
        if wanted == stored:
            return NoteSaved(Outcome.REPEATED, stored)
        fields = {"text": wanted.text, "highlights": [list(mark) for mark in wanted.highlights]}
        if row is None:
            try:
                with transaction.atomic():
                    Note.objects.create(attempt_id=pk, position=position, version=1, **fields)
            except IntegrityError:  # another page has written its first note in this moment
                return save(attempt, sitter, position, version, now, text=text, highlights=highlights)
        else:
            Note.objects.filter(pk=row.pk).update(version=F("version") + Value(1), **fields)
    saved = Jotted(wanted.text, wanted.highlights, stored.version + 1)
    return NoteSaved(Outcome.SAVED if current else Outcome.OUTDATED, saved)


def _joined(stored: str, text: str | None, current: bool) -> str:
    """The new text; or, where another page was faster, that page's text with this one below it."""
    if text is None or (not current and text in stored):
        return stored
    if current or not stored:
        return text
    return f"{stored}\n\n{text}"[:LONGEST]
