"""The theme of the pages. A cookie holds the one that was chosen in this browser, so that every page is rendered in it
at once: also for people without a candidate, and error pages while the database does not respond.

Without a cookie, the theme that the candidate chose in another browser applies, like the other reading preferences
(`Candidate.preferences`).
"""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from exams import access, browser_choices
from exams.services.people.candidates import THEMES

COOKIE = "theme"


def chosen(request: HttpRequest) -> str:
    """Return the theme that was chosen in this browser, empty for that of the system."""
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in THEMES else ""


def remember(response: HttpResponseBase, theme: str) -> None:
    """Store a theme in this browser; the one of the system needs no cookie."""
    if not theme or theme in THEMES:
        browser_choices.remember(response, COOKIE, theme)


def context(request: HttpRequest) -> dict[str, Any]:
    """Return the theme of this browser and the reading preferences of the candidate."""
    return {
        "theme": chosen(request),
        "preferences": SimpleLazyObject(partial(access.preferences, request)),
        "theme_choices": list(zip(THEMES, (_("System"), _("Light"), _("Dark"), _("Contrast")), strict=True)),
    }
