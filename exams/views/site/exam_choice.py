"""The choice of the exam in the header."""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.translation import gettext as _

from exams import access, chosen_exam
from exams.views.pages import SeeOther, page_of_the_form
from exams.views.site.csrf_failure import without_token

# Where another exam has no such page: answers to a form, which nobody can open, and what is of one exam alone.
PAGES_INSTEAD = {"practice_start": "practice", "topic_mark": "plan", "guide_topic": "guide"}


@without_token
def choose_exam(request: HttpRequest) -> HttpResponse:
    """Remember the exam in this browser and for its candidate; return to the page."""
    candidate = access.candidate(request)
    code = request.POST.get(chosen_exam.NAME, "")
    blueprint = next((row for row in chosen_exam.open_to_choice(request) if row.code == code), None)
    if blueprint is None:
        raise BadRequest(_("This exam is not offered here. Nothing was changed."))
    response = SeeOther(_same_page(page_of_the_form(request)))
    chosen_exam.remember(response, candidate, blueprint)
    return response


def _same_page(address: str) -> str:
    """Return the page for another exam: of its query, only the words of a search are not about the exam before."""
    parts = urlsplit(address)
    try:
        name = resolve(f"/{parts.path.removeprefix(get_script_prefix())}").url_name
    except Resolver404:
        return reverse("front")
    path = reverse(PAGES_INSTEAD[name]) if name in PAGES_INSTEAD else parts.path
    words = parse_qs(parts.query).get("q")
    return f"{path}?{urlencode({'q': words[0]})}" if words else path
