"""Exams with a syllabus of their own in the admin: a new one, and its next version with another outline.

An exam can be made before its questions are: it is closed until somebody opens it.
"""

from dataclasses import asdict, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.blueprints.exam_form import ExamForm, initial, stored
from exams.admin.blueprints.exam_settings import created_message
from exams.admin.blueprints.scoring_fields import PERCENT_FIELDS, ScoringFields, initial_scoring, passes_at
from questions.admin.staff_page import current_user, log, staff_form, staff_page
from questions.content import outline
from questions.content.blueprint import PERCENT, BlueprintSpec
from questions.content.outline import OutlinedDomain
from questions.models import Blueprint, Revision
from questions.services import blueprints, stored_bank

MAX_OUTLINE_CHARS = 100_000
NEW_EXAM = {
    "minutes": 30, "scored": 20, "unscored": 0, "scoring": PERCENT, "passing": 60, "lowest": 0, "highest": 100,
    "kinds": [kind.value for kind in Revision.Kind], "self_allowance": False, "practices": False, "known_version": 0,
}  # fmt: skip


class OwnExamForm(ScoringFields, ExamForm):
    """An exam with its own exam domains and topics."""

    collections = forms.CharField(
        label=gettext_lazy("Draws from the collections"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "Names with spaces between them. Questions that you import or write get one of these names. "
            "Leave empty for one with the name of the exam."
        ),
    )
    practices = forms.BooleanField(
        label=gettext_lazy("Candidates can practice with these questions"),
        required=False,
        help_text=gettext_lazy(
            "Practice shows the key of each question. Leave it off for the questions of class exams."
        ),
    )
    outline = forms.CharField(
        label=gettext_lazy("Exam domains and topics"),
        max_length=MAX_OUTLINE_CHARS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line. A line with a dash is a topic of the exam domain above; a weight such as 40% ends the line of "
            "an exam domain. Without weights, all weigh the same. Leave empty for an exam without exam domains, which "
            "draws any question of its collections."
        ),
    )
    fault_fields = {**PERCENT_FIELDS, "exam_domains": "outline"}

    def __init__(self, source: Blueprint | None, data: Any = None) -> None:
        self.source = source
        self.domains: list[OutlinedDomain] = []
        super().__init__(data, initial=_initial(source) if source else NEW_EXAM)
        if source:
            self.fields["code"].disabled = True  # a new version of this exam

    def clean_outline(self) -> str:
        text: str = self.cleaned_data["outline"]
        domains, faults = outline.read(text)
        for fault in faults:
            line = _("Line %(n)d: ") % {"n": fault.line} if fault.line else ""
            self.add_error("outline", line + fault.sentence)
        self.domains = domains or []
        return text

    def spec(self, weights: Any) -> BlueprintSpec:
        """Return the specification of a valid form with the weights of its exam domains."""
        data, exam = self.cleaned_data, self.source.exam if self.source else None
        drawn = [draw.collection for domain in weights for draw in domain.draws]
        typed = data["collections"].replace(",", " ").split()
        collections = tuple(dict.fromkeys((*typed, *drawn))) or (slugify(data["code"]),)
        if len(weights) == 1 and not drawn:
            weights = (replace(weights[0], draws=outline.whole(collections)),)
        return BlueprintSpec(
            **self.own_fields(),
            **self.scoring_values(),
            version=1,
            available_from=exam.available_from if exam else None,
            retired_on=exam.retired_on if exam else None,
            successors=exam.successors if exam else (),
            notes=exam.notes if exam else (),
            exam_domains=weights,
            collections=collections,
            extra_time=exam.extra_time if exam else (),
            practice=collections if data["practices"] else (),
        )


def _initial(source: Blueprint) -> dict[str, Any]:
    exam = source.exam
    return (
        initial(source)
        | initial_scoring(exam)
        | {
            "collections": " ".join(exam.collections),
            "practices": bool(exam.practice),
            "outline": outline.write(exam, stored_bank.syllabus(exam.code)),
        }
    )


@staff_page(blueprints.MAKE, "admin/exams/blueprints/_passes_at.html")
def show_passes_at(request: HttpRequest) -> dict[str, Any]:
    """Return the sentence beside the pass mark for what is typed."""
    is_percent = request.GET.get("scoring", PERCENT) == PERCENT
    return {"sentence": passes_at(request.GET.get("passing"), request.GET.get("scored")) if is_percent else ""}


@staff_form(blueprints.MAKE, "admin/exams/blueprints/own_exam.html")
def new(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Show and save the form of an exam with its own exam domains and topics."""
    return _own_exam(request, None, _("New exam"))


@staff_form(blueprints.MAKE, "admin/exams/blueprints/own_exam.html")
def edit_outline(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show and save the next version of an exam with its own exam domains and topics."""
    source = get_object_or_404(Blueprint, pk=pk)
    if source.origin != Blueprint.Origin.LOCAL or source.exam.syllabus:
        raise Http404
    return _own_exam(request, source, _("New version of %s") % source.exam.short_title)


def _own_exam(request: HttpRequest, source: Blueprint | None, title: str) -> dict[str, Any] | HttpResponse:
    form = OwnExamForm(source, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (blueprint := _store(form, current_user(request))):
        log(request, blueprint, _("Created with its own exam domains and topics."), ADDITION)
        messages.success(request, created_message(blueprint))
        return redirect("admin:questions_blueprint_change", blueprint.pk)
    return {"title": title, "source": source, "form": form}


def _store(form: OwnExamForm, by: Any) -> Blueprint | None:
    """Store exam and syllabus, or return None with the errors in the form."""
    data = form.cleaned_data
    syllabus, weights = outline.build(
        form.domains, data["code"], data["title"], stored_bank.syllabus(data["code"]) if form.source else None
    )
    spec = form.spec(weights)
    known = data["known_version"] if form.source else 0
    return stored(
        form, lambda: blueprints.make(spec, known_version=known, now=timezone.now(), syllabus=syllabus, by=by)
    )


def trial(spec: BlueprintSpec) -> Blueprint:
    """Return a blueprint that is not stored, to see what the bank lacks for it."""
    return Blueprint(code=spec.code, spec=asdict(spec))
