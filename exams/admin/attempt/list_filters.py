"""Filters of attempts and score reports. Their values are known; to look for them would read the whole table."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from questions.admin.question_list.filters import known
from questions.models import Blueprint


def _exams() -> Iterable[tuple[str, str]]:
    return [(code, code) for code in Blueprint.objects.order_by("code").values_list("code", flat=True).distinct()]


ExamFilter = known(_("exam"), "blueprint_code__exact", _exams, "blueprint_code")
ReportedExamFilter = known(_("exam"), "exam", _exams, "attempt__blueprint_code")
CauseFilter = known(_("cause"), "cause__exact", lambda: [("finish", _("finish")), ("ruling", _("ruling"))], "cause")
