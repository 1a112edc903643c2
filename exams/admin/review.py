"""The reviewer's pages: what waits for review, and one question at a time, solved blind before the key is shown.

They stand on this side of the house because they show a question as candidates see it (`exams.disclosure`) and
because how many exams were finished decides what approving proposes.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from exams import disclosure
from exams.models import Attempt
from questions import findings, reviewing
from questions.lifecycle import Refused
from questions.models import Question, RaterRating

SHOWN = 100
ENOUGH = 500  # finished exams from which on new questions rather start on trial


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """All questions that wait for a reviewer, the longest waiting first."""
    _allowed(request, "questions.view_question")
    waiting = _waiting()
    rows = [
        {"question": each, "mine": reviewing.wrote(_me(request), reviewing.in_work(each))} for each in waiting[:SHOWN]
    ]
    more = {"rows": rows, "waiting": waiting.count()}
    return TemplateResponse(request, "admin/exams/review_queue.html", _context(request, _("To review"), **more))


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """One question: to be solved and rated first, then key, checks and comments, and what becomes of it."""
    _allowed(request, "questions.view_question")
    row = get_object_or_404(Question.objects.select_related("exam_domain", "topic__task", "author"), pk=pk)
    if request.method == "POST":
        return _act(request, row)
    if not reviewing.is_in_review(row):
        messages.info(request, _("%s is not in review any more.") % row.code)
        return redirect("review_queue")
    return TemplateResponse(request, "admin/exams/review_question.html", _shown(request, row))


def _shown(request: HttpRequest, row: Question, **more: Any) -> dict[str, Any]:
    me, revision = _me(request), reviewing.in_work(row)
    options = list(revision.options.all())
    mine = RaterRating.objects.filter(question=row, rater=me).first()
    wrote = reviewing.wrote(me, revision)
    solved = request.GET.get("ticked", "")
    ticked = int(solved) & revision.full if solved.isascii() and solved.isdigit() and len(solved) < 12 else 0
    seen = wrote or bool(mine) or "ticked" in request.GET or bool(more)
    finished = Attempt.objects.filter(report__isnull=False, mode="exam", synthetic=False)[:ENOUGH].count()
    shipped = row.origin == Question.Origin.SHIPPED
    found = findings.check(findings.whole(revision), row.exam_domain.exam, timezone.localdate(), shipped=shipped)
    extra = {
        "question": row,
        "revision": revision,
        "blind": not seen,
        "card": disclosure.wording(revision, options, ended=seen, ticked=ticked),
        "ticked": ticked,
        "differs": bool(ticked) and ticked != revision.key,
        "found": found if seen else [],
        "mine": mine,
        "rating_known": bool(mine) or (wrote and not row.raters),
        "wrote": wrote,
        "may_approve": me.has_perm(reviewing.APPROVE) and (not wrote or reviewing.is_only_approver(me)),
        "may_judge": me.has_perm(reviewing.APPROVE),
        "finished": finished,
        "on_trial": finished >= ENOUGH,
        "enough": ENOUGH,
        "comments": row.history.filter(what__in=reviewing.ACTS).select_related("by").order_by("at", "pk"),
        "waiting": _waiting().count(),
    }
    return _context(request, row.code, **{**extra, **more})


def _act(request: HttpRequest, row: Question) -> HttpResponse:
    """One of the buttons. A refusal shows the page again with what was typed."""
    me, now, act, text = _me(request), timezone.now(), request.POST.get("act", ""), request.POST.get("text", "")
    if act not in ("solve", "comment", "rate"):
        _allowed(request, reviewing.APPROVE)
    elif not (me.has_perm(reviewing.APPROVE) or me.has_perm("questions.change_question")):
        raise PermissionDenied
    here = reverse("review_question", args=[row.pk])
    seen = request.POST.get("seen", "")
    if seen.isdigit() and int(seen) != row.lock_version:
        messages.error(request, _("Somebody changed this question meanwhile. Read it again."))
        return redirect(here)
    try:
        if act in ("solve", "rate") and request.POST.get("rating", "").strip():
            reviewing.rate(row, _per_cent(request.POST["rating"]), now=now, by=me)
        if act == "solve":
            bits = {int(bit) for bit in request.POST.getlist("option") if bit.isdigit() and int(bit) < 30}
            return redirect(f"{here}?ticked={sum(1 << bit for bit in bits)}")
        if act == "comment":
            reviewing.comment(row, text, now=now, by=me)
        elif act == "send-back":
            reviewing.send_back(row, text, now=now, by=me)
        elif act == "approve":
            reviewing.approve(row, on_trial=request.POST.get("start") == "trial", now=now, by=me)
    except Refused as refusal:
        shown = {"refusal": str(refusal), "text": text}
        return TemplateResponse(request, "admin/exams/review_question.html", _shown(request, row, **shown), status=422)
    if act in ("comment", "rate"):
        return redirect(f"{here}?ticked={request.POST.get('ticked', '0')}")
    done = _("%s is approved.") if act == "approve" else _("%s went back to its author.")
    messages.success(request, done % row.code)
    LogEntry.objects.log_actions(me.pk, [row], CHANGE, change_message=act, single_object=True)
    later = next((each for each in _waiting() if not reviewing.wrote(me, reviewing.in_work(each))), None)
    return redirect("review_question", later.pk) if later else redirect("review_queue")


def _waiting() -> QuerySet[Question]:
    since = Min("revisions__submitted_at", filter=Q(revisions__published_at=None))
    rows = Question.objects.in_review().select_related("exam_domain", "topic", "author")
    return rows.annotate(since=since).order_by("since", "pk")


def _per_cent(typed: str) -> int:
    if not (typed.strip().isascii() and typed.strip().isdigit()):
        raise Refused(_("A rating is a whole per cent from 1 to 99."))
    return int(typed)


def _me(request: HttpRequest) -> Any:
    return request.user


def _allowed(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _context(request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, **more}
