"""The only writer of QuestionPoint and Enemy: the syllabus points of questions, and pairs that never share a form."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import batched

from questions.models import Enemy, Point, Question, QuestionPoint
from questions.services.query_limits import ROWS_PER_QUERY


def set_points(points: Mapping[int, Sequence[int]]) -> None:
    """Replace the points of questions; `points` gives the keys of the points of each question, in order."""
    for batch in batched(points, ROWS_PER_QUERY):
        QuestionPoint.objects.filter(question__in=batch).delete()
    QuestionPoint.objects.bulk_create(
        (
            QuestionPoint(question_id=question, point_id=point, ordinal=ordinal)
            for question, keys in points.items()
            for ordinal, point in enumerate(keys)
        ),
        batch_size=ROWS_PER_QUERY,
    )


def point_keys() -> dict[str, int]:
    """Return the key of each point by its code."""
    return dict(Point.objects.values_list("code", "pk"))


def point_codes(question: Question) -> list[str]:
    """Return the codes of the points of a question, in order."""
    points = QuestionPoint.objects.filter(question=question).order_by("ordinal", "pk")
    return list(points.values_list("point__code", flat=True))


def enemy_codes(question: Question) -> list[str]:
    """Return the codes of the questions that must not share a form with this one."""
    pairs = [*question.enemies_above.select_related("high"), *question.enemies_below.select_related("low")]
    return sorted(pair.high.code if pair.low_id == question.pk else pair.low.code for pair in pairs)


def enemy_keys(question: Question) -> set[int]:
    """Return the keys of the questions that must not share a form with this one."""
    pairs = [*question.enemies_above.all(), *question.enemies_below.all()]
    return {pair.high_id if pair.low_id == question.pk else pair.low_id for pair in pairs}


def set_enemies(question: Question, enemies: Iterable[Question]) -> list[int]:
    """Replace the enemies of a question. Return the keys of those that became or ceased to be one."""
    before, after = enemy_keys(question), {enemy.pk for enemy in enemies}
    delete_pairs([(question.pk, key) for key in before - after])
    add_pairs({(question.pk, key) for key in after})
    return sorted(before ^ after)


def add_pairs(pairs: Iterable[tuple[int, int]]) -> None:
    """Add pairs of enemies, given by key in any order; existing ones are left as they are."""
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    Enemy.objects.bulk_create(
        (Enemy(low_id=low, high_id=high) for low, high in ordered), batch_size=ROWS_PER_QUERY, ignore_conflicts=True
    )


def delete_pairs(pairs: Collection[tuple[int, int]]) -> None:
    """Delete pairs of enemies, given by key in any order."""
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    for batch in batched(ordered, ROWS_PER_QUERY // 2):
        lows, highs = zip(*batch, strict=True)
        rows = Enemy.objects.filter(low__in=lows, high__in=highs).values_list("pk", "low", "high")
        wanted = set(batch)
        Enemy.objects.filter(pk__in=[pk for pk, low, high in rows if (low, high) in wanted]).delete()
