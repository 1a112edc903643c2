"""The candidate of a POST that stores something: a newcomer becomes a guest, as at the start of an exam."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from exams import access, chosen_exam, rate_limits
from exams.models import Candidate
from exams.rate_limits import Limit
from exams.services.people import candidates
from exams.views.attempt.rules import StartToken


class NewcomerError(Exception):
    """No candidate can be created. The message is for the visitor."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SignInNeededError(Exception):
    """This server has no guests."""


def candidate_or_new(request: HttpRequest, now: datetime) -> Candidate:
    """Return the candidate of this session; create one for a user or a guest who has none.

    The field `pair` of the form has a StartToken: a double click makes one guest. A new one keeps the exam that the
    pages were about, which is another one for people who have not been here. Raise NewcomerError or SignInNeededError.
    """
    if candidate := access.candidate(request):
        return candidate
    token = StartToken.new()
    if not request.user.is_authenticated:
        if not settings.GUESTS:
            raise SignInNeededError
        posted = StartToken.read(request.POST.get("pair", ""), request)
        if posted is None:
            raise NewcomerError(_("This page was too old. Nothing was changed. Try again."), 400)
        if not rate_limits.count(request, Limit.NEW_GUEST):
            raise NewcomerError(
                _("Too many guests have started from your address. Wait a minute, then try again."), 429
            )
        token = posted
    candidate = candidates.get_or_create_candidate(
        request.user, token.candidate, now, **chosen_exam.newcomer_preference(request)
    )
    access.remember(request, candidate)
    return candidate
