"""Blueprints in the admin: the list of exams, the page of one, and a new one made from it.

The pages are in `exams` because the split of questions over exam domains is a formula of this app.
"""

from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.admin.blueprints.blueprint_form import BlueprintForm
from exams.admin.blueprints.exam_form import stored
from exams.admin.blueprints.exam_settings import audience, created_message
from exams.admin.blueprints.own_exams import trial
from exams.admin.blueprints.scoring_fields import passes_at
from exams.models import Candidate, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import assembly, availability, pass_points
from exams.services.attempt.hidden_questions import held_by_sitting, held_questions
from exams.services.classes import sittings
from questions.admin.read_only_admin import ReadOnlyAdmin
from questions.admin.staff_page import current_user, log, staff_action, staff_form, staff_page
from questions.content.blueprint import BlueprintSpec
from questions.content.typed_numbers import whole_number
from questions.models import Blueprint
from questions.services import blueprints
from questions.services.drawn_questions import drawn_by
from questions.services.errors import RefusedError

MAX_FORM_NUMBER = 99_999
MAX_PREVIEW_QUESTIONS = 500  # scored or unscored, in the availability fragment


class ArchivedFilter(admin.SimpleListFilter):
    """Exams in use, unless archived ones are asked for."""

    title = gettext_lazy("archive")
    parameter_name = "archived"
    empty_label = gettext_lazy("In use")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Archived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Blueprint]) -> QuerySet[Blueprint]:
        return queryset.filter(archived=self.value() == "yes")


@admin.register(Blueprint)
class BlueprintAdmin(ReadOnlyAdmin):
    list_title = gettext_lazy("Exams")
    change_list_template = "admin/exams/blueprints/blueprints.html"
    list_display = ("code", "version", "title", "questions", "minutes", "origin", "is_offered", "is_open", "loaded_at")
    list_filter = (ArchivedFilter,)
    ordering = ("code",)

    @admin.display(description=gettext_lazy("title"))
    def title(self, row: Blueprint) -> str:
        return row.exam.title

    @admin.display(description=gettext_lazy("questions"))
    def questions(self, row: Blueprint) -> int:
        return row.exam.questions

    @admin.display(description=gettext_lazy("minutes"))
    def minutes(self, row: Blueprint) -> int:
        return row.exam.minutes

    @admin.display(description=gettext_lazy("on the start page"), boolean=True)
    def is_offered(self, row: Blueprint) -> bool:
        return row.offered

    @admin.display(description=gettext_lazy("open"), boolean=True)
    def is_open(self, row: Blueprint) -> bool:
        return row.admits

    @admin.display(description=_("Copy"))
    def make_link(self, row: Blueprint) -> str:
        url = reverse("admin:questions_blueprint_make", args=[row.pk])
        name = _("%(code)s, version %(version)d") % {"code": row.code, "version": row.version}
        html = '<a href="{}">{}<span class="visually-hidden">: {}</span></a>'
        return format_html(html, url, _("Create a copy"), name)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_make = request.user.has_perm(blueprints.MAKE)
        return (*self.list_display, "make_link") if may_make else self.list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blueprint]:
        """Return the newest version of each exam: the page of an exam lists the others."""
        newest = Blueprint.objects.newest().order_by().values("pk")
        return super().get_queryset(request).filter(pk__in=newest)


