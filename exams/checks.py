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


HINTS = {
    "collectstatic": "Run: deploy/manage collectstatic --noinput",
    "tcp_user_timeout and statement_timeout in DATABASE_URL": "deploy/mlsprep.env shows how the address ends.",
    "https in PUBLIC_URL": "Get a certificate, as docs/operations.md shows, and let PUBLIC_URL begin with https.",
    "the directory of MLSPREP_DATA_DIR": "Create it, with the user of the service as its owner and mode 700.",
}


@register(deploy=True)
def check_production(**kwargs: Any) -> list[CheckMessage]:
    """Say what a server with MLSPREP_ENV=production lacks: `manage.py check --deploy`."""
    if not settings.PRODUCTION:
        return []
    options = settings.DATABASES["default"].get("OPTIONS", {})
    is_collected = (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file()
    lacks = {
        "PUBLIC_URL": (not settings.PUBLIC_URL, "pages answer requests for this machine only"),
        "OPERATOR_CONTACT": (not settings.OPERATOR_CONTACT, "pages name nobody to ask"),
        "EMAIL_URL": (not settings.EMAIL_URL, "who forgets a password has to ask staff for a link"),
        "METRICS_TOKEN": (not settings.METRICS_TOKEN, "there are no figures, and no alert comes"),
        "WEB_CONCURRENCY": (settings.WEB_CONCURRENCY < 2, "the web server uses one core"),
        "MLSPREP_DATA_DIR": (
            settings.DATA_DIR.is_relative_to(settings.BASE_DIR),
            "files are written into the directory of the code, which the service should not be able to write",
        ),
        "tcp_user_timeout and statement_timeout in DATABASE_URL": (
            not ("tcp_user_timeout" in options and "statement_timeout" in options.get("options", "")),
            "requests hang while PostgreSQL is frozen, instead of failing and being sent again",
        ),
        "collectstatic": (not is_collected, f"there are no files in {settings.STATIC_ROOT} and pages are slow or bare"),
        "https in PUBLIC_URL": (
            settings.PUBLIC_URL.startswith("http:"),
            "passwords and answers can be read on their way",
        ),
        "the directory of MLSPREP_DATA_DIR": (not settings.DATA_DIR.is_dir(), f"uploads to {settings.DATA_DIR} fail"),
    }
    return [
        Warning(
            f"{name}: missing, so {consequence}.",
            hint=HINTS.get(name, f"Set {name} in /etc/mlsprep/mlsprep.env; README.md, 'Settings', has its values."),
            id=f"exams.W{number:03}",
        )
        for number, (name, (is_missing, consequence)) in enumerate(lacks.items(), start=10)
        if is_missing
    ]
