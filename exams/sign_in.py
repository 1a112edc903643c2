"""Configure allauth: no e-mail required, sign-up can be closed, no foreign hosts, and nobody locks out others."""

import logging
import time
from ipaddress import IPv6Address
from smtplib import SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exams import access, known_browsers, rate_limits
from exams.rate_limits import Limit
from exams.services.people import sign_in_links, usernames
from exams.services.people.accounts import may_open
from questions.models import User

log = logging.getLogger(__name__)

BY_LINK = "by_link"  # of a sign-in; also the session key of its time in epoch seconds
BEGUN_WITH = "sign_in_begun_with"  # session key: the digest of the password with which a sign-in has begun


class AccountAdapter(DefaultAccountAdapter):
    """The account adapter of allauth."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is not active."),
        "incorrect_password": _("This is not your current password."),
        "enter_current_password": _("This is not your current password."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "username_password_mismatch": _("The name or the password is wrong. Check both."),
        "username_taken": _("This name is taken. Choose another name."),
        "rate_limited": _("Too many attempts. Wait a minute, then try again."),
        "name_locked": _(
            "Too many failed attempts for this name. Use a browser in which you have signed in before, or wait an hour."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP)

    def clean_email(self, email: str) -> str:
        """Return an address; none on a server without e-mail, where nobody is asked for it and it would have no use."""
        return str(super().clean_email(email)) if settings.EMAIL_URL else ""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the form in which a new name is stored. allauth would not see a taken name with capital letters."""
        name = str(super().clean_username(usernames.normalized(username), shallow=shallow))
        usernames.check_new(name)
        if not shallow:
            usernames.check_chosen(name)
        if not shallow and User.objects.filter(username__iexact=name).exists():
            raise self.validation_error("username_taken")
        return name

    def is_safe_url(self, url: str) -> bool:
        """Allow redirects to this host only, not to the other allowed hosts."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what rate limits count by: the address of the client, which may have bypassed the proxies.

        A browser that signs in to an account it knows counts for itself: nobody else can use up its attempts.
        """
        if browser := known_browsers.signing_in(request):
            return f"browser-{browser}"
        return self.address(request)

    def address(self, request: HttpRequest) -> str:
        """Return the address of the client, of a browser that knows the account too.

        An IPv4 address that a proxy writes as IPv6 is IPv4 again: allauth counts by networks of IPv6, and all of IPv4
        would be one.
        """
        try:
            address = str(super().get_client_ip(request))
        except ImproperlyConfigured:
            address = str(request.META["REMOTE_ADDR"])
        mapped = IPv6Address(address).ipv4_mapped if ":" in address else None
        return str(mapped or address)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by name and address. allauth counts by name and Host, whose port anybody can choose."""
        return f"{_counted_name(credentials)} {self.get_client_ip(request)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse more passwords for addresses from one place, and an unknown browser after many for a name, from
        whatever places they came.

        Count for the address last: with one name, nobody can keep a school behind it from signing in.
        """
        name = _counted_name(credentials)
        if "@" in name and rate_limits.is_reached(request, Limit.WRONG_PASSWORD_FOR_ADDRESS):
            raise self.validation_error("rate_limited")
        is_known = known_browsers.signing_in(request)
        if not is_known and rate_limits.is_reached(request, Limit.WRONG_PASSWORD_FOR_NAME, name):
            raise self.validation_error("name_locked")
        super().pre_authenticate(request, **credentials)
        if not request.user.is_authenticated and not rate_limits.count(request, Limit.SIGN_IN):
            raise self.validation_error("rate_limited")  # another request was faster

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = _counted_name(credentials)
        rate_limits.count(request, Limit.WRONG_PASSWORD_FOR_NAME, name)
        if "@" in name:
            rate_limits.count(request, Limit.WRONG_PASSWORD_FOR_ADDRESS)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose links begin with PUBLIC_URL, not with the Host of the request."""
        base, site = self.request.build_absolute_uri("/"), site_url(self.request)
        links = {
            name: site + value.removeprefix(base)
            for name, value in context.items()
            if isinstance(value, str) and value.startswith(base)
        }
        host = urlsplit(site).netloc
        super().send_mail(template_prefix, email, {**context, **links, "current_site": {"name": host, "domain": host}})

    def format_email_subject(self, subject: str) -> str:
        return f"[{urlsplit(site_url(self.request)).netloc}] {subject}"

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask people with a second factor for that one: the password alone neither adds nor removes a factor."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        return factors or methods

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where a sign-in leads without a requested page: staff to the admin, candidates to the front page."""
        is_staff = isinstance(request.user, User) and request.user.is_staff
        return reverse("admin:index") if is_staff else str(super().get_login_redirect_url(request))

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Note with which password this sign-in has begun: it may wait for a second factor."""
        request.session[BEGUN_WITH] = user.get_session_auth_hash()
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Any) -> None:
        """Refuse to complete a sign-in of an account whose password or state has changed while it waited."""
        check_begun(request, user)
        request.session.pop(BEGUN_WITH)
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Redirect to the requested page; with a pending guest, to the account page with both exams."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        known_browsers.remember(request, response, user)
        if (kwargs.get("signal_kwargs") or {}).get(BY_LINK):
            request.session[BY_LINK] = time.time()
        if access.PENDING_GUEST_KEY in request.session:
            response["Location"] = reverse("account")
        return response


class AccountBackend(AuthenticationBackend):
    """Sign in by name or e-mail address. allauth wants unique addresses for this.

    The accounts are found first: a name costs one check of a password and an address MAX_NAMED, known or not, so that
    the time tells nothing, and few of them keep no server busy. The backends after this one are never asked; the
    sessions of the release before name them.
    """

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        if (user := super().authenticate(request, **credentials)) is None:
            raise PermissionDenied
        return user

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        typed, password = credentials.get("username") or "", credentials["password"]
        accounts = usernames.accounts_named(typed)
        if request and known_browsers.signing_in(request) and not request.user.is_authenticated:
            accounts = known_browsers.known_among(request, accounts)
        fitting = [account for account in accounts if self._check_password(account, password)]
        for _missing in range(len(accounts), usernames.MAX_NAMED if "@" in typed else 1):
            self._mitigate_timing_attack(password)
        self._did_check_password = True
        return fitting[0] if len(fitting) == 1 else None


def check_begun(request: HttpRequest, user: User) -> None:
    """Redirect to a new sign-in if this one began with another password, or if the account is deactivated."""
    begun_with = request.session.get(BEGUN_WITH, "")
    if not user.is_active or not constant_time_compare(begun_with, user.get_session_auth_hash()):
        raise ImmediateHttpResponse(redirect("account_login"))


def opened_by_mail(user: User) -> bool:
    """Return whether a link by mail may lead into this account: an administrator may have typed its address."""
    return user.is_active and may_open(AnonymousUser(), user)


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens of links for a new password, which end when the rights of the account change, as sign-in links do."""

    def check_token(self, user: Any, token: str | None) -> bool:
        return super().check_token(user, token) and opened_by_mail(user)

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{sign_in_links.rights(user)}"


