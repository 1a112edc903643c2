"""Decide what a page may show of a question: key, rationale and scored flag reach templates only through this module.

Templates get these cards, never a Response, a Revision or an Option.

Open exams of a candidate never share a question (`attempts.start`), so the score of a finished exam tells nothing about
an answer in another one. An exam may repeat questions of one that was finished before: those are hidden until it ends,
and left out of every count but those of the report, which was shown, with all keys, before the repeat was drawn.

The paper that all of a class get is hidden from everybody until its answers open (`hidden_questions`): somebody who
sits it may be a guest in a second browser.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt, Mode, Response
from exams.psychometrics import scaling
from exams.services.attempt import scoring_rules, trail
from exams.services.attempt.annotations import STEM, NoteContent
from exams.services.attempt.effective_keys import either_key
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.attempt.highlights import marked
from exams.services.attempt.scoring_rules import EQUATED, Credit, ScoringRule, points_text
from exams.services.results import slow_questions
from exams.services.results.figures import difficulty_of
from exams.services.results.report import duration
from exams.services.results.review import OptionText, RevisionText
from questions.content.schema import DEFAULT_RATING, LETTERS
from questions.content.worth import in_short
from questions.models import Blueprint, Option, QuestionReport, Revision
from questions.models.rendered_html import with_addresses


@dataclass(frozen=True, slots=True)
class OptionCard:
    """One option as shown. `correct`, `rationale_html` and `chosen_by` are None until they may be disclosed.

    `chosen_by` is the percentage of all candidates who chose it, None also where too few have answered.
    """

    letter: str
    bit: int
    html: str
    ticked: bool
    struck: bool
    strike: int  # the value of the strike-out button: all struck bits after the click
    correct: bool | None = None
    rationale_html: str | None = None
    chosen_by: int | None = None

    @property
    def number(self) -> int:
        """The position on the page from 1, and the keyboard key that ticks the option."""
        return LETTERS.index(self.letter) + 1


@dataclass(frozen=True, slots=True)
class Solution:
    """The parts of a question that are disclosed after the end, or in practice after the answer."""

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
    difficulty: str = ""  # easy, medium or hard
    slow: bool = False
    changed: str = ""  # how often, from which to which answer
    confidence: int | None = None  # of study mode: 1 a guess, 2 unsure, 3 sure
    corrected: bool = False  # by a key ruling; explanation and rationales may still refer to the old key
    accepted: str = ""  # the letters of both keys, if a key ruling accepts a second one
    credited: bool = False  # by a key ruling: everybody has the point
    points: str = ""  # "1 of 2 points", where an exam has points to tell
    partly: bool = False  # some of its points were earned, by a partly right answer

    @property
    def is_ruled(self) -> bool:
        """Whether a key ruling changed what counts as correct."""
        return self.corrected or self.credited or bool(self.accepted)

    @property
    def time(self) -> str:
        """The visible time on this question, as "3 min 52 s"."""
        return duration(self.seconds)


@dataclass(frozen=True, slots=True)
class Card:
    """One question as a page may show it. `solution` is None until it may be disclosed."""

    position: int
    version: int
    stem_html: str
    choose: int
    flagged: bool
    options: list[OptionCard]
    solution: Solution | None = None
    reports: tuple[QuestionReport, ...] = ()  # the candidate's own, shown in the review, as are the next two
    note: str = ""
    starred: bool = False
    seconds: int = 0
    language: str | None = None  # of the question, where it is not English
    credit: str = ""  # "2 points", where questions are worth different ones

    @property
    def anchor(self) -> str:
        """The id of this question in the review."""
        return f"q{self.position}"

    @property
    def many(self) -> bool:
        return self.choose > 1

    @property
    def has_shares(self) -> bool:
        """Whether the options say how many chose them."""
        return any(option.chosen_by is not None for option in self.options)

    @property
    def ticked(self) -> int:
        """The mask of the answer."""
        return sum(1 << option.bit for option in self.options if option.ticked)

    @property
    def n_ticked(self) -> int:
        return sum(option.ticked for option in self.options)

    @property
    def is_right_by_either_key(self) -> bool:
        """Whether one of two keys was ticked, so that nobody has missed the options of the other."""
        return bool(self.solution and self.solution.correct and self.solution.accepted)

    @property
    def state(self) -> str:
        return cell_state(self.n_ticked, self.choose)

    @property
    def result(self) -> str:
        """The state of the question in the review: right, wrong or unanswered."""
        return _result(bool(self.solution and self.solution.correct), self.n_ticked)

    @property
    def outcome(self) -> str:
        """The result in words, with the points where there are some to tell: "partly right: 1 of 2 points"."""
        labels = {"right": _("right"), "wrong": _("wrong"), "unanswered": _("unanswered")}
        partly, points = (self.solution.partly, self.solution.points) if self.solution else (False, "")
        label = _("partly right") if partly else labels[self.result]
        return f"{label}: {points}" if points else label

    def with_ticks(self, mask: int) -> "Card":
        """Return this card with other options ticked."""
        options = [replace(option, ticked=bool(mask >> option.bit & 1)) for option in self.options]
        return replace(self, options=options)


@dataclass(frozen=True, slots=True)
class Cell:
    """One question in the answer sheet. `state` is unanswered, incomplete or answered; later also right or wrong."""

    position: int
    state: str
    flagged: bool
    noted: bool = False
    current: bool = False
    verdict: str = ""  # in study mode right or wrong, once the solution was shown; in a review, partly right


def cell_state(n_ticked: int, choose: int) -> str:
    return "unanswered" if n_ticked == 0 else "answered" if n_ticked == choose else "incomplete"


def cells(
    responses: Iterable[Response], current: int = 0, *, noted: Collection[int] = (), verdicts: bool = False
) -> list[Cell]:
    """Return the cells of the answer sheet, which contain the candidate's own ticks, flags and notes only.

    `noted` are the positions with a note. With `verdicts` the cells also say of revealed responses, of practice alone,
    whether they are right.
    """
    return [
        Cell(
            position=response.position,
            state=cell_state(response.ticked.bit_count(), response.choose),
            flagged=response.flagged,
            noted=response.position in noted,
            current=response.position == current,
            verdict=_result(response.correct, response.ticked) if verdicts and response.revealed_at else "",
        )
        for response in responses
    ]


def _result(correct: bool, n_ticked: int) -> str:
    return "right" if correct else "wrong" if n_ticked else "unanswered"


def result_cells(
    disclosed: Iterable[Response], noted: Collection[int], current: int = 0, *, rule: ScoringRule = EQUATED
) -> list[Cell]:
    """Return the cells of the answer sheet of a review, for responses that `is_disclosed` lets through."""
    return [
        Cell(
            position=response.position,
            state=_result(response.correct, response.ticked),
            flagged=response.flagged,
            noted=response.position in noted,
            current=response.position == current,
            verdict="partly" if is_partly_right(response, rule) else "",
        )
        for response in disclosed
    ]


def is_disclosed(
    attempt: Attempt, response: Response, open_questions: Collection[int] = (), *, to_staff: bool = False
) -> bool:
    """Return whether key, rationales and scored flag of this response may be shown now.

    They may after the end of an exam. Of an exam ended without a score, and of practice, only for questions that were
    shown, so that the others are still new in the next exam. Practice that shows each solution discloses a response
    once it was revealed. Never while the class of this attempt holds back the answers
    (`AttemptQuerySet.disclosed`), nor if the question, or an enemy of it, is in an exam that the candidate has not
    finished or on the paper of any class that holds it back: `open_questions` has the keys of those, as `hidden_from`
    returns them.
    """
    if open_questions and response.revision.question_id in open_questions:
        return False
    if not (to_staff or attempt.is_disclosed):
        return False
    is_practice = attempt.mode == Mode.PRACTICE
    if attempt.status == Attempt.Status.OPEN:
        return is_practice and attempt.feedback == "each" and response.revealed_at is not None
    if is_practice or attempt.status == Attempt.Status.ABANDONED:
        return response.first_shown is not None
    return True


def for_candidates(candidates: Collection[int]) -> Callable[[Attempt, Response], bool]:
    """Return `is_disclosed` with the questions hidden from these candidates: one query now if there are none."""
    open_questions = hidden_from(candidates)
    return lambda attempt, response: is_disclosed(attempt, response, open_questions)


def card(
    attempt: Attempt,
    response: Response,
    options: Iterable[Option | OptionText],
    reports: Iterable[QuestionReport] = (),
    open_questions: Collection[int] = (),
    note: NoteContent | None = None,
    *,
    to_staff: bool = False,
    rule: ScoringRule = EQUATED,
) -> Card:
    """Return the question as this candidate may see it now. `options` have their revision loaded.

    Staff see the answers of a class before their release.
    `note` puts the note and the highlights on the card; in the room a script draws them.
    """
    highlights = note.highlights if note else {}

    def shown(part: str, html: str) -> str:
        return marked(html, highlights[part]) if part in highlights else html

    disclosed = is_disclosed(attempt, response, open_questions, to_staff=to_staff)
    by_bit: Mapping[int, Option | OptionText] = {option.bit: option for option in options}
    cards = [
        OptionCard(
            letter=LETTERS[index],
            bit=bit,
            html=shown(str(bit), by_bit[bit].text_html),
            ticked=bool(response.ticked >> bit & 1),
            struck=bool(response.struck >> bit & 1),
            strike=response.struck ^ (1 << bit),
            correct=bool((response.key | response.also) >> bit & 1) if disclosed else None,
            rationale_html=by_bit[bit].rationale_html if disclosed else None,
            chosen_by=_chosen_by(by_bit[bit]) if disclosed else None,
        )
        for index, bit in enumerate(response.bits)
    ]
    first = by_bit[response.bits[0]]
    revision = first.revision
    return Card(
        position=response.position,
        version=response.version,
        stem_html=shown(STEM, revision.stem_html),
        choose=response.choose,
        flagged=response.flagged,
        options=cards,
        solution=_solution(attempt, response, revision, rule) if disclosed else None,
        reports=tuple(reports),
        note=note.text if note else "",
        starred=bool(getattr(response, "starred", False)),
        seconds=response.seconds,
        language=first.language,
        credit=rule.credit_text(Credit(response.worth, response.partial, response.choose)) if rule.is_percent else "",
    )


def _chosen_by(option: Option | OptionText) -> int | None:
    share = option.chosen_by if isinstance(option, OptionText) else None
    return None if share is None else round(share)


def is_partly_right(response: Response, rule: ScoringRule) -> bool:
    """Return whether a response has earned some of its points, but not all."""
    return rule.is_percent and not response.correct and bool(scoring_rules.earned(response))


def _points(response: Response, rule: ScoringRule) -> str:
    """Return "1 of 2 points", where questions are worth different ones or the answer is partly right; "" elsewhere."""
    earned = scoring_rules.earned(response) if rule.is_percent else None
    if earned is None or not (rule.worths_differ or is_partly_right(response, rule)):
        return ""
    return _("%(earned)s of %(points)s") % {"earned": in_short(earned), "points": points_text(response.worth)}


def _is_unrated(attempt: Attempt, response: Response) -> bool:
    """Return whether nobody knows how difficult it is: in an exam made here, with the rating of unrated questions."""
    is_local = attempt.form.blueprint.origin == Blueprint.Origin.LOCAL
    return is_local and response.b is None and response.rating == DEFAULT_RATING


def _solution(attempt: Attempt, response: Response, revision: Revision | RevisionText, rule: ScoringRule) -> Solution:
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
        difficulty="" if _is_unrated(attempt, response) else scaling.difficulty_level(difficulty_of(response)),
        slow=response.seconds > slow_questions.slow_seconds(slow_questions.seconds_per_question(attempt)),
        changed=_changed(response),
        confidence=response.confidence,
        corrected=response.key != revision.key,
        accepted=either_key(response.bits, response.key, response.also) if response.also else "",
        credited=response.credited,
        points=_points(response, rule),
        partly=is_partly_right(response, rule),
    )


def _changed(response: Response) -> str:
    """Return how often the answer was changed, and how the first and the last one differ; "" if never."""
    answers = trail.answers(response.trail, response.choose, response.ticked)
    n = len(answers) - 1
    if n < 1:
        return ""
    labels = {"right": _("right"), "wrong": _("wrong"), "unanswered": _("no answer")}
    keys = {response.key, response.also} - {0}
    first, last = (labels[_result(mask in keys, mask)] for mask in (answers[0], answers[-1]))
    return ngettext("once, from %(first)s to %(last)s", "%(n)d times, from %(first)s to %(last)s", n) % {
        "n": n,
        "first": first,
        "last": last,
    }


def revision_card(
    revision: Revision, options: Iterable[Option], *, ended: bool, ticked: int = 0, language: str | None = None
) -> Card:
    """Return a revision as a candidate would see it, during an exam or after its end, for authors and reviewers.

    The rows may be unsaved. The options are in the authored order, with the letters of all pages for staff.
    """
    cards = [
        OptionCard(
            letter=LETTERS[index],
            bit=option.bit,
            html=with_addresses(option.text_html),
            ticked=bool(ticked >> option.bit & 1),
            struck=False,
            strike=0,
            correct=bool(revision.key >> option.bit & 1) if ended else None,
            rationale_html=with_addresses(option.rationale_html) if ended else None,
        )
        for index, option in enumerate(sorted(options, key=lambda option: option.ordinal))
    ]
    solution = Solution(
        correct=ticked == revision.key,
        scored=True,
        withdrawn=False,
        repeat=False,
        explanation_html=with_addresses(revision.explanation_html),
        references=revision.references,
        exam_domain="",
        topic="",
        topic_slug="",
        seconds=0,
    )
    return Card(
        position=1,
        version=0,
        stem_html=with_addresses(revision.stem_html),
        choose=revision.choose,
        flagged=False,
        options=cards,
        solution=solution if ended else None,
        language=language,
    )
