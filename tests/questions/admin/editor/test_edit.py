"""Test the page on which a question is edited: saving, checks while typing, enemies, ratings, and who may use it."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from questions.lint import RULES
from questions.models import Enemy, History, Question, Revision, User
from questions.services import approval, ratings, revisions
from tests import authoring
from tests.authoring import NOW, account
from tests.html_forms import collapsed, form_values, text
from tests.questions.admin.editor.question_pages import address, sent

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_saving_without_a_change_changes_nothing(client: Client, question: Question) -> None:
    url = address(question)
    before = Revision.objects.get().sha256, History.objects.count()
    assert client.post(url, sent(client, url)).status_code == 302
    assert (Revision.objects.get().sha256, History.objects.count()) == before


@pytest.mark.slow
def test_the_kind_follows_from_the_keys_and_the_order_from_its_field(client: Client, question: Question) -> None:
    url = address(question)
    data = sent(client, url, **{"options-1-correct": "on", "options-3-ORDER": "0", "options-2-DELETE": "on"})
    assert data["options-TOTAL_FORMS"] == "4", "no empty row after the options: a button adds one"
    client.post(url, data | {"options-TOTAL_FORMS": "5", "options-4-text": "Ask for a full profile."})
    revision = Revision.objects.get()
    assert (revision.kind, revision.choose) == ("multiple-response", 2)
    assert [option.code for option in revision.options.all()] == ["d", "a", "b", "c"], "a freed code is reused"


@pytest.mark.slow
def test_a_second_answer_stays_until_options_or_key_change(client: Client, question: Question) -> None:
    url = address(question)
    revision = question.revisions.get()
    revisions.set_accepted(revision, ["c", "d"][: revision.choose])
    assert "is accepted" in " ".join(client.get(url).text.split())
    client.post(url, sent(client, url, stem="Which two, worded anew? (Select TWO.)"))
    revision.refresh_from_db()
    assert (len(revision.accepted), revision.stem[:9]) == (revision.choose, "Which two")
    client.post(url, sent(client, url, **{"options-0-text": "Another option"}))
    revision.refresh_from_db()
    assert revision.accepted == []


@pytest.mark.slow
def test_an_invalid_form_shows_errors_and_loses_nothing(client: Client, question: Question) -> None:
    url = address(question)
    answer = client.post(url, sent(client, url, stem="Kept as typed?", enemies="no-such-question", topic=""))
    assert answer.status_code == 422
    assert "There is no question no-such-question." in answer.text
    assert ">Saved<" in client.get(url).text
    assert ">Saved<" not in answer.text
    assert ">Not saved<" in answer.text
    assert "Kept as typed?" in answer.text
    assert Revision.objects.get().stem == authoring.CONTENT.stem


@pytest.mark.slow
def test_submit_saves_and_then_shows_what_blocks_it(client: Client, question: Question) -> None:
    url = address(question)
    answer = client.post(
        url, sent(client, url, stem="Which of these is right? (Select TWO.)", _submit="1"), follow=True
    )
    assert (
        "own-question is saved. The question is not ready for review."
        in answer.context["messages"].__iter__().__next__().message
    )
    assert Revision.objects.get().stem.startswith("Which of these")
    assert Question.objects.get().status == "draft"
    assert "✗ Error" in answer.text


@pytest.mark.slow
def test_a_warning_is_waived_with_a_reason(client: Client, question: Question) -> None:
    url = address(question)
    client.post(url, sent(client, url, **{"waive-missing-explanation": "A drill without one."}))
    assert list(question.waivers.values_list("rule", "reason")) == [("missing-explanation", "A drill without one.")]
    kept = f"Kept warning of the rule “{RULES['missing-explanation'].definition}” Reason: A drill without one."
    assert kept in unescape(" ".join(client.get(url).text.split()))


@pytest.mark.slow
def test_a_question_of_an_author_does_not_join_the_shipped_collection(client: Client, question: Question) -> None:
    facts = {"collection": "mls-c01", "exam_domain": question.exam_domain}
    Question.objects.create(code="shipped-one", origin="shipped", base={"collection": "mls-c01"}, **facts)
    url = address(question)
    answer = client.post(url, sent(client, url, collection="mls-c01"))
    assert answer.status_code == 422
    assert "belongs to the shipped bank" in answer.text
    question.refresh_from_db()
    assert question.collection == "local"


def test_checks_run_on_typed_text_and_write_nothing(client: Client, question: Question) -> None:
    url = address(question)
    before = History.objects.count()
    page = client.post(address(question, "lint"), sent(client, url, stem="Which is right? (Select TWO.)")).text
    assert "✗ Error" in page
    assert "One key:" in page
    assert not page.startswith("<!DOCTYPE")
    new = client.post(reverse("admin:questions_question_lint_new"), {}).text
    assert "The checks start when you type." in new
    assert History.objects.count() == before


@pytest.mark.slow
def test_points_follow_the_topic_and_keep_their_ticks(client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_points")
    page = client.get(url, {"topic": question.topic_id, "points": "own2"}).text
    assert re.search(r'value="own2" checked', page)
    assert 'value="own1">' in page
    for topic in ("x", "9" * 5000, "²"):
        assert "Choose a topic first" in client.get(url, {"topic": topic}).text
        edit = address(question)
        assert client.post(edit, sent(client, edit, topic=topic)).status_code == 422


@pytest.mark.slow
def test_without_a_script_a_button_adds_a_row(client: Client, question: Question) -> None:
    data = sent(client, address(question), _add="1")
    page = client.post(address(question), data).text
    assert int(form_values(page, "write")["options-TOTAL_FORMS"]) == int(data["options-TOTAL_FORMS"]) + 1
    assert Question.objects.get().lock_version == question.lock_version


@pytest.mark.slow
def test_without_a_script_a_button_adds_references_up_to_the_limit(client: Client, question: Question) -> None:
    data = sent(client, address(question), _add_reference="1")
    rows = int(data["references-TOTAL_FORMS"])
    page = client.post(address(question), data).text
    assert int(form_values(page, "write")["references-TOTAL_FORMS"]) == rows + 1
    assert re.search(r'id="add-reference">', page)
    full = client.post(address(question), {**data, "references-TOTAL_FORMS": "19"}).text
    assert re.search(r'id="add-reference" disabled>', full)


@pytest.mark.slow
def test_rows_are_shown_in_the_typed_order(client: Client, question: Question) -> None:
    """Reordered options keep their order when the page shows errors."""
    url = address(question)
    answer = client.post(url, sent(client, url, topic="", **{"options-3-ORDER": "0"}))
    assert answer.status_code == 422
    boxes = re.findall(r'<textarea name="options-(\d)-text"', answer.text)
    assert boxes[:4] == ["3", "0", "1", "2"]


@pytest.mark.slow
def test_each_finding_links_to_its_field(client: Client, question: Question) -> None:
    url = address(question)
    wrong = {
        "options-2-text": "All of the above",
        "options-1-rationale": "",
        "references-0-title": "",
        "references-0-url": "",
        "topic": "",
        "points": [],
    }
    typed = sent(client, url, stem="Which is right? (Select TWO.)", **wrong)
    page = client.post(address(question, "lint"), typed).text
    for anchor, words in (
        ("id_options-2-text", "To option C"),
        ("id_options-1-rationale", "To the rationale of option B"),
        ("id_stem", "To the field: Stem"),
        ("id_options-0-correct", "To the options"),
        ("id_references-0-title", "To the references"),
        ("id_topic", "To the topic"),
        ("points", "To the points"),
    ):
        assert f'<a href="#{anchor}">{words}</a>' in page
    whole = client.get(url).text
    for anchor in re.findall(r'<a href="#([^"]+)">To ', page):
        assert f'id="{anchor}"' in whole


@pytest.mark.slow
def test_ask_and_default_are_fields_of_the_form(client: Client, question: Question) -> None:
    url = address(question)
    assert client.post(url, sent(client, url, ask="diagnosis", default="absent")).status_code == 302
    question.refresh_from_db()
    assert (question.ask, question.default) == ("diagnosis", "absent")
    values = form_values(client.get(url).text, "write")
    assert (values["ask"], values["default"]) == ("diagnosis", "absent")
    history = client.get(address(question, "versions")).text
    assert "textbook answer" in history
    page = client.post(url, sent(client, url, ask="opinion"))
    assert page.status_code == 422


@pytest.mark.slow
def test_points_keep_their_order(client: Client, question: Question) -> None:
    first, second = question.topic.points.order_by("ordinal")  # type: ignore[union-attr]
    question.questionpoint_set.all().delete()
    for ordinal, point in enumerate((second, first)):
        question.questionpoint_set.create(point=point, ordinal=ordinal)
    url, before = address(question), History.objects.count()
    assert client.post(url, sent(client, url)).status_code == 302
    assert History.objects.count() == before


@pytest.mark.slow
def test_enemies_are_shown_with_the_beginning_of_their_stems(client: Client, question: Question, author: User) -> None:
    other = authoring.question(author, "third-question")
    url = address(question)
    client.post(url, sent(client, url, enemies="third-question"))
    page = collapsed(client.get(url))
    assert f'<a href="{address(other)}">third-question</a> A bakery measures the weight' in page
    assert form_values(page, "write")["enemies"] == "third-question"


def test_more_than_fifty_enemies_are_refused_unless_the_other_questions_have_named_this_one(
    client: Client, question: Question, author: User
) -> None:
    first = authoring.question(author, "third-question")
    others = Question.objects.bulk_create(
        Question(code=f"other-{n}", exam_domain=first.exam_domain, author=author) for n in range(51)
    )
    url, codes = address(question), ", ".join(other.code for other in others)
    refused = client.post(url, sent(client, url, enemies=codes))
    assert "A question can have at most 50 enemies. Remove some." in text(refused)
    assert not Enemy.objects.exists()
    Enemy.objects.bulk_create(Enemy(low=question, high=other) for other in others)
    assert client.post(url, sent(client, url, explanation="New.")).status_code == 302
    added = client.post(url, sent(client, url, enemies=f"{codes}, third-question"))
    assert "A question can have at most 50 enemies. Remove some." in text(added)


def test_questions_are_found_by_code_and_words(client: Client, question: Question, author: User) -> None:
    authoring.question(author, "third-question")
    url = reverse("admin:questions_question_lookup")
    both = [row["value"] for row in client.get(url, {"q": "BAKERY loaves"}).json()["results"]]
    assert both == ["own-question", "third-question"]
    (one,) = client.get(url, {"q": "bakery", "without": question.pk}).json()["results"]
    assert (one["value"], one["text"][:8]) == ("third-question", "A bakery")
    assert client.get(url, {"q": " "}).json() == {"results": []}
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(url, {"q": "bakery"}).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(url, {"q": "bakery"}).status_code == 403


@pytest.mark.slow
def test_the_rating_is_shown_with_its_raters_and_date(client: Client, question: Question, author: User) -> None:
    url = address(question)
    assert "No rating yet." in client.get(url).text
    ratings.rate([question], 60, now=NOW, by=author)
    assert "Rating 60%, by 1 rater, 25 November 2026." in collapsed(client.get(url))
    ratings.rate([question], 65, now=NOW, by=account("rob", "Reviewer"))
    assert "Rating 63%, mean of 2 raters, 25 November 2026." in collapsed(client.get(url))
    Question.objects.update(raters=0, status="retired")
    assert "Rating 63%, from a file." in client.get(url).text


@pytest.mark.slow
def test_the_page_takes_a_constant_number_of_queries(client: Client, question: Question, author: User) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address(question))
        return len(queries)

    others = [authoring.question(author, f"other-{n}") for n in range(4)]
    Enemy.objects.create(low=question, high=others[0])
    client.get(address(question))
    one = count_queries()
    Enemy.objects.bulk_create(Enemy(low=question, high=other) for other in others[1:])
    assert count_queries() == one


def test_a_reviewer_sees_no_ratings_before_giving_one(client: Client, question: Question) -> None:
    ratings.rate([question], 37, now=NOW, by=User.objects.get(username="ada"))
    client.force_login(account("ruth", "Instructor"))
    page = client.get(address(question)).text
    assert "37%" not in page
    assert 'value="37"' not in page
    assert "The rating is shown after you rate the question." in page


def test_users_who_may_only_view_cannot_save(client: Client, question: Question) -> None:
    rob = account("rob", "Reviewer")
    client.force_login(rob)
    page = client.get(address(question)).text
    assert 'name="_save"' not in page
    for what in ("change", "autosave", "lint", "discard"):
        assert client.post(address(question, what), {}).status_code == 403
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(address(question)).status_code == 302


def test_the_page_has_no_inline_script_or_style_and_labels_every_field(client: Client, question: Question) -> None:
    text = client.get(address(question)).text
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", text)
    labels = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
        id_match = re.search(r'\bid="([^"]+)"', tag)
        assert re.search(r'type="(?:hidden|submit)"', tag) or (id_match and id_match[1] in labels), tag


@pytest.mark.slow
def test_a_near_duplicate_that_blocks_a_submission_is_named(client: Client, question: Question, author: User) -> None:
    twin = authoring.question(author, "own-twin")
    url = address(twin)
    answer = client.post(url, sent(client, url, _submit="1"), follow=True)
    assert [str(message)[:44] for message in answer.context["messages"]] == [
        "own-twin is saved. The question is not ready"
    ]
    assert "This is nearly the same question as own-question" in answer.text
    typed = client.post(address(twin, "lint"), sent(client, url)).text
    assert "nearly the same question" not in typed, "while typing, it would read the whole bank"


@pytest.mark.slow
def test_concurrent_changes_of_points_and_enemies_do_not_overwrite_each_other(
    client: Client, question: Question, author: User
) -> None:
    authoring.question(author, "third-question")
    url = address(question)
    with_points = sent(client, url, points=["own1", "own2"])
    with_enemy = sent(client, url, enemies="third-question")
    assert client.post(url, with_enemy).status_code == 302
    assert client.post(url, with_points).status_code == 409
    assert Enemy.objects.count() == 1


@pytest.mark.slow
def test_an_enemy_added_on_the_other_question_meanwhile_is_not_lost(
    client: Client, question: Question, author: User
) -> None:
    other = authoring.question(author, "third-question")
    url, there = address(question), address(other)
    typed = sent(client, url, license="CC0")
    client.post(there, sent(client, there, enemies="own-question"))
    assert client.post(url, typed).status_code == 409
    assert Enemy.objects.count() == 1
    client.post(url, sent(client, url, license="CC0"))
    assert Enemy.objects.count() == 1
    record = question.history.filter(action="edited", after__has_key="enemies").get()
    assert (record.by, record.before, record.after) == (author, {"enemies": []}, {"enemies": ["third-question"]})


@pytest.mark.slow
def test_the_author_sees_why_the_question_was_sent_back(client: Client, question: Question, author: User) -> None:
    rob = account("rob", "Reviewer")
    approval.submit([question], now=NOW, by=author)
    approval.send_back([question], "Say why b is <wrong>.", now=NOW, by=rob)
    page = client.get(address(question)).text
    assert "Sent back by a reviewer" in page
    assert "Say why b is &lt;wrong&gt;." in page
    approval.submit([Question.objects.get(pk=question.pk)], now=NOW, by=author)
    assert "Sent back by a reviewer" not in client.get(address(question)).text


@pytest.mark.slow
def test_messages_show_the_code_unchanged(client: Client, question: Question) -> None:
    page = client.post(address(question), sent(client, address(question)), follow=True).text
    assert "own-question is saved." in page


def test_users_who_may_only_view_get_the_text_without_a_form(client: Client, question: Question, author: User) -> None:
    ratings.rate([question], 35, now=NOW, by=author)
    approval.submit([question], now=NOW, by=author)
    client.force_login(account("rob", "Reviewer"))
    page = client.get(address(question)).text
    assert "All rows are read then." in page
    assert "JobSample" in page
    assert not re.search(r"<textarea|name=\"stem\"|data-autosave", page)
    assert reverse("admin:approval", args=[question.pk]) in page
    assert "35%" not in page, "ratings are visible after the own one"
    assert client.post(address(question), {"stem": "Mine"}).status_code == 403
