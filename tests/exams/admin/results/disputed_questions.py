"""Staff, the dispute page of a question, and the form of a ruling, for tests of key disputes."""

import re
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from questions.models import Revision
from tests import factories

LOOK = ("view_question", "view_questionreport", "view_revision")
ANSWER = (*LOOK, "change_questionreport")
RULE = (*ANSWER, "approve_question", "view_keyruling", "change_keyruling")


def staff(*permissions: str) -> Client:
    user = factories.user(f"staff{len(permissions)}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def page(revision: Revision) -> str:
    return reverse("admin:exams_keyruling_dispute", args=[revision.pk])


def other(revision: Revision) -> int:
    return next(bit for bit in range(revision.n_options) if 1 << bit != revision.key)


def form(revision: Revision, **fields: Any) -> dict[str, Any]:
    return {"what": "correct", "key": [other(revision)], "reason": "The page says so.", "last": "0"} | fields


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
