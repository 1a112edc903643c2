"""Pictures of questions, for those who may see a question that holds them."""

import re

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.models import Response
from exams.second_factor import may
from questions.content.picture_files import MEDIA_TYPES
from questions.models import Image, Option, Revision

_FILE = re.compile(r"([0-9a-f]{64})\.(png|jpg|webp)\Z")
_CACHE = "private, max-age=31536000, immutable"  # the name is the hash of the content


@require_safe
def image(request: HttpRequest, file: str) -> HttpResponse:
    """Return a picture to staff and to candidates who may see a text with it; 404 for others."""
    match = _FILE.match(file)
    if match is None:
        raise Http404
    # Asked for first: to find out who may see it means to search texts, which an invented name must not.
    data = Image.objects.filter(sha256=match[1], ending=match[2]).values_list("data", flat=True).first()
    if data is None or not (may(request, "questions.view_question") or _is_shown(request, match[1])):
        raise Http404
    headers = {"Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(data), content_type=MEDIA_TYPES[match[2]], headers=headers)


def _is_shown(request: HttpRequest, sha256: str) -> bool:
    """Return whether the candidate of this session may see a stem, an option or a disclosed solution with a picture."""
    owners = [row.pk for row in (access.candidate(request), access.pending_guest(request)) if row]
    if not owners:
        return False
    responses = Response.objects.filter(attempt__candidate__in=owners)
    # The name is looked for once in each wording, not in each of the responses to it.
    wordings = Revision.objects.filter(pk__in=responses.order_by().values("revision")).order_by()
    options = Option.objects.filter(revision=OuterRef("pk"))
    asked = Q(stem__contains=sha256) | Exists(options.filter(text__contains=sha256))
    if wordings.filter(asked).exists():
        return True
    solved = Q(explanation__contains=sha256) | Exists(options.filter(rationale__contains=sha256))
    found = list(wordings.filter(solved).values_list("pk", flat=True))
    if not found:
        return False
    is_disclosed = disclosure.for_candidates(owners)
    held = responses.filter(revision__in=found).select_related("attempt", "revision")
    return any(is_disclosed(response.attempt, response) for response in held)
