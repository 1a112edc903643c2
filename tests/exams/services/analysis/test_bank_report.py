"""Test the bank report on a small bank: counts worked out by hand, gaps, and exams without a repeat."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exams.services.analysis import bank_report
from exams.services.analysis.bank_report import BankReport
from questions.content.blueprint import Draw
from questions.content.syllabus import ExamDomain, Syllabus
from questions.models import Blueprint, Collection, Point, Question, QuestionPoint, Topic, Waiver
from questions.services import blueprints
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 1)


@pytest.fixture
def blueprint() -> Blueprint:
    """Return twelve live questions, six in each of two exam domains, with ratings 61 to 66 and a topic each."""
    return factories.small_blueprint()


def report(blueprint: Blueprint) -> BankReport:
    return bank_report.build_report(blueprint, TODAY)


def test_a_small_bank_is_counted(blueprint: Blueprint) -> None:
    bank = report(blueprint)
    assert (bank.exam, bank.asked) == ("TINY", 12)
    assert bank.statuses == {"draft": 0, "review": 0, "pilot": 0, "live": 12, "retired": 0}
    assert bank.kinds == {"multiple-choice": 10, "multiple-response": 2}
    first, second = bank.exam_domains
    assert (first.number, first.title, first.questions, first.multiple_response) == (1, "First things", 6, 1)
    assert (first.share, first.weight, first.rating_mean) == (50, 50, 63.5)
    assert second.questions == 6
    assert [(task.exam_domain, task.code, task.questions) for task in bank.tasks] == [(1, "1.1", 6), (2, "2.1", 6)]
    assert [(topic.task, topic.slug, topic.questions) for topic in bank.topics][:2] == [
        ("1.1", "tiny-1-1", 1),
        ("1.1", "tiny-1-2", 1),
    ]
    assert bank.ratings == {"60-64": 8, "65-69": 4}
    assert bank.rating_mean == 63.5


def test_unused_questions_are_counted_by_status_only(blueprint: Blueprint) -> None:
    Question.objects.filter(code="tiny-d1-001").update(status="retired")
    Question.objects.filter(code="tiny-d1-002").update(status="draft", current=None)
    Question.objects.filter(code="tiny-d1-003").update(collection="elsewhere")
    Question.objects.filter(code="tiny-d1-004").update(status="pilot", rating=90)
    bank = report(blueprint)
    assert bank.statuses == {"draft": 1, "review": 0, "pilot": 1, "live": 8, "retired": 1}, "of its collections"
    assert bank.asked == 9
    assert bank.exam_domains[0].questions == 3
    assert bank.ratings == {"60-64": 4, "65-69": 4, "70-74": 0, "75-79": 0, "80-84": 0, "85-89": 0, "90-94": 1}
    assert bank.holes.topics == ("tiny-1-1", "tiny-1-2", "tiny-1-3")


def test_questions_count_for_the_exam_domain_that_draws_them_without_rules_of_a_syllabus(blueprint: Blueprint) -> None:
    Collection.objects.create(slug="tiny", house_rules=[])
    Question.objects.filter(code__startswith="tiny-d1").update(exam_domain=None, topic=None, tags=["easy"])
    Question.objects.filter(code__startswith="tiny-d2").update(tags=["hard"])
    draws = {number: (Draw("tiny", tags=(tag,)),) for number, tag in ((1, "easy"), (2, "hard"))}
    domains = tuple(replace(domain, draws=draws[domain.number]) for domain in blueprint.exam.exam_domains)
    spec = replace(blueprint.exam, code="TAGS", version=1, default=False, exam_domains=domains)
    syllabus = Syllabus(tuple(ExamDomain(domain.number, domain.title) for domain in domains))
    bank = report(blueprints.make(spec, known_version=0, now=factories.NOW, syllabus=syllabus))
    assert [(domain.number, domain.questions) for domain in bank.exam_domains] == [(1, 6), (2, 6)]
    assert bank.lint.counts["E"] == 0, "those of the other syllabus are checked by theirs"


def test_another_exam_of_the_same_syllabus_counts_its_own_exam_domains_and_collections(blueprint: Blueprint) -> None:
    Question.objects.filter(code__in=["tiny-d2-001", "tiny-d2-002"]).update(collection="git")
    spec = blueprint.spec | {"code": "GIT", "syllabus": "TINY", "collections": ["git"]}
    spec["exam_domains"] = [{"number": 2, "title": "Second things", "weight": 100}]
    bank = report(Blueprint(code="GIT", version=1, spec=spec, origin=Blueprint.Origin.LOCAL))
    assert (bank.statuses["live"], bank.asked) == (2, 2)
    assert {task.code for task in bank.tasks} == {"2.1"}
    assert {topic[:6] for topic in bank.holes.topics} == {"tiny-2"}


def test_gaps_are_topics_points_and_study_pages(blueprint: Blueprint, settings: Any, tmp_path: Path) -> None:
    topic = Topic.objects.get(slug="tiny-1-1")
    asked, hole = (Point.objects.create(topic=topic, code=code, text="Something.") for code in ("g1", "g2"))
    QuestionPoint.objects.create(question=Question.objects.get(code="tiny-d1-001"), point=asked)
    (tmp_path / "tiny" / "guide").mkdir(parents=True)
    (tmp_path / "tiny" / "guide" / "tiny-1-2.md").write_text("")
    settings.BANKS_DIR = tmp_path
    holes = report(blueprint).holes
    assert (holes.topics, holes.points) == ((), (hole.code,))
    assert len(holes.study_pages) == 11
    assert "tiny-1-2" not in holes.study_pages


@pytest.fixture
def profile(settings: Any, tmp_path: Path) -> None:
    """A profile of the bank with four targets."""
    settings.BANKS_DIR = tmp_path
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "profile.yaml").write_text(
        "targets:\n"
        '  - {measure: "asks for a service", min: 38}\n'
        '  - {measure: "asks for a technique", min: 29}\n'
        '  - {measure: "asks for a setting", max: 11}\n'
        '  - {measure: "the textbook answer is the key", min: 60}\n'
    )


def test_the_profile_and_what_to_write_next_cover_questions_in_use(blueprint: Blueprint, profile: None) -> None:
    Point.objects.create(topic=Topic.objects.get(slug="tiny-1-1"), code="g1", text="Something.")
    Question.objects.filter(code__startswith="tiny-d1").update(ask="service", default="key")
    Question.objects.filter(code="tiny-d1-001").update(status="retired")
    bank = report(blueprint)
    measures = {measure.target.name: measure.value for measure in bank.profile}
    assert measures["asks for a service"] == measures["the textbook answer is the key"] == pytest.approx(500 / 11)
    assert [row.code for row in bank.shortages.asks] == ["technique"]
    assert (bank.shortages.topics[0].code, bank.shortages.topics[0].missing) == ("tiny-1-1", 2)
    assert len(bank.shortages.topics) == 12, "each other topic has one question"
    assert [(row.code, row.missing) for row in bank.shortages.points] == [("g1", 2)]
    assert bank.points == {"0": 1, "1": 0, "2+": 0}


def test_an_exam_made_here_is_not_compared_with_the_bank_it_draws_on(blueprint: Blueprint, profile: None) -> None:
    blueprint.origin = Blueprint.Origin.LOCAL
    bank = report(blueprint)
    assert (bank.profile, bank.shortages.asks) == ((), ())
    assert len(bank.shortages.topics) == 12


def test_a_bank_without_a_profile_has_no_targets(blueprint: Blueprint) -> None:
    bank = report(blueprint)
    assert (bank.profile, bank.shortages.asks) == ((), ())


def test_exams_without_a_repeat_are_drawn_not_divided(blueprint: Blueprint) -> None:
    assert report(blueprint).fresh_exams == 2, "twelve questions, five per exam"


def test_one_exhausted_exam_domain_ends_the_fresh_exams() -> None:
    blueprint = factories.small_blueprint(exams=3)
    remaining = [f"tiny-d1-{n:03}" for n in (1, 2, 3)]
    Question.objects.filter(exam_domain__number=1).exclude(code__in=remaining).update(status="retired")
    bank = report(blueprint)
    assert bank.asked == 21, "a division gives four"
    assert bank.fresh_exams == 1


def test_lint_covers_questions_in_use_with_milder_rules_for_local_ones(blueprint: Blueprint) -> None:
    factories.add_points()
    bank = report(blueprint).lint
    assert {row.question for row in bank.found} == {f"tiny-d{d}-{n:03}" for d in (1, 2) for n in range(1, 7)}
    assert sum(bank.counts.values()) == len(bank.found)
    assert [row.finding.severity for row in bank.to_do] == ["E"] * bank.counts["E"] + ["W"] * bank.counts["W"]
    assert {question.name for question in bank.strategies} >= {"longest", "position 4"}
    Question.objects.all().update(origin="shipped")
    assert report(blueprint).lint.counts["E"] > bank.counts["E"]
    Question.objects.filter(code="tiny-d1-001").update(status="retired")
    assert "tiny-d1-001" not in {row.question for row in report(blueprint).lint.found}


def test_a_waived_warning_is_not_to_do(blueprint: Blueprint) -> None:
    factories.add_points()

    def rules() -> set[str]:
        return {row.finding.rule for row in report(blueprint).lint.to_do if row.question == "tiny-d1-001"}

    waived = next(
        row.finding.rule
        for row in report(blueprint).lint.to_do
        if row.question == "tiny-d1-001" and row.finding.severity == "W"
    )
    Waiver.objects.create(question=Question.objects.get(code="tiny-d1-001"), rule=waived, reason="So.")
    assert waived not in rules()


def test_a_bank_without_questions_is_reported(blueprint: Blueprint, profile: None) -> None:
    Question.objects.all().update(status="retired")
    bank = report(blueprint)
    assert (bank.asked, bank.fresh_exams, bank.ratings, bank.rating_mean) == (0, 0, {}, None)
    assert bank.lint.strategies == ()
    assert bank.profile == ()
    assert bank.shortages.asks == ()
    assert len(bank.holes.topics) == 12
