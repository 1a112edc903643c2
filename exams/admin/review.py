"""The reviewer's pages: what waits for review, and one question at a time, solved blind before the key is shown.

They stand on this side of the house because they show a question as candidates see it (`exams.disclosure`) and
because how many exams were finished decides what approving proposes.
"""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from exams import disclosure
from exams.services.analysis import pilots
from questions.admin.typed import whole
from questions.content import differences
from questions.models import Question, RaterRating, Revision
from questions.services import authorship, findings, ratings, review, review_queue, revisions, wordings
from questions.services.errors import RefusedError

JUDGE = ("approve", "send-back")
SAY = ("solve", "rate", "comment")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """All questions that wait for a reviewer, the longest waiting first."""
    _allowed(request, "questions.view_question")
    more = {"rows": review_queue.first(_me(request)), "most": review_queue.MAX_LISTED}
    return TemplateResponse(request, "admin/exams/review_queue.html", _context(request, _("To review"), **more))


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """One question: to be solved and rated first, then key, checks and comments, and what becomes of it."""
    _allowed(request, "questions.view_question")
    row = get_object_or_404(Question.objects.select_related("exam_domain", "topic__task", "author"), pk=pk)
    if request.method == "POST":
        return _act(request, row)
    return _page(request, row)


def _page(request: HttpRequest, row: Question, *, status: int = 200, **more: Any) -> HttpResponse:
    """The question as this reader may see it now, or the way back to the queue when it is not in review any more."""
    if not review.is_in_review(row) or not _has_work(row):
        messages.info(request, _("%s is not in review any more.") % row.code)
        return redirect("review_queue")
    shown = _shown(request, row, **more)
    return TemplateResponse(request, "admin/exams/review_question.html", shown, status=status)


def _shown(request: HttpRequest, row: Question, **more: Any) -> dict[str, Any]:
    me, revision = _me(request), revisions.revision_in_work(row)
    options = list(revision.options.all())
    mine = RaterRating.objects.filter(question=row, rater=me).first()
    wrote = authorship.wrote(me, revision)
    ticked = more.pop("ticks", whole(request.GET.get("ticked"))) & revision.full
    seen = wrote or bool(mine) or "ticked" in request.GET or more.get("refused") in (*JUDGE, "comment")
    known = ratings.knows_rating(me, row) or (wrote and not row.raters)
    now = timezone.now()
    finished = pilots.count_scored_exams()
    shipped = row.origin == Question.Origin.SHIPPED
    found = findings.check(findings.full_content(revision), row.exam_domain.exam, timezone.localdate(), shipped=shipped)
    if not known:
        found = [each for each in found if each.field != "rating"]
    extra = {
        "question": row,
        "revision": revision,
        "blind": not seen,
        "card": disclosure.revision_card(revision, options, ended=seen, ticked=ticked),
        "ticked": ticked,
        "differs": bool(ticked) and ticked != revision.key,
        "found": found if seen else [],
        "solved": bool(ticked),
        "changed": _changed(row, revision) if seen else [],
        "mine": mine,
        "rating_known": known,
        "wrote": wrote,
        "may_approve": me.has_perm(authorship.APPROVE) and (not wrote or authorship.is_only_approver(me)),
        "may_judge": me.has_perm(authorship.APPROVE),
        "finished": finished,
        "on_trial": finished >= pilots.MIN_EXAMS_FOR_PILOTS,
        "enough": pilots.MIN_EXAMS_FOR_PILOTS,
        "trial_lasts": lasts(pilots.pilot_duration(row, revision.kind, now)),
        "met": pilots.RESPONSES_TO_DECIDE,
        "comments": row.history.filter(action__in=review.REVIEW_ACTIONS).select_related("by").order_by("at", "pk"),
    }
    return _context(request, row.code, **{**extra, **more})


def _changed(row: Question, revision: Revision) -> list[differences.ChangedPart]:
    """What a new wording changes, word by word, beside the one that candidates get."""
    if row.current is None:
        return []
    return differences.changed_parts(wordings.content_of(row.current), wordings.content_of(revision))


