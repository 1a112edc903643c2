"""Read the sample of item analysis and calibration from the database: one query, into arrays.

The sample consists of first exposures in finished exams: no practice, no questions seen before, no questions that a
candidate whose time ran out did not reach. Exams with more than 10 % rapid guesses or 10 % questions seen before are
left out as a whole. A sample is of the exams with one syllabus, real or simulated, never both. A million responses take
about a second.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from numpy.typing import NDArray

from exams.models import Attempt, PassLineRule, Response
from exams.psychometrics.item_statistics import medians
from exams.psychometrics.person_fit import rapid_guesses
from questions.models import Revision

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

type _Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Responses in the order of attempts and positions: arrays with one element a response, unless stated otherwise.

    attempt, item: indexes into `attempts` and `revisions`, which are the primary keys, ascending.
    exposures: for each item, the finished exams in which it was scored, those outside of the sample included.
    correct: by the keys that count now; a point given to everybody is no correct answer.
    reached: False where a candidate ran out of time before the question; such a response says nothing else.
    valid: reached, and the question was not withdrawn or credited to everybody: calibration uses these.
    counts: valid, and not of a pilot: these make up the score.
    key, also: the masks of the correct options, and of a second key (0: none). ticked: that of the chosen ones.
    seconds: 0 if unknown. rating: in whole percent, as frozen at the start.

    Revisions that were marked as the same item count as one: the newest of them.
    """

    attempts: NDArray[np.int64]
    revisions: NDArray[np.int64]
    exposures: NDArray[np.intp]
    attempt: NDArray[np.intp]
    item: NDArray[np.intp]
    correct: NDArray[np.bool_]
    reached: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    key: NDArray[np.int32]
    also: NDArray[np.int32]
    ticked: NDArray[np.int32]
    seconds: NDArray[np.int32]
    rating: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.attempt)


def read_sample(exam: str, *, synthetic: bool = False, equated: bool = False) -> Sample:
    """Return the sample of the real attempts at an exam, or of simulated ones.

    With `equated`, those that were scored in percent are left out: they are not on a scale.
    """
    rows = _in_order(_read(_queryset(exam, synthetic, equated)))
    revisions, item = _items(rows["revision_id"])
    exposures = np.bincount(item[rows["scored"]], minlength=len(revisions))
    exams, exam_of = _index(rows["attempt_id"])
    rapid = _is_rapid(item, rows, len(revisions))
    excluded = _exceeds_share(exam_of, rapid, _reached(rows), len(exams))
    excluded |= _exceeds_share(exam_of, rows["repeat"], rows["scored"] & ~rows["withdrawn"], len(exams))
    first = ~excluded[exam_of] & ~rows["repeat"]
    rows = {name: column[first] for name, column in rows.items()}
    used_exams, attempt = _index(exam_of[first])
    used, item = _index(item[first])
    key, also, ticked = rows["key"], rows["also"], rows["ticked"]
    reached = _reached(rows)
    valid = reached & ~rows["withdrawn"] & ~rows["credited"]
    return Sample(
        attempts=exams[used_exams],
        revisions=revisions[used],
        exposures=exposures[used],
        attempt=attempt,
        item=item,
        correct=(ticked == key) | ((also > 0) & (ticked == also)),
        reached=reached,
        valid=valid,
        counts=valid & rows["scored"],
        key=key,
        also=also,
        ticked=ticked,
        seconds=rows["seconds"],
        rating=rows["rating"],
    )


def _in_order(rows: _Columns) -> _Columns:
    """Return the rows by attempt and position, so that sums over them are the same in each run."""
    place = rows["attempt_id"] << 10 | rows["position"]
    if (np.diff(place) > 0).all():
        return rows
    order = np.argsort(place)
    return {name: column[order] for name, column in rows.items()}


