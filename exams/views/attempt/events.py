"""Read the events that the room's script sends: one faulty event is refused, a faulty batch is refused as a whole."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exams.models import Response
from exams.services.attempt import annotations
from exams.services.attempt.annotations import MAX_NOTE_CHARS, SCRATCHPAD, NoteEdit
from exams.services.attempt.answering import PostedAnswer, ResponseChange
from exams.services.attempt.sync import Event, Preference
from questions.content.schema import MAX_BIT

PROTOCOL = 1  # of the room's script and the server: raise it when they stop understanding each other
PROTOCOLS = (PROTOCOL,)  # those that are answered: this release's, and that of the release before
MAX_EVENTS = 500
MAX_BYTES = 64 * 1024
MAX_MASK = 2 ** (MAX_BIT + 1) - 1
MAX_INTEGER = 2**31 - 1  # of versions and seconds in the database
MAX_POSITION = 10_000
MAX_AGO = 10**12  # milliseconds
PREFERENCES = ("size", "theme", "keys", "timer", "sure")


class InvalidBatchError(ValueError):
    """No event of a batch can be read. The message is for the candidate."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class InvalidEventError(ValueError):
    """An event cannot be read. The message is for the candidate."""


@dataclass(frozen=True, slots=True)
class PostedEvent:
    """One event as it was sent: what it changes, or why it is refused."""

    id: str | int | None
    event: Event | None = None
    message: str = ""

    @property
    def position(self) -> int:
        """The question that it is about, 0 for none."""
        change = self.event.change if self.event else None
        return change.position if isinstance(change, ResponseChange | NoteEdit) else 0

    @property
    def answer(self) -> PostedAnswer | None:
        change = self.event.change if self.event else None
        return change.answer if isinstance(change, ResponseChange) else None

    @property
    def mask(self) -> int:
        return self.answer.mask if self.answer else 0

    @property
    def n_ticked(self) -> int:
        """The number of ticks of the answer, at most."""
        masks = [self.mask, *(mask for mask, _second in self.answer.steps)] if self.answer else [0]
        return max(mask.bit_count() for mask in masks)


