"""Attempts in the admin: who took which exam, what was selected, and the paper as the candidate sees it.

Read only, except extra time and scoring retries. Keys, results and scored flags come from `exams.disclosure`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from exams import disclosure
from exams.admin.attempt.extra_time import ExtraTimeAdmin
from exams.admin.attempt.list_filters import ExamFilter
from exams.admin.people.candidate_search import CandidateSearch
from exams.models import Attempt, AttemptEvent, Response
from exams.services.people import candidates
from exams.services.results import review as reviews
from exams.services.results import scoring
from exams.services.results.report import duration, report_page
from exams.services.results.review import OptionText
from questions.admin.readonly import ReadOnly
from questions.content.typed_numbers import whole_number

_EVENTS = {
    "started": _("Started"),
    "resumed": _("Resumed"),
    "taken_over": _("Continued in another browser"),
    "allowance": _("Extra time"),
    "finished": _("Finished by the candidate"),
    "closed": _("Closed at the end of the time"),
    "ended": _("Ended by staff"),
    "rescheduled": _("End moved with the class"),
    "another_attempt": _("Another attempt allowed"),
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
class AttemptAdmin(ReadOnly, CandidateSearch, ExtraTimeAdmin):
    list_display = ("name", "exam", "score", "status", "started", "ended", "closed_by")
    list_filter = ("status", "mode", "practice_kind", ExamFilter, "synthetic", "started_at")
    to_candidate = ("candidate",)
    uuids = ("candidate__uuid", "uuid")
    list_select_related = ("candidate__user", "report")
    show_full_result_count = False
    actions = ("retry_scoring", "give_extra_time")

    @admin.display(description=_("name"), ordering="candidate__user__username")
    def name(self, attempt: Attempt) -> str:
        return candidates.name(attempt.candidate)

    @admin.display(description=_("exam"), ordering="blueprint_code")
    def exam(self, attempt: Attempt) -> str:
        return attempt.blueprint_code

    @admin.display(description=_("score"), ordering="report__scaled")
    def score(self, attempt: Attempt) -> str:
        if attempt.report is None:
            return "–"
        return f"{attempt.report.scaled} ({gettext('passed') if attempt.report.passed else gettext('not passed')})"

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, attempt: Attempt) -> str:
        return _moment(attempt.started_at)

    @admin.display(description=_("ended"), ordering="submitted_at")
    def ended(self, attempt: Attempt) -> str:
        return _moment(attempt.submitted_at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Attempts")} | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        paper = path("<int:pk>/paper/", self.admin_site.admin_view(self.paper), name="exams_attempt_paper")
        return [paper, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show who took the exam, the result, all answers and the log."""
        attempt = self._attempt_or_404(request, whole_number(object_id, 0))
        context = {
            "events": [(event, event_label(event), event_details(event)) for event in _events(attempt)],
            "reports": attempt.reports.order_by("-number"),
            "page": report_page(attempt) if attempt.report_id else None,
        }
        return self._attempt_page(request, attempt, "attempt", context)

    def paper(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the questions in the order and with the letters of the candidate."""
        return self._attempt_page(request, self._attempt_or_404(request, pk), "paper", {})

    def _attempt_or_404(self, request: HttpRequest, pk: int) -> Attempt:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Attempt.objects.select_related("candidate__user", "form__blueprint", "report"), pk=pk)

    def _attempt_page(
        self, request: HttpRequest, attempt: Attempt, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        name = candidates.name(attempt.candidate)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{name}, {attempt.form.blueprint.exam.short_title}",
            "name": name,
            "attempt": attempt,
            "exam": attempt.form.blueprint.exam,
            "questions": answered_questions(attempt),
            **context,
        }
        return TemplateResponse(request, f"admin/exams/attempt/{template}.html", context)

    @admin.action(description=_("Retry failed scoring"), permissions=["view"])
    def retry_scoring(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        n = sum(scoring.retry(attempt) for attempt in queryset.filter(status=Attempt.Status.SCORING_FAILED))
        text = ngettext("%(n)d exam is being scored again.", "%(n)d exams are being scored again.", n)
        self.message_user(request, text % {"n": n}, messages.SUCCESS if n else messages.WARNING)


def answered_questions(attempt: Attempt) -> list[AnsweredQuestion]:
    """Return all questions by position as this candidate may see them, without what other exams would hide."""
    responses = reviews.responses(attempt)
    options = reviews.options_by_revision(responses)
    return [_answered_question(attempt, response, options[response.revision_id]) for response in responses]


def _answered_question(attempt: Attempt, response: Response, options: list[OptionText]) -> AnsweredQuestion:
    revision = options[0].revision
    return AnsweredQuestion(
        card=disclosure.card(attempt, response, options, to_staff=True),
        code=revision.question.code,
        question=revision.question.pk,
        revision=revision.number,
        time=duration(response.seconds) if response.seconds else "–",
    )


def _events(attempt: Attempt) -> QuerySet[AttemptEvent]:
    return attempt.events.select_related("by")


def event_label(event: AttemptEvent) -> str:
    """Return what happened, for people."""
    return str(_EVENTS.get(event.kind, event.kind))


def event_details(event: AttemptEvent) -> str:
    """Return what the log says of an event, for people: minutes and reason, or the question."""
    parts = []
    if "position" in event.data:
        parts.append(gettext("question %(n)s") % {"n": event.data["position"]})
    if "minutes" in event.data:
        parts.append(gettext("%(n)s minutes") % {"n": event.data["minutes"]})
    if event.kind == "rescheduled":
        moments = {name: _moment(datetime.fromisoformat(event.data[name])) for name in ("before", "deadline")}
        parts.append(gettext("from %(before)s to %(deadline)s") % moments)
    if event.data.get("reason"):
        parts.append(str(event.data["reason"]))
    return ", ".join(parts)


def _moment(time: Any) -> str:
    return date_format(timezone.localtime(time), "DATETIME_FORMAT") if time else "–"
