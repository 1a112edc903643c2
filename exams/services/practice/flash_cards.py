"""The writer of FlashCard beside `study_state`: when a candidate is shown a flash card again.

The same scheduler as that of questions, but the candidate rates the card: 1 (again) to 4 (easy), as `fsrs.Rating` does.
"""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import fsrs
from django.db import IntegrityError, transaction

from exams.models import Candidate, FlashCard, Response, Star
from exams.services.practice.repetition import FIELDS, schedule
from exams.services.results.missed import newest_answers
from exams.services.results.review import REVISION_TEXTS

RATINGS = tuple(fsrs.Rating)


@dataclass(frozen=True, slots=True)
class Queue:
    """The names of the cards of a deck that are shown now: `due` the longest due first, then `new` ones."""

    due: tuple[str, ...]
    new: tuple[str, ...]
    total: int
    next_due: datetime | None  # of the others

    @property
    def first(self) -> str | None:
        return next(iter((*self.due, *self.new)), None)


def rated_cards(candidate: Candidate | None, exam: str) -> dict[tuple[str, str], FlashCard]:
    """Return the cards of an exam that a candidate has rated, by kind and name: one query."""
    rows = FlashCard.objects.filter(candidate=candidate, exam=exam) if candidate else ()
    return {(row.kind, row.name): row for row in rows}


def queue(
    kind: str, names: Iterable[str], rated: Mapping[tuple[str, str], FlashCard], now: datetime, zone: tzinfo
) -> Queue:
    """Return which cards of a deck are due on this day in the zone of the reader, and which are new."""
    names = list(names)
    today = now.astimezone(zone).date()
    cards = {name: rated[kind, name] for name in names if (kind, name) in rated}
    due = [name for name, card in cards.items() if card.due.astimezone(zone).date() <= today]
    return Queue(
        due=tuple(sorted(due, key=lambda name: cards[name].due)),
        new=tuple(name for name in names if name not in cards),
        total=len(names),
        next_due=min((card.due for name, card in cards.items() if name not in due), default=None),
    )


def intervals(card: FlashCard | None, now: datetime, zone: tzinfo | None = None) -> list[tuple[int, int]]:
    """Return each rating with the number of days after which the card would come back."""
    days = []
    for score in RATINGS:
        rated = copy(card) if card else FlashCard(due=now)
        schedule(rated, score, now, zone)
        days.append((score.value, max(1, round((rated.due - now) / timedelta(days=1)))))
    return days


def version_of(card: FlashCard | None) -> str:
    """Return what a page names as the state that it shows: when the card was last rated, empty if never."""
    return card.last_review.isoformat() if card else ""


def rate(
    candidate: Candidate,
    exam: str,
    kind: str,
    name: str,
    rating: int,
    version: str,
    now: datetime,
    zone: tzinfo | None = None,
) -> bool:
    """Store a rating. Return False, without a change, if the card was rated elsewhere since its page was loaded."""
    card = FlashCard.objects.filter(candidate=candidate, exam=exam, kind=kind, name=name).first()
    if version != version_of(card):
        return False
    rated = copy(card) if card else FlashCard(candidate=candidate, exam=exam, kind=kind, name=name, due=now)
    schedule(rated, fsrs.Rating(rating), now, zone)
    if card:
        unchanged = FlashCard.objects.filter(pk=card.pk, last_review=card.last_review)
        return bool(unchanged.update(**{field: getattr(rated, field) for field in FIELDS}))
    try:
        with transaction.atomic():
            rated.save(force_insert=True)
    except IntegrityError:  # the same card in another browser was faster
        return False
    return True


def starred_responses(candidates: Collection[int], exam: str) -> dict[str, Response]:
    """Return the newest counted response to each starred question of an exam, by the code of the question.

    Each has its attempt, and its revision without texts. The caller leaves out what may not be disclosed now. Three
    queries, one without a star.
    """
    starred = Star.objects.filter(candidate__in=candidates, question__exam_domain__exam=exam)
    questions = list(starred.values_list("question", flat=True))
    if not questions:
        return {}
    newest = newest_answers(candidates).filter(revision__question__in=questions).values_list("pk", flat=True)
    rows = Response.objects.filter(pk__in=list(newest)).select_related("revision__question", "attempt__form__blueprint")
    rows = rows.defer(*REVISION_TEXTS, "attempt__form__plan").order_by("revision__question__code")
    return {row.revision.question.code: row for row in rows}
