"""The exam room: the page of one question with the answer sheet and the clock."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access, disclosure
from exams.disclosure import Card
from exams.models import Attempt, Mode, Response
from exams.services.attempt import annotations
from exams.services.attempt.annotations import SCRATCHPAD, NoteContent
from exams.services.people import candidates
from exams.services.practice import practice, repetition
from exams.views.attempt import tools
from exams.views.attempt.clock import Clock
from exams.views.attempt.sheet import ALL, AnswerSheet, address, chosen_filter
from exams.views.pages import is_htmx
from questions.models import Option

# What a page of an exam shows of a response.
SHEET_FIELDS = (
    "position", "revision_id", "choose", "order", "ticked", "version", "struck", "flagged", "seconds",
    "first_shown", "revealed_at",
)  # fmt: skip


def question_page(
    request: HttpRequest,
    attempt: Attempt,
    position: int,
    now: datetime,
    *,
    status: int = 200,
    notice: str = "",
    refused: int | None = None,
    unsaved: int | None = None,
    checking: bool = False,
) -> HttpResponse:
    """Render one question. htmx gets the room form only, with the URL it belongs to, and the question after it.

    In study mode, `checking` asks how sure the candidate is of a complete answer.
    `refused` is the mask of an answer that was not stored; the page offers to use it instead of the stored one.
    `unsaved` is the mask of one that cannot be stored; it stays ticked, so that the candidate corrects it.
    """
    rows = Response.objects.filter(attempt=attempt).order_by("position")
    is_practice = attempt.mode == Mode.PRACTICE
    # Practice shows solutions, which need the whole row; an exam needs two rows and the states of the others.
    responses: list[Any] = list(rows if is_practice else rows.values_list(*SHEET_FIELDS, named=True))
    if not 1 <= position <= len(responses):
        raise Http404
    response = _whole(responses[position - 1])
    related = "revision__question__topic" if is_practice else "revision"
    fragment = is_htmx(request)
    show = chosen_filter(request)
    following = responses[position] if position < len(responses) else None
    notes = annotations.read(attempt, (position, SCRATCHPAD))
    ahead = _question_ahead(following, notes.positions) if fragment and status == 200 and show == ALL else None
    revisions = [row.revision_id for row in (response, ahead) if row]
    all_options = list(Option.objects.filter(revision_id__in=revisions).select_related(related))
    options = [option for option in all_options if option.revision_id == response.revision_id]
    # An exam that was started after the practice hides the questions that they share.
    hidden = practice.hidden_questions(access.sitter_or_404(request)) if is_practice else frozenset()
    if is_practice:
        response.revision = options[0].revision
    is_hidden = is_practice and response.revision.question_id in hidden
    can_check = attempt.feedback == "each" and not is_hidden and response.revealed_at is None
    checking = checking and can_check
    if checking and response.ticked.bit_count() != response.choose:
        checking = False
        notice = notice or choose_first(response.choose)
    verdicts = is_practice and not hidden  # no answer sheet says anything about a question of an open exam
    sheet = AnswerSheet(disclosure.cells(responses, position, noted=notes.noted, verdicts=verdicts), show)
    card = disclosure.card(attempt, response, options, open_questions=hidden)
    note, scratchpad = notes.at(position), notes.at(SCRATCHPAD)
    is_solved = is_practice and card.solution
    cards = repetition.current_cards(attempt.candidate_id, response.revision.question_id) if is_solved else []
    context = _shared_context(attempt, now) | {
        "sheet": sheet,
        "exam": attempt.form.blueprint.exam,
        "card": card if unsaved is None else card.with_ticks(unsaved),
        "is_hidden": is_hidden,
        "can_check": can_check,
        "checking": checking,
        "is_last": position == sheet.total,
        "comes_back": comes_back(cards[0].due if cards else None, now),
        "notice": notice,
        "refused": refused,
        "unsaved": unsaved,
        "refused_letters": ", ".join(option.letter for option in card.options if (refused or 0) >> option.bit & 1),
        "stored_letters": ", ".join(option.letter for option in card.options if option.ticked),
        "note": note,
        "note_digest": tools.digest(note.text),
        "highlights": json.dumps(note.highlights),
        "scratchpad": scratchpad,
        "scratchpad_digest": tools.digest(scratchpad.text),
        "seconds": response.seconds,
        "preferences": attempt.candidate.preferences,
    }
    if ahead:
        options_ahead = [option for option in all_options if option.revision_id == ahead.revision_id]
        ahead.revision = options_ahead[0].revision
        if ahead.revision.question_id not in hidden:
            card_ahead = disclosure.card(attempt, ahead, options_ahead, open_questions=hidden)
            context["question_ahead"] = _html_ahead(request, context, card_ahead)
    template = "exams/attempt/room.html#paper" if fragment else "exams/attempt/room.html"
    page = render(request, template, context, status=status)
    if fragment:
        page["HX-Push-Url"] = address("question", attempt, position, show=show, checking=checking)
        page["HX-Retarget"], page["HX-Reswap"] = "#room", "outerHTML"
    return page


def _whole(row: Any) -> Response:
    """Return a row of the sheet as a response."""
    return row if isinstance(row, Response) else Response.from_db(None, SHEET_FIELDS, row)


def _question_ahead(following: Any, notes: Collection[int]) -> Response | None:
    """Return the next question if it was never shown: it has no answer, note or solution that could be outdated.

    The script of the room shows it without waiting for the server. It counts as shown once the script saves or
    leaves it, as any question does.
    """
    return _whole(following) if following and _is_new(following, notes) else None


def _is_new(row: Any, notes: Collection[int]) -> bool:
    return not (row.first_shown or row.version or row.position in notes)


def _shared_context(attempt: Attempt, now: datetime) -> dict[str, Any]:
    """Return what the forms of all questions of an attempt show."""
    return {
        "attempt": attempt,
        "is_practice": attempt.mode == Mode.PRACTICE,
        "total": attempt.form.n_scored + attempt.form.n_unscored,
        "clock": Clock.at(now, attempt),
        "max_note_chars": annotations.MAX_NOTE_CHARS,
        "guest_code": candidates.shown_guest_code(attempt.candidate),
    }


def rest_of_page(
    request: HttpRequest, attempt: Attempt, position: int, since: datetime, now: datetime
) -> HttpResponse | None:
    """Render what a page lacks that shows this question already, because it came ahead: the question after it.

    The cells of the answer sheet are those of the answers that were saved after `since`. Return None if another window
    has opened this question, so that the page must show it as stored. Of practice, whose cells have verdicts and whose
    questions may be hidden, a page always gets all.
    """
    if attempt.mode == Mode.PRACTICE:
        return None
    needed = Q(position__in=(position, position + 1)) | Q(saved_at__gt=since)
    rows = Response.objects.filter(needed, attempt=attempt).order_by("position")
    responses = list(rows.values_list(*SHEET_FIELDS, named=True))
    notes = annotations.read(attempt)
    by_position = {row.position: row for row in responses}
    if position not in by_position or not _is_new(by_position[position], notes.positions):
        return None
    changed = [row for row in responses if row.first_shown]
    changed_cells = disclosure.cells(changed, noted=notes.noted)
    context = _shared_context(attempt, now) | {"position": position, "changed": AnswerSheet(changed_cells)}
    if ahead := _question_ahead(by_position.get(position + 1), notes.positions):
        options = list(Option.objects.filter(revision_id=ahead.revision_id).select_related("revision"))
        ahead.revision = options[0].revision
        context["question_ahead"] = _html_ahead(request, context, disclosure.card(attempt, ahead, options))
    return render(request, "exams/attempt/_rest_of_page.html", context)


def _html_ahead(request: HttpRequest, context: dict[str, Any], card: Card) -> SafeString:
    """Render the form of a question that was never shown, without the tools and the answer sheet of the page."""
    attempt = context["attempt"]
    blank = {
        "is_ahead": True,
        "card": card,
        "is_hidden": False,
        "can_check": attempt.feedback == "each",
        "checking": False,
        "is_last": card.position == context["total"],
        "notice": "",
        "refused": None,
        "unsaved": None,
        "note": NoteContent(),
        "note_digest": tools.digest(""),
        "highlights": "{}",
        "seconds": 0,
    }
    return render_to_string("exams/attempt/room.html#paper", context | blank, request)


def comes_back(due: datetime | None, now: datetime) -> str:
    """Return in words when the question is repeated, "" for one that was never missed."""
    if due is None:
        return ""
    days = (timezone.localdate(due) - timezone.localdate(now)).days
    if days < 1:
        return _("This question comes back today.")
    if days == 1:
        return _("This question comes back tomorrow.")
    return _("This question comes back in %(n)d days.") % {"n": days}


def choose_first(choose: int) -> str:
    """Return the sentence for an incomplete answer that is to be checked."""
    return ngettext(
        "Choose %(n)d option, then check your answer.", "Choose %(n)d options, then check your answer.", choose
    ) % {"n": choose}
