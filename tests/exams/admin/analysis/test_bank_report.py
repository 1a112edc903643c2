"""Test the bank report in the admin: a job makes it, its page shows the last one, to staff who may view questions."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import StoredReport
from exams.services.analysis import bank_report, stored_reports
from questions.models import Job, Question
from questions.services import jobs
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.html_forms import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(settings: Any) -> str:
    factories.small_blueprint()
    return reverse("admin:bank_report")


def signed_in(name: str, *permissions: str, staff: bool = True) -> Client:
    user = factories.user(name, is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="questions", codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def make(client: Client, address: str) -> Job:
    """Ask for the report, and do the work as a worker does."""
    assert client.post(address)["Location"] == f"{address}?exam=TINY"
    job = jobs.run(Job.objects.get(kind=stored_reports.KIND, state="waiting").pk, timezone.now)
    assert job
    assert (job.state, job.error) == ("done", "")
    return job


@pytest.mark.slow
def test_an_instructor_opens_the_report_from_the_question_list(address: str) -> None:
    instructor = signed_in("instructor", "view_question")
    assert (
        f'<a href="{address}">Bank report</a>'
        in instructor.get(reverse("admin:questions_question_changelist")).content.decode()
    )
    make(instructor, address)
    html = instructor.get(address).content.decode()
    assert "A small exam: exams draw from 12 questions." in html
    assert "A new candidate can take 2 exams without a repeated question." in html
    rows = re.sub(r">\s+|\s+<", lambda match: match[0].strip(), html)
    assert '<th scope="row">1 First things</th><td>6</td><td>50%</td><td>50%</td><td>1</td>' in rows
    assert '<th scope="row">60-64</th><td>8</td>' in rows
    assert f'<a href="{reverse("guide_topic", args=["tiny-1-1"])}">Topic 1.1 1</a></th><td>1</td><td>1</td>' in rows
    assert '<th scope="row">2 or more</th><td>0</td>' in rows
    assert "names a role" not in html, "this bank has no profile, so no targets"
    assert "Topic 2.1 6" in html
    assert 'style="' not in html


def test_staff_without_the_permission_are_refused(address: str) -> None:
    assert signed_in("proctor").get(address).status_code == 403
    assert signed_in("other").post(address).status_code == 403
    assert not Job.objects.filter(kind=stored_reports.KIND).exists()


def test_users_who_are_not_staff_are_redirected(address: str) -> None:
    answer = Client().get(address, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    answer = signed_in("alice", "view_question", staff=False).get(address, follow=True)
    assert "exams draw from" not in answer.content.decode()


def test_opening_the_page_builds_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    instructor = signed_in("instructor", "view_question")
    make(instructor, address)
    monkeypatch.setattr(stored_reports, "build_report", None)
    with django_assert_max_num_queries(10):
        assert "exams draw from 12 questions." in instructor.get(address).content.decode()
    assert Job.objects.filter(kind=stored_reports.KIND).count() == 1


@pytest.mark.slow
def test_the_page_shows_how_far_the_job_is_and_then_the_report(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_report, "QUESTIONS_PER_STEP", 5)
    instructor = signed_in("instructor", "view_question")
    assert "There is no report of this exam yet." in text(instructor.get(address))
    for _ in range(3):
        instructor.post(address)
    job = Job.objects.get(kind=stored_reports.KIND)
    assert "The report is being made." in text(instructor.get(address))
    assert "Make" not in text(instructor.get(address, headers={"HX-Request": "true"}))

    pages = []
    jobs.run(job.pk, timezone.now, lambda *_step: pages.append(text(instructor.get(address))))
    assert [page for page in pages if "5 of 12" in page]
    assert instructor.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "exams draw from 12 questions." in text(instructor.get(address))


def test_an_outdated_report_is_shown_as_such_and_replaced(address: str) -> None:
    instructor, outdated = signed_in("instructor", "view_question"), "It may be outdated"
    with time_machine.travel(timezone.now().replace(hour=12)) as clock:
        make(instructor, address)
        assert outdated not in text(instructor.get(address))
        raise_bank_version()
        assert outdated in text(instructor.get(address))
        make(instructor, address)
        assert outdated not in text(instructor.get(address))
        clock.shift(timedelta(days=1))
        assert outdated in text(instructor.get(address))
    assert StoredReport.objects.count() == 1


def test_a_failed_job_is_told_and_can_be_asked_for_again(address: str) -> None:
    instructor = signed_in("instructor", "view_question")
    instructor.post(address)
    Job.objects.filter(kind=stored_reports.KIND).update(state="failed", error="OSError: full")
    page = text(instructor.get(address))
    assert "It has failed" in page
    assert "OSError" not in page
    make(instructor, address)


def test_an_empty_bank_and_an_empty_database_get_a_message(address: str, settings: Any) -> None:
    instructor = signed_in("instructor", "view_question")
    Question.objects.all().update(status="retired")
    make(instructor, address)
    html = instructor.get(address).content.decode()
    assert "exams draw from 0 questions." in html
    assert "A new candidate can take 0 exams without a repeated question." in html
    assert "The database contains no bank." in instructor.get(address, {"exam": "OTHER"}).content.decode()
