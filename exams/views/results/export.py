"""A candidate's own finished attempt as one JSON object: everything that the score was made from."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.models import Attempt
from exams.services.results import export as exports


@never_cache
@require_safe
def export(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The attempt; `score` is null until it is scored. 409 with a sentence where keys must stay unknown."""
    attempt = access.own_attempt(request, uuid, timezone.now())
    if attempt.status == Attempt.Status.OPEN:
        sentence = _("This exam is still running. Finish it first, then export it.")
        return JsonResponse({"error": sentence}, status=409)
    if attempt.status == Attempt.Status.ABANDONED:
        sentence = _("You ended this exam without a score, so there is nothing to export.")
        return JsonResponse({"error": sentence}, status=409)
    return JsonResponse(exports.attempt(attempt), json_dumps_params={"ensure_ascii": False})
