"""The logo of the house, from the file that SITE_LOGO names: checked and written again as pictures of questions are."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from questions.content.picture_files import MEDIA_TYPES, PictureError, picture_in


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """Return the logo; 404 without one, or if the file is no picture (`manage.py check` says why)."""
    if not settings.SITE_LOGO:
        raise Http404
    try:
        picture = picture_in(settings.SITE_LOGO)
    except (PictureError, OSError) as error:
        raise Http404 from error
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(picture.data, content_type=MEDIA_TYPES[picture.ending], headers=headers)
