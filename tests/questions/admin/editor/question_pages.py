"""The pages of one question in the admin, what their form submits, and a question that is live."""

from typing import Any

from django.test import Client
from django.urls import reverse

from questions.models import Question, User
from questions.services import approval, ratings
from tests.authoring import NOW, account
from tests.html_forms import form_values


def address(question: Question, what: str = "change") -> str:
    return reverse(f"admin:questions_question_{what}", args=[question.pk])


def sent(client: Client, url: str, **changed: Any) -> dict[str, Any]:
    return {**form_values(client.get(url).text, "write"), **changed}


def live(question: Question, author: User) -> Question:
    rob = account("rob", "Reviewer")
    approval.submit([question], now=NOW, by=author)
    ratings.rate([question], 70, now=NOW, by=rob)
    approval.approve([question], pilot=False, now=NOW, by=rob)
    return question
