"""Exams as files in the admin: download one with its syllabus, and import one, all or nothing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.blueprints.exam_form import stored
from exams.admin.blueprints.exam_settings import created_message
from questions.admin.staff_page import current_user, download, log, staff_form, staff_page
from questions.content import exam_yaml
from questions.content.schema import Fault
from questions.models import Blueprint
from questions.services import blueprints, stored_bank

MAX_FILE_BYTES = 300_000  # three times the largest shipped exam
MAX_SHOWN_FAULTS = 100  # each line of a file can have several


class ExamFileForm(forms.Form):
    """A file or its text; the file counts if there is one."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste its text"),
        required=False,
        strip=False,
        max_length=MAX_FILE_BYTES,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if file := data.get("file"):
            raw = file.read(MAX_FILE_BYTES + 1)
            if len(raw) > MAX_FILE_BYTES:
                self.add_error("file", _("The file is larger than 300 kB. A file of an exam is not."))
            try:
                data["text"] = raw.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                line = raw.count(b"\n", 0, error.start) + 1
                self.add_error("file", _("Line %(n)d: the file is not UTF-8. Save it as UTF-8.") % {"n": line})
        elif not data.get("text", "").strip() and not self.errors:
            self.add_error("file", _("Choose a file or paste its text."))
        return data

    def add_faults(self, faults: list[Fault]) -> None:
        for fault in faults[:MAX_SHOWN_FAULTS]:
            line = _("Line %(n)d: ") % {"n": fault.line} if fault.line else ""
            self.add_error(None, f"{line}{fault.field}: {fault.sentence}" if fault.field else f"{line}{fault.sentence}")
        if len(faults) > MAX_SHOWN_FAULTS:
            text = _("The file has %(n)d faults. The first %(shown)d are shown.")
            self.add_error(None, text % {"n": len(faults), "shown": MAX_SHOWN_FAULTS})


@staff_page("questions.view_blueprint")
def exam_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the exam, with its syllabus if it has its own, for another installation."""
    row = get_object_or_404(Blueprint, pk=pk)
    text = exam_yaml.dump(row.exam, None if row.exam.syllabus else stored_bank.syllabus(row.code))
    return download(f"{row.code.lower()}.yaml", text, "application/yaml; charset=utf-8")


@staff_form(blueprints.MAKE, "admin/exams/blueprints/exam_file.html")
def read(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Store the exam of a file, or show all its faults and store nothing."""
    form = ExamFileForm(request.POST, request.FILES) if request.method == "POST" else ExamFileForm()
    if form.is_bound and form.is_valid() and (blueprint := _store(form, current_user(request))):
        log(request, blueprint, _("Imported from a file."), ADDITION)
        messages.success(request, created_message(blueprint))
        return redirect("admin:questions_blueprint_change", blueprint.pk)
    return {"title": _("Import an exam"), "form": form}


def _store(form: ExamFileForm, by: Any) -> Blueprint | None:
    read, faults = exam_yaml.read(form.cleaned_data["text"], stored_bank.exam_domain_numbers())
    if read is None:
        form.add_faults(faults)
        return None
    spec, syllabus = read
    newest = Blueprint.objects.current(spec.code)
    known = newest.version if newest else 0
    return stored(
        form, lambda: blueprints.make(spec, known_version=known, now=timezone.now(), syllabus=syllabus, by=by)
    )
