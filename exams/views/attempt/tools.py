"""The tools of the room without JavaScript: notes and reading preferences; the review has the note of a question too.

Their fields are part of the room form, so that every button submits them. A digest tells which texts have changed
since the page was rendered.
"""

import hashlib
from collections.abc import Iterable

from django.http import QueryDict
from django.utils.translation import gettext as _

from exams.services.attempt.annotations import MAX_NOTE_CHARS, SCRATCHPAD, NoteEdit
from exams.services.attempt.sync import Event, Preference
from exams.services.people import candidates
from questions.content.typed_numbers import whole_number

MAX_VERSION = 10**9


def digest(text: str) -> str:
    """Return a short hash that tells whether a text has changed since the page was rendered."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class _UnreadableError(ValueError):
    """A note cannot be stored. The message is for the candidate."""


def parse(post: QueryDict, position: int) -> tuple[list[Event], str]:
    """Read the changes of a POST, and what is wrong with those that cannot be stored: they are left out."""
    edits, fault = note_edits(post, [("note", position), ("pad", SCRATCHPAD)])
    events = [Event(edit) for edit in edits]
    if "tools" in post:
        size = whole_number(post.get("size"), None)
        chosen = {"size": size if size in candidates.TEXT_SIZES else None, "theme": post.get("theme")}
        events += [Event(Preference(name, value)) for name, value in chosen.items() if value is not None]
    return events, fault


def note_edits(post: QueryDict, notes: Iterable[tuple[str, int]]) -> tuple[list[NoteEdit], str]:
    """Read the changed ones of these notes, by field and position, and what is wrong with those that are left out."""
    edits, faults = [], []
    for name, position in notes:
        try:
            edits += _note_edit(post, name, position)
        except _UnreadableError as fault:
            faults.append(str(fault))
    return edits, " ".join(faults)


def _note_edit(post: QueryDict, name: str, position: int) -> list[NoteEdit]:
    """Return the change of one note, if there is one."""
    text = post.get(name, "").replace("\r\n", "\n")
    if name not in post or digest(text) == post.get(f"{name}_was"):
        return []
    if len(text) > MAX_NOTE_CHARS:
        sentence = _("A note can have at most %(n)d characters. It was not saved.")
        raise _UnreadableError(sentence % {"n": MAX_NOTE_CHARS})
    version = whole_number(post.get(f"{name}_version", "0"), None, MAX_VERSION)
    if version is None:
        raise _UnreadableError(_("A note could not be read and was not saved. Reload the page."))
    return [NoteEdit(position, version, text)]
