"""Decides what a page may show of a question: the only place where key, rationale and scored flag meet a template.

Templates get these cards and never a Response, a Revision or an Option.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exams.models import Attempt, Response
from questions.models import Option, QuestionReport, Revision

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"


@dataclass(frozen=True, slots=True)
class OptionCard:
    """One option as shown. `correct` and `rationale_html` are None until they may be known."""

    letter: str
    bit: int
    html: str
    ticked: bool
    struck: bool
    strike: int  # what the strike-out button posts: all struck bits after the click
    correct: bool | None = None
    rationale_html: str | None = None

    @property
    def number(self) -> int:
        """Place on the page from 1: the key that ticks it."""
        return LETTERS.index(self.letter) + 1


@dataclass(frozen=True, slots=True)
class Solution:
    """What is known of a question after the end."""

    correct: bool
    scored: bool
    withdrawn: bool
    repeat: bool
    explanation_html: str
    references: list[dict[str, Any]]
    exam_domain: str
    topic: str
    topic_slug: str
    seconds: int
    changes: int
    corrected: bool = False  # by a key ruling: explanation and rationales may still argue for the old key

    @property
    def time(self) -> str:
        """Visible time on this question, as "3 min 52 s"."""
        minutes, seconds = divmod(self.seconds, 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


@dataclass(frozen=True, slots=True)
class Card:
    """One question as a page may show it; `solution` is None while the exam runs."""

    position: int
    version: int
    stem_html: str
    choose: int
    flagged: bool
    options: list[OptionCard]
    solution: Solution | None = None
    reports: tuple[QuestionReport, ...] = ()  # the candidate's own, shown in the review

    @property
    def many(self) -> bool:
        return self.choose > 1

    @property
    def n_ticked(self) -> int:
        return sum(option.ticked for option in self.options)

    @property
    def state(self) -> str:
        return cell_state(self.n_ticked, self.choose)


@dataclass(frozen=True, slots=True)
class Cell:
    """One question in the navigator: unanswered, incomplete or answered, perhaps flagged."""

    position: int
    state: str
    flagged: bool
    current: bool = field(default=False)


def cell_state(n_ticked: int, choose: int) -> str:
    return "unanswered" if n_ticked == 0 else "answered" if n_ticked == choose else "incomplete"


def cells(responses: Iterable[Response], current: int = 0) -> list[Cell]:
    """The navigator, from the candidate's own marks alone."""
    return [
        Cell(r.position, cell_state(r.ticked.bit_count(), r.choose), r.flagged, r.position == current)
        for r in responses
    ]


def reveals(attempt: Attempt, response: Response) -> bool:
    """May key, rationales and scored flag of this response be shown now?

    After the end of an exam yes. Of an exam that was ended without a score only what was on the screen,
    so that the rest stays new for the next one.
    """
    if attempt.status == Attempt.Status.OPEN:
        return False
    if attempt.status == Attempt.Status.ABANDONED:
        return response.first_shown is not None
    return True


def card(
    attempt: Attempt, response: Response, options: Iterable[Option], reports: Iterable[QuestionReport] = ()
) -> Card:
    """The question as this candidate may see it now. `options` come with their revision."""
    shown = reveals(attempt, response)
    by_bit: Mapping[int, Option] = {option.bit: option for option in options}
    cards = [
        OptionCard(
            letter=LETTERS[place],
            bit=bit,
            html=by_bit[bit].text_html,
            ticked=bool(response.ticked >> bit & 1),
            struck=bool(response.struck >> bit & 1),
            strike=response.struck ^ (1 << bit),
            correct=bool(response.key >> bit & 1) if shown else None,
            rationale_html=by_bit[bit].rationale_html if shown else None,
        )
        for place, bit in enumerate(response.bits)
    ]
    revision = by_bit[response.bits[0]].revision
    return Card(
        position=response.position,
        version=response.version,
        stem_html=revision.stem_html,
        choose=response.choose,
        flagged=response.flagged,
        options=cards,
        solution=_solution(attempt, response) if shown else None,
        reports=tuple(reports),
    )


def _solution(attempt: Attempt, response: Response) -> Solution:
    revision = response.revision
    topic = revision.question.topic
    return Solution(
        correct=response.correct,
        scored=response.scored,
        withdrawn=response.withdrawn,
        repeat=response.repeat,
        explanation_html=revision.explanation_html,
        references=revision.references,
        exam_domain=attempt.form.blueprint.exam.domain_title(response.exam_domain),
        topic=topic.title if topic else "",
        topic_slug=topic.slug if topic else "",
        seconds=response.seconds,
        changes=max(response.trail.count(";") - 1, 0),
        corrected=response.key != revision.key,
    )


def wording(revision: Revision, options: Iterable[Option], *, ended: bool, ticked: int = 0) -> Card:
    """A wording as a candidate would see it, while an exam runs or after its end: for those who may write questions.

    The rows may be unsaved. Options stand in the order of their bits, which is not the authored one.
    """
    cards = [
        OptionCard(
            letter=LETTERS[place],
            bit=option.bit,
            html=option.text_html,
            ticked=bool(ticked >> option.bit & 1),
            struck=False,
            strike=0,
            correct=bool(revision.key >> option.bit & 1) if ended else None,
            rationale_html=option.rationale_html if ended else None,
        )
        for place, option in enumerate(sorted(options, key=lambda option: option.bit))
    ]
    solution = Solution(
        correct=ticked == revision.key,
        scored=True,
        withdrawn=False,
        repeat=False,
        explanation_html=revision.explanation_html,
        references=revision.references,
        exam_domain="",
        topic="",
        topic_slug="",
        seconds=0,
        changes=0,
    )
    return Card(
        position=1,
        version=0,
        stem_html=revision.stem_html,
        choose=revision.choose,
        flagged=False,
        options=cards,
        solution=solution if ended else None,
    )
