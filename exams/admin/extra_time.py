"""Extra time in the admin: minutes for one running exam, for chosen ones, or for all who sat when something failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.models import Attempt, Candidate
from exams.services.attempt import allowances
from exams.services.attempt.allowances import MAX_GRANT_MINUTES, GrantOutcome

SHOWN = 20  # attempts named on the page; more are counted


class ExtraTime(forms.Form):
    """How much and why. `made` is when the form was shown: sent twice, it gives once."""

    minutes = forms.IntegerField(min_value=1, max_value=MAX_GRANT_MINUTES, label=gettext_lazy("Minutes"))
    reason = forms.CharField(
        max_length=200,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For the log that staff see. Candidates and exports are told the minutes alone."),
    )
    made = forms.DateTimeField(widget=forms.HiddenInput)


class Outage(ExtraTime):
    moment = forms.DateTimeField(
        label=gettext_lazy("When it began (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("All who were sitting an exam at this time get the minutes, if it still runs."),
    )
    field_order = ("moment", "minutes", "reason")

    def clean_moment(self) -> datetime:
        moment: datetime = self.cleaned_data["moment"]
        if moment > timezone.now():
            raise forms.ValidationError(_("This time has not come yet."))
        return moment


class ExtraTimeAdmin(admin.ModelAdmin):
    """What AttemptAdmin offers to staff who may change attempts, which is nothing but this."""

    actions: Sequence[Any] = ("give_extra_time",)
    change_form_template = "admin/exams/attempt/change_form.html"
    change_list_template = "admin/exams/attempt/change_list.html"

    def has_grant_permission(self, request: HttpRequest) -> bool:
        """May this person give extra time? The admin asks by this name for the action."""
        return bool(request.user.has_perm("exams.change_attempt"))

    def get_urls(self) -> list[URLPattern]:
        one = path("<int:pk>/extra-time/", self.admin_site.admin_view(self.extra_time), name="exams_attempt_extra_time")
        many = path("outage/", self.admin_site.admin_view(self.outage), name="exams_attempt_outage")
        return [one, many, *super().get_urls()]

    @admin.action(description=gettext_lazy("Give extra time"), permissions=["grant"])
    def give_extra_time(self, request: HttpRequest, chosen: QuerySet[Attempt]) -> HttpResponse | None:
        form = ExtraTime(request.POST) if "minutes" in request.POST else _blank(ExtraTime)
        if form.is_bound and form.is_valid():
            self._give(request, chosen, form)
            return None
        kept = [("action", "give_extra_time"), ("select_across", request.POST.get("select_across", "0"))]
        kept += [(ACTION_CHECKBOX_NAME, pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)]
        return self._page(request, form, _("Give extra time"), chosen, kept)

    def extra_time(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form for one attempt."""
        if not self.has_grant_permission(request):
            raise PermissionDenied
        attempt = get_object_or_404(Attempt, pk=pk)
        form = ExtraTime(request.POST) if request.method == "POST" else _blank(ExtraTime)
        if form.is_bound and form.is_valid():
            self._give(request, [attempt], form)
            return HttpResponseRedirect(reverse("admin:exams_attempt_change", args=[pk]))
        return self._page(request, form, _("Give extra time"), Attempt.objects.filter(pk=pk))

    def outage(self, request: HttpRequest) -> HttpResponse:
        """The form for everybody who was sitting at one time."""
        if not self.has_grant_permission(request):
            raise PermissionDenied
        form = Outage(request.POST) if request.method == "POST" else _blank(Outage)
        if form.is_bound and form.is_valid():
            self._give(request, Attempt.objects.open_exams_at(form.cleaned_data["moment"]), form)
            return HttpResponseRedirect(reverse("admin:exams_attempt_changelist"))
        return self._page(request, form, _("Give time back after an outage"), None)

    def _give(self, request: HttpRequest, attempts: Any, form: forms.Form) -> None:
        minutes, reason, made = (form.cleaned_data[name] for name in ("minutes", "reason", "made"))
        counts = allowances.grant_all(attempts, minutes, reason, request.user, timezone.now(), form_made=made)
        given, ended, repeated = counts[GrantOutcome.GRANTED], counts[GrantOutcome.ENDED], counts[GrantOutcome.REPEATED]
        if given or not (ended or repeated):
            text = ngettext("%(m)d minutes given to %(n)d exam.", "%(m)d minutes given to %(n)d exams.", given)
            level = messages.SUCCESS if given else messages.WARNING
            self.message_user(request, text % {"m": minutes, "n": given}, level)
        if ended:
            text = ngettext(
                "%(n)d exam has ended and got nothing: time can be given only while an exam runs.",
                "%(n)d exams have ended and got nothing: time can be given only while an exam runs.",
                ended,
            )
            self.message_user(request, text % {"n": ended}, messages.WARNING)
        if repeated:
            text = ngettext(
                "%(n)d exam got nothing more: you gave it time after this form was opened.",
                "%(n)d exams got nothing more: you gave them time after this form was opened.",
                repeated,
            )
            self.message_user(request, text % {"n": repeated}, messages.WARNING)

    def _page(
        self,
        request: HttpRequest,
        form: forms.Form,
        title: str,
        chosen: QuerySet[Attempt] | None,
        kept: list[tuple[str, str]] | None = None,
    ) -> HttpResponse:
        """The form, with the attempts that it is for (None: not known yet) and the fields that it has to carry."""
        rows = chosen.select_related("candidate__user") if chosen is not None else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "attempts": list(rows[:SHOWN]) if rows is not None else [],
            "more": max(0, rows.count() - SHOWN) if rows is not None else 0,
            "kept": kept or [],
        }
        return TemplateResponse(request, "admin/exams/attempt/extra_time.html", context)


def _blank(kind: type[ExtraTime]) -> ExtraTime:
    now = timezone.now()
    return kind(initial={"made": now.isoformat(), "moment": now})


class StandingTime(forms.ModelForm):
    """The extra time of a candidate at every start."""

    class Meta:
        model = Candidate
        fields = ("extra_percent", "extra_minutes")
        help_texts = {
            "extra_percent": gettext_lazy("Of the minutes of the exam, rounded up."),
            "extra_minutes": gettext_lazy(
                "Both count at each start from now on. For an exam that runs, give extra time on its own page."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, most in (("extra_percent", 300), ("extra_minutes", MAX_GRANT_MINUTES)):
            if name in self.fields:  # who may only look has no fields
                self.fields[name].validators.append(MaxValueValidator(most))
