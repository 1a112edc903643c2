"""The choice of the theme in the footer of all pages."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from exams import access, theme
from exams.services.people import candidates
from exams.views.pages import SeeOther, page_of_the_form
from exams.views.site.csrf_failure import without_token


@without_token
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Store the theme in this browser and for its candidate; return to the page."""
    value = request.POST.get("theme", "")
    if value not in candidates.THEMES:
        raise BadRequest(_("These colors do not exist. Nothing was changed."))
    if candidate := access.candidate(request):
        candidates.update_preferences(candidate.pk, candidate.epoch, {"theme": value})
    response = SeeOther(page_of_the_form(request))
    theme.remember(response, value)
    return response
