"""The writer of FlashCard beside `study_state`: when a candidate is shown a flash card again.

The same scheduler as that of questions, but the candidate rates the card: 1 (again) to 4 (easy), as `fsrs.Rating` does.
A card that was not known comes back in the same session. The last ratings can be taken back.
"""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

import fsrs
from django.db import IntegrityError, transaction

from exams.models import Candidate, FlashCard, Response, Star
from exams.services.practice.flash_decks import Key
from exams.services.practice.repetition import FIELDS, schedule
from exams.services.results.missed import newest_answers
from exams.services.results.review import REVISION_TEXTS

RATINGS = tuple(fsrs.Rating)
DAY = timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=10)
UNDO_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Returns:
    """How many rated cards of a deck come back, other than today."""

    tomorrow: int
    in_a_week: int  # after tomorrow
    later: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The cards of a deck that are shown today: the `due`, the longest due first, the `new` ones, then those `again`.

    `new` are no more than are left of the new cards of today; `unseen` are all that were never rated.
    """

    due: tuple[Key, ...]
    new: tuple[Key, ...]
    again: tuple[Key, ...]
    unseen: int
    total: int
    returns: Returns

    @property
    def keys(self) -> tuple[Key, ...]:
        return (*self.due, *self.new, *self.again)

    @property
    def n_due(self) -> int:
        return len(self.due) + len(self.again)


def rated_cards(candidate: Candidate | None, exam: str) -> dict[Key, FlashCard]:
    """Return the cards of an exam that a candidate has rated: one query."""
    rows = FlashCard.objects.filter(candidate=candidate, exam=exam) if candidate else ()
    return {(row.kind, row.name): row for row in rows}


def rated_today(rated: Mapping[Key, FlashCard], now: datetime, zone: tzinfo) -> tuple[int, int]:
    """Return how many cards were rated on this day in the zone of the reader, and how many of them were new."""
    today = now.astimezone(zone).date()
    rows = [card for card in rated.values() if card.last_review.astimezone(zone).date() == today]
    return len(rows), sum(card.first_review.astimezone(zone).date() == today for card in rows)


def queue(keys: Iterable[Key], rated: Mapping[Key, FlashCard], now: datetime, zone: tzinfo, n_new: int) -> Queue:
    """Return which cards of a deck are shown on this day in the zone of the reader, at most `n_new` of them new."""
    keys = list(keys)
    today = now.astimezone(zone).date()
    cards = {key: rated[key] for key in keys if key in rated}
    days = {key: (card.due.astimezone(zone).date() - today).days for key, card in cards.items()}
    of_today = sorted((key for key, day in days.items() if day <= 0), key=lambda key: cards[key].due)
    again = [
        key for key in of_today if cards[key].due > now and cards[key].last_review.astimezone(zone).date() == today
    ]
    unseen = [key for key in keys if key not in cards]
    return Queue(
        due=tuple(key for key in of_today if key not in again),
        new=tuple(unseen[:n_new]),
        again=tuple(again),
        unseen=len(unseen),
        total=len(keys),
        returns=Returns(
            tomorrow=sum(day == 1 for day in days.values()),
            in_a_week=sum(1 < day <= 7 for day in days.values()),
            later=sum(day > 7 for day in days.values()),
        ),
    )


def intervals(card: FlashCard | None, now: datetime, zone: tzinfo | None = None) -> list[tuple[int, timedelta]]:
    """Return each rating with the time after which the card would come back: minutes, or whole days."""
    found = []
    for score in RATINGS:
        after = _rated(card or FlashCard(due=now), score, now, zone).due - now
        found.append((score.value, after if after < DAY else max(DAY, round(after / DAY) * DAY)))
    return found


def _rated(card: FlashCard, score: fsrs.Rating, now: datetime, zone: tzinfo | None) -> FlashCard:
    rated = copy(card)
    schedule(rated, score, now, zone)
    if score is fsrs.Rating.Again:
        rated.due = now + AGAIN_AFTER
    return rated


def version_of(card: FlashCard | None) -> str:
    """Return what a page names as the state that it shows: when the card was last rated, empty if never."""
    return card.last_review.isoformat() if card else ""


def rate(
    candidate: Candidate,
    exam: str,
    key: Key,
    rating: int,
    version: str,
    now: datetime,
    zone: tzinfo | None = None,
) -> bool:
    """Store a rating. Return False, without a change, if the card was rated elsewhere since its page was loaded."""
    card = _card(candidate, exam, key)
    if version != version_of(card):
        return False
    kind, name = key
    new = FlashCard(candidate=candidate, exam=exam, kind=kind, name=name, due=now, first_review=now)
    rated = _rated(card or new, fsrs.Rating(rating), now, zone)
    if card:
        before = {field: _in_json(getattr(card, field)) for field in FIELDS}
        return _change(card, {field: getattr(rated, field) for field in FIELDS} | {"before": before})
    try:
        with transaction.atomic():
            rated.save(force_insert=True)
    except IntegrityError:  # the same card in another browser was faster
        return False
    return True


def last_rated(rated: Iterable[FlashCard], now: datetime) -> FlashCard | None:
    """Return the card of which the last rating can be taken back: that rated last, in the last hour."""
    card = max(rated, key=lambda card: card.last_review, default=None)
    return card if card and now - card.last_review < UNDO_WITHIN and _can_be_undone(card) else None


def undo(candidate: Candidate, exam: str, key: Key, version: str) -> bool:
    """Take back the last rating of a card. Return False, without a change, if there is none, or it is not the last."""
    card = _card(candidate, exam, key)
    if card is None or version != version_of(card) or not _can_be_undone(card):
        return False
    if card.before is None:
        return bool(FlashCard.objects.filter(pk=card.pk, last_review=card.last_review).delete()[0])
    times = {field: datetime.fromisoformat(card.before[field]) for field in ("due", "last_review")}
    return _change(card, card.before | times | {"before": None})


def _can_be_undone(card: FlashCard) -> bool:
    return card.before is not None or card.first_review == card.last_review


def _card(candidate: Candidate, exam: str, key: Key) -> FlashCard | None:
    kind, name = key
    return FlashCard.objects.filter(candidate=candidate, exam=exam, kind=kind, name=name).first()


def _change(card: FlashCard, fields: Mapping[str, Any]) -> bool:
    """Store fields of a card unless it was rated meanwhile. Return whether they are stored."""
    return bool(FlashCard.objects.filter(pk=card.pk, last_review=card.last_review).update(**fields))


def _in_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def starred_responses(candidates: Collection[int], exam: str) -> dict[str, Response]:
    """Return the newest counted response to each starred question that an exam asked, by the code of the question.

    Each has its attempt, and its revision without texts. The caller leaves out what may not be disclosed now. Three
    queries, one without a star.
    """
    starred = Star.objects.filter(candidate__in=candidates)
    questions = list(starred.values_list("question", flat=True))
    if not questions:
        return {}
    newest = newest_answers(candidates).filter(revision__question__in=questions).values_list("pk", flat=True)
    rows = Response.objects.filter(pk__in=list(newest))
    rows = rows.select_related("revision__question", "attempt__form__blueprint")
    rows = rows.defer(*REVISION_TEXTS, "attempt__form__plan").order_by("revision__question__code")
    return {row.revision.question.code: row for row in rows if row.attempt.form.blueprint.exam.syllabus_code == exam}
