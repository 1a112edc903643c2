"""Find questions in a review: what holds of each question of a finished attempt, and filters that combine."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from exams.models import Attempt, Response
from exams.services.attempt import trail
from exams.services.results import slow_questions
from exams.services.results.missed import is_missed
from questions.content.typed_numbers import whole_number

# What a filter can ask for, in the order shown. `lost` is what the score counts as not right.
STATES: Mapping[str, Callable[[Response], bool]] = {
    "lost": lambda response: response.scored and not response.withdrawn and not response.correct,
    "wrong": lambda response: response.ticked != 0 and not response.correct,
    "unanswered": lambda response: response.ticked == 0,
    "flagged": lambda response: response.flagged,
    "changed": lambda response: len(trail.answers(response.trail, response.choose, response.ticked)) > 1,
    "guessed": lambda response: response.confidence == Response.Confidence.GUESS,
    "starred": lambda response: bool(getattr(response, "starred", False)),
    "scored": lambda response: response.scored,
    "unscored": lambda response: not response.scored,
}
MISSED, SLOW, NOTED = "missed", "slow", "noted"
FILTERS = (
    *(MISSED, "lost", "wrong", "unanswered", "flagged", "changed", SLOW, "guessed", "starred", NOTED),
    *("scored", "unscored"),
)


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One question of the attempt, with the names of the filters that it matches."""

    response: Response
    topic: str
    topic_title: str
    states: frozenset[str]

    @property
    def position(self) -> int:
        return self.response.position

    @property
    def exam_domain(self) -> int:
        return self.response.exam_domain


@dataclass(frozen=True, slots=True)
class ReviewFilters:
    """The questions to show: those that match all of `show`, and the exam domain and the topic if there are any."""

    show: tuple[str, ...] = ()
    domain: int | None = None
    topic: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, Sequence[str]], exam_domains: Collection[int]) -> "ReviewFilters":
        """Read a query. What is not a filter is ignored, so that an old link shows more instead of nothing."""
        show = fields.get("show", ())
        domain = whole_number((fields.get("domain") or [""])[-1], None)
        return cls(
            show=tuple(name for name in FILTERS if name in show),
            domain=domain if domain in exam_domains else None,
            topic=(fields.get("topic") or [""])[-1],
        )

    def fields(self) -> list[tuple[str, str]]:
        """Return the fields that `read` makes these filters from."""
        pairs = [("show", name) for name in self.show]
        if self.domain is not None:
            pairs.append(("domain", str(self.domain)))
        return [*pairs, ("topic", self.topic)] if self.topic else pairs

    def matches(self, item: ReviewItem) -> bool:
        return (
            item.states.issuperset(self.show)
            and self.domain in (None, item.exam_domain)
            and self.topic in ("", item.topic)
        )

    def toggled(self, name: str) -> "ReviewFilters":
        """Return these filters with one more, or with one less if it is among them."""
        return replace(self, show=tuple(other for other in FILTERS if (other in self.show) != (other == name)))


def review_items(attempt: Attempt, responses: Iterable[Response], noted: Collection[int]) -> list[ReviewItem]:
    """Return the responses with what holds of them. `noted` has the positions of the questions with a note."""
    slow_from = slow_questions.slow_seconds(slow_questions.seconds_per_question(attempt))
    items = []
    for response in responses:
        states = {name for name, holds in STATES.items() if holds(response)}
        if is_missed(response, attempt.mode):
            states.add(MISSED)
        if response.seconds > slow_from:
            states.add(SLOW)
        if response.position in noted:
            states.add(NOTED)
        topic, title = getattr(response, "topic_slug", None), getattr(response, "topic_title", None)
        items.append(ReviewItem(response, topic or "", title or "", frozenset(states)))
    return items
