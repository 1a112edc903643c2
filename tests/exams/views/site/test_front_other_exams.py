"""Test the list of exams on the front page."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from questions.models import Blueprint, Question
from questions.services import blueprints
from questions.services.bank_version import raise_bank_version
from tests.exams.views.other_exams import other_exam
from tests.factories import NOW
from tests.html_forms import forms, text

pytestmark = pytest.mark.django_db


def test_the_front_page_lists_the_exams_those_that_can_be_booked_first(client: Client, quiz: Blueprint) -> None:
    page_text = text(client.get("/"))
    assert (
        "QUIZ. 3 questions, 20 minutes, pass mark 750 of 1000. 6 questions here, from which mock exams are drawn."
        in page_text
    )
    quiz_at, retired_at = (page_text.index(f"{code}. ") for code in ("QUIZ", "TINY"))
    assert quiz_at < retired_at < page_text.index("AWS retired this exam")


def test_only_the_chosen_exam_can_start_there_and_the_others_can_be_chosen(client: Client, quiz: Blueprint) -> None:
    page_text = text(client.get("/"))
    assert (page_text.count("Start an exam"), page_text.count("Try 10 questions")) == (1, 1)
    assert page_text.count("Choose this exam : Small") == 1
    choice = next(form for form in forms(client.get("/")).values() if form.buttons[0].text.startswith("Choose"))
    origin = {"Origin": "http://testserver", "Referer": "http://testserver/"}
    client.post(choice.action, {"exam": choice.buttons[0].value}, headers=origin)
    assert "Choose this exam : My own quiz" in text(client.get("/"))


def test_a_bank_that_is_too_small_for_an_exam_says_what_works_meanwhile(client: Client, blueprint: Blueprint) -> None:
    small = other_exam("NEXT", "The next exam")
    in_bank = Question.objects.filter(collection="tiny")
    Question.objects.filter(pk__in=in_bank.filter(exam_domain__number=2).values("pk")[2:]).update(status="retired")
    raise_bank_version()
    assert "You can practice with those that there are." in text(client.get("/"))
    rules = client.get(reverse("exam", args=[small.code]))
    assert f'href="{reverse("practice")}?exam=NEXT"' in rules.text
    in_bank.update(status="retired")
    raise_bank_version()
    for path in ("/", reverse("exam", args=[small.code]), reverse("practice")):
        assert "Practice opens as questions are published." in text(client.get(path)), path
    assert "Try 10" not in text(client.get("/"))


def test_a_single_exam_has_no_list(client: Client, quiz: Blueprint) -> None:
    blueprints.offer(quiz, on=False)
    page_text = text(client.get("/"))
    assert "Which exam" not in page_text
    assert "My own quiz" not in page_text


def test_a_closed_exam_on_the_start_page_says_so(client: Client, quiz: Blueprint) -> None:
    blueprints.admit(quiz, on=False)
    assert "6 questions here, from which mock exams are drawn. Closed to new candidates." in text(client.get("/"))


def test_only_the_newest_version_is_listed(client: Client, quiz: Blueprint) -> None:
    blueprints.make(replace(quiz.exam, title="My better quiz", short_title="Better"), known_version=1, now=NOW)
    page_text = text(client.get("/"))
    assert "My better quiz" in page_text
    assert "My own quiz" not in page_text
    blueprints.offer(Blueprint.objects.get(code="QUIZ", version=2), on=False)
    assert "quiz" not in text(client.get("/"))  # the older one does not return


@pytest.mark.parametrize("exams", [1, 4])
def test_the_page_takes_a_constant_number_of_queries(
    client: Client, quiz: Blueprint, exams: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, exams):
        other_exam(f"QUIZ-{number}", f"Quiz {number}")
    client.get("/")  # the pool is read once
    with django_assert_num_queries(2):
        assert client.get("/").status_code == 200
