"""The tools of the room: notes, highlights in the question, and reading preferences.

Their fields are part of the room form, so that every button submits them. A digest tells which texts have changed
since the page was rendered.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from exams.services.attempt import annotations
from exams.services.attempt.annotations import MAX_NOTE_CHARS, SCRATCHPAD, Highlights, NoteEdit
from exams.services.attempt.answering import SaveOutcome, Sitter
from exams.services.people import candidates
from questions.content.schema import MAX_BIT
from questions.content.typed_numbers import whole_number

MAX_VERSION = 10**9


@dataclass(frozen=True, slots=True)
class ToolEdits:
    """The posted changes of notes and preferences. `fault` says what could not be read and is left out."""

    notes: tuple[NoteEdit, ...] = ()
    preferences: dict[str, object] | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SavedNote:
    """The state of a stored note that the page needs. `merged_text` is set if another page had stored text before."""

    name: str
    version: int
    digest: str
    merged_text: str | None


def digest(text: str) -> str:
    """Return a short hash that tells whether a text has changed since the page was rendered."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class _UnreadableError(ValueError):
    """A note or its highlights cannot be stored. The message is for the candidate."""


def parse(post: QueryDict, position: int) -> ToolEdits:
    """Read the changes of a POST. What cannot be stored is left out, so that the answer beside it is not lost."""
    notes, faults = [], []
    for name, note_position in (("note", position), ("pad", SCRATCHPAD)):
        try:
            notes += _note_edits(post, name, note_position)
        except _UnreadableError as fault:
            faults.append(str(fault))
    return ToolEdits(tuple(notes), _preferences(post) if "tools" in post else None, " ".join(faults))


def _note_edits(post: QueryDict, name: str, position: int) -> list[NoteEdit]:
    """Return the change of one note, if there is one."""
    text: str | None = post.get(name, "").replace("\r\n", "\n")
    if name not in post or digest(text or "") == post.get(f"{name}_was"):
        text = None
    if text is not None and len(text) > MAX_NOTE_CHARS:
        sentence = _("A note can have at most %(n)d characters. It was not saved.")
        raise _UnreadableError(sentence % {"n": MAX_NOTE_CHARS})
    highlights = _highlights(post.get("marks", "")) if name == "note" else None
    version = whole_number(post.get(f"{name}_version", "0"), None, MAX_VERSION)
    if version is None:
        raise _UnreadableError(_("A note could not be read and was not saved. Reload the page."))
    return [] if text is None and highlights is None else [NoteEdit(position, version, text, highlights)]


def _highlights(value: str) -> Highlights | None:
    if not value:
        return None
    try:
        highlights = json.loads(value)
    except (ValueError, RecursionError):
        highlights = None
    if isinstance(highlights, list):  # from a page that was open during the upgrade: of the stem only
        highlights = {annotations.STEM: highlights}
    if not annotations.valid_highlights(highlights, range(MAX_BIT + 1)):
        sentence = _("The highlights were not saved: at most %(n)d are possible in the question and in each option.")
        raise _UnreadableError(sentence % {"n": annotations.MAX_HIGHLIGHTS})
    return dict(highlights)


def _preferences(post: QueryDict) -> dict[str, object]:
    preferences: dict[str, object] = {}
    size = whole_number(post.get("size"), None)
    if size in candidates.TEXT_SIZES:
        preferences["size"] = size
    if "theme" in post:
        preferences["theme"] = post["theme"]
    for name in ("keys", "timer"):  # offered with JavaScript only
        if post.get(name) in ("on", "off"):
            preferences[name] = post[name] == "on"
    return preferences


def save(edits: ToolEdits, uuid: UUID, sitter: Sitter, now: datetime) -> list[SavedNote]:
    """Store the changes and return the notes that were stored. Raise Http404 for a question that the exam lacks."""
    saved_notes = []
    for edit in edits.notes:
        result = annotations.save(
            uuid, sitter, edit.position, edit.version, now, text=edit.text, highlights=edit.highlights
        )
        if result.outcome == SaveOutcome.MISSING:
            raise Http404
        if result.outcome != SaveOutcome.CLOSED:
            name = "pad" if edit.position == SCRATCHPAD else "note"
            merged_text = result.note.text if result.outcome == SaveOutcome.OUTDATED else None
            saved_notes.append(SavedNote(name, result.note.version, digest(result.note.text), merged_text))
    if edits.preferences is not None:
        candidates.update_preferences(sitter.candidate_id, edits.preferences)
    return saved_notes
