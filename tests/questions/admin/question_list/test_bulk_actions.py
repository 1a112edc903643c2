"""Test bulk actions in the admin: the plan, the action, and the list of what was left out and why."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from questions.models import Question, Topic, User, Waiver
from questions.services import action_plans, approval, collections, lifecycle, question_rows, revisions
from tests import authoring, many_questions
from tests.authoring import NOW, account
from tests.html_forms import form_values, text

pytestmark = pytest.mark.django_db
LIST = "/admin/questions/question/"


def choose(client: Client, act: str, questions: Iterable[Question], query: str = "", **more: Any) -> Any:
    keys = [parsed.pk for parsed in questions]
    return client.post(f"{LIST}{query}", {"action": act, "_selected_action": keys, "index": "0", **more})


def press(client: Client, act: str, page: Any, **typed: Any) -> Any:
    """Submit the form of the page with the typed values."""
    hidden_fields = {"question": page.context["versions"], "back": page.context["back"]}
    return client.post(f"{LIST}bulk/{act}/", {**hidden_fields, **typed})


def statuses() -> dict[str, str]:
    return dict(Question.objects.values_list("code", "status"))


@pytest.mark.slow
def test_nothing_is_written_before_the_page_is_submitted(client: Client, author: User) -> None:
    one, two = many_questions.questions(author, 2)
    page = choose(client, "submit", [one, two], "?status__exact=draft")
    assert "2 ready" in page.text
    assert statuses() == {"own-000": "draft", "own-001": "draft"}
    answer = press(client, "submit", page, do="1")
    assert answer.headers["Location"] == f"{LIST}?status__exact=draft", "back to the list it came from"
    assert statuses() == {"own-000": "review", "own-001": "review"}
    assert "2 questions were submitted for review." in client.get(LIST).text
    assert {entry.get_change_message() for entry in LogEntry.objects.all()} == {
        "Submitted for review with 2 questions."
    }


@pytest.mark.slow
def test_blocked_questions_are_listed_with_reasons_and_links(client: Client, author: User) -> None:
    good, bare, wrong = many_questions.questions(author, 3)
    many_questions.spoil(bare, wrong, author)
    page = choose(client, "submit", [good, bare, wrong])
    for words in (
        "1 ready",
        "1 with a warning",
        "1 question fails (missing-reference).",
        "1 stays as it is",
        "asks for 2, but 1",
        f'href="{LIST}{wrong.pk}/change/"',
    ):
        assert words in page.text, words
    rest = press(client, "submit", page, do="1")
    assert statuses() == {"own-000": "review", "own-001": "draft", "own-002": "draft"}
    for words in (
        "These 2 questions were not changed.",
        "1 question was submitted for review.",
        "asks for 2, but 1",
    ):
        assert words in rest.text, words
    assert rest.context["versions"] == page.context["versions"][1:2], (
        "only rules that a reason can waive are listed again"
    )
    again = press(client, "submit", rest, **{"waive-missing-reference": "The course book backs it."})
    assert "1 ready" in again.text
    assert "The course book backs it." in again.text
    assert not Waiver.objects.exists()
    press(client, "submit", again, do="1", **{"waive-missing-reference": "The course book backs it."})
    assert statuses()["own-001"] == "review"
    assert Waiver.objects.get().reason == "The course book backs it."


@pytest.mark.slow
def test_questions_changed_meanwhile_are_left_out(client: Client, author: User) -> None:
    one, two = many_questions.questions(author, 2)
    page = choose(client, "submit", [one, two])
    question_rows.touch([two.pk])
    answer = press(client, "submit", page, do="1")
    assert statuses() == {"own-000": "review", "own-001": "draft"}
    assert "Someone else changed this question." in answer.text


@pytest.mark.slow
def test_all_questions_of_the_list_are_selected_across_pages(
    client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("questions.admin.question_list.questions.QuestionAdmin.list_per_page", 2)
    questions = many_questions.questions(author, 5)
    page = choose(client, "retire", questions[:2], select_across="1")
    assert "5 ready" in page.text
    # Without a script the list has one checkbox for all questions, and none has to be ticked.
    page = client.post(LIST, {"action": "retire", "_selected_action": "0", "select_across": "1", "index": "0"})
    assert "5 ready" in page.text
    press(client, "retire", page, do="1")
    assert set(statuses().values()) == {"retired"}


def test_more_questions_than_the_limit_of_an_action_are_refused(
    client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action_plans, "MAX_SELECTED", 2)
    answer = choose(client, "retire", many_questions.questions(author, 3))
    assert answer.status_code == 302
    assert "Select at most 2 questions at once" in client.get(LIST).text


def test_nothing_happens_without_a_selection(client: Client, author: User) -> None:
    many_questions.questions(author, 1)
    client.post(LIST, {"action": "retire", "index": "0"})
    assert statuses() == {"own-000": "draft"}
    assert client.get(f"{LIST}bulk/retire/").headers["Location"] == LIST
    assert client.get(f"{LIST}bulk/explode/").status_code == 404
    assert client.post(f"{LIST}bulk/retire/", {"question": ["x", "1-", "9-9", "²-1"], "do": "1"}).status_code == 302
    assert statuses() == {"own-000": "draft"}


@pytest.mark.slow
def test_only_filled_facts_are_edited(client: Client, author: User) -> None:
    questions = many_questions.questions(author, 2)
    page = choose(client, "edit", questions)
    assert "2 questions are selected. Check the changes before" in page.text
    refused = press(client, "edit", page, do="1", license="")
    assert "Fill in at least one field. Empty fields are not changed." in refused.text
    refused = press(client, "edit", page, do="1", license="MIT", rating="99")
    assert "less than or equal to 97" in refused.text
    typed = {"license": "MIT", "rating": "65", "unrated_only": "on"}
    plan = press(client, "edit", page, **typed)
    assert "2 ready" in plan.text
    assert not Question.objects.filter(license="MIT").exists()
    assert press(client, "edit", plan, do="1", **typed).status_code == 302
    assert set(Question.objects.values_list("license", "rating", "as_of")) == {("MIT", 65, questions[0].as_of)}


def test_many_questions_get_points_partial_credit_and_a_fixed_order(client: Client, author: User) -> None:
    page = choose(client, "edit", many_questions.questions(author, 2))
    assert form_values(page.text, "bulk")["worth"] == "", "an empty field changes nothing"
    refused = press(client, "edit", page, do="1", worth="0", partial="yes", shuffle="no")
    assert "Enter a number from 0.01 to 100" in refused.text
    press(client, "edit", page, do="1", worth="2,5", partial="yes", shuffle="no")
    assert set(Question.objects.values_list("worth", "partial", "shuffle")) == {(250, True, False)}


def test_the_page_of_an_edit_names_those_that_wait_for_approval_before_and_after(client: Client, author: User) -> None:
    live, _draft = questions = many_questions.questions(author, 2)
    lifecycle.publish([revisions.revision_in_work(live)], now=NOW, by=author)
    Question.objects.filter(pk=live.pk).update(status="live", rating=70)
    page = choose(client, "edit", questions)
    plan = press(client, "edit", page, worth="5")
    assert "1 of them waits for approval own-000 Candidates get these." in text(plan)
    done = press(client, "edit", plan, do="1", worth="5")
    assert "order of 1 question wait for approval: own-000. Submit it for review." in text(client.get(done["Location"]))
    assert list(Question.objects.order_by("code").values_list("worth", flat=True)) == [100, 500]


def test_an_edit_takes_the_exam_domain_away_or_sets_one(client: Client, author: User) -> None:
    questions = many_questions.questions(author, 2)
    collections.ensure(["course"])
    Question.objects.update(collection="course")
    page = choose(client, "edit", questions)
    refused = press(client, "edit", page, do="1", unplaced="on", topic=Topic.objects.get().pk)
    assert "Choose a topic or an exam domain, or neither." in refused.text
    press(client, "edit", page, do="1", unplaced="on")
    assert set(Question.objects.values_list("exam_domain", "topic")) == {(None, None)}


@pytest.mark.slow
def test_many_questions_get_a_topic_and_its_points(client: Client, author: User) -> None:
    questions = many_questions.questions(author, 2)
    topic = Topic.objects.get()
    Question.objects.update(topic=None)
    page = choose(client, "edit", questions)
    typed = {"topic": topic.pk, "points": ["own2"]}
    plan = press(client, "edit", page, **typed)
    assert 'value="own2" checked' in plan.text
    press(client, "edit", plan, do="1", **typed)
    for question in Question.objects.all():
        assert question.topic == topic
        assert list(question.questionpoint_set.values_list("point__code", flat=True)) == ["own2"]


@pytest.mark.slow
def test_each_action_requires_its_permission(client: Client, author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    page = choose(client, "retire", [question])
    client.force_login(account("rob", "Reviewer"))
    for act in ("edit", "submit", "take-back", "retire"):
        assert client.post(f"{LIST}bulk/{act}/", {"question": page.context["versions"], "do": "1"}).status_code == 403
        assert client.get(f"{LIST}bulk/{act}/").status_code == 403
    client.force_login(User.objects.create_user("candidate"))
    assert client.post(f"{LIST}bulk/retire/", {"question": page.context["versions"], "do": "1"}).status_code == 302
    client.force_login(author)
    assert client.post(f"{LIST}bulk/approve/", {"question": page.context["versions"], "do": "1"}).status_code == 403
    assert statuses() == {"own-000": "draft"}


def test_own_submissions_are_taken_back(client: Client, author: User) -> None:
    question = authoring.question(author)
    approval.submit([question], now=NOW, by=author)
    page = choose(client, "take-back", [question])
    press(client, "take-back", page, do="1")
    assert statuses() == {"own-question": "draft"}


@pytest.mark.slow
def test_the_license_of_many_questions_is_chosen_or_typed_and_offered_again(client: Client, author: User) -> None:
    page = choose(client, "edit", many_questions.questions(author, 2))
    assert '<option value="" selected>no change</option>' in page.text
    refused = press(client, "edit", page, do="1", license="other", license_other=" ")
    assert "Enter the other license, or choose one from the list." in refused.text
    press(client, "edit", page, do="1", license="other", license_other="School only")
    assert set(Question.objects.values_list("license", flat=True)) == {"School only"}
    assert '<option value="School only">' in choose(client, "edit", Question.objects.all()).text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "done"),
    [
        ("submit", ("1 question was submitted for review.", "2 questions were submitted for review.")),
        ("retire", ("1 question was retired.", "2 questions were retired.")),
    ],
)
def test_the_sentences_of_an_action_follow_the_number_of_questions(
    client: Client, author: User, act: str, done: tuple[str, str]
) -> None:
    first, *others = many_questions.questions(author, 3)
    press(client, act, choose(client, act, [first]), do="1")
    assert done[0] in client.get(LIST).text
    page = choose(client, act, [first, *others])
    assert "1 stays as it is" in page.text
    rest = press(client, act, page, do="1")
    for sentence in (done[1], "This question was not changed.", "1 not changed"):
        assert sentence in rest.text, sentence


def test_warnings_that_were_kept_with_a_reason_are_not_listed_again_after_the_action(
    client: Client, author: User
) -> None:
    good, bare, wrong = many_questions.questions(author, 3)
    many_questions.spoil(bare, wrong, author)
    page = choose(client, "submit", [good, bare, wrong])
    reason = {"waive-missing-reference": "The course book backs it."}
    rest = press(client, "submit", page, do="1", **reason)
    assert "2 questions were submitted for review." in rest.text
    assert "This question was not changed." in rest.text
    assert "1 question fails" not in rest.text
