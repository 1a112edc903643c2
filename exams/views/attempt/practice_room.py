"""The page of one question in practice, whose solution may be shown."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access, disclosure
from exams.browser_choices import reader_zone
from exams.models import Attempt, Response
from exams.services.attempt import annotations
from exams.services.attempt.annotations import SCRATCHPAD
from exams.services.practice import practice, repetition, study_marks
from exams.views.attempt import room
from exams.views.attempt.room import Notice
from questions.models import Option
from questions.models.collection import with_language


def practice_question(
    request: HttpRequest, attempt: Attempt, position: int, now: datetime, notice: Notice | None = None
) -> HttpResponse:
    """Show a question of an open practice, with its solution once it was checked.

    An exam that was started after the practice hides the questions that they share. `?check=yes` asks how sure the
    candidate is of a complete answer.
    """
    responses = list(Response.objects.filter(attempt=attempt).order_by("position"))
    response = room.at(responses, position)
    rows = Option.objects.filter(revision=response.revision_id).select_related("revision__question__topic")
    options = list(with_language(rows, "revision__question"))
    response.revision = options[0].revision
    hidden = practice.hidden_questions(access.sitter_or_404(request))
    notes = annotations.read(attempt, (position, SCRATCHPAD))
    # No answer sheet says anything about a question of an open exam.
    cells = disclosure.cells(responses, position, noted=notes.noted, verdicts=not hidden)
    card = disclosure.card(attempt, response, options, open_questions=hidden)
    is_hidden = response.revision.question_id in hidden
    can_check = attempt.feedback == "each" and not is_hidden and response.revealed_at is None
    checking = can_check and request.GET.get("check") == "yes"
    if checking and card.n_ticked != card.choose:
        checking, notice = False, notice or Notice(choose_first(card.choose), 200)
    solved = [response.revision.question_id] if card.solution else []
    cards = repetition.current_cards(attempt.candidate_id, solved, reader_zone(request.COOKIES)) if solved else []
    more = {
        "starred": bool(solved and study_marks.starred(attempt.candidate_id, solved)),
        "can_check": can_check,
        "checking": checking,
        "comes_back": comes_back(cards[0].due if cards else None, now),
    }
    return room.page(request, attempt, card, cells, notes, now, notice, is_hidden=is_hidden, **more)


def comes_back(due: datetime | None, now: datetime) -> str:
    """Return in words when the question is repeated, "" for one that was never missed."""
    if due is None:
        return ""
    days = (timezone.localdate(due) - timezone.localdate(now)).days
    if days < 1:
        return _("This question comes back today.")
    if days == 1:
        return _("This question comes back from tomorrow on.")
    return _("This question comes back in %(n)d days.") % {"n": days}


def choose_first(choose: int) -> str:
    """Return the sentence for an incomplete answer that is to be checked."""
    return ngettext(
        "Choose %(n)d option, then check your answer.", "Choose %(n)d options, then check your answer.", choose
    ) % {"n": choose}
