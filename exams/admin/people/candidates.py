"""Candidates in the admin: found by name, e-mail or guest code; read only, except their standing extra time."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from exams.admin.people.candidate_search import CandidateSearch
from exams.models import Candidate, StudyGoal
from exams.services.attempt import extra_time
from exams.services.people import candidates
from questions.admin.read_only_admin import ReadOnlyAdmin

MAX_EXTRA_PERCENT = 300


def _goal_in_words(goal: StudyGoal) -> str:
    parts = []
    if goal.target_date:
        parts.append(date_format(goal.target_date))
    if goal.daily_questions:
        parts.append(gettext("%(n)d questions a day") % {"n": goal.daily_questions})
    return ", ".join(parts)


class StandingExtraTimeForm(forms.ModelForm):
    """The extra time that a candidate gets at every start."""

    class Meta:
        model = Candidate
        fields = ("extra_percent", "extra_minutes")
        help_texts = {
            "extra_percent": _("A percentage of the minutes of the exam, rounded up."),
            "extra_minutes": _(
                "Both values apply to exams that start from now on. For a running exam, give extra time on its page."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, maximum in (("extra_percent", MAX_EXTRA_PERCENT), ("extra_minutes", extra_time.MAX_GRANT_MINUTES)):
            if name in self.fields:  # users who may only view have no fields
                self.fields[name].validators.append(MaxValueValidator(maximum))


@admin.register(Candidate)
class CandidateAdmin(ReadOnlyAdmin, CandidateSearch):
    """Read only, except the extra time for users with the permission to change candidates."""

    list_title = _("Candidates")
    form = StandingExtraTimeForm
    fields = ("name", "user", "created_at", "extra_percent", "extra_minutes", "study_goals", "erased_at")
    readonly_fields = ("name", "user", "created_at", "study_goals", "erased_at")
    list_display = ("name", "email", "created_at", "extra_percent", "extra_minutes")
    uuids = ("uuid",)
    list_select_related = ("user",)
    actions = ("grant_esl_time",)

    @admin.display(description=_("name"), ordering="user__username")
    def name(self, candidate: Candidate) -> str:
        return candidates.name(candidate)

    @admin.display(description=_("e-mail"), ordering="user__email", empty_value="–")
    def email(self, candidate: Candidate) -> str | None:
        return (candidate.user.email if candidate.user else "") or None

    @admin.display(description=_("goals"), empty_value="–")
    def study_goals(self, candidate: Candidate) -> str:
        return "; ".join(f"{goal.exam}: {_goal_in_words(goal)}" for goal in candidate.study_goals.order_by("exam"))

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