def _counted_name(credentials: dict[str, Any]) -> str:
    """Return a typed name in the form by which attempts are counted; databases compare names without case."""
    return str(credentials.get("username", "")).strip().upper().casefold()


def log_unsent_mail(error: OSError) -> None:
    """Say in the log why a mail could not be sent, but no addresses."""
    reason = "the address was refused" if isinstance(error, SMTPRecipientsRefused) else " ".join(str(error).split())
    log.warning("a mail was not sent: %s: %s", type(error).__name__, reason)


def site_url(request: HttpRequest) -> str:
    """Return the address of the site for links that leave it: that of PUBLIC_URL, else that of the request."""
    if not settings.PUBLIC_URL:
        return request.build_absolute_uri("/")
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://{parts.netloc}/"


def check_current_password(request: HttpRequest, user: User, password: str) -> None:
    """Raise ValidationError unless this is the user's password. Failures count like failed sign-ins of the account."""
    adapter = get_adapter(request)
    if adapter.authenticate(request, username=user.get_username(), password=password) != user:
        raise adapter.validation_error("incorrect_password")


def site_settings(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the settings that templates need: the name of the house; guests, sign-up and e-mail."""
    return {
        "guests_open": settings.GUESTS,
        "signup_open": settings.SIGNUP,
        "sends_mail": bool(settings.EMAIL_URL),
        "site_name": settings.SITE_NAME,
        "has_own_name": settings.SITE_NAME != "mlsprep",
        "has_logo": bool(settings.SITE_LOGO),
        "operator": settings.OPERATOR_CONTACT or gettext("the operator of this server"),
    }
