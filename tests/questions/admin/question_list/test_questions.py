"""Test the list of questions: rows, search, filters, queues, pages, and a constant number of queries."""

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from questions.admin.question_list import change_list
from questions.models import ImportBatch, ItemStatistics, Question, QuestionReport, Revision, Topic, User
from questions.services import approval, lifecycle, ratings, revisions, wordings
from tests import authoring
from tests.authoring import NOW, account
from tests.html_forms import text

pytestmark = pytest.mark.django_db
LIST = "/admin/questions/question/"


@pytest.fixture
def author() -> User:
    return account("ada", "Author")


@pytest.fixture
def shipped(bank: Path) -> Question:
    call_command("load_bank", bank, verbosity=0)
    return Question.objects.get(code="blood-bank-profile")


def listed_codes(client: Client, **query: Any) -> list[str]:
    page = client.get(LIST, query)
    assert page.status_code == 200, page.headers.get("Location")
    return [row.code for row in page.context["cl"].result_list]


@pytest.mark.slow
def test_every_page_of_the_bank_opens(admin_client: Client, shipped: Question) -> None:
    for model in ("question", "revision", "examdomain", "task", "topic", "point", "planpart", "blueprint", "bank"):
        page = admin_client.get(reverse(f"admin:questions_{model}_changelist"))
        assert page.status_code == 200, model


@pytest.mark.parametrize("model", ["blueprint", "topic", "history"])
def test_tables_loaded_from_files_are_read_only(admin_client: Client, shipped: Question, model: str) -> None:
    assert admin_client.get(reverse(f"admin:questions_{model}_add")).status_code == 403


@pytest.mark.slow
def test_a_row_shows_the_known_facts(admin_client: Client, author: User) -> None:
    question = authoring.question(author)
    approval.submit([question], now=NOW, by=author)
    ratings.rate([question], 62, now=NOW, by=author)
    approval.approve([question], pilot=False, now=NOW, by=account("rob", "Reviewer"))
    ItemStatistics.objects.create(revision=question.current, n=131, p=0.4567, r=-0.0412, flags=["low_r"])
    page = admin_client.get(LIST).text
    for value in ("own-question", "A bakery measures the weight", "live", "First things", "Own topic", "62%", ">131<",
                  ">46%<", ">-.04<", "weak discrimination"):  # fmt: skip
        assert value in page, value
    assert admin_client.get(LIST).text.count(">–<") == 0


def test_a_row_shows_the_newest_wording_and_a_dash_for_unknown_facts(admin_client: Client, author: User) -> None:
    question = authoring.question(author)
    revision = revisions.revision_in_work(question)
    revisions.rewrite(revision, replace(wordings.content_of(revision), stem="A mill?"), now=NOW, by=author)
    page = admin_client.get(LIST).text
    assert "A mill?" in page
    assert page.count(">–<") == 1, "the rating"


def test_columns_and_filter_of_statistics_are_shown_once_there_are_any(admin_client: Client, author: User) -> None:
    question = authoring.question(author)
    titles = ('column-n"', 'column-p"', 'column-r"', 'column-flags"', 'name="flag"')
    page = admin_client.get(LIST).text
    assert [title for title in titles if title in page] == []
    revision = revisions.revision_in_work(question)
    ItemStatistics.objects.create(revision=revision, n=31, p=0.5, r=0.2, flags=["low r"])
    page = admin_client.get(LIST).text
    assert [title for title in titles if title in page] == list(titles)
    assert page.count(">–<") == 4, "rating and statistics of a question without statistics"


def test_the_columns_are_explained(admin_client: Client, author: User) -> None:
    question = authoring.question(author)
    page = text(admin_client.get(LIST))
    assert "What the columns mean Rating How many of 100 candidates" in page
    assert "Discrimination" not in page
    revision = revisions.revision_in_work(question)
    ItemStatistics.objects.create(revision=revision, n=31, p=0.5, r=0.2, flags=[])
    page = text(admin_client.get(LIST))
    for words in ("Seen by The number of candidates", "Right The share", "Discrimination From −1 to 1"):
        assert words in page


@pytest.mark.slow
def test_questions_are_filtered_by_ask_and_default(admin_client: Client, author: User) -> None:
    one, two = authoring.question(author), authoring.question(author, "second-question")
    Question.objects.filter(pk=one.pk).update(ask="diagnosis", default="distractor")
    for query, expected in (
        ({"ask": "diagnosis"}, [one.code]),
        ({"ask": "none"}, [two.code]),
        ({"default": "distractor"}, [one.code]),
        ({"default": "none"}, [two.code]),
        ({"ask": "unknown"}, []),
    ):
        assert sorted(listed_codes(admin_client, **query)) == expected, query


