"""Rulings on keys and reports of candidates in the admin: lists of both, read only; and a ruling in words."""

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.models import KeyRuling
from questions.admin.filter_bar import known
from questions.admin.read_only_admin import ReadOnlyAdmin, account_column
from questions.models import QuestionReport, Revision

MAX_SUMMARY_CHARS = 120


_KINDS: dict[str, dict[str, bool | int]] = {
    KeyRuling.Kind.CORRECT: {"withdrawn": False, "credited": False, "also": 0},
    KeyRuling.Kind.ACCEPT: {"withdrawn": False, "credited": False, "also__gt": 0},
    KeyRuling.Kind.CREDIT: {"credited": True},
    KeyRuling.Kind.WITHDRAW: {"withdrawn": True},
}
KindFilter = known(
    gettext_lazy("ruling"), "kind", lambda: KeyRuling.Kind.choices,
    lambda rows, value: rows.filter(**_KINDS[value]),
)  # fmt: skip


@admin.register(KeyRuling)
class KeyRulingAdmin(ReadOnlyAdmin):
    """The rulings. They are made on the dispute page."""

    list_display = ("at", "question", "what", account_column("by", gettext_lazy("by")), "state")
    list_select_related = ("revision__question", "by")
    list_filter = (KindFilter,)
    search_fields = ("revision__question__code", "reason")

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
    list_filter = (known(gettext_lazy("status"), "status__exact", lambda: QuestionReport.Status.choices, "status"),)
    search_fields = ("text", "outcome", "revision__question__code")

    @admin.display(description=gettext_lazy("question"), ordering="revision__question__code")
    def question(self, report: QuestionReport) -> str:
        return f"{report.revision.question.code} r{report.revision.number}"

    @admin.display(description=gettext_lazy("report"))
    def summary(self, report: QuestionReport) -> str:
        return Truncator(report.text).chars(MAX_SUMMARY_CHARS)


def letters(revision: Revision, mask: int) -> str:
    """Return the letters of the options in a mask, like "A, C"."""
    return ", ".join(option.letter for option in revision.options.all() if mask >> option.bit & 1)


def ruling_sentence(ruling: KeyRuling) -> str:
    """Return the ruling as a sentence for the log."""
    revision = ruling.revision
    values = {
        "code": revision.question.code,
        "number": revision.number,
        "old": letters(revision, ruling.old_key),
        "new": letters(revision, ruling.new_key or 0),
        "also": letters(revision, ruling.also),
        "reason": ruling.reason,
    }
    if ruling.kind == KeyRuling.Kind.WITHDRAW:
        return _("Withdrew revision %(number)d of %(code)s. %(reason)s") % values
    if ruling.kind == KeyRuling.Kind.CREDIT:
        return _("Gave everybody the point for revision %(number)d of %(code)s. %(reason)s") % values
    if ruling.kind == KeyRuling.Kind.ACCEPT:
        return _("Accepted %(also)s as well as %(new)s in revision %(number)d of %(code)s. %(reason)s") % values
    if ruling.restores:
        return _("Restored revision %(number)d of %(code)s with the key %(new)s. %(reason)s") % values
    return _("Corrected the key of revision %(number)d of %(code)s from %(old)s to %(new)s. %(reason)s") % values


def progress_line(ruling: KeyRuling) -> str:
    """Return what a re-score has changed as a sentence."""
    progress = ruling.progress
    if "finished" not in progress:
        return _("In progress.")
    line = ngettext("Done: %(n)d score changed", "Done: %(n)d scores changed", progress["changed"]) % {
        "n": progress["changed"]
    }
    for name, text in (("pass", _("%d now pass")), ("fail", _("%d now fail")), ("retained", _("%d unchanged"))):
        line += f", {text % progress[name]}" if progress[name] else ""
    return f"{line}."
