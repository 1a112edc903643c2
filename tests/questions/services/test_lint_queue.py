"""Test the lint of many questions, page by page, cached until one of them changes."""

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from questions.models import Point, Question, QuestionPoint, User
from questions.services import history, lifecycle, lint_queue, ratings, waivers
from tests import authoring
from tests.authoring import CONTENT, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
TODAY = NOW.date()
SHORT = replace(CONTENT, stem="Which step is right?")


def test_a_page_lists_questions_with_findings_and_its_range(author: User) -> None:
    authoring.question(author, "own-good")
    authoring.question(author, "own-short", SHORT)
    page = lint_queue.page(0, TODAY)
    assert (page.first, page.last, page.after) == (1, 2, None)
    [row] = page.rows
    assert (row.code, row.status_label) == ("own-short", "draft")
    assert {finding.severity.value for finding in row.findings} == {"W"}
    assert not row.errors


def test_the_next_page_starts_after_the_last_question_without_retired_ones(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint_queue, "PAGE_SIZE", 2)
    rows = [authoring.question(author, f"own-{n}", SHORT) for n in range(6)]
    lifecycle.retire([rows[1]], now=NOW, by=author)
    first = lint_queue.page(0, TODAY)
    assert (first.first, first.last, first.after) == (1, 2, rows[2].pk)
    second = lint_queue.page(first.after or 0, TODAY)
    assert (second.first, second.last) == (3, 4)
    third = lint_queue.page(second.after or 0, TODAY)
    assert (third.first, third.last, third.after) == (5, 5, None)
    listed = [row.pk for page in (first, second, third) for row in page.rows]
    assert listed == [row.pk for row in rows if row != rows[1]]
    assert lint_queue.page(rows[-1].pk, TODAY).last == 5
    assert not lint_queue.page(rows[-1].pk, TODAY).rows


def test_findings_are_cached_until_the_question_changes(
    author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row = authoring.question(author, "own-short", SHORT)
    rules = {finding.rule for finding in lint_queue.page(0, TODAY).rows[0].findings}
    with django_assert_num_queries(2):
        assert {finding.rule for finding in lint_queue.page(0, TODAY).rows[0].findings} == rules
    for rule in rules:
        waivers.waive([row], rule, "It is short on purpose.", now=NOW, by=author)
    assert not lint_queue.page(0, TODAY).rows


@pytest.mark.parametrize("count", [1, 5])
def test_a_page_takes_a_constant_number_of_queries(
    author: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        authoring.question(author, f"own-{n}", SHORT)
    with django_assert_num_queries(15):
        assert len(lint_queue.page(0, TODAY).rows) == count


@pytest.mark.slow
def test_errors_of_live_questions_are_collected_some_pages_at_a_time(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint_queue, "PAGE_SIZE", 2)
    for n in range(5):
        row = authoring.question(author, f"own-{n}")
        ratings.rate([row], 70, now=NOW, by=author)
        lifecycle.publish([row.revisions.get()], now=NOW, by=author)
    Question.objects.update(status="live")
    broken = Question.objects.get(code="own-3")
    QuestionPoint.objects.filter(question=broken).delete()
    Question.objects.filter(pk=broken.pk).update(origin="shipped")
    authoring.question(author, "own-draft", replace(SHORT, options=CONTENT.options[:1]))  # not shown to candidates

    looked = [lint_queue.errors(TODAY, max_new_pages=1) for _ in range(3)]
    counts = [result.checked for result in looked]  # pages are cut by key, so the first may have one question or two
    assert counts in ([1, 3, 5], [2, 4, 5])
    assert {result.total for result in looked} == {5}
    assert not looked[0].rows
    assert [row.code for row in looked[2].rows] == ["own-3"]
    assert looked[2].rows[0].errors
    QuestionPoint.objects.create(question=broken, point=Point.objects.get(code="own1"))
    history.record(broken, "edited", now=NOW, by=author)
    assert not lint_queue.errors(TODAY).rows


@pytest.mark.slow
def test_a_changed_question_leaves_other_pages_cached(author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint_queue, "PAGE_SIZE", 4)
    for n in range(12):
        row = authoring.question(author, f"own-{n:02}")
        ratings.rate([row], 70, now=NOW, by=author)
        lifecycle.publish([row.revisions.get()], now=NOW, by=author)
    Question.objects.update(status="live")
    known = lint_queue.errors(TODAY, max_new_pages=9)
    assert known.checked == known.total == 12
    lifecycle.retire([Question.objects.order_by("pk")[0]], now=NOW, by=author)
    again = lint_queue.errors(TODAY, max_new_pages=0)
    assert (again.total, again.checked >= 8) == (11, True)
