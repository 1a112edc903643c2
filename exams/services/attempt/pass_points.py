"""How many points pass an exam: "12 of 20", for pages before and after it.

Of an exam that is scored in percent, it is known before the start if all its questions are worth the same, or if its
paper is. Of any other, the pass line depends on the questions, so it is known with the paper.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exams.models import Attempt, Form
from exams.psychometrics import percent
from exams.services.attempt.question_pool import pool_for
from questions.content.blueprint import BlueprintSpec
from questions.content.worth import POINT, in_short
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class PassPoints:
    """The points that pass, in hundredths. If each question is worth one, `in_questions`, they are right answers."""

    needed: int
    possible: int
    in_questions: bool

    @property
    def text(self) -> str:
        """Return "12 of 20", or "12.5 of 20 points"."""
        values = {"needed": in_short(self.needed), "possible": in_short(self.possible)}
        if self.in_questions:
            return _("%(needed)s of %(possible)s") % values
        return _("%(needed)s of %(possible)s points") % values

    @property
    def sentence(self) -> str:
        return _("Passes at %s") % self.text


def of_questions(pass_percent: int, questions: Iterable[tuple[int, bool]]) -> PassPoints:
    """Return what passes of questions with this worth and partial credit.

    Without partial credit, questions of whole points cannot earn 12.6 of them: 13 are needed.
    """
    rows = list(questions)
    possible = sum(worth for worth, _partial in rows)
    unit = 1 if any(partial or worth % POINT for worth, partial in rows) else POINT
    in_questions = all(worth == POINT and not partial for worth, partial in rows)
    return PassPoints(percent.needed(pass_percent, possible, unit), possible, in_questions)


def of_equal_questions(pass_percent: int, n: int) -> PassPoints:
    """Return what passes of `n` questions that are worth one point each."""
    return of_questions(pass_percent, [(POINT, False)] * n)


def of_paper(form: Form, exam: BlueprintSpec) -> PassPoints:
    """Return what passes a stored paper."""
    if form.pass_line is not None:
        return PassPoints(math.ceil(form.pass_line) * POINT, form.n_scored * POINT, in_questions=True)
    scored = [slot for slot in form.plan if slot["scored"]]
    questions = [(slot.get("worth", POINT), slot.get("partial", False)) for slot in scored]
    return of_questions(exam.scale.passing, questions)


def of_attempt(attempt: Attempt, pass_percent: int) -> PassPoints:
    """Return what passes an exam that was sat, without its questions that were withdrawn: one query."""
    counted = attempt.responses.filter(scored=True, withdrawn=False)
    return of_questions(pass_percent, counted.values_list("worth", "partial"))


def before_start(blueprint: Blueprint, paper: Form | None = None) -> PassPoints | None:
    """Return what passes the exam, or the paper of a class; None if that depends on the questions drawn."""
    exam = blueprint.exam
    if paper:
        return of_paper(paper, exam)
    credits_ = pool_for(blueprint).kinds_of_credit
    kinds = {(worth, partial and choose > 1) for worth, partial, choose in credits_} or {(POINT, False)}
    if not exam.is_percent or len(kinds) > 1:
        return None
    return of_questions(exam.scale.passing, [*kinds] * exam.scored)
