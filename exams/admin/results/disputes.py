"""Key disputes in the admin: ticks and reports of candidates, answers to reports, and rulings with a preview."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Prefetch, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.admin.results import score_changes
from exams.admin.results.lettering import Lettering, read_report
from exams.admin.results.rulings import progress_line, ruling_sentence
from exams.models import KeyRuling
from exams.psychometrics.precision import percent
from exams.services.analysis import option_counts
from exams.services.attempt.effective_keys import effective_key, either_key
from exams.services.classes import participants, sittings
from exams.services.results import question_reports, rescoring, rulings
from questions.admin.staff_page import current_user, log, render_page, staff_action, staff_page
from questions.content.schema import MAX_BIT
from questions.content.typed_numbers import whole_number
from questions.models import Option, QuestionReport, Revision, User
from questions.models.collection import with_language
from questions.services import approval, authorship, job_state, revisions
from questions.services.errors import RefusedError

MAX_COMBINATIONS = 5  # of ticked options on the dispute page
MAX_REPORTS = 100  # on the dispute page, open and new ones first
LOOK = ("questions.view_question", "questions.view_questionreport")
RULE = ("exams.change_keyruling", authorship.APPROVE)  # it changes scores and publishes a key


@dataclass(frozen=True, slots=True)
class OptionTally:
    """One option with its letter on the page, and how often it was ticked in all exams and in passed exams."""

    letter: str
    option: Option
    is_key: bool
    is_chosen: bool
    n: int
    percent: int
    percent_passed: int


@dataclass(frozen=True, slots=True)
class RulingInput:
    """The posted ruling: its kind, the selected options, the reason, and an answer to the open reports.

    `order` is that of the options on the page.
    """

    kind: KeyRuling.Kind
    mask: int
    reason: str
    answer: str
    last: int
    order: str

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
            post.get("order", ""),
        )


def may_view_disputes(request: HttpRequest) -> bool:
    return bool(request.user.has_perms(LOOK))


@staff_page(LOOK, "admin/exams/results/dispute.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show ticks, reports and rulings of a published revision, and the ruling form; the rulings alone to htmx.

    The options stand in the `order` of the address, else in that of the newest report, open ones first.
    """
    revision = published_or_404(pk)
    if getattr(request, "htmx", False):
        lettering = Lettering.of(revision.options.all(), [request.GET.get("order", "")])
        context = {"revision": revision, "lettering": lettering, **_rulings(revision, lettering)}
        return render(request, "admin/exams/results/_rulings.html", context)
    return _dispute(request, revision)


