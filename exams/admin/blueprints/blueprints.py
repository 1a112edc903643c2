"""Blueprints in the admin: view, create from another one, download, and offer to candidates.

The pages are in `exams` because the split of questions over exam domains is a formula of this app.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.admin.blueprints.blueprint_form import BlueprintForm
from exams.admin.blueprints.exam_files import ExamFileAdmin
from exams.admin.blueprints.own_exams import created_message, trial
from exams.models import Candidate
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import assembly, availability
from questions.content.blueprint import BlueprintSpec
from questions.content.typed_numbers import whole_number
from questions.models import Blueprint
from questions.services import blueprints
from questions.services.blueprints import BlueprintFaultsError
from questions.services.errors import RefusedError

MAX_FORM_NUMBER = 99_999
MAX_PREVIEW_QUESTIONS = 500  # scored or unscored, in the availability fragment


@admin.register(Blueprint)
class BlueprintAdmin(ExamFileAdmin):
    list_display = ("code", "version", "title", "questions", "minutes", "origin", "is_offered", "is_open", "loaded_at")
    ordering = ("code", "-version")
    show_full_result_count = False

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
        return row.offered and row.is_newest  # type: ignore[attr-defined]  # annotated by get_queryset

    @admin.display(description=gettext_lazy("open"), boolean=True)
    def is_open(self, row: Blueprint) -> bool:
        return row.admits and row.is_newest  # type: ignore[attr-defined]  # annotated by get_queryset

    @admin.display(description=_("Copy"))
    def make_link(self, row: Blueprint) -> str:
        url = reverse("admin:questions_blueprint_make", args=[row.pk])
        name = _("%(code)s, version %(version)d") % {"code": row.code, "version": row.version}
        html = '<a href="{}">{}<span class="visually-hidden">: {}</span></a>'
        return format_html(html, url, _("Create a copy"), name)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_make = request.user.has_perm(blueprints.MAKE)
        return (*self.list_display, "make_link") if may_make else self.list_display

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _("Exams")})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blueprint]:
        newest = Blueprint.objects.newest().order_by().values("pk")
        return super().get_queryset(request).annotate(is_newest=Q(pk__in=newest))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = (
            ("change/", require_safe(self.view_blueprint), "change"),
            ("make/", require_http_methods(["GET", "HEAD", "POST"])(self.make), "make"),
            ("availability/", require_POST(self.availability), "availability"),
            ("offer/", require_POST(self.offer), "offer"),
            ("admit/", require_POST(self.admit), "admit"),
        )
        urls = [path(f"<int:pk>/{tail}", wrap(view), name=f"questions_blueprint_{name}") for tail, view, name in pages]
        return [*urls, *super().get_urls()]

    def view_blueprint(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the exam, its availability in the bank, its other versions, and its actions."""
        row = self._blueprint_or_404(request, pk, "questions.view_blueprint")
        newest = Blueprint.objects.current(row.code)
        versions = Blueprint.objects.filter(code=row.code).order_by("-version").values_list("pk", "version")
        context = {
            "title": row.exam.title,
            "blueprint": row,
            "exam": row.exam,
            "is_newest": newest == row,
            "versions": list(versions),
            "rows": availability.by_exam_domain(row),
            "fresh_exams": assembly.count_fresh_exams(row, Candidate()),
            "max_fresh_exams": assembly.MAX_FRESH_EXAMS,
            "may_make": request.user.has_perm(blueprints.MAKE),
            "has_own_outline": row.origin == Blueprint.Origin.LOCAL and not row.exam.syllabus,
        }
        return self._page(request, "blueprint", context)

    def make(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show and save the form of a new blueprint, filled from this one. Save only what the bank can fill."""
        source = self._blueprint_or_404(request, pk, blueprints.MAKE)
        if request.method != "POST":
            return self._form(request, source, BlueprintForm(source))
        if "_weights" in request.POST:
            return self._form(request, source, BlueprintForm(source, _with_bank_weights(source, request.POST)))
        form = BlueprintForm(source, request.POST)
        if "_save" in request.POST and form.is_valid():
            blueprint = self._make(form, source)
            if blueprint:
                self.log_addition(request, blueprint, _("Created from %s.") % source)
                self.message_user(request, created_message(blueprint), messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:questions_blueprint_change", args=[blueprint.pk]))
        return self._form(request, source, form, status=422 if form.errors else 200)

    def _make(self, form: BlueprintForm, source: Blueprint) -> Blueprint | None:
        """Store the blueprint, or return None with the errors in the form."""
        spec = form.spec()
        try:
            _check_availability(blueprints.check(spec))
            known_version = form.cleaned_data["known_version"] if spec.code == source.code else 0
            return blueprints.make(spec, known_version=known_version, now=timezone.now())
        except BlueprintFaultsError as faulty:
            form.add_faults(faulty.faults)
        except RefusedError as refusal:
            form.add_error(None, str(refusal))
        return None

    def availability(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the fragment with what the form needs and what the bank has."""
        source = self._blueprint_or_404(request, pk, blueprints.MAKE)
        context = _availability_context(BlueprintForm(source, request.POST))
        return TemplateResponse(request, "admin/exams/blueprints/_availability.html", context)

    def offer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put the exam on the start page, or take it off."""
        return self._switch(
            request, pk, blueprints.offer, _("Added to the start page."), _("Removed from the start page.")
        )

    def admit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open the exam to new candidates, or close it."""
        return self._switch(request, pk, blueprints.admit, _("Open to new candidates."), _("Closed to new candidates."))

    def _switch(self, request: HttpRequest, pk: int, switch: Any, on_text: str, off_text: str) -> HttpResponse:
        row = self._blueprint_or_404(request, pk, blueprints.MAKE)
        on = request.POST.get("on") == "yes"
        try:
            if on and switch == blueprints.admit and assembly.blueprint_shortage(row):
                raise RefusedError(_("The bank has too few questions for this exam. The table shows what is missing."))
            if switch(row, on=on):
                message = on_text if on else off_text
                self.log_change(request, row, message)
                self.message_user(request, message, messages.SUCCESS)
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:questions_blueprint_change", args=[pk]))

    def _form(self, request: HttpRequest, source: Blueprint, form: BlueprintForm, status: int = 200) -> HttpResponse:
        context = {"title": _("Create an exam from %s") % source.exam.short_title, "source": source, "form": form}
        return self._page(request, "blueprint_form", context | _availability_context(form), status)


def _availability_context(form: BlueprintForm) -> dict[str, Any]:
    """Return the sum of the weights; if it is 100, what each exam domain needs and has. The form may be invalid."""
    weights = {number: _number(form[f"weight-{number}"].value()) for number, _title in form.domains}
    total = sum(weights.values())
    scored, unscored = _number(form["scored"].value()), _number(form["unscored"].value())
    context: dict[str, Any] = {"total": total, "off": abs(100 - total), "under": total < 100}
    if total == 100 and max(scored, unscored) <= MAX_PREVIEW_QUESTIONS:
        spec = {
            **form.source.spec,
            "scored": scored,
            "unscored": unscored,
            "kinds": form["kinds"].value() or [],
            "collections": form["collections"].value() or [],
            "exam_domains": [
                {"number": number, "title": title, "weight": weights[number]}
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
    live, _pilots = availability.question_counts(
        source.exam.syllabus_code, tuple(post.getlist("collections")), tuple(post.getlist("kinds"))
    )
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
            _("There are enough questions, but too many are enemies. Reduce the number of questions.")
        ) from shortage


def _number(value: Any) -> int:
    return whole_number(str(value or "").strip(), 0, MAX_FORM_NUMBER)
