"""Test edits of a published question: new revisions, changes in place, and ratings that wait for a reviewer."""

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from questions.models import Enemy, ExamDomain, Question, Revision, User
from questions.services import approval, revisions, wordings
from tests import authoring
from tests.authoring import NOW
from tests.html_forms import collapsed, form_values
from tests.questions.admin.editor.question_pages import address, live, sent

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_published_wording_changes_only_as_a_new_revision_with_a_reason(
    client: Client, question: Question, author: User
) -> None:
    question = live(question, author)
    url, old = address(question), question.current
    stem = authoring.CONTENT.stem.replace("bakery", "mill")
    answer = client.post(url, sent(client, url, stem=stem))
    assert answer.status_code == 422
    assert "Candidates have seen" not in answer.text  # nobody has yet
    assert '<a href="#id_reason">This revision is published. Enter a reason for the new revision.</a>' in answer.text
    assert 'id="id_reason"' in answer.text
    client.post(url, sent(client, url, stem=stem, reason="A mill is meant.", same_item="on"))
    question.refresh_from_db()
    work = question.revisions.get(number=2)
    assert (work.stem, work.reason, work.same_item_as, work.published_at) == (stem, "A mill is meant.", old, None)
    assert (question.current, question.status) == (old, "live")
    assert "Candidates get the published revision" in client.get(url).text


@pytest.mark.slow
def test_another_key_is_never_the_same_question(client: Client, question: Question, author: User) -> None:
    question = live(question, author)
    url = address(question)
    page = form_values(client.get(url).text, "write")
    keys = {name: value for name, value in page.items() if name.endswith("-correct")}
    data = {name: value for name, value in sent(client, url).items() if name not in keys}
    changed = data | {"options-1-correct": "on", "reason": "Spelling.", "same_item": "on"}
    answer = client.post(url, changed)
    assert answer.status_code == 422
    assert "This changes the key, the number of options or a figure." in answer.text
    assert question.revisions.count() == 1
    client.post(url, {name: value for name, value in changed.items() if name != "same_item"})
    assert question.revisions.get(number=2).same_item_as is None


@pytest.mark.slow
def test_a_wording_in_work_stops_being_the_same_question_with_another_figure(
    client: Client, question: Question, author: User
) -> None:
    question = live(question, author)
    url, stem = address(question), authoring.CONTENT.stem
    client.post(url, sent(client, url, stem=stem.replace("bakery", "mill"), reason="A mill.", same_item="on"))
    assert question.revisions.get(number=2).same_item_as == question.current
    client.post(url, sent(client, url, stem=stem.replace("one report", "7 reports")))
    assert question.revisions.get(number=2).same_item_as is None


@pytest.mark.slow
def test_explanations_of_a_published_wording_by_an_author_wait_for_a_reviewer(
    client: Client, question: Question, author: User
) -> None:
    question = live(question, author)
    url, old = address(question), question.current
    data = sent(client, url, explanation="A better reason.", **{"options-0-rationale": "Every row."})
    assert client.post(url, data).status_code == 302
    question.refresh_from_db()
    work = question.revisions.get(number=2)
    assert (question.current, work.same_item_as, work.published_at) == (old, old, None)
    assert "A better reason." not in wordings.content_of(Revision.objects.get(number=1)).explanation
    assert wordings.content_of(work).explanation == "A better reason."
    assert wordings.content_of(work).options[0].rationale == "Every row."
    client.post(url, sent(client, url, _submit="1"))
    assert Question.objects.in_review().filter(pk=question.pk).exists()


@pytest.mark.slow
def test_a_rating_of_a_live_question_by_an_author_waits_for_a_reviewer(
    client: Client, question: Question, author: User
) -> None:
    live(question, author)
    before = Question.objects.get(pk=question.pk)
    url = address(question)
    answer = client.post(url, sent(client, url, rating="20"), follow=True)
    assert "Your rating counts once a reviewer rates it." in answer.text
    question.refresh_from_db()
    assert (question.rating, question.raters) == (before.rating, before.raters)
    assert question.rater_ratings.get(rater=author).value == 20


