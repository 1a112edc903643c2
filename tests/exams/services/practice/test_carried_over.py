"""Test the hint of what was practiced for another exam: both directions, the counts, and that nothing rests on it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate
from exams.services.practice.carried_over import CarriedOver, carried_over
from exams.services.practice.study_records import study_records
from exams.services.progress.answers import disclosed_answers
from exams.services.progress.mastery import mastery_tree, next_topics
from exams.services.progress.readiness import readiness
from exams.services.progress.trend import scored_exams
from exams.services.results.shown_scores import shown_scores
from questions.models import Blueprint
from questions.services.bank_version import bank_version
from tests import factories
from tests.factories import NOW, handed_in, scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Candidate:
    return factories.candidate()


@pytest.fixture
def overlap(settings: Any, tmp_path: Path) -> Path:
    """Two exams, and the file that says what the second has in common with the first."""
    settings.BANKS_DIR = tmp_path
    for code in ("ONE", "TWO"):
        factories.one_form_blueprint(code)  # each exam has all questions in use: one of each topic
    (tmp_path / "two").mkdir()
    path = tmp_path / "two" / "overlap.yaml"
    path.write_text(
        "points:\n"
        "  - {point: p1, topic: two-1-1, strength: same, overlaps: [one-1-1, one-1-2, one-2-1]}\n"
        "  - {point: p2, topic: two-2-3, strength: partly, overlaps: [one-1-1]}\n"
        "  - {point: p3, topic: two-2-4, strength: same, overlaps: [gone-1-1]}\n"
    )
    return path


def answered(alice: Candidate, code: str, *right_topics: str) -> Attempt:
    """Return an exam with an answer to each question; scored ones on these topics are right."""
    attempt = scored(handed_in(0, alice, Blueprint.objects.current(code)))
    attempt.responses.update(first_shown=attempt.started_at)
    attempt.responses.filter(revision__question__topic__slug__in=right_topics).update(ticked=F("key"))
    return attempt


def short_title(code: str) -> str:
    blueprint = Blueprint.objects.current(code)
    assert blueprint
    return blueprint.exam.short_title


def test_topics_of_an_exam_are_shown_with_the_answers_for_the_other_one(alice: Candidate, overlap: Path) -> None:
    answered(alice, "ONE", "one-1-1", "one-2-1")
    first, second = carried_over([alice.pk], "TWO")
    assert first == CarriedOver("two-1-1", "Topic 1.1 1", short_title("ONE"), seen=3, right=2, is_part=False)
    assert second == CarriedOver("two-2-3", "Topic 2.1 3", short_title("ONE"), seen=1, right=1, is_part=True)
    assert carried_over([alice.pk], "TWO", "two-1-1") == [first]
    assert carried_over([alice.pk], "TWO", "two-1-2") == []


def test_it_works_in_the_other_direction(alice: Candidate, overlap: Path) -> None:
    answered(alice, "TWO", "two-1-1")
    rows = [(row.slug, row.exam, row.right, row.seen, row.is_part) for row in carried_over([alice.pk], "ONE")]
    title = short_title("TWO")
    assert rows == [
        ("one-1-1", title, 1, 2, False),
        ("one-1-2", title, 1, 1, False),
        ("one-2-1", title, 1, 1, False),
    ]


def test_who_has_practiced_nothing_there_sees_nothing(alice: Candidate, overlap: Path) -> None:
    assert carried_over([alice.pk], "TWO") == []
    answered(alice, "TWO")
    assert carried_over([alice.pk], "TWO") == [], "answers of the exam itself are no hint"
    assert carried_over([], "TWO") == []


def test_an_open_exam_hides_its_questions(alice: Candidate, overlap: Path) -> None:
    factories.attempt(alice, Blueprint.objects.current("ONE"), now=timezone.now() - timedelta(minutes=1))
    assert carried_over([alice.pk], "TWO") == []


def test_mastery_plan_readiness_and_next_topics_do_not_know_it(alice: Candidate, overlap: Path) -> None:
    blueprint = Blueprint.objects.current("TWO")
    assert blueprint

    def estimates() -> tuple[Any, ...]:
        domains = mastery_tree(blueprint.exam, disclosed_answers(alice, "TWO"))
        made = study_records(alice, blueprint, NOW + timedelta(days=2)).plan
        exams = scored_exams(alice, "TWO", shown_scores([alice.pk]))
        return domains, next_topics(blueprint, domains, bank_version()), made, readiness(exams)

    scored(handed_in(2, alice, blueprint, now=NOW + timedelta(days=1)))
    before = estimates()
    answered(alice, "ONE", "one-1-1")
    assert carried_over([alice.pk], "TWO")
    assert estimates() == before
    overlap.unlink()
    assert estimates() == before


def test_queries_do_not_depend_on_topics_and_exams(
    alice: Candidate, overlap: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answered(alice, "ONE", "one-1-1")
    with django_assert_num_queries(8):
        assert carried_over([alice.pk], "TWO")
    factories.one_form_blueprint("THREE")
    answered(alice, "THREE")
    overlap.write_text(
        overlap.read_text()
        + "  - {point: p4, topic: two-1-2, strength: same, overlaps: [three-1-1, three-2-1, one-2-2]}\n"
    )
    with django_assert_num_queries(8):
        rows = carried_over([alice.pk], "TWO")
    assert [(row.slug, row.exam) for row in rows if row.slug == "two-1-2"] == [
        ("two-1-2", short_title("ONE")),
        ("two-1-2", short_title("THREE")),
    ]
