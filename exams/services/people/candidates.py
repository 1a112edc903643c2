"""Write candidates: guests and users, guest codes, the claim of a guest's exams, and the end of sessions."""

import hmac
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from exams.models import Attempt, Candidate, Participant
from exams.services.people import study_state
from questions.models import Blueprint, QuestionReport, User

log = logging.getLogger(__name__)

SAME_START = timedelta(seconds=10)  # between requests of one double click, or that a browser sends again by itself
CROCKFORD_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: hard to misread
CODE_BITS, BITS_PER_DIGIT = 60, 5
CODE_DIGITS = CODE_BITS // BITS_PER_DIGIT
SHORT_ID_DIGITS = 8  # of a UUID; the first group of its usual form
MISREAD_LETTERS = str.maketrans("OIL", "011")
MAX_ATTEMPTS = 2_000  # of a candidate, who starts no more and claims no more: pages read the whole history
MAX_ZONE_CHARS = 64  # longer than any name; Python looks for a longer one in a folder for each of its parts
THEMES, TEXT_SIZES = ("", "light", "dark", "more"), (1, 2, 3)
NEW_CARDS = (0, 5, 10, 20, 40)  # flash cards a day


def get_or_create_candidate(user: Any, uuid: UUID, now: datetime, **preferences: Any) -> Candidate:
    """Return the user's candidate, or the guest with this UUID, for a browser without a candidate.

    A new one gets these preferences, which are not checked. Ten concurrent calls create one row. The UUID of a rules
    page gives access to nobody who has existed for longer than SAME_START, nor to a candidate with an account.
    """
    if user.is_authenticated:
        candidate, _created = Candidate.objects.get_or_create(
            user=user, defaults={"created_at": now, "preferences": preferences}
        )
        return candidate
    candidate = _guest(uuid, now, preferences)
    if candidate.user_id is None and candidate.erased_at is None and now - candidate.created_at <= SAME_START:
        return candidate
    return _guest(uuid4(), now, preferences)


def _guest(uuid: UUID, now: datetime, preferences: dict[str, Any]) -> Candidate:
    """Create first and look up only on a conflict: most starts are by new guests."""
    try:
        with transaction.atomic():
            return Candidate.objects.create(
                uuid=uuid, created_at=now, code_hash=_code_hash(_code(uuid)), preferences=preferences
            )
    except IntegrityError:
        return Candidate.objects.get(uuid=uuid)


def delete_unused(candidate: Candidate) -> bool:
    """Delete a new candidate who could not start. Return False if another request has started an attempt."""
    with transaction.atomic():
        # No attempt can start for a locked candidate.
        row = Candidate.objects.select_for_update().filter(pk=candidate.pk).first()
        if row is None or row.attempts.exists() or row.participations.exists():
            return False
        row.delete()
    return True


