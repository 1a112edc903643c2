"""Writes candidates: guests and users who sit, guest codes, the claim, and the end of their sessions."""

import hmac
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from exams.models import Attempt, Candidate, RepetitionCard

log = logging.getLogger(__name__)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nobody has to guess what was written down
CODE_BITS, DIGIT_BITS = 60, 5
MISREAD = str.maketrans("OIL", "011")


def enter(user: Any, uuid: UUID, now: datetime) -> Candidate:
    """Who starts an exam in a browser without a candidate: the user's own, or a guest with this identity.

    Ten calls at once make one row. The identity of a rules page never opens a candidate who has an account.
    """
    if user.is_authenticated:
        candidate, _ = Candidate.objects.get_or_create(user=user, defaults={"created_at": now})
        return candidate
    candidate = _guest(uuid, now)
    return candidate if candidate.user_id is None and candidate.erased_at is None else _guest(uuid4(), now)


def _guest(uuid: UUID, now: datetime) -> Candidate:
    """Made first and looked up only if it is there: nearly every start is by somebody new."""
    try:
        with transaction.atomic():
            return Candidate.objects.create(uuid=uuid, created_at=now, code_hash=_code_hash(_code(uuid)))
    except IntegrityError:
        return Candidate.objects.get(uuid=uuid)


def discard(candidate: Candidate) -> bool:
    """Takes back a candidate who was made just now and could not start. False: another request has started."""
    with transaction.atomic():
        # No attempt can be started for a locked candidate.
        row = Candidate.objects.select_for_update().filter(pk=candidate.pk).first()
        if row is None or row.attempts.exists():
            return False
        row.delete()
    return True


THEMES, SIZES = ("", "light", "dark", "more"), (1, 2, 3)


def prefer(candidate: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """Keeps how this candidate wants to read: size 1-3, theme, keys and timer on or off. Unknown values are dropped.

    Returns what is stored now.
    """
    known = {
        "size": lambda value: value in SIZES,
        "theme": lambda value: value in THEMES,
        "keys": lambda value: isinstance(value, bool),
        "timer": lambda value: isinstance(value, bool),
    }
    good = {name: value for name, value in wanted.items() if name in known and known[name](value)}
    with transaction.atomic():
        row = Candidate.objects.select_for_update().get(pk=candidate)
        row.preferences = {**row.preferences, **good}
        row.save(update_fields=["preferences"])
    return row.preferences


# --- Guest codes ----------------------------------------------------------------------------------


def guest_code(candidate: Candidate) -> str:
    """The code that brings this guest back in any browser, like 7K3M-9Q2D-V0XA; derived, so it is stored nowhere."""
    return _code(candidate.uuid)


def _code(uuid: UUID) -> str:
    number = int.from_bytes(_hmac(f"guest:{uuid}")[:8], "big") >> (64 - CODE_BITS)
    shifts = range(CODE_BITS - DIGIT_BITS, -1, -DIGIT_BITS)
    code = "".join(CROCKFORD[number >> shift & 31] for shift in shifts)
    return "-".join((code[:4], code[4:8], code[8:]))


def _code_hash(code: str) -> str:
    return _hmac(f"guest code:{code}").hex()


def _hmac(message: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), message.encode(), "sha256")


def by_code(typed: str) -> Candidate | None:
    """The guest with this code, however it was typed: small letters, no dashes, O for 0, I or L for 1.

    None is all that is said of codes that never were, of guests who were erased, and of those who have an account.
    """
    letters = re.sub(r"[\s\-–_.]", "", typed).upper().translate(MISREAD)
    if len(letters) * DIGIT_BITS != CODE_BITS:
        return None
    code = "-".join((letters[:4], letters[4:8], letters[8:]))
    return Candidate.objects.filter(code_hash=_code_hash(code), user=None, erased_at=None).first()


