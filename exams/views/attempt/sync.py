"""The endpoint of the room's script: store what the browser has queued, and say what has become of each event."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from exams import access, sessions, theme
from exams.browser_choices import reader_zone
from exams.models import Attempt
from exams.services.attempt import annotations, answering, standing
from exams.services.attempt.annotations import NoteContent, NoteEdit
from exams.services.attempt.answering import SaveOutcome, Sitter
from exams.services.attempt.standing import Standing
from exams.services.attempt.sync import EventResult, Preference, SyncResult
from exams.services.practice import checks
from exams.views.attempt import paper, refusals
from exams.views.attempt.clock import Clock
from exams.views.attempt.events import InvalidBatchError, PostedEvent, parse
from exams.views.attempt.practice_room import choose_first

STORED_PARTS = {"html", "text", "marks"}  # of a reply: they can be long
ENDED = (SaveOutcome.LATE, SaveOutcome.CLOSED)
OTHER_WINDOW = (SaveOutcome.OUTDATED, SaveOutcome.REVEALED)

type Results = list[tuple[PostedEvent, EventResult]]


@never_cache
@require_POST
def sync_attempt(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Store a batch of events in one transaction. Return the outcome of each, and the questions changed elsewhere.

    400, 409, 413 and 415 come with a sentence. Nothing was stored then, except of the first batch of a browser whose
    seat was taken: 409 with `"seat": "stored"`, or `"outdated"` if a part of it was; `"taken"` from then on.
    423 if the exam is paused or held: the browser keeps its queue. Where something was lost, `page` is the page that
    says so: the one that the form without JavaScript shows.
    """
    now = timezone.now()
    sitter = access.sitter_or_404(request)
    try:
        posted = parse(request, now)
    except InvalidBatchError as error:
        access.own_attempt(request, uuid, now, any_seat=True)  # strangers get 404, whatever they send
        return JsonResponse({"message": str(error)}, status=error.status)
    sessions.record_presence(request)  # before this request leaves traces itself
    events = [item.event for item in posted if item.event]
    stored = checks.store(uuid, sitter, events, now, zone=reader_zone(request.COOKIES))
    if stored.outcome in (SaveOutcome.ELSEWHERE, SaveOutcome.MISSING):
        network = sessions.short_address(request)
        return _seat_taken(request, uuid, checks.store_last_request(uuid, sitter, events, now, network), stored)
    if reason := _standing(uuid, sitter, stored, now):
        return refusals.stands(reason)
    results = _by_event(posted, stored)
    request.save_outcomes = [result.outcome.value for _item, result in results]  # type: ignore[attr-defined]  # counted
    response = JsonResponse(_reply(request, uuid, results, stored, now))
    for item, result in results:
        if item.event and isinstance(chosen := item.event.change, Preference) and chosen.name == "theme" and result.ok:
            theme.remember(response, str(chosen.value))
    return response


def _standing(uuid: UUID, sitter: Sitter, stored: SyncResult, now: datetime) -> Standing | None:
    """Return why the exam stands still, if that was the reason for an event not to be stored."""
    if all(result.outcome != SaveOutcome.STANDING for result in stored.results):
        return None
    attempt = answering.sitter_attempt(uuid, sitter).first()
    return standing.reason(attempt, now) if attempt else None


def _by_event(posted: Sequence[PostedEvent], stored: SyncResult) -> Results:
    """Return each event with its result; what could not be read is refused."""
    results = iter(stored.results)
    return [(item, next(results) if item.event else EventResult(SaveOutcome.REFUSED)) for item in posted]


def _seat_taken(request: HttpRequest, uuid: UUID, is_current: bool | None, stored: SyncResult) -> HttpResponseBase:
    """Say that another browser writes, and what became of the last request of this one. Raise for strangers."""
    if is_current is None and stored.outcome == SaveOutcome.MISSING:
        raise access.attempt_not_found(request)
    sentences = {
        True: ("stored", _("This exam continues in another browser. What you had not sent from here is saved.")),
        False: ("outdated", _("This exam continues in another browser. A part of your last changes was not saved.")),
        None: ("taken", _("This exam continues in another browser. Your last change here was not saved.")),
    }
    seat, message = sentences[is_current]
    context = {"uuid": uuid, "is_refused": True, "last_request": is_current}
    page = render_to_string("exams/attempt/seat.html", context, request)
    return JsonResponse({"seat": seat, "message": message, "page": page}, status=409)


