"""Scale versions in the admin: what each would change, and the decision to use one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exams.admin.analysis.analyzed_exam import analyzed_exam
from exams.admin.analysis.question_figures import decimal
from exams.services.analysis import scale_versions
from exams.services.analysis.scale_versions import ScalePreview
from exams.services.attempt import active_scale
from questions.admin.staff_page import current_user, staff_page
from questions.models import ScaleVersion
from questions.services import job_state, jobs
from questions.services.errors import RefusedError

VIEW, ACTIVATE = "questions.view_scaleversion", "questions.change_scaleversion"


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One row of the preview: a figure of the newest exams before and after. None: no exams."""

    label: str
    before: float | None
    after: float | None
    unit: str
    decimals: int


@staff_page(VIEW, "admin/exams/analysis/scales.html", post=ACTIVATE)
def scales(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """List the versions of an exam, newest first, and the decisions to use one; on POST, start a calibration."""
    chosen = analyzed_exam(request)
    if request.method == "POST":
        jobs.request(scale_versions.CALIBRATION, chosen.code, now=timezone.now())
        return _to_list(chosen.code)
    job = job_state.find(scale_versions.CALIBRATION, chosen.code)
    fixed = Count("parameters", filter=Q(parameters__anchor=True))
    versions = (
        ScaleVersion.objects.filter(exam=chosen.code)
        .annotate(n_questions=Count("parameters"), n_fixed=fixed)
        .select_related("base")
    )
    return {
        "title": _("Scale"),
        "chosen": chosen,
        "versions": versions.order_by("-number").prefetch_related("activations__by"),
        "active": active_scale.find(chosen.code),
        "job": job,
        "is_busy": job is not None and job.state in job_state.OPEN,
        "is_late": job_state.is_late(job, timezone.now()),
        "may_calibrate": request.user.has_perm(ACTIVATE),
    }


@staff_page(VIEW, "admin/exams/analysis/scale.html", post=ACTIVATE)
def scale(request: HttpRequest, number: int) -> dict[str, Any] | HttpResponse:
    """Show what a version would change; on POST, use it for exams that start from now on."""
    version = get_object_or_404(ScaleVersion.objects.select_related("base"), number=number)
    if request.method == "POST":
        try:
            scale_versions.activate(version, by=current_user(request), now=timezone.now())
        except RefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            text = _("New exams use scale version %d. Exams that have started keep their pass line.")
            if version.synthetic:
                text = _("New simulated exams use scale version %d.")
            messages.success(request, text % version.number)
        return _to_list(version.exam)
    preview = scale_versions.preview(version)
    return {
        "title": _("Scale version %d") % version.number,
        "version": version,
        "mean": decimal(version.mu),
        "preview": preview,
        "rows": compare(preview),
        "n_questions": version.parameters.count(),
        "n_fixed": version.parameters.filter(anchor=True).count(),
        "n_reference": len(version.reference),
        "refusal": _refusal(version),
        "may_activate": request.user.has_perm(ACTIVATE),
        "active": active_scale.find(version.exam),
    }


def _to_list(exam: str) -> HttpResponse:
    return redirect(reverse("admin:scales", query={"exam": exam}))


def compare(preview: ScalePreview) -> list[ComparedFigure]:
    """Return the rows of the table: pass lines in questions, and passes in percent."""
    before, after, unit = preview.pass_line_before, preview.pass_line_after, _("questions")
    rows = [
        ComparedFigure(label, getattr(before, name, None), getattr(after, name, None), unit, 2)
        for label, name in (
            (_("Pass line, mean"), "mean"),
            (_("Pass line, lowest"), "min"),
            (_("Pass line, highest"), "max"),
        )
    ]
    rates = [None if rate is None else 100 * rate for rate in (preview.pass_rate_before, preview.pass_rate_after)]
    return [*rows, ComparedFigure(_("Passed"), rates[0], rates[1], "%", 0)]


def _refusal(version: ScaleVersion) -> str:
    """Return why the version cannot be activated; empty if it can."""
    try:
        scale_versions.check_activation(version)
    except RefusedError as refusal:
        return str(refusal)
    return ""
