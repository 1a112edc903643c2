"""The writer of Reminders beside `study_state`: the calendar feed of a candidate, and who wants a mail each day.

Nobody is reminded who has not asked for it. Mails go to an address after its owner has followed a link in a mail, and
each of them has a link that ends them.
"""

import secrets
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exams.models import Candidate, Reminders
from questions.models import Blueprint
from questions.models.blueprint import remembered_of

FEED_BYTES = 32  # of the token in the address
CONFIRM_SALT, CONFIRM_SECONDS = "exams.reminders.confirm", 3 * 24 * 3600
STOP_SALT = "exams.reminders.stop"


def of(candidate: Candidate) -> Reminders:
    """Return the reminders of a candidate, unsaved ones without any."""
    return Reminders.objects.filter(candidate=candidate).first() or Reminders(candidate=candidate)


def zone_of(reminders: Reminders) -> tzinfo:
    """Return the zone of the reader, that of the server if the browser has reported none."""
    return ZoneInfo(reminders.zone) if reminders.zone else timezone.get_default_timezone()


def chosen_exam(candidate: Candidate) -> Blueprint | None:
    """Return the exam that the candidate prepares for: the one that the pages are about. One query, or two."""
    offered = Blueprint.objects.newest().filter(offered=True)
    return remembered_of(offered, [candidate.preferences.get("exam")]) or Blueprint.objects.default()


def set_time(candidate: Candidate, hour: int, zone: str, now: datetime) -> None:
    """Remind at this hour of the reader's day."""
    assert hour in Reminders.HOURS
    row, _created = Reminders.objects.update_or_create(candidate=candidate, defaults={"hour": hour, "zone": zone})
    _reschedule(row, now)


def note_zone(candidate: Candidate, zone: str, now: datetime) -> None:
    """Note the zone that the browser reports, if the candidate has reminders and they go by another one."""
    for row in Reminders.objects.filter(candidate=candidate).exclude(zone=zone):
        row.zone = zone
        Reminders.objects.filter(pk=row.pk).update(zone=zone)
        _reschedule(row, now)


def _reschedule(row: Reminders, now: datetime) -> None:
    rows = Reminders.objects.filter(pk=row.pk, mail_at__isnull=False)
    rows.update(mail_at=next_time(row.hour, zone_of(row), now))


def next_time(hour: int, zone: tzinfo, now: datetime) -> datetime:
    """Return when this hour of the zone is next."""
    local = now.astimezone(zone)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    while at.astimezone(UTC) <= now:
        at += timedelta(days=1)
    return at.astimezone(UTC)


# --- The calendar feed


def start_feed(candidate: Candidate, zone: str) -> None:
    """Make an address for the calendar; one that there was leads nowhere any more."""
    values = {"feed": secrets.token_urlsafe(FEED_BYTES), "zone": zone}
    Reminders.objects.update_or_create(candidate=candidate, defaults=values)


def by_feed(token: str) -> Reminders | None:
    """Return the reminders of a feed with their candidate, None for an unknown or revoked one.

    The feed of an account ends with its sessions; one that is deactivated in another way has none either.
    """
    rows = Reminders.objects.exclude(candidate__user__is_active=False)
    return rows.select_related("candidate").filter(feed=token).first()


# --- Mails


def wants_mails(candidate: Candidate, email: str, site: str, zone: str, now: datetime) -> bool:
    """Begin to send mails to a confirmed address. Return False if this one is not confirmed: `ask` its owner."""
    rows = Reminders.objects.filter(candidate=candidate, email=email)
    row = rows.exclude(email="").first()
    if row is None:
        return False
    row.zone = zone
    rows.update(zone=zone, site=site, mail_at=next_time(row.hour, zone_of(row), now))
    return True


def confirmation(candidate: Candidate, email: str, site: str, zone: str) -> EmailMessage:
    """Return the mail that asks whether reminders may come to this address."""
    token = signing.dumps([candidate.pk, email, site, zone], salt=CONFIRM_SALT)
    link = _link(site, "confirm_reminders", token)
    body = _(
        "Hello,\n\nsomebody, probably you, asked for a mail each day that reminds of what there is to do. To get these "
        "mails at this address, open this link within three days:\n\n%(link)s\n\nOtherwise do nothing: "
        "no mail will follow.\n"
    )
    return EmailMessage(_("Confirm your address for reminders"), body % {"link": link}, to=[email])


def confirmed_address(token: str) -> str:
    """Return the address of a valid link of a confirmation, "" for any other."""
    try:
        _candidate, email, _site, _zone = signing.loads(token, salt=CONFIRM_SALT, max_age=CONFIRM_SECONDS)
    except signing.BadSignature:
        return ""
    return str(email)


def confirm(token: str, now: datetime) -> bool:
    """Begin to send mails to the address of the link. Return False for an invalid link, or without its candidate.

    The address has to be that of the account still.
    """
    email = confirmed_address(token)
    if not email:
        return False
    pk, _email, site, zone = signing.loads(token, salt=CONFIRM_SALT)
    candidate = Candidate.objects.filter(pk=pk, user__email=email, erased_at=None).first()
    if candidate is None:
        return False
    row, _created = Reminders.objects.update_or_create(candidate=candidate, defaults={"email": email})
    return wants_mails(candidate, row.email, site, zone, now)


def choose(candidate: Candidate, *, practice: bool, reviews: bool) -> None:
    """Choose what the mails are about."""
    values = {"practice": practice, "reviews": reviews}
    Reminders.objects.update_or_create(candidate=candidate, defaults=values)


def stop_mails(candidate: Candidate) -> None:
    """Send no more mails. The address stays confirmed."""
    Reminders.objects.filter(candidate=candidate).update(mail_at=None)


def stop_link(row: Reminders) -> str:
    """Return the address that ends the mails without a sign-in."""
    return _link(row.site, "stop_reminders", signing.dumps([row.pk, row.email], salt=STOP_SALT))


def is_stop_link(token: str) -> bool:
    """Return whether a link ends mails; it may be used again and again."""
    try:
        signing.loads(token, salt=STOP_SALT)
    except signing.BadSignature:
        return False
    return True


def stop_by_link(token: str) -> bool:
    """Send no more mails to the address of a link. Return False for an invalid link."""
    if not is_stop_link(token):
        return False
    pk, email = signing.loads(token, salt=STOP_SALT)
    Reminders.objects.filter(pk=pk, email=email).update(mail_at=None)
    return True


def claim(row: Reminders, now: datetime) -> bool:
    """Put the next mail off to the next day, before this one is sent. Return False if another process has done so."""
    next_mail = next_time(row.hour, zone_of(row), now)
    return bool(Reminders.objects.filter(pk=row.pk, mail_at=row.mail_at).update(mail_at=next_mail))


def sent(row: Reminders, now: datetime) -> None:
    """Note that the mail of today was sent."""
    Reminders.objects.filter(pk=row.pk).update(mailed_at=now)


def put_off(row: Reminders, until: datetime) -> None:
    """Send the mail by the first try from then on, because this one failed: after all that are due earlier."""
    Reminders.objects.filter(pk=row.pk, mail_at__isnull=False).update(mail_at=until)


def refused(row: Reminders) -> None:
    """Send no more mails to an address that the mail server refuses; it has to be confirmed again."""
    Reminders.objects.filter(pk=row.pk, email=row.email).update(mail_at=None, email="")


def _link(site: str, page: str, token: str) -> str:
    return site + reverse(page, args=[token]).removeprefix("/")
