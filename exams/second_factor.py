"""Configure the second factor of allauth: codes of an app, passkeys, recovery codes; staff may have to have one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.services.classes.links import qr_code
from exams.services.people import second_factor
from questions.models import User

USED_KEY = "second_factor_of"  # session key: the account whose second factor was used, or set up, in this session
APP_NAME = "mlsprep"
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


class _OneUse(BaseAuthenticateForm):
    """A code that has been accepted is refused from then on. allauth itself remembers it for half a minute only."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        digits = "".join(filter(str.isalnum, code)).upper()  # allauth accepts a code with spaces and dashes
        if not cache.add(f"second-factor:{self.user.pk}:{digits}", True, CODE_SECONDS):
            raise MFAAdapter().validation_error("incorrect_code")
        return code


class SignInCodeForm(_OneUse, AuthenticateForm):
    """The code of a sign-in."""


class ConfirmCodeForm(_OneUse, ReauthenticateForm):
    """The code before a change of the second factor."""


class SignInPasskeyForm(AuthenticateWebAuthnForm):
    """The passkey of a sign-in. allauth does not expect what is no passkey at all."""

    def clean_credential(self) -> Authenticator:
        with _refused_if_forged():
            return super().clean_credential()


class ConfirmPasskeyForm(SignInPasskeyForm, ReauthenticateWebAuthnForm):
    """The passkey before a change of the second factor."""


class NewPasskeyForm(AddWebAuthnForm):
    """A passkey to add."""

    def clean(self) -> dict[str, Any]:
        with _refused_if_forged():
            return dict(super().clean())


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
    """Remember for this session that the second factor was used, or set up, in it."""
    request.session[USED_KEY] = user.pk


def is_used(request: HttpRequest, user: User) -> bool:
    """Return whether the second factor of this user was used in this session, and is still there."""
    return request.session.get(USED_KEY) == user.pk and second_factor.is_on(user)


def may(request: HttpRequest, permission: str) -> bool:
    """Return whether the user acts as staff outside of the admin: with STAFF_MFA=required, by a second factor only."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(permission):
        return False
    return not settings.STAFF_MFA_REQUIRED or is_used(request, user)


class StaffMiddleware:
    """With STAFF_MFA=required, lead staff from the admin to the page that sets up or asks for their second factor.

    Outside of the admin, `may` asks for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.STAFF_MFA_REQUIRED or match is None or "admin" not in match.app_names:
            return None
        user = request.user
        if not isinstance(user, User) or not user.is_staff or match.url_name == "logout" or is_used(request, user):
            return None
        if second_factor.is_on(user):  # set up elsewhere, after the sign-in in this browser
            return redirect_to_login(reverse("admin:index"), reverse("account_reauthenticate"))
        messages.warning(request, _("Accounts with a role need a second factor on this server. Set one up to go on."))
        return redirect("mfa_index")