# --- The claim ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """Who sits in this browser from now on.

    `beside`: the guest who keeps a running exam because `candidate` has one of the same kind; it joins when that
    one is closed. `moved`: how many attempts have come to the candidate.
    """

    candidate: Candidate | None
    beside: Candidate | None = None
    moved: int = 0


def claim(owner: Any, guest: Candidate | None) -> Claim:
    """The one way in which a guest's exams change hands: at sign-in, at sign-up, and by a guest code.

    `owner` is the user who signs in, or the guest whose code was typed; `guest` is who sat in this browser until
    now. A user without candidate becomes this guest. Else what is finished moves, and a running exam moves if the
    owner has none of its kind.
    """
    candidate = owner if isinstance(owner, Candidate) else Candidate.objects.filter(user=owner).first()
    if guest is None or guest == candidate or guest.user_id is not None:  # an account's exams never change hands
        return Claim(candidate)
    if candidate is None:
        if _bind(guest, owner):
            guest.refresh_from_db()
            return Claim(guest, moved=guest.attempts.count())
        candidate = Candidate.objects.filter(user=owner).first()
        if candidate is None:  # the guest has gone meanwhile
            return Claim(None)
    return _join(guest, candidate)


def _bind(guest: Candidate, user: Any) -> bool:
    """Makes the guest the user's candidate. Other browsers that know the guest have to sign in from now on."""
    try:
        with transaction.atomic():
            rows = Candidate.objects.filter(pk=guest.pk, user=None, erased_at=None)
            bound = rows.update(user=user, code_hash=None, epoch=F("epoch") + 1)
    except IntegrityError:  # this user got a candidate in another request
        return False
    if bound:
        log.info("candidate %s now belongs to user %s", guest.uuid, user.pk)
    return bool(bound)


def _join(guest: Candidate, candidate: Candidate) -> Claim:
    """Moves what `guest` did to `candidate`; the empty row goes."""
    with transaction.atomic():
        # In one order, so that two claims at once take turns; no attempt can be started for a locked candidate.
        rows = Candidate.objects.select_for_update().filter(pk__in=[guest.pk, candidate.pk]).order_by("pk")
        both = {row.pk: row for row in rows}
        if len(both) < 2 or both[guest.pk].user_id is not None:  # another claim was first
            return Claim(both.get(candidate.pk))
        guest, candidate = both[guest.pk], both[candidate.pk]
        exams = Attempt.objects.exams_running()
        taken = list(exams.filter(candidate=candidate).values_list("blueprint_code", flat=True))
        kept = list(exams.filter(candidate=guest, blueprint_code__in=taken).values_list("pk", flat=True))
        moved = Attempt.objects.filter(candidate=guest).exclude(pk__in=kept).update(candidate=candidate)
        known = RepetitionCard.objects.filter(candidate=candidate).values_list("question", flat=True)
        RepetitionCard.objects.filter(candidate=guest).exclude(question__in=list(known)).update(candidate=candidate)
        candidate.preferences = {**guest.preferences, **candidate.preferences}
        candidate.target_date = candidate.target_date or guest.target_date
        candidate.extra_percent = max(candidate.extra_percent, guest.extra_percent)
        candidate.extra_minutes = max(candidate.extra_minutes, guest.extra_minutes)
        candidate.save(update_fields=["preferences", "target_date", "extra_percent", "extra_minutes"])
        if not kept:
            guest.delete()
    log.info("%d attempts of candidate %s moved to %s, %d stay", moved, guest.uuid, candidate.uuid, len(kept))
    return Claim(candidate, beside=guest if kept else None, moved=moved)


# --- The end of sessions --------------------------------------------------------------------------


def end_sessions(user: Any) -> int | None:
    """Ends what this user's browsers know of the candidate; returns the new epoch, None without candidate."""
    Candidate.objects.filter(user=user).update(epoch=F("epoch") + 1)
    return Candidate.objects.filter(user=user).values_list("epoch", flat=True).first()
