"""The rules page before the start of an exam."""

import uuid as uuids
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from exams import access
from exams.models import Attempt, Candidate
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import (
    assembly,
    attempts,
    exam_supply,
    extra_time,
    pass_points,
    question_pool,
    scoring_rules,
)
from exams.views.attempt.booking import Booking, offered_codes
from questions.models import Blueprint

START_TOKEN_SALT = "exams.start"
START_TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class StartToken:
    """The UUIDs that a page reserves for candidate and attempt, so that a double click starts one exam.

    The token is valid only in the browser that got the page: the browser that posts it becomes that candidate.
    """

    candidate: uuids.UUID
    attempt: uuids.UUID

    def signed(self, request: HttpRequest) -> str:
        return signing.dumps([self.candidate.hex, self.attempt.hex], salt=_token_salt(request), compress=False)

    @property
    def seed(self) -> str:
        """The seed with which a quiz is chosen, so that it has what its page has said."""
        return self.attempt.hex

    @classmethod
    def of(cls, request: HttpRequest) -> "StartToken":
        """Return the token of the page that is made: the same for all of its forms, of which one is sent."""
        if not hasattr(request, "_start_token"):
            request._start_token = cls.new()  # type: ignore[attr-defined]
        token: StartToken = request._start_token  # type: ignore[attr-defined]
        return token

    @classmethod
    def new(cls) -> "StartToken":
        return cls(uuids.uuid4(), uuids.uuid4())

    @classmethod
    def read(cls, value: str, request: HttpRequest) -> "StartToken | None":
        """Return the token of a posted rules form; None if it is forged, malformed, expired or another browser's."""
        try:
            candidate, attempt = signing.loads(value, salt=_token_salt(request), max_age=START_TOKEN_SECONDS)
        except signing.BadSignature:
            return None
        return cls(uuids.UUID(candidate), uuids.UUID(attempt))


def _token_salt(request: HttpRequest) -> str:
    """Return a salt for this browser. Guests have no session before the start, but the CSRF cookie of the form."""
    get_token(request)
    return f"{START_TOKEN_SALT}:{request.META['CSRF_COOKIE']}"


def shortage_lines(blueprint: Blueprint, shortage: ShortageError) -> list[str]:
    """Return one sentence for each exam domain with missing questions."""
    exam = blueprint.exam
    titles = {domain.number: domain.title if exam.shows_domains else exam.title for domain in exam.exam_domains}
    missing = Counter(shortage.scored) + Counter(shortage.unscored)
    return [
        ngettext("%(title)s: %(n)d more question is needed.", "%(title)s: %(n)d more questions are needed.", n)
        % {"title": titles[number], "n": n}
        for number, n in sorted(missing.items())
    ]


def rules_page(
    request: HttpRequest,
    blueprint: Blueprint,
    *,
    status: int = 200,
    shortage: ShortageError | None = None,
    token_expired: bool = False,
    too_many_starts: bool = False,
    disk_full: bool = False,
    extra_time_invalid: bool = False,
    sharing: Sequence[Attempt] | None = None,
) -> HttpResponse:
    """Render the rules with the start form, or with the reason why the exam cannot start.

    `sharing` are the candidate's open exams with questions that this one cannot do without; empty if those questions
    are held back by a class of others.
    """
    shortage = shortage or assembly.blueprint_shortage(blueprint)
    candidate = access.candidate(request)
    pool = question_pool.pool_for(blueprint)
    shown = assembly.last_shown(candidate) if candidate else {}
    minutes = attempts.minutes_for(blueprint, candidate or Candidate())
    exam = blueprint.exam
    standing = minutes - exam.minutes
    context = {
        "blueprint": blueprint,
        "exam": exam,
        "pass_points": pass_points.before_start(blueprint),
        "rule": scoring_rules.before_start(blueprint),
        "minutes": minutes,
        "standing_extra_time": standing,
        "extra_time_choices": extra_time_choices(blueprint, minutes, standing) if settings.SELF_ALLOWANCE else [],
        "open_attempt": attempts.open_exam(candidate, blueprint.code) if candidate else None,
        "shortage": shortage,
        "offers_practice": bool(shortage and pool.live) and not set(exam.practice).isdisjoint(exam.collections),
        "shortage_lines": shortage_lines(blueprint, shortage) if shortage else [],
        "token_expired": token_expired,
        "too_many_starts": too_many_starts,
        "disk_full": disk_full,
        "extra_time_invalid": extra_time_invalid,
        "sharing": sharing,
        "booking": Booking.of(blueprint.exam, timezone.localdate(), offered_codes()),
        "section": "exams",
        "new_questions": pool.count_new(shown),
        "unused_exams": exam_supply.count_unused(blueprint, pool, candidate, shown),
        "is_guest": candidate.user_id is None if candidate else not request.user.is_authenticated,
        "guests_allowed": settings.GUESTS or request.user.is_authenticated,
    }
    return render(request, "exams/attempt/rules.html", context, status=status)


def extra_time_choices(
    blueprint: Blueprint, minutes: int, standing: int
) -> list[tuple[extra_time.ExtraTimeChoice, int]]:
    """Return the choices of extra time, each with the total minutes it gives.

    `minutes` are those that a start gives without a choice, `standing` those of them that staff set.
    """
    choices = extra_time.extra_time_choices(blueprint, standing)
    return [(choice, minutes - standing + choice.minutes) for choice in choices]
