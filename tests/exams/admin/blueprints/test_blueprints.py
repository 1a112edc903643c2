"""Test blueprints in the admin: make one from another, check it against the bank, download it, withdraw it."""

import re
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exams.services.classes import sittings
from questions.content import exam_yaml
from questions.content.blueprint import ExtraTime, Note
from questions.models import Bank, Blueprint, Enemy, Job, Question
from questions.services import blueprints, jobs, stored_bank
from tests import factories
from tests.authoring import account
from tests.html_forms import form_values, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(settings: Any) -> Blueprint:
    """A shipped exam: two exam domains with twelve live questions each, all in the collection 'tiny'."""
    return factories.small_blueprint(scored=4, unscored=1, exams=2, default=True)


@pytest.fixture
def ines(client: Client) -> Client:
    client.force_login(account("ines", "Instructor"))
    return client


def address(row: Blueprint, name: str = "make") -> str:
    return reverse(f"admin:questions_blueprint_{name}", args=[row.pk])


def form(**fields: Any) -> dict[str, Any]:
    data = {
        "title": "An own quiz", "short_title": "", "code": "", "minutes": "25", "scored": "6", "unscored": "0",
        "passing": "700", "kinds": ["multiple-choice", "multiple-response"], "collections": ["tiny"],
        "weight-1": "50", "weight-2": "50", "extra-title-0": "English is not my first language",
        "extra-minutes-0": "30", "self_allowance": "on", "known_version": "1", "_save": "1",
    }  # fmt: skip
    return data | fields


def test_an_exam_without_exam_domains_shows_none(ines: Client) -> None:
    own = factories.percent_blueprint(60, scored=4)
    own.spec["exam_domains"] = [own.spec["exam_domains"][0] | {"weight": 100}]
    Blueprint.objects.filter(pk=own.pk).update(spec=own.spec)
    page = text(ines.get(address(own, "change")))
    assert "Exam domain" not in page
    assert "Questions Scored Unscored Live" in page


def test_the_page_of_an_exam_names_the_class_that_holds_its_questions(client: Client) -> None:
    bettina = account("bettina", "Instructor")
    tiny = factories.one_form_blueprint()
    sitting = factories.sitting(tiny, owner=bettina, name="Resit of 7b")
    assert sitting.form is not None
    n = len(sitting.form.plan)
    client.force_login(bettina)
    with time_machine.travel(factories.NOW):
        page = text(client.get(address(tiny, "change")))
        assert "The bank has too few questions for an exam" in page
        assert f"“Resit of 7b” holds {n} of them" in page
        client.force_login(account("ines", "Instructor"))
        assert f"An exam for a class holds {n} of them" in text(client.get(address(tiny, "change")))
    sittings.release(sitting, factories.NOW)
    with time_machine.travel(factories.NOW):
        assert "too few questions" not in text(client.get(address(tiny, "change")))


def test_a_quiz_is_made_from_the_shipped_exam_with_few_fields(ines: Client, source: Blueprint) -> None:
    page = ines.get(address(source))
    assert page.status_code == 200
    for words in ("tiny 24 live", "First things", "The weights sum to 100%.", "The collections have enough questions."):
        assert words in text(page)
    answer = ines.post(address(source), form(), follow=True)
    assert "“An own quiz” was created. It is closed: nobody can start it, except in a class." in text(answer)
    made = Blueprint.objects.get(code="AN-OWN-QUIZ")
    exam = made.exam
    assert (made.version, made.origin, exam.short_title, exam.syllabus) == (1, "local", "An own quiz", "TINY")
    assert (exam.minutes, exam.scored, exam.unscored, exam.scale.passing) == (25, 6, 0, 700)
    # What is published about its source does not hold for it.
    assert (exam.default, exam.available_from, exam.retired_on, exam.successors) == (False, None, None, ())
    assert [(row.code, row.minutes) for row in exam.extra_time] == [("esl", 30)]
    entry = LogEntry.objects.get(action_flag=ADDITION)
    assert entry.get_change_message() == "Created from TINY v1."
    assert (made.offered, made.admits) == (False, False), "a copy of an open exam is closed"
    assert "An own quiz" not in text(ines.get("/"))


