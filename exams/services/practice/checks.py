"""Store what a candidate has done, in an exam or in practice, where an answer can be checked against its solution."""

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, tzinfo
from uuid import UUID

from django.db import transaction

from exams.services.attempt import seats, sync
from exams.services.attempt.answering import ResponseChange, SaveOutcome, Sitter
from exams.services.attempt.sync import Event, SyncResult
from exams.services.practice import practice, repetition, study_marks
from exams.services.practice.practice import Check


def store(
    uuid: UUID,
    sitter: Sitter,
    events: Sequence[Event],
    now: datetime,
    *,
    moves: bool = True,
    zone: tzinfo | None = None,
) -> SyncResult:
    """Store a batch as `sync.store` does, in one transaction, and reveal the solutions of the answers to be checked.

    The cards of their questions are written afterwards, so that nobody waits for it: what is missing, pages add.
    Their days are those of the reader's `zone`.
    """
    revealed: dict[int, int] = {}
    more = any(event.sure is not None or event.star is not None for event in events)
    with transaction.atomic() if more else nullcontext():
        stored = sync.store(uuid, sitter, events, now, moves=moves)
        checks = {
            change.position: Check(change.answer.mask, event.sure or None)  # the last one of a question counts
            for event, result in zip(events, stored.results, strict=True)
            if event.sure is not None and result.ok
            if isinstance(change := event.change, ResponseChange) and change.answer
        }
        if checks:
            revealed = practice.reveal(uuid, sitter, checks, now)
        stars = {
            event.change.position: event.star  # the last one of a question counts
            for event, result in zip(events, stored.results, strict=True)
            if event.star is not None and result.ok and isinstance(event.change, ResponseChange)
        }
        if stars:
            starred = study_marks.star_solutions(uuid, sitter.candidate_id, stars, now)
            refused = {position for position in stars if position not in starred}
            stored = _without_stars(stored, events, refused)
    if revealed:
        repetition.update_cards(sitter.candidate_id, set(revealed.values()), zone)
    return stored


def _without_stars(stored: SyncResult, events: Sequence[Event], refused: set[int]) -> SyncResult:
    """Return the result with the stars of these questions refused."""
    results = [
        replace(result, outcome=SaveOutcome.REFUSED)
        if event.star is not None and isinstance(event.change, ResponseChange) and event.change.position in refused
        else result
        for event, result in zip(events, stored.results, strict=True)
    ]
    return replace(stored, results=results)


def store_last_request(uuid: UUID, sitter: Sitter, events: Sequence[Event], now: datetime, address: str) -> bool | None:
    """Store what a browser had not sent when another took over, as `seats.take_last_request` does.

    Where the exam is stays the choice of the browser that writes now.
    """
    positions = [event.change.position for event in events if isinstance(event.change, ResponseChange)]

    def write(seated: Sitter, answered: Collection[int]) -> bool:
        kept = [_without_answer(event, answered) for event in events]
        return store(uuid, seated, kept, now, moves=False).ok and kept == list(events)

    return seats.take_last_request(uuid, sitter, positions[-1] if positions else 1, now, write, address)


def _without_answer(event: Event, answered: Collection[int]) -> Event:
    """Return the event without its answer, if that is to one of the questions that were answered elsewhere."""
    change = event.change
    if isinstance(change, ResponseChange) and change.answer and change.position in answered:
        return replace(event, change=replace(change, answer=None))
    return event
