"""Write participants, those who may sit an exam of a class, and their personal links. Only an erasure does so too."""

import hmac
import re
from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from exams.models import Attempt, Candidate, Participant, RosterEntry, Sitting
from exams.models.sitting import CODE_ALPHABET
from exams.services.people.name_order import by_last_name

LINK_LETTERS = 12
_LAST = 1_000_000  # behind every place on a list


def add_roster(sitting: Sitting) -> int:
    """Add each person of the roster who is not a participant yet, with a personal link. Return how many are new.

    Who has joined without the roster keeps her name: a person of the same name gets a number.
    """
    if sitting.roster_id is None:
        return 0
    rows = Participant.objects.filter(sitting=sitting)
    known = set(rows.filter(entry__isnull=False).values_list("entry", flat=True))
    entries = [entry for entry in RosterEntry.objects.filter(roster=sitting.roster_id) if entry.pk not in known]
    names = {name.lower() for name in rows.present().values_list("name", flat=True)}
    new = []
    for entry in entries:
        name = free_name(entry.name, names)
        names.add(name.lower())
        person = Participant(sitting=sitting, entry=entry, name=name, extra_minutes=entry.extra_minutes)
        person.link_hash = _link_hash(link_token(person))
        new.append(person)
    Participant.objects.bulk_create(new)
    return len(new)


def in_order(people: Iterable[Participant], *, as_listed: bool = False) -> list[Participant]:
    """Return people by their last names, or as their class has them; those who are on no list come last."""
    by_name = sorted(people, key=lambda person: by_last_name(person.name))
    return sorted(by_name, key=lambda person: person.entry.place if person.entry else _LAST) if as_listed else by_name


def free_name(name: str, taken: set[str]) -> str:
    """Return the name, with a number if it is among those taken, which are in lower case."""
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def remove_all(sitting: Sitting) -> None:
    """Remove the participants of a sitting that nobody has joined."""
    Participant.objects.filter(sitting=sitting, candidate=None).delete()


def add(sitting: Sitting, candidate: Candidate, name: str, now: datetime) -> Participant | None:
    """Add somebody who joins by the code. Return None if the name is taken; a second click returns the first row."""
    try:
        with transaction.atomic():
            return Participant.objects.create(sitting=sitting, candidate=candidate, name=name, joined_at=now)
    except IntegrityError:
        return Participant.objects.filter(sitting=sitting, candidate=candidate).first()


def bind(participant: Participant, candidate: Candidate, now: datetime) -> bool:
    """Use the personal link for this candidate. Return False if the link has been used, or she is somebody else here.

    The attempts of this exam, which a renewed link continues in another browser, come along.
    """
    former = participant.candidate_id
    rows = Participant.objects.filter(
        pk=participant.pk, link_hash=participant.link_hash, link_used_at=None, candidate=former
    )
    joined_at = participant.joined_at if former == candidate.pk else now
    try:
        with transaction.atomic():
            # No attempt can start for a locked participant.
            bound = rows.update(candidate=candidate, joined_at=joined_at, link_used_at=now)
            if bound and former and former != candidate.pk:
                Attempt.objects.filter(sitting=participant.sitting_id, candidate=former).update(candidate=candidate)
    except IntegrityError:  # the candidate is another participant of this sitting
        return False
    participant.refresh_from_db()
    return bool(bound)


def is_only_here(participant: Participant) -> bool:
    """Return whether the candidate is a guest who came with this place, and has nothing but its attempts: a query."""
    if participant.candidate_id is None or participant.joined_at is None:
        return False
    elsewhere = ~Q(sitting=participant.sitting_id) | Q(sitting=None)
    own = Attempt.objects.filter(elsewhere, candidate=OuterRef("pk"))
    others = Participant.objects.filter(candidate=OuterRef("pk")).exclude(pk=participant.pk)
    rows = Candidate.objects.filter(pk=participant.candidate_id, user=None, created_at=participant.joined_at)
    return rows.filter(~Exists(own), ~Exists(others), reminders=None).exists()


def set_extra_minutes(participant: Participant, minutes: int) -> None:
    """Store the extra time for the next start."""
    Participant.objects.filter(pk=participant.pk).update(extra_minutes=minutes)
    participant.extra_minutes = minutes


def allow_another_attempt(participant: Participant) -> None:
    """Raise the number of attempts of this participant by one."""
    Participant.objects.filter(pk=participant.pk).update(extra_attempts=F("extra_attempts") + 1)
    participant.refresh_from_db(fields=["extra_attempts"])


