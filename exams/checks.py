"""System checks of the configuration."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from questions.content.picture_files import PictureError, clean_picture


@register()
def check_broker(**kwargs: Any) -> list[CheckMessage]:
    """Warn if several processes have no broker: tasks and rate limits would stay within the process."""
    if not settings.DATABASE_URL or settings.REDIS_URL:
        return []
    return [
        Warning(
            "DATABASE_URL is set, but REDIS_URL is not. Tasks never reach the workers, so scores and imports wait for "
            "the sweeper, and every process counts failed sign-ins on its own.",
            hint="Set REDIS_URL to a Redis or Valkey that all processes use.",
            id="exams.W003",
        )
    ]


@register()
def check_proxy_count(**kwargs: Any) -> list[CheckMessage]:
    """Warn if a proxy is not counted: all requests would seem to use HTTP and come from one address."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "PUBLIC_URL begins with https, but TRUSTED_PROXIES is 0. The server cannot tell which requests used HTTPS, "
            "does not redirect HTTP to HTTPS, and takes the address of the proxy for that of every client.",
            hint="Set TRUSTED_PROXIES to the number of your proxies that set X-Forwarded-For and "
            "X-Forwarded-Proto, usually 1.",
            id="exams.W002",
        )
    ]


@register()
def check_links_in_mails(**kwargs: Any) -> list[CheckMessage]:
    """Warn if mails are sent without a known address: their links would begin with whatever host a request names."""
    if not settings.EMAIL_URL or settings.PUBLIC_URL:
        return []
    return [
        Warning(
            "EMAIL_URL is set, but PUBLIC_URL is not. Links in mails begin with the host and port of the request, "
            "which anybody can choose among the allowed hosts.",
            hint="Set PUBLIC_URL to the address that people open.",
            id="exams.W004",
        )
    ]


@register()
def check_logo(**kwargs: Any) -> list[CheckMessage]:
    """Warn if SITE_LOGO names no picture."""
    if not settings.SITE_LOGO:
        return []
    try:
        clean_picture(Path(settings.SITE_LOGO).read_bytes())
    except (PictureError, OSError) as error:
        hint = "Name the file of a PNG, JPEG or WebP picture. Pages have no logo until then."
        return [Warning(f"SITE_LOGO is {settings.SITE_LOGO}: {error}", hint=hint, id="exams.W005")]
    return []
