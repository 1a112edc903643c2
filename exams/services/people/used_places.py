"""Places in a class whose people have erased themselves: nobody gets a second attempt by joining as the same person.

Of the name, the address on the list and the account, only hashes stay with the nameless place, keyed by the secret of
the server, until the answers of the class are open, or KEPT after its end.
"""

import hmac
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from exams.models import Attempt, Candidate, Participant, Sitting
from exams.models.attempt import answers_open
from exams.services.people import usernames

KEPT = timedelta(days=14)


def marks(sitting: Sitting, *identities: str | int | None) -> list[str]:
    """Return the hashes of names, addresses or keys of accounts in this sitting; those that are empty are left out."""
    return [_hash(sitting, identity) for identity in identities if identity]


def _hash(sitting: Sitting, identity: str | int) -> str:
    said = usernames.visible(identity).casefold() if isinstance(identity, str) else f"account {identity}"
    return hmac.digest(settings.SECRET_KEY.encode(), f"used place:{sitting.uuid}:{said}".encode(), "sha256").hex()


def keep(candidates: Collection[Candidate], now: datetime) -> None:
    """Mark the places that these candidates have used in classes whose answers are closed, before they are erased."""
    attempts = Attempt.objects.filter(sitting=OuterRef("sitting"), candidate=OuterRef("candidate"))
    places = Participant.objects.present().filter(Exists(attempts), candidate__in=candidates, sitting__in=_closed(now))
    for place in places.select_related("sitting", "entry", "candidate"):
        listed = (place.entry.name, place.entry.email) if place.entry else ()
        account = place.candidate.user_id if place.candidate else None
        place.used_marks = marks(place.sitting, place.name, *listed, account)
        place.save(update_fields=["used_marks"])


def is_used(sitting: Sitting, *identities: str | int | None) -> bool:
    """Return whether somebody with this name, address or account has used a place here, and has erased herself."""
    own = set(marks(sitting, *identities))
    kept: Iterable[list[str]] = _marked().filter(sitting=sitting).values_list("used_marks", flat=True)
    return any(own & set(place) for place in kept)


def forget(now: datetime) -> int:
    """Delete the hashes of classes whose answers are open, or which are over for KEPT. Return of how many places."""
    return _marked().exclude(sitting__in=_closed(now)).update(used_marks=[])


def _marked() -> QuerySet[Participant]:
    return Participant.objects.filter(name="").exclude(used_marks=[])


def _closed(now: datetime) -> QuerySet[Sitting]:
    """Return the sittings whose answers are closed, until KEPT after the last possible end or the last attempt."""
    last = Attempt.objects.filter(sitting=OuterRef("pk")).order_by().values("sitting").annotate(at=Max("deadline"))
    over_at = Coalesce(F("latest_deadline"), Subquery(last.values("at")), F("opens_at"))
    opened = Sitting.objects.filter(answers_open(now))
    rows = Sitting.objects.annotate(over_at=over_at).filter(over_at__gt=now - KEPT)
    return rows.exclude(pk__in=opened.values("pk")).order_by().values("pk")  # type: ignore[return-value]