@staff_page("questions.view_blueprint", "admin/exams/blueprints/blueprint.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show the exam, its availability in the bank, its other versions, and its actions."""
    row = get_object_or_404(Blueprint, pk=pk)
    fresh_exams = assembly.count_fresh_exams(row, Candidate(), held_questions(timezone.now()))
    versions = Blueprint.objects.filter(code=row.code).order_by("-version").values_list("pk", "version")
    return {
        "title": row.exam.title,
        "blueprint": row,
        "exam": row.exam,
        "pass_points": pass_points.before_start(row),
        "is_newest": Blueprint.objects.current(row.code) == row,
        "audience": audience(row),
        "is_local": row.origin == Blueprint.Origin.LOCAL,
        "versions": list(versions),
        "rows": availability.by_exam_domain(row),
        "fresh_exams": fresh_exams,
        "holds": [] if fresh_exams else _holds(request, row),
        "max_fresh_exams": assembly.MAX_FRESH_EXAMS,
        "may_make": request.user.has_perm(blueprints.MAKE),
        "has_own_outline": row.origin == Blueprint.Origin.LOCAL and not row.exam.syllabus,
    }


def _holds(request: HttpRequest, row: Blueprint) -> list[tuple[str, int, Any]]:
    """Return the classes that hold questions of this exam: a name, if the user may see it, how many, and until when."""
    now, drawn = timezone.now(), set(drawn_by(row).askable().values_list("pk", flat=True))
    held = held_by_sitting(now)
    visible = set(sittings.visible_to(current_user(request)).filter(pk__in=held).values_list("pk", flat=True))
    return [
        (sitting.name if sitting.pk in visible else "", n, sittings.review_opens_at(sitting))
        for sitting in Sitting.objects.filter(pk__in=held).order_by("opens_at", "pk")
        if (n := len(drawn & held[sitting.pk]))
    ]


@staff_form(blueprints.MAKE, "admin/exams/blueprints/blueprint_form.html")
def make(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show and save the form of a new blueprint, filled from this one. Save only what the bank can fill."""
    source = get_object_or_404(Blueprint, pk=pk)
    if request.method != "POST":
        form = BlueprintForm(source)
    elif "_weights" in request.POST:
        form = BlueprintForm(source, _with_bank_weights(source, request.POST))
    else:
        form = BlueprintForm(source, request.POST)
        if "_save" in request.POST and form.is_valid() and (blueprint := _make(form, source, current_user(request))):
            log(request, blueprint, _("Created from %s.") % source, ADDITION)
            messages.success(request, created_message(blueprint))
            return redirect("admin:questions_blueprint_change", blueprint.pk)
    context = {"title": _("Create an exam from %s") % source.exam.short_title, "source": source, "form": form}
    return context | _availability_context(form)


def _make(form: BlueprintForm, source: Blueprint, by: Any) -> Blueprint | None:
    """Store the blueprint, or return None with the errors in the form."""
    spec = form.spec()
    known_version = form.cleaned_data["known_version"] if spec.code == source.code else 0

    def make_if_filled() -> Blueprint:
        _check_availability(blueprints.check(spec))
        return blueprints.make(spec, known_version=known_version, now=timezone.now(), by=by)

    return stored(form, make_if_filled)


@staff_action(blueprints.MAKE)
def show_availability(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the fragment with what the form needs and what the bank has."""
    form = BlueprintForm(get_object_or_404(Blueprint, pk=pk), request.POST)
    return render(request, "admin/exams/blueprints/_availability.html", _availability_context(form))


def _availability_context(form: BlueprintForm) -> dict[str, Any]:
    """Return the sum of the weights; if it is 100, what each exam domain needs and has. The form may be invalid."""
    weights = {number: _number(form[f"weight-{number}"].value()) for number, _title in form.domains}
    total = sum(weights.values())
    scored, unscored = _number(form["scored"].value()), _number(form["unscored"].value())
    is_percent = form.source.exam.is_percent
    context: dict[str, Any] = {
        "passes_at": passes_at(form["passing"].value(), scored) if is_percent else "",
    }
    context |= {"shows_domains": form.shows_domains, "total": total, "off": abs(100 - total), "under": total < 100}
    if total == 100 and max(scored, unscored) <= MAX_PREVIEW_QUESTIONS:
        spec = {
            **form.source.spec,
            "scored": scored,
            "unscored": unscored,
            "kinds": form["kinds"].value() or [],
            "collections": form["collections"].value() or [],
            "exam_domains": [
                asdict(form.weighted(number, title, weights[number]))
                for number, title in form.domains
                if weights[number]
            ],
            "syllabus": form.source.exam.syllabus_code,
        }
        rows = availability.by_exam_domain(Blueprint(code=form.source.code, spec=spec))
        context |= {"rows": rows, "is_sufficient": not any(row.missing for row in rows)}
    return context


def _with_bank_weights(source: Blueprint, post: Any) -> Any:
    """Return the POST data with weights in proportion to the live questions of the chosen collections and kinds."""
    data = post.copy()
    chosen = {name: post.getlist(name) for name in ("collections", "kinds")}
    form = BlueprintForm(source)
    domains = [form.weighted(number, title, 1) for number, title in form.domains]
    spec = {**source.spec, **chosen, "exam_domains": [asdict(domain) for domain in domains]}
    spec["syllabus"] = source.exam.syllabus_code
    live, _pilots = availability.question_counts(Blueprint(code=source.code, spec=spec))
    weights = availability.proportional_weights(live)
    for name in [name for name in data if name.startswith("weight-")]:
        data[name] = str(weights.get(_number(name.removeprefix("weight-")), 0))
    return data


def _check_availability(spec: BlueprintSpec) -> None:
    """Draw a form without storing it. Raise RefusedError with the exam domains in which questions are missing."""
    unstored = trial(spec)
    lines = [
        ngettext(
            "%(title)s needs %(n)d question. The collections have %(available)d.",
            "%(title)s needs %(n)d questions. The collections have %(available)d.",
            row.scored + row.unscored,
        )
        % {"title": row.title, "n": row.scored + row.unscored, "available": row.scored + row.unscored - row.missing}
        for row in availability.by_exam_domain(unstored)
        if row.missing
    ]
    if lines:
        raise RefusedError(" ".join(lines))
    try:
        assembly.draw_form(unstored, Candidate(), "trial")
    except ShortageError as shortage:  # sufficient in number, but too many enemies
        raise RefusedError(
            _("There are enough questions, but too many of them must not meet. Reduce the number of questions.")
        ) from shortage


def _number(value: Any) -> int:
    return whole_number(str(value or "").strip(), 0, MAX_FORM_NUMBER)