def test_the_next_version_is_made_from_a_blueprint_made_here(ines: Client, source: Blueprint) -> None:
    ines.post(address(source), form())
    first = Blueprint.objects.get(code="AN-OWN-QUIZ")
    ines.post(address(first), form(code="AN-OWN-QUIZ", minutes="30"))
    assert set(Blueprint.objects.filter(code="AN-OWN-QUIZ").values_list("version", flat=True)) == {1, 2}
    refused = ines.post(address(first), form(code="AN-OWN-QUIZ", minutes="35"))
    assert "Someone else created version 2 of AN-OWN-QUIZ." in text(refused)
    assert 'value="35"' in refused.content.decode()


def test_a_copy_gets_a_free_code_and_a_title_and_says_so(ines: Client, source: Blueprint) -> None:
    ines.post(address(source), form())
    first = Blueprint.objects.get(code="AN-OWN-QUIZ")
    page = ines.get(address(first))
    proposed = form_values(page, "make")
    assert (proposed["code"], proposed["title"]) == ("AN-OWN-QUIZ-2", "Copy of An own quiz")
    assert "This is a copy: a separate exam with a code of its own" in text(page)
    assert "Only with the code AN-OWN-QUIZ does it become the next version of that exam" in text(page)
    ines.post(address(first), proposed | {"_save": "1"})
    assert Blueprint.objects.current("AN-OWN-QUIZ") == first
    copy = Blueprint.objects.get(code="AN-OWN-QUIZ-2")
    assert (copy.version, copy.exam.title, copy.admits) == (1, "Copy of An own quiz", False)
    assert form_values(ines.get(address(copy)), "make")["code"] == "AN-OWN-QUIZ-3"
    assert form_values(ines.get(address(source)), "make")["code"] == "TINY-2", "so has a copy of a shipped exam"


def test_a_copy_of_an_exam_without_exam_domains_asks_for_no_weight(ines: Client) -> None:
    single = factories.small_blueprint(code="SINGLE", divided=False, scored=4, unscored=0)
    Blueprint.objects.filter(pk=single.pk).update(origin="local")
    page = ines.get(address(single))
    for words in ("Weights of the exam domains", "The weights sum", "shares of the collections"):
        assert words not in text(page)
    assert "The collections have enough questions." in text(page)
    ines.post(address(single), form_values(page, "make") | {"_save": "1"})
    copy = Blueprint.objects.get(code="SINGLE-2")
    assert [(domain.number, domain.weight) for domain in copy.exam.exam_domains] == [(1, 100)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"weight-1": "40"}, "The weights sum to 90. They must sum to 100."),
        ({"weight-1": "", "weight-2": ""}, "Enter a weight for at least one exam domain."),
        ({"title": ""}, "This field is required."),
        ({"code": "tiny"}, "The blueprint TINY is shipped with the application"),
        ({"code": "my quiz"}, "use capitals, digits and single hyphens"),
        ({"passing": "1000"}, "must be between min 100 and max 1000"),
        ({"minutes": "0"}, "0 is out of range: from 1 to 1440"),
        ({"scored": "x"}, "Enter a whole number."),
        ({"scored": "-1"}, "-1 is out of range: from 1 to 500"),
        ({"scored": "0"}, "0 is out of range: from 1 to 500"),
        ({"unscored": "-3"}, "-3 is out of range: from 0 to 500"),
        ({"collections": []}, "This field is required."),
        ({"collections": ["other"]}, "Select a valid choice."),
        ({"extra-title-1": "Own pace"}, "Enter both a name and the minutes"),
        ({"extra-title-1": "Own pace", "extra-minutes-1": "0"}, "Enter both a name and the minutes"),
        ({"extra-minutes-0": "2000"}, "2000 is out of range"),
        ({"scored": "30"}, "First things needs 15 questions. The collections have 12."),
        ({"scored": "10", "unscored": "15"}, "First things needs 13 questions. The collections have 12."),
    ],
)
def test_an_invalid_or_unfillable_blueprint_is_refused_with_its_error(
    ines: Client, source: Blueprint, fields: dict[str, Any], sentence: str
) -> None:
    answer = ines.post(address(source), form(**fields))
    assert answer.status_code == 422
    assert sentence in text(answer).replace("&#x27;", "'")
    assert "The exam was not created." in text(answer)
    assert 'value="700"' in answer.content.decode() or "passing" in fields
    assert Blueprint.objects.count() == 1


