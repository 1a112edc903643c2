"""Test the questions to look at first: reports, then keys the best answered incorrectly, errors and old facts."""

import datetime

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Response
from exams.services.analysis import triage
from exams.services.analysis.triage import TriageReason
from exams.services.results import question_reports
from questions.models import Blueprint, Question, QuestionReport, Revision
from questions.services import history, lifecycle, wordings
from tests import factories
from tests.factories import NOW, candidate, handed_in, scored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
TODAY = NOW.date()


@pytest.fixture
def blueprint() -> Blueprint:
    """Return a bank with the questions of exactly one exam, so that all candidates get the same ones."""
    return factories.small_blueprint(scored=10, unscored=0)


def sat(blueprint: Blueprint, right: int) -> Attempt:
    """Return a scored exam of a new candidate with this number of correct answers."""
    return scored(handed_in(right, candidate(), blueprint))


def put_into_all_exams(revision: Revision, attempts: list[Attempt], correct: list[bool]) -> None:
    """Put this question into each exam, with these answers; `attempts` are sorted from the best to the worst."""
    for attempt, is_right in zip(attempts, correct, strict=True):
        row = attempt.responses.filter(revision=revision).first()
        place = row or attempt.responses.order_by("-position")[0]
        wrong = next(1 << bit for bit in range(revision.n_options) if 1 << bit != revision.key)
        Response.objects.filter(pk=place.pk).update(
            revision=revision,
            key=revision.key,
            choose=1,
            full=revision.full,
            repeat=False,
            ticked=revision.key if is_right else wrong,
        )


def rows_for(reason: TriageReason, **more: bool) -> list[triage.TriageRow]:
    return [row for row in triage.list_questions(TODAY, **more).rows if row.reason == reason]


def one_choice(blueprint: Blueprint) -> Revision:
    return Revision.objects.filter(question__collection=blueprint.exam.collections[0], choose=1)[0]


def test_the_list_is_empty_before_any_exam(blueprint: Blueprint) -> None:
    Question.objects.update(origin="shipped")
    assert not rows_for(TriageReason.KEY)
    assert not rows_for(TriageReason.REPORTS)
    assert not rows_for(TriageReason.FACTS)


def test_reports_come_first_sorted_by_number_of_candidates(blueprint: Blueprint) -> None:
    one, other = sat(blueprint, 5), sat(blueprint, 5)
    twice = one.responses.order_by("position")[0].revision
    once = one.responses.order_by("position")[1].revision
    question_reports.send(one, 2, "A typo?", NOW)
    question_reports.send(one, 1, "The  table\nis wrong.", NOW)
    QuestionReport.objects.create(
        revision=twice, candidate_uuid=other.candidate.uuid, text="No option is right.", at=NOW
    )
    rows = triage.list_questions(TODAY).rows[:2]
    assert [(row.question, row.reason, row.n) for row in rows] == [
        (twice.question_id, TriageReason.REPORTS, 2),
        (once.question_id, TriageReason.REPORTS, 1),
    ]
    assert rows[0].sentence == "2 reports: “No option is right.”"
    assert rows[0].revision == twice.pk
    assert rows[1].sentence == "1 report: “A typo?”"
    assert not rows_for(TriageReason.REPORTS, answers=False)
    question_reports.close_with_answer(QuestionReport.objects.all(), "Mended.")
    assert not rows_for(TriageReason.REPORTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("correct", "top"),
    [
        ([False, False, True, True, True], 2),
        ([False, True, False, False, False], None),
        ([False, False, False, True, True, True, True], 3),
        ([False, False, True, False], None),  # too few responses
    ],
)
def test_a_key_that_the_top_third_answered_incorrectly_is_listed(
    blueprint: Blueprint, correct: list[bool], top: int | None
) -> None:
    attempts = [sat(blueprint, 10 - n) for n in range(len(correct))]
    Response.objects.update(repeat=True)  # no other question is listed
    revision = one_choice(blueprint)
    put_into_all_exams(revision, attempts, correct)
    rows = rows_for(TriageReason.KEY)
    assert [(row.question, row.top, row.n) for row in rows] == (
        [(revision.question_id, top, len(correct))] if top else []
    )
    if top:
        assert rows[0].sentence == f"The best {top} of the {len(correct)} candidates all answered incorrectly."
        assert rows[0].revision == revision.pk


