"""The results of a sitting question by question: the share right, and who chose what."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from django.db.models import QuerySet

from exams.models import Participant, Response, Sitting
from exams.models.attempt import FINISHED
from exams.psychometrics import percent, precision
from exams.psychometrics.class_statistics import Discrimination, discrimination
from exams.psychometrics.reliability import kr20
from exams.services.attempt import papers, scoring_rules
from exams.services.attempt.effective_keys import EffectiveKey, keys_in_force
from exams.services.attempt.question_pool import order_of
from exams.services.classes import results
from exams.services.people.name_order import by_last_name
from questions.content.schema import LETTERS
from questions.content.worth import POINT
from questions.models import ItemStatistics, Option, Revision
from questions.models.collection import with_language

_COLUMNS = (
    "attempt_id", "revision_id", "ticked", "correct", "scored", "withdrawn",
    "key", "also", "credited", "worth", "partial",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """An option, or no answer (`option` is None), with the names of those who chose it.

    `rest_percent` is their mean share of right answers to the other questions.
    """

    letter: str
    option: Option | None
    is_key: bool
    names: Sequence[str]
    rest_percent: int | None = None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question with `n` responses, of which `left_open` have no answer.

    `position` is 0 where each participant has a paper of her own.

    `worth`, and the mean of what is `earned`, are in hundredths of a point. `percent_in_bank` is the share right in all
    exams that were analyzed, None without an analysis. `key` is what counts, like "A, C or B", with the letters of
    `choices`; `has_two_keys` says that either of two answers does.
    """

    position: int
    revision: Revision
    withdrawn: bool
    n: int
    left_open: int
    n_right: int
    choices: Sequence[Choice]
    worth: int = POINT
    earned: float = 0.0
    discrimination: Discrimination | None = None
    percent_in_bank: int | None = None
    key: str = ""
    has_two_keys: bool = False

    @property
    def percent_right(self) -> int:
        return precision.percent(self.n_right, self.n)

    @property
    def order(self) -> str:
        """The order of the options, as in `Response.order`."""
        return order_of(choice.option for choice in self.choices if choice.option)


def by_question(sitting: Sitting) -> list[QuestionResult]:
    """Return the questions in finished exams, in the order of the paper, otherwise by code: a fixed number of queries.

    Options have the letters of the paper. Where everybody has another order, they have those of the pages for staff.
    """
    names = _names(sitting)
    responses: dict[int, list[Response]] = defaultdict(list)
    rows = _finished(sitting)
    for response in rows.only(*_COLUMNS).order_by("pk"):
        responses[response.revision_id].append(response)
    rests = _rests(responses.values())
    analyzed = ItemStatistics.objects.filter(revision__in=list(responses), n__gte=ItemStatistics.MIN_N_FIGURES)
    in_bank = {revision: precision.percent(round(p * n), n) for revision, p, n in _shares(analyzed)}
    return [
        QuestionResult(
            position=position,
            revision=revision,
            withdrawn=key.withdrawn,
            n=len(responses[revision.pk]),
            left_open=sum(not response.ticked for response in responses[revision.pk]),
            n_right=sum(response.correct for response in responses[revision.pk]),
            choices=_choices(options, key, responses[revision.pk], names, rests),
            worth=max(response.worth for response in responses[revision.pk]),
            earned=fmean(map(_earned, responses[revision.pk])),
            discrimination=_discrimination(responses[revision.pk], rests),
            percent_in_bank=in_bank.get(revision.pk),
            key=key.in_words([option.bit for option in options]),
            has_two_keys=bool(key.also),
        )
        for position, revision, options, key in _questions(sitting, list(responses))
        if responses[revision.pk]
    ]


def alpha(sitting: Sitting) -> float | None:
    """Return Cronbach's alpha of one paper for all, of right and wrong; None for a paper each, or where nobody differs.

    One query.
    """
    if sitting.form is None:
        return None
    rows: dict[int, list[int]] = defaultdict(list)
    counted = _finished(sitting).filter(scored=True, withdrawn=False).order_by("attempt_id", "position")
    for attempt, correct in counted.values_list("attempt", "correct"):
        rows[attempt].append(int(correct))
    whole = max(map(len, rows.values()), default=0)  # withdrawn in some exams only while a ruling is applied
    return kr20([row for row in rows.values() if len(row) == whole])


def chosen_letters(sitting: Sitting) -> tuple[list[str], dict[int, tuple[str | None, ...]]]:
    """Return a head for each question, and what each finished exam chose there, as letters like 'AC'.

    Questions and letters are those of `by_question`. What was not on the paper of a person is None.
    """
    ticked: dict[int, dict[int, int]] = defaultdict(dict)
    for attempt, revision, mask in _finished(sitting).values_list("attempt", "revision", "ticked"):
        ticked[revision][attempt] = mask
    questions = [question for question in _questions(sitting, list(ticked)) if question[1].pk in ticked]
    heads = [f"q{position}" if position else row.question.code for position, row, _options, _key in questions]
    letters = {
        attempt: tuple(_letters(options, ticked[row.pk].get(attempt)) for _position, row, options, _key in questions)
        for attempt in {attempt for masks in ticked.values() for attempt in masks}
    }
    return heads, letters