def test_an_extra_time_error_is_shown_in_its_row(ines: Client, source: Blueprint) -> None:
    fields = {"extra-title-0": "", "extra-minutes-0": "", "extra-title-2": "Own pace", "extra-minutes-2": "2000"}
    answer = ines.post(address(source), form(**fields))
    assert list(answer.context["form"].errors) == ["extra-minutes-2"]


def test_unusual_values_of_the_source_are_kept(ines: Client, source: Blueprint) -> None:
    """More rows of extra time than usual, and a collection that is empty at present."""
    extra = tuple(ExtraTime(f"for-{n}", f"For {n}", 10 + n) for n in range(5))
    spec = replace(source.exam, code="OWN", default=False, syllabus="TINY", collections=("tiny", "later"))
    spec = replace(spec, available_from="2026-03-01", notes=(Note("Assumed.", "2026-03-01"),), extra_time=extra)
    own = blueprints.make(spec, known_version=0, now=factories.NOW)
    page = ines.get(address(own)).context["form"]
    sent = {field.html_name: field.value() for field in page if field.value() is not None}
    assert (
        ines.post(address(own), sent | {"title": "Own", "code": "OWN", "minutes": "44", "_save": "1"}).status_code
        == 302
    )
    made = Blueprint.objects.current("OWN")
    assert made is not None
    assert (made.version, made.exam.minutes) == (2, 44)
    assert (made.exam.extra_time, made.exam.collections) == (extra, ("tiny", "later"))
    assert (made.exam.available_from, made.exam.notes) == (spec.available_from, spec.notes)
    assert "later" in text(ines.get(address(own)))


def test_each_extra_time_has_a_unique_code(ines: Client, source: Blueprint) -> None:
    rows = {"extra-title-0": "First", "extra-title-1": "Second", "extra-minutes-0": "10", "extra-minutes-1": "20"}
    ines.post(address(source), form(**rows))
    first = Blueprint.objects.get(code="AN-OWN-QUIZ")
    rows = {"extra-title-0": "Second", "extra-title-1": "Third", "extra-minutes-0": "20", "extra-minutes-1": "30"}
    ines.post(address(first), form(code="AN-OWN-QUIZ", **rows))
    made = Blueprint.objects.get(code="AN-OWN-QUIZ", version=2)
    codes = {row.title: row.code for row in made.exam.extra_time}
    assert codes["Second"] == first.exam.extra_time[1].code
    assert len(set(codes.values())) == 2
    rows = {"extra-title-0": "Second", "extra-title-1": "Second", "extra-minutes-0": "20", "extra-minutes-1": "40"}
    ines.post(address(made), form(code="AN-OWN-QUIZ", known_version="2", **rows))
    made = Blueprint.objects.get(code="AN-OWN-QUIZ", version=3)
    assert len({row.code for row in made.exam.extra_time}) == 2


def test_enough_questions_that_exclude_each_other_do_not_suffice(ines: Client, source: Blueprint) -> None:
    rows = list(Question.objects.filter(exam_domain__number=1).order_by("pk"))
    Enemy.objects.bulk_create(Enemy(low=rows[0], high=other) for other in rows[1:])
    assert "too many of them must not meet" in text(ines.post(address(source), form(scored="24")))
    assert Blueprint.objects.count() == 1


