"""Blueprints in the admin: what an exam is, one made from another, its file, and whether candidates can start it.

The pages stand on this side of the house because how questions fall on exam domains is a formula of the sitting.
"""

from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams.admin.blueprint_form import BlueprintForm
from exams.models import Candidate
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import assembly, availability
from questions.admin.readonly import ReadOnlyAdmin
from questions.content.blueprint import BlueprintSpec
from questions.content.blueprint_yaml import dump
from questions.models import Blueprint
from questions.services import blueprints
from questions.services.blueprints import BlueprintFaultsError
from questions.services.errors import RefusedError


@admin.register(Blueprint)
class BlueprintAdmin(ReadOnlyAdmin):
    list_display = ("code", "version", "title", "questions", "minutes", "origin", "on_the_start_page", "loaded_at")
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
    def on_the_start_page(self, row: Blueprint) -> bool:
        return row.offered and row.is_newest  # type: ignore[attr-defined]  # annotated by get_queryset

    @admin.display(description="")
    def make_one(self, row: Blueprint) -> str:
        url = reverse("admin:questions_blueprint_make", args=[row.pk])
        which = _("%(code)s, version %(version)d") % {"code": row.code, "version": row.version}
        words = '<a href="{}">{}<span class="visually-hidden">: {}</span></a>'
        return format_html(words, url, _("Make one from this"), which)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may = request.user.has_perm(blueprints.MAKE)
        return (*self.list_display, "make_one") if may else self.list_display

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _("Exams")})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blueprint]:
        newest = Blueprint.objects.newest().order_by().values("pk")
        return super().get_queryset(request).annotate(is_newest=Q(pk__in=newest))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = (
            ("change/", require_safe(self.look), "change"),
            ("make/", require_http_methods(["GET", "HEAD", "POST"])(self.make), "make"),
            ("stock/", require_POST(self.stock), "stock"),
            ("offer/", require_POST(self.offer), "offer"),
            ("file/", require_safe(self.file), "file"),
        )
        own = [path(f"<int:pk>/{tail}", wrap(view), name=f"questions_blueprint_{name}") for tail, view, name in pages]
        return [*own, *super().get_urls()]

    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the exam is, what the bank gives for it, its other versions, and what can be done with it."""
        row = self._row(request, pk, "questions.view_blueprint")
        newest = Blueprint.objects.current(row.code)
        versions = Blueprint.objects.filter(code=row.code).order_by("-version").values_list("pk", "version")
        context = {
            "title": row.exam.title,
            "blueprint": row,
            "exam": row.exam,
            "is_newest": newest == row,
            "versions": list(versions),
            "rows": availability.by_exam_domain(row),
            "fresh": assembly.count_fresh_exams(row, Candidate()),
            "fresh_limit": assembly.MAX_FRESH_EXAMS,
            "may_make": request.user.has_perm(blueprints.MAKE),
        }
        return self._page(request, "blueprint", context)

    def make(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of a blueprint that starts as this one; saves only what the bank can fill."""
        source = self._row(request, pk, blueprints.MAKE)
        if request.method != "POST":
            return self._form(request, source, BlueprintForm(source))
        if "_weights" in request.POST:
            return self._form(request, source, BlueprintForm(source, _weighed(source, request.POST)))
        form = BlueprintForm(source, request.POST)
        if "_save" in request.POST and form.is_valid():
            made = self._make(form, source)
            if made:
                self.log_addition(request, made, _("Made from %s.") % source)
                text = _("“%s” is on the start page. Look at it here, or sit it.") % made.exam.title
                self.message_user(request, text, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:questions_blueprint_change", args=[made.pk]))
        return self._form(request, source, form, status=422 if form.errors else 200)

    def _make(self, form: BlueprintForm, source: Blueprint) -> Blueprint | None:
        """The stored blueprint, or None with the reasons in the form."""
        spec = form.spec()
        try:
            _try_out(blueprints.check(spec))
            seen = form.cleaned_data["seen"] if spec.code == source.code else 0
            return blueprints.make(spec, known_version=seen, now=timezone.now())
        except BlueprintFaultsError as faulty:
            form.blame(faulty.faults)
        except RefusedError as refusal:
            form.add_error(None, str(refusal))
        return None

    def stock(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the form asks of the bank and what the bank has, as a fragment; writes nothing."""
        source = self._row(request, pk, blueprints.MAKE)
        context = _asked(BlueprintForm(source, request.POST))
        return TemplateResponse(request, "admin/questions/blueprint/_availability.html", context)

    def offer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Puts the exam on the start page, or takes it off."""
        row = self._row(request, pk, blueprints.MAKE)
        on = request.POST.get("on") == "yes"
        try:
            if blueprints.offer(row, on=on):
                said = _("Put on the start page.") if on else _("Taken off the start page.")
                self.log_change(request, row, said)
                self.message_user(request, said, messages.SUCCESS)
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:questions_blueprint_change", args=[pk]))

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The blueprint as a file that another installation can load."""
        row = self._row(request, pk, "questions.view_blueprint")
        name = f"{row.code.lower()}.yaml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(dump(row.exam), content_type="application/yaml; charset=utf-8", headers=headers)

    def _row(self, request: HttpRequest, pk: int, permission: str) -> Blueprint:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return get_object_or_404(Blueprint, pk=pk)

    def _form(self, request: HttpRequest, source: Blueprint, form: BlueprintForm, status: int = 200) -> HttpResponse:
        context = {"title": _("Make an exam from %s") % source.exam.short_title, "source": source, "form": form}
        return self._page(request, "make", context | _asked(form), status)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/questions/blueprint/{name}.html", context, status=status)


def _asked(form: BlueprintForm) -> dict[str, Any]:
    """The sum of the weights that the form says, valid or not; if it is 100, what each exam domain needs and has."""
    weights = {number: _whole(form[f"weight-{number}"].value()) for number, _title in form.domains}
    total = sum(weights.values())
    scored, unscored = _whole(form["scored"].value()), _whole(form["unscored"].value())
    context: dict[str, Any] = {"total": total, "off": abs(100 - total), "under": total < 100}
    if total == 100 and scored <= 500 and unscored <= 500:
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
        context |= {"rows": rows, "enough": not any(row.missing for row in rows)}
    return context


def _weighed(source: Blueprint, post: Any) -> Any:
    """The post with weights as the live questions of the chosen collections and kinds lie."""
    data = post.copy()
    live, _pilots = availability.question_counts(
        source.exam.syllabus_code, tuple(post.getlist("collections")), tuple(post.getlist("kinds"))
    )
    weights = availability.proportional_weights(live)
    for name in [name for name in data if name.startswith("weight-")]:
        data[name] = str(weights.get(_whole(name.removeprefix("weight-")), 0))
    return data


def _try_out(spec: BlueprintSpec) -> None:
    """Draws one paper and throws it away. Raises RefusedError with the exam domains in which questions are missing."""
    trial = Blueprint(code=spec.code, spec=asdict(spec))
    lines = [
        ngettext(
            "%(title)s needs %(n)d question, the collections give %(there)d.",
            "%(title)s needs %(n)d questions, the collections give %(there)d.",
            row.scored + row.unscored,
        )
        % {"title": row.title, "n": row.scored + row.unscored, "there": row.scored + row.unscored - row.missing}
        for row in availability.by_exam_domain(trial)
        if row.missing
    ]
    if lines:
        raise RefusedError(" ".join(lines))
    try:
        assembly.draw_form(trial, Candidate(), "trial")
    except ShortageError as shortage:  # enough by number, but too many of them exclude each other
        raise RefusedError(
            _("There are enough questions, but too many of them must not meet in one exam. Ask for fewer.")
        ) from shortage


def _whole(value: Any) -> int:
    """A typed number, 0 for what is none."""
    text = str(value if value is not None else "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
