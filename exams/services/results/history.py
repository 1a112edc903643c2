"""Reads a candidate's attempts, newest first."""

from django.db.models import QuerySet

from exams.models import Attempt, Candidate, Mode

LONGEST = 200  # attempts on one page; a person who has sat more will not miss the older ones there


def of(candidate: Candidate) -> QuerySet[Attempt]:
    """The exams of this candidate with their reports, newest first: one query."""
    return (
        Attempt.objects.filter(candidate=candidate, mode=Mode.EXAM)
        .select_related("report", "form__blueprint")
        .order_by("-started_at")[:LONGEST]
    )
