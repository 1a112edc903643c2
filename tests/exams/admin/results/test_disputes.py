"""Test the page of a key dispute in the admin, and answers to reports."""

import itertools
import re
from collections.abc import Iterable
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exams.admin.results import disputes
from exams.models import Attempt, KeyRuling, Response
from exams.services.attempt.question_pool import ORDER_DIGITS
from exams.services.results import question_reports, rulings
from questions.content.schema import LETTERS
from questions.models import Option, Question, QuestionReport, Revision, User
from questions.services import revisions
from tests import factories
from tests.authoring import account
from tests.exams.admin.results.disputed_questions import ANSWER, LOOK, RULE, form, other, page, staff, text
from tests.factories import NOW
from tests.html_forms import form_values
from tests.sitting import browser

pytestmark = pytest.mark.django_db


def test_the_page_shows_question_key_ticks_references_and_reports(revision: Revision, report: QuestionReport) -> None:
    page_text = text(staff(*LOOK).get(page(revision)))
    for part in (
        "A small question", "Key", "Selected by 1 (100%)", "by 100% of those who passed", "Right: it is a.",
        "The explanation of", "A page", "checked 1 March 2026", "1 open", "C is right",
    ):  # fmt: skip
        assert part in page_text
    assert "<b>too</b>" not in staff(*ANSWER).get(page(revision)).content.decode()
    assert "Preview the changes" not in page_text  # can view, cannot rule
    assert "Answer and close" not in page_text


def test_question_and_report_link_to_it(revision: Revision, report: QuestionReport) -> None:
    client = staff(*RULE)
    html = client.get(reverse("admin:questions_question_change", args=[revision.question_id])).content.decode()
    assert f'href="{page(revision)}"' in html
    listed = client.get(reverse("admin:questions_questionreport_changelist"), {"status__exact": "open"})
    assert "C is right" in text(listed)
    assert "C is right" not in text(
        client.get(reverse("admin:questions_questionreport_changelist"), {"status__exact": "closed"})
    )
    answer = client.get(reverse("admin:questions_questionreport_change", args=[report.pk]))
    assert answer["Location"].startswith(page(revision))
    assert answer["Location"].endswith(f"#report-{report.pk}")


def test_users_without_permission_are_refused(revision: Revision, report: QuestionReport) -> None:
    look = staff(*LOOK)
    preview = reverse("admin:exams_keyruling_preview", args=[revision.pk])
    rule = reverse("admin:exams_keyruling_rule", args=[revision.pk])
    answer = reverse("admin:exams_keyruling_answer", args=[report.pk])
    assert staff().get(page(revision)).status_code == 403
    for address in (preview, rule, answer):
        assert look.post(address, form(revision)).status_code == 403
    assert staff(*RULE).get(rule).status_code == 405
    assert Client().get(page(revision)).status_code == 302
    assert not KeyRuling.objects.exists()


def test_a_ruling_answers_reports_only_if_the_user_may_answer_them(revision: Revision, report: QuestionReport) -> None:
    client = staff(*(permission for permission in RULE if permission != "change_questionreport"))
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision, answer="No."))
    assert KeyRuling.objects.count() == 1
    report.refresh_from_db()
    assert (report.status, report.outcome) == ("open", "")


@pytest.mark.parametrize("typed", [{"key": ["9" * 5000]}, {"last": "9" * 5000}])
def test_very_long_numbers_are_refused_like_other_invalid_input(revision: Revision, typed: dict[str, Any]) -> None:
    address = reverse("admin:exams_keyruling_preview", args=[revision.pk])
    assert staff(*RULE).post(address, form(revision) | typed).status_code == 422


@pytest.mark.slow
def test_an_answer_closes_the_report_and_is_shown_to_the_candidate(
    attempt: Attempt, revision: Revision, report: QuestionReport
) -> None:
    client, address = staff(*ANSWER), reverse("admin:exams_keyruling_answer", args=[report.pk])
    assert "Write an answer" in text(client.post(address, {"outcome": " "}, follow=True))
    assert "1 report is answered and closed." in text(client.post(address, {"outcome": "You are right."}, follow=True))
    report.refresh_from_db()
    assert (report.status, report.outcome) == ("closed", "You are right.")
    assert "This report was already answered" in text(client.post(address, {"outcome": "No."}, follow=True))
    assert "You are right." in text(browser(attempt.candidate).get(reverse("review", args=[attempt.uuid])))
    entry = LogEntry.objects.get(object_id=str(report.pk))
    assert entry.get_change_message() == f"Answered and closed the report on revision 1 of {revision.question.code}."


