"""Read the exams of a candidate for the history and the front page."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet
from django.utils import timezone

from exams.models import Attempt, Candidate, Mode, StudyGoal
from exams.services.results.shown_scores import ShownScores
from questions.content.blueprint import BlueprintSpec
from questions.models import Blueprint

MAX_EXAMS = 200  # of a trend, and to download
PLAN_OF_FORM = ("form__plan", "form__recipe", "form__relaxations")  # long, and of no use in a list


def candidate_exams(candidate: Candidate, but: Collection[str] = ()) -> QuerySet[Attempt]:
    """Return the exams of this candidate with their reports, newest first; `but` are codes left out. One query."""
    return (
        Attempt.objects.filter(candidate=candidate, mode=Mode.EXAM)
        .exclude(blueprint_code__in=but)
        .select_related("report", "form", "sitting")
        .defer(*PLAN_OF_FORM)
        .order_by("-started_at", "-pk")
    )


def specifications(attempts: Iterable[Attempt], known: Iterable[Blueprint] = ()) -> dict[int, BlueprintSpec]:
    """Return what the blueprints of these attempts say, by the key of the blueprint.

    One query for those that are not `known`.
    """
    blueprints = {blueprint.pk: blueprint for blueprint in known}
    missing = {attempt.form.blueprint_id for attempt in attempts} - set(blueprints)
    blueprints |= Blueprint.objects.in_bulk(missing)
    return {key: blueprint.exam for key, blueprint in blueprints.items()}


def has_attempts(candidate: Candidate) -> bool:
    """Return whether this candidate has ever started an exam or practice."""
    return Attempt.objects.filter(candidate=candidate).exists()


def has_begun(candidate: Candidate) -> bool:
    """Return whether this candidate has ever started an exam or practice, or has a goal."""
    return has_attempts(candidate) or StudyGoal.objects.filter(candidate=candidate).exists()


def newest_result(candidate: Candidate, shown: ShownScores, but: Collection[str] = ()) -> Attempt | None:
    """Return the newest scored exam of this candidate with its report that may be shown; `but` are codes left out."""
    rows = shown.reported_exams(candidate).exclude(blueprint_code__in=but).select_related("report", "form__blueprint")
    return rows.prefetch_related("report__domains").order_by("-started_at").first()


def downloadable_exams(candidate: Candidate) -> QuerySet[Attempt]:
    """Return the exams that the candidate can download: the finished ones, newest first."""
    finished = Attempt.objects.finished_exams().filter(candidate=candidate).disclosed(timezone.now())
    finished = finished.select_related("form__blueprint")
    return finished.order_by("-started_at")[:MAX_EXAMS]
