"""One person for administrators: names, address, role, extra time, sign-in link, and what the account was used for."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.people import accounts as people
from exams.admin.people.accounts import MANAGE_ACCOUNTS, Row
from exams.admin.people.candidates import StandingExtraTimeForm
from exams.admin.people.users import NameRules
from exams.models import Attempt, Candidate, Sitting
from exams.roles import ROLES
from exams.services.attempt import extra_time
from exams.services.people import accounts, candidates
from questions.admin.staff_page import current_user, log, staff_form
from questions.models import Question, User
from questions.services.errors import RefusedError

GRANT_TIME = "exams.change_candidate"


class PersonForm(NameRules, forms.ModelForm):
    """Names, address and role. `row` says what this user may change of the account."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)

    class Meta:
        model = User
        fields = ("display_name", "username", "email")
        labels = {"username": gettext_lazy("User name, to sign in"), "email": gettext_lazy("E-mail address")}

    def __init__(self, data: Any, *, instance: User, row: Row) -> None:
        super().__init__(data, instance=instance, initial={"role": row.role or ""})
        role: Any = self.fields["role"]
        role.choices = [("", _("none")), *((name, name) for name in ROLES)]
        self.fields["username"].help_text = ""
        if not row.may_open:  # a link for a new password is sent to the address
            self.fields["username"].disabled = self.fields["email"].disabled = True
        if row.role is None or not row.may_change:
            del self.fields["role"]


@staff_form(MANAGE_ACCOUNTS, "admin/exams/people/person.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show and save a person. POST with another button makes a link, activates or deactivates, as in the list."""
    account, user = get_object_or_404(User.objects.prefetch_related("groups"), pk=pk), current_user(request)
    (row,) = people.rows([account], user)
    if request.method == "POST" and "save" not in request.POST:
        return people.carry_out(request, user, [row])
    candidate = Candidate.objects.filter(user=account).first()
    data = request.POST if request.method == "POST" else None
    form = PersonForm(data, instance=get_object_or_404(User, pk=pk), row=row)
    time_form = StandingExtraTimeForm(data, instance=candidate or Candidate()) if user.has_perm(GRANT_TIME) else None
    may_save = accounts.may_change(user, account)
    # Both are checked, so that all faults are shown at once.
    if data is not None and may_save and form.is_valid() & (time_form is None or time_form.is_valid()):
        try:
            _save(request, account, form, time_form)
        except RefusedError as refused:
            form.add_error("role", str(refused))
        else:
            messages.success(request, _("%s was saved.") % account)
            return redirect("admin:person", pk)
    elif time_form and time_form.errors:
        form.add_error(None, _("Correct the extra time."))
    return {
        "title": str(account),
        "row": row,
        "form": form,
        "time_form": time_form,
        "may_save": may_save,
        "used_for": _used_for(account, candidate),
        "may_delete": user.has_perm("questions.delete_user") and row.may_change and row.may_open,
    }


def _save(request: HttpRequest, account: User, form: PersonForm, time_form: Any) -> None:
    values, user = form.cleaned_data, current_user(request)
    with transaction.atomic():
        changed = [str(form.fields[name].label) for name in form.changed_data]
        accounts.rename(account, values["username"])
        accounts.update_profile(account, values["display_name"], values["email"])
        if "role" in form.changed_data and accounts.set_role(account, values["role"], by=user):
            messages.warning(request, accounts.CLOSED % account)
        if time_form and time_form.changed_data:
            percent, minutes = time_form.cleaned_data["extra_percent"], time_form.cleaned_data["extra_minutes"]
            candidate = candidates.get_or_create_candidate(account, uuid4(), timezone.now())
            extra_time.set_standing_extra_time(candidate, percent, minutes)
            text = _("Extra time set to %(percent)d%% and %(minutes)d minutes.")
            log(request, account, text % {"percent": percent, "minutes": minutes})
        if changed:
            log(request, account, _("Changed: %s.") % ", ".join(changed))


def _used_for(account: User, candidate: Candidate | None) -> list[tuple[str, int]]:
    """Return what the person has made and sat, each with its number."""
    counted: list[tuple[Any, QuerySet[Any]]] = [
        (_("Questions written"), Question.objects.filter(author=account)),
        (_("Classes held"), Sitting.objects.filter(owner=account)),
        (_("Exams and practice"), Attempt.objects.filter(candidate=candidate) if candidate else Attempt.objects.none()),
    ]
    return [(str(label), n) for label, rows in counted if (n := rows.count())]
