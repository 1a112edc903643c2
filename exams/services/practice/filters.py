"""The filters of practice: what a candidate asks for, read from the fields of a form or the query of a page."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from questions.content.typed_numbers import whole_number

UNSEEN, WRONG, FLAGGED, STARRED, UNSURE, SURE_WRONG, UNANSWERED = STATES = (
    "unseen",
    "wrong",
    "flagged",
    "starred",
    "unsure",
    "sure-wrong",
    "unanswered",
)
MAX_SIZE, DEFAULT_SIZE = 100, 10
MAX_DOMAIN = 99
_PLACES = ("task", "topic", "ask", "collection")  # groups of words, each a repeated field


class FilterError(ValueError):
    """The fields cannot be read. The message is for the candidate; `filters` has what could be read."""

    def __init__(self, message: str, filters: "Filters | None" = None) -> None:
        super().__init__(message)
        self.filters = filters


@dataclass(frozen=True, slots=True)
class Filters:
    """Which questions to practice: those that match one value of each group that has any.

    `attempt` limits them to the questions of one finished attempt, and `state` to what happened there. `new` allows
    new questions that would otherwise be kept for mock exams; `rested` leaves out what was right within a week, or
    asked today.
    """

    domain: tuple[int, ...] = ()
    task: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    collection: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    attempt: UUID | None = None
    size: int = DEFAULT_SIZE
    new: bool = False
    rested: bool = False

    @classmethod
    def read(cls, fields: Mapping[str, Sequence[str]]) -> "Filters":
        """Read the fields of a form or a query. Raise FilterError for what cannot be meant."""
        places = {name: _words(fields.get(name, ())) for name in _PLACES}
        states = _words(fields.get("state", ()))
        domains = [whole_number(value, None, MAX_DOMAIN) for value in _words(fields.get("domain", ()))]
        typed_size = _last(fields, "size") or str(DEFAULT_SIZE)
        typed_attempt = _last(fields, "attempt")
        filters = cls(
            domain=tuple(domain for domain in domains if domain is not None),
            state=tuple(state for state in states if state in STATES),
            attempt=_uuid(typed_attempt),
            size=whole_number(typed_size, 0, MAX_SIZE) or DEFAULT_SIZE,
            new=bool(_last(fields, "new")),
            rested=bool(_last(fields, "rested")),
            **places,
        )
        if None in domains or filters.state != states:
            raise FilterError(_("One of the filters does not exist. Choose again."), filters)
        if not whole_number(typed_size, 0, MAX_SIZE):
            message = _("Enter a number of questions from 1 to %(n)d.") % {"n": MAX_SIZE}
            raise FilterError(message, filters)
        if typed_attempt and filters.attempt is None:
            raise FilterError(_("This attempt does not exist."), filters)
        return filters

    @property
    def of_missed(self) -> bool:
        """Whether they ask for what was missed in one attempt, and for no part of it."""
        has_more = any(getattr(self, name) for name in ("domain", *_PLACES))
        return self.attempt is not None and self.state == (WRONG,) and not has_more

    def within(self, values: Mapping[str, Collection[str]]) -> tuple["Filters", bool]:
        """Return these filters without those that `values` does not have, and whether there are any."""
        known: dict[str, Any] = {
            name: tuple(value for value in getattr(self, name) if str(value) in allowed)
            for name, allowed in values.items()
        }
        return replace(self, **known), any(len(getattr(self, name)) > len(rest) for name, rest in known.items())

    def fields(self) -> list[tuple[str, str]]:
        """Return the fields that `read` makes these filters from, for hidden inputs and queries."""
        pairs = [(name, str(value)) for name in ("domain", *_PLACES, "state") for value in getattr(self, name)]
        if self.attempt:
            pairs.append(("attempt", str(self.attempt)))
        pairs.append(("size", str(self.size)))
        return [*pairs, *((name, "yes") for name in ("new", "rested") if getattr(self, name))]


def _words(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values in their order, without empty and repeated ones."""
    return tuple(dict.fromkeys(value for value in values if value))


def _last(fields: Mapping[str, Sequence[str]], name: str) -> str:
    values = fields.get(name) or [""]
    return values[-1].strip()


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