def _index(keys: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the different keys, ascending, and the place of each key among them: np.unique in a tenth of the time."""
    lowest = int(keys.min()) if len(keys) else 0
    present = np.flatnonzero(np.bincount(keys - lowest))
    place = np.zeros(int(present[-1]) + 1 if len(present) else 0, np.intp)
    place[present] = np.arange(len(present))
    return present + lowest, place[keys - lowest]


def _is_rapid(item: NDArray[np.intp], rows: _Columns, n_items: int) -> NDArray[np.bool_]:
    seconds = rows["seconds"]
    usual = medians(item, np.where(rows["repeat"], 0, seconds), n_items)
    return rapid_guesses(item, rows["ticked"], seconds, usual)


def _reached(rows: _Columns) -> NDArray[np.bool_]:
    return np.asarray(~(rows["timed_out"] & rows["unseen"]))


def _exceeds_share(
    exam: NDArray[np.intp], part: NDArray[np.bool_], whole: NDArray[np.bool_], n_exams: int
) -> NDArray[np.bool_]:
    """Return for each exam whether more than MAX_SHARE percent of its responses in `whole` are in `part`."""
    n_part = np.bincount(exam[part & whole], minlength=n_exams)
    n_whole = np.bincount(exam[whole], minlength=n_exams)
    return np.asarray(100 * n_part > MAX_SHARE * n_whole)


def _queryset(exam: str, synthetic: bool, equated: bool) -> QuerySet[Response, tuple[object, ...]]:
    exams = Attempt.objects.finished_exams().of_exam(exam).filter(synthetic=synthetic)
    if equated:
        exams = exams.exclude(form__rule=PassLineRule.PERCENT)
    rows = Response.objects.filter(attempt__in=exams.order_by().values("pk")).order_by()
    return rows.annotate(
        unseen=ExpressionWrapper(Q(first_shown__isnull=True), output_field=BooleanField()),
        timed_out=ExpressionWrapper(Q(attempt__closed_by=Attempt.ClosedBy.TIME), output_field=BooleanField()),
    ).values_list(*(name if name in ("unseen", "timed_out") else F(name) for name, _ in _COLUMNS))


def _read(rows: QuerySet[Response, tuple[object, ...]]) -> _Columns:
    """Return the rows as columns. From PostgreSQL they come as binary COPY, whose rows have one width."""
    if connection.vendor != "postgresql":
        native = np.fromiter(rows.iterator(chunk_size=10_000), np.dtype(list(_COLUMNS)))
        return {name: np.ascontiguousarray(native[name]) for name, _ in _COLUMNS}
    framed: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in _COLUMNS:
        framed += [(f"{name}:length", ">i4"), (name, f">{kind}")]
    query = connection.ops.compose_sql(*rows.query.sql_with_params())  # type: ignore[attr-defined]  # PostgreSQL has it
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        data = bytearray()
        for block in copy:
            data += block
    # 11 bytes of signature, 4 of flags, 4 of length of an empty extension; 2 bytes of trailer.
    count = (len(data) - 21) // np.dtype(framed).itemsize
    received = np.frombuffer(data, np.dtype(framed), count, offset=19)
    return {name: received[name].astype(kind) for name, kind in _COLUMNS}


def _items(revision: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the revisions as items, ascending, and the index of the item of each response."""
    present, index = _index(revision)
    newest = same_items()
    if not newest:
        return present, index
    revisions, place = _index(np.array([newest.get(pk, pk) for pk in present.tolist()], np.int64))
    return revisions, place[index]


def same_items() -> dict[int, int]:
    """Return the newest revision of each earlier one that was marked as the same item: one query."""
    marked = Revision.objects.filter(same_item_as__isnull=False, published_at__isnull=False).order_by("number")
    successor = {old: new for new, old in marked.values_list("pk", "same_item_as") if old is not None}
    return {old: _newest(old, successor) for old in successor}


def _newest(revision: int, successor: dict[int, int]) -> int:
    """Follow the marks 'same item' to the newest revision. A later revision has a higher number, so there is an end."""
    while revision in successor:
        revision = successor[revision]
    return revision
