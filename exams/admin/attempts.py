"""Attempts, candidates, forms and score reports in the admin: read only, except extra time and scoring retries."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from exams.admin.extra_time import ExtraTimeAdmin, StandingExtraTimeForm
from exams.models import Allowance, Attempt, AttemptEvent, Candidate, DomainResult, Form, Response, ScoreReport
from exams.services.attempt import extra_time
from exams.services.results import scoring
from questions.admin.readonly import ReadOnly


class ResponseInline(ReadOnly, admin.TabularInline):
    model = Response
    fields = ("position", "revision", "exam_domain", "scored", "ticked", "key", "correct", "flagged", "seconds")
    readonly_fields = ("correct",)  # a generated column cannot be a form field
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Response]:
        return super().get_queryset(request).select_related("revision__question")


class EventInline(ReadOnly, admin.TabularInline):
    model = AttemptEvent
    fields = ("at", "kind", "data", "by")
    extra = 0


class AllowanceInline(ReadOnly, admin.TabularInline):
    model = Allowance
    fields = ("at", "minutes", "reason", "by")
    extra = 0


class ReportInline(ReadOnly, admin.TabularInline):
    model = ScoreReport
    fk_name = "attempt"
    fields = ("number", "made_at", "cause", "raw", "n", "kappa", "scaled", "passed")
    readonly_fields = ("passed",)
    extra = 0


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, ExtraTimeAdmin):
    list_display = ("uuid", "candidate", "blueprint_code", "status", "started_at", "submitted_at", "closed_by", "score")
    list_filter = ("status", "mode", "blueprint_code", "synthetic")
    search_fields = ("uuid", "candidate__uuid", "candidate__user__username")
    list_select_related = ("candidate", "report")
    show_full_result_count = False
    date_hierarchy = "started_at"
    inlines = (EventInline, AllowanceInline, ReportInline, ResponseInline)
    actions = ("retry_scoring", "give_extra_time")

    @admin.display(description=_("score"))
    def score(self, attempt: Attempt) -> str:
        return str(attempt.report.scaled) if attempt.report else "–"

    @admin.action(description=_("Retry failed scoring"), permissions=["view"])
    def retry_scoring(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        n = sum(scoring.retry(attempt) for attempt in queryset.filter(status=Attempt.Status.SCORING_FAILED))
        text = ngettext("%(n)d exam is being scored again.", "%(n)d exams are being scored again.", n)
        self.message_user(request, text % {"n": n}, messages.SUCCESS if n else messages.WARNING)


@admin.register(Candidate)
class CandidateAdmin(ReadOnly, admin.ModelAdmin):
    """Read only, except the extra time for users with the permission to change candidates."""

    form = StandingExtraTimeForm
    fields = ("uuid", "user", "created_at", "extra_percent", "extra_minutes", "target_date", "erased_at")
    readonly_fields = ("uuid", "user", "created_at", "target_date", "erased_at")
    list_display = ("uuid", "user", "created_at", "extra_percent", "extra_minutes")
    search_fields = ("uuid", "user__username")
    list_select_related = ("user",)
    show_full_result_count = False
    actions = ("grant_esl_time",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("exams.change_candidate"))

    def save_model(self, request: HttpRequest, obj: Candidate, form: Any, change: bool) -> None:
        """Save only these two columns: the rest of the row may have changed since the page was rendered."""
        extra_time.set_standing_extra_time(obj, obj.extra_percent, obj.extra_minutes)

    @admin.action(description=_("Add 30 minutes: English as a second language"), permissions=["change"])
    def grant_esl_time(self, request: HttpRequest, queryset: QuerySet[Candidate]) -> None:
        n = 0
        for candidate in queryset.filter(extra_minutes__lt=extra_time.ESL_MINUTES):
            extra_time.set_standing_extra_time(candidate, candidate.extra_percent, extra_time.ESL_MINUTES)
            self.log_change(request, candidate, f"extra minutes {extra_time.ESL_MINUTES}")
            n += 1
        text = ngettext(
            "%(n)d candidate gets %(m)d more minutes in each exam that starts from now on.",
            "%(n)d candidates get %(m)d more minutes in each exam that starts from now on.",
            n,
        )
        self.message_user(request, text % {"n": n, "m": extra_time.ESL_MINUTES}, messages.SUCCESS)


@admin.register(Form)
class FormAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("seed", "blueprint", "mode", "kappa", "n_scored", "n_unscored", "bank_version")
    list_filter = ("mode", "blueprint")
    show_full_result_count = False


class DomainInline(ReadOnly, admin.TabularInline):
    model = DomainResult
    extra = 0


@admin.register(ScoreReport)
class ScoreReportAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("attempt", "number", "made_at", "raw", "n", "kappa", "scaled", "passed", "cause")
    list_filter = ("cause", "rule")
    show_full_result_count = False
    inlines = (DomainInline,)
