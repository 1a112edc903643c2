"""Before the exam: the rules page, the POST that starts the clock, and the address of an attempt."""

import uuid as uuids
from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from exams import access, sessions
from exams.models import Attempt, Candidate
from exams.psychometrics.drawing import Shortage
from exams.services.attempt import allowances, assembly, attempts
from exams.services.people import candidates
from exams.views.attempt.answer import SeeOther
from questions.models import Blueprint

PAIR_SALT = "exams.start"
PAIR_AGE = 24 * 3600  # seconds for which a rules page can be used


@dataclass(frozen=True, slots=True)
class Pair:
    """The identities that a rules page promises to candidate and attempt, so that a double click starts one exam."""

    candidate: uuids.UUID
    attempt: uuids.UUID

    def signed(self) -> str:
        return signing.dumps([self.candidate.hex, self.attempt.hex], salt=PAIR_SALT, compress=False)

    @classmethod
    def new(cls) -> "Pair":
        return cls(uuids.uuid4(), uuids.uuid4())

    @classmethod
    def read(cls, value: str) -> "Pair | None":
        """The pair of a posted rules form; None if it is forged, broken or older than a day."""
        try:
            candidate, attempt = signing.loads(value, salt=PAIR_SALT, max_age=PAIR_AGE)
        except signing.BadSignature:
            return None
        return cls(uuids.UUID(candidate), uuids.UUID(attempt))


def blueprint_or_404(code: str) -> Blueprint:
    blueprint = Blueprint.objects.current(code.upper())
    if blueprint is None:
        raise Http404
    return blueprint


def retired_on(blueprint: Blueprint) -> date | None:
    day = blueprint.exam.retired_on
    return date.fromisoformat(day) if day else None


def shortage_lines(blueprint: Blueprint, shortage: Shortage) -> list[str]:
    """One sentence for each exam domain in which questions are missing."""
    titles = {domain.number: domain.title for domain in blueprint.exam.exam_domains}
    missing = Counter(shortage.scored) + Counter(shortage.unscored)
    return [
        ngettext("%(title)s: %(n)d question more is needed.", "%(title)s: %(n)d questions more are needed.", n)
        % {"title": titles[number], "n": n}
        for number, n in sorted(missing.items())
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exam(request: HttpRequest, code: str) -> HttpResponseBase:
    """The rules of one exam; POST starts it and leads to the first question."""
    blueprint = blueprint_or_404(code)
    if request.method == "POST":
        return start(request, blueprint)
    return rules(request, blueprint)


def rules(
    request: HttpRequest,
    blueprint: Blueprint,
    *,
    status: int = 200,
    shortage: Shortage | None = None,
    bad_pair: bool = False,
    bad_extra: bool = False,
) -> HttpResponse:
    shortage = shortage or assembly.shortage(blueprint)
    candidate = access.candidate(request)
    running = attempts.open_exam(candidate, blueprint.code) if candidate else None
    pool = assembly.pool_for(blueprint)
    seen = assembly.seen_by(candidate) if candidate else {}
    minutes = attempts.minutes_for(blueprint, candidate or Candidate())
    context = {
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "minutes": minutes,
        "standing": minutes - blueprint.exam.minutes,
        "extra": extra_options(blueprint, minutes) if settings.SELF_ALLOWANCE else [],
        "running": running,
        "shortage": shortage,
        "shortage_lines": shortage_lines(blueprint, shortage) if shortage else [],
        "bad_pair": bad_pair,
        "bad_extra": bad_extra,
        "retired_on": retired_on(blueprint),
        "section": "exams",
        "preferences": candidate.preferences if candidate else {},
        "new_questions": sum(item.question not in seen for item in pool.items),
        "pair": Pair.new().signed(),
        "guest": candidate is None or candidate.user_id is None,
        "guests_allowed": settings.GUESTS or request.user.is_authenticated,
    }
    return render(request, "exams/attempt/rules.html", context, status=status)


def extra_options(blueprint: Blueprint, minutes: int) -> list[tuple[allowances.Choice, int]]:
    """What a candidate may give herself, each with the minutes that she has in all then."""
    return [(choice, minutes + choice.minutes) for choice in allowances.choices(blueprint)]


def start(request: HttpRequest, blueprint: Blueprint) -> HttpResponseBase:
    now = timezone.now()
    if not blueprint.offered:
        return rules(request, blueprint, status=409)
    pair = Pair.read(request.POST.get("pair", ""))
    if pair is None:  # an old page: show the rules anew rather than start a clock by surprise
        return rules(request, blueprint, status=400, bad_pair=True)
    try:
        extra = allowances.chosen(blueprint, request.POST.get("extra", "")) if settings.SELF_ALLOWANCE else 0
    except LookupError:  # a form of another blueprint: ask again rather than start with less time than was chosen
        return rules(request, blueprint, status=400, bad_extra=True)
    if not settings.GUESTS and not request.user.is_authenticated:  # also a guest of the days when it was on
        return redirect(f"{reverse('account_login')}?next={request.path}")
    sitter = access.candidate(request)
    entered = sitter is None
    sitter = sitter or candidates.enter(request.user, pair.candidate, now)
    try:
        started = attempts.start(
            sitter,
            blueprint,
            now,
            uuid=pair.attempt,
            fresh=sitter.created_at == now,
            extra=extra,
            seat=sessions.seat(request, pair.attempt),
        )
    except Shortage as shortage:
        if entered:  # whoever could not start leaves nothing behind: no candidate, no session
            request.session.pop(sessions.SEAT_KEY, None)
            if sitter.created_at == now:
                candidates.discard(sitter)
        return rules(request, blueprint, status=409, shortage=shortage)
    if entered:
        access.remember(request, sitter)
    keys = "keys" in request.POST
    if "keys_asked" in request.POST and keys is not sitter.preferences.get("keys", True):
        candidates.prefer(sitter.pk, {"keys": keys})
    return SeeOther(reverse("attempt", args=[started.attempt.uuid]))


@never_cache
@require_safe
def attempt(request: HttpRequest, uuid: uuids.UUID) -> HttpResponseBase:
    """Sends the candidate where she belongs: to her question, to the report, or to the history."""
    now = timezone.now()
    mine = access.own_attempt(request, uuid, now)
    if mine.status == Attempt.Status.OPEN and now >= mine.deadline:
        return redirect("finish", uuid=uuid)
    if mine.status == Attempt.Status.OPEN:
        return redirect("question", uuid=uuid, position=mine.position)
    return redirect("report", uuid=uuid)
