"""The server's clock for a running exam: a tiny answer that a page asks for to set its own by."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access
from exams.models import Attempt
from exams.services.attempt import answering, attempts
from exams.views.attempt.room import Clock


@never_cache
@require_safe
def clock(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """`{"now", "deadline", "open"}`, times in epoch milliseconds; in the grace the exam is still open.

    Two queries: the session and this attempt. An overdue exam is closed, as by any look at it.
    """
    now = timezone.now()
    attempt = answering.mine(uuid, access.sitter_or_404(request)).first()
    if attempt is None:
        raise access.missing(request)
    attempts.close_if_overdue(attempt, now)
    times = Clock(now, attempt.deadline)
    is_open = attempt.status == Attempt.Status.OPEN
    return JsonResponse({"now": times.now_ms, "deadline": times.deadline_ms, "open": is_open})
