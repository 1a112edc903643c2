"""The page of a question in review, solved blind before the key is shown.

It is in `exams` because it shows a question as candidates see it (`exams.disclosure`) and because the number of
scored exams determines how approved questions start.
"""

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import disclosure
from exams.services.analysis import pilots
from questions.admin.editor import key_change
from questions.admin.staff_page import current_user, log, render_page, staff_form
from questions.content import differences
from questions.content.schema import MAX_BIT
from questions.content.typed_numbers import whole_number
from questions.lint.summary import summary
from questions.models import Option, Question, RaterRating, Revision
from questions.services import (
    approval,
    approval_queue,
    authorship,
    blueprints,
    collections,
    findings,
    key_changes,
    ratings,
    revisions,
    wordings,
)
from questions.services.drawn_questions import syllabuses
from questions.services.errors import RefusedError

APPROVER_ACTIONS = ("approve", "send-back")
REVIEWER_ACTIONS = ("solve", "rate", "comment")


@staff_form("questions.view_question")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one question on GET, blind until it is solved. POST solves, rates, comments, approves or sends back."""
    row = get_object_or_404(Question.objects.select_related("exam_domain", "topic__task", "author"), pk=pk)
    if request.method == "POST":
        return _handle_action(request, row)
    return _page(request, row)


def _page(request: HttpRequest, row: Question, *, status: int = 200, **extra_context: Any) -> HttpResponse:
    """Render the question, or redirect to the queue if it is no longer in review."""
    if not approval.is_in_review(row) or not _has_revision_in_work(row):
        messages.info(request, _("%s is no longer in review.") % row.code)
        return redirect("admin:approval_queue")
    context = _question_context(request, row, **extra_context)
    return render_page(request, "admin/exams/approval/question.html", context, status)


def _question_context(request: HttpRequest, row: Question, **extra_context: Any) -> dict[str, Any]:
    """Return what this user may see of the question now."""
    user, revision = current_user(request), revisions.revision_in_work(row)
    options = list(revision.options.all())
    own_rating = RaterRating.objects.filter(question=row, rater=user).first()
    is_author = authorship.has_written(user, revision)
    ticked = extra_context.pop("ticked", whole_number(request.GET.get("ticked"), 0)) & revision.full
    refused_action = extra_context.get("refused_action")
    key_shown = (
        is_author or bool(own_rating) or "ticked" in request.GET or refused_action in (*APPROVER_ACTIONS, "comment")
    )
    rating_shown = ratings.knows_rating(user, row) or (is_author and not row.raters)
    now = timezone.now()
    n_scored_exams = min(map(pilots.count_scored_exams, syllabuses([row])[row.pk]), default=0)
    is_shipped = row.origin == Question.Origin.SHIPPED
    content = findings.full_content(revision)
    lint_findings = findings.check(content, row.syllabus, timezone.localdate(), shipped=is_shipped)
    if not rating_shown:
        lint_findings = [finding for finding in lint_findings if finding.field != "rating"]
    return {
        "title": row.code,
        "question": row,
        "revision": revision,
        "is_blind": not key_shown,
        "card": disclosure.revision_card(
            revision, options, ended=key_shown, ticked=ticked, language=collections.other_language(row.collection)
        ),
        "ticked": ticked,
        "differs": bool(ticked) and ticked != revision.key,
        "findings": lint_findings if key_shown else [],
        "summary": summary(lint_findings) if key_shown else "",
        "n_waived": len(content.waivers),
        "solved": bool(ticked),
        "changed_parts": _changed_parts(row, revision) if key_shown else [],
        "key_change": key_change.describe(change, user)
        if key_shown and (change := key_changes.key_change(row))
        else "",
        "flipped": _flipped_letters(row, revision, options) if key_shown else [],
        "needs_same_meaning": approval.needs_same_meaning(revision),
        "own_rating": own_rating,
        "rating_shown": rating_shown,
        "is_author": is_author,
        "may_approve": user.has_perm(authorship.APPROVE) and (not is_author or authorship.may_approve_own(user)),
        "needs_second_person": authorship.needs_second_person(),
        "has_approve_permission": user.has_perm(authorship.APPROVE),
        "n_scored_exams": n_scored_exams,
        "start_as_pilot": n_scored_exams >= pilots.MIN_EXAMS_FOR_PILOTS,
        "min_exams_for_pilots": pilots.MIN_EXAMS_FOR_PILOTS,
        "pilot_duration": duration_sentence(pilots.pilot_duration(row, revision.kind, now)),
        "pilot_responses": pilots.RESPONSES_TO_DECIDE,
        "comments": row.history.filter(action__in=approval.APPROVAL_ACTIONS).select_related("by").order_by("at", "pk"),
        **extra_context,
    }


def _changed_parts(row: Question, revision: Revision) -> list[differences.ChangedPart]:
    """Return the differences between the current revision and the one in review."""
    if row.current is None:
        return []
    return differences.changed_parts(wordings.content_of(row.current), wordings.content_of(revision))


def _flipped_letters(row: Question, revision: Revision, options: list[Option]) -> list[str]:
    """Return the letters of the options that are keys in one of the published and the new wording only."""
    before = key_changes.keys_before(row) if row.current_id else {}
    keys = {option.code: bool(revision.key >> option.bit & 1) for option in options}
    return [option.letter for option in options if before.get(option.code, keys[option.code]) != keys[option.code]]


def _handle_action(request: HttpRequest, row: Question) -> HttpResponse:
    """Carry out one button. A refusal shows the page again with the posted text."""
    user, now = current_user(request), timezone.now()
    action, text = request.POST.get("act", ""), request.POST.get("text", "")
    if action not in (*APPROVER_ACTIONS, *REVIEWER_ACTIONS):
        raise BadRequest(_("This page has no such button."))
    writes = action in REVIEWER_ACTIONS and user.has_perm("questions.change_question")
    if not writes and not user.has_perm(authorship.APPROVE):
        raise PermissionDenied
    url = reverse("admin:approval", args=[row.pk])
    posted: dict[str, Any] = {"text": text, "rating": request.POST.get("rating", ""), "refused_action": action}
    if action != "comment" and whole_number(request.POST.get("lock_version"), -1) != row.lock_version:
        refusal = _("Another user changed this question. Read it again.")
        return _page(request, row, status=409, refusal=refusal, **posted)
    bits = {whole_number(bit, None, MAX_BIT) for bit in request.POST.getlist("option")}
    ticked = sum(1 << bit for bit in bits if bit is not None)
    before = approval_queue.first(user)
    try:
        if action == "solve" and not ticked:
            raise RefusedError(_("Select an answer first, or show the key without answering."))
        if action in ("solve", "rate") and request.POST.get("rating", "").strip():
            ratings.rate([row], whole_number(request.POST["rating"].strip(), 0), now=now, by=user)
            log(request, row, _("Rated the question."))
        if action == "solve":
            return redirect(f"{url}?ticked={ticked}")
        if action == "comment":
            approval.comment(row, text, now=now, by=user)
            log(request, row, _("Commented on the question."))
        elif action == "send-back":
            approval.send_back([row], text, now=now, by=user)
            log(request, row, _("Sent the question back to the author: %s") % text.strip())
        elif action == "approve":
            _approve(request, row, text, now)
    except RefusedError as refusal:
        if action == "solve":
            posted["ticked"] = ticked
        return _page(request, row, status=422, refusal=str(refusal), **posted)
    if action in REVIEWER_ACTIONS:
        return redirect(f"{url}?ticked={whole_number(request.POST.get('ticked'), 0)}")
    message = _("%s is approved.") if action == "approve" else _("%s was sent back to its author.")
    messages.success(request, message % row.code)
    if action == "approve" and (warning := blueprints.undrawn_warning([row])):
        messages.warning(request, warning)
    next_pk = approval_queue.next_question(row.pk, before, user)
    return redirect("admin:approval", next_pk) if next_pk else redirect("admin:approval_queue")


def _approve(request: HttpRequest, row: Question, text: str, now: datetime.datetime) -> None:
    """Approve. A reviewer whose answer differs from the key has to explain why it is right, stored as a comment."""
    user, as_pilot = current_user(request), request.POST.get("start") == "trial"
    ticked = whole_number(request.POST.get("ticked"), 0)
    differs = bool(ticked) and approval.is_in_review(row) and ticked != revisions.revision_in_work(row).key
    if differs and not text.strip():
        raise RefusedError(
            _("Your answer differs from the key. Explain why the key is right, or send the question back.")
        )
    change, same_meaning = key_changes.key_change(row), "same_meaning" in request.POST
    approval.approve([row], pilot=as_pilot, now=now, by=user, same_meaning=same_meaning)
    if change and change.n_exams:
        messages.warning(request, key_change.describe(change, user))
    if text.strip():
        approval.comment(row, text, now=now, by=user)
    log(
        request,
        row,
        _("Approved the question as a pilot question.") if as_pilot else _("Approved the question as a live question."),
    )


def duration_sentence(duration: datetime.timedelta | None) -> str:
    """Return the forecast of a pilot as a sentence."""
    if duration is None:
        return _("How long this takes cannot be estimated yet.")
    days = max(1, round(duration / datetime.timedelta(days=1)))
    if days < 14:
        sentence = ngettext(
            "At the current rate this takes about %(n)d day.", "At the current rate this takes about %(n)d days.", days
        )
        return sentence % {"n": days}
    if days > 2 * 365:
        return _("At the current rate this takes more than two years.")
    return _("At the current rate this takes about %(n)d weeks.") % {"n": round(days / 7)}


def _has_revision_in_work(row: Question) -> bool:
    try:
        revisions.revision_in_work(row)
    except RefusedError:  # an import has replaced the revision
        return False
    return True