def test_filters_in_use_are_named_with_a_link_that_removes_each(admin_client: Client, author: User) -> None:
    authoring.question(author)
    page = admin_client.get(LIST, {"status__exact": "draft", "kind": "multiple-choice", "q": "bakery"})
    chosen = page.context["cl"].chosen_filters
    assert [(title, label) for title, label, _address in chosen] == [("status", "draft"), ("kind", "multiple choice")]
    assert chosen[0][2] == "?kind=multiple-choice&q=bakery"
    assert "Remove the filter status" in page.text


@pytest.mark.slow
def test_search_ignores_case_in_any_script(admin_client: Client, author: User) -> None:
    authoring.question(author, "own-oven", replace(authoring.CONTENT, stem="Die ÖFEN einer Bäckerei: Wann?"))
    authoring.question(author, "own-mill", replace(authoring.CONTENT, stem="A mill grinds. When?"))
    assert listed_codes(admin_client, q="öfen BÄCKEREI") == ["own-oven"]
    assert listed_codes(admin_client, q="OWN-MILL") == ["own-mill"]
    assert listed_codes(admin_client, q='"mill grinds"') == ["own-mill"]
    assert listed_codes(admin_client, q="100%_") == []


@pytest.mark.slow
def test_filters_narrow_the_list_and_combine(admin_client: Client, author: User) -> None:
    one, two = authoring.question(author, "own-one"), authoring.question(account("bob", "Author"), "own-two")
    other = Topic.objects.create(task=authoring.place().task, slug="other", title="Other topic")
    batch = ImportBatch.objects.create(by=author, at=NOW, file="mine.csv", sha256="0" * 64, format="csv")
    Question.objects.filter(pk=two.pk).update(
        status="retired", topic=other, rating=62, collection="autumn", origin="shipped", batch=batch
    )
    two_keys = tuple(replace(option, correct=option.id in "ab") for option in authoring.CONTENT.options)
    several = replace(authoring.CONTENT, id="own-two", kind="multiple-response", options=two_keys)
    revisions.rewrite(revisions.revision_in_work(two), several, now=NOW, by=author)
    task = authoring.place().task
    for query in (
        {"status__exact": "retired"},
        {"topic__id__exact": other.pk},
        {"rating": "60-79"},
        {"kind": "multiple-response"},
        {"collection__exact": "autumn"},
        {"origin__exact": "shipped"},
        {"batch__id__exact": batch.pk},
        {"author": User.objects.get(username="bob").pk},
        {"status__exact": "retired", "rating": "60-79", "q": "bakery", "task": task.pk},
    ):
        assert listed_codes(admin_client, **query) == ["own-two"], query
    assert listed_codes(admin_client, rating="none") == ["own-one"]
    assert listed_codes(admin_client, author="none") == []
    assert listed_codes(admin_client, exam_domain__id__exact=one.exam_domain_id, task=task.pk) == ["own-one", "own-two"]
    assert listed_codes(admin_client, status__exact="retired", rating="none") == []


@pytest.mark.slow
def test_questions_are_filtered_by_one_flag_or_any(admin_client: Client, author: User) -> None:
    rob = account("rob", "Reviewer")
    for code, stem, flags in (
        ("own-one", "A mill grinds rye.\n\nWhich sieve is right for it?", ["low r", "odd"]),
        ("own-two", "A ship sails to the north.\n\nWhich chart does it need?", []),
    ):
        options = tuple(replace(option, text=f"{option.text[:-1]} of {code}.") for option in authoring.CONTENT.options)
        question = authoring.question(author, code, replace(authoring.CONTENT, stem=stem, options=options))
        lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=rob)
        current = Revision.objects.get(question=question)
        ItemStatistics.objects.create(revision=current, n=50, flags=flags)
    assert listed_codes(admin_client, flag="any") == ["own-one"]
    assert listed_codes(admin_client, flag="low r") == ["own-one"]
    assert listed_codes(admin_client, flag="low") == []


def published(author: User, code: str, stem: str) -> Revision:
    options = tuple(replace(option, text=f"{option.text[:-1]} of {code}.") for option in authoring.CONTENT.options)
    question = authoring.question(author, code, replace(authoring.CONTENT, stem=stem, options=options))
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=author)
    return Revision.objects.get(question=question)


