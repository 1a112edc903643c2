"""The page of a class exam for its participants: the rules, the name, the start, and what was handed in."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access, chosen_exam, rate_limits, sessions
from exams.models import Participant, Sitting
from exams.psychometrics.drawing import ShortageError
from exams.rate_limits import Limit
from exams.services.attempt import attempts, disk_space, extra_time, pass_points, scoring_rules
from exams.services.classes import joining, sittings
from exams.services.people import candidates
from exams.views import pages
from exams.views.attempt import busy
from exams.views.attempt.rules import StartToken, extra_time_choices
from exams.views.classes.join import (
    known_browser,
    known_name,
    too_many_page,
    too_many_wrong_codes,
    unknown_code,
)
from exams.views.pages import SeeOther, form_page
from questions.models import User
from questions.services.errors import RefusedError


@form_page
def sitting(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the rules of the exam with this code on GET; join it, and start it once it is open, on POST."""
    row = joining.find_sitting(code)
    if too_many_wrong_codes(request, row) and not (row and joining.participant_of(row, access.candidate_ids(request))):
        return too_many_page(request, code)
    if row is None:
        return unknown_code(request, code, 404)
    if request.method != "POST":
        return sitting_page(request, row)
    try:
        return _join_and_start(request, row, timezone.now())
    except RefusedError as refused:
        return sitting_page(request, row, error=str(refused), status=409)
    except ShortageError:
        error = _("The exam cannot start: the bank has too few questions. Tell your instructor.")
        return sitting_page(request, row, error=error, status=409)


def _join_and_start(request: HttpRequest, row: Sitting, now: datetime) -> HttpResponseBase:
    if disk_space.is_nearly_full():  # what is left is for the answers of running exams
        raise RefusedError(_("The exam has not started: the server's disk is almost full. Tell your instructor."))
    pair = StartToken.read(request.POST.get("pair", ""), request)
    if pair is None:
        raise RefusedError(_("The exam has not started: this page was open for more than a day. Select it again."))
    _chosen_minutes(request, row)  # refused before anybody joins
    if waiting := busy.refusal(request, now):
        return waiting
    put_off = busy.time_put_off(request, now)
    participant = joining.participant_of(row, access.candidate_ids(request))
    if participant is None:
        _check_session(request, row)
        participant = _join(request, row, pair, now, put_off)
    standing = joining.standing(row, participant, now, put_off=put_off)
    if standing.obstacle == joining.Obstacle.EARLY:
        return SeeOther(reverse("join_sitting", args=[row.code]))
    extra = _chosen_minutes(request, row, standing.clock.standing)
    is_new_browser = not access.seat(request)
    started = joining.start(
        participant,
        now,
        uuid=pair.attempt,
        seat=sessions.seat(request, pair.attempt),
        address=sessions.short_address(request),
        extra=extra,
        put_off=put_off,
    )
    if started.created:
        sessions.remember_entry(request, started.attempt.uuid, now)
    elif is_new_browser and started.attempt.uuid == pair.attempt:
        sessions.repeat_start(request, started.attempt, now)
    return pages.started(request, started.attempt.uuid)


def _check_session(request: HttpRequest, row: Sitting) -> None:
    """Raise SessionEndedError if this browser has joined, and its session has ended since. Others give a name."""
    ended = access.ended_candidate_id(request)
    former = joining.participant_of(row, [ended]) if ended else None
    if former and request.POST.get("name", "").strip().lower() in ("", former.name.lower()):
        raise access.attempt_not_found(request)


def _chosen_minutes(request: HttpRequest, row: Sitting, standing: int = 0) -> int:
    if not _may_choose_extra_time(row):
        return 0
    try:
        return extra_time.chosen_minutes(row.blueprint, request.POST.get("extra", ""), standing)
    except LookupError:
        raise RefusedError(_("This extra time is not available. Choose again, then start the exam.")) from None


def _may_choose_extra_time(row: Sitting) -> bool:
    return settings.SELF_ALLOWANCE and row.self_allowance