def test_authors_do_not_close_reports_on_their_own_questions(revision: Revision, report: QuestionReport) -> None:
    client, address = staff(*ANSWER), reverse("admin:exams_keyruling_answer", args=[report.pk])
    Question.objects.filter(pk=revision.question_id).update(author=User.objects.get())
    html = text(client.get(page(revision)))
    assert "You wrote this question. Someone else answers its reports." in html
    assert "Answer and close" not in html
    assert client.post(address, {"outcome": "No."}).status_code == 403
    report.refresh_from_db()
    assert report.status == "open"


def test_the_only_approver_answers_reports_on_their_own_questions(revision: Revision, report: QuestionReport) -> None:
    client, address = staff(*RULE), reverse("admin:exams_keyruling_answer", args=[report.pk])
    Question.objects.filter(pk=revision.question_id).update(author=User.objects.get())
    client.post(address, {"outcome": "You are right."})
    report.refresh_from_db()
    assert report.status == "closed"


@pytest.mark.parametrize("what", ["correct", "accept"])
@pytest.mark.parametrize("step", ["preview", "rule"])
def test_writers_do_not_set_the_key_of_their_own_question_where_another_approver_is(
    revision: Revision, what: str, step: str
) -> None:
    approver = factories.user("rosa", is_staff=True)
    approver.user_permissions.set(Permission.objects.filter(codename="approve_question"))
    client, address = staff(*RULE), reverse(f"admin:exams_keyruling_{step}", args=[revision.pk])
    Question.objects.filter(pk=revision.question_id).update(author=User.objects.get(username__startswith="staff"))
    refused = client.post(address, form(revision, what=what))
    assert refused.status_code == 422
    assert "You wrote this revision. A second person must approve it." in text(refused)
    assert "Preview the changes" in text(refused)
    assert 'id="correct"' not in refused.content.decode()
    assert not KeyRuling.objects.exists()
    assert Revision.objects.filter(question=revision.question_id).count() == 1
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision, what="withdraw", key=[]))
    assert KeyRuling.objects.get().withdrawn


@pytest.mark.parametrize("self_approval", [True, False])
def test_writers_who_may_approve_their_own_questions_set_the_key_alone(
    revision: Revision, settings: Any, self_approval: bool
) -> None:
    settings.SELF_APPROVAL = self_approval  # without it, nobody else approves here
    if self_approval:
        approver = factories.user("rosa", is_staff=True)
        approver.user_permissions.set(Permission.objects.filter(codename="approve_question"))
    client = staff(*RULE)
    Question.objects.filter(pk=revision.question_id).update(author=User.objects.get(username__startswith="staff"))
    assert 'id="correct"' in client.get(page(revision)).content.decode()
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision))
    assert KeyRuling.objects.get().kind == "correct"


@pytest.mark.slow
def test_a_changed_key_of_a_sat_question_leads_to_the_dispute(revision: Revision) -> None:
    client = staff(*RULE, "change_question", "add_question")
    edit = reverse("admin:questions_question_change", args=[revision.question_id])
    values = form_values(client.get(edit), "write")
    keys = {f"options-{n}-correct" for n in range(revision.n_options)} & set(values)
    data = {name: value for name, value in values.items() if name not in keys}
    free = next(f"options-{n}-correct" for n in range(revision.n_options) if f"options-{n}-correct" not in keys)
    response = client.post(
        edit, data | {free: "on", "reason": "It was wrong.", "as_of": "2026-03-01", "license": "CC0"}, follow=True
    )
    link = f'href="{page(revision)}">If the old key is wrong, open the key dispute'
    assert "1 exam keeps the old key." in text(response)
    assert link in response.content.decode()
    work = Revision.objects.get(question=revision.question_id, number=2)
    Question.objects.filter(pk=revision.question_id).update(status="live")
    revisions.set_submitted([work.pk], NOW)
    shown = text(client.get(reverse("admin:approval", args=[revision.question_id]), {"ticked": "1"}))
    assert "Key: " in shown
    assert "1 exam keeps the old key." in shown


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"what": "accept", "key": []}, "Select the correct options"),
        ({"what": "accept", "key": ["0", "1"]}, "had to choose 1 option"),
        ({"reason": ""}, "Enter a reason."),
        ({"key": []}, "Select the correct options"),
        ({"key": ["0", "1"]}, "had to choose 1 option"),
        ({"key": ["x", "99"]}, "Select the correct options"),
        ({"last": "77"}, "This question has a newer ruling."),
    ],
)
@pytest.mark.parametrize("step", ["preview", "rule"])
def test_a_refused_ruling_keeps_the_typed_text_and_shows_the_reason(
    revision: Revision, fields: dict[str, Any], sentence: str, step: str
) -> None:
    written = form(revision, answer="Thank you.") | fields
    answer = staff(*RULE).post(reverse(f"admin:exams_keyruling_{step}", args=[revision.pk]), written)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert written["reason"] in answer.content.decode()
    assert not KeyRuling.objects.exists()


