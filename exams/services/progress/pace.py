"""Read how a candidate uses the time of an exam: pace, slow questions, the last minutes, and changed answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from exams.models import Response
from exams.services.attempt.trail import answers as given_answers
from exams.services.progress.trend import ScoredExam
from exams.services.results.slow_questions import share, slow_seconds

RECENT_EXAMS = 5  # habits of long ago say little
RUSH = timedelta(minutes=5)  # before the deadline


@dataclass(frozen=True, slots=True)
class AnswerChanges:
    """Answers that were complete, then replaced: how often from right to wrong, back, and from wrong to wrong."""

    right_to_wrong: int = 0
    wrong_to_right: int = 0
    wrong_to_wrong: int = 0

    @property
    def total(self) -> int:
        return self.right_to_wrong + self.wrong_to_right + self.wrong_to_wrong


@dataclass(frozen=True, slots=True)
class Pace:
    """The time use of the newest exam, and of the recent ones together.

    `elapsed` has the minutes after which each question of the newest exam was first shown, in that order, and last the
    minutes at the end. `rushed` questions were first shown in the last minutes before the deadline.
    """

    exams: int
    elapsed: list[float]
    minutes: float
    budget_seconds: int
    slow: int
    slow_wrong: int
    timed: int
    rushed: int
    rushed_right: int
    not_shown: int
    changes: AnswerChanges

    @property
    def used(self) -> int:
        """The minutes used in the newest exam."""
        return round(self.elapsed[-1])


def pace(exams: Sequence[ScoredExam], hidden: Collection[int] = ()) -> Pace | None:
    """Return the figures of the newest of these exams, in the order of time: one query. None without an exam.

    `hidden` questions, those of open exams, are in no count of right or wrong answers: one more query.
    """
    recent = {row.key: row for row in exams[-RECENT_EXAMS:]}
    if not recent:
        return None
    rows = list(
        Response.objects.filter(attempt__in=recent, withdrawn=False)
        .order_by("attempt_id", "position")
        .values_list(
            *("pk", "attempt_id", "first_shown", "seconds", "correct", "ticked", "key", "also", "credited", "choose"),
            "trail",
        )
    )
    in_recent = Response.objects.filter(attempt__in=recent, revision__question__in=hidden)
    undisclosed = set(in_recent.values_list("pk", flat=True)) if hidden else ()
    shares = {key: share(row.deadline - row.started_at, row.questions) for key, row in recent.items()}
    newest = exams[-1]
    shown = sorted(
        (first_shown - newest.started_at).total_seconds() / 60
        for _pk, attempt, first_shown, *_ in rows
        if attempt == newest.key and first_shown
    )
    slow = slow_wrong = timed = rushed = rushed_right = not_shown = 0
    changes = []
    for pk, attempt, first_shown, seconds, correct, ticked, key, also, credited, choose, trail in rows:
        if first_shown is None:
            not_shown += 1
        if pk in undisclosed:
            continue
        if first_shown and first_shown > recent[attempt].deadline - RUSH:
            rushed += 1
            rushed_right += correct
        if seconds:
            timed += 1
            if seconds > slow_seconds(shares[attempt]):
                slow += 1
                slow_wrong += not correct
        # Most trails have one step.
        if not credited and trail.count(";") > 1 and (given := given_answers(trail, choose, ticked)):
            changes.append((given[0], ticked, (key, also)))
    end = (newest.submitted_at - newest.started_at).total_seconds() / 60
    return Pace(
        exams=len(recent),
        elapsed=[*shown, end],
        minutes=(newest.deadline - newest.started_at).total_seconds() / 60,
        budget_seconds=round(shares[newest.key]),
        slow=slow,
        slow_wrong=slow_wrong,
        timed=timed,
        rushed=rushed,
        rushed_right=rushed_right,
        not_shown=not_shown,
        changes=answer_changes(changes),
    )


def answer_changes(answers: Iterable[tuple[int, int, tuple[int, int]]]) -> AnswerChanges:
    """Count the changes between first and last answers, with the keys of each (0: no second key)."""
    counts = {(True, False): 0, (False, True): 0, (False, False): 0, (True, True): 0}
    for first, last, keys in answers:
        if first != last:
            counts[first in keys, last in keys and last != 0] += 1
    return AnswerChanges(counts[True, False], counts[False, True], counts[False, False])
