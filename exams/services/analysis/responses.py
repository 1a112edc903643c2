"""Read the sample of item analysis and calibration from the database: one query, into arrays.

The sample consists of first exposures in finished exams: no practice, no questions seen before, no questions that a
candidate whose time ran out did not reach. Exams with more than 10 % rapid guesses or 10 % questions seen before are
left out as a whole. Real and simulated exams are never in one sample. A million responses take about a second.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from numpy.typing import NDArray

from exams.models import Attempt, Response
from exams.psychometrics.item_statistics import medians
from questions.models import Revision

RAPID_SECONDS = 10  # a rapid guess takes less,
RAPID_SHARE_OF_MEDIAN = 0.1  # and less than this share of the median time on the question
MAX_SHARE = 10  # percent of an exam that may be rapid guesses, and of its scored questions that may be repeats

# The columns as PostgreSQL sends them: big-endian, in the width of the table.
_COLUMNS = (
    ("attempt_id", "i8"),
    ("revision_id", "i8"),
    ("position", "i2"),
    ("rating", "i2"),
    ("key", "i4"),
    ("also", "i4"),
    ("ticked", "i4"),
    ("seconds", "i4"),
    ("scored", "?"),
    ("withdrawn", "?"),
    ("credited", "?"),
    ("repeat", "?"),
    ("unseen", "?"),
    ("timed_out", "?"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Responses in the order of attempts and positions: arrays with one element a response, unless stated otherwise.

    attempt, item: indexes into `attempts` and `revisions`, which are the primary keys, ascending.
    correct: by the key that counts now; a point given to everybody is no correct answer.
    reached: False where a candidate ran out of time before the question; such a response says nothing else.
    valid: reached, and the question was not withdrawn or credited to everybody: calibration uses these.
    counts: valid, and not of a pilot: these make up the score.
    ticked: the mask of the options. seconds: 0 if unknown. rating: in whole percent, as frozen at the start.

    Revisions that were marked as the same item count as one: the newest of them.
    """

    attempts: NDArray[np.int64]
    revisions: NDArray[np.int64]
    attempt: NDArray[np.intp]
    item: NDArray[np.intp]
    correct: NDArray[np.bool_]
    reached: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    ticked: NDArray[np.int32]
    seconds: NDArray[np.int32]
    rating: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.attempt)


def read_sample(*, synthetic: bool = False) -> Sample:
    """Return the sample of real exams, or of simulated ones."""
    rows = _read(_queryset(synthetic))
    rows = rows[np.lexsort((rows["position"], rows["attempt_id"]))]
    rows = rows[~_is_in_excluded_exam(rows) & ~rows["repeat"]]
    attempts, attempt = np.unique(rows["attempt_id"], return_inverse=True)
    revisions, item = _items(rows["revision_id"])
    key, also, ticked = rows["key"], rows["also"], rows["ticked"]
    reached = _reached(rows)
    valid = reached & ~rows["withdrawn"] & ~rows["credited"]
    return Sample(
        attempts=attempts,
        revisions=revisions,
        attempt=attempt,
        item=item,
        correct=(ticked == key) | ((also > 0) & (ticked == also)),
        reached=reached,
        valid=valid,
        counts=valid & rows["scored"],
        ticked=np.ascontiguousarray(ticked),
        seconds=np.ascontiguousarray(rows["seconds"]),
        rating=np.ascontiguousarray(rows["rating"]),
    )


def _is_in_excluded_exam(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return for each response whether its exam has too many rapid guesses, or too many questions seen before."""
    attempts, attempt = np.unique(rows["attempt_id"], return_inverse=True)
    scored = rows["scored"] & ~rows["withdrawn"]
    heavy = _is_heavy(attempt, _is_rapid(rows), _reached(rows), len(attempts))
    return (heavy | _is_heavy(attempt, rows["repeat"], scored, len(attempts)))[attempt]


def _is_rapid(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return which answers are rapid guesses. An unknown time is none."""
    revisions, item = np.unique(rows["revision_id"], return_inverse=True)
    seconds = rows["seconds"]
    usual = medians(item, np.where(rows["repeat"], 0, seconds), len(revisions))
    quick = (rows["ticked"] > 0) & (seconds > 0) & (seconds < RAPID_SECONDS)
    return np.asarray(quick & (seconds < RAPID_SHARE_OF_MEDIAN * usual[item]))


def _reached(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    return np.asarray(~(rows["timed_out"] & rows["unseen"]))


def _queryset(synthetic: bool) -> QuerySet[Response, tuple[object, ...]]:
    exams = Attempt.objects.finished_exams().filter(synthetic=synthetic)
    rows = Response.objects.filter(attempt__in=exams.order_by().values("pk")).order_by()
    return rows.annotate(
        unseen=ExpressionWrapper(Q(first_shown__isnull=True), output_field=BooleanField()),
        timed_out=ExpressionWrapper(Q(attempt__closed_by=Attempt.ClosedBy.TIME), output_field=BooleanField()),
    ).values_list(*(name if name in ("unseen", "timed_out") else F(name) for name, _ in _COLUMNS))


def _read(rows: QuerySet[Response, tuple[object, ...]]) -> NDArray[np.void]:
    """Return the rows as a structured array. From PostgreSQL they come as binary COPY, whose rows have one width."""
    if connection.vendor != "postgresql":
        return np.fromiter(rows.iterator(chunk_size=10_000), np.dtype(list(_COLUMNS)))
    framed: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in _COLUMNS:
        framed += [(f"{name}:length", ">i4"), (name, f">{kind}")]
    query = connection.ops.compose_sql(*rows.query.sql_with_params())  # type: ignore[attr-defined]  # PostgreSQL has it
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        data = bytearray().join(copy)
    # 11 bytes of signature, 4 of flags, 4 of length of an empty extension; 2 bytes of trailer.
    count = (len(data) - 21) // np.dtype(framed).itemsize
    native = np.empty(count, np.dtype(list(_COLUMNS)))
    received = np.frombuffer(data, np.dtype(framed), count, offset=19)
    for name, _ in _COLUMNS:
        native[name] = received[name]
    return native


def _items(revision: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the revisions as items, ascending, and the index of the item of each response."""
    present, index = np.unique(revision, return_inverse=True)
    successor = {
        old: new
        for new, old in Revision.objects.filter(same_item_as__isnull=False, published_at__isnull=False)
        .order_by("number")
        .values_list("pk", "same_item_as")
    }
    if not successor:
        return present, index
    newest = np.array([_newest(pk, successor) for pk in present.tolist()], np.int64)
    revisions, place = np.unique(newest, return_inverse=True)
    return revisions, place[index]


def _newest(revision: int, successor: dict[int | None, int]) -> int:
    """Follow the marks 'same item' to the newest revision. A later revision has a higher number, so there is an end."""
    while revision in successor:
        revision = successor[revision]
    return revision


def _is_heavy(
    attempt: NDArray[np.intp], share: NDArray[np.bool_], base: NDArray[np.bool_], n_attempts: int
) -> NDArray[np.bool_]:
    """Return for each attempt whether more than MAX_SHARE percent of the responses in `base` are in `share`."""
    part = np.bincount(attempt[share & base], minlength=n_attempts)
    whole = np.bincount(attempt[base], minlength=n_attempts)
    return np.asarray(100 * part > MAX_SHARE * whole)