def _join(request: HttpRequest, row: Sitting, pair: StartToken, now: datetime, put_off: timedelta) -> Participant:
    """Make this browser a participant: by its account, or as the guest who gives a name."""
    if row.who == Sitting.Who.ROSTER:
        raise RefusedError(_("This exam is for the people of a class. Open your personal link, or enter its code."))
    if not request.user.is_authenticated and _needs_account(row):
        raise RefusedError(_("This exam is for people with an account. Sign in first."))
    joining.check_open(row, now, put_off)
    candidate = access.candidate(request)
    counted = _counted(request, row)
    if isinstance(request.user, User):
        name = joining.account_name(request.user)
        if counted and rate_limits.is_reached(request, *counted):
            raise RefusedError(_network_full(request))
    else:
        name = joining.checked_name(request.POST.get("name", "") or known_name(request))
        taken_by = (
            Participant.objects.present()
            .filter(sitting=row, name__iexact=name)
            .values_list("candidate__uuid", flat=True)
        )
        if taken_by and pair.candidate not in taken_by:  # refused before a guest is made for nothing
            raise joining.name_taken(name)
        if counted and not taken_by and rate_limits.is_reached(request, *counted):
            raise RefusedError(_network_full(request))
    if candidate is None:
        if not request.user.is_authenticated and rate_limits.is_reached(request, Limit.NEW_GUEST_OF_CLASS):
            raise RefusedError(_("Too many people have joined from your network in one minute. Try again in a minute."))
        candidate = candidates.get_or_create_candidate(
            request.user, pair.candidate, now, **chosen_exam.class_preference(request, row.blueprint)
        )
    try:
        participant = joining.join(row, candidate, name, now, put_off=put_off)
    except RefusedError:
        if candidate.created_at == now:
            candidates.delete_unused(candidate)
        raise
    if counted and participant.joined_at == now:  # a repeated request joins nobody
        rate_limits.count(request, *counted, given_back_as=f"participant:{participant.pk}")
        if candidate.created_at == now and not request.user.is_authenticated:
            rate_limits.count(request, Limit.NEW_GUEST_OF_CLASS)
    if candidate.pk not in access.candidate_ids(request):
        access.remember(request, candidate)
    return participant


def _counted(request: HttpRequest, row: Sitting) -> tuple[Limit, str] | None:
    """Return what a join counts for: the own few of a browser that the server knows, or those of its network.

    None for an account that it knows, which joins once.
    """
    known = known_browser(request)
    if known and request.user.is_authenticated:
        return None
    own = (Limit.JOIN_OF_KNOWN_BROWSER, f"{row.pk} {known}")
    if known and not rate_limits.is_reached(request, *own):
        return own
    return Limit.JOIN_OF_CLASS, f"{row.pk} {rate_limits.joins_since(row.pk)} {rate_limits.network(request)}"


def _network_full(request: HttpRequest) -> str:
    text = _(
        "%(most)d people have joined this exam from your network today, as many as one network can. "
        "Join from another network, or tell your instructor, who can let it join again."
    )
    return text % {"most": settings.LIMIT_JOINS * rate_limits.factor(request)}


def _needs_account(row: Sitting) -> bool:
    return row.who == Sitting.Who.ACCOUNT or not settings.GUESTS


def sitting_page(request: HttpRequest, row: Sitting, *, error: str = "", status: int = 200) -> HttpResponse:
    """Render the rules with the form, or with the reason why the exam cannot start."""
    now = timezone.now()
    participant = joining.participant_of(row, access.candidate_ids(request))
    candidate = access.candidate(request)
    standing = joining.standing(row, participant, now, candidate)
    exam = row.blueprint.exam
    review_opens_at = sittings.review_opens_at(row)
    private = attempts.open_exam(candidate, row.blueprint.code) if candidate else None
    rule = scoring_rules.before_start(row.blueprint, row.form)
    tells_points = exam.is_percent and not (exam.unscored and rule.worths_differ)
    context: dict[str, Any] = {
        "sitting": row,
        "exam": exam,
        "pass_points": pass_points.before_start(row.blueprint, row.form) if tells_points else None,
        "rule": rule,
        "blueprint": row.blueprint,
        "section": "exams",
        "participant": participant,
        "standing": standing,
        "obstacle": standing.obstacle.value.replace(" ", "_") if standing.obstacle else "",
        "error": error,
        "is_through": bool(standing.finished and standing.obstacle and not standing.running),
        "typed_name": request.POST.get("name", ""),
        "known_as": participant.name if participant else known_name(request),
        "joining_closed": joining.joining_closed() if participant is None and row.joining_closed_at else "",
        "needs_personal_link": participant is None and row.who == Sitting.Who.ROSTER,
        "needs_account": participant is None and _needs_account(row) and not request.user.is_authenticated,
        "time": in_words(standing.clock.minutes),
        "full_time": in_words(standing.minutes),
        "now": now,
        "review_opens_at": review_opens_at,
        "answers_open": (row.released_at or (review_opens_at and review_opens_at <= now))
        and sittings.is_disclosed(row, now),
        "private_exam": private,
        "extra_time_choices": _extra_time(row, standing.clock),
        "instructor": str(row.owner) if row.owner else "",
    }
    return render(request, "exams/classes/sitting.html", context, status=status)


def _extra_time(row: Sitting, clock: attempts.Clock) -> list[tuple[extra_time.ExtraTimeChoice, int]]:
    return extra_time_choices(row.blueprint, clock.minutes, clock.standing) if _may_choose_extra_time(row) else []


def in_words(minutes: int) -> str:
    """Return minutes as "3 h", "2 h 20 min" or "45 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [_("%(n)d h") % {"n": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(n)d min", "%(n)d min", rest) % {"n": rest})
    return " ".join(parts)
