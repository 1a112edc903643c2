"""Test the bank report in the admin: only staff who may view questions see it, and it writes nothing."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from questions.models import Question
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(settings: Any) -> str:
    settings.FRONT_EXAM = "TINY"
    factories.small_blueprint()
    return reverse("admin:bank_report")


def signed_in(name: str, *permissions: str, staff: bool = True) -> Client:
    user = factories.user(name, is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="questions", codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_an_instructor_opens_the_report_from_the_question_list(address: str) -> None:
    instructor = signed_in("instructor", "view_question")
    assert (
        f'<a href="{address}">Bank report</a>'
        in instructor.get(reverse("admin:questions_question_changelist")).content.decode()
    )
    html = instructor.get(address).content.decode()
    assert "A small exam: exams draw from 12 questions." in html
    assert "A new candidate can take 2 exams without a repeated question." in html
    rows = re.sub(r">\s+|\s+<", lambda match: match[0].strip(), html)
    assert '<th scope="row">1 First things</th><td>6</td><td>50%</td><td>50%</td><td>1</td>' in rows
    assert '<th scope="row">60-64</th><td>8</td>' in rows
    assert '<th scope="row">asks for a technique</th><td>0</td><td>4</td>' in rows
    assert f'<a href="{reverse("guide_topic", args=["tiny-1-1"])}">Topic 1.1 1</a></th><td>1</td><td>1</td>' in rows
    assert '<th scope="row">2 or more</th><td>0</td>' in rows
    assert '<th scope="row">names a role</th><td>0.0 %</td><td>at least 45 %</td><td><strong>no</strong></td>' in rows
    assert "Topic 2.1 6" in html
    assert 'style="' not in html


def test_staff_without_the_permission_are_refused(address: str) -> None:
    assert signed_in("proctor").get(address).status_code == 403


def test_users_who_are_not_staff_are_redirected(address: str) -> None:
    answer = Client().get(address, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    answer = signed_in("alice", "view_question", staff=False).get(address, follow=True)
    assert "exams draw from" not in answer.content.decode()


def test_the_page_is_read_only(address: str) -> None:
    assert signed_in("instructor", "view_question", "change_question").post(address).status_code == 405


def test_an_empty_bank_and_an_empty_database_get_a_message(address: str, settings: Any) -> None:
    instructor = signed_in("instructor", "view_question")
    Question.objects.all().update(status="retired")
    html = instructor.get(address).content.decode()
    assert "exams draw from 0 questions." in html
    assert "A new candidate can take 0 exams without a repeated question." in html
    settings.FRONT_EXAM = "OTHER"
    assert "The database contains no bank." in instructor.get(address).content.decode()
