"""Test the page of outages: what each took, giving it back to all, a class or some, and closing."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Allowance, Attempt, Outage
from questions.models import User
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/admin/exams/outages/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def outage() -> Outage:
    """An outage of ten minutes that has just ended, in which the exams of `running` had their deadlines."""
    now = timezone.now()
    return Outage.objects.create(began_at=now - timedelta(minutes=10), ended_at=now, cause="silence")


def running(n: int, outage: Outage) -> list[Attempt]:
    blueprint = factories.small_blueprint(minutes=30, code=f"TINY{n}")
    start = outage.began_at - timedelta(minutes=25)
    return [factories.attempt(factories.candidate(), blueprint, now=start) for _ in range(n)]


def post(client: Client, outage: Outage, **fields: Any) -> str:
    response = client.post(reverse("admin:exams_outage_decide", args=[outage.pk]), fields, follow=True)
    assert response.status_code == 200
    return " ".join(response.text.split())


def test_the_minutes_are_given_back_to_all_with_the_reason_in_the_log(staff: Client, outage: Outage) -> None:
    exams = running(2, outage)
    page = " ".join(staff.get(PAGE).text.split())
    assert "2 exams are held." in page
    assert "Give back to all 2 exams" in page
    assert "2 exams got their minutes back." in post(staff, outage, give="all", reason="Power cut.")
    assert {row.reason for row in Allowance.objects.all()} == {"Power cut."}
    for attempt in exams:
        attempt.refresh_from_db()
        assert attempt.deadline > timezone.now() + timedelta(minutes=4)
    assert LogEntry.objects.get().change_message == "2 exams got their minutes back."


def test_a_second_click_says_that_they_were_given(staff: Client, outage: Outage) -> None:
    running(1, outage)
    post(staff, outage, give="all")
    assert "No running exam has minutes of this outage to get back" in post(staff, outage, give="all")
    assert Allowance.objects.count() == 1


def test_only_the_selected_get_them(staff: Client, outage: Outage) -> None:
    chosen, _other = running(2, outage)
    assert "1 exam got its minutes back." in post(staff, outage, give="chosen", exam=[chosen.pk, "x", "-1"])
    assert Allowance.objects.get().attempt == chosen


def test_one_class_gets_them_and_the_others_wait_for_a_decision(staff: Client, outage: Outage) -> None:
    alone = running(1, outage)[0]
    start = outage.began_at - timedelta(minutes=25)
    terms = {"opens_at": start, "last_start_at": start + timedelta(hours=1), "closes_at": start + timedelta(hours=3)}
    sittings = [factories.sitting(factories.small_blueprint(minutes=30, code=code), **terms) for code in ("A1", "B2")]
    first, second = (factories.class_attempt(sitting, now=start) for sitting in sittings)
    page = " ".join(staff.get(PAGE).text.split())
    assert f'name="give" value="{sittings[0].pk}"' in page
    assert "1 exam got its minutes back." in post(staff, outage, give=str(sittings[0].pk))
    assert [row.attempt for row in Allowance.objects.all()] == [first]
    outage.refresh_from_db()
    assert outage.decision == "", "the others are held still"
    assert {alone, second} == set(Attempt.objects.held(timezone.now()))
    assert "No running exam has minutes of this outage to get back" in post(staff, outage, give=str(sittings[0].pk))


def test_nobody_selected_gives_nothing(staff: Client, outage: Outage) -> None:
    running(1, outage)
    assert "No running exam has minutes" in post(staff, outage, give="chosen")


def test_staff_close_them_as_they_are_once(staff: Client, outage: Outage) -> None:
    running(1, outage)
    assert "end at them" in post(staff, outage, decision="close")
    assert "decided already: exams end at their deadlines" in post(staff, outage, decision="close")


def test_a_class_that_does_not_exist_gets_nothing(staff: Client, outage: Outage) -> None:
    running(1, outage)
    for whom in ("", "99999", "x"):
        assert "Choose who gets the minutes back." in post(staff, outage, give=whom)
    assert not Allowance.objects.exists()


def test_the_page_takes_as_many_queries_for_three_exams_as_for_one(
    staff: Client, outage: Outage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    running(1, outage)
    with django_assert_num_queries(7):
        staff.get(PAGE)
    running(3, outage)
    with django_assert_num_queries(7):
        staff.get(PAGE)
