"""Configure the second factor of allauth: codes of an app, passkeys, recovery codes; staff may have to have one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import known_browsers, rate_limits, sign_in
from exams.rate_limits import COUNTERS, Limit
from exams.services.classes.links import qr_code
from exams.services.people import second_factor
from questions.models import User

USED_KEY = "second_factor_of"  # session key: the account whose second factor was used, or set up, in this session
APP_NAME = "mlsprep"
FACTOR_PAGES = (
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_add_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
)
# How long a code of an app can be valid: its own half a minute, and one before and after it for clocks that differ.
CODE_SECONDS = 90


class MFAAdapter(DefaultMFAAdapter):
    """The adapter of allauth for second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This is not accepted. Check the code, or use a new one, then try again."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an app or a passkey first."),
    }

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def build_totp_svg(self, url: str) -> SafeString:
        return qr_code(url)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        n = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(n)d") % {"n": n + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": APP_NAME}


class _CodeForm(BaseAuthenticateForm):
    """A code, counted where it is typed. allauth counts by account alone: wrong codes of others would lock it.

    A code that has been accepted is refused from then on. allauth itself remembers it for half a minute only.
    """

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        with _counted(self.user):
            self.authenticator = self._factor(code)
            digits = "".join(filter(str.isalnum, code)).upper()  # allauth accepts a code with spaces and dashes
            if not caches[COUNTERS].add(f"second-factor:{self.user.pk}:{digits}", True, CODE_SECONDS):
                raise MFAAdapter().validation_error("incorrect_code")
        return code

    def _factor(self, code: str) -> Authenticator:
        for factor in Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN):
            if factor.wrap().validate_code(code):
                factor.user = self.user
                return factor
        raise MFAAdapter().validation_error("incorrect_code")


class SignInCodeForm(_CodeForm, AuthenticateForm):
    """The code of a sign-in."""

    def clean_code(self) -> str:
        sign_in.check_begun(context.request, self.user)
        return super().clean_code()


class ConfirmCodeForm(_CodeForm, ReauthenticateForm):
    """The code before a change of the second factor."""


class CredentialField(forms.JSONField):
    """The answer of a passkey. Django expects neither a thousand brackets nor a number of thousands of digits."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        with _refused_if_forged():
            return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial  # an answer is good for one request


class _PasskeyForm(AuthenticateWebAuthnForm):
    """A passkey, counted as codes are. allauth does not expect what is no passkey at all."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        with _counted(self.user), _refused_if_forged():
            webauthn.parse_authentication_response(credential)
            return webauthn.complete_authentication(self.user, credential)


class SignInPasskeyForm(_PasskeyForm):
    """The passkey of a sign-in."""

    def clean_credential(self) -> Authenticator:
        sign_in.check_begun(context.request, self.user)
        return super().clean_credential()


class ConfirmPasskeyForm(_PasskeyForm, ReauthenticateWebAuthnForm):
    """The passkey before a change of the second factor."""


class NewPasskeyForm(AddWebAuthnForm):
    """A passkey to add."""

    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        with _refused_if_forged():
            return dict(super().clean())


@contextmanager
def _counted(user: User) -> Iterator[None]:
    """Refuse a factor after too many wrong ones, before it is looked at; count it unless it is accepted.

    A session in which the factor was used counts for itself, and so does such a browser: nobody else uses up its
    attempts. For all others together there is a second limit, as for passwords. Neither being signed in nor the cookie
    of a sign-in is enough: who knew the password before the factor was set up could have hundreds of both.
    """
    request, account = context.request, str(user.pk)
    proved = known_browsers.that_proved(request, user)
    if request.user == user and is_used(request, user):
        proved = f"session {request.session.session_key}"
    place = proved or get_adapter(request).get_client_ip(request)
    is_stranger = not proved
    refused = get_adapter(request).validation_error("too_many_login_attempts")
    if is_stranger and rate_limits.is_reached(request, Limit.WRONG_FACTOR_FOR_ACCOUNT, account):
        raise refused
    if not rate_limits.count(request, Limit.WRONG_FACTOR, f"{account} {place}"):
        raise refused
    try:
        yield
    except ValidationError:
        if is_stranger:
            rate_limits.count(request, Limit.WRONG_FACTOR_FOR_ACCOUNT, account)
        raise
    rate_limits.clear(request, Limit.WRONG_FACTOR, f"{account} {place}")


@contextmanager
def _refused_if_forged() -> Iterator[None]:
    try:
        yield
    except ValidationError:
        raise
    except Exception as error:  # the library raises whatever forged bytes make it raise
        raise MFAAdapter().validation_error("incorrect_code") from error


@receiver([authenticator_added, authenticator_used])
def note_use(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Remember for this session, and for its browser, that the second factor was used, or set up, in it."""
    request.session[USED_KEY] = user.pk
    request._second_factor_of = user  # type: ignore[attr-defined]


def is_used(request: HttpRequest, user: User) -> bool:
    """Return whether the second factor of this user was used in this session, and is still there."""
    return request.session.get(USED_KEY) == user.pk and second_factor.is_on(user)


def may(request: HttpRequest, permission: str) -> bool:
    """Return whether the user acts as staff outside of the admin: with STAFF_MFA=required, by a second factor only."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(permission):
        return False
    return not settings.STAFF_MFA_REQUIRED or is_used(request, user)


class SecondFactorMiddleware:
    """Remember the browsers in which a second factor was used.

    Lead whoever changes or reads the factors of an account that has one to the page that asks for it: allauth takes a
    password of the last minutes, although the factor may have been set up since. With STAFF_MFA=required, lead staff
    from the admin to the page that sets up or asks for theirs. Outside of the admin, `may` asks for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (user := getattr(request, "_second_factor_of", None)) and request.user == user:
            known_browsers.remember(request, response, user, by_factor=True)
        return response

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        match, user = request.resolver_match, request.user
        if match is not None and match.url_name in FACTOR_PAGES and isinstance(user, User):
            if second_factor.is_on(user) and not is_used(request, user):
                return redirect_to_login(request.get_full_path(), reverse("account_reauthenticate"))
            return None
        if not settings.STAFF_MFA_REQUIRED or match is None or "admin" not in match.app_names:
            return None
        if not isinstance(user, User) or not user.is_staff or match.url_name == "logout" or is_used(request, user):
            return None
        if second_factor.is_on(user):  # set up elsewhere, after the sign-in in this browser
            return redirect_to_login(reverse("admin:index"), reverse("account_reauthenticate"))
        messages.warning(request, _("Accounts with a role need a second factor on this server. Set one up to go on."))
        return redirect("mfa_index")