def parse(request: HttpRequest, now: datetime) -> list[PostedEvent]:
    """Read a batch. Raise InvalidBatchError if it is too large, not JSON, or of a script that is too old."""
    if request.content_type != "application/json":
        raise InvalidBatchError(_("Nothing was stored: the server expects JSON."), 415)
    if len(request.body) > MAX_BYTES:
        raise _too_much()
    try:
        batch = json.loads(request.body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidBatchError(_("Nothing was stored: the request could not be read.")) from None
    if not isinstance(batch, dict) or not isinstance(batch.get("events"), list):
        raise InvalidBatchError(_("Nothing was stored: the request could not be read."))
    if batch.get("protocol") not in PROTOCOLS:
        raise InvalidBatchError(_("This page is older than the server. Reload to go on. Your answers are kept."), 409)
    if len(batch["events"]) > MAX_EVENTS:
        raise _too_much()
    return [_event(raw, now) for raw in batch["events"]]


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


def _too_much() -> InvalidBatchError:
    sentence = _("Nothing was stored: a request has at most %(events)d events and %(kilobytes)d kB.")
    return InvalidBatchError(sentence % {"events": MAX_EVENTS, "kilobytes": MAX_BYTES // 1024}, 413)


def _event(raw: Any, now: datetime) -> PostedEvent:
    if not isinstance(raw, dict):
        return PostedEvent(None, message=_malformed())
    name = raw.get("id")
    name = name if isinstance(name, str) or type(name) is int else None
    kind = raw.get("kind")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    try:
        if read is None:
            raise InvalidEventError(_malformed())
        return PostedEvent(name, read(raw, now))
    except InvalidEventError as fault:
        return PostedEvent(name, message=str(fault))


def _malformed() -> str:
    return _("This change could not be read and was not saved.")


def _unknown_option() -> str:
    return _("One of the options does not belong to this question. Nothing was changed.")


def _number(value: Any, most: int, *, least: int = 0, message: str = "") -> int:
    if type(value) is not int or not least <= value <= most:
        raise InvalidEventError(message or _malformed())
    return value


def _at(raw: dict[str, Any], now: datetime) -> datetime:
    """Return when an event happened, by the clock of the server. A time that makes no sense is now."""
    ago = raw.get("ago", 0)
    if type(ago) not in (int, float) or not 0 <= ago <= MAX_AGO or not math.isfinite(ago):
        return now
    return now - timedelta(milliseconds=ago)


def _change(raw: dict[str, Any], now: datetime, **changes: Any) -> ResponseChange:
    return ResponseChange(_number(raw.get("position"), MAX_POSITION, least=1), _at(raw, now), **changes)


def _mask(value: Any) -> int:
    """Return the mask of a list of bits."""
    if not isinstance(value, list):
        raise InvalidEventError(_malformed())
    bits = [_number(bit, MAX_BIT, message=_unknown_option()) for bit in value]
    if len(bits) != len(set(bits)):
        raise InvalidEventError(_("An option was selected twice. Nothing was changed."))
    return sum(1 << bit for bit in bits)


def _answer(raw: dict[str, Any], now: datetime) -> Event:
    seconds = _number(raw.get("seconds", 0), MAX_INTEGER)
    steps = raw.get("steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, list) and len(step) == 2 for step in steps):
        raise InvalidEventError(_malformed())
    walked = [
        (_number(mask, MAX_MASK, message=_unknown_option()), _number(second, MAX_INTEGER)) for mask, second in steps
    ]
    version = _number(raw.get("version"), MAX_INTEGER)
    answer = PostedAnswer(_mask(raw.get("ticked")), version, seconds, tuple(walked))
    return Event(_change(raw, now, answer=answer))


def _check(raw: dict[str, Any], now: datetime) -> Event:
    # Null comes from a candidate who does not want to be asked.
    is_asked = "sure" not in raw or raw["sure"] is not None
    sure = _number(raw.get("sure"), Response.Confidence.SURE, least=1) if is_asked else 0
    return replace(_answer(raw, now), sure=sure)


def _flag(raw: dict[str, Any], now: datetime) -> Event:
    if not isinstance(raw.get("on"), bool):
        raise InvalidEventError(_malformed())
    return Event(_change(raw, now, flagged=raw["on"], entered=True))


def _star(raw: dict[str, Any], now: datetime) -> Event:
    return replace(_flag(raw, now), change=_change(raw, now, entered=True), star=raw["on"])


def _strike(raw: dict[str, Any], now: datetime) -> Event:
    return Event(_change(raw, now, struck=_mask(raw.get("struck"))))


def _visit(raw: dict[str, Any], now: datetime) -> Event:
    seconds = _number(raw.get("seconds", 0), MAX_INTEGER)
    seen = _number(raw["version"], MAX_INTEGER) if "version" in raw else None
    return Event(_change(raw, now, seconds=seconds, entered=True), visits=True, seen=seen)


def _note(raw: dict[str, Any], _now: datetime) -> Event:
    position = SCRATCHPAD
    if raw["kind"] == "note":
        position = _number(raw.get("position"), MAX_POSITION, least=1)
    return Event(NoteEdit(position, _number(raw.get("version"), MAX_INTEGER), text=_text(raw.get("text"))))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidEventError(_malformed())
    text = value.replace("\r\n", "\n")
    if len(text) > MAX_NOTE_CHARS:
        sentence = _("A note can have at most %(n)d characters. It was not saved.")
        raise InvalidEventError(sentence % {"n": MAX_NOTE_CHARS})
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidEventError(_("The note has a character that cannot be stored. It was not saved."))
    return text


def _highlight(raw: dict[str, Any], _now: datetime) -> Event:
    marks = raw.get("marks")
    if not annotations.valid_highlights(marks, range(MAX_BIT + 1)):
        sentence = _("The highlights were not saved: at most %(n)d are possible in the question and in each option.")
        raise InvalidEventError(sentence % {"n": annotations.MAX_HIGHLIGHTS})
    position = _number(raw.get("position"), MAX_POSITION, least=1)
    return Event(NoteEdit(position, _number(raw.get("version"), MAX_INTEGER), highlights=marks))


def _preference(raw: dict[str, Any], _now: datetime) -> Event:
    if raw.get("name") not in PREFERENCES:
        raise InvalidEventError(_malformed())
    return Event(Preference(raw["name"], raw.get("value")))


_KINDS: dict[str, Callable[[dict[str, Any], datetime], Event]] = {
    "answer": _answer,
    "check": _check,
    "flag": _flag,
    "star": _star,
    "strike": _strike,
    "visit": _visit,
    "note": _note,
    "scratchpad": _note,
    "highlight": _highlight,
    "preference": _preference,
}