@pytest.mark.slow
def test_questions_are_filtered_by_their_statistics(admin_client: Client, author: User) -> None:
    for code, stem, n, p, r in (
        ("own-hard", "A mill grinds rye.\n\nWhich sieve is right for it?", 120, 0.2, -0.1),
        ("own-few", "A ship sails to the north.\n\nWhich chart does it need?", 20, 0.2, -0.1),
        ("own-alike", "A crane lifts steel beams.\n\nWhich rope holds them?", 250, 1.0, None),
    ):
        row = ItemStatistics(revision=published(author, code, stem), n=n, p=p, r=r)
        row.save()
    for query, expected in (
        ({"answered": "1-29"}, ["own-few"]),
        ({"answered": "200"}, ["own-alike"]),
        ({"right": "0-25"}, ["own-hard"]),
        ({"right": "95"}, ["own-alike"]),
        ({"discrimination": "negative"}, ["own-hard"]),
        ({"discrimination": "good"}, []),
        ({"right": "x' OR 1=1"}, []),
    ):
        assert sorted(listed_codes(admin_client, **query)) == expected, query
    page = admin_client.get(LIST).text
    assert page.count(">20%<") == 1, "of 120 candidates, not of 20"
    question = Question.objects.get(code="own-few")
    assert f'<a href="{reverse("admin:question_statistics", args=[question.pk])}">20</a>' in page
    assert text(admin_client.get(LIST)).count("below 25%, very hard") == 1


@pytest.mark.slow
def test_an_unknown_value_of_a_filter_matches_nothing(admin_client: Client, author: User) -> None:
    authoring.question(author)
    for name in ("status__exact", "task", "topic__id__exact", "rating", "author", "batch__id__exact", "queue"):
        for value in ("x' OR 1=1", "9" * 5000, "²"):
            assert listed_codes(admin_client, **{name: value}) == [], (name, value[:9])


def test_empty_values_of_the_form_are_removed_from_the_url(admin_client: Client) -> None:
    answer = admin_client.get(LIST, {"q": "", "status__exact": "", "kind": "multiple-choice"})
    assert answer.headers["Location"] == f"{LIST}?kind=multiple-choice"


@pytest.mark.slow
def test_queues_count_and_list_waiting_questions(client: Client, author: User) -> None:
    client.force_login(author)
    one = authoring.question(author, "own-one")
    bare = authoring.question(account("bob", "Author"), "own-bare", replace(authoring.CONTENT, references=()))
    Question.objects.filter(pk=bare.pk).update(topic=None, as_of=datetime.date(2020, 1, 1), conflict={"rating": 1})
    Question.objects.filter(pk=one.pk).update(rating=70, raters=1, as_of=timezone.localdate())
    QuestionReport.objects.create(
        revision=revisions.revision_in_work(one),
        candidate_uuid="12345678-1234-5678-1234-567812345678",
        text="B too?",
        at=NOW,
    )
    one.history.create(action="submitted", by=author, at=NOW)
    one.history.create(action="sent back", at=NOW + datetime.timedelta(days=1))
    page = client.get(LIST)
    counts = {entry["queue"].name: entry["count"] for entry in page.context["queues"]}
    assert counts == dict.fromkeys(counts, 1)
    assert f"{bare.pk}/conflict/" in page.text
    assert f"{one.pk}/conflict/" not in page.text
    codes_by_queue = {name: listed_codes(client, queue=name) for name in counts}
    assert codes_by_queue.pop("mine") == ["own-one"]
    assert codes_by_queue.pop("returned") == ["own-one"]
    assert codes_by_queue.pop("reported") == ["own-one"]
    assert set(map(tuple, codes_by_queue.values())) == {("own-bare",)}
    Question.objects.filter(pk=bare.pk).update(status="retired")
    assert listed_codes(client, queue="no-topic") == [], "retired questions are in no queue"


@pytest.mark.slow
def test_the_rating_of_a_question_in_review_is_neither_shown_nor_found(client: Client, author: User) -> None:
    question = authoring.question(author)
    ratings.rate([question], 35, now=NOW, by=author)
    approval.submit([question], now=NOW, by=author)
    client.force_login(account("rob", "Reviewer"))
    assert "35%" not in client.get(LIST).text
    assert listed_codes(client, rating="1-39") == []
    assert listed_codes(client, queue="no-rating") == []


