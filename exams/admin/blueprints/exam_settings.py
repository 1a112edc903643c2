"""The settings of an exam on one page: title, minutes, pass mark, and who may start it. Saving closes nothing.

Changes of the exam itself are stored as its next version, as everywhere; the switches are of the installation. Of an
exam that comes from files, only the switches can be changed here.
"""

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.blueprints.exam_form import FaultFields, stored
from exams.admin.blueprints.scoring_fields import PERCENT_FIELDS, ScoringFields, initial_scoring
from exams.services.attempt import assembly
from exams.sign_in import site_url
from questions.admin.staff_page import log, staff_form
from questions.content.blueprint import BlueprintSpec
from questions.models import Blueprint
from questions.services import blueprints
from questions.services.errors import RefusedError


class SwitchesForm(FaultFields, forms.Form):
    """Who may start the exam."""

    offered = forms.BooleanField(label=gettext_lazy("On the start page"), required=False)
    admits = forms.BooleanField(label=gettext_lazy("Open to new candidates"), required=False)

    def __init__(self, row: Blueprint, data: Any = None) -> None:
        self.row = row
        super().__init__(data, initial={"offered": row.offered, "admits": row.admits} | self.values_of(row))

    def values_of(self, row: Blueprint) -> dict[str, Any]:
        return {}

    def spec(self) -> BlueprintSpec:
        """Return the specification of a valid form."""
        return self.row.exam


class SettingsForm(ScoringFields, SwitchesForm):
    """The same with what can be changed of an exam that was made here."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    short_title = forms.CharField(
        label=gettext_lazy("Short title"), max_length=40, help_text=gettext_lazy("Used in lists.")
    )
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"))
    scored = forms.IntegerField(label=gettext_lazy("Scored questions"))
    self_allowance = forms.BooleanField(
        label=gettext_lazy("Candidates can choose extra time before they start"), required=False
    )
    practices = forms.BooleanField(
        label=gettext_lazy("Candidates can practice with these questions"),
        required=False,
        help_text=gettext_lazy(
            "Practice shows the key of each question. Leave it off for the questions of class exams."
        ),
    )
    known_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    fault_fields = {**PERCENT_FIELDS, "scale.pass": "passing", "counts.scored": "scored"}

    def values_of(self, row: Blueprint) -> dict[str, Any]:
        exam = row.exam
        names = ("title", "short_title", "minutes", "scored", "self_allowance")
        values = {name: getattr(exam, name) for name in names}
        return values | initial_scoring(exam) | {"practices": bool(exam.practice), "known_version": row.version}

    def spec(self) -> BlueprintSpec:
        data, exam = self.cleaned_data, self.row.exam
        practice = (exam.practice or exam.collections) if data["practices"] else ()
        names = ("title", "short_title", "minutes", "scored", "self_allowance")
        return replace(exam, **{name: data[name] for name in names}, **self.scoring_values(), practice=practice)


@staff_form(blueprints.MAKE, "admin/exams/blueprints/settings.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show and save the settings of an exam."""
    row = get_object_or_404(Blueprint, pk=pk)
    form_of = SettingsForm if row.origin == Blueprint.Origin.LOCAL else SwitchesForm
    form = form_of(row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (saved := stored(form, lambda: _save(row, form))):
        log(request, saved, _("Changed the settings."))
        messages.success(request, _("Saved. %s") % audience(saved))
        return redirect("admin:questions_blueprint_change", saved.pk)
    return {
        "title": _("Settings of %s") % row.exam.short_title,
        "source": row,
        "form": form,
        "is_local": form_of is SettingsForm,
        "who": anybody(),
        "address": site_url(request).rstrip("/") + reverse("exam", args=[row.code]),
    }


@transaction.atomic
def _save(row: Blueprint, form: SwitchesForm) -> Blueprint:
    """Store the next version if the exam was changed, then set the switches. Raise RefusedError."""
    if isinstance(form, SettingsForm):
        row = blueprints.make(form.spec(), known_version=form.cleaned_data["known_version"], now=timezone.now())
    offered, admits = form.cleaned_data["offered"], form.cleaned_data["admits"]
    if admits and not row.admits and assembly.blueprint_shortage(row):
        raise RefusedError(_("The bank has too few questions for this exam. Its page shows what is missing."))
    if offered != row.offered:
        blueprints.offer(row, on=offered)
    if admits != row.admits:
        blueprints.admit(row, on=admits)
    return row


def anybody() -> str:
    """Return who can start an open exam on this server, in words."""
    if settings.GUESTS:
        return _("Anybody can start it, without an account.")
    if settings.SIGNUP:
        return _("Everybody with an account can start it, and anybody can make an account.")
    return _("Everybody with an account can start it.")


def audience(row: Blueprint) -> str:
    """Return a sentence on who can start the exam now."""
    if not row.admits:
        closed = _("It is closed: nobody can start it, except in a class.")
        return f"{closed} {_('The start page lists it.')}" if row.offered else closed
    where = _("It is on the start page.") if row.offered else _("Only those who have its address find it.")
    return f"{_('It is open.')} {anybody()} {where}"


def created_message(row: Blueprint) -> str:
    """Return what is said of a new exam or version: who can start it."""
    if row.version > 1:
        values = {"title": row.exam.title, "n": row.version}
        return f"{_('Version %(n)d of “%(title)s” was saved.') % values} {audience(row)}"
    return f"{_('“%s” was created.') % row.exam.title} {audience(row)}"
