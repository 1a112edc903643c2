"""The results of a sitting: a row for each attempt, and the distribution of the scores."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from exams.models import Attempt, DomainResult, Participant, ScoreReport, Sitting
from exams.psychometrics import precision
from exams.services.classes import participants
from questions.content.blueprint import DomainWeight
from questions.content.typed_numbers import whole_number

NOT_STARTED = "not started"
MAX_BINS = 12
ALL, BEST, LAST = "all", "best", "last"  # attempts


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt of a participant, or a participant without one.

    `percents` has by exam domain the share of right answers, or of the points if the exam is scored in percent.
    """

    name: str
    account: str = ""  # the user name where it is another one
    attempt: Attempt | None = None
    percents: dict[int, int | None] = field(default_factory=dict)
    email: str = ""
    username: str = ""  # of the account, also where it is the name

    @property
    def status(self) -> str:
        return self.attempt.status if self.attempt else NOT_STARTED

    @property
    def score(self) -> int | None:
        return self.attempt.report.scaled if self.attempt and self.attempt.report else None

    @property
    def passed(self) -> bool | None:
        return self.attempt.report.passed if self.attempt and self.attempt.report else None

    @property
    def report(self) -> ScoreReport | None:
        return self.attempt.report if self.attempt else None

    @property
    def points(self) -> int | None:
        """What was earned, in hundredths of a point, of an exam that is scored in percent."""
        return self.report.earned if self.report else None

    @property
    def right(self) -> int | None:
        """The number of scored questions with a right answer."""
        return self.report.raw if self.report else None

    @property
    def time(self) -> timedelta | None:
        """The time from the start to the end; None while the exam is running."""
        ended = self.attempt and self.attempt.submitted_at
        return ended - self.attempt.started_at if self.attempt and ended else None


def shown_domains(sitting: Sitting) -> Sequence[DomainWeight]:
    """Return the exam domains with a column: none where a single one is the whole exam."""
    exam = sitting.blueprint.exam
    return exam.exam_domains if exam.shows_domains else ()


def counted(sitting: Sitting) -> QuerySet[Attempt]:
    """Return the attempts of those who were not removed: what the results are about."""
    people = Participant.objects.present().filter(sitting=sitting, candidate__isnull=False)
    return Attempt.objects.filter(sitting=sitting, candidate__in=people.values("candidate"))


def scores_before_rulings(sitting: Sitting) -> dict[int, ScoreReport]:
    """Return by attempt the last report before rulings have changed its score."""
    ruled = Attempt.objects.filter(pk__in=counted(sitting), report__ruling__isnull=False)
    rows = ScoreReport.objects.filter(attempt__in=ruled, ruling=None).select_related("attempt__report")
    before = {row.attempt_id: row for row in rows.order_by("attempt", "number")}
    return {
        attempt: row
        for attempt, row in before.items()
        if row.attempt.report is not None and row.scaled != row.attempt.report.scaled
    }


def n_removed(sitting: Sitting) -> int:
    """Return how many people the results leave out."""
    return Participant.objects.removed().filter(sitting=sitting).count()


def results(sitting: Sitting) -> list[Result]:
    """Return a row for each attempt, and for each participant without one, by last name: three queries.

    People who were removed have none.
    """
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in counted(sitting).select_related("report").order_by("number"):
        attempts[attempt.candidate_id].append(attempt)
    percents: dict[int, dict[int, int | None]] = defaultdict(dict)
    for domain in DomainResult.objects.filter(report__in=counted(sitting).values("report")):
        percents[domain.report_id][domain.exam_domain] = precision.percent(*domain.part_and_whole) if domain.n else None
    rows = []
    people = Participant.objects.present().filter(sitting=sitting)
    for person in participants.in_order(people.select_related("candidate__user", "entry")):
        own = attempts[person.candidate_id] if person.candidate_id else []
        without = Result(str(person), person.account, email=_email(person), username=person.username)
        rows += [replace(without, attempt=row, percents=percents[row.report_id or 0]) for row in own] or [without]
    return rows


def _email(person: Participant) -> str:
    """Return the address on the list of the class, or else that of the account; "" once the data are deleted."""
    if not person.name:
        return ""
    of_list = person.entry.email if person.entry else ""
    user = person.candidate.user if person.candidate else None
    return of_list or (user.email if user else "")


def counting(rows: Sequence[Result], which: str) -> list[Result]:
    """Return the best or the last attempt of each participant, by score and by number; all rows for another word."""
    if which not in (BEST, LAST):
        return list(rows)

    def rank(row: Result) -> tuple[int, int]:
        number = row.attempt.number if row.attempt else 0
        return (-1 if row.score is None else row.score) if which == BEST else 0, number

    chosen: dict[int, Result] = {}
    for row in rows:
        if row.attempt:
            other = chosen.setdefault(row.attempt.candidate_id, row)
            chosen[row.attempt.candidate_id] = max(other, row, key=rank)
    return [row for row in rows if not row.attempt or chosen[row.attempt.candidate_id] is row]


# By the name in the address of the page; exam domains are 'd' and their number.
_ORDERS: dict[str, Callable[[Result], Any]] = {
    "score": lambda row: row.score,
    "points": lambda row: row.points,
    "right": lambda row: row.right,
    "grade": lambda row: row.score,
    "passed": lambda row: row.passed,
    "time": lambda row: row.time,
    "attempt": lambda row: row.attempt.number if row.attempt else None,
}


def in_order(rows: Sequence[Result], order: str) -> list[Result]:
    """Return rows of `results` in this order, downwards with a leading '-'; rows without a value come last.

    They are in the order of their names before.
    """
    column = order.removeprefix("-")
    if column in _ORDERS:
        value = _ORDERS[column]
    elif column[:1] == "d" and (number := whole_number(column[1:], 0)):

        def value(row: Result) -> Any:
            return row.percents.get(number)

    else:
        return list(rows)[:: -1 if order == "-name" else 1]
    known = sorted((row for row in rows if value(row) is not None), key=value, reverse=order.startswith("-"))
    return known + [row for row in rows if value(row) is None]


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `low` to `high`, both included, and how many attempts have one."""

    low: int
    high: int
    n: int


def distribution(rows: Sequence[Result], sitting: Sitting) -> list[Bin]:
    """Return at most MAX_BINS bins of a round width that cover the scale; none without a score."""
    scale = sitting.blueprint.exam.scale
    scores = [row.score for row in rows if row.score is not None]
    if not scores:
        return []
    widths = (digit * 10**power for power in range(6) for digit in (1, 2, 5))
    width = next(width for width in widths if (scale.max - scale.min) / width <= MAX_BINS)
    first = scale.min // width
    last = max(first, (scale.max - 1) // width)  # the highest score is in the last bin
    counts = Counter(min(score // width, last) for score in scores)
    return [
        Bin(max(scale.min, n * width), scale.max if n == last else (n + 1) * width - 1, counts[n])
        for n in range(first, last + 1)
    ]
