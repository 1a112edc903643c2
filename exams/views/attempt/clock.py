"""The clock of an open exam: the times on its pages, and the JSON with which a page synchronizes its clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from exams import access
from exams.models import Attempt
from exams.services.attempt import answering, ending, standing
from exams.views.pages import safe_page

FULL_LIMITS_FROM = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Clock:
    """The remaining time: epoch milliseconds for the script, formatted for pages without JavaScript."""

    now: datetime
    deadline: datetime
    began: datetime | None = None

    @classmethod
    def at(cls, now: datetime, attempt: Attempt) -> "Clock":
        """Return the clock of an attempt, which stands in a pause.

        It never shows more than the limit, even if the server's was set back.
        """
        return cls(max(attempt.paused_at or now, attempt.started_at), attempt.deadline, attempt.started_at)

    @property
    def scale(self) -> float:
        """By what the limits of the colors are multiplied: an exam of less than two hours does not begin in a hurry."""
        return min(1.0, (self.deadline - self.began) / FULL_LIMITS_FROM) if self.began else 1.0

    @property
    def now_ms(self) -> int:
        return round(self.now.timestamp() * 1000)

    @property
    def deadline_ms(self) -> int:
        return round(self.deadline.timestamp() * 1000)

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.deadline - self.now).total_seconds()))

    @property
    def left(self) -> str:
        hours, rest = divmod(self.seconds_left, 3600)
        minutes, seconds = divmod(rest, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@safe_page
def clock(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Return `{"now", "deadline", "open"}`, times in epoch milliseconds. In the grace period the exam is open.

    `"stands"` says that it is paused or held: the page is loaded again, and shows why.

    Two queries: the session and this attempt. An overdue exam is closed.
    """
    now = timezone.now()
    attempt = answering.sitter_attempt(uuid, access.sitter_or_404(request)).first()
    if attempt is None:
        raise access.attempt_not_found(request)
    ending.close_if_overdue(attempt, now)
    times = Clock.at(now, attempt)
    is_open = attempt.status == Attempt.Status.OPEN
    stands = standing.reason(attempt, now) is not None
    return JsonResponse({"now": times.now_ms, "deadline": times.deadline_ms, "open": is_open, "stands": stands})