def points_earned(sitting: Sitting) -> dict[int, tuple[int | None, ...]]:
    """Return what each finished exam earned for each question, in hundredths of a point, as `chosen_letters` does.

    What does not count is None.
    """
    earned: dict[int, dict[int, int | None]] = defaultdict(dict)
    for response in _finished(sitting).defer("trail"):
        earned[response.revision_id][response.attempt_id] = scoring_rules.earned(response)
    asked = [row.pk for _position, row, _options, _key in _questions(sitting, list(earned)) if row.pk in earned]
    attempts = {attempt for points in earned.values() for attempt in points}
    return {attempt: tuple(earned[row].get(attempt) for row in asked) for attempt in attempts}


class AskedQuestion(NamedTuple):
    """A question of a class with what counts: its head in tables, its key as letters, and its worth in hundredths."""

    head: str
    code: str
    key: str
    worth: int
    partial: bool


def asked_questions(sitting: Sitting) -> list[AskedQuestion]:
    """Return the questions of `chosen_letters` with their keys, as letters of the same options."""
    frozen = {row[0]: row[1:] for row in _finished(sitting).values_list("revision", "worth", "partial").distinct()}
    return [
        AskedQuestion(
            f"q{position}" if position else row.question.code,
            row.question.code,
            key.in_words([option.bit for option in options]),
            *frozen[row.pk],
        )
        for position, row, options, key in _questions(sitting, list(frozen))
        if row.pk in frozen
    ]


def _letters(options: Sequence[Option], mask: int | None) -> str | None:
    if mask is None:
        return None
    return "".join(LETTERS[index] for index, option in enumerate(options) if mask >> option.bit & 1)


def _finished(sitting: Sitting) -> QuerySet[Response]:
    return Response.objects.filter(attempt__in=results.counted(sitting).filter(status__in=FINISHED))


def _shares(rows: QuerySet[ItemStatistics]) -> Iterator[tuple[int, float, int]]:
    """Yield revision, share right and number of answers."""
    for revision, p, n in rows.values_list("revision", "p", "n"):
        if p is not None:
            yield revision, p, n


def _earned(row: Response) -> float:
    """Return what an answer earns in hundredths of a point; without partial credit, all or nothing."""
    answer = percent.PointAnswer(row.worth, row.partial, row.key, row.also, row.credited, row.ticked)
    return float(percent.earned(answer))


def _rests(questions: Iterable[Sequence[Response]]) -> dict[int, float]:
    """Return by response the share of the other questions of the same exam that are right; those that count."""
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    rows = [response for responses in questions for response in responses]
    for response in rows:
        if response.scored and not response.withdrawn:
            totals[response.attempt_id][0] += response.correct
            totals[response.attempt_id][1] += 1
    rests = {}
    for response in rows:
        right, n = totals[response.attempt_id]
        if response.scored and not response.withdrawn:
            right, n = right - response.correct, n - 1
        if n:
            rests[response.pk] = right / n
    return rests


def _discrimination(responses: Sequence[Response], rests: Mapping[int, float]) -> Discrimination | None:
    known = [response for response in responses if response.pk in rests]
    return discrimination([response.correct for response in known], [rests[response.pk] for response in known])


def _names(sitting: Sitting) -> dict[int, str]:
    """Return who wrote each attempt, with its number from the second on."""
    people = {person.candidate_id: str(person) for person in Participant.objects.filter(sitting=sitting)}
    attempts = results.counted(sitting).values_list("pk", "candidate", "number")
    return {pk: people[candidate] + (f" ({number})" if number > 1 else "") for pk, candidate, number in attempts}


def _questions(
    sitting: Sitting, revisions: Sequence[int]
) -> list[tuple[int, Revision, Sequence[Option], EffectiveKey]]:
    if sitting.form:
        paper = papers.questions(sitting.form)
        return [(question.position, question.revision, question.options, question.key) for question in paper]
    rows = Revision.objects.filter(pk__in=revisions).select_related("question__topic").prefetch_related("options")
    found = list(with_language(rows, "question").order_by("question__code", "number"))
    keys = keys_in_force(found)
    return [(0, row, sorted(row.options.all(), key=lambda option: option.ordinal), keys[row.pk]) for row in found]


def _choices(
    options: Sequence[Option],
    key: EffectiveKey,
    responses: Sequence[Response],
    names: dict[int, str],
    rests: Mapping[int, float],
) -> list[Choice]:
    def who(chosen: Sequence[Response]) -> list[str]:
        return sorted((names[response.attempt_id] for response in chosen), key=by_last_name)

    def choice(letter: str, option: Option | None, chosen: Sequence[Response], *, is_key: bool) -> Choice:
        known = [rests[response.pk] for response in chosen if response.pk in rests]
        rest = round(100 * fmean(known)) if known else None
        return Choice(letter, option, is_key, who(chosen), rest)

    choices = [
        choice(
            LETTERS[index],
            option,
            [response for response in responses if response.ticked >> option.bit & 1],
            is_key=bool((key.key | key.also) >> option.bit & 1),
        )
        for index, option in enumerate(options)
    ]
    return [*choices, choice("", None, [row for row in responses if not row.ticked], is_key=False)]
