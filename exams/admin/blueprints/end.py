"""The end of an exam that was made here: an unused one is deleted, a used one archived, and restored."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import DELETION
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from exams.models import Form, Sitting
from questions.admin.staff_page import log, staff_action, staff_form
from questions.models import Blueprint, Question
from questions.services import blueprints
from questions.services.errors import RefusedError


def is_used(row: Blueprint) -> bool:
    """Return whether anything rests on the exam: a form, a class, a question of its exam domains, another exam."""
    code = row.code
    return (
        Form.objects.filter(blueprint__code=code).exists()
        or Sitting.objects.filter(blueprint__code=code).exists()
        or (row.exam.syllabus is None and Question.objects.filter(exam_domain__exam=code).exists())
        or Blueprint.objects.with_syllabus(code).exclude(code=code).exists()
    )


@staff_form(blueprints.MAKE, "admin/exams/blueprints/end.html")
def end(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show what would happen to the exam, and delete or archive it."""
    row = get_object_or_404(Blueprint, pk=pk)
    if row.origin != Blueprint.Origin.LOCAL or Blueprint.objects.current(row.code) != row:
        raise Http404
    uses = is_used(row)
    if request.method == "POST":
        try:
            return _archive(request, row) if uses else _delete(request, row)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:questions_blueprint_change", pk)
    title = _("Archive %s") if uses else _("Delete %s")
    return {"title": title % row.exam.short_title, "source": row, "uses": uses}


@staff_action(blueprints.MAKE)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring an archived exam back into the lists, closed."""
    row = get_object_or_404(Blueprint, pk=pk)
    if row.archived:
        blueprints.archive(row, on=False)
        log(request, row, _("Restored."))
        messages.success(request, _("“%s” is in the lists again, and closed.") % row.exam.title)
    return redirect("admin:questions_blueprint_change", pk)


def _archive(request: HttpRequest, row: Blueprint) -> HttpResponse:
    blueprints.archive(row, on=True)
    log(request, row, _("Archived."))
    messages.success(request, _("“%s” is archived.") % row.exam.title)
    return redirect("admin:questions_blueprint_changelist")


def _delete(request: HttpRequest, row: Blueprint) -> HttpResponse:
    title = row.exam.title
    log(request, row, _("Deleted with all versions."), DELETION)
    blueprints.delete(row)
    messages.success(request, _("“%s” was deleted.") % title)
    return redirect("admin:questions_blueprint_changelist")
