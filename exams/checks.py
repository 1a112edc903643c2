"""System checks: bad configuration is said before anything runs, with an id and a hint."""

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def display_time_zone(**kwargs: Any) -> list[CheckMessage]:
    if settings.DISPLAY_TZ in available_timezones():
        return []
    return [
        Error(
            f"DISPLAY_TZ is {settings.DISPLAY_TZ!r}, which is no time zone.",
            hint="Use a name such as Europe/Berlin or UTC.",
            id="exams.E001",
        )
    ]
