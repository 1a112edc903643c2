"""Classes in the admin: a list of names, pasted or from a CSV file, kept to be used for several exams."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from exams.admin.classes.sitting_page import user_of
from exams.models import Roster
from exams.models.roster import MAX_NAME_CHARS
from exams.services.classes import rosters
from exams.services.people.pasted_lists import ListFaultsError
from questions.admin.readonly import ReadOnlyAdmin
from questions.content.typed_numbers import whole_number
from questions.services.errors import RefusedError

ADD, CHANGE, VIEW = "exams.add_roster", "exams.change_roster", "exams.view_roster"
MAX_LIST_CHARS = 200_000


class RosterForm(forms.Form):
    """A name and a list, typed or as a file; the file counts if there is one."""

    name = forms.CharField(label=gettext_lazy("Name of the class"), max_length=MAX_NAME_CHARS)
    people = forms.CharField(
        label=gettext_lazy("People"),
        required=False,
        max_length=MAX_LIST_CHARS,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One person a line: the name; after a comma an e-mail address and extra minutes, if you like: "
            "Ana Silva, ana@example.org, 30"
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        help_text=gettext_lazy("With the columns name, e-mail and extra minutes; a spreadsheet saves it as CSV."),
    )

    def text(self) -> tuple[str, tuple[str, ...]]:
        """Return the list of a valid form, and warnings about its file. Raise ListFaultsError if it is no text."""
        file = self.cleaned_data["file"]
        return rosters.text_of(file.read(MAX_LIST_CHARS), file.name) if file else (self.cleaned_data["people"], ())


@admin.register(Roster)
class RosterAdmin(ReadOnlyAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Roster]:
        return rosters.visible_to(user_of(request))

    def get_urls(self) -> list[URLPattern]:
        wrap, methods = self.admin_site.admin_view, require_http_methods(["GET", "HEAD", "POST"])
        return [
            path("add/", wrap(methods(self.add)), name="exams_roster_add"),
            path("<int:pk>/change/", wrap(methods(self.change)), name="exams_roster_change"),
            path("<int:pk>/remove/", wrap(require_POST(self.remove)), name="exams_roster_remove"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List the classes: one's own, and all for administrators."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("owner")
        context = {"title": _("Classes"), "rows": rows, "may_add": request.user.has_perm(ADD)}
        return self._page(request, "rosters", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._own_roster(request, whole_number(object_id, 0))
        return super().history_view(request, object_id, extra_context)

    def add(self, request: HttpRequest) -> HttpResponse:
        """Create a class from a list."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
        if form.is_bound and form.is_valid():
            try:
                text, warnings = form.text()
                people = rosters.read(text)
                roster = rosters.create(user_of(request), form.cleaned_data["name"], people)
                return self._saved(request, roster, len(people), warnings)
            except RefusedError as refused:
                _add_faults(form, refused)
        return self._form(request, form, {"title": _("New class")})

    def change(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Replace the list of a class. Exams keep the people they have."""
        roster = self._own_roster(request, pk)
        initial = {"name": roster.name, "people": rosters.as_text(roster)}
        form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm(initial=initial)
        if form.is_bound and form.is_valid():
            try:
                text, warnings = form.text()
                people = rosters.read(text)
                rosters.replace(roster, form.cleaned_data["name"], people)
                return self._saved(request, roster, len(people), warnings)
            except RefusedError as refused:
                _add_faults(form, refused)
        return self._form(request, form, {"title": roster.name, "roster": roster, "used": roster.sittings.exists()})

    def remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete a class that no exam uses."""
        roster = self._own_roster(request, pk)
        try:
            rosters.delete(roster)
            self.message_user(request, _("The class was deleted."), messages.SUCCESS)
        except RefusedError as refused:
            self.message_user(request, str(refused), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:exams_roster_changelist"))

    def _own_roster(self, request: HttpRequest, pk: int) -> Roster:
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _saved(self, request: HttpRequest, roster: Roster, n: int, warnings: Sequence[str]) -> HttpResponse:
        text = _("%(name)s has %(n)d people.") % {"name": roster.name, "n": n}
        self.message_user(request, text, messages.SUCCESS)
        for warning in warnings:
            self.message_user(request, warning, messages.WARNING)
        return HttpResponseRedirect(reverse("admin:exams_roster_change", args=[roster.pk]))

    def _form(self, request: HttpRequest, form: RosterForm, context: dict[str, Any]) -> HttpResponse:
        return self._page(request, "roster", {"form": form, **context}, status=422 if form.errors else 200)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/exams/classes/{name}.html", context, status=status)


def _add_faults(form: RosterForm, refused: RefusedError) -> None:
    sentences = refused.sentences if isinstance(refused, ListFaultsError) else None
    for sentence in sentences or [str(refused)]:
        form.add_error("people" if sentences else "name", sentence)
