"""Test the rules page: extra time that candidates choose, and the setting that leaves it to staff."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Allowance, Attempt, Candidate
from exams.services.attempt import ending, extra_time
from exams.services.practice import practice
from exams.services.results import scoring
from questions.models import Blueprint, Question
from questions.services import blueprints
from tests import factories
from tests.html_forms import forms
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint(db: None) -> Blueprint:
    return factories.small_blueprint(minutes=60, exams=2)


def start(client: Client, blueprint: Blueprint, **more: str) -> Any:
    page = client.get(reverse("exam", args=[blueprint.code]))
    (form,) = [form for form in forms(page).values() if "pair" in dict(form.fields)]
    return client.post(form.action, form.data() | more, follow=True)


def length(attempt: Attempt) -> timedelta:
    return attempt.deadline - attempt.started_at


def test_the_page_lists_each_choice_with_its_total_and_for_whom_it_is(client: Client, blueprint: Blueprint) -> None:
    html = client.get(reverse("exam", args=[blueprint.code])).content.decode()
    html = re.sub(r"\s*(</?option[^>]*>)\s*", r"\1", html)
    assert '<option value="">None</option>' in html
    assert '<option value="esl">30 minutes, 90 in total</option>' in html
    assert '<option value="percent-25">25%: 15 minutes, 75 in total</option>' in html
    assert '<option value="percent-100">100%: 60 minutes, 120 in total</option>' in html
    assert "30 minutes: English is not my first language." in html
    assert "The report shows the extra time that you chose." in html


@pytest.mark.parametrize(("code", "minutes"), [("", 60), ("esl", 90), ("percent-25", 75), ("percent-100", 120)])
def test_the_clock_starts_with_the_chosen_time(client: Client, blueprint: Blueprint, code: str, minutes: int) -> None:
    start(client, blueprint, extra=code)
    attempt = Attempt.objects.get()
    assert length(attempt) == timedelta(minutes=minutes)
    assert [allowance.minutes for allowance in attempt.allowances.all()] == ([minutes - 60] if code else [])


def test_a_start_without_the_field_gets_no_extra_time(client: Client, blueprint: Blueprint) -> None:
    start(client, blueprint)
    assert length(Attempt.objects.get()) == timedelta(minutes=60)


def test_a_choice_that_is_not_offered_starts_no_clock(client: Client, blueprint: Blueprint) -> None:
    answer = start(client, blueprint, extra="percent-900")
    assert answer.status_code == 400
    assert "This extra time is not available" in answer.content.decode()
    assert not Attempt.objects.exists()


def test_a_second_click_adds_no_second_allowance(client: Client, blueprint: Blueprint) -> None:
    page = client.get(reverse("exam", args=[blueprint.code]))
    (form,) = [form for form in forms(page).values() if "pair" in dict(form.fields)]
    for _ in range(2):
        client.post(form.action, form.data() | {"extra": "esl"})
    assert length(Attempt.objects.get()) == timedelta(minutes=90)
    assert Allowance.objects.count() == 1


def test_the_report_shows_the_chosen_time(client: Client, blueprint: Blueprint) -> None:
    start(client, blueprint, extra="esl")
    attempt = Attempt.objects.get()
    extra_time.grant(attempt, 12, "Power cut", factories.user("proctor"), timezone.now())
    ending.finish(attempt, timezone.now())
    scoring.score(attempt.pk, timezone.now())
    html = client.get(reverse("report", args=[attempt.uuid])).content.decode()
    for words in ("42 minutes", "30 chosen by you", "12 given while it ran"):
        assert words in html
    assert "set for you" not in html
    assert "Power cut" not in html


@pytest.mark.slow
def test_time_set_by_staff_is_among_the_choices_and_a_longer_one_includes_it(
    client: Client, blueprint: Blueprint
) -> None:
    guest = Guest.start(client, blueprint)
    attempt = Attempt.objects.get()
    ending.finish(attempt, timezone.now())
    extra_time.set_standing_extra_time(Candidate.objects.get(), 25, 0)
    guest.get(reverse("exam", args=[blueprint.code]))
    assert "75 minutes" in guest.html
    assert "15 of them are extra time set for you" in guest.html
    options = re.findall(r"<option[^>]*>\s*(.*?)\s*</option>", guest.html, re.DOTALL)
    assert [" ".join(option.split()) for option in options] == [
        "15 minutes, set for you, 75 in total",
        "30 minutes, 90 in total",
        "100%: 60 minutes, 120 in total",
    ]
    start(client, blueprint, extra="esl")
    second = Attempt.objects.open().get()
    assert length(second) == timedelta(minutes=90)
    assert [allowance.minutes for allowance in second.allowances.all()] == [15]


def test_time_set_by_staff_that_no_choice_exceeds_leaves_no_choice(client: Client, blueprint: Blueprint) -> None:
    guest = Guest.start(client, blueprint)
    ending.finish(Attempt.objects.get(), timezone.now())
    extra_time.set_standing_extra_time(Candidate.objects.get(), 0, 60)
    guest.get(reverse("exam", args=[blueprint.code]))
    assert 'name="extra"' not in guest.html
    assert "60 of them are extra time set for you" in guest.html


def test_with_the_setting_off_the_field_is_hidden_and_posted_values_are_ignored(
    client: Client, blueprint: Blueprint, settings: Any
) -> None:
    settings.SELF_ALLOWANCE = False
    html = client.get(reverse("exam", args=[blueprint.code])).content.decode()
    assert 'name="extra"' not in html
    assert "Need more time? Ask" in html
    start(client, blueprint, extra="percent-100")
    assert length(Attempt.objects.get()) == timedelta(minutes=60)
    assert not Allowance.objects.exists()


def test_keyboard_shortcuts_can_be_switched_off_before_the_start(client: Client, db: None) -> None:
    blueprint = factories.small_blueprint()
    page = client.get(reverse("exam", args=[blueprint.code]))
    (form,) = [form for form in forms(page).values() if "pair" in dict(form.fields)]
    client.post(form.action, {name: value for name, value in form.fields if name != "keys"})
    assert Candidate.objects.get().preferences == {"keys": False, "exam": blueprint.code}
    room = client.get(reverse("attempt", args=[Attempt.objects.get().uuid]), follow=True)
    assert 'data-keys="off"' in room.content.decode()


def test_a_new_account_is_not_told_that_it_starts_as_a_guest(client: Client, blueprint: Blueprint) -> None:
    address = reverse("exam", args=[blueprint.code])
    assert "You start as a guest." in client.get(address).text
    client.force_login(factories.user("nina"))
    assert "You start as a guest." not in client.get(address).text


def test_the_page_says_how_many_mock_exams_are_new_and_warns_of_repeats(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    client = browser(candidate)

    def page() -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", client.get(reverse("exam", args=[blueprint.code])).text).split())

    assert "New to you 4 mock exams 24 questions of the bank" in page()
    assert "repeats" not in page()
    now = timezone.now()
    for first, last, sentence in (
        (0, 20, "Only 4 questions are new to you, so this exam probably repeats some"),
        (20, 24, "You have seen all questions of the bank: this exam repeats them."),
    ):
        questions = list(Question.objects.order_by("pk").values_list("pk", flat=True)[first:last])
        quiz = practice.start(candidate, blueprint, "quiz", questions, feedback="end", timed=False, now=now).attempt
        quiz.responses.update(ticked=1, first_shown=now, saved_at=now)
        ending.finish(quiz, now)
        assert "0 mock exams" in page()
        assert sentence in page()


def test_a_closed_exam_promises_no_report(client: Client, blueprint: Blueprint) -> None:
    """Only a class can start it, whose results may wait for a release."""
    address = reverse("exam", args=[blueprint.code])
    assert "The report is ready in a few seconds." in client.get(address).text
    blueprints.admit(blueprint, on=False)
    page = client.get(address).text
    assert "This exam is closed to new candidates." in page
    assert "The report is ready" not in page
