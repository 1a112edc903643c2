"""Read the exams of a candidate for the history and the front page."""

from django.db.models import QuerySet

from exams.models import Attempt, Candidate, Mode

MAX_EXAMS = 200  # on the history page


def candidate_exams(candidate: Candidate) -> QuerySet[Attempt]:
    """Return the newest exams of this candidate with their reports, newest first: one query."""
    return (
        Attempt.objects.filter(candidate=candidate, mode=Mode.EXAM)
        .select_related("report", "form__blueprint")
        .order_by("-started_at")[:MAX_EXAMS]
    )


def has_attempts(candidate: Candidate) -> bool:
    """Return whether this candidate has ever started an exam or practice."""
    return Attempt.objects.filter(candidate=candidate).exists()


def newest_result(candidate: Candidate) -> Attempt | None:
    """Return the newest scored exam of this candidate with its report, if any."""
    exams = Attempt.objects.filter(candidate=candidate, mode=Mode.EXAM, status=Attempt.Status.SCORED)
    return exams.select_related("report", "form__blueprint").order_by("-started_at").first()


def downloadable_exams(candidate: Candidate) -> QuerySet[Attempt]:
    """Return the exams that the candidate can download: the finished ones, newest first."""
    finished = Attempt.objects.finished_exams().filter(candidate=candidate).select_related("form__blueprint")
    return finished.order_by("-started_at")[:MAX_EXAMS]
