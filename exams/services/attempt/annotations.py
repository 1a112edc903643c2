"""Write notes: the candidate's note on a question, the scratchpad, and highlights in the stem and the options."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from exams.models import Attempt, Note, Response
from exams.services.attempt import answering
from exams.services.attempt.answering import SaveOutcome, Sitter

SCRATCHPAD = 0  # the position of the note on the whole exam
MAX_NOTE_CHARS = 4000
STEM = "stem"  # the key of highlights in the stem; those of an option have its bit
MAX_HIGHLIGHTS = 40  # in the stem or in one option
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
    """SAVED, REPEATED, CLOSED (or elsewhere), MISSING (the attempt has no such question), or OUTDATED: the text was
    stored below the text of another page."""

    outcome: SaveOutcome
    note: NoteContent


@dataclass(frozen=True, slots=True)
class AttemptNotes:
    """The positions of an attempt's notes, which of these questions have a text, and the content that was asked for."""

    positions: frozenset[int]
    noted: frozenset[int]
    contents: Mapping[int, NoteContent]

    def at(self, position: int) -> NoteContent:
        return self.contents.get(position, NoteContent())


def read(attempt: Attempt, shown: Collection[int] | None = ()) -> AttemptNotes:
    """Return the notes of an attempt with the content of those at the `shown` positions, of all if None: one query.

    The scratchpad is at SCRATCHPAD. A page that shows one question must not read the notes on all others.
    """
    is_shown = Q() if shown is None else Q(position__in=shown)
    rows = Note.objects.filter(attempt=attempt).annotate(
        has_text=~Q(text=""),
        shown_text=Case(When(is_shown, then="text")) if is_shown else F("text"),
        shown_marks=Case(When(is_shown, then="highlights")) if is_shown else F("highlights"),
    )
    positions, noted, contents = set(), set(), {}
    for position, has_text, *content in rows.values_list(
        "position", "has_text", "shown_text", "shown_marks", "version"
    ):
        positions.add(position)
        if has_text and position != SCRATCHPAD:
            noted.add(position)
        if shown is None or position in shown:
            contents[position] = NoteContent(*content)
    return AttemptNotes(frozenset(positions), frozenset(noted), contents)


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

    The attempt must have a question at the position, unless it is SCRATCHPAD. Highlights in options that the question
    does not have are left out.
    Text based on an outdated version is appended to the stored text, so that nothing is lost. Highlights based on
    an outdated version are dropped. Raise ValueError for text over MAX_NOTE_CHARS characters.
    """
    if text is not None and len(text) > MAX_NOTE_CHARS:
        raise ValueError(f"A note can have at most {MAX_NOTE_CHARS} characters.")
    with transaction.atomic():
        # The same lock as for answers: nothing is written after a finish has been committed.
        rows = answering.sitter_attempt(attempt, sitter).writable(now).seated(sitter.seat)
        response = Response.objects.filter(attempt=OuterRef("pk"), position=position).order_by()
        locked = rows.select_for_update(of=("self",), no_key=True).annotate(full=Subquery(response.values("full")))
        found = locked.values_list("pk", "full").first()
        if found is None:
            return NoteSaveResult(SaveOutcome.CLOSED, NoteContent())
        pk, full = found
        if full is None and position != SCRATCHPAD:
            return NoteSaveResult(SaveOutcome.MISSING, NoteContent())
        row = Note.objects.filter(attempt=pk, position=position).first()
        stored = NoteContent(row.text, row.highlights, row.version) if row else NoteContent()
        is_current = version == stored.version
        new_highlights = stored.highlights
        if highlights is not None and is_current:
            new_highlights = {
                part: offsets
                for part, offsets in highlights.items()
                if offsets and (part == STEM or (full or 0) >> int(part) & 1)
            }
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
