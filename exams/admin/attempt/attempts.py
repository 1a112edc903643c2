"""Attempts in the admin: who took which exam, what was selected, and the paper as the candidate sees it.

Read only, except extra time and scoring retries. Keys, results and scored flags come from `exams.disclosure`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from exams import disclosure
from exams.admin.attempt.extra_time import ExtraTimeAdmin
from exams.admin.attempt.list_filters import (
    ExamFilter,
    ModeFilter,
    PracticeFilter,
    StartedFilter,
    StatusFilter,
    SyntheticFilter,
)
from exams.admin.people.candidate_search import CandidateSearch
from exams.models import Attempt, AttemptEvent, Participant, Response
from exams.services.attempt import scoring_rules
from exams.services.attempt.scoring_rules import ScoringRule
from exams.services.classes import participants
from exams.services.people import candidates
from exams.services.results import review as reviews
from exams.services.results import scoring
from exams.services.results.report import duration, report_page
from exams.services.results.review import OptionText
from questions.admin.read_only_admin import ReadOnlyAdmin
from questions.admin.staff_page import staff_page

_EVENTS = {
    "started": _("Started"),
    "resumed": _("Resumed"),
    "taken_over": _("Continued in another browser"),
    "other_network": _("Continued in another network"),
    "last_request": _("Last request of the browser before"),
    "allowance": _("Extra time"),
    "finished": _("Finished by the candidate"),
    "closed": _("Closed at the end of the time"),
    "ended": _("Ended by staff"),
    "rescheduled": _("End moved with the class"),
    "paused": _("Paused"),
    "reopened": _("Reopened"),
    "disclosed": _("The outcome was shown to the candidate"),
    "reviewing": _("Some of what was missed was reviewed"),
    "reviewed": _("What was missed was reviewed"),
    "continued": _("Continued after a pause"),
    "another_attempt": _("Another attempt allowed"),
    "removed": _("Removed from the exam of the class"),
    "let_in": _("Let in again"),
    "abandoned": _("Ended without a score"),
}


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """One question of an attempt: its card, with the code of the question, its revision, and the time on it."""

    card: disclosure.Card
    code: str
    question: int
    revision: int
    time: str


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin, CandidateSearch, ExtraTimeAdmin):
    list_title = _("Attempts")
    list_display = ("name", "exam", "score", "status", "started", "ended", "closed_by")
    list_filter = (StatusFilter, ModeFilter, PracticeFilter, ExamFilter, SyntheticFilter, StartedFilter)
    to_candidate = ("candidate",)
    uuids = ("candidate__uuid", "uuid")
    list_select_related = ("candidate__user", "report")
    actions = ("retry_scoring", "give_extra_time", "pause", "go_on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the attempts with `class_name`, under which somebody wrote the exam of a class."""
        people = Participant.objects.filter(sitting=OuterRef("sitting"), candidate=OuterRef("candidate"))
        return super().get_queryset(request).annotate(class_name=Subquery(people.values("name")[:1]))

    @admin.display(description=_("name"), ordering="candidate__user__username")
    def name(self, attempt: Any) -> str:
        return _name(attempt, attempt.class_name)

    @admin.display(description=_("exam"), ordering="blueprint_code")
    def exam(self, attempt: Attempt) -> str:
        return attempt.blueprint_code

    @admin.display(description=_("score"), ordering="report__scaled")
    def score(self, attempt: Attempt) -> str:
        if attempt.report is None:
            return "–"
        return f"{attempt.report.shown_score} ({gettext('passed') if attempt.report.passed else gettext('not passed')})"

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, attempt: Attempt) -> str:
        return _moment(attempt.started_at)

    @admin.display(description=_("ended"), ordering="submitted_at")
    def ended(self, attempt: Attempt) -> str:
        return _moment(attempt.submitted_at)

    @admin.action(description=_("Retry failed scoring"), permissions=["view"])
    def retry_scoring(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        n = sum(scoring.retry(attempt) for attempt in queryset.filter(status=Attempt.Status.SCORING_FAILED))
        text = ngettext("%(n)d exam is being scored again.", "%(n)d exams are being scored again.", n)
        self.message_user(request, text % {"n": n}, messages.SUCCESS if n else messages.WARNING)


@staff_page("exams.view_attempt", "admin/exams/attempt/attempt.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show who took the exam, the result, all answers and the log."""
    attempt = _attempt_or_404(pk)
    return _context(attempt) | {
        "events": [(event, event_label(event), event_details(event)) for event in attempt.events.select_related("by")],
        "reports": attempt.reports.order_by("-number"),
        "page": report_page(attempt) if attempt.report_id else None,
    }


@staff_page("exams.view_attempt", "admin/exams/attempt/paper.html")
def paper(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show the questions in the order and with the letters of the candidate."""
    return _context(_attempt_or_404(pk))


def _attempt_or_404(pk: int) -> Attempt:
    return get_object_or_404(Attempt.objects.select_related("candidate__user", "form__blueprint", "report"), pk=pk)


def _name(attempt: Attempt, in_class: str | None) -> str:
    """Return the name of the account, or else that of a guest `in_class`."""
    return (in_class if attempt.candidate.user_id is None else "") or candidates.name(attempt.candidate)


def _context(attempt: Attempt) -> dict[str, Any]:
    name, exam = _name(attempt, participants.name_of(attempt)), attempt.form.blueprint.exam
    return {
        "title": f"{name}, {exam.short_title}",
        "name": name,
        "attempt": attempt,
        "exam": exam,
        "questions": answered_questions(attempt),
    }


def answered_questions(attempt: Attempt) -> list[AnsweredQuestion]:
    """Return all questions by position as this candidate may see them, without what other exams would hide."""
    responses = reviews.responses(attempt)
    options = reviews.options_by_revision(responses)
    rule = scoring_rules.of_attempt(attempt)
    return [_answered_question(attempt, response, options[response.revision_id], rule) for response in responses]


def _answered_question(
    attempt: Attempt, response: Response, options: list[OptionText], rule: ScoringRule
) -> AnsweredQuestion:
    revision = options[0].revision
    return AnsweredQuestion(
        card=disclosure.card(attempt, response, options, to_staff=True, rule=rule),
        code=revision.question.code,
        question=revision.question.pk,
        revision=revision.number,
        time=duration(response.seconds) if response.seconds else "–",
    )


def event_label(event: AttemptEvent) -> str:
    """Return what happened, for people."""
    return str(_EVENTS.get(event.kind, event.kind))


def event_details(event: AttemptEvent) -> str:
    """Return what the log says of an event, for people: minutes and reason, or the question."""
    parts = []
    if "position" in event.data:
        parts.append(gettext("question %(n)s") % {"n": event.data["position"]})
    if event.data.get("address"):
        parts.append(gettext("from %(address)s") % {"address": event.data["address"]})
    if "saved" in event.data:
        parts.append(gettext("saved") if event.data["saved"] else gettext("a part was outdated and not saved"))
    if event.data.get("answers"):
        numbers = ", ".join(map(str, event.data["answers"]))
        parts.append(gettext("changed the answers to %(numbers)s") % {"numbers": numbers})
    if "minutes" in event.data:
        parts.append(gettext("%(n)s minutes") % {"n": event.data["minutes"]})
    if event.kind in ("rescheduled", "continued", "reopened"):
        moments = {name: _moment(datetime.fromisoformat(event.data[name])) for name in ("before", "deadline")}
        parts.append(gettext("from %(before)s to %(deadline)s") % moments)
    if event.data.get("reason"):
        parts.append(str(event.data["reason"]))
    return ", ".join(parts)


def _moment(time: Any) -> str:
    return date_format(timezone.localtime(time), "DATETIME_FORMAT") if time else "–"
