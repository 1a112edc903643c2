"""Test the list of questions to look at first: links and permissions."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.admin.analysis import needs_attention
from questions.models import Question, QuestionReport, User
from questions.services import history, lint_queue
from tests import factories
from tests.authoring import account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
PAGE = "/admin/needs-attention/"


@pytest.fixture
def rows() -> list[Question]:
    """Return a reported question, one that breaks a rule, and one with old facts."""
    factories.small_blueprint()
    factories.add_points()
    Question.objects.update(as_of=timezone.localdate())
    reported, broken, old = Question.objects.filter(current__choose=1).order_by("pk")[:3]
    Question.objects.exclude(pk__in=[reported.pk, broken.pk, old.pk]).update(status="retired")
    assert reported.current
    QuestionReport.objects.create(
        revision=reported.current, candidate_uuid=factories.candidate().uuid, text="Wrong.", at=timezone.now()
    )
    Question.objects.filter(pk=broken.pk).update(origin="shipped")
    history.record(broken, "edited", now=timezone.now(), by=None)
    Question.objects.filter(pk=old.pk).update(as_of=datetime.date(2020, 1, 1))
    return [reported, broken, old]


def buttons(client: Client, address: str = PAGE) -> list[tuple[str, str]]:
    return re.findall(r'<a class="button" href="([^"]*)">([^<]*)<span', client.get(address).text)


def test_each_row_has_one_button_with_the_right_link(client: Client, rows: list[Question]) -> None:
    client.force_login(account("rob", "Reviewer"))
    reported, broken, old = rows
    buttons_shown = buttons(client)
    assert buttons_shown == [
        (reverse("admin:exams_keyruling_dispute", args=[reported.current_id]), "Open the reports"),
        (reverse("admin:questions_question_change", args=[broken.pk]) + "#checks", "View the finding"),
        (reverse("admin:questions_question_change", args=[old.pk]) + "#id_as_of", "Check the facts"),
    ]
    for address, _label in buttons_shown:
        place, _, anchor = address.partition("#")
        answer = client.get(place)
        assert answer.status_code == 200
        assert not anchor or f'id="{anchor}"' in answer.text


def test_users_without_the_permission_see_no_reports(client: Client, rows: list[Question]) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_question"))
    client.force_login(user)
    page = client.get(PAGE).text
    assert rows[1].code in page
    assert rows[0].code not in page
    assert "Wrong." not in page


def test_long_lists_are_paginated(client: Client, rows: list[Question], monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(account("rob", "Reviewer"))
    monkeypatch.setattr(needs_attention, "QUESTIONS_PER_PAGE", 2)
    assert len(buttons(client)) == 2
    assert [label for _, label in buttons(client, f"{PAGE}?page=2")] == ["Check the facts"]
    assert "1–2 of 3" in client.get(PAGE).text


@pytest.mark.slow
def test_no_problems_are_found_only_when_all_questions_are_checked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.small_blueprint(scored=8)
    Question.objects.exclude(current__choose=1).update(status="retired")  # the checks find faults in some of these
    Question.objects.update(as_of=timezone.localdate())
    monkeypatch.setattr(lint_queue, "PAGE_SIZE", 4)
    client.force_login(account("rob", "Reviewer"))
    asked = Question.objects.filter(status="live").count()
    for address in (reverse("admin:index"), PAGE):
        page = client.get(address).text
        assert "No problems found so far" in page
        assert "no errors" not in page
        assert re.search(rf"covered \d+ of {asked} live and pilot questions", page)
    for _ in range(asked):
        page = client.get(PAGE).text
    assert "No problems found: no open reports" in page
    assert "so far" not in client.get(reverse("admin:index")).text


def test_other_users_are_refused_and_posts_are_not_allowed(client: Client, rows: list[Question]) -> None:
    assert client.get(PAGE).status_code == 302
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(PAGE).status_code == 403
    client.force_login(account("rob", "Reviewer"))
    assert client.post(PAGE).status_code == 405
