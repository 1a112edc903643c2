"""Tell which addresses of accounts their owners have confirmed: each by a link that was mailed there."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q, QuerySet

from exams.models import Reminders


def confirmed_addresses(user: Any, email: Any) -> tuple[QuerySet[EmailAddress], QuerySet[Reminders]]:
    """Return the confirmed addresses of an account: allauth's, and the one to which reminders may come."""
    of_reminders = Reminders.objects.filter(candidate__user=user, email=email).exclude(email="")
    return EmailAddress.objects.filter(user=user, verified=True), of_reminders


def has_confirmed_address() -> Q:
    """Return the condition that an account has a confirmed address."""
    first, second = confirmed_addresses(OuterRef("pk"), OuterRef("email"))
    return Q(Exists(first)) | Q(Exists(second))
