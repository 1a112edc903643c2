"""Write notes: the candidate's note on a question, the scratchpad, and highlights in the stem and the options."""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Value

from exams.models import Attempt, Note
from exams.services.attempt import answering
from exams.services.attempt.answering import SaveOutcome, Sitter

SCRATCHPAD = 0  # the position of the note on the whole exam
MAX_NOTE_CHARS = 4000
STEM = "stem"  # the key of highlights in the stem; those of an option have its bit
MAX_HIGHLIGHTS = 100  # in the stem or in one option
MAX_HIGHLIGHT_OFFSET = 100_000  # characters


type Highlights = dict[str, list[list[int]]]


@dataclass(frozen=True, slots=True)
class NoteContent:
    """The stored state of a note. The default, version 0, stands for a note without a row."""

    text: str = ""
    highlights: Highlights = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class NoteSaveResult:
    """SAVED, REPEATED, CLOSED (or elsewhere), or OUTDATED: the text was stored below the text of another page."""

    outcome: SaveOutcome
    note: NoteContent


def all_notes(attempt: Attempt) -> dict[int, NoteContent]:
    """Return the notes of an attempt by position, the scratchpad at SCRATCHPAD: one query."""
    rows = Note.objects.filter(attempt=attempt).values_list("position", "text", "highlights", "version")
    return {position: NoteContent(*content) for position, *content in rows}


def noted(notes: Mapping[int, NoteContent]) -> Set[int]:
    """Return the positions of the questions on which the candidate has written a note."""
    return {position for position, note in notes.items() if note.text and position != SCRATCHPAD}


def valid_highlights(value: object, bits: Collection[int]) -> bool:
    """Return whether `value` has highlights of the stem and of the options with these bits only."""
    parts = {STEM, *map(str, bits)}
    return isinstance(value, dict) and value.keys() <= parts and all(map(_valid_offsets, value.values()))


def _valid_offsets(value: object) -> bool:
    """Return whether `value` is a list of ascending, disjoint [start, end] character offsets into a text."""
    if not isinstance(value, list) or len(value) > MAX_HIGHLIGHTS:
        return False
    last_end = 0
    for pair in value:
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(offset) is int for offset in pair)):
            return False
        start, end = pair
        if not last_end <= start < end <= MAX_HIGHLIGHT_OFFSET:
            return False
        last_end = end
    return True


def save(
    attempt: UUID,
    sitter: Sitter,
    position: int,
    version: int,
    now: datetime,
    *,
    text: str | None = None,
    highlights: Highlights | None = None,
) -> NoteSaveResult:
    """Store text or highlights; None leaves a field unchanged. The row is created on the first change.

    Text based on an outdated version is appended to the stored text, so that nothing is lost. Highlights based on
    an outdated version are dropped. Raise ValueError for text over MAX_NOTE_CHARS characters.
    """
    if text is not None and len(text) > MAX_NOTE_CHARS:
        raise ValueError(f"A note can have at most {MAX_NOTE_CHARS} characters.")
    with transaction.atomic():
        # The same lock as for answers: nothing is written after a finish has been committed.
        rows = answering.sitter_attempt(attempt, sitter).writable(now).seated(sitter.seat)
        pk = rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True).first()
        if pk is None:
            return NoteSaveResult(SaveOutcome.CLOSED, NoteContent())
        row = Note.objects.filter(attempt=pk, position=position).first()
        stored = NoteContent(row.text, row.highlights, row.version) if row else NoteContent()
        is_current = version == stored.version
        new_highlights = stored.highlights
        if highlights is not None and is_current:
            new_highlights = {part: offsets for part, offsets in highlights.items() if offsets}
        content = NoteContent(_merged_text(stored.text, text, is_current), new_highlights, stored.version)
        if content == stored:
            return NoteSaveResult(SaveOutcome.REPEATED, stored)
        fields = {"text": content.text, "highlights": content.highlights}
        if row is None:
            try:
                with transaction.atomic():
                    Note.objects.create(attempt_id=pk, position=position, version=1, **fields)
            except IntegrityError:  # another page has created the note concurrently
                return save(attempt, sitter, position, version, now, text=text, highlights=highlights)
        else:
            Note.objects.filter(pk=row.pk).update(version=F("version") + Value(1), **fields)
    saved = NoteContent(content.text, content.highlights, stored.version + 1)
    return NoteSaveResult(SaveOutcome.SAVED if is_current else SaveOutcome.OUTDATED, saved)


def _merged_text(stored: str, text: str | None, is_current: bool) -> str:
    """Return the new text; if it is based on an outdated version, the stored text with the new text below."""
    if text is None or (not is_current and text in stored):
        return stored
    if is_current or not stored:
        return text
    return f"{stored}\n\n{text}"[:MAX_NOTE_CHARS]
