"""Test the list of other exams on the front page."""

from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from questions.models import Blueprint
from questions.services import blueprints
from tests.exams.views.other_exams import other_exam
from tests.factories import NOW
from tests.html_forms import text

pytestmark = pytest.mark.django_db


def test_the_front_page_lists_other_exams_below_its_own(client: Client, quiz: Blueprint) -> None:
    page_text = text(client.get("/"))
    assert "Other exams My own quiz 3 questions, 20 minutes" in page_text
    assert page_text.index("AWS retired this exam") < page_text.index("Other exams")


def test_a_single_exam_has_no_list(client: Client, quiz: Blueprint) -> None:
    blueprints.offer(quiz, on=False)
    page_text = text(client.get("/"))
    assert "Other exams" not in page_text
    assert "My own quiz" not in page_text


def test_a_closed_exam_on_the_start_page_says_so(client: Client, quiz: Blueprint) -> None:
    blueprints.admit(quiz, on=False)
    assert "My own quiz 3 questions, 20 minutes, closed to new candidates" in text(client.get("/"))


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