@staff_action(RULE, "admin/exams/results/dispute_preview.html")
def preview(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show what the ruling would change, without storing it. An invalid form is shown again with the error."""
    revision, ruling_input = published_or_404(pk), RulingInput.read(request)
    try:
        _check_authorship(current_user(request), revision, ruling_input.kind)
        before, after = rulings.check_ruling(
            revision, ruling_input.kind, ruling_input.mask, ruling_input.reason, ruling_input.last
        )
    except RefusedError as refusal:
        return _refuse(request, revision, ruling_input, str(refusal))
    preview, newest = rescoring.preview(revision, after), revisions.newest_revision(revision.question)
    lettering = Lettering.of(revision.options.all(), [ruling_input.order])
    listed_changes = [*preview.rescored, *preview.retained]
    listed = [change.attempt for change in listed_changes]
    visible = sittings.visible_to(current_user(request))
    names, changed = participants.names_of(listed, visible), score_changes.grades_of(listed_changes, visible)
    rows = [
        [
            (change, names.get(change.attempt.pk, ""), score_changes.points(change), changed.get(change.attempt.pk, ""))
            for change in changes
        ]
        for changes in (preview.rescored, preview.retained)
    ]
    return _context(request, revision) | {
        "title": _("Changes by the ruling"),
        "ruling_input": ruling_input,
        "key_bits": [bit for bit in range(revision.n_options) if ruling_input.mask >> bit & 1],
        "lettering": lettering,
        "old_letters": lettering.both(before.key),
        "new_letters": lettering.both(after.key),
        "also_letters": lettering.both(after.also),
        "is_restored": rulings.is_restored(before, after),
        "keeps_key": after.key == revision.key,
        "preview": preview,
        "tallies": [score_changes.sentence(tally) for tally in preview.tallies if tally.n],
        "shows_grades": bool(changed),
        "n_grades": sum("→" in grade for grade in changed.values()),
        "rescored": rows[0],
        "retained": rows[1],
        "revision_in_work": newest if newest and newest.published_at is None else None,
        "n_more_rescored": preview.n_rescored - len(preview.rescored),
        "n_more_retained": preview.n_retained - len(preview.retained),
    }


@staff_action(RULE)
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the ruling. Close the open reports if there is an answer and the user may answer."""
    revision, ruling_input = published_or_404(pk), RulingInput.read(request)
    try:
        _check_authorship(current_user(request), revision, ruling_input.kind)
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
        return _refuse(request, revision, ruling_input, str(refusal))
    log(request, ruling, ruling_sentence(ruling), ADDITION)
    if ruling_input.answer.strip() and question_reports.may_answer(current_user(request), revision):
        _close_reports(request, QuestionReport.objects.filter(revision=revision), ruling_input.answer)
    message = _("The ruling is stored. Scores are being recomputed; this page shows the progress.")
    messages.success(request, message)
    return redirect(dispute_url(pk, ruling_input.order))


@staff_action(question_reports.ANSWER)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer and close one report."""
    report = get_object_or_404(QuestionReport.objects.select_related("revision__question"), pk=pk)
    if not question_reports.may_answer(current_user(request), report.revision):
        raise PermissionDenied
    try:
        if not _close_reports(request, QuestionReport.objects.filter(pk=pk), request.POST.get("outcome", "")):
            messages.warning(request, _("This report was already answered."))
    except RefusedError as refusal:
        messages.error(request, str(refusal))
    return redirect(dispute_url(report.revision_id, request.POST.get("order", ""), pk))


def _close_reports(request: HttpRequest, queryset: QuerySet[QuestionReport], outcome: str) -> int:
    rows = queryset.filter(status=QuestionReport.Status.OPEN).select_related("revision__question")
    open_reports = list(rows)
    n = question_reports.close_with_answer(
        QuestionReport.objects.filter(pk__in=[report.pk for report in open_reports]), outcome
    )
    if n:
        for report in open_reports:
            names = {"code": report.revision.question.code, "number": report.revision.number}
            message = _("Answered and closed the report on revision %(number)d of %(code)s.") % names
            log(request, report, message)
        text = ngettext("%(n)d report is answered and closed.", "%(n)d reports are answered and closed.", n)
        messages.success(request, text % {"n": n})
    return n


def _may_set_key(user: User, revision: Revision) -> bool:
    """Return whether a user may rule on which options are right: it publishes a key, as an approval does."""
    return not authorship.wrote_up_to(user, revision) or authorship.may_approve_own(user)


def _check_authorship(user: User, revision: Revision, kind: KeyRuling.Kind) -> None:
    if kind in rulings.SETS_KEYS and not _may_set_key(user, revision):
        raise RefusedError(authorship.needs_second_person())


def _refuse(request: HttpRequest, revision: Revision, ruling_input: RulingInput, refusal: str) -> HttpResponse:
    """Show the form again with why the ruling cannot be made."""
    context = _dispute(request, revision, ruling_input, refusal)
    return render_page(request, "admin/exams/results/dispute.html", context, status=422)


def _dispute(
    request: HttpRequest, revision: Revision, ruling_input: RulingInput | None = None, refusal: str = ""
) -> dict[str, Any]:
    effective = effective_key(revision)
    counts = option_counts.count_options(revision)
    may_answer = question_reports.may_answer(current_user(request), revision)
    rows = QuestionReport.objects.filter(revision=revision)
    counts_of_reports = rows.aggregate(
        n_reports=Count("pk"), n_open=Count("pk", filter=Q(status=QuestionReport.Status.OPEN))
    )
    is_named = When(pk=whole_number(request.GET.get("report"), 0), then=0)  # its link led here, so it is among them
    reports = list(rows.order_by(Case(is_named, default=1), "-status", "-at")[:MAX_REPORTS])
    reports.sort(key=lambda report: (report.status, report.at), reverse=True)
    seen = question_reports.reported_responses(reports)
    visible = sittings.visible_to(current_user(request))
    names = participants.names_of([response.attempt for response in seen.values()], visible)
    chosen = ruling_input.order if ruling_input else request.GET.get("order", "")
    responses = (seen[report.pk] for report in reports if report.pk in seen)
    lettering = Lettering.of(revision.options.all(), [chosen, *(response.order for response in responses)])
    chosen_key = effective.key if ruling_input is None else ruling_input.mask
    return _context(request, revision) | {
        "title": _("Key dispute"),
        "lettering": lettering,
        "authored_order": Lettering(list(revision.options.all())).order,
        "effective_key": effective,
        "many": revision.choose > 1,
        "counts": counts,
        "tallies": option_tallies(lettering, effective.key | effective.also, chosen_key, counts),
        "accepted": either_key([option.bit for option in lettering.options], effective.key, effective.also)
        if effective.also
        else "",
        "unanswered": percent(counts.unanswered, counts.n),
        "combinations": [
            (lettering.letters(mask), n, percent(n, counts.n)) for mask, n in counts.masks[:MAX_COMBINATIONS]
        ],
        "reports": [read_report(report, seen.get(report.pk), lettering, names) for report in reports],
        "orders_differ": len({response.order for response in seen.values()}) > 1,
        **counts_of_reports,
        **_rulings(revision, lettering),
        "other_revisions": other_revisions(revision),
        "ruling_input": ruling_input,
        "kind": ruling_input.kind if ruling_input else KeyRuling.Kind.CORRECT,
        "refusal": refusal,
        "may_set_key": may_answer or _may_set_key(current_user(request), revision),
        "needs_second_person": authorship.needs_second_person(),
        "may_answer": may_answer,
        "is_own": not may_answer and current_user(request).has_perm(question_reports.ANSWER),
    }


def _rulings(revision: Revision, lettering: Lettering) -> dict[str, Any]:
    """Return the rulings in words, with the job of each that is being applied."""
    rows, is_busy, now = [], False, timezone.now()
    for ruling in KeyRuling.objects.filter(revision=revision).select_related("by").order_by("-pk"):
        # Its job waits on for a while after it has been applied.
        job = None if "finished" in ruling.progress else job_state.find(rulings.KIND, ruling.pk)
        is_busy |= job is not None and job.state in job_state.OPEN
        old, new, also = (lettering.both(mask) for mask in (ruling.old_key, ruling.new_key or 0, ruling.also))
        rows.append((ruling, old, new, also, progress_line(ruling), job, job_state.is_late(job, now)))
    return {"rulings": rows, "is_busy": is_busy}


def _context(request: HttpRequest, revision: Revision) -> dict[str, Any]:
    question = revision.question
    return {
        "revision": revision,
        "question": question,
        "is_current": question.current_id == revision.pk,
        "in_review": approval.is_in_review(question),
        "may_rule": current_user(request).has_perms(RULE),
    }


@staff_page(LOOK)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a report on the dispute page of its revision, with the letters of its candidate."""
    row = get_object_or_404(QuestionReport, pk=pk)
    order = "".join(response.order for response in question_reports.reported_responses([row]).values())
    return redirect(dispute_url(row.revision_id, order, pk))


def published_or_404(pk: int) -> Revision:
    """Return a published revision with its question and options. Raise Http404 for others."""
    rows = Revision.objects.filter(published_at__isnull=False).select_related("question__current")
    rows = rows.prefetch_related(Prefetch("options", Option.objects.order_by("ordinal")))
    return get_object_or_404(with_language(rows, "question"), pk=pk)


def other_revisions(revision: Revision) -> QuerySet[Revision]:
    """Return the other published revisions of the question, newest first, with their numbers of open reports."""
    n_open = Count("reports", filter=Q(reports__status=QuestionReport.Status.OPEN))
    rows = Revision.objects.filter(question=revision.question_id, published_at__isnull=False)
    return rows.exclude(pk=revision.pk).annotate(n_open=n_open).order_by("-number")


def dispute_url(revision: int, order: str = "", report: int | None = None) -> str:
    """Return the address of the page, with the order of its options and at the report that are chosen."""
    chosen = {"order": order[: MAX_BIT + 1], "report": report}
    return reverse(
        "admin:exams_keyruling_dispute",
        args=[revision],
        query={name: value for name, value in chosen.items() if value} or None,
        fragment=f"report-{report}" if report else None,
    )


def option_tallies(
    lettering: Lettering, key: int, chosen: int, counts: option_counts.OptionCounts
) -> list[OptionTally]:
    return [
        OptionTally(
            letter=letter,
            option=option,
            is_key=bool(key >> option.bit & 1),
            is_chosen=bool(chosen >> option.bit & 1),
            n=counts.by_bit[option.bit],
            percent=percent(counts.by_bit[option.bit], counts.n),
            percent_passed=percent(counts.by_bit_passed[option.bit], counts.passed),
        )
        for letter, option in lettering.lettered
    ]
