"""The only writer of RaterRating. The rating of a question is the mean of its raters, a half rounded up."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from questions.content.schema import ASKABLE_STATUSES, MAX_LIVE_RATING, MIN_LIVE_RATING, is_live_rating
from questions.models import History, Question, RaterRating, User
from questions.models.question import rating_known
from questions.services import question_rows
from questions.services.authorship import APPROVE
from questions.services.bank_version import raise_bank_version
from questions.services.errors import RefusedError
from questions.services.history import record_all


@dataclass(frozen=True, slots=True)
class RatingChange:
    """The rating of a question after one rater has given a value, in percent.

    A value that `waits` is stored and does not count before a reviewer rates the question.
    """

    question: Question
    value: int
    rating: int | None
    raters: int
    waits: bool = False

    @property
    def possible(self) -> bool:
        """Whether candidates may still meet the question with this rating."""
        return self.question.status not in ASKABLE_STATUSES or is_live_rating(self.rating)


def mean_half_up(values: Sequence[int]) -> int:
    """Return the mean of whole numbers as a whole number, a half rounded up."""
    return (2 * sum(values) + len(values)) // (2 * len(values))


def values_by_rater(questions: Iterable[int]) -> dict[int, dict[int, int]]:
    """Return the values of each question, by key of the rater."""
    values: dict[int, dict[int, int]] = defaultdict(dict)
    ratings = RaterRating.objects.filter(question__in=list(questions))
    for question, rater, value in ratings.values_list("question", "rater", "value"):
        values[question][rater] = value
    return values


def rating_change(question: Question, value: int, values: Mapping[int, int], by: User) -> RatingChange | None:
    """Return the rating with this user's value among the others; None if nothing changes.

    Of a question that candidates meet, only reviewers change the rating: the pass mark of new exams depends on it.
    """
    if question.status in ASKABLE_STATUSES and not by.has_perm(APPROVE):
        waiting = RatingChange(question, value, question.rating, question.raters, waits=True)
        return None if values.get(by.pk) == value else waiting
    all_values = {**values, by.pk: value}
    rating, raters = mean_half_up(list(all_values.values())), len(all_values)
    unchanged = (rating, raters) == (question.rating, question.raters) and values.get(by.pk) == value
    return None if unchanged else RatingChange(question, value, rating, raters)


@transaction.atomic
def rate(questions: Collection[Question], value: int, *, now: datetime.datetime, by: User) -> bool:
    """Set one user's rating, in percent, on all questions or none. Return whether it waits for a reviewer.

    Raises RefusedError for a value out of bounds, and if a live question would get a rating it must not have.
    """
    if not 1 <= value <= 99:
        raise RefusedError(_("A rating is a whole percentage from 1 to 99."))
    keys = [question.pk for question in questions]
    rows = question_rows.lock_by_key(keys)
    values = values_by_rater(keys)
    changes = [change for row in rows.values() if (change := rating_change(row, value, values[row.pk], by))]
    if not all(change.possible for change in changes):
        bounds = {"least": MIN_LIVE_RATING, "most": MAX_LIVE_RATING}
        raise RefusedError(_("Candidates get this question. Its rating must stay from %(least)d to %(most)d.") % bounds)
    if write_ratings(changes, now=now, by=by):
        raise_bank_version()
    for question in questions:
        question.rating, question.raters = rows[question.pk].rating, rows[question.pk].raters
    return any(change.waits for change in changes)


def write_ratings(changes: Collection[RatingChange], *, now: datetime.datetime, by: User) -> bool:
    """Write one user's ratings, the ratings of the questions, and history. Return whether any question's changed.

    The caller holds the locks of the questions, and raises the version of the bank.
    """
    RaterRating.objects.bulk_create(
        (RaterRating(question=change.question, rater=by, value=change.value) for change in changes),
        update_conflicts=True, unique_fields=["question", "rater"], update_fields=["value"],
    )  # fmt: skip
    groups: dict[tuple[int | None, int], list[int]] = defaultdict(list)
    entries = []
    for change in changes:
        before = {"rating": change.question.rating, "raters": change.question.raters}
        after = {"rating": change.rating, "raters": change.raters}
        if change.waits:
            proposal = {"rating": change.value}
            entries.append(History(question=change.question, at=now, by=by, action="rating proposed", after=proposal))
        elif before != after:
            entries.append(History(question=change.question, at=now, by=by, action="rated", before=before, after=after))
            groups[change.rating, change.raters].append(change.question.pk)
            change.question.rating, change.question.raters = change.rating, change.raters
    question_rows.set_ratings(groups)
    record_all(entries)
    return bool(groups)


def knows_rating(user: User, question: Question) -> bool:
    """Return whether a user may see the rating; with an unpublished wording, only after rating it."""
    return Question.objects.filter(rating_known(user.pk), pk=question.pk).exists()


def rated_at(question: Question) -> datetime.datetime | None:
    """Return when raters last changed the rating; None if it came with a file."""
    if not question.raters:
        return None
    return question.history.filter(action="rated").values_list("at", flat=True).first()
