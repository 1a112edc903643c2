"""Set up and use second factors through the pages of the site."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from questions.models import User
from tests.factories import PASSWORD


def app_code(secret: str, steps: int = 0) -> str:
    """Return what an authenticator app shows now, or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up_app(client: Client) -> str:
    """Turn on codes of an app for the account that is signed in here, which has PASSWORD. Return the secret."""
    page = reverse("mfa_activate_totp")
    asked = client.get(page)
    if asked.status_code == 302:
        client.post(asked["Location"], {"password": PASSWORD})
        asked = client.get(page)
    secret = str(asked.context["form"].secret)
    assert client.post(page, {"code": app_code(secret)}).status_code == 302
    return secret


def protect(user: User) -> str:
    """Give an account codes of an app, in another browser. Return the secret."""
    client = Client()
    client.force_login(user)
    return set_up_app(client)


def recovery_codes(user: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return codes


def enter_code(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})