def test_the_page_of_an_older_wording_says_that_new_exams_use_another(revision: Revision) -> None:
    client = staff(*RULE)
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision))
    page_text = text(client.get(page(revision)))
    assert "New exams use revision 2. A ruling on this page does not change that revision." in page_text
    assert client.get(page(Revision(pk=999_999))).status_code == 404


@pytest.mark.slow
def test_pages_of_all_wordings_link_to_each_other_and_count_open_reports(
    revision: Revision, report: QuestionReport
) -> None:
    client = staff(*RULE)
    client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), form(revision))
    current = Question.objects.get(pk=revision.question_id).current
    assert current is not None
    assert (revision.number, current.number) == (1, 2)
    newer, older = client.get(page(current)), client.get(page(revision))
    assert "Other revisions Revision 1 , 1 open report" in text(newer)
    assert f'href="{page(revision)}"' in newer.content.decode()
    assert "Other revisions Revision 2 , in use" in text(older)
    assert f'href="{page(current)}"' in older.content.decode()
    assert "C is right" in text(older)
    assert "C is right" not in text(newer)
    history = client.get(reverse("admin:questions_question_versions", args=[revision.question_id])).content.decode()
    assert f'href="{page(revision)}"' in history
    assert f'href="{page(current)}"' in history


@pytest.mark.slow
def test_the_page_takes_a_constant_number_of_queries(attempt: Attempt, revision: Revision) -> None:
    client, position = staff(*RULE), attempt.responses.get(revision=revision).position
    client.get(page(revision))
    asked = []
    for number in range(3):
        question_reports.send(attempt, position, f"It is wrong ({number}).", NOW)
        with CaptureQueriesContext(connection) as queries:
            assert f"It is wrong ({number})." in text(client.get(page(revision)))
        asked.append(len(queries))
    assert asked == [asked[0]] * 3
    assert asked[0] <= 17


def test_of_reports_by_the_thousand_the_page_shows_a_hundred_and_the_one_whose_link_led_there(
    attempt: Attempt, revision: Revision
) -> None:
    response, client = attempt.responses.get(revision=revision), staff(*ANSWER, *LOOK)
    sent = [
        QuestionReport(
            revision=revision,
            candidate_uuid=uuid4(),
            ticked=response.ticked,
            text=f"No. {number}.",
            at=NOW + timedelta(seconds=number),
        )
        for number in range(3000)
    ]
    QuestionReport.objects.bulk_create(sent)
    shown = client.get(page(revision))
    assert shown.text.count('<li id="report-') == shown.text.count("Answer and close") == disputes.MAX_REPORTS
    assert "No. 2999." in shown.text
    assert "No. 17." not in shown.text
    assert "3000 open" in text(shown)
    assert "100 of 3000 reports are shown" in text(shown)
    oldest = QuestionReport.objects.get(text="No. 17.")
    opened = client.get(reverse("admin:questions_questionreport_change", args=[oldest.pk]), follow=True)
    assert opened.text.count('<li id="report-') == disputes.MAX_REPORTS
    assert f'<li id="report-{oldest.pk}"' in opened.text
    answer = reverse("admin:exams_keyruling_answer", args=[oldest.pk])
    closed = client.post(answer, {"outcome": "It is right."}, follow=True)
    assert "It is right." in closed.text, "the answer stands at its report"
    assert "2999 open" in text(closed)


def test_simulated_and_open_exams_are_not_counted(attempt: Attempt, revision: Revision) -> None:
    Attempt.objects.update(synthetic=True)
    assert "No finished exam contains this revision yet." in text(staff(*LOOK).get(page(revision)))
    assert Response.objects.filter(revision=revision).exists()


def test_who_corrects_a_key_may_still_answer_the_reports_on_the_old_revision(
    revision: Revision, report: QuestionReport
) -> None:
    client = staff(*RULE)
    user = User.objects.get()
    wrong = revision.full ^ revision.key
    new_key = wrong & -wrong
    rulings.rule(
        revision, KeyRuling.Kind.CORRECT, new_key, reason="The documentation has changed.", by=user, now=timezone.now()
    )
    address = reverse("admin:exams_keyruling_answer", args=[report.pk])
    assert "1 report is answered and closed." in text(client.post(address, {"outcome": "Right."}, follow=True))


def test_the_page_is_called_key_dispute_and_keeps_the_tabs_of_the_question(revision: Revision) -> None:
    client = staff(*RULE, "change_question")
    html = client.get(page(revision)).text
    assert "<h1>Key dispute</h1>" in html
    edit = reverse("admin:questions_question_change", args=[revision.question_id])
    for url, name in (
        (edit, "Edit"),
        (reverse("admin:questions_question_versions", args=[revision.question_id]), "History"),
    ):
        assert re.search(rf'href="{url}"[^>]*>\s*{name}', html), name
    assert re.search(rf'href="{page(revision)}" aria-current="page">\s*Key dispute', html)
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


