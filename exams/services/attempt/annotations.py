"""Write notes: the candidate's note on a question, the scratchpad, and highlights in the stem and the options."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, When

from exams.models import Attempt, Note, Response
from exams.services.attempt import answering
from exams.services.attempt.answering import SaveOutcome, Sitter

SCRATCHPAD = 0  # the position of the note on the whole exam
MAX_NOTE_CHARS = 4000
PARAGRAPH = "\n\n"
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
class NoteEdit:
    """A change of one note, based on a version of it; None leaves a field unchanged."""

    position: int
    version: int
    text: str | None = None
    highlights: Highlights | None = None


@dataclass(frozen=True, slots=True)
class NoteSaveResult:
    """SAVED, CLOSED (or elsewhere), MISSING (the attempt has no such question), or OUTDATED: another page has changed
    the note. A text is then stored below the text of that page, and highlights are dropped.
    """

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
    """Store text or highlights of one note, as `save_many` does."""
    edit = NoteEdit(position, version, text, highlights)
    (result,) = save_many(attempt, sitter, [edit], now)
    return result


def save_many(attempt: UUID, sitter: Sitter, edits: Sequence[NoteEdit], now: datetime) -> list[NoteSaveResult]:
    """Store text or highlights of many notes with four statements. A row is created on the first change.

    The attempt must have a question at the position, unless it is SCRATCHPAD. Highlights in options that the question
    does not have are left out.
    Text based on an outdated version is merged with the stored text, so that nothing is lost. Highlights based on
    an outdated version are dropped. Of several edits of one note, all those based on the stored version are current:
    the last one counts. Raise ValueError for text over MAX_NOTE_CHARS characters.
    """
    _check_length(edits)
    with transaction.atomic(savepoint=False):
        # The same lock as for answers: nothing is written after a finish has been committed, and no other page writes
        # a note of this attempt meanwhile.
        rows = answering.sitter_attempt(attempt, sitter).writable(now).seated(sitter.seat)
        pk = rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True).first()
        return _store(pk, edits)


def save_after_end(attempt: Attempt, edit: NoteEdit) -> NoteSaveResult:
    """Store a note on a question of an attempt that is over, as `save` does while it is open: four statements.

    The review calls it, which knows whether the candidate may see the question.
    """
    _check_length([edit])
    with transaction.atomic(savepoint=False):
        rows = Attempt.objects.filter(pk=attempt.pk).exclude(status=Attempt.Status.OPEN)
        pk = rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True).first()
        (result,) = _store(pk, [edit])
    return result


def _check_length(edits: Sequence[NoteEdit]) -> None:
    if any(edit.text is not None and len(edit.text) > MAX_NOTE_CHARS for edit in edits):
        raise ValueError(f"A note can have at most {MAX_NOTE_CHARS} characters.")


def _store(attempt: int | None, edits: Sequence[NoteEdit]) -> list[NoteSaveResult]:
    """Store the edits of an attempt whose row is locked with three statements; None takes none."""
    if attempt is None:
        return [NoteSaveResult(SaveOutcome.CLOSED, NoteContent()) for _edit in edits]
    positions = {edit.position for edit in edits}
    full = {SCRATCHPAD: 0}
    full |= Response.objects.filter(attempt=attempt, position__in=positions).values_list("position", "full")
    notes = Note.objects.filter(attempt=attempt, position__in=positions)
    columns = ("position", "text", "highlights", "version")
    stored = {position: NoteContent(*content) for position, *content in notes.values_list(*columns)}
    contents = {position: stored.get(position, NoteContent()) for position in positions}
    for edit in edits:
        if edit.position in full:
            is_current = edit.version == stored.get(edit.position, NoteContent()).version
            contents[edit.position] = _edited(contents[edit.position], edit, full[edit.position], is_current)
    changed = {
        position: replace(content, version=content.version + 1)
        for position, content in contents.items()
        if content != stored.get(position, NoteContent())
    }
    Note.objects.bulk_create(
        [
            Note(
                attempt_id=attempt,
                position=at,
                text=content.text,
                highlights=content.highlights,
                version=content.version,
            )
            for at, content in sorted(changed.items())
        ],
        update_conflicts=True,
        unique_fields=["attempt", "position"],
        update_fields=["text", "highlights", "version"],
    )
    return [_result(edit, full, stored, contents | changed) for edit in edits]


def _edited(content: NoteContent, edit: NoteEdit, full: int, is_current: bool) -> NoteContent:
    """Return the content after an edit."""
    highlights = content.highlights
    if edit.highlights is not None and is_current:
        highlights = {
            part: offsets
            for part, offsets in edit.highlights.items()
            if offsets and (part == STEM or full >> int(part) & 1)
        }
    return NoteContent(_merged_text(content.text, edit.text, is_current), highlights, content.version)


def _result(
    edit: NoteEdit, full: Mapping[int, int], stored: Mapping[int, NoteContent], contents: Mapping[int, NoteContent]
) -> NoteSaveResult:
    """Return what has become of an edit: OUTDATED if the note is not what it asked for."""
    if edit.position not in full:
        return NoteSaveResult(SaveOutcome.MISSING, NoteContent())
    before, now = stored.get(edit.position, NoteContent()), contents[edit.position]
    is_text_stored = edit.text is None or edit.text == now.text
    is_current = edit.version == before.version
    if is_current or (is_text_stored and edit.highlights in (None, now.highlights)):
        return NoteSaveResult(SaveOutcome.SAVED, now)
    return NoteSaveResult(SaveOutcome.OUTDATED, now)


def _merged_text(stored: str, text: str | None, is_current: bool) -> str:
    """Return the new text; if it is based on an outdated version, the stored text with the new text below.

    A text that goes on from the stored one takes its place: the reply to the first part may have been lost. So does one
    that goes on from some of its paragraphs, which this page has written before another one added its own.
    """
    if text is None or (not is_current and text in stored):
        return stored
    if is_current or text.startswith(stored):
        return text
    return PARAGRAPH.join(_continued(stored.split(PARAGRAPH), text))[:MAX_NOTE_CHARS]


def _continued(paragraphs: list[str], text: str) -> list[str]:
    """Return paragraphs with a text in place of those with which it begins, or below all if there are none."""
    first = next((n for n, paragraph in enumerate(paragraphs) if paragraph and text.startswith(paragraph)), None)
    if first is None:
        return [*paragraphs, text]
    last, end = first, len(paragraphs[first])
    while last + 1 < len(paragraphs) and text.startswith(PARAGRAPH + paragraphs[last + 1], end):
        last += 1
        end += len(PARAGRAPH + paragraphs[last])
    return [*paragraphs[:first], text, *paragraphs[last + 1 :]]
