"""Count how often questions have been drawn, so that no question is worn out and pilots get answers by need.

Each process counts for itself: the newest exams once for each version of the bank, then its own starts at once and
those of other processes once a minute. An exam that is being started at that moment may be missed: it changes little.

Several exams may draw from one collection. How often a question was scored is counted for each exam of its own: if no
question is in more than a quarter of the forms of any exam, none is in more than a quarter of all. The answers to a
pilot count whichever exam asked it, because they decide about it together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from django.db.models import Count, Max, Q, QuerySet

from exams.models import Attempt, Mode, Response
from exams.psychometrics.drawing import Exposures, FormPlan, PoolItem
from questions.models import Blueprint, ItemStatistics

COUNTED_EXAMS = 200  # read when a process begins to count
SECONDS_BETWEEN_READS = 60


@dataclass(slots=True)
class ExposureCounts:
    """Exams drawn, how often each question was scored in them, and the answers to each revision of a pilot."""

    forms: int = 0
    scored: Counter[int] = field(default_factory=Counter)
    pilots: Counter[int] = field(default_factory=Counter)

    @property
    def exposures(self) -> Exposures:
        return Exposures(self.forms, dict(self.scored))  # a copy: another thread may be counting

    def copy(self) -> "ExposureCounts":
        return ExposureCounts(self.forms, self.scored.copy(), self.pilots.copy())

    def add(self, plan: FormPlan, questions: Mapping[int, int]) -> None:
        """Count one more form. `questions` has the question of each revision."""
        self.forms += 1
        for slot in plan.slots:
            if slot.scored:
                self.scored[questions[slot.revision]] += 1
            else:
                self.pilots[slot.revision] += 1


@dataclass(slots=True)
class _Stored:
    """What the database says at a version of the bank, as of a time of the monotonic clock.

    It counts the attempts of this exam up to `own`, and those of the other exams up to `others`.
    """

    version: int
    read_at: float
    own: int
    others: int
    counts: ExposureCounts


_lock = Lock()
_stored: dict[int, _Stored] = {}  # by blueprint
_current: dict[int, ExposureCounts] = {}  # with the starts of this process since


def count_real(blueprint: Blueprint, version: int, items: Iterable[PoolItem]) -> ExposureCounts:
    """Return the counts of real exams; add what is drawn to them. No query, except for the first in a minute."""
    now = monotonic()
    with _lock:
        stored = _stored.get(blueprint.pk)
        if stored is None or stored.version != version:
            stored = _begin(blueprint, version, [item.revision for item in items if item.pilot], now)
        elif now - stored.read_at < SECONDS_BETWEEN_READS:
            return _current[blueprint.pk]
        _read(stored, blueprint, now)
        _stored[blueprint.pk] = stored
        _current[blueprint.pk] = stored.counts.copy()
        return _current[blueprint.pk]


def count_simulated(items: Iterable[PoolItem]) -> ExposureCounts:
    """Return the counts for a simulation: a new installation, with the answers to pilots in simulated statistics."""
    pilots = [item.revision for item in items if item.pilot]
    answers = ItemStatistics.objects.filter(revision__in=pilots, synthetic=True).values_list("revision", "n")
    return ExposureCounts(pilots=Counter(dict(answers)))


def _begin(blueprint: Blueprint, version: int, pilots: list[int], now: float) -> _Stored:
    """Return where to begin: before the newest exams, with the answers to these revisions of pilots in all others."""
    own = Q(blueprint_code=blueprint.code)
    newest = list(_exams().filter(own).order_by("-pk").values_list("pk", flat=True)[:COUNTED_EXAMS])
    first, last = min(newest, default=1), max(newest, default=0)
    earlier = _exams().filter(pk__lte=last).exclude(own, pk__gte=first).order_by().values("pk")
    rows = Response.objects.filter(revision__in=pilots, scored=False, attempt__in=earlier)
    answers = rows.order_by().values_list("revision").annotate(Count("pk"))
    return _Stored(version, now, first - 1, last, ExposureCounts(pilots=Counter(dict(answers))))


def _read(stored: _Stored, blueprint: Blueprint, now: float) -> None:
    """Count the exams that have been added since: one query."""
    counts, n_scored = stored.counts, 0
    own = Q(blueprint_code=blueprint.code)
    added = _exams().filter(own & Q(pk__gt=stored.own) | ~own & Q(pk__gt=stored.others)).order_by().values("pk")
    rows = Response.objects.filter(attempt__in=added).order_by()
    groups = rows.values_list("revision__question", "revision", "scored", "attempt__blueprint_code")
    newest = max(stored.own, stored.others)
    for question, revision, scored, code, n, last in groups.annotate(n=Count("pk"), last=Max("attempt")):
        newest = max(newest, last)
        if not scored:
            counts.pilots[revision] += n
        elif code == blueprint.code:
            n_scored += n
            counts.scored[question] += n
    stored.own = stored.others = newest
    counts.forms += round(n_scored / blueprint.exam.scored)
    stored.read_at = now


def _exams() -> QuerySet[Attempt]:
    return Attempt.objects.filter(mode=Mode.EXAM, synthetic=False)
