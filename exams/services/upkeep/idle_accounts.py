"""Tell people by mail that their account is idle, and erase it after ACCOUNT_DAYS: the job of each day."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from exams.models import Attempt, Candidate, FlashCard, Participant, RepetitionCard, Star, TopicMark
from exams.services.people import accounts, mails, staff_status
from exams.services.people.confirmed_addresses import confirmed_addresses, has_confirmed_address
from exams.services.upkeep import daily_erasure
from exams.services.upkeep.person_erasure import erase_person
from questions.models import User
from questions.services.jobs import Work

log = logging.getLogger(__name__)

NOTICE = timedelta(days=30)  # between the mail and the erasure
# What a candidate does between sign-ins, which can be 60 days apart.
ACTIVITY = (
    (Attempt, "started_at"),
    (Attempt, "submitted_at"),
    (RepetitionCard, "last_review"),
    (FlashCard, "last_review"),
    (Star, "created_at"),
    (TopicMark, "read_at"),
    (TopicMark, "done_at"),
    (Participant, "joined_at"),
)


def candidate_accounts(now: datetime) -> QuerySet[Any]:
    """Return the accounts that never had a role, have no open attempt and are in no class to come, with the time at
    which they were `seen`.
    """
    has_open = Exists(Attempt.objects.open().filter(candidate__user=OuterRef("pk")))
    latest = [
        Coalesce(
            Subquery(
                table._default_manager.filter(candidate__user=OuterRef("pk"))
                .order_by()
                .values("candidate__user")
                .annotate(latest=Max(column))
                .values("latest"),
                output_field=DateTimeField(),
            ),
            F("date_joined"),
        )
        for table, column in ACTIVITY
    ]
    rows = staff_status.never_had_role().filter(~has_open, ~_awaits_class(now))
    return rows.annotate(seen=Greatest(F("date_joined"), Coalesce(F("last_login"), F("date_joined")), *latest))


def to_tell(now: datetime) -> QuerySet[User]:
    """Return accounts with a confirmed address that will be idle for too long in 30 days, and were not told so."""
    idle = candidate_accounts(now).filter(has_confirmed_address(), seen__lte=now + NOTICE - _limit())
    return idle.filter(Q(idle_notice_at=None) | Q(idle_notice_at__lte=F("seen")))


def to_erase(now: datetime) -> QuerySet[User]:
    """Return accounts that have been idle for too long, and were told 30 days ago if they have a confirmed address."""
    told = Q(idle_notice_at__gt=F("seen"), idle_notice_at__lte=now - NOTICE)
    return candidate_accounts(now).filter(told | ~has_confirmed_address(), seen__lte=now - _limit())


def perform(work: Work) -> None:
    """Erase and tell, one account a step; nobody while the date is in doubt. No mail that fails stops an erasure.

    A mail whose end is unknown is sent again. Without a mail server, accounts with a confirmed address stay.
    """
    if not settings.ACCOUNT_DAYS or daily_erasure.unconfirmed_leap(work.now()):
        return
    for pk in list(to_erase(work.now()).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            work.advance()
            _erase(pk, work.now())
    if settings.EMAIL_URL:
        for user in to_tell(work.now()).order_by("pk"):
            if not accounts.named_as_staff([user.pk]):
                tell(user, work.now())
            work.advance()


def tell(user: User, now: datetime) -> None:
    """Send the notice to the confirmed addresses, and note that the account is told.

    If all of them refuse it, it is sent again the next day, except to addresses that the mail server refuses for good:
    they cannot be told.
    """
    addresses = {row.email for rows in confirmed_addresses(user, user.email) for row in rows}
    values = {
        "name": user,
        "account": user.get_username(),
        "site": settings.PUBLIC_URL or settings.SITE_NAME,
        "day": date_format(now + NOTICE, "DATE_FORMAT"),
    }
    body = _(
        "Hello %(name)s,\n\nnobody has used your account '%(account)s' for a long time. It will be deleted after "
        "%(day)s, with your name, your notes and all scores.\n\nTo keep it, sign in once before that day:\n\n%(site)s\n"
    )
    subject = _("Your account %(account)s will be deleted") % values
    refusals = []
    for address in sorted(addresses):
        refusal = mails.send(EmailMessage(" ".join(subject.split()), body % values, to=[address]))
        if refusal:
            log.warning("the mail server refuses the notice to the idle account %d: %d", user.pk, refusal.code)
        refusals.append(refusal)
    if None in refusals or all(refusal.is_final and refusal.of_address for refusal in refusals if refusal):
        User.objects.filter(pk=user.pk).update(idle_notice_at=now)


def _erase(pk: int, now: datetime) -> None:
    """Erase the account if it is still idle under its lock: somebody may have signed in meanwhile."""
    User.objects.select_for_update().filter(pk=pk).first()
    user = to_erase(now).filter(pk=pk).first()
    if user and not accounts.named_as_staff([pk]):
        erase_person(user, list(Candidate.objects.filter(user=user)), now)


def _awaits_class(now: datetime) -> Exists:
    """Return whether an account is in a class whose exam is not over: it has joined, or its address is on the list."""
    has_time = Q(sitting__opens_at__gt=now) | Q(sitting__latest_deadline__gt=now)
    rows = Participant.objects.present().filter(has_time, sitting__archived_at=None)
    listed = Q(entry__email__iexact=OuterRef("email")) & ~Q(entry__email="")
    return Exists(rows.filter(Q(candidate__user=OuterRef("pk")) | listed))


def _limit() -> timedelta:
    return timedelta(days=settings.ACCOUNT_DAYS)
