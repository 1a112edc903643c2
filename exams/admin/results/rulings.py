"""Rulings on keys and reports of candidates in the admin: lists of both, read only."""

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from exams.admin.results.disputes import progress_line
from exams.models import KeyRuling
from questions.admin.readonly import ReadOnlyAdmin
from questions.models import QuestionReport

MAX_SUMMARY_CHARS = 120


@admin.register(KeyRuling)
class KeyRulingAdmin(ReadOnlyAdmin):
    """The rulings. They are made on the dispute page."""

    list_display = ("at", "question", "what", "by", "state")
    list_select_related = ("revision__question", "by")
    list_filter = ("withdrawn", "credited")
    search_fields = ("revision__question__code", "reason")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("question"))
    def question(self, ruling: KeyRuling) -> str:
        return f"{ruling.revision.question.code} r{ruling.revision.number}"

    @admin.display(description=gettext_lazy("ruling"))
    def what(self, ruling: KeyRuling) -> str:
        return str(ruling.kind.label)

    @admin.display(description=gettext_lazy("re-score"))
    def state(self, ruling: KeyRuling) -> str:
        return progress_line(ruling)


@admin.register(QuestionReport)
class QuestionReportAdmin(ReadOnlyAdmin):
    """The reports of candidates. Each links to the dispute page of its revision."""

    list_display = ("at", "question", "summary", "status", "outcome")
    list_select_related = ("revision__question",)
    list_filter = ("status",)
    search_fields = ("text", "outcome", "revision__question__code")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("question"), ordering="revision__question__code")
    def question(self, report: QuestionReport) -> str:
        return f"{report.revision.question.code} r{report.revision.number}"

    @admin.display(description=gettext_lazy("report"))
    def summary(self, report: QuestionReport) -> str:
        return Truncator(report.text).chars(MAX_SUMMARY_CHARS)
