"""Limit what strangers can do again and again: become new guests, and guess codes and passwords.

One device must not keep out those behind the same address for long: browsers that the server knows have counts of their
own, and the instructor lets the networks of a class join again.

The rates are `ACCOUNT_RATE_LIMITS` in the settings: for an address (`/ip`), or for a key that the caller gives.
Networks in LIMIT_EXCEPTIONS have higher ones. The counters are those of allauth, in a cache of their own: nothing else
that strangers store may push them out. This module alone uses them.
"""

import time
from collections.abc import Iterable
from copy import copy
from enum import StrEnum
from ipaddress import ip_address, ip_network

from allauth import app_settings
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.core.internal import ratelimit as counters
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.connection import ConnectionProxy

COUNTERS = "counters"  # the cache, by its name in the settings
A_DAY, AN_HOUR = 86400, 3600
IPV6_SITE_PREFIX = 48


class Limit(StrEnum):
    """What is counted, by its name in the settings."""

    NEW_GUEST = "guest_start"
    REPORT_OF_GUEST = "guest_report"  # problems with questions from one network, of guests outside of classes
    NEW_GUEST_OF_CLASS = "class_guest"  # who knows the code of a class
    JOIN_OF_CLASS = "class_join"  # new guests from one network in one exam
    JOIN_OF_KNOWN_BROWSER = "known_class_join"
    SIGN_IN = "sign_in"  # passwords that are checked, whether they are right or not
    FLASH_CARDS = "flash_cards"  # files of all missed questions
    CALENDAR = "calendar"  # requests of the feed of a candidate
    CERTIFICATE = "certificate"  # PDFs of a certificate, each made again for another address of the site
    CONFIRMATION = "confirmation"  # passwords of somebody who is signed in, right or wrong
    REMINDER_CONFIRMATION = "reminder_confirmation"  # mails that ask whether an address may get reminders
    REMINDER_CONFIRMATION_TO = "reminder_confirmation_to"  # the same mails to an address, whichever account asks
    RESET_MAIL_TO = "reset_mail_to"  # mails for a new password to an address, from all networks
    WRONG_GUEST_CODE = "guest_code"
    WRONG_CLASS_CODE = "class_code"
    WRONG_CLASS_CODE_OF_KNOWN_BROWSER = "known_class_code"
    WRONG_PASSWORD_FOR_NAME = "login_failed_by_name"
    WRONG_PASSWORD_FOR_ADDRESS = "login_failed_by_address"  # which costs the checks of several passwords
    WRONG_FACTOR = "wrong_factor"  # for an account in one place
    WRONG_FACTOR_FOR_ACCOUNT = "wrong_factor_by_account"


_BY_NETWORK = (Limit.JOIN_OF_CLASS, Limit.REPORT_OF_GUEST)  # their key names a network

# A whole class signs in and joins from one address in the same second. allauth counts them one by one, and refuses who
# has waited for a second.
counters.CACHE_LOCK_WAIT_TIMEOUT = 3
counters.cache = ConnectionProxy(caches, COUNTERS)


def count(request: HttpRequest, limit: Limit, key: str | None = None, *, given_back_as: str = "") -> bool:
    """Count one more. Return False if there have been too many: this one is refused, and not counted.

    For a day, `give_back` undoes what was counted with this name.
    """
    usage = _consume(request, limit, key, dry_run=False)
    if usage and given_back_as:
        caches[COUNTERS].set(f"given-back:{given_back_as}", usage, A_DAY)
    return usage is not None


def give_back(name: str) -> None:
    """Undo what was counted with this name, once."""
    cache, key = caches[COUNTERS], f"given-back:{name}"
    if usage := cache.get(key):
        cache.delete(key)
        usage.rollback()


def counted_for(names: Iterable[str]) -> dict[str, str]:
    """Return what was counted with these names in the last day, each with a text that is the same for one network."""
    keys = {f"given-back:{name}": name for name in names}
    found = caches[COUNTERS].get_many(keys)
    return {keys[key]: counted.usage[0].cache_key for key, counted in found.items() if counted.usage}


def is_reached(request: HttpRequest, limit: Limit, key: str | None = None) -> bool:
    """Return whether the next one would be refused, without counting it."""
    return _consume(request, limit, key, dry_run=True) is None


def clear(request: HttpRequest, limit: Limit, key: str) -> None:
    """Start counting again for this key."""
    ratelimit.clear(request, action=limit.value, key=key)


def join_again(sitting: int) -> None:
    """Start the counts of joins of this exam again for all networks, and look up its code for an hour."""
    caches[COUNTERS].set(f"join-again:{sitting}", time.time(), A_DAY)


def joins_since(sitting: int) -> float:
    """Return when the counts of joins of this exam were started again, in epoch seconds; 0 if they were not today."""
    return float(caches[COUNTERS].get(f"join-again:{sitting}", 0))


def admits_all(sitting: int) -> bool:
    """Return whether the code of this exam is looked up, however many wrong ones came from a network.

    In this hour, 1,000 guesses a second find it with a probability of 6 %.
    """
    return time.time() - joins_since(sitting) < AN_HOUR


def browser(request: HttpRequest) -> str:
    """Return what counts as one browser at its address. Those without a cookie are one, and get one with the answer."""
    return f"{get_adapter(request).get_client_ip(request)} {request.META.get('CSRF_COOKIE', '')}"


def network(request: HttpRequest) -> str:
    """Return what counts as one place, as allauth has it: an IPv4 address, or the network of an IPv6 address."""
    return network_of(str(get_adapter(request).get_client_ip(request)))


def concurrent(request: HttpRequest, of_one: int) -> tuple[str, int]:
    """Return the site of a request, of which nothing has been read yet, and how many of it may count at a time."""
    try:
        return site_of(get_adapter(request).address(request)), of_one * factor(request)
    except (PermissionDenied, ValueError):  # no address, or none that is one
        return "", of_one


def network_of(address: str, ipv6_prefix: int = app_settings.RATE_LIMIT_IPV6_PREFIX) -> str:
    """Return what counts as one place of an address."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/{ipv6_prefix}", strict=False))


def site_of(address: str) -> str:
    """Return what counts as one network where all share what there is: one line can have 65,536 networks of IPv6."""
    return network_of(address, IPV6_SITE_PREFIX)


def factor(request: HttpRequest) -> int:
    """Return how many times as much as others the network of this request may do, by LIMIT_EXCEPTIONS."""
    if not settings.LIMIT_EXCEPTIONS:
        return 1
    address = ip_address(get_adapter(request).address(request))
    return max((factor for among, factor in settings.LIMIT_EXCEPTIONS.items() if address in among), default=1)


def raised(name: str, rate: str) -> str:
    """Return the rate of a limit for the network of the current request: what counts by address, multiplied."""
    times = factor(context.request) if context.request else 1
    per = "key" if name in _BY_NETWORK else "ip"
    parts = [part.split("/") for part in rate.split(",")]
    return ",".join(f"{int(n) * (times if by == per else 1)}/{time}/{by}" for n, time, by in parts)


def refusal(request: HttpRequest) -> HttpResponse:
    """Return the page for those who have tried too often."""
    return ratelimit.respond_429(request)


def _consume(request: HttpRequest, limit: Limit, key: str | None, *, dry_run: bool) -> counters.RateLimitUsage | None:
    counted = copy(request)
    counted.method = "POST"  # allauth counts nothing that is only read, but codes can be guessed by addresses
    return counters.consume(counted, app="allauth.account", action=limit.value, key=key, dry_run=dry_run)
