"""Filters of attempts and score reports. Their values are known; to look for them would read the whole table."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from questions.admin.question_list.filters import KnownValueFilter
from questions.models import Blueprint


class ExamFilter(KnownValueFilter):
    """By the exam of the attempt; `prefix` leads to it."""

    title, parameter_name, prefix = _("exam"), "blueprint_code__exact", ""

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [(code, code) for code in Blueprint.objects.order_by("code").values_list("code", flat=True).distinct()]

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(**{f"{self.prefix}blueprint_code": value})


class ReportedExamFilter(ExamFilter):
    parameter_name, prefix = "exam", "attempt__"


class CauseFilter(KnownValueFilter):
    """By why the score report was written."""

    title, parameter_name = _("cause"), "cause__exact"

    def known_values(self, request: HttpRequest) -> Iterable[tuple[str, Any]]:
        return [("finish", _("finish")), ("ruling", _("ruling"))]

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(cause=value)
