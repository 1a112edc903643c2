"""The page of words: what staff pages call things, for people who have not made tests before."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from questions.admin.staff_page import staff_page


@staff_page((), "admin/exams/site/words.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show the words with their meanings."""
    return {"title": _("What the words mean")}
