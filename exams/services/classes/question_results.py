"""The results of a sitting question by question: the share right, and who chose what."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exams.models import KeyRuling, Participant, Response, Sitting
from exams.models.attempt import FINISHED
from exams.psychometrics import precision
from exams.services.attempt import papers
from exams.services.attempt.effective_keys import EffectiveKey, effective_keys
from exams.services.classes import results
from questions.models import Option, Revision
from questions.models.revision import LETTERS


@dataclass(frozen=True, slots=True)
class Choice:
    """An option, or no answer (`option` is None), with the names of those who chose it."""

    letter: str
    option: Option | None
    is_key: bool
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question with `n` responses. `position` is 0 where each participant has a paper of her own."""

    position: int
    revision: Revision
    withdrawn: bool
    n: int
    n_right: int
    choices: Sequence[Choice]

    @property
    def percent_right(self) -> int:
        return precision.percent(self.n_right, self.n)


def by_question(sitting: Sitting) -> list[QuestionResult]:
    """Return the questions in finished exams, in the order of the paper, otherwise by code: a fixed number of queries.

    Options have the letters of the paper. Where everybody has another order, they have those of the pages for staff.
    """
    names = _names(sitting)
    responses: dict[int, list[Response]] = defaultdict(list)
    rows = Response.objects.filter(attempt__in=results.counted(sitting).filter(status__in=FINISHED))
    for response in rows.only("attempt_id", "revision_id", "ticked", "correct").order_by("pk"):
        responses[response.revision_id].append(response)
    return [
        QuestionResult(
            position=position,
            revision=revision,
            withdrawn=key.withdrawn,
            n=len(responses[revision.pk]),
            n_right=sum(response.correct for response in responses[revision.pk]),
            choices=_choices(options, key, responses[revision.pk], names),
        )
        for position, revision, options, key in _questions(sitting, list(responses))
        if responses[revision.pk]
    ]


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
    ruled = effective_keys(KeyRuling.objects.filter(revision__in=revisions))
    return [
        (0, row, sorted(row.options.all(), key=lambda option: option.ordinal), ruled.get(row.pk, EffectiveKey(row.key)))
        for row in rows.order_by("question__code", "number")
    ]


def _choices(
    options: Sequence[Option], key: EffectiveKey, responses: Sequence[Response], names: dict[int, str]
) -> list[Choice]:
    def who(chosen: Sequence[Response]) -> list[str]:
        return sorted((names[response.attempt_id] for response in chosen), key=str.casefold)

    choices = [
        Choice(
            letter=LETTERS[index],
            option=option,
            is_key=bool((key.key | key.also) >> option.bit & 1),
            names=who([response for response in responses if response.ticked >> option.bit & 1]),
        )
        for index, option in enumerate(options)
    ]
    return [*choices, Choice("", None, is_key=False, names=who([row for row in responses if not row.ticked]))]