def _act(request: HttpRequest, row: Question) -> HttpResponse:
    """One of the buttons. A refusal shows the page again with what was typed."""
    me, now, act, text = _me(request), timezone.now(), request.POST.get("act", ""), request.POST.get("text", "")
    if act not in (*JUDGE, *SAY):
        return HttpResponseBadRequest(_("There is no such button on this page."))
    if act in JUDGE:
        _allowed(request, authorship.APPROVE)
    elif not (me.has_perm(authorship.APPROVE) or me.has_perm("questions.change_question")):
        raise PermissionDenied
    here = reverse("review_question", args=[row.pk])
    kept: dict[str, Any] = {"text": text, "rating": request.POST.get("rating", ""), "refused": act}
    if act != "comment" and whole(request.POST.get("seen"), -1) != row.lock_version:
        refusal = _("Somebody changed this question meanwhile. Read it again.")
        return _page(request, row, status=409, refusal=refusal, **kept)
    ticks = sum(1 << bit for bit in {whole(bit, 30) for bit in request.POST.getlist("option")} if bit < 30)
    before = review_queue.first(me)
    try:
        if act == "solve" and not ticks:
            raise RefusedError(_("Tick your answer first, or show the key without solving."))
        if act in ("solve", "rate") and request.POST.get("rating", "").strip():
            ratings.rate([row], whole(request.POST["rating"].strip()), now=now, by=me)
            _log(me, row, _("Rated it."))
        if act == "solve":
            return redirect(f"{here}?ticked={ticks}")
        if act == "comment":
            review.comment(row, text, now=now, by=me)
            _log(me, row, _("Commented on it."))
        elif act == "send-back":
            review.send_back([row], text, now=now, by=me)
            _log(me, row, _("Sent it back to its author: %s") % text.strip())
        elif act == "approve":
            _approve(request, row, text, now)
    except RefusedError as refusal:
        if act == "solve":
            kept["ticks"] = ticks
        return _page(request, row, status=422, refusal=str(refusal), **kept)
    if act in SAY:
        return redirect(f"{here}?ticked={whole(request.POST.get('ticked'))}")
    done = _("%s is approved.") if act == "approve" else _("%s went back to its author.")
    messages.success(request, done % row.code)
    later = review_queue.next_question(row.pk, before, me)
    return redirect("review_question", later) if later else redirect("review_queue")


def _approve(request: HttpRequest, row: Question, text: str, now: datetime.datetime) -> None:
    """Approves; whoever answered otherwise than the key says why the key is right, and that stays as a comment."""
    me, on_trial = _me(request), request.POST.get("start") == "trial"
    ticked = whole(request.POST.get("ticked"))
    differs = bool(ticked) and review.is_in_review(row) and ticked != revisions.revision_in_work(row).key
    if differs and not text.strip():
        raise RefusedError(
            _("You answered otherwise. Say in a sentence why the key is right, or send the question back.")
        )
    review.approve([row], pilot=on_trial, now=now, by=me)
    if text.strip():
        review.comment(row, text, now=now, by=me)
    _log(me, row, _("Approved it: on trial, unscored at first.") if on_trial else _("Approved it: scored at once."))


def _log(me: Any, row: Question, said: str) -> None:
    LogEntry.objects.log_actions(me.pk, [row], CHANGE, change_message=said, single_object=True)


def lasts(time: datetime.timedelta | None) -> str:
    """How long a trial will probably last, in words."""
    if time is None:
        return _("When that will be is not foreseeable yet.")
    days = max(1, round(time / datetime.timedelta(days=1)))
    if days < 14:
        said = ngettext("At the present pace that takes about %(n)d day.",
                        "At the present pace that takes about %(n)d days.", days)  # fmt: skip
        return said % {"n": days}
    if days > 2 * 365:
        return _("At the present pace that takes more than two years.")
    return _("At the present pace that takes about %(n)d weeks.") % {"n": round(days / 7)}


def _has_work(row: Question) -> bool:
    try:
        revisions.revision_in_work(row)
    except RefusedError:  # a newer wording came by a file meanwhile
        return False
    return True


def _me(request: HttpRequest) -> Any:
    return request.user


def _allowed(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _context(request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, **more}
