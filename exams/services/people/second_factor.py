"""Whether an account asks for a second factor, and its reset for those who lost theirs. allauth keeps the factors."""

import logging
from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from questions.models import User
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes replace one of them


def protected(accounts: Collection[int]) -> set[int]:
    """Return the keys of those accounts that have a second factor."""
    return set(Authenticator.objects.filter(user__in=accounts, type__in=FACTORS).values_list("user", flat=True))


def is_on(account: User) -> bool:
    """Return whether a sign-in to this account asks for a second factor."""
    return bool(protected([account.pk]))


@transaction.atomic
def reset(account: User, *, by: User | None) -> None:
    """Remove all factors of an account, for somebody who lost theirs. `by` None is the operator of the server.

    Raise RefusedError unless this is a superuser, who may not do it to the own account: otherwise a stolen session
    would do without the second factor.
    """
    if by and not by.is_superuser:
        raise RefusedError(_("Only a superuser can reset the second factor of %s.") % account)
    if by and by.pk == account.pk:
        raise RefusedError(
            _("This is your own account. Ask another superuser, or run manage.py admin_link --reset-second-factor.")
        )
    if not Authenticator.objects.filter(user=account).delete()[0]:
        raise RefusedError(_("%s has no second factor.") % account)
    message = _("Second factor reset.") if by else _("Second factor reset on the server.")
    LogEntry.objects.log_actions((by or account).pk, [account], CHANGE, change_message=message)
    log.info("second factor of account %s reset by %s", account.pk, f"account {by.pk}" if by else "admin_link")
