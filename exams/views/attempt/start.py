"""Start an exam from its rules page, or resume an attempt."""

import uuid as uuids
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from exams import access, chosen_exam, rate_limits, sessions
from exams.browser_choices import zone_name
from exams.models import Attempt, Candidate
from exams.psychometrics.drawing import ShortageError
from exams.psychometrics.readiness import ExamResult
from exams.rate_limits import Limit
from exams.services.attempt import attempt_log, attempts, disk_space, extra_time
from exams.services.attempt.attempts import StartRequest
from exams.services.attempt.start_limit import TooManyStartsError
from exams.services.people import candidates
from exams.services.practice import practice
from exams.services.progress import readiness
from exams.services.results.shown_scores import shown_scores
from exams.views import pages
from exams.views.attempt import busy, start_limit
from exams.views.attempt.rules import StartToken, rules_page
from exams.views.pages import form_page, safe_page
from questions.models import Blueprint


@form_page
def exam(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the rules of an exam on GET; start it on POST."""
    blueprint = access.blueprint_or_404(code)
    if request.method == "POST":
        return start(request, blueprint)
    return rules_page(request, blueprint)


def start(request: HttpRequest, blueprint: Blueprint) -> HttpResponseBase:
    """Start the exam and redirect to its first question, or show the rules with the reason why it cannot start."""
    now = timezone.now()
    if not blueprint.admits:
        return rules_page(request, blueprint, status=409)
    if disk_space.is_nearly_full():  # what is left is for the answers of running exams
        return rules_page(request, blueprint, status=507, disk_full=True)
    token = StartToken.read(request.POST.get("pair", ""), request)
    if token is None:  # an old page: show the rules again instead of starting the clock unexpectedly
        return rules_page(request, blueprint, status=400, token_expired=True)
    if waiting := busy.refusal(request, now):
        return waiting
    candidate = access.candidate(request)
    standing = attempts.minutes_for(blueprint, candidate or Candidate()) - blueprint.exam.minutes
    chosen = request.POST.get("extra", "") if settings.SELF_ALLOWANCE else ""
    try:
        extra = extra_time.chosen_minutes(blueprint, chosen, standing)
    except LookupError:  # the choices have changed: ask again instead of starting with less time than chosen
        return rules_page(request, blueprint, status=400, extra_time_invalid=True)
    if not settings.GUESTS and not request.user.is_authenticated:  # also for guests from before the setting changed
        return redirect(f"{reverse('account_login')}?next={request.path}")
    is_new_here = candidate is None
    is_new_guest = is_new_here and not request.user.is_authenticated
    if is_new_guest and not rate_limits.count(request, Limit.NEW_GUEST):
        return rules_page(request, blueprint, status=429, too_many_starts=True)
    refused = start_limit.refusal(request, candidate, now, but=token.attempt) if candidate else None
    if refused and candidate and not attempts.open_exam(candidate, blueprint.code):  # which this would lead to
        return refused
    candidate = candidate or candidates.get_or_create_candidate(
        request.user, token.candidate, now, **chosen_exam.preference(blueprint)
    )
    is_new_candidate = candidate.created_at == now
    beside = access.beside(request)
    past: Sequence[ExamResult] = ()
    if not is_new_candidate:
        past = readiness.past_results(candidate, blueprint.code, shown_scores([candidate.pk, *beside]))
    try:
        started = attempts.start(
            StartRequest(
                candidate,
                blueprint,
                now,
                uuid=token.attempt,
                # A new guest's candidate is reserved by this page, so no other start can share it.
                new_candidate=is_new_candidate and candidate.user_id is None,
                extra=extra,
                seat=sessions.seat(request, token.attempt),
                past=past,
                beside=beside,
                limit=start_limit.limit_for(request, candidate),
            )
        )
    except TooManyStartsError as error:  # other starts were sent at the same time
        return start_limit.too_many(request, error)
    except (attempts.SharedQuestionsError, ShortageError) as refused:
        if is_new_here:  # leave no candidate and no session behind
            request.session.pop(access.SEAT_KEY, None)
            if is_new_candidate:
                candidates.delete_unused(candidate)
        if isinstance(refused, ShortageError):
            return rules_page(request, blueprint, status=409, shortage=refused)
        return rules_page(request, blueprint, status=409, sharing=refused.holding)
    if started.created:
        sessions.remember_entry(request, token.attempt, now)
    if is_new_here:
        access.remember(request, candidate)
        if not started.created and started.attempt.uuid == token.attempt:
            attempt_log.note_second_click(started.attempt, access.seat(request), now)
    keys = "keys" in request.POST
    if "keys_asked" in request.POST and keys is not candidate.preferences.get("keys", True):
        candidates.update_preferences(candidate.pk, candidate.epoch, {"keys": keys})
    candidates.note_zone(candidate, zone_name(request.COOKIES))
    response = pages.started(request, started.attempt.uuid)
    chosen_exam.remember(response, candidate, blueprint)
    return response


@safe_page
def attempt(request: HttpRequest, uuid: uuids.UUID) -> HttpResponseBase:
    """Redirect to the current question of an open attempt, in study mode to the first unsolved one.

    Otherwise to its finish page or report.
    """
    now = timezone.now()
    own_attempt = access.own_attempt(request, uuid, now)
    if own_attempt.status == Attempt.Status.OPEN and now >= own_attempt.deadline:
        return redirect("finish", uuid=uuid)
    if own_attempt.status == Attempt.Status.OPEN:
        return redirect("question", uuid=uuid, position=practice.first_unsolved(own_attempt) or own_attempt.position)
    return redirect("report", uuid=uuid)
