"""Test the history page: wordings with changes, authors and reasons; going back by a new revision."""

from dataclasses import replace
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from questions.lint import RULES
from questions.models import Question, Revision, User
from questions.services import approval, history, lifecycle, ratings, revisions, waivers, wordings
from tests import authoring
from tests.authoring import NOW, account
from tests.html_forms import collapsed

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(author: User) -> Question:
    """Return a question that is live in its second wording."""
    row, rob = authoring.question(author), account("rob", "Reviewer")
    ratings.rate([row], 70, now=NOW, by=rob)
    for word in ("bakery", "mill"):
        work = revisions.revise(row, now=NOW, by=author)
        stem = authoring.CONTENT.stem.replace("bakery", word)
        revisions.rewrite(work, replace(wordings.content_of(work), stem=stem), now=NOW, by=author)
        Revision.objects.filter(pk=work.pk).update(reason=f"A {word} is meant.")
        row = Question.objects.get(pk=row.pk)
        approval.submit([row], now=NOW, by=author)
        approval.approve([row], pilot=False, now=NOW, by=rob)
    return Question.objects.get(pk=row.pk)


@pytest.mark.slow
def test_the_page_shows_what_changed_by_whom_and_why(client: Client, question: Question) -> None:
    page = collapsed(client.get(reverse("admin:questions_question_versions", args=[question.pk])))
    assert "<del>bakery</del><ins>mill</ins>" in page
    assert "Why: A mill is meant." in page
    assert "Revision 2 · used in new exams" in page
    for act in ("submitted", "published", "approved"):
        assert act in page


@pytest.mark.slow
def test_the_page_takes_a_constant_number_of_queries(client: Client, question: Question, author: User) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:questions_question_versions", args=[question.pk]))
        return len(queries)

    count_queries()
    two = count_queries()
    for number in range(3, 6):
        work = revisions.revise(question, now=NOW, by=author)
        lifecycle.publish([work], now=NOW, by=author)
        assert work.number == number
    assert count_queries() == two


@pytest.mark.slow
def test_going_back_creates_a_new_revision_with_a_reason(client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_roll_back", args=[question.pk])
    form = {"revision": "1", "lock_version": question.lock_version}
    assert "Enter a reason to restore the older text." in client.post(url, form, follow=True).text
    unseen = client.post(url, {"revision": "1", "reason": "It was right."}, follow=True).text
    assert "Someone else changed this question." in unseen
    assert question.revisions.count() == 2
    client.post(url, form | {"reason": "It was right."})
    work = question.revisions.get(number=3)
    assert (work.stem, work.published_at) == (authoring.CONTENT.stem, None)
    assert work.reason == "Restored revision 1: It was right."
    question.refresh_from_db()
    assert question.current
    assert question.current.number == 2
    for number in ("9", "3", "²"):  # missing, unpublished, not a number
        assert client.post(url, {"revision": number, "reason": "x"}).status_code == 404
    page = collapsed(client.get(reverse("admin:questions_question_versions", args=[question.pk])))
    assert "The new revision replaces revision 3, which is in progress" in page


@pytest.mark.slow
def test_an_unpublished_wording_overtaken_by_a_ruling_can_be_restored(
    client: Client, author: User, question: Question
) -> None:
    work = revisions.revise(question, now=NOW, by=author)
    revisions.rewrite(work, replace(wordings.content_of(work), stem="In work?"), now=NOW, by=author)
    ruled = Revision(question=question, kind=work.kind)
    revisions.begin(ruled, now=NOW, by=author)
    revisions.rewrite(ruled, wordings.content_of(question.revisions.get(number=2)), now=NOW, by=author)
    lifecycle.publish([ruled], now=NOW, by=author)
    page = collapsed(client.get(reverse("admin:questions_question_versions", args=[question.pk])))
    assert "Revision 3 · replaced by a newer revision" in page
    assert "Go back to revision 3" in page
    form = {"revision": "3", "lock_version": Question.objects.get(pk=question.pk).lock_version, "reason": "Mine."}
    client.post(reverse("admin:questions_question_roll_back", args=[question.pk]), form)
    again = question.revisions.get(number=5)
    assert (again.stem, again.published_at) == ("In work?", None)


def test_users_who_have_not_rated_a_question_in_review_see_no_ratings(client: Client, author: User) -> None:
    row = authoring.question(author)
    ratings.rate([row], 37, now=NOW, by=author)
    approval.submit([row], now=NOW, by=author)
    url = reverse("admin:questions_question_versions", args=[row.pk])
    assert "<ins>37</ins>" in client.get(url).text
    client.force_login(account("ruth", "Reviewer"))
    page = collapsed(client.get(url))
    assert "rated" in page
    assert "<ins>37</ins>" not in page
    assert client.post(reverse("admin:questions_question_roll_back", args=[row.pk]), {}).status_code == 403
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(url).status_code == 302


def test_actions_and_facts_are_described_in_words(client: Client, author: User) -> None:
    row = authoring.question(author)
    before, after = {"exam_domain": "1", "points": []}, {"exam_domain": "2", "points": ["own1", "own2"]}
    history.record(row, "edited", now=NOW, by=author, before=before, after=after)
    waivers.waive([row], "stem-length", "Short on purpose.", now=NOW, by=author)
    page = collapsed(client.get(reverse("admin:questions_question_versions", args=[row.pk])))
    assert "exam domain: <del>1</del> <ins>2</ins>" in page
    assert "points: <del>–</del> <ins>own1, own2</ins>" in page
    assert "warning kept" in page
    assert RULES["stem-length"].definition in unescape(page)
    assert "stem-length" not in page
    assert "exam_domain" not in page


def test_a_decision_about_a_pilot_shows_its_figures_in_words(client: Client, question: Question, author: User) -> None:
    figures = {"n": 400, "p": 0.13, "r": -0.099186, "b": 2.086437, "se": 0.147334, "infit": 1.177418}
    evidence = figures | {"synthetic": True, "obstacles": ["p", "r", "key", "distractors"]}
    lifecycle.retire([question], now=NOW, by=author, reason="The key is wrong.", evidence=evidence)
    page = collapsed(client.get(reverse("admin:questions_question_versions", args=[question.pk])))
    assert "Revision 2 · retired" in page
    assert "used in new exams" not in page
    for fact in (
        "reason: <ins>The key is wrong.</ins>",
        "answers: <ins>400, simulated</ins>",
        "right: <ins>13%</ins>",
        "discrimination: <ins>−0.10</ins>",
        "difficulty (0: an even chance at the pass line): <ins>2.09 ± 0.15</ins>",
        "infit: <ins>1.18</ins>",
        "against promotion: <ins>share of right answers, discrimination, key, wrong options</ins>",
    ):
        assert fact in page
    assert "0.0991" not in page


def test_the_history_names_the_account_of_somebody_who_has_chosen_another_name(client: Client, author: User) -> None:
    row = authoring.question(author)
    author.display_name = "Rob"
    author.save()
    page = collapsed(client.get(reverse("admin:questions_question_versions", args=[row.pk])))
    assert f"<b>Rob ({author.username})</b>" in page
    assert f"By Rob ({author.username})." in page
