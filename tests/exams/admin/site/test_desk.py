"""Test the index of the admin: tiles and links by role, waiting work, own work, and the tables of administrators."""

import datetime
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.services.attempt import ending
from exams.services.classes import sittings
from questions.models import ImportBatch, Job, Question, QuestionReport, Revision, User
from questions.services import approval, editing, ratings
from tests import authoring, factories
from tests.authoring import account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
INDEX = "/admin/"
QUESTIONS = "/admin/questions/question/"


def entered(client: Client, user: User) -> str:
    client.force_login(user)
    return text(client, INDEX)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def waits(author: User, code: str = "own-question", days: int = 0) -> Question:
    row = authoring.question(author, code)
    Question.objects.filter(pk=row.pk).update(status="review")
    Revision.objects.filter(question=row).update(submitted_at=timezone.now() - datetime.timedelta(days=days, hours=1))
    return row


@pytest.mark.slow
@pytest.mark.walk
@pytest.mark.parametrize(
    ("group", "writes", "runs"),
    [
        ("Author", True, False),
        ("Reviewer", False, False),
        ("Instructor", True, False),
        ("Administrator", True, True),
        ("", True, True),
    ],
)
def test_each_role_gets_the_tiles_and_links_it_may_use(client: Client, group: str, writes: bool, runs: bool) -> None:
    user = account("sam", group) if group else User.objects.create_superuser("sam")
    page = entered(client, user)
    for address in (reverse("admin:approval_queue"), reverse("admin:needs_attention"), QUESTIONS):
        assert f'href="{address}"' in page
    assert ("Write a question" in page) == writes
    assert (f'href="{reverse("admin:questions_import")}"' in page) == writes
    assert ("Your imports" in page) == writes
    assert ("All tables" in page) == runs
    assert (f'href="{reverse("admin:questions_history_changelist")}"' in page) == runs
    assert "<details" in page
    assert page.count('class="primary"') == 1
    for link in re.findall(r'href="(/admin/[^"#]*)', page):
        assert client.get(link).status_code == 200, link


def test_tables_are_collapsed_until_requested(client: Client) -> None:
    client.force_login(account("adm", "Administrator"))
    assert '<details class="tables" id="tables">' in client.get(INDEX).text
    assert '<details class="tables" id="tables" open>' in client.get(INDEX, {"tables": "open"}).text
    page = client.get(QUESTIONS).text
    assert 'href="/admin/?tables=open#tables"' in page


def test_candidates_and_anonymous_users_do_not_see_it(client: Client) -> None:
    assert client.get(INDEX).status_code == 302
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(INDEX).status_code == 302
    front = client.get("/").text
    assert "/admin/review/" not in front


def test_staff_without_a_role_get_their_tables_and_a_contact(client: Client) -> None:
    page = entered(client, User.objects.create_user("clerk", is_staff=True))
    assert "Ask an administrator to add it to the group" in page
    assert "Needs attention" not in page
    assert "Review queue" not in page


@pytest.mark.slow
def test_waiting_work_is_counted_with_the_age_of_the_oldest(client: Client) -> None:
    ada = account("ada", "Author")
    page = entered(client, account("rob", "Reviewer"))
    assert "No questions to review" in page
    waits(ada, "own-new")
    assert "The oldest was submitted today" in text(client, INDEX)
    waits(ada, "own-older", days=1)
    assert "The oldest was submitted 1 day ago <" in text(client, INDEX)
    waits(ada, "own-oldest", days=3)
    page = text(client, INDEX)
    assert "The oldest was submitted 3 days ago <" in page
    assert 'Review queue <span class="number">3</span></a>' in text(client, QUESTIONS)