def free_used_place(participant: Participant) -> bool:
    """Let the person join again who has used this place and erased herself. Return False if it is free."""
    return bool(Participant.objects.filter(pk=participant.pk).exclude(used_marks=[]).update(used_marks=[]))


def remove(participant: Participant, reason: str, now: datetime) -> bool:
    """Take somebody out of the exam, also who has erased herself. Return False if another request has."""
    rows = Participant.objects.present().filter(pk=participant.pk)
    return bool(rows.update(removed_at=now, removal_reason=reason, used_marks=[]))


def free_entries(sitting: Sitting) -> None:
    """Let people of the roster be added again if somebody else had joined in their place and was removed.

    People who were removed before they joined, because they have moved away, stay out.
    """
    Participant.objects.removed().filter(sitting=sitting, candidate__isnull=False).update(entry=None)


def let_in(participant: Participant) -> bool:
    """Undo a removal. Return False if somebody else has the name by now."""
    rows = Participant.objects.filter(pk=participant.pk)
    try:
        with transaction.atomic():
            rows.update(removed_at=None, removal_reason="")
    except IntegrityError:
        return False
    return True


def names_in_classes(candidates: Collection[Candidate]) -> list[Participant]:
    """Return the participations of these candidates, with their sittings, the newest first."""
    rows = Participant.objects.filter(candidate__in=candidates).select_related("sitting")
    return list(rows.order_by("-joined_at", "-pk"))


def names_of(attempts: Iterable[Attempt], visible: QuerySet[Sitting]) -> dict[int, str]:
    """Return who wrote these attempts, by the key of each, in those exams of classes that are `visible`: one query."""
    rows = [attempt for attempt in attempts if attempt.sitting_id]
    people = Participant.objects.filter(
        sitting__in=visible.filter(pk__in={attempt.sitting_id for attempt in rows}),
        candidate__in={attempt.candidate_id for attempt in rows},
    )
    names = {(person.sitting_id, person.candidate_id): str(person) for person in people}
    keyed = {attempt.pk: names.get((attempt.sitting_id or 0, attempt.candidate_id)) for attempt in rows}
    return {key: name for key, name in keyed.items() if name}


def name_of(attempt: Attempt) -> str:
    """Return the name under which somebody wrote an exam of a class; "" for another exam, without a query."""
    if attempt.sitting_id is None:
        return ""
    people = Participant.objects.filter(sitting=attempt.sitting_id, candidate=attempt.candidate_id)
    return people.values_list("name", flat=True).first() or ""


# --- Personal links -------------------------------------------------------------------------------


def link_token(participant: Participant) -> str:
    """Return the token of the personal link, which can also be typed as a code. It is derived, never stored."""
    number = int.from_bytes(_hmac(f"class link:{participant.uuid}:{participant.link_number}")[:16], "big")
    letters = ""
    for _place in range(LINK_LETTERS):
        number, digit = divmod(number, len(CODE_ALPHABET))
        letters += CODE_ALPHABET[digit]
    return letters


def find_by_link(token: str) -> Participant | None:
    """Return the participant with this personal link."""
    rows = Participant.objects.select_related(
        "sitting__blueprint", "sitting__owner", "sitting__form", "candidate", "entry"
    )
    return rows.filter(link_hash=_link_hash(letters(token))).first()


def renew_link(participant: Participant) -> str:
    """Make the personal link invalid and return the token of a new one, which binds one more browser.

    The person who used the link before may be somebody else, who could keep the place with an account. So it is free
    again while nothing was started, and others can still join. Who joined by the code keeps it.
    """
    with transaction.atomic():
        row = Participant.objects.select_for_update().get(pk=participant.pk)
        if (row.entry_id or row.link_used_at) and not row.sitting.joining_closed_at and not _has_started(row):
            row.candidate = row.joined_at = None
        row.link_number += 1
        row.link_hash = _link_hash(link_token(row))
        row.link_used_at = None
        row.save(update_fields=["candidate", "joined_at", "link_number", "link_hash", "link_used_at"])
    participant.refresh_from_db(fields=["candidate", "joined_at", "link_number", "link_hash", "link_used_at"])
    return link_token(row)


def _has_started(participant: Participant) -> bool:
    """Return whether there is an attempt. None starts while the participant is locked."""
    return Attempt.objects.filter(sitting=participant.sitting_id, candidate=participant.candidate_id).exists()


def letters(typed: str) -> str:
    """Return the letters of a typed code: capitals, without spaces and hyphens."""
    return re.sub(r"[\s\-–_.]", "", typed).upper()


def _link_hash(token: str) -> str:
    return _hmac(f"class link token:{token}").hex()


def _hmac(message: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), message.encode(), "sha256")
