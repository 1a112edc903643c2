"""Change the name and the email address of an account."""

from allauth.account.models import EmailAddress
from django.db import transaction

from questions.models import User


@transaction.atomic
def update_profile(user: User, display_name: str, email: str) -> None:
    """Store name and address. Only the new address can then receive a link for a new password."""
    changed = email != user.email
    user.display_name, user.email = display_name, email
    user.save(update_fields=["display_name", "email"])
    if changed:
        EmailAddress.objects.filter(user=user).delete()
        if email:
            EmailAddress.objects.create(user=user, email=email, primary=True)