def test_the_first_questions_to_look_at_are_listed_with_a_link_to_all(client: Client) -> None:
    factories.small_blueprint(scored=8)
    rows = Question.objects.filter(current__choose=1).order_by("pk")[:7]
    codes = [row.code for row in rows]
    Question.objects.exclude(code__in=codes).update(status="retired")  # the checks find faults in some of these
    Question.objects.update(as_of=timezone.localdate())
    page = entered(client, account("ina", "Instructor"))
    assert page.count("No problems found") == 2
    for n, code in enumerate(codes):
        Question.objects.filter(code=code).update(as_of=datetime.date(2020, 1 + n, 1))
    QuestionReport.objects.create(
        revision=Question.objects.get(code=codes[6]).current,
        candidate_uuid=factories.candidate().uuid,
        text="The <b>table</b> is wrong.",
        at=timezone.now(),
    )
    page = text(client, INDEX)
    listed = re.findall(r"<li>\s*<div>\s*<a href=\"[^\"]*\">([^<]*)</a>", page)
    assert listed == [codes[6], *codes[:4]]
    assert "1 report: “The &lt;b&gt;table&lt;/b&gt; is wrong.”" in page
    assert "Open the reports" in page
    assert "All 7" in page
    every = text(client, reverse("admin:needs_attention"))
    assert all(code in every for code in codes)


@pytest.mark.slow
def test_the_six_newest_own_questions_are_listed(client: Client) -> None:
    ada, ina = account("ada", "Author"), account("ina", "Instructor")
    page = entered(client, ina)
    assert "You have not written a question yet." in page
    for n in range(8):
        authoring.question(ina, f"own-{n}")
    authoring.question(ada, "hers")
    page = text(client, INDEX)
    assert re.findall(r">(own-\d)</a>", page) == [f"own-{n}" for n in (7, 6, 5, 4, 3, 2)]
    assert "hers" not in page
    assert "All 8 of your questions" in page
    listed = client.get(re.findall(r'href="([^"]*)">All 8', page)[0].replace("&amp;", "&")).text
    assert "own-0" in listed
    assert ">hers</a>" not in listed


@pytest.mark.slow
def test_questions_sent_back_and_unsaved_edits_are_listed(client: Client) -> None:
    ada, rob = account("ada", "Author"), account("rob", "Reviewer")
    page = entered(client, ada)
    assert "not saved yet" not in page
    editing.autosave(None, {"stem": ["Half a stem"]}, now=timezone.now(), by=ada)
    page = text(client, INDEX)
    assert "is not saved yet" in page
    assert f"{QUESTIONS}add/?draft=1" in page
    assert "You have not written a question yet." not in page
    row = authoring.question(ada)
    approval.submit([row], now=timezone.now(), by=ada)
    assert "Sent back by a reviewer" not in text(client, INDEX)
    approval.send_back([row], "Say why.", now=timezone.now(), by=rob)
    assert "Sent back by a reviewer" in text(client, INDEX)


