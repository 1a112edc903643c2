"""The front page: what to do next for those who come back, and for newcomers what the site offers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exams import access
from exams.chosen_exam import chosen_exam, hides_others, offered_exams, scope_of
from exams.models import Attempt, Candidate
from exams.services.attempt import attempts, ending
from exams.services.practice.study_records import study_records
from exams.services.results.corrections import newest_correction
from exams.services.results.history import has_begun, newest_result
from exams.services.results.report import count_open, is_hollow, is_repetitive
from exams.services.results.report_advice import hasty_words_of
from exams.services.results.shown_scores import shown_scores
from exams.views.attempt.clock import Clock
from exams.views.pages import safe_page
from exams.views.practice.cards import deck_of_today
from exams.views.practice.today import DailyGoal, step_context, studied_days, zone_of
from exams.views.progress.trend_chart import trend_to
from exams.views.results.scale import ScaleChart
from exams.views.site.exam_cards import exam_cards
from questions.models import Blueprint

CORRECTION_SHOWN_FOR = timedelta(days=30)  # after a key ruling has changed a score


@safe_page
def front(request: HttpRequest) -> HttpResponse:
    """Show a candidate with attempts what is open, the next step and the last result; present the exam to others."""
    candidate = access.candidate(request)
    return _start_page(request, candidate, comes_back=candidate is not None and has_begun(candidate))


@safe_page
def today(request: HttpRequest) -> HttpResponse:
    """Show what to do today, the start page of people who have begun; lead others to the start page."""
    candidate = access.candidate(request)
    if candidate and has_begun(candidate):
        return _start_page(request, candidate, comes_back=True)
    return redirect("front")


def _start_page(request: HttpRequest, candidate: Candidate | None, *, comes_back: bool) -> HttpResponse:
    try:
        blueprint = chosen_exam(request)
    except Http404:
        if offered_exams(request):  # the address names an exam that does not exist
            raise
        return render(request, "exams/site/front_empty.html", status=503)
    offered = offered_exams(request)
    choice = offered if blueprint in offered else [blueprint, *offered]
    cards = exam_cards([blueprint] if comes_back else choice, timezone.localdate(), offered)
    card = next(card for card in cards if card.blueprint == blueprint)
    context: dict[str, Any] = {
        "section": "today" if comes_back else "exams",
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "cards": cards,
        "has_choice": len(choice) > 1,
        "is_of_house": all(row.is_of_house for row in choice),
        "hides_others": hides_others(request),
        "card": card,
        "booking": card.booking,
        "bank_size": card.bank_size,
        "offers_try": card.offers_try,
    }
    if candidate and comes_back:
        guest, others = access.pending_guest(request), scope_of(blueprint, request).other_codes
        context |= _dashboard(request, candidate, guest, blueprint, others, timezone.now())
        return render(request, "exams/site/dashboard.html", context)
    sample_options = _sample_options(request.GET.get("sample", ""))
    context |= {
        "sample_options": sample_options,
        "sample_answer": any(option.ticked for option in sample_options),
        "guests_allowed": settings.GUESTS or request.user.is_authenticated,
        "example_chart": ScaleChart.example(blueprint.exam.scale),
    }
    return render(request, "exams/site/front.html", context)


def _dashboard(
    request: HttpRequest,
    candidate: Candidate,
    pending_guest: Candidate | None,
    blueprint: Blueprint,
    others: Collection[str],
    now: datetime,
) -> dict[str, Any]:
    """Return what the page of those who come back shows, beside the facts of the exams.

    Of `others`, the exams that are not chosen, it has running exams only.
    """
    open_exams = [
        (attempt, Clock.at(now, attempt))
        for owner in (pending_guest, candidate)
        for attempt in attempts.open_exams(owner)
        if not ending.close_if_overdue(attempt, now)
    ]
    beside = [pending_guest.pk] if pending_guest else []
    records = study_records(candidate, blueprint, now, beside, zone_of(request))
    shown = shown_scores([candidate.pk, *beside], records.hidden)
    last = newest_result(candidate, shown, others)
    step = {} if open_exams else step_context(request, candidate, blueprint, now, records, others)
    return {
        "open_exams": open_exams,
        "is_open": any(attempt.blueprint_code == blueprint.code for attempt, _clock in open_exams),
        **step,
        "days": studied_days(records) if records.answers or records.answered_today else None,
        "look": "" if open_exams else "primary",
        "daily_goal": DailyGoal.of_day(records),
        "cards_today": deck_of_today(request, records) if step else None,
        "asks_date": not records.goal.target_date and candidate.preferences.get("undated") != blueprint.code,
        "first_day": records.today + timedelta(days=1),
        "correction": newest_correction(candidate, now - CORRECTION_SHOWN_FOR, shown, others),
        "last": last,
        **(_last_result(last) if last else {}),
        "trend": trend_to(candidate, last, shown) if last else None,
    }


def _last_result(last: Attempt) -> dict[str, Any]:
    """Return the score of the last exam on its scale, and what speaks against it."""
    report = last.report
    assert report
    unanswered = count_open(report)
    hasty = hasty_words_of(last, unanswered, report.n)
    return {
        "last_unanswered": unanswered,
        "last_hollow": is_hollow(unanswered, report.n),
        "last_hasty": hasty,
        "last_repetitive": is_repetitive(report.repeats, report.n),
        "last_chart": ScaleChart.of(report, last.form.blueprint.exam.scale, is_hasty=bool(hasty)),
    }


@dataclass(frozen=True, slots=True)
class SampleOption:
    """An option of the sample question, which is not in the bank; `ticked` after an answer, which is not stored."""

    letter: str
    text: str | Promise
    rationale: str | Promise
    correct: bool = False
    ticked: bool = False


SAMPLE_OPTIONS = (
    ("A", _("Precision 75%, recall 60%"), _("The two figures are swapped."), False),
    (
        "B",
        _("Precision 60%, recall 75%"),
        _("Precision asks how many flags are right: 120 of 200. Recall asks how many frauds are found: 120 of 160."),
        True,
    ),
    (
        "C",
        _("Precision 60%, recall 98.8%"),
        _("98.8% is the accuracy, 9,880 of 10,000. It is high because nearly every payment is honest."),
        False,
    ),
    (
        "D",
        _("Precision 98.8%, recall 75%"),
        _("98.8% is the accuracy. Of the 200 flagged payments, only 120 are fraud."),
        False,
    ),
)


def _sample_options(answer: str) -> list[SampleOption]:
    """Return the options, with the answered one ticked."""
    return [
        SampleOption(letter, text, rationale, correct, ticked=letter == answer)
        for letter, text, rationale, correct in SAMPLE_OPTIONS
    ]
