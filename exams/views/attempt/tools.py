"""The tools of the room: notes, highlights in the question, and reading preferences.

Their fields are part of the room form, so that every button submits them. A digest tells which texts have changed
since the page was rendered.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from exams.services.attempt import annotations
from exams.services.attempt.annotations import MAX_NOTE_CHARS, SCRATCHPAD, Highlights
from exams.services.attempt.answering import SaveOutcome, Sitter
from exams.services.people import candidates
from questions.content.schema import MAX_BIT
from questions.content.typed_numbers import whole_number

MAX_VERSION = 10**9


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """The posted changes of one note; None leaves a field unchanged."""

    position: int
    version: int
    text: str | None
    highlights: Highlights | None = None


@dataclass(frozen=True, slots=True)
class ToolEdits:
    """The posted changes of notes and preferences."""

    notes: tuple[NoteEdit, ...] = ()
    preferences: dict[str, object] | None = None


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


def parse(post: QueryDict, position: int) -> ToolEdits:
    """Read the changes of a POST. Raise ValueError with a message for the candidate."""
    notes = []
    for name, note_position in (("note", position), ("pad", SCRATCHPAD)):
        text: str | None = post.get(name, "").replace("\r\n", "\n")
        if name not in post or digest(text or "") == post.get(f"{name}_was"):
            text = None
        if text is not None and len(text) > MAX_NOTE_CHARS:
            raise ValueError(
                _("A note can have at most %(n)d characters. Nothing was changed.") % {"n": MAX_NOTE_CHARS}
            )
        highlights = _highlights(post.get("marks", "")) if name == "note" else None
        version = whole_number(post.get(f"{name}_version", "0"), None, MAX_VERSION)
        if version is None:
            raise ValueError(_("The form was incomplete. Nothing was changed. Reload the page."))
        if text is not None or highlights is not None:
            notes.append(NoteEdit(note_position, version, text, highlights))
    return ToolEdits(tuple(notes), _preferences(post) if "tools" in post else None)


def _highlights(value: str) -> Highlights | None:
    if not value:
        return None
    try:
        highlights = json.loads(value)
    except ValueError:
        highlights = None
    if isinstance(highlights, list):  # from a page that was open during the upgrade: of the stem only
        highlights = {annotations.STEM: highlights}
    if not annotations.valid_highlights(highlights, range(MAX_BIT + 1)):
        raise ValueError(_("The highlights could not be read. Nothing was changed."))
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
    """Store the changes and return the notes that were stored."""
    saved_notes = []
    for edit in edits.notes:
        result = annotations.save(
            uuid, sitter, edit.position, edit.version, now, text=edit.text, highlights=edit.highlights
        )
        if result.outcome != SaveOutcome.CLOSED:
            name = "pad" if edit.position == SCRATCHPAD else "note"
            merged_text = result.note.text if result.outcome == SaveOutcome.OUTDATED else None
            saved_notes.append(SavedNote(name, result.note.version, digest(result.note.text), merged_text))
    if edits.preferences is not None:
        candidates.update_preferences(sitter.candidate_id, edits.preferences)
    return saved_notes
