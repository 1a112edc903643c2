"""The collections in the admin: what each holds its questions to, and which exams draw from it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.admin.staff_page import current_user, log, staff_form, staff_page
from questions.content.house_rules import SWITCHES
from questions.models import Blueprint, Collection, Question
from questions.services import blueprints, collections
from questions.services.drawing_rights import shipped_collections
from questions.services.errors import RefusedError

LABELS = {
    "references": gettext_lazy("A reference, by https"),
    "rationales": gettext_lazy("An explanation, and a reason for each option"),
    "topics": gettext_lazy("A topic, and a point of the syllabus if it has some"),
    "lengths": gettext_lazy("Even lengths of the options, and a stem of the usual length"),
    "options": gettext_lazy("Four options, five with two keys, six with three; numbers sorted"),
    "select": gettext_lazy("“(Select TWO.)” at the end of the stem; only for questions in English"),
    "style": gettext_lazy("All other warnings of style, such as hints at the key"),
}


class CollectionForm(forms.Form):
    """What can be changed of a collection."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120, required=False)
    language = forms.RegexField(
        r"\A[a-z]{2,3}(-[A-Za-z]{2,4})?\Z",
        label=gettext_lazy("Language"),
        max_length=8,
        help_text=gettext_lazy("Of the questions, as a code such as en, de or pt-BR."),
        error_messages={"invalid": gettext_lazy("Enter the code of a language, such as en, de or pt-BR.")},
    )
    switches = forms.MultipleChoiceField(
        label=gettext_lazy("Its questions have"),
        choices=[(name, LABELS[name]) for name in SWITCHES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    practicable = forms.BooleanField(
        label=gettext_lazy("Candidates can practice with it, where an exam says so"), required=False
    )


@staff_page("questions.view_question", "admin/questions/collections/collections.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """List all collections with their questions and the exams that draw from them."""
    counts = Question.objects.order_by().values_list("collection").annotate(n=Count("pk"))
    questions = dict(counts)
    rows = {row.slug: row for row in Collection.objects.select_related("owner")}
    exams: dict[str, list[str]] = {}
    for blueprint in Blueprint.objects.in_use():
        for name in blueprint.exam.collections:
            exams.setdefault(name, []).append(blueprint.exam.short_title)
    names = sorted({*questions, *rows, *exams})
    return {
        "title": _("Collections"),
        "rows": [
            {"slug": name, "row": rows.get(name), "n": questions.get(name, 0), "exams": exams.get(name, [])}
            for name in names
        ],
        "may_change": request.user.has_perm(blueprints.MAKE),
    }


@staff_form(blueprints.MAKE, "admin/questions/collections/collection.html")
def change(request: HttpRequest, slug: str) -> dict[str, Any] | HttpResponse:
    """Show and save what a collection holds its questions to."""
    if slug in collections.named():
        collections.ensure([slug], current_user(request))
    row = get_object_or_404(Collection, slug=slug)
    form = CollectionForm(request.POST) if request.method == "POST" else CollectionForm(initial=_initial(row))
    if form.is_bound and form.is_valid():
        try:
            collections.change(row, **form.cleaned_data)
        except RefusedError as refusal:
            form.add_error("switches", str(refusal))
        else:
            log(request, row, _("Changed its rules."))
            messages.success(request, _("The collection %s was saved.") % row.slug)
            return redirect("admin:collections")
    return {"title": str(row), "row": row, "form": form, "is_shipped": slug in shipped_collections()}


def _initial(row: Collection) -> dict[str, Any]:
    values = {"title": row.title, "language": row.language, "practicable": row.practicable}
    return values | {"switches": row.house_rules}
