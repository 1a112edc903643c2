"""The logo of the house, from the file that SITE_LOGO names: checked and written anew as pictures of questions are."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from questions.content.picture_files import MEDIA_TYPES, PictureError, PictureFile, clean_picture


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """Return the logo; 404 without one, or if the file is no picture (`manage.py check` says why)."""
    if not settings.SITE_LOGO:
        raise Http404
    try:
        picture = read_logo(settings.SITE_LOGO)
    except (PictureError, OSError) as error:
        raise Http404 from error
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(picture.data, content_type=MEDIA_TYPES[picture.ending], headers=headers)


@cache
def read_logo(path: str) -> PictureFile:
    """Return the picture in this file, read once by each process. Raise PictureError or OSError."""
    return clean_picture(Path(path).read_bytes())
