"""How an exam gives points, as its pages say it before, during and after it.

Of an exam that is scored in percent, this depends on its questions: what they are worth, and which give partial credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt, Form, Mode, Response
from exams.psychometrics import percent
from exams.psychometrics.percent import PointAnswer
from exams.psychometrics.scaling import half_up
from exams.services.attempt.question_pool import pool_for
from questions.content.blueprint import BlueprintSpec
from questions.content.worth import POINT, in_short
from questions.models import Blueprint, Revision


class Credit(NamedTuple):
    """What a question is worth, in hundredths of a point, whether it gives partial credit, and its number of keys."""

    worth: int
    partial: bool
    choose: int


@dataclass(frozen=True, slots=True)
class ScoringRule:
    """How points are given. `partial` says which of the questions with several answers give part of their points.

    `total` is that of the questions that count, in hundredths; None if it depends on the draw.
    """

    is_percent: bool = False
    partial: Literal["", "some", "all"] = ""
    lowest: int = POINT  # of what a question is worth, as is the next
    highest: int = POINT
    total: int | None = None

    @property
    def worths_differ(self) -> bool:
        """Whether pages show at each question what it is worth."""
        return self.lowest != self.highest

    @property
    def worth_text(self) -> str:
        """Return what a question is worth: "1 point", or "1 to 5 points"."""
        if self.worths_differ:
            return _("%(low)s to %(high)s points") % {"low": in_short(self.lowest), "high": in_short(self.highest)}
        return points_text(self.lowest)

    @property
    def total_text(self) -> str:
        """Return all points where questions are worth different ones: "20", or "1 to 5 a question"; "" elsewhere."""
        if not self.worths_differ:
            return ""
        if self.total is not None:
            return in_short(self.total)
        return _("%(low)s to %(high)s a question") % {"low": in_short(self.lowest), "high": in_short(self.highest)}

    @property
    def total_points(self) -> str:
        """Return all points where they are known: "20 points"."""
        return "" if self.total is None else points_text(self.total)

    def credit_text(self, credit: Credit) -> str:
        """Return what to know before a question is answered: "2 points, partial credit"; "" if it goes without saying.

        It says nothing of the key that the room does not say otherwise: how many answers to choose.
        """
        parts = [points_text(credit.worth)] if self.worths_differ else []
        if self.partial == "some" and _is_partial(credit):
            parts.append(_("partial credit"))
        return ", ".join(parts)


EQUATED = ScoringRule()


def points_text(worth: int) -> str:
    """Return hundredths as "1 point" or "2.5 points"."""
    return ngettext("%(n)s point", "%(n)s points", 1 if worth == POINT else 2) % {"n": in_short(worth)}


def earned(response: Response) -> int | None:
    """Return what a response has earned, in hundredths of a point; None if it does not count."""
    if not response.scored or response.withdrawn:
        return None
    answer = PointAnswer(
        *(response.worth, response.partial, response.key, response.also, response.credited, response.ticked)
    )
    return half_up(percent.earned(answer))


def of_attempt(attempt: Attempt) -> ScoringRule:
    """Return the rule of an exam that was started, loaded with form and blueprint. One query if it has points."""
    exam = attempt.form.blueprint.exam
    if not exam.is_percent or attempt.mode != Mode.EXAM:
        return EQUATED
    return _of_questions(attempt.responses.values_list("worth", "partial", "choose"), exam)


def of_one_question(attempt: Attempt) -> ScoringRule:
    """Return the rule of a question among those of other exams, which says nothing of what its exam asked beside it."""
    return ScoringRule(attempt.form.blueprint.exam.is_percent and attempt.mode == Mode.EXAM)


def before_start(blueprint: Blueprint, paper: Form | None = None) -> ScoringRule:
    """Return the rule of an exam, or of the paper of a class."""
    exam = blueprint.exam
    if not exam.is_percent:
        return EQUATED
    if paper:
        return of_paper(paper, exam)
    return _of_questions(pool_for(blueprint).kinds_of_credit, exam, drawn=False)


def of_paper(paper: Form, exam: BlueprintSpec) -> ScoringRule:
    """Return the rule of a stored paper of an exam that is scored in percent: one query."""
    keys = dict(Revision.objects.filter(pk__in=[slot["revision"] for slot in paper.plan]).values_list("pk", "choose"))
    return _of_questions(
        [
            (slot.get("worth", POINT), slot.get("partial", False), keys[slot["revision"]])  # older papers have neither
            for slot in paper.plan
        ],
        exam,
    )


def _of_questions(rows: Iterable[tuple[int, bool, int]], exam: BlueprintSpec, *, drawn: bool = True) -> ScoringRule:
    credits_ = [Credit(*row) for row in rows]
    worths = [credit.worth for credit in credits_] or [POINT]
    several = [credit.partial for credit in credits_ if credit.choose > 1]
    # With unscored questions, the total of the others would tell which they are.
    total = sum(worths) if drawn and not exam.unscored else None
    partial: Literal["", "some", "all"] = "all" if several and all(several) else "some" if any(several) else ""
    return ScoringRule(True, partial, min(worths), max(worths), total)


def _is_partial(credit: Credit) -> bool:
    return credit.partial and credit.choose > 1
