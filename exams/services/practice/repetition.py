"""The writer of RepetitionCard beside `study_state`: when a candidate is shown a question again.

The library `fsrs` schedules. An answer that was wrong, a guess or unsure makes a card, and each later answer reviews
it: a right one as hard if the candidate was not sure, else as good, or as easy. Answers are read from the responses: a
card says up to which answer it is up to date, so nothing has to be written when an exam ends. What is written then,
pages need not compute again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache

import fsrs
from django.db import models

from exams.models import Attempt, Candidate, RepetitionCard, Response, ScheduledCard
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.people import candidates
from exams.services.practice.study_days import day_start
from exams.services.progress.answers import Answer, past_answers
from exams.services.progress.driver_rows import driver_rows, moment
from exams.services.results.missed import counted_responses
from questions.services import jobs
from questions.services.key_changes import PublishedKeyChange, published_key_changes

SURE = Response.Confidence.SURE
DOUBTS = Response.Confidence.GUESS, Response.Confidence.UNSURE
FIELDS = ("state", "step", "stability", "difficulty", "due", "last_review")


def due_times(candidate: Candidate, answers: Sequence[Answer], zone: tzinfo | None = None) -> dict[int, datetime]:
    """Return when each question with a card is due: three queries, two more after a key has changed.

    `answers` are all `past_answers` of the candidate. What may be asked now is for the caller to say.
    """
    cards = driver_rows(
        RepetitionCard.objects.filter(candidate=candidate).values_list("question", "due", "last_review")
    )
    due = {question: moment(at) for question, at, _last_review in cards}
    last_reviews = {question: at and moment(at) for question, _due, at in cards}
    return due | {
        question: card.due for question, card in _updated_cards(candidate.pk, answers, last_reviews, zone).items()
    }


def due_by(end: datetime, times: Mapping[int, datetime]) -> list[int]:
    """Return the questions due before a moment, the one due longest ago first."""
    return [question for _at, question in sorted((at, question) for question, at in times.items() if at < end)]


def update_cards(candidate: int, questions: Collection[int] | None = None, zone: tzinfo | None = None) -> None:
    """Write the cards that are not up to date, of these questions if given: five queries and one upsert.

    May run twice, also at the same time. `zone` is that of the reader, that of the server if nobody knows it.
    """
    last_reviews = _cards(candidate, questions).values_list("question", "last_review")
    cards = _updated_cards(candidate, past_answers(candidate, questions), dict(last_reviews), zone)
    for card in cards.values():
        card.pk = None  # the upsert goes by candidate and question
    if cards:
        rows = [cards[question] for question in sorted(cards)]  # in one order, so that two requests cannot deadlock
        RepetitionCard.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["candidate", "question"], update_fields=FIELDS
        )


def rebuild_cards(candidate: int, questions: Collection[int]) -> None:
    """Make the cards of these questions again: an answer that they were made of counts no longer."""
    _cards(candidate, questions).delete()
    update_cards(candidate, questions, candidates.zone_of(candidate))


def remove_uncounted(work: jobs.Work) -> None:
    """Remove the cards of questions of which no answer counts: former releases made some of what was only shown.

    A job, requested once by a migration. Cards that answers make again come back by themselves.
    """
    for candidate in RepetitionCard.objects.order_by("candidate").values_list("candidate", flat=True).distinct():
        counted = counted_responses([candidate]).values("revision__question")
        RepetitionCard.objects.filter(candidate=candidate).exclude(question__in=counted).delete()
        work.advance()


def update_cards_after(attempt: int) -> None:
    """Write the cards of a candidate who comes back, after an exam: then pages have few answers to add to them.

    A first exam is left to the first repetition, since many candidates take one exam only.
    """
    owners = Attempt.objects.filter(pk=attempt).values("candidate")
    earlier = Attempt.objects.filter(candidate__in=owners).exclude(pk=attempt)
    if candidate := earlier.values_list("candidate", flat=True).first():
        update_cards(candidate, zone=candidates.zone_of(candidate))


def disclosed_cards(candidate: Candidate, beside: Collection[int] = ()) -> list[RepetitionCard]:
    """Return the current cards without those of questions in open exams: that there is one tells how it was answered.

    The exams are those of the candidate and of `beside` (the guest of the same browser). Six queries, more while an
    exam is open.
    """
    hidden = hidden_from([candidate.pk, *beside])
    return [card for card in current_cards(candidate.pk) if card.question_id not in hidden]


def current_cards(
    candidate: int, questions: Collection[int] | None = None, zone: tzinfo | None = None
) -> list[RepetitionCard]:
    """Return the cards as all answers so far make them, of these questions if given, without a write.

    Sorted by the day they are due; `zone` as for `update_cards`. At most five queries.
    """
    stored = {card.question_id: card for card in _cards(candidate, questions)}
    last_reviews = {key: card.last_review for key, card in stored.items()}
    cards = stored | _updated_cards(candidate, past_answers(candidate, questions), last_reviews, zone)
    return sorted(cards.values(), key=lambda card: (card.due, card.question_id))


def _cards(candidate: int, questions: Collection[int] | None) -> models.QuerySet[RepetitionCard]:
    cards = RepetitionCard.objects.filter(candidate=candidate)
    return cards if questions is None else cards.filter(question__in=questions)


def review(
    card: RepetitionCard, *, correct: bool, confidence: int | None, at: datetime, zone: tzinfo | None = None
) -> None:
    """Schedule the card of a question after an answer, without a write."""
    schedule(card, rating(correct=correct, confidence=confidence), at, zone)


def schedule(card: ScheduledCard, score: fsrs.Rating, at: datetime, zone: tzinfo | None = None) -> None:
    """Schedule a card, without a write: as the library does it with this rating at this time.

    A card that is due later today in the `zone` is reviewed as if it were due already: the library counts whole days of
    24 hours, and somebody who studies a little earlier each day would be shown the same cards every day.
    """
    is_due_today = card.last_review and at < card.due < day_start(at, zone, days=1)
    reviewed_at = card.due if is_due_today else at
    before = fsrs.Card(
        card_id=0,  # of no meaning here; without one the library waits to make one
        state=fsrs.State(card.state),
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=card.last_review,
    )
    after, _log = _scheduler().review_card(before, score, reviewed_at.astimezone(UTC))
    card.state, card.step = after.state.value, after.step
    card.stability, card.difficulty = after.stability, after.difficulty
    card.due, card.last_review = after.due, at


def rating(*, correct: bool, confidence: int | None) -> fsrs.Rating:
    """Return how well a question was remembered. Exams do not ask how sure the candidate is."""
    if not correct:
        return fsrs.Rating.Again
    if confidence in DOUBTS:
        return fsrs.Rating.Hard
    return fsrs.Rating.Easy if confidence == SURE else fsrs.Rating.Good


def comes_back(answer: Answer) -> bool:
    """Return whether an answer makes its question come back on the next day: it was wrong, a guess, or unsure."""
    return not answer.correct or answer.confidence in DOUBTS


@cache
def _scheduler() -> fsrs.Scheduler:
    """Return the scheduler with the parameters of the library, in whole days and without chance."""
    return fsrs.Scheduler(enable_fuzzing=False, learning_steps=(), relearning_steps=())


def _updated_cards(
    candidate: int, past: Iterable[Answer], last_reviews: Mapping[int, datetime | None], zone: tzinfo | None
) -> dict[int, RepetitionCard]:
    """Return the cards that a new answer or another key changes, as they have to be now: two queries.

    `past` are all disclosed answers, `last_reviews` say of each card up to which of them it is up to date; of
    some questions, or of all.
    """
    answers = _new_answers(past, last_reviews)
    answered = {answer.question for answer in answers}
    reviewed = {question: at for question, at in last_reviews.items() if at}
    changes = published_key_changes(reviewed | dict.fromkeys(answered))
    own = RepetitionCard.objects.filter(candidate=candidate, question__in=answered.union(changes))
    cards = {card.question_id: card for card in own}
    updated = {question: card for question, card in cards.items() if _reset(card, changes)}
    for answer in answers:
        change = changes.get(answer.question)
        if change and answer.revision < change.revision:
            continue
        card = cards.get(answer.question)
        if card is None:
            if not comes_back(answer):
                continue
            card = RepetitionCard(candidate_id=candidate, question_id=answer.question, due=answer.at)
            cards[answer.question] = card
        review(card, correct=answer.correct, confidence=answer.confidence, at=answer.at, zone=zone)
        updated[answer.question] = card
    return updated


def _new_answers(past: Iterable[Answer], last_reviews: Mapping[int, datetime | None]) -> list[Answer]:
    """Return the answers that the cards do not include yet, in their order.

    Those to a question without a card are included only if one of them makes it come back.
    """
    new, missed = [], set(last_reviews)
    for answer in past:
        last_review = last_reviews.get(answer.question)
        if last_review is None or last_review < answer.at:
            new.append(answer)
            if comes_back(answer):
                missed.add(answer.question)
    return [answer for answer in new if answer.question in missed]


def _reset(card: RepetitionCard, changes: Mapping[int, PublishedKeyChange]) -> bool:
    """Make the card a new one, due at once, if the key has changed since its last review. Return whether it has."""
    change = changes.get(card.question_id)
    if change is None or card.last_review is None or card.last_review >= change.at:
        return False
    card.state, card.step = RepetitionCard.State.LEARNING, None
    card.stability = card.difficulty = card.last_review = None
    card.due = change.at
    return True
