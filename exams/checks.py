"""System checks: bad configuration is said before anything runs, with an id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def proxy_is_counted(**kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy that is not counted, every request seems to come by HTTP and from one address."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "PUBLIC_URL begins with https, but TRUSTED_PROXIES is 0: nothing tells which requests came by HTTPS, so "
            "those by HTTP are not sent there, and everybody seems to come from the address of the proxy.",
            hint="Set TRUSTED_PROXIES to the number of proxies of yours that set X-Forwarded-For and "
            "X-Forwarded-Proto, usually 1.",
            id="exams.W002",
        )
    ]
