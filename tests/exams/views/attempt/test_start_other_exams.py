"""Test exams other than the one on the front page: rules, sitting, versions."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate
from questions.models import Blueprint
from questions.services import blueprints
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


def test_the_rules_of_a_quiz_do_not_mention_another_exam(client: Client, quiz: Blueprint) -> None:
    page_text = text(client.get(reverse("exam", args=["QUIZ"])))
    assert "AWS retired this exam" not in page_text
    assert "The exams that replace it" not in page_text
    assert "The exam does not show whether an answer is right. An unanswered question" in page_text
    assert "6 questions of the bank" in page_text
    assert "Scored" not in page_text


@pytest.mark.slow
def test_a_quiz_is_sat_and_scored(client: Client, quiz: Blueprint) -> None:
    guest = Guest.start(client, quiz)
    attempt = Attempt.objects.get()
    assert (attempt.blueprint_code, attempt.form.n_scored, attempt.form.n_unscored) == ("QUIZ", 3, 0)
    front = text(client.get("/"))
    assert "An exam is running: My own quiz" in front
    assert "Choose this exam" not in front, "another one is chosen in the header"
    guest.get(reverse("exam", args=["TINY"]))
    rules = next(form for form in forms(guest.response).values() if "pair" in dict(form.fields))
    client.post(rules.action or guest.path, rules.data(), follow=True)
    assert Attempt.objects.filter(candidate=Candidate.objects.get()).count() == 2
    front = text(client.get("/"))
    assert "An exam is running: Small" in front
    assert "An exam is running: My own quiz" in front
    assert "Start an exam" not in front


@pytest.mark.slow
def test_a_withdrawn_exam_continues_for_its_candidates_and_cannot_be_started(client: Client, quiz: Blueprint) -> None:
    rules = next(
        form for form in forms(client.get(reverse("exam", args=["QUIZ"]))).values() if "pair" in dict(form.fields)
    )
    sitting = Guest.start(Client(), quiz)
    blueprints.admit(quiz, on=False)
    refused = client.post(reverse("exam", args=["QUIZ"]), rules.data())
    assert refused.status_code == 409
    assert "This exam is closed to new candidates." in text(refused)
    assert "Start exam" not in text(refused)
    assert Attempt.objects.count() == 1
    assert sitting.get(sitting.path).status_code == 200
    assert "Back to question 1" in text(sitting.get(reverse("exam", args=["QUIZ"])))


def test_an_exam_that_is_not_on_the_start_page_can_be_started_by_its_address(client: Client, quiz: Blueprint) -> None:
    blueprints.offer(quiz, on=False)
    assert "My own quiz" not in text(client.get("/"))
    Guest.start(client, quiz)
    assert Attempt.objects.count() == 1


@pytest.mark.slow
def test_an_open_exam_keeps_its_version(client: Client, quiz: Blueprint) -> None:
    guest = Guest.start(client, quiz)
    blueprints.make(replace(quiz.exam, minutes=5, scored=2), known_version=1, now=NOW)
    attempt = Attempt.objects.get()
    assert attempt.form.blueprint == quiz
    assert guest.get(guest.path).status_code == 200
    assert "of 3" in text(guest.response)


@pytest.mark.slow
def test_scoring_is_explained_with_the_numbers_of_the_exam_that_was_sat(client: Client, quiz: Blueprint) -> None:
    rules = client.get(reverse("exam", args=["QUIZ"])).content.decode()
    assert f'href="{reverse("method")}?exam=QUIZ"' in rules
    assert "AWS does not publish" not in rules
    page_text = text(client.get(reverse("method"), {"exam": "QUIZ"}))
    assert "3 of 3 questions are scored." in page_text
    assert "Example: a form of 3 questions with a pass line of 2.08" in page_text
    assert "This exam draws from 6 questions." in page_text
    assert "the pass line moves by 0.15 questions" in page_text
    for words in ("AWS", "Unscored questions"):
        assert words not in page_text.replace("Amazon Web Services", "").partition("Sources:")[0]
    assert client.get(reverse("method"), {"exam": "NONE"}).status_code == 404
    assert "What AWS publishes" in text(client.get(reverse("method"), {"exam": "TINY"}))
