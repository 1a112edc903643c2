"""Key disputes in the admin: ticks and reports of candidates, answers to reports, and rulings with a preview."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from exams.models import KeyRuling, Response
from exams.services.analysis import option_counts
from exams.services.attempt.effective_keys import effective_key, either_key
from exams.services.results import question_reports, rescoring, rulings
from questions.admin.readonly import ReadOnly
from questions.admin.requests import current_user
from questions.content.typed_numbers import whole_number
from questions.models import Option, QuestionReport, Revision
from questions.models.revision import LETTERS
from questions.services import approval, revisions
from questions.services.authorship import APPROVE
from questions.services.errors import RefusedError

MAX_BIT = 29
MAX_COMBINATIONS = 5  # of ticked options on the dispute page
MAX_SUMMARY_CHARS = 120


@dataclass(frozen=True, slots=True)
class OptionTally:
    """One option with its letter, and how often it was ticked in all exams and in passed exams."""

    letter: str
    option: Option
    is_key: bool
    n: int
    percent: int
    percent_passed: int


@dataclass(frozen=True, slots=True)
class RulingInput:
    """The posted ruling: its kind, the selected options, the reason, and an answer to the open reports."""

    kind: KeyRuling.Kind
    mask: int
    reason: str
    answer: str
    last: int

    @classmethod
    def read(cls, request: HttpRequest) -> "RulingInput":
        post = request.POST
        bits = {bit for typed in post.getlist("key") if (bit := whole_number(typed, None, MAX_BIT)) is not None}
        typed = post.get("what")
        kind = KeyRuling.Kind(typed) if typed in KeyRuling.Kind.values else KeyRuling.Kind.CORRECT
        return cls(
            kind,
            sum(1 << bit for bit in bits),
            post.get("reason", ""),
            post.get("answer", ""),
            whole_number(post.get("last"), -1),
        )


def may_rule(request: HttpRequest) -> bool:
    """Return whether the user may rule, which changes scores and publishes a key."""
    return bool(request.user.has_perms(["exams.change_keyruling", APPROVE]))


def may_view_disputes(request: HttpRequest) -> bool:
    return bool(request.user.has_perms(["questions.view_question", "questions.view_questionreport"]))


@admin.register(KeyRuling)
class KeyRulingAdmin(ReadOnly, admin.ModelAdmin):
    """The rulings, read only, and the dispute page on which they are made."""

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

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "": require_safe(self.dispute),
            "preview/": require_POST(self.preview),
            "rule/": require_POST(self.rule),
        }
        names = {"": "dispute", "preview/": "preview", "rule/": "rule"}
        urls = [
            path(f"dispute/<int:pk>/{tail}", self.admin_site.admin_view(view), name=f"exams_keyruling_{names[tail]}")
            for tail, view in pages.items()
        ]
        answer = self.admin_site.admin_view(require_POST(self.answer))
        return [*urls, path("answer/<int:pk>/", answer, name="exams_keyruling_answer"), *super().get_urls()]

    def dispute(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show ticks, reports and rulings of a published revision, and the ruling form."""
        if not may_view_disputes(request):
            raise PermissionDenied
        return self._page(request, published_or_404(pk))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the ruling would change, without storing it. An invalid form is shown again with the error."""
        if not may_rule(request):
            raise PermissionDenied
        revision, ruling_input = published_or_404(pk), RulingInput.read(request)
        try:
            before, after = rulings.check_ruling(
                revision, ruling_input.kind, ruling_input.mask, ruling_input.reason, ruling_input.last
            )
        except RefusedError as refusal:
            return self._page(request, revision, ruling_input, str(refusal))
        preview, newest = rescoring.preview(revision, after), revisions.newest_revision(revision.question)
        context = self._context(request, revision) | {
            "title": _("Changes by the ruling"),
            "ruling_input": ruling_input,
            "key_bits": [bit for bit in range(revision.n_options) if ruling_input.mask >> bit & 1],
            "old_letters": letters(revision, before.key),
            "new_letters": letters(revision, after.key),
            "also_letters": letters(revision, after.also),
            "is_restored": rulings.is_restored(before, after),
            "keeps_key": after.key == revision.key,
            "preview": preview,
            "revision_in_work": newest if newest and newest.published_at is None else None,
            "n_more_rescored": preview.n_rescored - len(preview.rescored),
            "n_more_retained": preview.n_retained - len(preview.retained),
        }
        return TemplateResponse(request, "admin/exams/results/dispute_preview.html", context)

    def rule(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the ruling. Close the open reports if there is an answer and the user may answer."""
        if not may_rule(request):
            raise PermissionDenied
        revision, ruling_input = published_or_404(pk), RulingInput.read(request)
        try:
            ruling = rulings.rule(
                revision,
                ruling_input.kind,
                ruling_input.mask,
                reason=ruling_input.reason,
                by=request.user,
                now=timezone.now(),
                last=ruling_input.last,
            )
        except RefusedError as refusal:
            return self._page(request, revision, ruling_input, str(refusal))
        self.log_addition(request, ruling, ruling_sentence(ruling))
        if ruling_input.answer.strip() and question_reports.may_answer(current_user(request), revision):
            self._close_reports(request, QuestionReport.objects.filter(revision=revision), ruling_input.answer)
        message = _("The ruling is stored. Scores are being recomputed; this page shows the progress.")
        self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(dispute_url(pk))

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer and close one report."""
        report = get_object_or_404(QuestionReport.objects.select_related("revision__question"), pk=pk)
        if not question_reports.may_answer(current_user(request), report.revision):
            raise PermissionDenied
        try:
            if not self._close_reports(request, QuestionReport.objects.filter(pk=pk), request.POST.get("outcome", "")):
                self.message_user(request, _("This report was already answered."), messages.WARNING)
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(f"{dispute_url(report.revision_id)}#report-{pk}")

    def _close_reports(self, request: HttpRequest, queryset: QuerySet[QuestionReport], outcome: str) -> int:
        rows = queryset.filter(status=QuestionReport.Status.OPEN).select_related("revision__question")
        open_reports = list(rows)
        n = question_reports.close_with_answer(
            QuestionReport.objects.filter(pk__in=[report.pk for report in open_reports]), outcome
        )
        if n:
            for report in open_reports:
                names = {"code": report.revision.question.code, "number": report.revision.number}
                message = _("Answered and closed the report on revision %(number)d of %(code)s.") % names
                self.log_change(request, report, message)
            text = ngettext("%(n)d report is answered and closed.", "%(n)d reports are answered and closed.", n)
            self.message_user(request, text % {"n": n}, messages.SUCCESS)
        return n

    def _page(
        self, request: HttpRequest, revision: Revision, ruling_input: RulingInput | None = None, refusal: str = ""
    ) -> HttpResponse:
        effective = effective_key(revision)
        counts = option_counts.count_options(revision)
        may_answer = question_reports.may_answer(current_user(request), revision)
        reports = list(QuestionReport.objects.filter(revision=revision).order_by("-status", "-at"))
        seen = question_reports.reported_responses(reports)
        context = self._context(request, revision) | {
            "title": _("Key dispute"),
            "effective_key": effective,
            "many": revision.choose > 1,
            "counts": counts,
            "tallies": option_tallies(revision, effective.key | effective.also, counts),
            "accepted": either_key([option.bit for option in revision.options.all()], effective.key, effective.also)
            if effective.also
            else "",
            "unanswered": percent(counts.unanswered, counts.n),
            "combinations": [
                (letters(revision, mask), n, percent(n, counts.n)) for mask, n in counts.masks[:MAX_COMBINATIONS]
            ],
            "reports": [
                (report, letters(revision, report.ticked), option_order(revision, seen.get(report.pk)))
                for report in reports
            ],
            "n_open": sum(report.status == QuestionReport.Status.OPEN for report in reports),
            "rulings": [
                (
                    ruling,
                    letters(revision, ruling.old_key),
                    letters(revision, ruling.new_key or 0),
                    letters(revision, ruling.also),
                    progress_line(ruling),
                )
                for ruling in KeyRuling.objects.filter(revision=revision).select_related("by").order_by("-pk")
            ],
            "other_revisions": other_revisions(revision),
            "ruling_input": ruling_input,
            "chosen_letters": letters(revision, effective.key if ruling_input is None else ruling_input.mask),
            "kind": ruling_input.kind if ruling_input else KeyRuling.Kind.CORRECT,
            "refusal": refusal,
            "may_answer": may_answer,
            "is_own": not may_answer and current_user(request).has_perm(question_reports.ANSWER),
        }
        return TemplateResponse(request, "admin/exams/results/dispute.html", context, status=422 if refusal else 200)

    def _context(self, request: HttpRequest, revision: Revision) -> dict[str, Any]:
        question = revision.question
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "revision": revision,
            "question": question,
            "is_current": question.current_id == revision.pk,
            "in_review": approval.is_in_review(question),
            "may_rule": may_rule(request),
        }


@admin.register(QuestionReport)
class QuestionReportAdmin(ReadOnly, admin.ModelAdmin):
    """The reports of candidates, read only. Each links to the dispute page of its revision."""

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

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_view_disputes(request):
            raise PermissionDenied
        report = get_object_or_404(QuestionReport, pk=whole_number(object_id, 0))
        return HttpResponseRedirect(f"{dispute_url(report.revision_id)}#report-{report.pk}")


def published_or_404(pk: int) -> Revision:
    """Return a published revision with its question and options. Raise Http404 for others."""
    rows = Revision.objects.filter(published_at__isnull=False).select_related("question__current")
    return get_object_or_404(rows.prefetch_related(Prefetch("options", Option.objects.order_by("ordinal"))), pk=pk)


def other_revisions(revision: Revision) -> QuerySet[Revision]:
    """Return the other published revisions of the question, newest first, with their numbers of open reports."""
    n_open = Count("reports", filter=Q(reports__status=QuestionReport.Status.OPEN))
    rows = Revision.objects.filter(question=revision.question_id, published_at__isnull=False)
    return rows.exclude(pk=revision.pk).annotate(n_open=n_open).order_by("-number")


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


def dispute_url(revision: int) -> str:
    return reverse("admin:exams_keyruling_dispute", args=[revision])


def letters(revision: Revision, mask: int) -> str:
    """Return the letters of the options in a mask, like "A, C"."""
    return ", ".join(option.letter for option in revision.options.all() if mask >> option.bit & 1)


def option_order(revision: Revision, response: Response | None) -> str:
    """Return the candidate's letters with those of the pages for staff, like "A = C, B = A"; "" if not known."""
    if response is None:
        return ""
    staff_letters = {option.bit: option.letter for option in revision.options.all()}
    return ", ".join(f"{letter} = {staff_letters[bit]}" for letter, bit in zip(LETTERS, response.bits, strict=False))


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def option_tallies(revision: Revision, key: int, counts: option_counts.OptionCounts) -> list[OptionTally]:
    return [
        OptionTally(
            letter=option.letter,
            option=option,
            is_key=bool(key >> option.bit & 1),
            n=counts.by_bit[option.bit],
            percent=percent(counts.by_bit[option.bit], counts.n),
            percent_passed=percent(counts.by_bit_passed[option.bit], counts.passed),
        )
        for option in revision.options.all()
    ]


def progress_line(ruling: KeyRuling) -> str:
    """Return the progress of a re-score as a sentence."""
    progress = ruling.progress
    if "finished" not in progress:
        return _("In progress: %(done)d of %(of)d exams.") % {
            "done": progress.get("done", 0),
            "of": progress.get("of", 0),
        }
    line = ngettext("Done: %(n)d score changed", "Done: %(n)d scores changed", progress["changed"]) % {
        "n": progress["changed"]
    }
    for name, text in (("pass", _("%d now pass")), ("fail", _("%d now fail")), ("retained", _("%d unchanged"))):
        line += f", {text % progress[name]}" if progress[name] else ""
    return f"{line}."
