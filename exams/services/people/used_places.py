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

from exams.models import Attempt, Candidate, Participant, RosterEntry, Sitting
from exams.models.attempt import answers_open
from exams.services.people import usernames

KEPT = timedelta(days=14)

type Identity = tuple[str, str]  # its kind, and what is hashed


def _marks(sitting: Sitting, identities: Iterable[Identity]) -> list[str]:
    """Return the hashes of identities in this sitting. The kind keeps what one person typed from being another's."""
    secret = settings.SECRET_KEY.encode()
    texts = [f"used place:{sitting.uuid}:{kind}:{usernames.visible(said).casefold()}" for kind, said in identities]
    return [hmac.digest(secret, text.encode(), "sha256").hex() for text in texts]


def _listed(entry: RosterEntry | None) -> list[Identity]:
    if entry is None:
        return []
    if not entry.email:
        return [("listed", entry.name)]
    others = RosterEntry.objects.filter(roster=entry.roster_id).exclude(pk=entry.pk).values_list("email", flat=True)
    is_shared = entry.email.casefold() in {(email or "").casefold() for email in others}  # it names nobody then
    return [("listed", entry.name), *([] if is_shared else [("email", entry.email)])]


def _account(candidate: Candidate | None) -> list[Identity]:
    user = candidate.user if candidate else None
    return [("account", str(user.pk)), ("username", user.username)] if user else []


def keep(candidates: Collection[Candidate], now: datetime) -> None:
    """Mark the places that these candidates have used in classes whose answers are closed, before they are erased."""
    attempts = Attempt.objects.filter(sitting=OuterRef("sitting"), candidate=OuterRef("candidate"))
    places = Participant.objects.present().filter(Exists(attempts), candidate__in=candidates, sitting__in=_closed(now))
    for place in places.select_related("sitting", "entry", "candidate__user"):
        identities = [("name", place.name), *_listed(place.entry), *_account(place.candidate)]
        place.used_marks = _marks(place.sitting, identities)
        place.save(update_fields=["used_marks"])


def is_used(
    sitting: Sitting, name: str, *, entry: RosterEntry | None = None, candidate: Candidate | None = None
) -> bool:
    """Return whether this person has used a place here, and has erased herself.

    Anybody can give any name, so it identifies only who has neither an account nor a place on the list.
    """
    kept: list[list[str]] = list(_marked().filter(sitting=sitting).values_list("used_marks", flat=True))
    if not kept:
        return False
    own = set(_marks(sitting, [*_listed(entry), *_account(candidate)] or [("name", name)]))
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