def test_the_fragment_shows_the_sum_and_the_availability_and_writes_nothing(ines: Client, source: Blueprint) -> None:
    def availability_text(**fields: Any) -> str:
        return text(ines.post(address(source, "availability"), form(**fields)))

    assert "The weights sum to 60%. They must sum to 100: add 40" in availability_text(**{"weight-1": "10"})
    assert "The weights sum to 149%. They must sum to 100: remove 49" in availability_text(**{"weight-1": "99"})
    assert "The collections have enough questions." in availability_text()
    short = availability_text(scored="30")
    assert "First things needs 15 scored; available: 12 live. ✗ 3 are missing." in short
    assert "needs 0 scored" in availability_text(scored="")
    assert "The weights sum to 0%." in availability_text(**{"weight-1": "-5", "weight-2": "²"})
    assert "available: 0 live" in availability_text(collections=["nowhere"], kinds=["nothing"])
    assert Blueprint.objects.count() == 1


def test_weights_can_follow_the_collections(ines: Client, source: Blueprint) -> None:
    rows = list(Question.objects.filter(exam_domain__number=1).values_list("pk", flat=True))
    Question.objects.filter(pk__in=rows[:3]).update(collection="own")
    rows = list(Question.objects.filter(exam_domain__number=2).values_list("pk", flat=True))
    Question.objects.filter(pk__in=rows[:9]).update(collection="own")
    data = form(collections=["own"], scored="12")
    del data["_save"]
    inputs = re.findall(
        r"<input[^>]*weight-[^>]*>", ines.post(address(source), data | {"_weights": "1"}).content.decode()
    )
    weights = {re.search(r'name="([^"]*)"', row)[1]: re.search(r'value="([^"]*)"', row)[1] for row in inputs}  # type: ignore[index]
    assert weights == {"weight-1": "25", "weight-2": "75"}
    assert Blueprint.objects.count() == 1


def test_its_page_shows_the_availability_and_offers_the_file(ines: Client, source: Blueprint) -> None:
    page = text(ines.get(address(source, "change")))
    for words in (
        "TINY, version 1",
        "4 scored, 1 unscored",
        "Practice tiny",
        "Create a copy",
        "without a repeat",
        "It is open.",
    ):
        assert words in page
    answer = ines.get(address(source, "file"))
    assert answer["Content-Disposition"] == 'attachment; filename="tiny.yaml"'
    read = exam_yaml.read(answer.content.decode(), {})
    assert read == ((source.exam, stored_bank.syllabus("TINY")), [])


def test_the_bank_report_includes_a_quiz(ines: Client, source: Blueprint) -> None:
    ines.post(address(source), form(**{"weight-1": "0", "weight-2": "100"}))
    made = Blueprint.objects.get(code="AN-OWN-QUIZ")
    page = f"{reverse('admin:bank_report')}?exam=AN-OWN-QUIZ"
    assert f'href="{page}"' in ines.get(address(made, "change")).content.decode()
    ines.post(page)
    jobs.run(Job.objects.get(kind="bank_report").pk, timezone.now)
    availability_text = text(ines.get(page))
    assert "An own quiz: exams draw from 12 questions." in availability_text
    assert "A new candidate can take 2 exams without a repeated question." in availability_text
    assert "The database contains no bank." in text(ines.get(reverse("admin:bank_report"), {"exam": "NONE"}))


def save(ines: Client, row: Blueprint, **fields: str) -> str:
    """Save the settings with these changes, and return the page after it; "" unticks a box."""
    data = form_values(ines.get(address(row, "settings")), "make") | fields
    sent = {name: value for name, value in data.items() if value != ""}
    return text(ines.post(address(row, "settings"), sent, follow=True))


@pytest.fixture
def own(ines: Client, source: Blueprint) -> Blueprint:
    ines.post(address(source), form())
    return Blueprint.objects.get(code="AN-OWN-QUIZ")