@pytest.mark.slow
def test_an_author_does_not_take_a_live_question_out_of_exams(client: Client, question: Question, author: User) -> None:
    question = live(question, author)
    enemy = authoring.question(author, "other-question")
    Question.objects.filter(pk=enemy.pk).update(status="live", rating=70, current=question.current_id)
    other = ExamDomain.objects.create(exam="OWN", number=2, title="Second things")
    before, url = Question.objects.get(pk=question.pk), address(question)
    for changed in (
        {"collection": "hidden"},
        {"topic": "", "points": []},
        {"topic": "", "points": [], "exam_domain": other.pk},
        {"enemies": "other-question"},
    ):
        answer = client.post(url, sent(client, url, **changed))
        assert answer.status_code == 422, changed
        assert "Only a reviewer changes where it is drawn and what it must not meet" in answer.text, changed
    after = Question.objects.get(pk=question.pk)
    assert (after.collection, after.topic, after.exam_domain) == (before.collection, before.topic, before.exam_domain)
    assert not Enemy.objects.exists()


@pytest.mark.slow
def test_an_approver_changes_rationales_and_facts_of_a_published_wording_in_place(
    client: Client, question: Question, author: User
) -> None:
    question = live(question, author)
    client.force_login(authoring.account("ina", "Instructor"))
    url = address(question)
    data = sent(client, url, license="CC0", explanation="A better reason.", **{"options-0-rationale": "Every row."})
    assert client.post(url, data).status_code == 302
    question.refresh_from_db()
    assert question.revisions.count() == 1
    assert question.current
    assert question.current.explanation_html.strip() == "<p>A better reason.</p>"
    assert wordings.content_of(question.current).options[0].rationale == "Every row."
    assert question.license == "CC0"


@pytest.mark.slow
def test_the_reason_for_a_waiver_is_kept_when_the_rating_is_refused(
    client: Client, question: Question, author: User
) -> None:
    live(question, author)
    question.rater_ratings.all().delete()
    client.force_login(authoring.account("ina", "Instructor"))
    url = address(question)
    answer = client.post(
        url, sent(client, url, rating="1", **{"waive-missing-explanation": "A drill without one."}), follow=True
    )
    assert "Its rating must stay from 5 to 97" in answer.text
    assert list(question.waivers.values_list("rule", flat=True)) == ["missing-explanation"]


@pytest.mark.slow
def test_with_a_new_wording_in_review_the_rating_is_shown_after_the_own_one(
    client: Client, question: Question, author: User
) -> None:
    live(question, author)
    work = revisions.revise(question, now=NOW, by=author)
    revisions.rewrite(work, replace(wordings.content_of(work), explanation="Another."), now=NOW, by=author)
    url = address(question)
    assert "Rating 70%" in client.get(url).text
    approval.submit([Question.objects.get()], now=NOW, by=author)
    assert "70%" not in client.get(url).text
    assert "The rating is shown after you rate the question." in client.get(url).text


@pytest.mark.slow
def test_a_wording_sent_back_is_in_work_and_not_shown_as_live(client: Client, question: Question, author: User) -> None:
    question = live(question, author)
    url = address(question)
    assert "In work: revision" not in client.get(url).text
    stem = authoring.CONTENT.stem.replace("bakery", "mill")
    client.post(url, sent(client, url, stem=stem, reason="A mill is meant.", _submit="1"))
    rob = User.objects.get(username="rob")
    approval.send_back([Question.objects.get(pk=question.pk)], "Say which mill.", now=timezone.now(), by=rob)
    page = collapsed(client.get(url))
    assert "In work: revision 2, live: revision 1." in page
    assert "Say which mill." in page
    assert "In work: revision 2, live: revision 1" in client.get(reverse("admin:questions_question_changelist")).text
    client.force_login(rob)
    assert "In work: revision 2, live: revision 1." in collapsed(client.get(url))


@pytest.mark.slow
def test_each_option_says_whether_it_was_a_key_so_that_a_flip_shows_a_hint(
    client: Client, question: Question, author: User
) -> None:
    url = address(question)
    assert client.get(url).text.count("option-row was-key") == 1, "as saved"
    live(question, author)
    flipped = sent(client, url) | {"options-1-correct": "on", "reason": "The key was wrong."}
    del flipped["options-0-correct"]
    client.post(url, flipped)
    page = client.get(url).text
    assert re.findall(r"option-row (was-\w+)", page) == ["was-key", "was-wrong", "was-wrong", "was-wrong"]
    assert re.findall(r'name="options-(\d)-correct"[^>]* checked', page) == ["1"], (
        "in work; the class is of the live key"
    )
