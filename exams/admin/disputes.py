"""Key disputes in the admin: what candidates ticked and reported, an answer to them, and a ruling with its preview."""

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

from exams.disclosure import LETTERS
from exams.models import KeyRuling
from exams.services.analysis import option_counts
from exams.services.results import question_reports, rescoring, rulings
from questions.admin.readonly import ReadOnly
from questions.admin.typed import whole
from questions.models import Option, QuestionReport, Revision
from questions.services import revisions
from questions.services.authorship import APPROVE
from questions.services.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as the page shows it: letter by bit, and how many ticked it, of all and of those who passed."""

    letter: str
    option: Option
    is_key: bool
    n: int
    percent: int
    percent_passed: int


@dataclass(frozen=True, slots=True)
class Intent:
    """What the ruling form says: the right options (None: withdraw), why, and an answer to the open reports."""

    new_key: int | None
    reason: str
    answer: str
    last: int

    @classmethod
    def read(cls, request: HttpRequest) -> "Intent":
        post = request.POST
        bits = {bit for typed in post.getlist("key") if 0 <= (bit := whole(typed, -1)) < 30}
        key = None if post.get("what") == "withdraw" else sum(1 << bit for bit in bits)
        return cls(key, post.get("reason", ""), post.get("answer", ""), whole(post.get("last"), -1))


def may_rule(request: HttpRequest) -> bool:
    """A ruling changes scores and publishes a key: it takes the permission for rulings and that to approve."""
    return bool(request.user.has_perms(["exams.change_keyruling", APPROVE]))


def may_look(request: HttpRequest) -> bool:
    return bool(request.user.has_perms(["questions.view_question", "questions.view_questionreport"]))


def may_answer(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("questions.change_questionreport"))


@admin.register(KeyRuling)
class KeyRulingAdmin(ReadOnly, admin.ModelAdmin):
    """The rulings, to look at, and the page on which they are made."""

    list_display = ("at", "question", "what", "by", "state")
    list_select_related = ("revision__question", "by")
    list_filter = ("withdrawn",)
    search_fields = ("revision__question__code", "reason")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("question"))
    def question(self, ruling: KeyRuling) -> str:
        return f"{ruling.revision.question.code} r{ruling.revision.number}"

    @admin.display(description=gettext_lazy("ruling"))
    def what(self, ruling: KeyRuling) -> str:
        return _("withdrawn") if ruling.withdrawn else _("key corrected")

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
        own = [
            path(f"dispute/<int:pk>/{tail}", self.admin_site.admin_view(view), name=f"exams_keyruling_{names[tail]}")
            for tail, view in pages.items()
        ]
        answer = self.admin_site.admin_view(require_POST(self.answer))
        return [*own, path("answer/<int:pk>/", answer, name="exams_keyruling_answer"), *super().get_urls()]

    def dispute(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that is known of a published wording, and the form of a ruling."""
        if not may_look(request):
            raise PermissionDenied
        return self._page(request, published(pk))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the ruling would change; writes nothing. A form that cannot be ruled on comes back with its sentence."""
        if not may_rule(request):
            raise PermissionDenied
        revision, intent = published(pk), Intent.read(request)
        try:
            now = rulings.check_ruling(revision, intent.new_key, intent.reason, intent.last)
        except RefusedError as refusal:
            return self._page(request, revision, intent, str(refusal))
        found, newest = rescoring.preview(revision, intent.new_key), revisions.newest_revision(revision.question)
        context = self._context(request, revision) | {
            "title": _("What the ruling changes"),
            "intent": intent,
            "key_bits": [bit for bit in range(revision.n_options) if (intent.new_key or 0) >> bit & 1],
            "old_letters": letters(now.key),
            "new_letters": letters(intent.new_key or 0),
            "preview": found,
            "in_work": newest if newest and newest.published_at is None else None,
            "more": found.n_rescored - len(found.rescored),
            "more_kept": found.n_retained - len(found.retained),
        }
        return TemplateResponse(request, "admin/exams/dispute_preview.html", context)

    def rule(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The ruling itself; answers the open reports too, if an answer was written by somebody who may."""
        if not may_rule(request):
            raise PermissionDenied
        revision, intent = published(pk), Intent.read(request)
        try:
            ruling = rulings.rule(
                revision,
                new_key=intent.new_key,
                reason=intent.reason,
                by=request.user,
                now=timezone.now(),
                last=intent.last,
            )
        except RefusedError as refusal:
            return self._page(request, revision, intent, str(refusal))
        self.log_addition(request, ruling, said_of(ruling))
        if intent.answer.strip() and may_answer(request):
            self._close(request, QuestionReport.objects.filter(revision=revision), intent.answer)
        said = _("The ruling stands. Scores are being worked out again; this page says how far it is.")
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(dispute_url(pk))

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answers one report and closes it."""
        if not may_answer(request):
            raise PermissionDenied
        report = get_object_or_404(QuestionReport, pk=pk)
        try:
            if not self._close(request, QuestionReport.objects.filter(pk=pk), request.POST.get("outcome", "")):
                self.message_user(request, _("Somebody has answered this report meanwhile."), messages.WARNING)
        except RefusedError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(f"{dispute_url(report.revision_id)}#report-{pk}")

    def _close(self, request: HttpRequest, chosen: QuerySet[QuestionReport], outcome: str) -> int:
        rows = chosen.filter(status=QuestionReport.Status.OPEN).select_related("revision__question")
        open_ones = list(rows)
        n = question_reports.close_with_answer(
            QuestionReport.objects.filter(pk__in=[each.pk for each in open_ones]), outcome
        )
        if n:
            for each in open_ones:
                wording = {"code": each.revision.question.code, "number": each.revision.number}
                said = _("Answered and closed the report on revision %(number)d of %(code)s.") % wording
                self.log_change(request, each, said)
            text = ngettext("%(n)d report is answered and closed.", "%(n)d reports are answered and closed.", n)
            self.message_user(request, text % {"n": n}, messages.SUCCESS)
        return n

    def _page(
        self, request: HttpRequest, revision: Revision, intent: Intent | None = None, refusal: str = ""
    ) -> HttpResponse:
        now = rulings.effective_key(revision)
        counted = option_counts.count_options(revision)
        reports = list(QuestionReport.objects.filter(revision=revision).order_by("-status", "-at"))
        context = self._context(request, revision) | {
            "title": _("Key and reports"),
            "now": now,
            "many": revision.choose > 1,
            "ticks": counted,
            "choices": choices(revision, now.key, counted),
            "unanswered": percent(counted.unanswered, counted.n),
            "combinations": [(letters(mask), n, percent(n, counted.n)) for mask, n in counted.masks[:5]],
            "reports": [(report, letters(report.ticked)) for report in reports],
            "n_open": sum(report.status == QuestionReport.Status.OPEN for report in reports),
            "ruled": [
                (each, letters(each.old_key), letters(each.new_key or 0), progress_line(each))
                for each in KeyRuling.objects.filter(revision=revision).select_related("by").order_by("-pk")
            ],
            "others": other_wordings(revision),
            "intent": intent,
            "chosen_letters": letters(now.key if intent is None else intent.new_key or 0),
            "refusal": refusal,
            "may_answer": may_answer(request),
        }
        return TemplateResponse(request, "admin/exams/dispute.html", context, status=422 if refusal else 200)

    def _context(self, request: HttpRequest, revision: Revision) -> dict[str, Any]:
        question = revision.question
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "revision": revision,
            "question": question,
            "is_current": question.current_id == revision.pk,
            "may_rule": may_rule(request),
        }


@admin.register(QuestionReport)
class QuestionReportAdmin(ReadOnly, admin.ModelAdmin):
    """What candidates report, as a list; each leads to the page of its wording, where it is answered."""

    list_display = ("at", "question", "said", "status", "outcome")
    list_select_related = ("revision__question",)
    list_filter = ("status",)
    search_fields = ("text", "outcome", "revision__question__code")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("question"), ordering="revision__question__code")
    def question(self, report: QuestionReport) -> str:
        return f"{report.revision.question.code} r{report.revision.number}"

    @admin.display(description=gettext_lazy("report"))
    def said(self, report: QuestionReport) -> str:
        return Truncator(report.text).chars(120)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_look(request):
            raise PermissionDenied
        report = get_object_or_404(QuestionReport, pk=whole(object_id))
        return HttpResponseRedirect(f"{dispute_url(report.revision_id)}#report-{report.pk}")


def published(pk: int) -> Revision:
    """A wording that candidates may have met, with its question and options. 404 for others."""
    rows = Revision.objects.filter(published_at__isnull=False).select_related("question__current")
    return get_object_or_404(rows.prefetch_related(Prefetch("options", Option.objects.order_by("bit"))), pk=pk)


def other_wordings(revision: Revision) -> QuerySet[Revision]:
    """The other published wordings of the question, newest first, each with how many reports on it are open."""
    open_ones = Count("reports", filter=Q(reports__status=QuestionReport.Status.OPEN))
    rows = Revision.objects.filter(question=revision.question_id, published_at__isnull=False)
    return rows.exclude(pk=revision.pk).annotate(n_open=open_ones).order_by("-number")


def said_of(ruling: KeyRuling) -> str:
    """The ruling as a sentence for the log."""
    revision = ruling.revision
    said = {
        "code": revision.question.code,
        "number": revision.number,
        "old": letters(ruling.old_key),
        "new": letters(ruling.new_key or 0),
        "reason": ruling.reason,
    }
    if ruling.withdrawn:
        return _("Withdrew revision %(number)d of %(code)s. %(reason)s") % said
    if ruling.old_key == ruling.new_key:
        return _("Put revision %(number)d of %(code)s back with the key %(new)s. %(reason)s") % said
    return _("Corrected the key of revision %(number)d of %(code)s from %(old)s to %(new)s. %(reason)s") % said


def dispute_url(revision: int) -> str:
    return reverse("admin:exams_keyruling_dispute", args=[revision])


def letters(mask: int) -> str:
    """ "A, C" for bits 0 and 2: on these pages letters stand in the order of the bits."""
    return ", ".join(letter for bit, letter in enumerate(LETTERS) if mask >> bit & 1)


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def choices(revision: Revision, key: int, counted: option_counts.OptionCounts) -> list[Choice]:
    return [
        Choice(
            letter=LETTERS[option.bit],
            option=option,
            is_key=bool(key >> option.bit & 1),
            n=counted.by_bit[option.bit],
            percent=percent(counted.by_bit[option.bit], counted.n),
            percent_passed=percent(counted.by_bit_passed[option.bit], counted.passed),
        )
        for option in revision.options.all()
    ]


def progress_line(ruling: KeyRuling) -> str:
    """How far the re-score of a ruling is, in words."""
    done = ruling.progress
    if "finished" not in done:
        return _("At work: %(done)d of %(of)d exams looked at.") % {
            "done": done.get("done", 0),
            "of": done.get("of", 0),
        }
    line = ngettext("Done: %(n)d score changed", "Done: %(n)d scores changed", done["changed"]) % {"n": done["changed"]}
    for name, text in (("pass", _("%d pass now")), ("fail", _("%d fail now")), ("retained", _("%d kept their report"))):
        line += f", {text % done[name]}" if done[name] else ""
    return f"{line}."