@pytest.mark.slow
def test_opening_an_exam_says_to_whom(ines: Client, own: Blueprint, settings: Any) -> None:
    page = text(ines.get(address(own, "settings")))
    assert "Anybody can start it, without an account. Its address: " in page
    assert "/exams/AN-OWN-QUIZ/" in page
    settings.GUESTS = False
    assert "Everybody with an account can start it, and anybody can make an account." in text(
        ines.get(address(own, "settings"))
    )
    settings.GUESTS = True
    page = save(ines, own, admits="on")
    assert "Saved. It is open. Anybody can start it, without an account. Only those who have its address" in page
    assert "An own quiz" not in text(ines.get("/"))
    assert "It is on the start page." in save(ines, own, offered="on")
    assert "An own quiz" in text(ines.get("/"))
    assert "It is closed: nobody can start it, except in a class. The start page lists it." in save(
        ines, own, admits=""
    )
    assert "Closed to new candidates." in text(ines.get("/"))
    assert Blueprint.objects.filter(code="AN-OWN-QUIZ").count() == 1, "switches make no version"
    assert LogEntry.objects.filter(action_flag=CHANGE).count() == 3


@pytest.mark.slow
def test_saving_the_settings_makes_a_version_and_closes_nothing(ines: Client, own: Blueprint) -> None:
    factories.opened(own)
    save(ines, own, title="A better quiz", minutes="40", passing="800")
    newest = Blueprint.objects.current("AN-OWN-QUIZ")
    assert newest is not None
    assert (newest.version, newest.offered, newest.admits) == (2, True, True)
    assert (newest.exam.title, newest.exam.minutes, newest.exam.scale.passing) == ("A better quiz", 40, 800)
    assert newest.exam.exam_domains == own.exam.exam_domains
    save(ines, newest, scoring="percent", passing="60")
    newest = Blueprint.objects.current("AN-OWN-QUIZ")
    assert newest is not None
    assert (newest.exam.is_percent, newest.exam.scale.passing, newest.exam.scale.max) == (True, 60, 100)
    assert "Someone else created version 3" in save(ines, own, title="Mine")
    assert "The settings were not saved." in save(ines, newest, passing="101")
    assert "3 versions" in text(ines.get(address(newest, "change")))


def test_an_exam_opens_only_if_the_bank_can_fill_it(ines: Client, own: Blueprint) -> None:
    Question.objects.update(status="retired")
    Bank.objects.update(version=F("version") + 1)
    assert "The bank has too few questions" in save(ines, own, admits="on", title="Another title")
    row = Blueprint.objects.get(code="AN-OWN-QUIZ")
    assert (row.admits, row.exam.title) == (False, "An own quiz"), "nothing half done"


def test_of_a_shipped_exam_only_the_switches_are_settings(ines: Client, source: Blueprint) -> None:
    page = ines.get(address(source, "settings"))
    assert 'name="title"' not in page.text
    assert "This is the main exam of the start page." in save(ines, source, offered="")
    assert "It is closed" in save(ines, source, admits="")
    source.refresh_from_db()
    assert (source.offered, source.admits) == (True, False)
    assert ines.get(address(source, "end")).status_code == 404


@pytest.mark.slow
def test_an_unused_exam_is_deleted_and_a_used_one_archived_and_restored(ines: Client, own: Blueprint) -> None:
    assert "Nobody has used “An own quiz”." in text(ines.get(address(own, "end")))
    factories.attempt(blueprint=own)
    assert "was used, so it is archived" in text(ines.get(address(own, "end")))
    assert "“An own quiz” is archived." in text(ines.post(address(own, "end"), follow=True))
    listed = reverse("admin:questions_blueprint_changelist")
    assert "An own quiz" not in text(ines.get(listed))
    assert "An own quiz" in text(ines.get(listed, {"archived": "yes"}))
    assert "AN-OWN-QUIZ" not in ines.get(reverse("admin:exams_sitting_add")).text
    assert "This exam is archived" in text(ines.get(address(own, "change")))
    assert "is in the lists again, and closed" in text(ines.post(address(own, "restore"), follow=True))
    ines.post(address(own), form(title="Second"))
    second = Blueprint.objects.get(code="SECOND")
    assert "“Second” was deleted." in text(ines.post(address(second, "end"), follow=True))
    assert not Blueprint.objects.filter(code="SECOND").exists()


