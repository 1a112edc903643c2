"""Classes in the admin: a list of names, pasted or from a CSV file, kept to be used for several exams."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.models import Roster
from exams.models.roster import MAX_NAME_CHARS
from exams.services.classes import rosters
from exams.services.people.pasted_lists import ListFaultsError
from questions.admin.read_only_admin import ReadOnlyAdmin
from questions.admin.staff_page import current_user, log, staff_action, staff_form, staff_page
from questions.content.typed_numbers import whole_number
from questions.services.errors import RefusedError

ADD, CHANGE, VIEW = "exams.add_roster", "exams.change_roster", "exams.view_roster"
MAX_LIST_CHARS = 200_000
LIST_FORMAT = gettext_lazy(
    "One person a line: the name; after a comma an e-mail address and extra minutes, if you like: "
    "Ana Silva, ana@example.org, 30"
)
MAX_FILE_BYTES = 2_000_000


class RosterForm(forms.Form):
    """A name and a list, typed or as a file; the file counts if there is one."""

    name = forms.CharField(label=gettext_lazy("Name of the class"), max_length=MAX_NAME_CHARS)
    people = forms.CharField(
        label=gettext_lazy("People"),
        required=False,
        max_length=MAX_LIST_CHARS,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        help_text=LIST_FORMAT,
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file: Excel workbook or CSV"),
        required=False,
        help_text=gettext_lazy("With the columns name, e-mail and extra minutes."),
    )

    def text(self) -> tuple[str, tuple[str, ...]]:
        """Return the list of a valid form, and warnings about its file. Raise ListFaultsError if it is no text."""
        file = self.cleaned_data["file"]
        return rosters.text_of(file.read(MAX_FILE_BYTES), file.name) if file else (self.cleaned_data["people"], ())


@admin.register(Roster)
class RosterAdmin(ReadOnlyAdmin):
    """Only the history: `urls.py` has pages of our own for the others."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        own_roster(request, whole_number(object_id, 0))
        return super().history_view(request, object_id, extra_context)


def own_roster(request: HttpRequest, pk: int) -> Roster:
    """Return a class of this user, or of anybody for administrators. Raise Http404 for others."""
    return get_object_or_404(rosters.visible_to(current_user(request)), pk=pk)


@staff_page(VIEW, "admin/exams/classes/rosters.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """List the classes: one's own, and all for administrators."""
    user, archived = current_user(request), request.GET.get("archived") == "yes"
    rows = rosters.visible_to(user).select_related("owner").filter(archived_at__isnull=not archived)
    title = _("Archived classes") if archived else _("Classes")
    return {"title": title, "rows": rows, "is_archive": archived, "may_add": user.has_perm(ADD)}


@staff_form(ADD, "admin/exams/classes/roster.html")
def add(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Create a class from a list."""
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
    return _save(request, form) or {"form": form, "title": _("New class")}


@staff_form(CHANGE, "admin/exams/classes/roster.html")
def change(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Replace the list of a class. Exams keep the people they have."""
    roster = own_roster(request, pk)
    initial = {"name": roster.name, "people": rosters.as_text(roster)}
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm(initial=initial)
    context = {"form": form, "title": roster.name, "roster": roster, "used": roster.sittings.exists()}
    return _save(request, form, roster) or context


@staff_action(CHANGE)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a class that no exam uses."""
    try:
        rosters.delete(own_roster(request, pk))
        messages.success(request, _("The class was deleted."))
    except RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("admin:exams_roster_changelist")


@staff_action(CHANGE)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a class out of the list, or put it back."""
    roster, restores = own_roster(request, pk), "restore" in request.POST
    rosters.archive(roster, None if restores else timezone.now())
    log(request, roster, _("Put back into the list.") if restores else _("Archived."))
    done = _("The class is in the list again.") if restores else _("The class is archived. Its exams stay.")
    messages.success(request, done)
    return redirect("admin:exams_roster_changelist")


def _save(request: HttpRequest, form: RosterForm, roster: Roster | None = None) -> HttpResponse | None:
    """Create a class, or replace the list of one. Return None with the faults in the form if that is not possible."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        text, warnings = form.text()
        people, name = rosters.read(text), form.cleaned_data["name"]
        if roster:
            rosters.replace(roster, name, people)
        else:
            roster = rosters.create(current_user(request), name, people)
    except RefusedError as refused:
        sentences = refused.sentences if isinstance(refused, ListFaultsError) else None
        for sentence in sentences or [str(refused)]:
            form.add_error("people" if sentences else "name", sentence)
        return None
    messages.success(request, _("%(name)s has %(n)d people.") % {"name": roster.name, "n": len(people)})
    for warning in warnings:
        messages.warning(request, warning)
    return redirect("admin:exams_roster_change", roster.pk)
