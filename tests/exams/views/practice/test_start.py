"""Test starting practice by a form: what it reads, an open practice, and each reason why there is none."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db.models import F
from django.test import Client

from exams.models import Attempt
from exams.services.attempt import ending
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from questions.models import Blueprint, Question
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.practice.starting import START, asked, page, pair, start, with_workouts
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("after_the_exam")]


def test_a_button_needs_the_blueprint_alone(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    response = start(browser(candidate), blueprint)
    attempt = Attempt.objects.get()
    assert response.status_code == 303
    assert response.url == f"/attempts/{attempt.uuid}/"
    assert (attempt.candidate, attempt.mode, attempt.practice_kind) == (candidate, "practice", "quiz")
    assert (attempt.feedback, attempt.timed, attempt.responses.count()) == ("each", False, 10)


def test_the_fields_of_a_quiz(blueprint: Blueprint) -> None:
    topics = ["tiny-1-3", "tiny-2-4", "tiny-2-9"]
    client = browser(factories.candidate())
    response = client.post(START, {"blueprint": "TINY", "topic": topics, "size": "3", "feedback": "end", "timed": "on"})
    assert response.status_code == 303
    attempt = Attempt.objects.get()
    assert set(attempt.responses.values_list("revision__question__topic__slug", flat=True)) == set(topics)
    assert (attempt.feedback, attempt.timed, attempt.deadline) == (
        "end",
        True,
        attempt.started_at + timedelta(minutes=18),
    )


def test_try_10_is_from_all_exam_domains_and_full_has_the_length_of_the_exam(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, kind="try", size="3")
    start(client, blueprint, kind="full")
    ten, full = Attempt.objects.order_by("pk")
    assert (ten.practice_kind, ten.responses.count(), ten.feedback) == ("try", 10, "each")
    assert (full.practice_kind, full.responses.count(), full.feedback, full.timed) == ("full", 5, "end", False)


def test_try_10_and_the_full_exam_of_a_newcomer_are_like_the_exam(blueprint: Blueprint) -> None:
    with_workouts(blueprint, code__endswith="1")
    client = browser(factories.candidate())
    for kind in ("try", "full"):
        start(client, blueprint, kind=kind)
        attempt = Attempt.objects.get(practice_kind=kind)
        assert set(attempt.responses.values_list("revision__question__collection", flat=True)) == {"tiny"}


@pytest.mark.slow
def test_try_10_without_a_question_to_spare_says_how_to_use_those_that_are_kept(blueprint: Blueprint) -> None:
    with_workouts(blueprint, code__regex="-0(0[4-9]|1.)$|d2-003$")  # one mock exam remains
    response = start(browser(factories.candidate()), blueprint, kind="try")
    html = response.content.decode()
    assert response.status_code == 409
    assert "The 5 questions of the exam that you have not seen are kept for your mock exams." in html
    assert "tick &#x27;Also ask new ones that are kept&#x27;" in html
    assert not any(choice in forms(response)["builder"].data() for choice in ("collection", "new"))


@pytest.mark.slow
def test_another_try_10_has_other_questions_and_says_when_they_repeat(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    tries: list[set[int]] = []
    for _ in range(3):  # 36 questions, of which 10 are kept for mock exams
        response = client.post(START, {"blueprint": blueprint.code, "kind": "try"}, follow=True)
        attempt = Attempt.objects.get(status="open")
        for row in attempt.responses.all():
            attempt.responses.filter(pk=row.pk).update(ticked=row.key, first_shown=NOW, saved_at=NOW)
        ending.finish(attempt, NOW + timedelta(minutes=21))
        tries.append(asked(attempt))
        repeats = len(tries[-1] & set().union(*tries[:-1]))
        assert (f"{repeats} again, asked today" in response.content.decode()) == bool(repeats)
    assert tries[0].isdisjoint(tries[1])
    assert len(tries[2] - tries[1] - tries[0]) == 36 - 10 - 20


def test_a_quiz_larger_than_what_there_is_has_what_there_is_and_says_so(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    fields = {"blueprint": "TINY", "topic": ["tiny-1-3", "tiny-2-4"], "size": "20"}
    response = client.post(START, {**fields, "feedback": "each"}, follow=True)
    assert "Only 2 questions match, so this practice has 2." in response.content.decode()
    assert Attempt.objects.get().responses.count() == 2
    page = client.post(START, fields, follow=True).text
    assert "Only 2" not in page, "on the button of a topic nobody has typed a number"


def test_an_empty_selection_says_to_drop_a_filter_and_keeps_the_others(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    response = start(client, blueprint, state="wrong", domain="2", size="7")
    html = response.content.decode()
    assert response.status_code == 409
    assert "No question matches. Drop one filter." in html
    fields = forms(response)["builder"].data()
    assert (fields["size"], fields["state"], fields["domain"]) == ("7", "wrong", "2")
    assert not Attempt.objects.exists()


def test_a_size_that_cannot_be_meant_loses_no_other_choice(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    response = start(client, blueprint, state="unseen", domain="2", size="many", feedback="end", timed="yes")
    fields = forms(response)["builder"].data()
    assert response.status_code == 400
    assert {"state": "unseen", "domain": "2", "feedback": "end", "timed": "yes"}.items() <= fields.items()


@pytest.mark.slow
def test_questions_kept_for_mock_exams_are_used_when_ticked(blueprint: Blueprint) -> None:
    factories.small_blueprint(code="SHORT")  # two exam domains with 6 questions, an exam takes 3 and 2
    client = browser(factories.candidate())
    short = Blueprint.objects.get(code="SHORT")
    response = start(client, short, domain="1")
    assert "kept for your mock exams" in response.content.decode()
    assert "Also ask new ones that are kept (" in text(response)
    assert start(client, short, domain="1", new="yes").status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"size": "0"}, 400, "Enter a number of questions from 1 to 100."),
        ({"size": "5000"}, 400, "Enter a number of questions from 1 to 100."),
        ({"state": "lost"}, 400, "One of the filters does not exist."),
        ({"kind": "dance"}, 400, "This kind of practice does not exist."),
        ({"feedback": "never"}, 400, "This kind of practice does not exist."),
        ({"attempt": "x"}, 400, "This attempt does not exist."),
    ],
)
def test_fields_that_cannot_be_meant_start_nothing(
    blueprint: Blueprint, fields: dict[str, str], status: int, sentence: str
) -> None:
    response = start(browser(factories.candidate()), blueprint, **fields)
    assert response.status_code == status
    assert sentence in response.content.decode()
    assert not Attempt.objects.exists()


@pytest.mark.slow
def test_mistakes_have_a_button_with_their_number_and_start(blueprint: Blueprint) -> None:
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    client = browser(exam.candidate)
    buttons = [form for form in forms(client.get("/practice/?exam=TINY")).values() if form.action == START]
    (button,) = [form for form in buttons if form.data().get("kind") == "mistakes"]
    assert client.post(START, button.data()).status_code == 303
    attempt = Attempt.objects.get(mode="practice")
    assert (attempt.practice_kind, attempt.feedback) == ("mistakes", "each")
    assert asked(attempt) == set(exam.responses.filter(correct=False).values_list("revision__question", flat=True))


@pytest.mark.slow
def test_what_is_due_has_a_button_and_answers_there_schedule_it(blueprint: Blueprint) -> None:
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW - timedelta(days=2))
    exam.responses.update(first_shown=NOW - timedelta(days=2))
    client = browser(exam.candidate)
    assert "2 due today" in page(client, blueprint)
    buttons = [form for form in forms(client.get("/practice/?exam=TINY")).values() if form.action == START]
    (button,) = [form for form in buttons if form.data().get("kind") == "repetition"]
    client.post(START, button.data())
    attempt = Attempt.objects.get(mode="practice")
    assert (attempt.practice_kind, attempt.feedback) == ("repetition", "each")
    assert asked(attempt) == set(exam.responses.filter(correct=False).values_list("revision__question", flat=True))
    row = attempt.responses.get(position=1)
    ticks = [bit for bit in row.bits if row.key >> bit & 1]
    client.post(f"/attempts/{attempt.uuid}/questions/1/", {"option": ticks, "version": 0, "sure": "3"})
    card = exam.candidate.cards.get(question=row.revision.question)
    assert card.last_review == NOW + timedelta(minutes=20)
    assert card.due > NOW + timedelta(days=2)
    assert "1 due today" in page(client, blueprint)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["quiz", "try", "full", "mistakes", "repetition", "today"])
def test_a_form_whose_reply_was_lost_leads_to_the_same_practice_when_its_script_sends_it_again(
    blueprint: Blueprint, kind: str
) -> None:
    candidate = factories.candidate()
    exam = factories.handed_in(1, candidate, blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    client = browser(candidate)
    with time_machine.travel(NOW + timedelta(days=3)):
        fields = {"blueprint": blueprint.code, "kind": kind, "pair": pair(client, blueprint)}
        replies = [client.post(START, fields, headers={"Accept": "application/json"}).json() for _ in range(2)]
    attempt = Attempt.objects.get(mode="practice")
    assert replies == [{"location": f"/attempts/{attempt.uuid}/"}] * 2


@pytest.mark.slow
def test_the_buttons_on_the_pages_after_an_attempt_can_be_sent_again(blueprint: Blueprint) -> None:
    exam = factories.scored(factories.handed_in(1, blueprint=blueprint, now=NOW))
    exam.responses.update(first_shown=NOW)
    client = browser(exam.candidate)
    start(client, blueprint, size="5")
    quiz = Attempt.objects.get(mode="practice")
    factories.tick(quiz, right=1)
    quiz.responses.update(first_shown=NOW, saved_at=NOW)
    ending.finish(quiz, NOW + timedelta(minutes=21))
    with time_machine.travel(NOW + timedelta(days=1)):
        for address in (f"/attempts/{exam.uuid}/report/", f"/attempts/{quiz.uuid}/report/", "/missed/"):
            buttons = [form for form in forms(client.get(address)).values() if form.action == START]
            assert buttons, address
            assert all(form.data().get("pair") for form in buttons), address


@pytest.mark.slow
def test_when_nothing_is_due_a_post_says_so(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    assert "due today" not in page(client, blueprint)
    response = start(client, blueprint, kind="repetition")
    assert response.status_code == 409
    assert "No question is due today." in response.content.decode()


@pytest.mark.slow
def test_without_mistakes_there_is_no_button_and_a_post_says_so(client: Client, blueprint: Blueprint) -> None:
    browsers = (browser(factories.candidate()), client)
    for visitor in browsers:
        assert "missed question" not in page(visitor, blueprint)
        response = start(visitor, blueprint, kind="mistakes", pair=pair(visitor, blueprint))
        assert response.status_code == 409
        assert "You have no missed questions to practice now." in response.content.decode()
    assert not Attempt.objects.exists()


def test_an_unknown_exam_is_not_found_and_a_get_leads_to_the_page(client: Client, blueprint: Blueprint) -> None:
    assert client.post(START, {"blueprint": "NO-1"}).status_code == 404
    assert client.post(START).status_code == 404
    assert client.get(START).url == "/practice/"


@pytest.mark.slow
def test_an_exam_without_collections_for_practice_has_none(blueprint: Blueprint) -> None:
    blueprint.spec["practice"] = []
    Blueprint.objects.filter(pk=blueprint.pk).update(spec=blueprint.spec)
    raise_bank_version()
    client = browser(factories.candidate())
    assert "There is no practice for this exam." in page(client, blueprint)
    response = start(client, blueprint)
    assert response.status_code == 409
    assert "There is no practice for this exam." in response.content.decode()


def test_several_quizzes_are_open_by_their_names_and_discarded(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="3", domain="1")
    start(client, blueprint, size="1", topic="tiny-2-3")
    first, second = Attempt.objects.order_by("pk")
    assert asked(first).isdisjoint(asked(second))
    assert [first.title, second.title] == ["First things, 3 questions", "Topic 2.1 3, 1 question"]
    second.responses.update(ticked=1)
    html = client.get("/practice/?exam=TINY").content.decode()
    for attempt in (first, second):
        assert attempt.title in html
        assert html.count(f"/practice/{attempt.uuid}/discard/") == 1, "the next step is not listed once more"
        response = client.post(f"/practice/{attempt.uuid}/discard/", follow=True)
        assert response.status_code == 200
        attempt.refresh_from_db()
    assert [first.status, second.status] == ["abandoned", "submitted"]
    assert "Topic 2.1 3, 1 question is ended. The answers that you gave count." in response.content.decode()
    history = client.get("/history/").content.decode()
    assert first.title not in history
    assert second.title in history
    assert browser(factories.candidate()).post(f"/practice/{second.uuid}/discard/").status_code == 404


@pytest.mark.slow
def test_the_unanswered_questions_of_a_finished_exam(blueprint: Blueprint) -> None:
    exam = factories.handed_in(2, blueprint=blueprint)
    exam.responses.filter(position__gte=4).update(ticked=0)
    start(browser(exam.candidate), blueprint, attempt=exam.uuid, state="unanswered", size="100")
    practice = Attempt.objects.get(mode="practice")
    assert asked(practice) == set(exam.responses.filter(position__gte=4).values_list("revision__question", flat=True))
    stranger = start(browser(factories.candidate()), blueprint, attempt=exam.uuid)
    assert stranger.status_code == 409
    assert "No question matches." in stranger.content.decode()


@pytest.mark.slow
def test_after_time_up_the_report_offers_the_unanswered_questions(blueprint: Blueprint) -> None:
    exam = factories.attempt(blueprint=blueprint, now=NOW - timedelta(hours=1))
    factories.tick(exam, 4)
    exam.responses.filter(position__gte=4).update(ticked=0)
    ending.close_if_overdue(exam, NOW)
    factories.scored(exam)
    client = browser(exam.candidate)
    report = client.get(f"/attempts/{exam.uuid}/report/")
    (button,) = [form for form in forms(report).values() if dict(form.fields).get("state") == "unanswered"]
    assert " ".join(button.buttons[0].text.split()) == "Continue with the 2 unanswered questions as practice"
    client.post(button.action, button.data())
    assert Attempt.objects.get(mode="practice").responses.count() == 2
    in_time = factories.scored(factories.handed_in(0, exam.candidate, blueprint, now=NOW))
    assert "as practice" not in client.get(f"/attempts/{in_time.uuid}/report/").content.decode()


@pytest.mark.slow
def test_no_question_of_an_open_exam_of_the_candidate_or_the_guest_beside_her(blueprint: Blueprint) -> None:
    owner, guest = factories.candidate(factories.user()), factories.candidate()
    running = [factories.attempt(candidate, blueprint, now=NOW) for candidate in (owner, guest)]
    client = browser(owner)
    session = client.session
    session["pending_guest"] = [guest.pk, guest.epoch]
    session.save()
    start(client, blueprint, size="100", new="yes")
    chosen = asked(Attempt.objects.get(mode="practice"))
    assert len(chosen) == 36 - len(asked(running[0]) | asked(running[1]))
    assert chosen.isdisjoint(asked(running[0]) | asked(running[1]))


def test_no_name_of_a_page_becomes_a_field_of_its_start_buttons() -> None:
    includes = [
        include
        for path in sorted((settings.BASE_DIR / "templates").rglob("*.html"))
        for include in re.findall(r"{% include .exams/practice/_start_button.html.*?%}", path.read_text())
    ]
    assert len(includes) > 5
    assert [include for include in includes if not include.endswith(" csrf_token=csrf_token only %}")] == []


def test_a_start_that_is_sent_again_leads_to_its_practice_which_has_asked_all_that_matches(
    blueprint: Blueprint,
) -> None:
    client = browser(factories.candidate())
    fields = {"topic": "tiny-2-3", "rested": "yes", "pair": pair(client, blueprint)}
    first, again = (start(client, blueprint, **fields) for _ in range(2))
    assert [first.status_code, again.status_code] == [303, 303]
    assert first["Location"] == again["Location"]
    assert start(client, blueprint, **fields | {"pair": pair(client, blueprint)}).status_code == 409
    assert Attempt.objects.count() == 1


@pytest.mark.slow
def test_one_tap_in_the_history_practices_what_was_missed(blueprint: Blueprint) -> None:
    exam = factories.scored(factories.handed_in(1, blueprint=blueprint, now=NOW))
    client = browser(exam.candidate)
    (button,) = [form for form in forms(client.get("/history/")).values() if "attempt" in dict(form.fields)]
    assert button.buttons[0].text == "Practice what you missed"
    page = client.post(button.action, button.data())
    assert page.status_code == 409
    assert "Every question that you missed there was asked today, or was right in the last 7 days." in page.text
    missed = exam.responses.filter(correct=False).values_list("revision__question", flat=True)
    assert f"{len(missed)} again, asked today" in page.text
    more = client.post(button.action, {**button.data(), "size": "2"})
    assert f"Ask 2 of {len(missed)} again" in text(more), "the number of the page that led here"
    (again,) = [
        form
        for form in forms(page).values()
        if " ".join(form.buttons[0].text.split()) == f"Ask the {len(missed)} again"
    ]
    client.post(again.action, again.data())
    quiz = Attempt.objects.get(mode="practice")
    assert asked(quiz) == set(missed), "the button of the message leads on"
    practice.discard(quiz, NOW)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        client.post(button.action, button.data())
    assert asked(Attempt.objects.get(mode="practice", status="open")) == set(missed)


def test_the_history_says_why_practice_asks_nothing_of_what_was_missed_and_what_is_next(
    blueprint: Blueprint,
) -> None:
    """What practice never asks was neither asked today nor right lately."""
    exam = factories.scored(factories.handed_in(1, blueprint=blueprint, now=NOW))
    Question.objects.filter(revisions__responses__in=exam.responses.filter(correct=False)).update(status="retired")
    raise_bank_version()
    client = browser(exam.candidate)
    (button,) = [form for form in forms(client.get("/history/")).values() if "attempt" in dict(form.fields)]
    page = text(client.post(button.action, button.data()))
    assert "Practice asks none of what you missed there: it is on trial, retired, or in an open exam." in page
    assert "Next best step" in page


@pytest.mark.parametrize("more", [{"topic": "tiny-2-3"}, {"domain": "2"}])
def test_a_further_filter_that_leaves_nothing_of_what_was_missed_is_to_be_dropped(
    blueprint: Blueprint, more: dict[str, str]
) -> None:
    exam = factories.scored(factories.handed_in(1, blueprint=blueprint, now=NOW))
    exam.responses.filter(exam_domain=2).update(ticked=F("key"))
    assert exam.responses.filter(correct=False).exists()
    page = text(start(browser(exam.candidate), blueprint, attempt=str(exam.uuid), state="wrong", **more))
    assert "No question matches. Drop one filter." in page
    assert "Practice asks none of what you missed there" not in page


def test_missed_questions_of_earlier_days_come_before_those_of_today_which_come_back_tomorrow(
    blueprint: Blueprint,
) -> None:
    candidate = factories.candidate()
    client = browser(candidate)
    questions = sorted(practice_pool(blueprint).items)[:6]
    for days, chosen in ((3, questions[:2]), (0, questions[2:])):
        at = NOW - timedelta(days=days)
        quiz = practice.start(candidate, blueprint, "quiz", chosen, feedback="end", timed=False, now=at).attempt
        for row in quiz.responses.all():
            quiz.responses.filter(pk=row.pk).update(ticked=row.full ^ row.key, first_shown=at, saved_at=at)
        practice.finish(quiz, at)
    page = client.get("/practice/")
    assert "6 missed questions 2 can be asked now. Practice 2 you missed Read all" in text(page)
    assert "2 can be asked now. 4 were asked today and come back from tomorrow on." in client.get("/missed/").text
    (button,) = [form for form in forms(page).values() if ("kind", "mistakes") in form.fields]
    assert button.buttons[0].text == "Practice 2 you missed"
    client.post(button.action, button.data())
    quiz = Attempt.objects.get(status="open")
    assert asked(quiz) == set(questions[:2])
    for row in quiz.responses.all():
        quiz.responses.filter(pk=row.pk).update(ticked=row.key, first_shown=NOW, saved_at=NOW)
    practice.finish(quiz, NOW)
    page = client.get("/practice/")
    assert "4 can be asked again today." in page.text
    (button,) = [form for form in forms(page).values() if ("kind", "mistakes") in form.fields]
    response = client.post(button.action, button.data(), follow=True)
    assert "4 questions: 4 again, asked today" in response.text
    assert asked(Attempt.objects.get(status="open")) == set(questions[2:])


@pytest.mark.slow
@pytest.mark.walk  # the disk of PostgreSQL cannot be seen from here
def test_a_full_disk_starts_nothing(blueprint: Blueprint, settings: Any) -> None:
    settings.MIN_FREE_BYTES = 10**18
    response = start(browser(factories.candidate()), blueprint)
    assert response.status_code == 507
    assert "disk is nearly full" in response.content.decode()


@pytest.mark.slow
def test_the_history_lists_practice_apart_from_exams(blueprint: Blueprint, django_assert_num_queries: Any) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="4")
    attempt = Attempt.objects.get()
    response = attempt.responses.order_by("position")[0]
    attempt.responses.filter(pk=response.pk).update(ticked=response.key)
    html = " ".join(client.get("/history/").content.decode().split())
    assert "open: 1 of 4 answered" in html
    ending.finish(attempt, NOW + timedelta(minutes=25))
    exams, _, practices = " ".join(client.get("/history/").content.decode().split()).partition('id="practices"')
    assert "1 of 1 right" in practices
    assert "of 4 asked" in practices
    assert str(attempt.uuid) not in exams


@pytest.mark.slow
def test_a_workout_is_a_quiz_of_questions_that_are_in_no_exam(blueprint: Blueprint) -> None:
    with_workouts(blueprint, code__startswith="tiny-d1")
    client = browser(factories.candidate())
    response = client.get("/practice/", {"exam": "TINY"})
    (button,) = [form for form in forms(response).values() if dict(form.fields).get("collection") == "workouts"]
    assert button.buttons[0].text.strip() == "Start a workout of 18"
    client.post(button.action, button.data())
    attempt = Attempt.objects.get()
    assert set(attempt.responses.values_list("revision__question__collection", flat=True)) == {"workouts"}
