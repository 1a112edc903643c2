"""Test that pages declare the language of questions that are not in English, and of nothing else."""

import re

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Sitting
from exams.services.attempt import ending
from questions.models import Blueprint, Collection, Question
from questions.services import approval
from tests import authoring, factories
from tests.authoring import account
from tests.exams.views.practice import studying
from tests.factories import NOW
from tests.sitting import Guest

pytestmark = pytest.mark.django_db
IN_GERMAN = re.compile(r'<(div|span|li)[^>]* lang="de"')


def german(language: str = "de") -> None:
    """Give the collection of the small exam a language."""
    Collection.objects.update_or_create(slug="tiny", defaults={"language": language})


def n_in_german(answer: HttpResponse | str) -> int:
    return len(IN_GERMAN.findall(answer if isinstance(answer, str) else answer.text))


def test_the_room_its_script_and_the_review_declare_the_language(guest: Guest, attempt: Attempt) -> None:
    first = reverse("question", args=[attempt.uuid, 1])
    guest.get(first)
    assert n_in_german(guest.html) == 0
    german()
    guest.get(first)
    n_options = len(attempt.responses.get(position=1).order)
    assert n_in_german(guest.html) == 1 + n_options, "the stem and each option"
    paper = guest.client.get(reverse("paper", args=[attempt.uuid])).json()
    assert [n_in_german(question["html"]) for question in paper["questions"]] == [
        1 + len(order) for order in attempt.responses.order_by("position").values_list("order", flat=True)
    ]
    guest.press("finish", "ask")
    guest.press("finish", "yes")
    factories.scored(attempt)
    guest.get(reverse("review", args=[attempt.uuid]))
    n = sum(map(len, attempt.responses.values_list("order", flat=True)))
    # A stem and an explanation each question, a text and a reason each option.
    assert n_in_german(guest.html) == 2 * attempt.responses.count() + 2 * n
    guest.get(reverse("review_question", args=[attempt.uuid, 1]))
    assert n_in_german(guest.html) == 2 + 2 * n_options
    assert '<html lang="en"' in guest.html


def test_english_is_not_declared_again(guest: Guest, attempt: Attempt) -> None:
    german("en")
    guest.get(reverse("question", args=[attempt.uuid, 1]))
    assert guest.html.count(" lang=") == 1, "of the page"


@time_machine.travel(NOW, tick=False)
def test_practice_declares_the_language(blueprint: Blueprint) -> None:
    german()
    practiced = studying.start(blueprint)
    guest = studying.enter(practiced)
    n_options = len(practiced.responses.get(position=1).order)
    assert n_in_german(guest.html) == 1 + n_options
    studying.check(guest, studying.key_of(practiced))
    assert n_in_german(guest.html) == 2 + 2 * n_options, "with explanation and reasons"
    paper = guest.client.get(reverse("paper", args=[practiced.uuid])).json()
    assert n_in_german(paper["questions"][0]["html"]) == 2 + 2 * n_options


def _one_paper(client: Client) -> Sitting:
    owner = account("ina", "Instructor")
    client.force_login(owner)
    sitting = factories.sitting(factories.one_form_blueprint(), owner=owner)
    german()
    return sitting


def test_the_printed_paper_and_the_exchange_declare_the_language(client: Client) -> None:
    sitting = _one_paper(client)
    assert sitting.form is not None
    for query in ("", "?key=no"):
        page = client.get(reverse("admin:exams_sitting_paper", args=[sitting.pk]) + query)
        assert n_in_german(page) > 3 * sitting.form.n_questions
    assert n_in_german(client.get(reverse("admin:exams_sitting_exchange", args=[sitting.pk, 1]))) >= 1


def test_results_by_question_and_disputes_declare_the_language(client: Client) -> None:
    sitting = _one_paper(client)
    attempt = factories.class_attempt(sitting)
    factories.tick(attempt, 3)
    ending.finish(attempt, NOW)
    factories.scored(attempt)
    assert n_in_german(client.get(reverse("admin:exams_sitting_result_questions", args=[sitting.pk]))) > 10
    revision = attempt.responses.values_list("revision", flat=True)[0]
    client.force_login(account("ada", "Administrator"))
    assert n_in_german(client.get(reverse("admin:exams_keyruling_dispute", args=[revision]))) >= 3


def test_the_pages_of_authors_and_reviewers_declare_the_language(client: Client) -> None:
    ada = account("ada", "Author")
    question = authoring.question(ada)
    n_options = len(authoring.CONTENT.options)
    Question.objects.filter(pk=question.pk).update(collection="tiny")
    german()
    client.force_login(ada)
    typed = {"code": "new", "stem": "Was?", "collection": "tiny", "options-TOTAL_FORMS": "1"}
    typed |= {"options-INITIAL_FORMS": "0", "options-0-text": "Das.", "references-TOTAL_FORMS": "0"}
    preview = client.post(reverse("admin:question_preview_new"), typed | {"references-INITIAL_FORMS": "0"})
    assert n_in_german(preview) == 2
    client.force_login(account("rita", "Reviewer"))
    assert n_in_german(client.get(reverse("admin:questions_question_change", args=[question.pk]))) == 2 + 2 * n_options
    approval.submit([question], now=NOW, by=ada)
    assert n_in_german(client.get(reverse("admin:approval", args=[question.pk]))) == 1 + n_options
