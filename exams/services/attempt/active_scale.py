"""The active scale of an exam, and the difficulties on it."""

from collections.abc import Mapping

from questions.models import ItemParameter, Revision, ScaleVersion


def find(exam: str, *, real: bool = False) -> ScaleVersion | None:
    """Return the active scale of an exam, if there is one; with `real`, only one that is not made from simulated exams.

    `exam` is the code of a syllabus, as everywhere in the analysis: quizzes with its exam domains share the scale. A
    scale made from simulated exams is for simulated exams alone.
    """
    rows = ScaleVersion.objects.filter(exam=exam, active=True)
    return (rows.filter(synthetic=False) if real else rows).first()


def difficulties_on(*scales: int) -> dict[int, float]:
    """Return the b of each revision that has one on the scale, or on one of several scales of different exams."""
    return inherited(dict(ItemParameter.objects.filter(scale__in=scales).values_list("revision", "b")))


def inherited[Value](values: Mapping[int, Value]) -> dict[int, Value]:
    """Add the revisions that are marked as the same item: each has the value of the one before, unless its own."""
    result = dict(values)
    same_items = Revision.objects.filter(same_item_as__isnull=False).order_by("number")
    for revision, earlier in same_items.values_list("pk", "same_item_as"):
        if revision not in result and earlier in result:
            result[revision] = result[earlier]
    return result
