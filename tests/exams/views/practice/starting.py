"""The page of practice and its form as a browser uses them."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from exams.models import Attempt
from questions.models import Blueprint, Question
from questions.services.bank_version import raise_bank_version

START = "/practice/start/"


def page(client: Client, blueprint: Blueprint, **query: Any) -> str:
    return client.get(reverse("practice"), {"exam": blueprint.code, **query}).content.decode()


def pair(client: Client, blueprint: Blueprint) -> str:
    (token,) = set(re.findall(r'name="pair" value="([^"]+)"', page(client, blueprint)))
    return token


def start(client: Client, blueprint: Blueprint, **fields: Any) -> Any:
    return client.post(START, {"blueprint": blueprint.code, **fields})


def asked(attempt: Attempt) -> set[int]:
    return set(attempt.responses.values_list("revision__question", flat=True))


def with_workouts(blueprint: Blueprint, **questions: str) -> None:
    Question.objects.filter(**questions).update(collection="workouts")
    Blueprint.objects.filter(code=blueprint.code).update(spec={**blueprint.spec, "practice": ["tiny", "workouts"]})
    raise_bank_version()
