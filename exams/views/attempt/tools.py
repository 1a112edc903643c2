"""The tools of the room: notes, marks in the stem, and how the candidate likes to read.

Their fields belong to the room form, so that every button carries them along. What has not changed since the page
was made is known by a digest and costs nothing.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from exams.services.attempt import annotations
from exams.services.attempt.annotations import LONGEST, SCRATCHPAD
from exams.services.attempt.answering import Outcome, Sitter
from exams.services.people import candidates


@dataclass(frozen=True, slots=True)
class Jot:
    """What a post says of one note; None stays as it is."""

    position: int
    version: int
    text: str | None
    highlights: list[list[int]] | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    jots: tuple[Jot, ...] = ()
    preferences: dict[str, object] | None = None


def digest(text: str) -> str:
    """Tells whether a text has changed since the page was made."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def parse(post: QueryDict, position: int) -> Tools:
    """What this post changes. Raises ValueError with a sentence for the candidate."""
    jots = []
    for name, place in (("note", position), ("pad", SCRATCHPAD)):
        text: str | None = post.get(name, "").replace("\r\n", "\n")
        if name not in post or digest(text or "") == post.get(f"{name}_was"):
            text = None
        if text is not None and len(text) > LONGEST:
            raise ValueError(_("A note can have %(n)d characters. Nothing was changed.") % {"n": LONGEST})
        marks = _marks(post.get("marks", "")) if name == "note" else None
        version = post.get(f"{name}_version", "0")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise ValueError(_("The form was incomplete. Nothing was changed. Load the page again."))
        if text is not None or marks is not None:
            jots.append(Jot(place, int(version), text, marks))
    return Tools(tuple(jots), _preferences(post) if "tools" in post else None)


def _marks(value: str) -> list[list[int]] | None:
    if not value:
        return None
    try:
        marks = json.loads(value)
    except ValueError:
        marks = None
    if not annotations.valid_highlights(marks):
        raise ValueError(_("The marks in the text could not be read. Nothing was changed."))
    return list(marks)


def _preferences(post: QueryDict) -> dict[str, object]:
    wanted: dict[str, object] = {}
    size = post.get("size", "")
    if size in ("1", "2", "3"):
        wanted["size"] = int(size)
    if "theme" in post:
        wanted["theme"] = post["theme"]
    for name in ("keys", "timer"):  # offered by script alone
        if post.get(name) in ("on", "off"):
            wanted[name] = post[name] == "on"
    return wanted


@dataclass(frozen=True, slots=True)
class Written:
    """What the page has to know of a note that was stored; `merged`: its text, where another page's was put above."""

    name: str
    version: int
    was: str
    merged: str | None


def apply(tools: Tools, uuid: UUID, sitter: Sitter, now: datetime) -> list[Written]:
    """Stores what the post changes."""
    written = []
    for jot in tools.jots:
        saved = annotations.save(uuid, sitter, jot.position, jot.version, now, text=jot.text, highlights=jot.highlights)
        if saved.outcome != Outcome.CLOSED:
            name = "pad" if jot.position == SCRATCHPAD else "note"
            merged = saved.note.text if saved.outcome == Outcome.OUTDATED else None
            written.append(Written(name, saved.note.version, digest(saved.note.text), merged))
    if tools.preferences is not None:
        candidates.prefer(sitter.candidate_id, tools.preferences)
    return written