@pytest.mark.slow
def test_the_rating_of_a_draft_is_shown_to_its_raters(client: Client, author: User) -> None:
    question = authoring.question(author)
    ratings.rate([question], 35, now=NOW, by=author)
    client.force_login(account("rob", "Reviewer"))
    assert "35%" not in client.get(LIST).text
    assert listed_codes(client, rating="1-39") == []
    client.force_login(author)
    for act in (lambda: None, lambda: approval.submit([question], now=NOW, by=author)):
        act()
        assert "35%" in client.get(LIST).text
        assert listed_codes(client, rating="1-39") == ["own-question"]


@pytest.mark.parametrize("lookup", ["rating__gte", "rating", "raters__gt", "current__key", "author__id__exact"])
def test_the_url_accepts_only_known_filters(client: Client, author: User, lookup: str) -> None:
    authoring.question(author)
    client.force_login(account("rob", "Reviewer"))
    assert client.get(LIST, {lookup: "1"}).status_code == (200 if lookup == "rating" else 400)


def test_the_history_table_reveals_no_ratings(client: Client, author: User) -> None:
    question = authoring.question(author)
    ratings.rate([question], 35, now=NOW, by=author)
    Question.objects.filter(pk=question.pk).update(status="live", current=question.revisions.get())
    ratings.rate([Question.objects.get()], 36, now=NOW, by=author)
    assert question.history.filter(action="rating proposed").exists()
    client.force_login(account("rob", "Reviewer"))
    for row in question.history.all():
        page = client.get(reverse("admin:questions_history_change", args=[row.pk]))
        assert page.status_code == 200
        assert ("After:" in page.text) == (row.action not in ("rated", "rating proposed"))


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow_with_the_rows(admin_client: Client, author: User) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            admin_client.get(LIST)
        return len(caught)

    authoring.question(author, "own-0")
    count_queries()  # the content types of the session are read once
    one = count_queries()
    for n in range(1, 6):
        authoring.question(author, f"own-{n}")
    assert count_queries() == one
    assert one <= 27


@pytest.mark.slow
def test_the_count_stops_after_the_visible_pages(
    admin_client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_list, "MAX_COUNTED_BEYOND_PAGE", 2)
    monkeypatch.setattr("questions.admin.question_list.questions.QuestionAdmin.list_per_page", 2)
    for n in range(1, 8):
        authoring.question(author, f"own-{n}")
    page = admin_client.get(LIST)
    assert "more than 4 questions" in page.text
    assert listed_codes(admin_client) == ["own-1", "own-2"]
    assert listed_codes(admin_client, p=3) == ["own-5", "own-6"]
    assert "7 questions" in admin_client.get(LIST, {"p": 3}).text
    assert listed_codes(admin_client, p=4) == ["own-7"]
    assert listed_codes(admin_client, o="-1", p=2) == ["own-5", "own-4"]
    assert admin_client.get(LIST, {"p": 9}).status_code == 302


def test_questions_cannot_be_deleted_from_the_list(admin_client: Client, author: User) -> None:
    question = authoring.question(author)
    choices = admin_client.get(LIST).context["action_form"].fields["action"].choices
    names = [name for name, label in choices]
    assert names == ["", "edit", "submit", "approve", "take-back", "retire", "restore", "export"]
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": [question.pk], "index": "0"})
    assert admin_client.post(f"{LIST}{question.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Question.objects.filter(pk=question.pk).exists()


def test_only_staff_with_the_permission_see_the_list(client: Client, author: User) -> None:
    assert client.get(LIST).status_code == 302
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(LIST).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(LIST).status_code == 403
    client.force_login(author)
    names = [name for name, label in client.get(LIST).context["action_form"].fields["action"].choices]
    assert names == ["", "edit", "submit", "take-back", "retire", "restore", "export"]
    client.force_login(account("rob", "Reviewer"))
    names = [name for name, label in client.get(LIST).context["action_form"].fields["action"].choices]
    assert names == ["", "approve", "export"]


@pytest.mark.parametrize("page", ["0", "2", "99999999999999999999", "9" * 5000, "x"])
def test_a_page_that_does_not_exist_leads_back_to_the_list(admin_client: Client, shipped: Question, page: str) -> None:
    answer = admin_client.get(LIST, {"p": page}, follow=True)
    assert answer.status_code == 200
    assert shipped.code in answer.text
