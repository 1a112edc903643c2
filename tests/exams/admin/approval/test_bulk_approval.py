"""Test bulk approval in the admin: permissions, how questions start, and what is left out."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from exams.models import Response
from exams.services.analysis import pilots
from questions.models import Question, User
from questions.services import approval, ratings, revisions, wordings
from tests import factories, many_questions
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db
LIST = "/admin/questions/question/"


def waiting(author: User, count: int, rater: User) -> list[Question]:
    questions = many_questions.questions(author, count)
    for question in questions:
        approval.submit([question], now=NOW, by=author)
        ratings.rate([question], 70, now=NOW, by=rater)
    return questions


def plan(client: Client, questions: list[Question]) -> Any:
    return client.post(
        LIST, {"action": "approve", "_selected_action": [question.pk for question in questions], "index": "0"}
    )


def press(client: Client, page: Any, **typed: Any) -> Any:
    return client.post(f"{LIST}bulk/approve/", {"question": page.context["versions"], "do": "1", **typed})


@pytest.mark.slow
@pytest.mark.parametrize(("start", "status"), [("scored", "live"), ("trial", "pilot")])
def test_many_questions_are_approved_as_scored_or_as_pilots(
    client: Client, author: User, reviewer: User, start: str, status: str
) -> None:
    page = plan(client, waiting(author, 3, reviewer))
    assert "3 ready" in page.text
    assert press(client, page, start=start).status_code == 302
    assert set(Question.objects.values_list("status", flat=True)) == {status}
    assert "3 questions are approved." in client.get(LIST).text
    assert LogEntry.objects.filter(change_message__contains="Approved with 3 questions").count() == 3


@pytest.mark.slow
def test_with_few_finished_exams_scored_is_proposed_and_with_many_a_pilot(
    client: Client, author: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = factories.small_blueprint(code="OWN")
    questions = waiting(author, 1, reviewer)
    monkeypatch.setattr(pilots, "MIN_EXAMS_FOR_PILOTS", 1)
    factories.scored(factories.handed_in(2, blueprint=factories.small_blueprint(code="OTHER")))
    assert 'value="scored" checked' in plan(client, questions).text, "nobody has finished the exam of the question"
    factories.scored(factories.handed_in(2, blueprint=blueprint))
    assert 'value="trial" checked' in plan(client, questions).text


@pytest.mark.slow
def test_questions_that_cannot_be_approved_are_listed_with_the_reason(
    client: Client, author: User, reviewer: User
) -> None:
    factories.small_blueprint(code="LOCAL")  # passes by ratings
    ready, unrated, draft = many_questions.questions(author, 3)
    for question in (ready, unrated):
        approval.submit([question], now=NOW, by=author)
    ratings.rate([ready], 70, now=NOW, by=reviewer)
    page = plan(client, [ready, unrated, draft])
    for text in ("1 ready", "The question needs: a rating from 5 to 97.", "The question is not in review."):
        assert text in page.text, text
    left = press(client, page, start="scored")
    assert "These 2 questions were not changed." in left.text
    assert dict(Question.objects.filter(code__startswith="own-").values_list("code", "status")) == {
        "own-000": "live",
        "own-001": "review",
        "own-002": "draft",
    }


@pytest.mark.slow
def test_the_only_approver_can_approve_own_questions_and_sees_a_note(client: Client) -> None:
    solo = account("solo", "Instructor")
    client.force_login(solo)
    questions = waiting(solo, 2, solo)
    page = plan(client, questions)
    assert "You wrote 2 of them. The approvals are recorded as approvals by the author." in page.text
    press(client, page, start="scored")
    assert set(Question.objects.values_list("status", flat=True)) == {"live"}


@pytest.mark.slow
def test_a_changed_key_that_exams_keep_is_reviewed_by_itself(client: Client, author: User, reviewer: User) -> None:
    changed, other = waiting(author, 2, reviewer)
    approval.approve([changed], pilot=False, now=NOW, by=reviewer)
    changed.refresh_from_db()
    assert changed.current
    response = factories.attempt().responses.filter(choose=1)[0]
    Response.objects.filter(pk=response.pk).update(revision=changed.current, key=changed.current.key)
    work = revisions.revise(changed, now=NOW, by=author)
    content = wordings.content_of(work)
    key, second, *others = content.options
    options = (replace(key, correct=False), replace(second, correct=True), *others)
    revisions.rewrite(work, replace(content, options=options), now=NOW, by=author)
    approval.submit([Question.objects.get(pk=changed.pk)], now=NOW, by=author)
    page = plan(client, [changed, other])
    assert "The key changes, and 1 exam keeps the old one. Review this question by itself." in page.text
    assert "1 ready" in page.text
    press(client, page, start="scored")
    changed.refresh_from_db()
    assert changed.current
    assert changed.current.number == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("collections", "sentence"),
    [
        (("own", "own"), "No exam draws from the collection own."),
        (("works", "own"), "No exam draws from the collections own, works."),
    ],
)
def test_an_approval_says_once_which_collections_no_exam_draws_from(
    client: Client, author: User, reviewer: User, collections: tuple[str, str], sentence: str
) -> None:
    factories.small_blueprint()
    questions = waiting(author, 2, reviewer)
    for question, collection in zip(questions, collections, strict=True):
        Question.objects.filter(pk=question.pk).update(collection=collection)
    assert press(client, plan(client, questions), start="scored").status_code == 302
    assert client.get(LIST).text.count(sentence) == 1


@pytest.mark.slow
def test_an_approval_of_questions_that_an_exam_draws_says_nothing_of_collections(
    client: Client, author: User, reviewer: User
) -> None:
    drawn = factories.small_blueprint().exam.collections[0]
    questions = waiting(author, 2, reviewer)
    Question.objects.filter(pk__in=[question.pk for question in questions]).update(collection=drawn)
    press(client, plan(client, questions), start="scored")
    assert "No exam draws" not in client.get(LIST).text