def _reply(request: HttpRequest, uuid: UUID, results: Results, stored: SyncResult, now: datetime) -> dict[str, Any]:
    changed = {item.position for item, result in results if result.outcome in OTHER_WINDOW and item.position}
    changed |= _shown_outdated(results)
    checked = {item.position for item, result in results if item.event and item.event.sure is not None and result.ok}
    status, questions = stored.status, {}
    is_overdue = status == Attempt.Status.OPEN and any(result.outcome == SaveOutcome.LATE for _, result in results)
    lost = [(item, result) for item, result in results if result.outcome in ENDED and not _is_visit(item)]
    if changed or checked or is_overdue or lost:
        attempt = access.own_attempt(request, uuid, now)  # closes it if it is overdue
        status = attempt.status
        questions = _questions(request, attempt, now, changed | checked)
    assert stored.started_at
    assert stored.deadline
    clock = Clock(max(now, stored.started_at), stored.deadline)
    reply = {
        "now": clock.now_ms,
        "deadline": clock.deadline_ms,
        "status": status,
        "events": _events(results, questions),
        "changed": [_state(questions[position]) for position in sorted(changed & questions.keys())],
    }
    if lost:
        late_answers = sum(result.outcome == SaveOutcome.LATE and item.answer is not None for item, result in lost)
        context = {"attempt": attempt, "late_answers": late_answers, **_lost(lost)}
        reply["page"] = render_to_string("exams/attempt/answer_closed.html", context, request)
    return reply


def _shown_outdated(results: Results) -> set[int]:
    """Return the questions that a window shows without the answer that another one has saved."""
    answered = {item.position for item, _result in results if item.answer}
    return {
        item.position
        for item, result in results
        if item.event and item.event.seen is not None and result.answer and result.answer.version > item.event.seen
    } - answered


def _lost(lost: Results) -> dict[str, Any]:
    """Return what is said of changes that came after the end: how many, of which questions, texts of notes."""
    changes = [item.event.change for item, _result in lost if item.event]
    notes = [change for change in changes if isinstance(change, NoteEdit) and change.text]
    return {"n_lost": len(lost), "positions": sorted({item.position for item, _ in lost} - {0}), "notes": notes}


def _is_visit(item: PostedEvent) -> bool:
    return bool(item.event and item.event.visits)


def _questions(
    request: HttpRequest, attempt: Attempt, now: datetime, positions: Collection[int]
) -> dict[int, dict[str, Any]]:
    if not positions:
        return {}
    notes = annotations.read(attempt, positions)
    return {row["position"]: row for row in paper.questions(request, attempt, now, notes, positions)}


def _state(question: dict[str, Any]) -> dict[str, Any]:
    """Return what another window may have changed of a question; its HTML only with a solution."""
    return question if question.get("revealed") else {key: value for key, value in question.items() if key != "html"}


def _events(results: Results, questions: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outcome of each event. What is stored of a question is told once, with the first of its events."""
    replies, told = [], set()
    for item, result in results:
        reply = _event(item, result, questions.get(item.position, {}))
        for part in STORED_PARTS & reply.keys():
            if (item.position, part) in told:
                del reply[part]
            told.add((item.position, part))
        replies.append(reply)
    return replies


def _event(item: PostedEvent, result: EventResult, question: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome of an event, with the version that the next one is based on."""
    outcome, message = result.outcome, item.message
    reply: dict[str, Any] = {"id": item.id}
    if result.answer and item.answer:
        reply["version"] = result.answer.version
        if outcome != SaveOutcome.SAVED:
            reply["ticked"] = paper.bits(result.answer.ticked)
    if result.note and outcome in (SaveOutcome.SAVED, SaveOutcome.OUTDATED):
        reply["version"] = result.note.version
        if outcome == SaveOutcome.OUTDATED or _is_changed_elsewhere(item, result.note):
            reply |= {"text": result.note.text, "marks": result.note.highlights}
    if item.answer and question.get("revealed"):  # what a check asks for; any other answer is refused
        outcome = SaveOutcome.REVEALED
        reply |= {"html": question["html"], "verdict": question["verdict"]}
    elif item.event and item.event.sure is not None and result.ok:
        outcome, message = SaveOutcome.REFUSED, _not_checked(item, result)
    message = message or _message(item, result)
    return reply | {"outcome": outcome.value} | ({"message": message} if message else {})


def _is_changed_elsewhere(item: PostedEvent, stored: NoteContent) -> bool:
    """Return whether another window has changed the other part of a note: each change raises the version by one."""
    edit = item.event.change if item.event else None
    return isinstance(edit, NoteEdit) and stored.version > edit.version + 1


def _message(item: PostedEvent, result: EventResult) -> str:
    if result.outcome == SaveOutcome.REFUSED and item.event and isinstance(item.event.change, Preference):
        return _("This setting is not possible and was not saved.")
    if result.outcome == SaveOutcome.REFUSED and item.event and item.event.star is not None:
        return _("A question can be starred when its solution is shown.")
    return refusals.sentence(result, item.n_ticked)


def _not_checked(item: PostedEvent, result: EventResult) -> str:
    """Return why the solution of a stored answer is not shown."""
    if result.answer and item.n_ticked != result.answer.choose:
        return choose_first(result.answer.choose)
    return _("The answer is saved. Its solution cannot be shown now.")
