"""Extra time in the admin: for one open exam, for selected ones, or for all that an outage affected."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.models import Attempt
from exams.services.attempt import extra_time, pauses
from exams.services.attempt.extra_time import MAX_GRANT_MINUTES, GrantOutcome
from exams.services.upkeep import reopening
from questions.admin.staff_page import render_page, staff_form
from questions.services.errors import RefusedError

GRANT, TEMPLATE = "exams.change_attempt", "admin/exams/attempt/extra_time.html"
MAX_LISTED_ATTEMPTS = 20  # on the page; more are counted


class ReasonForm(forms.Form):
    """The reason for an act of staff on exams."""

    reason = forms.CharField(
        max_length=200,
        label=gettext_lazy("Reason (required)"),
        help_text=gettext_lazy("For the log that staff see. Candidates and exports do not get it."),
    )


class ExtraTimeForm(ReasonForm):
    """Minutes and reason. `made` is when the form was shown, so that a form sent twice grants once."""

    minutes = forms.IntegerField(min_value=1, max_value=MAX_GRANT_MINUTES, label=gettext_lazy("Minutes"))
    field_order: tuple[str, ...] = ("minutes", "reason")
    made = forms.DateTimeField(widget=forms.HiddenInput)


class OutageForm(ExtraTimeForm):
    """Extra time for all exams that were open at one moment."""

    moment = forms.DateTimeField(
        label=gettext_lazy("Start of the outage (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Exams that were running at this time and are still running get the minutes."),
    )
    field_order = ("moment", "minutes", "reason")

    def clean_moment(self) -> datetime:
        moment: datetime = self.cleaned_data["moment"]
        if moment > timezone.now():
            raise forms.ValidationError(_("Enter a time in the past."))
        return moment


class ExtraTimeAdmin(admin.ModelAdmin):
    """The action of AttemptAdmin, for staff with the permission to change attempts."""

    actions: Sequence[Any] = ("give_extra_time", "pause", "go_on")
    change_list_template = "admin/exams/attempt/change_list.html"

    def has_grant_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may grant extra time. The admin derives this name from the action."""
        return bool(request.user.has_perm(GRANT))

    @admin.action(description=gettext_lazy("Give extra time"), permissions=["grant"])
    def give_extra_time(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> HttpResponse | None:
        form = ExtraTimeForm(request.POST) if "minutes" in request.POST else blank_form(ExtraTimeForm)
        if form.is_bound and form.is_valid():
            _grant(request, queryset, form)
            return None
        hidden_fields = [("action", "give_extra_time"), ("select_across", request.POST.get("select_across", "0"))]
        hidden_fields += [(ACTION_CHECKBOX_NAME, pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)]
        return render_page(request, TEMPLATE, _context(form, queryset) | {"hidden_fields": hidden_fields})

    @admin.action(description=gettext_lazy("Pause"), permissions=["grant"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        n = pauses.pause_all(queryset, "", request.user, timezone.now())
        self.message_user(request, paused(n), messages.SUCCESS if n else messages.WARNING)

    @admin.action(description=gettext_lazy("Let paused exams go on"), permissions=["grant"])
    def go_on(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        n = pauses.continue_all(queryset, request.user, timezone.now())
        self.message_user(request, continued(n), messages.SUCCESS if n else messages.WARNING)


def paused(n: int) -> str:
    """Return what a pause of n exams did."""
    return ngettext("%(n)d exam was paused.", "%(n)d exams were paused.", n) % {"n": n}


def continued(n: int) -> str:
    """Return what the end of the pause of n exams did."""
    return ngettext("%(n)d exam goes on.", "%(n)d exams go on.", n) % {"n": n}


@staff_form(GRANT, TEMPLATE)
def one(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Grant extra time to one attempt."""
    attempt = get_object_or_404(Attempt, pk=pk)
    form = ExtraTimeForm(request.POST) if request.method == "POST" else blank_form(ExtraTimeForm)
    if form.is_bound and form.is_valid():
        _grant(request, [attempt], form)
        return redirect("admin:exams_attempt_change", pk)
    return _context(form, Attempt.objects.filter(pk=pk))


@staff_form(GRANT, "admin/exams/attempt/reopen.html")
def reopen(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Reopen an exam that the clock has closed."""
    attempt = get_object_or_404(Attempt, pk=pk)
    form = ExtraTimeForm(request.POST) if request.method == "POST" else blank_form(ExtraTimeForm)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            reopening.reopen(attempt, values["minutes"], values["reason"], request.user, timezone.now())
        except RefusedError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The exam goes on for %(m)d minutes.") % {"m": values["minutes"]})
            return redirect("admin:exams_attempt_change", pk)
    return {"title": _("Reopen the exam"), "form": form, "attempt": attempt}


@staff_form(GRANT, TEMPLATE)
def outage(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Grant extra time to all exams that were open at one moment."""
    form = OutageForm(request.POST) if request.method == "POST" else blank_form(OutageForm)
    if form.is_bound and form.is_valid():
        _grant(request, Attempt.objects.open_exams_at(form.cleaned_data["moment"]), form)
        return redirect("admin:exams_attempt_changelist")
    return {"title": _("Give time back after an outage"), "form": form}


def grant(request: HttpRequest, attempts: Any, values: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Grant what a valid form says to these attempts, and yield level and text of what was done."""
    minutes, reason, made = (values[name] for name in ("minutes", "reason", "made"))
    counts = extra_time.grant_all(attempts, minutes, reason, request.user, timezone.now(), form_made=made)
    return _messages(counts, minutes)


def _grant(request: HttpRequest, attempts: Any, form: forms.Form) -> None:
    for level, text in grant(request, attempts, form.cleaned_data):
        messages.add_message(request, level, text)


def _context(form: forms.Form, attempts: QuerySet[Attempt]) -> dict[str, Any]:
    """Return what the page shows: the form, and who gets the time."""
    rows = attempts.select_related("candidate__user")
    return {
        "title": _("Give extra time"),
        "form": form,
        "attempts": list(rows[:MAX_LISTED_ATTEMPTS]),
        "more": max(0, rows.count() - MAX_LISTED_ATTEMPTS),
    }


def _messages(counts: Mapping[GrantOutcome, int], minutes: int) -> Iterator[tuple[int, str]]:
    """Yield level and text of what `grant_all` has done."""
    granted, ended, repeated = (counts[GrantOutcome[name]] for name in ("GRANTED", "ENDED", "REPEATED"))
    if granted or not (ended or repeated):
        text = ngettext("%(m)d minutes given to %(n)d exam.", "%(m)d minutes given to %(n)d exams.", granted)
        level = messages.SUCCESS if granted else messages.WARNING
        yield level, text % {"m": minutes, "n": granted}
    if ended:
        text = ngettext(
            "%(n)d exam got no extra time because it has ended.",
            "%(n)d exams got no extra time because they have ended.",
            ended,
        )
        yield messages.WARNING, text % {"n": ended}
    if repeated:
        text = ngettext(
            "%(n)d exam got no extra time because you gave it extra time after you opened this form.",
            "%(n)d exams got no extra time because you gave them extra time after you opened this form.",
            repeated,
        )
        yield messages.WARNING, text % {"n": repeated}


def blank_form(form_class: type[ReasonForm]) -> ReasonForm:
    """Return a form that says when it was made."""
    now = timezone.now()
    return form_class(initial={"made": now.isoformat(), "moment": now})
