"""The sentences that say why something was not saved, for the form and for the script of the room."""

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.services.attempt.answering import SaveOutcome
from exams.services.attempt.standing import Standing
from exams.services.attempt.sync import EventResult


def sentence(result: EventResult, n_ticked: int = 0) -> str:
    """Return why an event was not stored, "" if it was. `n_ticked` is the number of ticks of its answer."""
    match result.outcome:
        case SaveOutcome.OUTDATED if result.note:
            return _("Your note was merged with that of another window or device.")
        case SaveOutcome.OUTDATED:
            return _("This question was answered in another window or device.")
        case SaveOutcome.REVEALED:
            return _("You have checked this question in another window or device. The answer from there counts.")
        case SaveOutcome.LATE:
            return _("Time is up. This change arrived too late and was not saved.")
        case SaveOutcome.STANDING:
            return _("This exam stands still. This change was not saved yet.")
        case SaveOutcome.CLOSED:
            return _("The exam was finished before this change, which was not saved.")
        case SaveOutcome.REFUSED if result.answer and n_ticked > result.answer.choose:
            return ngettext(
                "Choose %(count)d option. You selected %(ticked)d.",
                "Choose %(count)d options. You selected %(ticked)d.",
                result.answer.choose,
            ) % {"count": result.answer.choose, "ticked": n_ticked}
        case SaveOutcome.REFUSED if result.answer:
            return _("One of the options does not belong to this question. Nothing was changed.")
        case SaveOutcome.REFUSED:
            return _("This exam has no question with that number.")
    return ""


def stands(reason: Standing) -> JsonResponse:
    """Return 423: nothing was stored, the browser keeps what it has, and the page of the exam says why."""
    return JsonResponse({"stands": reason.value, "message": _("This exam stands still.")}, status=423)
