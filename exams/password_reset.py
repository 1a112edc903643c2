"""The mail for a new password: one for an address, whatever accounts have it."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest
from django.urls import reverse

from exams import rate_limits, sign_in
from exams.rate_limits import Limit
from exams.services.people import usernames
from questions.models import User

MAX_MAILS = 3


class PasswordResetForm(ResetPasswordForm):
    """Mail the accounts that people sign in to by this address.

    allauth would send one mail for each account with the address, which anybody can give to any number of them. Mails
    go to the stored address: the typed one may have other letters, and be that of somebody else.
    """

    def clean_email(self) -> str:
        email: str = get_adapter().clean_email(self.cleaned_data["email"])
        self.users, self.has_more = usernames.accounts_to_mail(email)
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mail a link for each account, or whom to ask: into one of staff a link leads only from a superuser."""
        email: str = self.cleaned_data["email"]
        if not _count_mail(request, email, self.users):
            return email
        if not self.users:
            send_unknown_account_mail(request, email)
            return email
        links: dict[str, list[tuple[str, str]]] = {}
        for user in self.users:
            link = _link(request, user) if sign_in.opened_by_mail(user) else ""
            links.setdefault(user.email, []).append((user.username, link))
        # Addresses that differ in their case are mostly one mailbox, and anybody can sign up with more of them.
        for address, its_links in sorted(links.items(), key=lambda entry: entry[0] != email)[:MAX_MAILS]:
            context = {"links": its_links, "has_more": self.has_more}
            get_adapter().send_mail("account/email/password_reset_key", address, context)
        return email


def _count_mail(request: HttpRequest, email: str, users: list[User]) -> bool:
    """Count a mail. Return False if one more would be too many, which the page does not tell.

    One mailbox has many addresses, with a + or the periods of Gmail. Those without an account are counted together, and
    so are those with one, which anybody can make. Neither uses up the mails to the plain address and to that of the
    oldest account, so that the owner gets a link.
    """
    mailbox, address = usernames.mailbox(email), email.casefold()
    if not users:
        keys = [f"unknown {mailbox}"]
    elif address == mailbox or usernames.is_first_of_mailbox(min(users, key=lambda user: user.pk)):
        keys = [address]
    else:
        keys = [address, f"tagged {mailbox}"]
    return all(rate_limits.count(request, Limit.RESET_MAIL_TO, key) for key in keys)


def _link(request: HttpRequest, user: User) -> str:
    parts = {"uidb36": user_pk_to_url_str(user), "key": sign_in.ResetTokens().make_token(user)}
    return sign_in.site_url(request) + reverse("account_reset_password_from_key", kwargs=parts).removeprefix("/")