def test_the_list_has_one_line_for_each_exam(ines: Client, own: Blueprint) -> None:
    save(ines, own, title="The second version")
    page = text(ines.get(reverse("admin:questions_blueprint_changelist")))
    assert "The second version" in page
    assert "An own quiz" not in page


@pytest.mark.parametrize("group", ["Author", "Reviewer"])
def test_authors_and_reviewers_can_view_but_not_make_blueprints(client: Client, source: Blueprint, group: str) -> None:
    client.force_login(account("ada", group))
    assert "Create a copy" not in text(client.get(address(source, "change")))
    assert client.get(address(source, "file")).status_code == 200
    assert client.get(address(source)).status_code == 403
    for name in ("make", "availability", "settings", "end", "restore"):
        assert client.post(address(source, name), form()).status_code == 403
    assert Blueprint.objects.get().offered


def test_administrators_can_make_blueprints_and_others_see_none(client: Client, source: Blueprint) -> None:
    assert client.get(address(source, "change")).status_code == 302
    client.force_login(factories.user("carl"))
    assert client.get(address(source)).status_code == 302
    client.force_login(account("root", "Administrator"))
    assert client.get(address(source)).status_code == 200
    assert client.get(address(source, "restore")).status_code == 405
    assert client.post(address(source, "change")).status_code == 405
    assert client.get(address(Blueprint(pk=999_999))).status_code == 404


def count_queries(client: Client, page: str) -> int:
    client.get(page)  # fill the caches of session, permissions and pool
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_the_list_takes_a_constant_number_of_queries(ines: Client, source: Blueprint) -> None:
    page = reverse("admin:questions_blueprint_changelist")
    for_one = count_queries(ines, page)
    for number in range(3):
        ines.post(address(source), form(title=f"Quiz {number}"))
    assert count_queries(ines, page) == for_one <= 12


@pytest.mark.parametrize("name", ["make", "change"])
def test_a_page_takes_a_constant_number_of_queries(ines: Client, source: Blueprint, name: str) -> None:
    for_one = count_queries(ines, address(source, name))
    for number, pk in enumerate(Question.objects.values_list("pk", flat=True)[:4]):
        Question.objects.filter(pk=pk).update(collection=f"own-{number}")
    assert count_queries(ines, address(source, name)) == for_one <= 14


@pytest.mark.parametrize(("group", "makes"), [("Instructor", True), ("Reviewer", False)])
def test_the_list_links_to_the_form_for_users_with_permission(
    client: Client, source: Blueprint, group: str, makes: bool
) -> None:
    client.force_login(account("sam", group))
    page = client.get(reverse("admin:questions_blueprint_changelist")).text
    assert "<h1>Exams</h1>" in page
    assert (address(source) in page) is makes


def test_self_chosen_extra_time_can_be_off_for_one_exam(ines: Client, source: Blueprint) -> None:
    data = form()
    del data["self_allowance"]
    page = text(ines.post(address(source), data, follow=True))
    assert "Candidates cannot choose extra time." in page
    made = Blueprint.objects.get(code="AN-OWN-QUIZ")
    assert not made.exam.self_allowance
    factories.opened(made)
    rules = ines.get(reverse("exam", args=["an-own-quiz"])).text
    assert ('name="extra"' in rules, "Need more time? Ask" in rules) == (False, True)
    assert 'name="extra"' in ines.get(reverse("exam", args=["tiny"])).text