@pytest.mark.slow
def test_ties_with_the_last_of_the_top_third_belong_to_it() -> None:
    blueprint = factories.one_form_blueprint()
    attempts = [sat(blueprint, right) for right in (9, 8, 8, 3, 2)]
    Response.objects.update(repeat=True)
    revision = one_choice(blueprint)
    put_into_all_exams(revision, attempts, [False, False, True, False, False])
    assert not rows_for(TriageReason.KEY)
    put_into_all_exams(revision, attempts, [False, False, False, True, True])
    assert [revision.top for revision in triage.find_missed_revisions()] == [3]


@pytest.mark.slow
@pytest.mark.parametrize("left_out", [{"attempt__synthetic": True}, {"withdrawn": True}, {"unseen": True}])
def test_only_questions_that_candidates_were_shown_count(blueprint: Blueprint, left_out: dict[str, bool]) -> None:
    attempts = [sat(blueprint, 10 - n) for n in range(5)]
    Response.objects.update(repeat=True)
    revision = one_choice(blueprint)
    put_into_all_exams(revision, attempts, [False] * 5)
    assert rows_for(TriageReason.KEY)
    cache.clear()
    if "attempt__synthetic" in left_out:
        Attempt.objects.update(synthetic=True)
    elif "withdrawn" in left_out:
        Response.objects.update(withdrawn=True)
    else:
        Response.objects.update(ticked=0, first_shown=None)
    assert not rows_for(TriageReason.KEY)


@pytest.mark.slow
def test_a_corrected_wording_is_not_listed_for_the_old_key(blueprint: Blueprint) -> None:
    attempts = [sat(blueprint, 10 - n) for n in range(5)]
    Response.objects.update(repeat=True)
    revision = one_choice(blueprint)
    put_into_all_exams(revision, attempts, [False] * 5)
    assert rows_for(TriageReason.KEY)
    question = revision.question
    newer = wordings.compose(question, wordings.content_of(revision), 2)
    newer.revision.save()
    for option in newer.options:
        option.save()
    lifecycle.publish([newer.revision], now=NOW, by=None)
    assert not rows_for(TriageReason.KEY)


def test_errors_and_old_facts_follow_and_each_question_is_listed_once(blueprint: Blueprint) -> None:
    factories.add_points()
    rows = list(Question.objects.order_by("pk")[:3])
    Question.objects.update(as_of=TODAY)
    Question.objects.filter(pk=rows[0].pk).update(as_of=datetime.date(2024, 10, 15))
    Question.objects.filter(pk=rows[1].pk).update(as_of=datetime.date(2025, 3, 31))
    Question.objects.filter(pk=rows[2].pk).update(as_of=datetime.date(2025, 4, 1))  # exactly a year ago
    stale = rows_for(TriageReason.FACTS)
    assert [row.question for row in stale] == [rows[0].pk, rows[1].pk]
    assert stale[0].sentence == "The facts were checked 17 months ago (October 2024)."
    assert stale[1].sentence == "The facts were checked 12 months ago (March 2025)."

    Question.objects.filter(pk=rows[0].pk).update(origin="shipped")
    history.record(rows[0], "edited", now=NOW, by=None)
    listed = triage.list_questions(TODAY)
    [error] = [row for row in listed.rows if row.question == rows[0].pk]
    assert error.reason == TriageReason.CHECKS
    assert error.sentence
    assert (listed.checked, listed.asked) == (Question.objects.count(), Question.objects.count())


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 6])
def test_known_answers_are_not_read_again(
    blueprint: Blueprint, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        sat(blueprint, 5)
    before = triage.list_questions(TODAY)
    known = bool(triage.find_missed_revisions())
    with django_assert_num_queries(7 + known):
        assert triage.list_questions(TODAY) == before
