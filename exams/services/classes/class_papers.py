"""Draw the paper that all of a class get, and say what holding it back means for everybody else."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count, QuerySet

from exams.models import Candidate, Response, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import assembly
from exams.services.attempt.assembly import DrawnForm
from exams.services.attempt.hidden_questions import held_questions, with_enemies
from exams.services.attempt.question_pool import pool_for
from questions.models import Blueprint, Revision


def draw(blueprint: Blueprint, *moments: datetime) -> DrawnForm:
    """Draw a paper, without what other classes hold back at these times, unless the bank cannot do without it.

    Raise exams.psychometrics.drawing.ShortageError when the bank cannot fill the blueprint.
    """
    drawing = partial(assembly.draw_form, blueprint, Candidate(), secrets.token_hex(8))
    held = _held_at(moments)
    try:
        return drawing(closed=held)
    except ShortageError:
        if not held:
            raise
    return drawing()


def unfilled_exams(paper: Collection[int], *moments: datetime) -> list[str]:
    """Return the exams that the bank can fill now, but not without these revisions and what is held at these times.

    An exam that is closed, and that no class sits with a paper each, draws nothing meanwhile: it is left out.
    """
    questions = set(Revision.objects.filter(pk__in=paper).values_list("question", flat=True))
    held = with_enemies(questions) | _held_at(moments)
    drawing = set(Sitting.objects.filter(form=None, released_at=None).values_list("blueprint__code", flat=True))
    return [
        row.exam.short_title
        for row in Blueprint.objects.in_use()
        if (row.admits or row.code in drawing)
        and not assembly.blueprint_shortage(row)
        and assembly.find_shortage(assembly.recipe_for(row), *pool_for(row).new_by_domain(held))
    ]


@dataclass(frozen=True, slots=True)
class SeenPaper:
    """A class in which people have seen `n` of these questions."""

    sitting: Sitting
    people: int
    n: int


def seen_papers(paper: Collection[int], visible: QuerySet[Sitting]) -> list[SeenPaper]:
    """Return those of the `visible` classes in which people have seen half of these revisions or more: two queries.

    A few questions in common, as papers from one large bank have, are no reason to stop.
    """
    questions = Revision.objects.filter(pk__in=paper).values("question")
    shown = Response.objects.filter(
        revision__question__in=questions, attempt__sitting__in=visible, first_shown__isnull=False
    )
    counts = shown.order_by().values("attempt__sitting").annotate(
        people=Count("attempt__candidate", distinct=True), n=Count("revision__question", distinct=True)
    )  # fmt: skip
    found = {row["attempt__sitting"]: row for row in counts.filter(n__gte=(len(paper) + 1) // 2)}
    return [
        SeenPaper(sitting, found[sitting.pk]["people"], found[sitting.pk]["n"])
        for sitting in Sitting.objects.filter(pk__in=found).order_by("-opens_at", "-pk")
    ]


def open_exams(blueprint: Blueprint) -> list[str]:
    """Return the exams in which anybody can meet questions of this one, as a new guest too: in practice or a mock exam.

    With a paper each, a class holds nothing back.
    """
    drawn = set(blueprint.exam.collections)
    return [
        row.exam.short_title
        for row in Blueprint.objects.newest().filter(admits=True)
        if (row.exam.syllabus_code == blueprint.exam.syllabus_code or row.exam.has_draws or blueprint.exam.has_draws)
        and not drawn.isdisjoint((*row.exam.collections, *row.exam.practice))
    ]


def _held_at(moments: Iterable[datetime]) -> frozenset[int]:
    return frozenset().union(*map(held_questions, moments))