def update_preferences(candidate: int, epoch: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Store preferences of a candidate.

    They are size 1-3, theme, keys, timer and sure on or off, new cards a day, exam, zone, and `undated`, the exam that
    is not booked. Unknown values are dropped. Return the stored preferences. None are, and nothing is stored, if the
    session of this epoch has ended, or if the candidate was merged into another one.
    """
    validators = {
        "size": lambda value: not isinstance(value, bool) and value in TEXT_SIZES,
        "theme": lambda value: value in THEMES,
        "keys": lambda value: isinstance(value, bool),
        "timer": lambda value: isinstance(value, bool),
        "sure": lambda value: isinstance(value, bool),
        "new_cards": lambda value: value in NEW_CARDS,
        "exam": _is_exam,
        "undated": _is_exam,
        "zone": lambda value: zone_named(str(value)) is not None,
    }
    valid = {name: value for name, value in changes.items() if name in validators and validators[name](value)}
    with transaction.atomic():
        row = Candidate.objects.select_for_update().filter(pk=candidate, epoch=epoch).first()
        if row is None:
            return {}
        row.preferences = {**row.preferences, **valid}
        row.save(update_fields=["preferences"])
    return row.preferences


def _is_exam(code: Any) -> bool:
    return isinstance(code, str) and Blueprint.objects.filter(code=code).exists()


def zone_named(name: str) -> ZoneInfo | None:
    """Return the time zone with this name, None for none that exists."""
    try:
        return ZoneInfo(name[:MAX_ZONE_CHARS])
    except (ValueError, OSError, ZoneInfoNotFoundError):  # not a name, or not one of a zone
        return None


def note_zone(candidate: Candidate, zone: str) -> None:
    """Keep the time zone that the browser reports: work without a request counts days by it."""
    if zone and candidate.preferences.get("zone") != zone:
        update_preferences(candidate.pk, candidate.epoch, {"zone": zone})


def zone_of(candidate: int) -> ZoneInfo | None:
    """Return the zone that a browser of this candidate last reported: one query. None without one."""
    name = Candidate.objects.filter(pk=candidate).values_list("preferences__zone", flat=True).first()
    return zone_named(name or "")


# --- Guest codes ----------------------------------------------------------------------------------


def guest_code(candidate: Candidate) -> str:
    """Return the code that restores this guest in any browser, like 7K3M-9Q2D-V0XA. It is derived, never stored."""
    return _code(candidate.uuid)


def shown_guest_code(candidate: Candidate | None) -> str:
    """Return the guest code for a page; "" for an account, and while an exam of a class is running.

    A person who gets the code could sit the exam instead. A personal link of the instructor leads into another browser.
    """
    if candidate is None or candidate.user_id or candidate.in_class_exam:
        return ""
    return guest_code(candidate)


def name(candidate: Candidate) -> str:
    """Return what staff call this candidate: the name of the account, or a short id.

    Never the guest code, which is as good as a password. The id is a part of the UUID, so the search finds it.
    """
    if candidate.user:
        return str(candidate.user)
    if candidate.erased_at:
        return _("Erased candidate")
    return _("Guest %(id)s") % {"id": candidate.uuid.hex[:SHORT_ID_DIGITS]}


def _code(uuid: UUID) -> str:
    number = int.from_bytes(_hmac(f"guest:{uuid}")[:8], "big") >> (64 - CODE_BITS)
    shifts = range(CODE_BITS - BITS_PER_DIGIT, -1, -BITS_PER_DIGIT)
    code = "".join(CROCKFORD_DIGITS[number >> shift & 31] for shift in shifts)
    return "-".join((code[:4], code[4:8], code[8:]))


def _code_hash(code: str) -> str:
    return _hmac(f"guest code:{code}").hex()


def _hmac(message: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), message.encode(), "sha256")


def code_digits(typed: str) -> str:
    """Return the characters of a typed code. Accept lower case, missing dashes, O for 0, and I or L for 1."""
    return re.sub(r"[\s\-–_.]", "", typed).upper().translate(MISREAD_LETTERS)


def find_by_guest_code(typed: str) -> Candidate | None:
    """Return the guest with this code, None for unknown codes, erased guests, and guests who have an account."""
    digits = code_digits(typed)
    if len(digits) != CODE_DIGITS:
        return None
    code = "-".join((digits[:4], digits[4:8], digits[8:]))
    return Candidate.objects.filter(code_hash=_code_hash(code), user=None, erased_at=None).first()


class UnknownPersonError(Exception):
    """There is no account and no guest like this. The message is for people."""


def find_person(name_or_code: str) -> tuple[User | None, Candidate | None]:
    """Return the account of this name with its candidate, if it has one, or the guest with this guest code."""
    name = name_or_code.strip()
    users = User.objects.filter(username__in=[name, name.lower()])
    if user := users.filter(username=name).first() or users.first():
        return user, Candidate.objects.filter(user=user).first()
    guest = find_by_guest_code(name_or_code)
    if guest is None:
        raise UnknownPersonError(
            _("There is no account with the name %(text)s, and no guest with this code.") % {"text": name_or_code}
        )
    return None, guest


# --- The claim ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """The candidate of this browser after a claim.

    `pending_guest` is the guest who keeps attempts: an open exam because `candidate` has one of the same blueprint,
    which is merged when one of them is closed; or exams of a class, which stay with the participant. This browser
    keeps access to both. `moved` is the number of attempts moved. Where they would be `too_many`, nothing was.
    """

    candidate: Candidate | None
    pending_guest: Candidate | None = None
    moved: int = 0
    too_many: bool = False


def claim(owner: Any, guest: Candidate | None, seat: str = "") -> Claim:
    """Move a guest's exams to another owner: at sign-in, at sign-up, and by a guest code.

    `owner` is the user who signs in, or the guest whose code was entered; `guest` is the candidate of this browser
    so far. A user without a candidate takes over the guest. Otherwise finished exams move, and an open exam moves if
    the owner has no open exam of its blueprint. Practice moves too, and what the guest marked while studying. Exams
    of a class stay: the board and the results show them under the participant who joined.

    While another browser than that of `seat` writes an exam of a class as this guest, nothing moves, and the guest
    stays in that browser: the guest code alone must not put it out.
    """
    candidate = owner if isinstance(owner, Candidate) else Candidate.objects.filter(user=owner).first()
    if guest is None or guest == candidate or guest.user_id is not None:  # exams of an account never move
        return Claim(candidate)
    if Attempt.objects.seated_elsewhere(seat).filter(candidate=guest).exists():
        return Claim(candidate or get_or_create_candidate(owner, uuid4(), timezone.now()), pending_guest=guest)
    if candidate is None:
        if _bind(guest, owner):
            guest.refresh_from_db()
            return Claim(guest, moved=guest.attempts.count())
        candidate = Candidate.objects.filter(user=owner).first()
        if candidate is None:  # the guest was deleted concurrently
            return Claim(None)
    return _merge(guest, candidate)


def _bind(guest: Candidate, user: Any) -> bool:
    """Make the guest the user's candidate. Other browsers of the guest have to sign in from now on."""
    try:
        with transaction.atomic():
            rows = Candidate.objects.filter(pk=guest.pk, user=None, erased_at=None)
            bound = rows.update(user=user, code_hash=None, epoch=F("epoch") + 1)
            if bound:
                study_state.end_feeds([guest])
    except IntegrityError:  # another request has created a candidate for this user
        return False
    if bound:
        log.info("candidate %s now belongs to user %s", guest.uuid, user.pk)
    return bool(bound)


def _merge(guest: Candidate, candidate: Candidate) -> Claim:
    """Move the attempts of `guest` to `candidate`, and delete the guest once it has none."""
    with transaction.atomic():
        # A fixed order serializes two concurrent claims. No attempt can start for a locked candidate.
        rows = Candidate.objects.select_for_update().filter(pk__in=[guest.pk, candidate.pk]).order_by("pk")
        both = {row.pk: row for row in rows}
        if len(both) < 2 or both[guest.pk].user_id is not None:  # a concurrent claim was first
            return Claim(both.get(candidate.pk))
        guest, candidate = both[guest.pk], both[candidate.pk]
        if not fits(guest, candidate):
            return Claim(candidate, pending_guest=guest, too_many=True)
        open_exams = Attempt.objects.open_exams().filter(sitting=None)
        open_codes = list(open_exams.filter(candidate=candidate).values_list("blueprint_code", flat=True))
        pending = list(open_exams.filter(candidate=guest, blueprint_code__in=open_codes).values_list("pk", flat=True))
        own = Attempt.objects.filter(candidate=guest, sitting=None)
        moved = own.exclude(pk__in=pending).update(candidate=candidate)
        stays = bool(pending) or Participant.objects.filter(candidate=guest).exists()
        QuestionReport.objects.filter(candidate_uuid=guest.uuid).update(candidate_uuid=candidate.uuid)
        study_state.merge(guest, candidate)
        candidate.preferences = {**guest.preferences, **candidate.preferences}
        if not stays:  # else everybody who knows the guest code could copy it
            candidate.extra_percent = max(candidate.extra_percent, guest.extra_percent)
            candidate.extra_minutes = max(candidate.extra_minutes, guest.extra_minutes)
        candidate.save(update_fields=["preferences", "extra_percent", "extra_minutes"])
        if not stays:
            guest.delete()
    log.info("moved %d attempts of candidate %s to %s, %d pending", moved, guest.uuid, candidate.uuid, len(pending))
    return Claim(candidate, pending_guest=guest if stays else None, moved=moved)


def fits(guest: Candidate, candidate: Candidate) -> bool:
    """Return whether the candidate may have the attempts of the guest, too: two queries."""
    more = Attempt.objects.filter(candidate=guest, sitting=None).count()
    return not more or candidate.attempts.count() + more <= MAX_ATTEMPTS


def too_many_attempts() -> str:
    """Return the sentence about a guest who does not fit."""
    text = _("Together these are more than %(most)s attempts, the most that one person can have. Nothing was moved.")
    return text % {"most": f"{MAX_ATTEMPTS:,}"}


# --- The end of sessions --------------------------------------------------------------------------


@transaction.atomic
def end_guest_sessions(guest: Candidate) -> bool:
    """Invalidate this guest, the guest code and the calendar everywhere, and load what the browser that goes on needs.

    The code follows from the UUID, so both are new: a person who has read the old code could come back with it. Return
    False, and change nothing, if the guest has an account by now, or is erased.
    """
    uuid, rows = uuid4(), Candidate.objects.filter(pk=guest.pk, user=None, erased_at=None)
    former = rows.select_for_update().values_list("uuid", flat=True).first()
    if former is None:
        return False
    QuestionReport.objects.filter(candidate_uuid=former).update(candidate_uuid=uuid)
    rows.update(uuid=uuid, code_hash=_code_hash(_code(uuid)), epoch=F("epoch") + 1)
    study_state.end_feeds(rows)
    guest.refresh_from_db(fields=["uuid", "code_hash", "epoch"])
    return True


def end_sessions(user: Any) -> int | None:
    """Invalidate the candidate in all sessions of this user, and the calendar.

    Return the new epoch, None without a candidate.
    """
    rows = Candidate.objects.filter(user=user)
    rows.update(epoch=F("epoch") + 1)
    study_state.end_feeds(rows)
    return rows.values_list("epoch", flat=True).first()
