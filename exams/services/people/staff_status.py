"""The only writer of `is_staff` and `had_role`: who is staff, and what ends when a used account becomes staff."""

import logging
from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from exams.models import Candidate
from exams.services.people import study_state
from questions.models import User

log = logging.getLogger(__name__)

HAS_RIGHTS = Q(is_staff=True) | Q(is_superuser=True) | Q(groups__isnull=False) | Q(user_permissions__isnull=False)


@transaction.atomic
def follow_roles(users: Collection[int]) -> None:
    """Set staff status for exactly the users with a role, and note who has rights. Superusers keep their status."""
    others = User.objects.filter(pk__in=users, is_superuser=False)
    others.filter(is_staff=False, groups__isnull=False).update(is_staff=True)
    others.filter(is_staff=True, groups__isnull=True).update(is_staff=False)
    note_rights(users)


@transaction.atomic
def note_rights(users: Collection[int], *, are_new: bool = False) -> None:
    """Remember for good who has a role, a permission or superuser status: see `openable` in `accounts.py`.

    An account that was used before is closed: until now an administrator could open it, and may still know its
    password, be signed in there, have registered a second factor, or get its reminders. `are_new` accounts had no
    time for that.
    """
    found = list(User.objects.filter(HAS_RIGHTS, pk__in=users, had_role=False).distinct())
    User.objects.filter(pk__in=[account.pk for account in found]).update(had_role=True)
    for account in found:
        if not are_new and is_used(account):
            account.refresh_from_db()
            Authenticator.objects.filter(user=account).delete()
            study_state.end_reminders(Candidate.objects.filter(user=account))
            end_password(account)


def never_had_role() -> QuerySet[User]:
    """Return the accounts that have no rights and never had any."""
    has_rights = User.objects.filter(HAS_RIGHTS)
    return User.objects.filter(had_role=False).exclude(pk__in=has_rights.values("pk"))


def is_used(account: User) -> bool:
    """Return whether somebody has signed in to this account, or can by a password."""
    return account.last_login is not None or account.has_usable_password()


def end_password(account: User) -> None:
    """Make the password unusable, which also ends all sessions and links of the account."""
    account.set_unusable_password()
    account.save(update_fields=["password"])
    log.info("password and sessions of account %s ended", account.pk)