@pytest.fixture
def reversed_order(attempt: Attempt, revision: Revision) -> str:
    """Let the candidate of the report have seen the options in the reverse of the authored order."""
    order = "".join(ORDER_DIGITS[option.bit] for option in revision.options.order_by("-ordinal"))
    attempt.responses.filter(revision=revision).update(order=order)
    return order


def option_places(html: str, lettered: Iterable[tuple[str, Option]]) -> list[int]:
    return [html.index(f"{letter}: </span>{option.text_html}") for letter, option in lettered]


def test_without_reports_the_letters_are_those_of_the_authored_order(revision: Revision) -> None:
    html = staff(*RULE).get(page(revision)).text
    places = option_places(html, zip(LETTERS, revision.options.order_by("ordinal"), strict=False))
    assert places == sorted(places)
    assert "authored as" not in html


def test_the_options_have_the_letters_of_the_candidate_who_reported_beside_the_authored_ones(
    revision: Revision, report: QuestionReport, reversed_order: str
) -> None:
    client, options = staff(*RULE), list(revision.options.order_by("ordinal"))
    [key] = [option for option in options if revision.key >> option.bit & 1]
    lettered = list(zip(LETTERS, reversed(options), strict=False))
    [hers] = [letter for letter, option in lettered if option == key]
    answer = client.get(page(revision))
    places = option_places(answer.text, lettered)
    assert places == sorted(places)
    assert f"Key authored as {key.letter} {hers}: " in text(answer)
    assert f"selected {hers}: C is right" in text(answer)
    [address] = re.findall(r'href="(\?order=[^"]+)">Show them as authored', answer.text)
    answer = client.get(page(revision) + address)
    places = option_places(answer.text, zip(LETTERS, options, strict=False))
    assert places == sorted(places)
    assert f"selected {hers} ({key.letter} on this page)" in text(answer)
    [address] = re.findall(r'href="(\?order=[^"]+)">Show them as the candidate saw them', answer.text)
    assert address == f"?order={reversed_order}&amp;report={report.pk}#report-{report.pk}"
    opened = client.get(reverse("admin:questions_questionreport_change", args=[report.pk]))
    assert opened["Location"] == page(revision) + unescape(address)


def test_an_order_that_is_none_of_this_question_changes_nothing(revision: Revision) -> None:
    client = staff(*RULE)
    for order in ("0", "00112233", "zzzz", "9" * 500):
        html = client.get(page(revision), {"order": order}).text
        places = option_places(html, zip(LETTERS, revision.options.order_by("ordinal"), strict=False))
        assert places == sorted(places)


def test_a_ruling_is_previewed_and_listed_with_the_letters_of_the_candidate(
    revision: Revision, report: QuestionReport, reversed_order: str
) -> None:
    client = staff(*RULE)
    posted = set(re.findall(r'name="order" value="([^"]+)"', client.get(page(revision)).text))
    assert posted == {reversed_order}
    written = form(revision, order=reversed_order)
    authored = {option.bit: option.letter for option in revision.options.all()}
    hers = dict(zip((int(digit, 32) for digit in reversed_order), LETTERS, strict=False))
    old, new = revision.key.bit_length() - 1, other(revision)
    change = f"from {hers[old]} (authored as {authored[old]}) to {hers[new]} (authored as {authored[new]})."
    preview = client.post(reverse("admin:exams_keyruling_preview", args=[revision.pk]), written)
    assert f"The key changes {change}" in text(preview)
    done = client.post(reverse("admin:exams_keyruling_rule", args=[revision.pk]), written)
    assert done["Location"] == f"{page(revision)}?order={reversed_order}"
    for headers in ({}, {"HX-Request": "true"}):
        assert f"corrected the key {change}" in text(client.get(done["Location"], headers=headers))


def test_a_report_says_who_made_it_and_in_which_class_to_who_may_see_that_class(client: Client) -> None:
    ines = account("ines", "Instructor")
    sitting = factories.sitting(factories.small_blueprint(), owner=ines, name="Class 9c")
    with time_machine.travel(NOW):
        attempt = factories.class_attempt(sitting, "Ana Silva")
    response = attempt.responses.select_related("revision").get(position=1)
    QuestionReport.objects.create(
        revision=response.revision, candidate_uuid=attempt.candidate.uuid, ticked=1, text="C is right", at=NOW
    )
    client.force_login(ines)
    assert "Ana Silva ( Class 9c )" in text(client.get(page(response.revision)))
    client.force_login(account("otto", "Instructor"))
    assert "Ana Silva" not in text(client.get(page(response.revision)))
