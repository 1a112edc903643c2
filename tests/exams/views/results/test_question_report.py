"""Test the form with which a candidate reports a problem with a question."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate
from exams.services.results import question_reports
from exams.services.results.question_reports import MAX_OPEN_REPORTS
from questions.models import QuestionReport
from tests import factories
from tests.factories import handed_in, scored
from tests.html_forms import text
from tests.sitting import Guest, browser


def test_a_report_is_stored_and_leads_back_to_the_question(guest: Guest, attempt: Attempt) -> None:
    url = reverse("question_report", args=[attempt.uuid, 1])
    response = guest.client.post(url, {"text": " Two options are right. "})
    assert (response.status_code, response["Location"]) == (303, reverse("question", args=[attempt.uuid, 1]))
    assert QuestionReport.objects.get().text == "Two options are right."


def test_a_report_in_the_grace_period_leads_to_the_end(guest: Guest, attempt: Attempt) -> None:
    with time_machine.travel(attempt.deadline + timedelta(seconds=1), tick=False):
        url = reverse("question_report", args=[attempt.uuid, 1])
        response = guest.client.post(url, {"text": "Two options are right."})
    assert (response.status_code, response["Location"]) == (303, reverse("finish", args=[attempt.uuid]))
    assert QuestionReport.objects.get().text == "Two options are right."


@pytest.mark.django_db
def test_the_thanks_stand_at_the_question_in_the_review() -> None:
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint()))
    client = browser(attempt.candidate)
    url = reverse("question_report", args=[attempt.uuid, 3])
    review = client.post(url, {"text": "Two options are right."}, follow=True)
    assert review.redirect_chain == [(reverse("review_question", args=[attempt.uuid, 3]) + "#about", 303)]
    assert review.text.count("Thank you.") == 1
    assert review.text.index('id="about"') < review.text.index("Thank you.") < review.text.index("</article>")
    filtered = client.post(f"{url}?show=wrong", {"text": "Another thing."})
    assert filtered["Location"] == reverse("review_question", args=[attempt.uuid, 3]) + "?show=wrong#about"
    client.post(url, {"text": "One more thing."})
    assert "Thank you." in client.get(reverse("history")).text  # a page without this question shows it on top


def test_an_empty_report_and_one_too_many_are_refused_and_keep_the_text(guest: Guest, attempt: Attempt) -> None:
    url = reverse("question_report", args=[attempt.uuid, 1])
    empty = guest.client.post(url, {"text": "  "})
    assert (empty.status_code, QuestionReport.objects.count()) == (400, 0)
    assert "Describe what is wrong." in empty.text
    for _ in range(MAX_OPEN_REPORTS):
        guest.client.post(url, {"text": "Wrong."})
    refused = guest.client.post(url, {"text": "Once more."})
    assert (refused.status_code, QuestionReport.objects.count()) == (400, MAX_OPEN_REPORTS)
    assert "three open reports" in refused.text
    assert "Once more." in refused.text


def test_nobody_floods_the_staff_with_reports(guest: Guest, attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_reports, "MAX_REPORTS_A_DAY", 2)
    for position in (1, 2, 3):
        answer = guest.client.post(reverse("question_report", args=[attempt.uuid, position]), {"text": "Wrong."})
    assert (answer.status_code, QuestionReport.objects.count()) == (400, 2)
    assert "You have sent 2 reports in 24 hours, as many as one person can." in text(answer)
    assert "Wrong." in answer.text, "the text is not lost"
    QuestionReport.objects.update(at=timezone.now() - timedelta(days=1))
    assert guest.client.post(reverse("question_report", args=[attempt.uuid, 3]), {"text": "Wrong."}).status_code == 303


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_cache")
def test_nobody_floods_the_staff_with_reports_as_ever_new_guests(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"guest_report": "2/d/key"}
    blueprint = factories.small_blueprint(exams=3)

    def report(by: Candidate, attempt: Attempt | None = None, address: str = "192.0.2.7") -> tuple[int, str]:
        attempt = attempt or factories.attempt(by, blueprint, now=timezone.now())
        url = reverse("question_report", args=[attempt.uuid, 1])
        answer = browser(by).post(url, {"text": "Wrong."}, REMOTE_ADDR=address)
        return answer.status_code, text(answer)

    assert [report(factories.candidate())[0] for _ in range(2)] == [303, 303]
    status, page = report(factories.candidate())
    assert (status, "As many problems were reported from your network today" in page) == (400, True)
    assert "Wrong." in page, "the text is not lost"
    assert report(factories.candidate(), address="192.0.2.8")[0] == 303
    assert report(factories.candidate(factories.user("ana")))[0] == 303, "an account counts for itself"
    sitting = factories.sitting(blueprint, closes_at=timezone.now() + timedelta(hours=1))
    sat = factories.class_attempt(sitting, "Ben", now=timezone.now())
    assert report(sat.candidate, sat)[0] == 303, "so does who sits in a class"
    assert QuestionReport.objects.count() == 5


def test_the_form_shows_the_question_with_the_letters_of_the_candidates_page(guest: Guest, attempt: Attempt) -> None:
    url = reverse("question_report", args=[attempt.uuid, 1])
    html = guest.client.get(url).text
    row = attempt.responses.get(position=1)
    texts = dict(row.revision.options.values_list("bit", "text_html"))
    places = [html.index(f"{letter}: </span>{texts[bit]}") for letter, bit in zip("ABCD", row.bits, strict=False)]
    assert places == sorted(places)
    assert "You can name options by the letters of this page" in html
    assert 'class="verdict"' not in html


def test_the_clock_runs_while_a_report_is_written_and_no_tool_of_the_room_is_offered(
    guest: Guest, attempt: Attempt
) -> None:
    page = guest.client.get(reverse("question_report", args=[attempt.uuid, 1])).text
    assert 'role="timer"' in page
    assert "js/timed-page" in page, "it asks the server for the time, and leaves when it is over"
    assert "popovertarget" not in page
