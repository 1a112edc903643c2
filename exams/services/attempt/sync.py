"""Store what a browser has queued: a batch of events of one attempt, each of which gets its own outcome.

Each event is an absolute state, so that a repetition changes nothing and the server keeps no numbers of events.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exams.models import Attempt
from exams.services.attempt import annotations, answering
from exams.services.attempt.annotations import NoteContent, NoteEdit
from exams.services.attempt.answering import PostedAnswer, ResponseChange, SaveOutcome, Sitter, StoredAnswer
from exams.services.people import candidates

# Changes of one answer in a batch, each of which costs a statement while others wait; a browser sends one or two.
MAX_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Preference:
    """A reading preference of the candidate, like the text size."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Event:
    """One act of the candidate.

    `visits`: the question was opened, so any browser resumes there; the window shows the version `seen` of its answer.
    `sure` asks for the solution of an answer in practice: 1 to 3, or 0 from a candidate who does not want to be asked.
    `star` stars a question whose solution is shown, or takes the star away.
    """

    change: ResponseChange | NoteEdit | Preference
    visits: bool = False
    seen: int | None = None
    sure: int | None = None
    star: bool | None = None


@dataclass(frozen=True, slots=True)
class EventResult:
    """What has become of an event, and what is stored now: the answer or the note that it was about."""

    outcome: SaveOutcome
    answer: StoredAnswer | None = None
    note: NoteContent | None = None

    @property
    def ok(self) -> bool:
        return self.outcome == SaveOutcome.SAVED


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The results in the order of the events, and the attempt: SAVED, MISSING, or ELSEWHERE as a whole."""

    outcome: SaveOutcome
    results: Sequence[EventResult]
    status: str = Attempt.Status.OPEN
    started_at: datetime | None = None
    deadline: datetime | None = None

    @property
    def ok(self) -> bool:
        return self.outcome == SaveOutcome.SAVED and all(result.ok for result in self.results)


def store(uuid: UUID, sitter: Sitter, events: Sequence[Event], now: datetime, *, moves: bool = True) -> SyncResult:
    """Store a batch in one transaction: as many statements as for one event of each kind.

    An event that cannot be stored leaves the others as they are. Without `moves`, visits do not say where any browser
    resumes. What was stored is not stored twice: send a batch again if its result was lost.
    """
    rounds, turns = _rounds(events)
    visited = [event.change.position for event in events if event.visits and isinstance(event.change, ResponseChange)]
    notes = [event.change for event in events if isinstance(event.change, NoteEdit)]
    preferences = {event.change.name: event.change.value for event in events if isinstance(event.change, Preference)}
    current = visited[-1] if visited and moves else None
    statements = len(rounds) + 2 * bool(notes) + bool(preferences)
    with transaction.atomic() if statements > 1 else nullcontext():
        # The candidate is locked before the attempt, as a claim does.
        chosen = candidates.update_preferences(sitter.candidate_id, sitter.epoch, preferences) if preferences else {}
        stored = []
        for changes in rounds:
            stored.append(answering.write(uuid, sitter, changes, now, current=current))
            current = None
        saved_notes = iter(annotations.save_many(uuid, sitter, notes, now) if notes else [])
    results = []
    for event, turn in zip(events, turns, strict=True):
        match event.change:
            case ResponseChange() if turn == MAX_ROUNDS:
                results.append(EventResult(SaveOutcome.REFUSED))
            case ResponseChange() as change:
                answer = stored[turn].get(change.position)
                outcome = answering.outcome(change, answer) if answer else SaveOutcome.MISSING
                results.append(EventResult(outcome, answer=answer))
            case NoteEdit():
                note = next(saved_notes)
                results.append(EventResult(note.outcome, note=note.note))
            case Preference(name, value):
                is_stored = name in chosen and chosen[name] == value
                results.append(EventResult(SaveOutcome.SAVED if is_stored else SaveOutcome.REFUSED))
    return _explained(uuid, sitter, results, now)


def _rounds(events: Iterable[Event]) -> tuple[list[list[ResponseChange]], list[int]]:
    """Return the changes of responses in rounds, and the round of each event. Mostly one round is enough.

    The round MAX_ROUNDS is of events that are refused.
    Changes of one response are merged, as far as one statement can do what they do one after the other.
    """
    by_position: dict[int, list[ResponseChange]] = defaultdict(list)
    turns = []
    for event in events:
        turn = 0
        if isinstance(change := event.change, ResponseChange):
            merged = by_position[change.position]
            if merged and not _conflict(merged[-1], change):
                merged[-1] = _merged(merged[-1], change)
            elif len(merged) < MAX_ROUNDS:
                merged.append(change)
            else:
                turns.append(MAX_ROUNDS)
                continue
            turn = len(merged) - 1
        turns.append(turn)
    longest = max(map(len, by_position.values()), default=0)
    rounds = [[changes[turn] for changes in by_position.values() if turn < len(changes)] for turn in range(longest)]
    return rounds, turns


def _conflict(first: ResponseChange, second: ResponseChange) -> bool:
    """Return whether one statement would not do what both changes do, one after the other.

    An option that is ticked later is no longer struck out; one that is struck out later stays so. The same answer again
    changes nothing but the seconds.
    """
    if second.answer is None or (first.answer and _is_repeated(first.answer, second.answer)):
        return False
    return first.answer is not None or first.struck is not None


def _is_repeated(first: PostedAnswer, second: PostedAnswer) -> bool:
    return replace(first, seconds=0) == replace(second, seconds=0)


def _merged(first: ResponseChange, second: ResponseChange) -> ResponseChange:
    return replace(
        first,
        at=min(first.at, second.at),
        answer=first.answer or second.answer,  # both only if the second repeats the first
        flagged=first.flagged if second.flagged is None else second.flagged,
        struck=first.struck if second.struck is None else second.struck,
        seconds=max(first.seconds, second.seconds, second.answer.seconds if second.answer else 0),
        entered=first.entered or second.entered,
    )


def _explained(uuid: UUID, sitter: Sitter, results: list[EventResult], now: datetime) -> SyncResult:
    """Say why events met no question. One query, unless all of them did: then the exam was open."""
    lost = (SaveOutcome.MISSING, SaveOutcome.CLOSED)
    first = next((result.answer for result in results if result.answer), None)
    if first and not any(result.outcome in lost for result in results):
        return SyncResult(SaveOutcome.SAVED, results, Attempt.Status.OPEN, first.started_at, first.deadline)
    allowed = answering.permission(uuid, sitter, now)
    if allowed.outcome in (SaveOutcome.MISSING, SaveOutcome.ELSEWHERE):
        return SyncResult(allowed.outcome, results)
    reason = SaveOutcome.REFUSED if allowed.outcome == SaveOutcome.SAVED else allowed.outcome
    explained = [replace(result, outcome=reason) if result.outcome in lost else result for result in results]
    return SyncResult(SaveOutcome.SAVED, explained, allowed.status, allowed.started_at, allowed.deadline)
