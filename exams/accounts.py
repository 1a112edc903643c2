"""Configure allauth: no e-mail required, sign-up can be closed, and no redirects to other hosts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exams import access
from questions.models import User


class AccountAdapter(DefaultAccountAdapter):
    """The account adapter of allauth."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is not active."),
        "incorrect_password": _("This is not your current password."),
        "enter_current_password": _("This is not your current password."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "username_password_mismatch": _("The name or the password is wrong. Check both."),
        "username_blacklisted": _("This name is reserved. Choose another name."),
        "username_taken": _("This name is taken. Choose another name."),
        "rate_limited": _("Too many attempts. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP)

    def is_safe_url(self, url: str) -> bool:
        """Allow redirects to this host only, not to the other allowed hosts."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address for rate limits; of a request that bypassed the proxies, its own address."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            return str(request.META["REMOTE_ADDR"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where a sign-in leads without a requested page: staff to the admin, candidates to the front page."""
        is_staff = isinstance(request.user, User) and request.user.is_staff
        return reverse("admin:index") if is_staff else str(super().get_login_redirect_url(request))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Redirect to the requested page; with a pending guest, to the account page with both exams."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if access.PENDING_GUEST_KEY in request.session:
            response["Location"] = reverse("account")
        return response


def check_current_password(request: HttpRequest, user: User, password: str) -> None:
    """Raise ValidationError unless this is the user's password. Failures count like failed sign-ins of the account."""
    adapter = get_adapter(request)
    if adapter.authenticate(request, username=user.get_username(), password=password) != user:
        raise adapter.validation_error("incorrect_password")


def site_settings(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the settings that templates need to offer guests, sign-up and e-mail, and to name the exam."""
    return {
        "front_exam": settings.FRONT_EXAM,
        "guests_open": settings.GUESTS,
        "signup_open": settings.SIGNUP,
        "sends_mail": bool(settings.EMAIL_URL),
        "operator": settings.OPERATOR_CONTACT or gettext("the operator of this server"),
    }
