"""Test the pages of attempts, candidates, forms and score reports in the admin."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Form, Response, ScoreReport
from exams.services.attempt import ending, extra_time
from exams.services.people import candidates
from exams.services.results import scoring
from exams.services.results.report import duration
from tests import factories
from tests.factories import NOW
from tests.html_forms import text

pytestmark = pytest.mark.django_db

ATTEMPTS, REPORTS = "/admin/exams/attempt/", "/admin/exams/scorereport/"


@pytest.fixture
def attempt() -> Attempt:
    """Return a scored exam of Mara."""
    account = factories.user("mara", display_name="Mara Lindqvist", email="mara@example.org")
    candidate = factories.candidate(account)
    return factories.scored(factories.handed_in(3, candidate, factories.small_blueprint(exams=3)))


def page(attempt: Attempt) -> str:
    return reverse("admin:exams_attempt_change", args=[attempt.pk])


def paper(attempt: Attempt) -> str:
    return reverse("admin:exams_attempt_paper", args=[attempt.pk])


@pytest.mark.slow
@pytest.mark.parametrize("is_scored", [False, True])
def test_every_page_opens(admin_client: Client, is_scored: bool) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    extra_time.grant(attempt, 5, "Fire alarm", None, NOW)
    if is_scored:
        ending.finish(attempt, NOW + timedelta(minutes=1))
        scoring.score(attempt.pk, NOW + timedelta(minutes=2))
    for model in (Attempt, Candidate, Form, ScoreReport):
        name = model._meta.model_name
        assert admin_client.get(reverse(f"admin:exams_{name}_changelist")).status_code == 200, name
        for row in model.objects.all():
            change = reverse(f"admin:exams_{name}_change", args=[row.pk])
            assert admin_client.get(change, follow=True).status_code == 200, name
    assert admin_client.get(paper(attempt)).status_code == 200
    assert ScoreReport.objects.exists() is is_scored


def test_the_page_shows_who_took_the_exam_and_each_answer_by_letter_and_text(
    admin_client: Client, attempt: Attempt
) -> None:
    response = attempt.responses.get(position=2)
    Response.objects.filter(pk=response.pk).update(seconds=75, flagged=True)
    answer = admin_client.get(page(attempt))
    html, shown = answer.text, text(answer)
    for part in ("Mara Lindqvist", "mara@example.org", "A small exam", f"{attempt.report and attempt.report.scaled}"):
        assert part in shown
    letters = dict(zip(response.bits, "ABCDE", strict=False))
    for option in response.revision.options.all():
        is_ticked = bool(response.ticked >> option.bit & 1)
        assert (f"{letters[option.bit]} {option.text}" in shown) is is_ticked
    assert shown.count("right") >= 3
    assert ("wrong" in shown, "1 min 15 s" in shown, "flagged" in shown) == (True, True, True)
    assert f'href="{paper(attempt)}"' in html


def test_the_pass_line_stands_only_under_how_this_was_worked_out(admin_client: Client, attempt: Attempt) -> None:
    html = admin_client.get(page(attempt)).text
    before, details = html.split("How this was worked out", 1)
    assert "pass line" not in before.lower()
    assert f"{attempt.form.pass_line:.2f}" not in before
    assert f"{attempt.form.pass_line:.2f}" in details


def test_an_open_exam_shows_answers_but_no_key(admin_client: Client) -> None:
    attempt = factories.attempt(factories.candidate(), factories.small_blueprint())
    factories.tick(attempt, 2)
    for address in (page(attempt), paper(attempt)):
        shown = text(admin_client.get(address))
        assert "Option a of" in shown
        assert "Right: it is a." not in shown
        assert "explanation of" not in shown
        assert not re.search(r"\b(right|wrong|unscored|correct)\b", re.sub("Which is right|Right or wrong", "", shown))


def test_the_paper_has_the_order_and_the_letters_of_the_candidate(admin_client: Client, attempt: Attempt) -> None:
    shown = text(admin_client.get(paper(attempt)))
    name = re.escape(candidates.name(attempt.candidate))
    for response in attempt.responses.order_by("position"):
        options = {option.bit: option.text for option in response.revision.options.all()}
        verdict = rf"(?:(?:Correct|Incorrect), (?:not )?selected by {name} )?"
        found = [
            re.search(rf"\b{letter} {verdict}{re.escape(options[bit])}", shown)
            for letter, bit in zip("ABCDE", response.bits, strict=False)
        ]
        places = [match.start() for match in found if match]
        assert len(places) == len(response.bits)
        assert places == sorted(places)
    assert "Right: it is a." in shown
    assert "by you" not in shown


@pytest.mark.slow
def test_staff_see_a_short_id_of_a_guest_and_find_them_by_it_and_by_a_typed_code(
    admin_client: Client, attempt: Attempt
) -> None:
    guest = factories.attempt(factories.candidate())
    code, short = candidates.guest_code(guest.candidate), guest.candidate.uuid.hex[:8]
    assert f"Guest {short}" in text(admin_client.get(page(guest)))
    assert code not in text(admin_client.get(page(guest)))
    for typed in (code, code.lower().replace("-", " "), short):
        for address in (ATTEMPTS, "/admin/exams/candidate/"):
            answer = admin_client.get(address, {"q": typed})
            assert f"Guest {short}" in text(answer)
            assert typed == code or code not in answer.text
            assert "Mara" not in text(answer)
    Candidate.objects.filter(pk=guest.candidate_id).update(erased_at=NOW)
    assert "Erased candidate" in text(admin_client.get(ATTEMPTS))


def test_a_guest_has_the_name_of_the_class_and_an_account_its_own(admin_client: Client, attempt: Attempt) -> None:
    sitting = factories.sitting()
    guest = factories.class_attempt(sitting, "Lea Fischer")
    factories.class_attempt(sitting, "Somebody", attempt.candidate)
    shown = text(admin_client.get(ATTEMPTS))
    assert "Lea Fischer" in shown
    assert "Somebody" not in shown
    assert "Lea Fischer" in text(admin_client.get(page(guest)))


@pytest.mark.slow
def test_an_attempt_is_found_by_a_part_of_its_uuid_and_of_that_of_its_candidate(
    admin_client: Client, attempt: Attempt
) -> None:
    other = factories.attempt(factories.candidate())
    for uuid in (attempt.uuid, attempt.candidate.uuid):
        for typed in (str(uuid), str(uuid)[4:18], f"mara {str(uuid).upper()}"):
            shown = text(admin_client.get(ATTEMPTS, {"q": typed}))
            assert "Mara Lindqvist" in shown
            assert candidates.guest_code(other.candidate) not in shown


@pytest.mark.parametrize("typed", ["lindqvist", "Mara Lind", "mara@example.org", "mara"])
def test_people_are_found_by_name_and_email(admin_client: Client, attempt: Attempt, typed: str) -> None:
    factories.attempt(factories.candidate())
    for address in (ATTEMPTS, REPORTS, "/admin/exams/candidate/"):
        shown = text(admin_client.get(address, {"q": typed}))
        assert "Mara Lindqvist" in shown
        assert "Guest" not in shown.replace("guest code", "")


def test_the_list_takes_a_constant_number_of_queries(
    admin_client: Client, attempt: Attempt, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(ATTEMPTS)
    factories.scored(factories.handed_in(1, factories.candidate(factories.user("tom"))))
    with django_assert_num_queries(len(captured)):
        admin_client.get(ATTEMPTS)


def test_a_score_report_names_person_exam_and_date_and_leads_to_the_attempt(
    admin_client: Client, attempt: Attempt
) -> None:
    shown = text(admin_client.get(REPORTS))
    for part in ("Mara Lindqvist", "TINY", "1 April 2026", str(attempt.report and attempt.report.scaled)):
        assert part in shown
    answer = admin_client.get(reverse("admin:exams_scorereport_change", args=[attempt.report_id]))
    assert answer["Location"] == page(attempt)


def test_score_reports_are_downloaded_as_a_table_for_spreadsheets(admin_client: Client, attempt: Attempt) -> None:
    spreadsheet = factories.user("formula", display_name="=1+1")
    other = factories.scored(factories.handed_in(1, factories.candidate(spreadsheet)))
    answer = admin_client.post(REPORTS, {"action": "as_csv", "_selected_action": [attempt.report_id, other.report_id]})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith('\ufeff"name"'.encode()), "with a byte order mark"
    rows = {row["username"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    assert set(rows) == {"mara", "formula"}
    assert rows["formula"]["name"] == "'=1+1"
    assert attempt.report
    mara = rows["mara"]
    assert (mara["score"], mara["correct"], mara["questions"]) == (str(attempt.report.scaled), "3", "4")
    assert (mara["exam"], mara["email"], mara["current"]) == ("TINY", "mara@example.org", "yes")


def test_the_page_of_an_attempt_shows_its_log_and_the_reason_for_extra_time(admin_client: Client) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    extra_time.grant(attempt, 5, "Fire alarm", None, NOW)
    shown = text(admin_client.get(page(attempt)))
    for words in ("Started", "Extra time: 5 minutes, Fire alarm"):
        assert words in shown


def test_a_duration_is_written_in_minutes_and_seconds() -> None:
    assert [duration(seconds) for seconds in (0, 15, 60, 75, 10_260)] == [
        "0 s",
        "15 s",
        "1 min",
        "1 min 15 s",
        "2 h 51 min",
    ]