def test_an_import_can_be_undone_here_until_it_is_edited(client: Client) -> None:
    ina = account("ina", "Instructor")
    batch = ImportBatch.objects.create(by=ina, at=timezone.now(), file="set.csv", format="udemy-csv", state="done")
    ImportBatch.objects.filter(pk=batch.pk).update(result={"counts": {"created": 1}})
    row = authoring.question(ina)
    Question.objects.filter(pk=row.pk).update(batch=batch)
    Question.objects.get(pk=row.pk).history.update(at=batch.at, action="imported", after={"batch": batch.pk})
    ImportBatch.objects.create(by=ina, at=timezone.now(), file="gone.csv", format="udemy-csv", state="undone")
    ImportBatch.objects.create(by=None, at=timezone.now(), file="other.csv", format="udemy-csv", state="done")
    page = entered(client, ina)
    assert "set.csv" in page
    assert "1 question, " in page
    assert "None edited or submitted yet." in page
    assert f'href="{reverse("admin:questions_import_undo", args=[batch.pk])}"' in page
    assert "gone.csv" not in page
    assert "other.csv" not in page
    ratings.rate([row], 70, now=timezone.now(), by=ina)
    page = text(client, INDEX)
    assert "1 was edited or submitted since then." in page
    assert "import_undo" not in page
    assert "Undo" not in page


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_takes_a_constant_number_of_queries(
    client: Client, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ada, ina = account("ada", "Author"), account("ina", "Instructor")
    for n in range(count):
        waits(ada, f"waits-{n}", days=n)
        authoring.question(ina, f"own-{n}")
    entered(client, ina)  # fill the cache of lint findings
    with django_assert_max_num_queries(18):
        client.get(INDEX)


def test_a_question_in_review_without_a_submission_date_is_counted(client: Client) -> None:
    author = account("ada", "Author")
    Question.objects.filter(pk=authoring.question(author).pk).update(status="review")
    page = entered(client, account("rob", "Reviewer"))
    assert '<span class="number">1</span>' in page
    assert "No questions to review" not in page


@pytest.mark.slow
def test_a_wording_of_a_shipped_question_returns_to_whoever_submitted_it(client: Client) -> None:
    ada, rob = account("ada", "Author"), account("rob", "Reviewer")
    row = authoring.question(ada)
    Question.objects.filter(pk=row.pk).update(author=None, origin="shipped")
    row.refresh_from_db()
    approval.submit([row], now=timezone.now(), by=ada)
    assert "Returned to you" not in entered(client, ada)
    approval.send_back([row], "Say why.", now=timezone.now(), by=rob)
    page = text(client, INDEX)
    assert "Returned to you" in page
    assert "own-question" in page
    listed = client.get(QUESTIONS, {"queue": "returned"}).text
    assert ">own-question</a>" in listed
    client.force_login(account("ben", "Author"))
    assert "own-question" not in text(client, INDEX)
    assert ">own-question</a>" not in client.get(QUESTIONS, {"queue": "returned"}).text
    client.force_login(ada)
    approval.submit([Question.objects.get(pk=row.pk)], now=timezone.now(), by=ada)
    assert "Returned to you" not in text(client, INDEX)


def test_an_instructor_sees_the_classes_of_today_and_the_answers_to_release(client: Client) -> None:
    ina, now = account("ina", "Instructor"), timezone.now()
    factories.small_blueprint(exams=2)
    window = {"closes_at": now + datetime.timedelta(hours=1), "opens_at": now - datetime.timedelta(minutes=5)}
    factories.sitting(owner=ina, name="Class 7b", **window)
    factories.sitting(owner=ina, name="Next week", opens_at=now + datetime.timedelta(days=7), closes_at=None)
    factories.sitting(owner=account("tom", "Instructor"), name="Class of Tom", **window)
    ended = factories.sitting(
        owner=ina, name="Without end", opens_at=now - datetime.timedelta(days=9), closes_at=None, one_paper=False
    )
    page = entered(client, ina)
    assert "Classes today" in page
    assert "Class 7b" in page
    assert "Next week" not in page
    assert "Class of Tom" not in page
    assert "Answers to release" not in page, "nobody has finished"
    attempt = factories.class_attempt(ended, now=now - datetime.timedelta(days=8))
    assert "Answers to release" not in text(client, INDEX), "somebody is writing"
    ending.finish(attempt, now - datetime.timedelta(days=8) + datetime.timedelta(minutes=5))
    assert "Answers to release" in text(client, INDEX)
    assert "Without end" in text(client, INDEX)
    sittings.release(ended, now)
    assert "Without end" not in text(client, INDEX)


def test_authors_have_no_classes_and_only_administrators_see_failed_work_and_new_people(client: Client) -> None:
    factories.user("new")
    Job.objects.create(kind="analysis", state="failed", error="Disk full", due_at=timezone.now())
    for group, shown in (("Author", False), ("Instructor", False), ("Administrator", True)):
        page = entered(client, account(group.lower(), group))
        assert ("Failed work" in page) == shown
        assert ("Send a sign-in link" in page) == shown
        assert (f'href="{reverse("admin:exams_sitting_changelist")}"' in page) == (group != "Author")


def test_times_are_those_of_the_zone_of_the_browser(client: Client) -> None:
    ina = account("ina", "Instructor")
    factories.small_blueprint()
    opens = timezone.now().replace(hour=12, minute=0) - datetime.timedelta(days=1)
    factories.sitting(owner=ina, name="Class 7b", opens_at=opens, closes_at=opens + datetime.timedelta(days=3))
    client.force_login(ina)
    assert "12:00 (UTC)" in text(client, INDEX)
    client.cookies["zone"] = "Asia%2FTokyo"
    assert "21:00 (JST)" in text(client, INDEX)
    client.cookies["zone"] = "Nowhere%2FLand"
    assert "12:00 (UTC)" in text(client, INDEX)
