"""Accounts by allauth, as this server wants them: no e-mail needed, sign-up may be closed, no way to other hosts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exams import access


class Adapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is not active."),
        "incorrect_password": _("This is not your current password."),
        "enter_current_password": _("This is not your current password."),
        "too_many_login_attempts": _("Too many tries failed. Wait five minutes, then sign in again."),
        "username_password_mismatch": _("No account has this name and password. Check both."),
        "username_blacklisted": _("This name is reserved. Choose another one."),
        "username_taken": _("This name is taken. Choose another one."),
        "rate_limited": _("Too many tries. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP)

    def is_safe_url(self, url: str) -> bool:
        """Only this host: what else the server answers to is of no use to who signs in here."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that counts for throttling; a request that came past the proxies counts as what it is."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            return str(request.META["REMOTE_ADDR"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """To where she wanted to go; with two running exams to the page that offers both."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if access.BESIDE_KEY in request.session:
            response["Location"] = reverse("account")
        return response


def offers(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what this installation offers, for pages that invite to it."""
    return {
        "guests_open": settings.GUESTS,
        "signup_open": settings.SIGNUP,
        "sends_mail": bool(settings.EMAIL_URL),
        "operator": settings.OPERATOR_CONTACT or gettext("the person who runs this server"),
    }
