"""Know the browsers that have signed in to an account: the wrong passwords of others do not keep them out.

A signed cookie names the browser, the accounts, and those of them whose second factor was used in it: wrong codes count
by account, too, and only these browsers are left out. It opens nothing, and it counts for these accounts only.
"""

import secrets
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from exams.services.people import usernames
from questions.models import User

COOKIE = "known_accounts"
COOKIE_SECONDS = 400 * 86400
# The pages on which somebody who is signed in types the password. Elsewhere an address is counted, for all browsers.
PASSWORD_PAGES = {
    "account", "account_change_password", "account_reauthenticate", "delete_data", "sign_out_everywhere",
}  # fmt: skip
MAX_ACCOUNTS = 10  # of one browser; the newest stay
SALT = "exams.known_browsers"


def signing_in(request: HttpRequest) -> str:
    """Return the id of a browser that knows an account that the typed name or address could open; else "".

    It signs in to the `known_among` these only: anybody can sign up with the address of somebody else. Who is signed in
    confirms the own account.
    """
    if not hasattr(request, "_known_browser"):
        page = request.resolver_match.url_name if request.resolver_match else ""
        typed = request.POST.get("login", "").strip() if page == "account_login" else ""
        browser = _id_if_known(request, typed) if typed else ""
        if page in PASSWORD_PAGES and isinstance(request.user, User):
            browser = that_knows(request, request.user)
        request._known_browser = browser  # type: ignore[attr-defined]
    return str(request._known_browser)  # type: ignore[attr-defined]


def that_knows(request: HttpRequest, account: User) -> str:
    """Return the id of this browser if the account has signed in here before, else ""."""
    browser, accounts, _proved = _read(request)
    return browser if account.pk in accounts else ""


def known_among(request: HttpRequest, meant: list[User]) -> list[User]:
    """Return those of the accounts that this browser knows."""
    _browser, accounts, _proved = _read(request)
    return [account for account in meant if account.pk in accounts]


def oldest_known(request: HttpRequest, before: datetime) -> int | None:
    """Return the first account of before this time that has signed in in this browser: who else has it is the same.

    The id of the browser would not do: each sign-in of one account in an empty browser makes a new one.
    """
    _browser, accounts, _proved = _read(request)
    return (
        User.objects.filter(pk__in=accounts, date_joined__lt=before).values_list("pk", flat=True).order_by("pk").first()
    )


def that_proved(request: HttpRequest, account: User) -> str:
    """Return the id of this browser if the second factor of the account was used, or set up, here before, else ""."""
    browser, _accounts, proved = _read(request)
    return browser if account.pk in proved else ""


def _id_if_known(request: HttpRequest, typed: str) -> str:
    browser, accounts, _proved = _read(request)
    return browser if accounts and known_among(request, usernames.accounts_named(typed)) else ""


def remember(request: HttpRequest, response: HttpResponse, user: User, *, by_factor: bool = False) -> None:
    """Add the account to the cookie of this browser; `by_factor` once its second factor was used."""
    browser, accounts, proved = _read(request)
    accounts = _with(accounts, user)
    proved = _with(proved, user) if by_factor else proved
    response.set_cookie(
        COOKIE,
        signing.dumps([browser, accounts, proved], salt=SALT),
        max_age=COOKIE_SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Delete the cookie, for the next person at a shared computer."""
    response.delete_cookie(COOKIE, path=settings.SESSION_COOKIE_PATH, samesite="Lax")


def _with(accounts: list[int], user: User) -> list[int]:
    return [user.pk, *(pk for pk in accounts if pk != user.pk)][:MAX_ACCOUNTS]


def _read(request: HttpRequest) -> tuple[str, list[int], list[int]]:
    """Return the browser's id, a new one if need be, and the keys of the accounts it knows, and has proved.

    A cookie of the release before has none of the last.
    """
    try:
        browser, accounts, *proved = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return secrets.token_hex(8), [], []
    return browser, accounts, proved[0] if proved else []
