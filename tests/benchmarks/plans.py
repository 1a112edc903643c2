"""Which statements read a growing table as a whole, by the plans of PostgreSQL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# Tables with a row for each question, person or exam, or several of them.
GROWING = frozenset(
    {
        "exams_attempt",
        "exams_attemptevent",
        "exams_candidate",
        "exams_domainresult",
        "exams_flashcard",
        "exams_form",
        "exams_note",
        "exams_participant",
        "exams_repetitioncard",
        "exams_response",
        "exams_scorereport",
        "exams_star",
        "exams_topicmark",
        "questions_history",
        "questions_itemstatistics",
        "questions_option",
        "questions_optionstatistics",
        "questions_question",
        "questions_questionpoint",
        "questions_questionreport",
        "questions_revision",
        "questions_user",
    }
)
_EXPLAINED = ("SELECT", "UPDATE", "DELETE", "WITH")
# Settings of the planner under which a small table has the plan of a large one, if there is an index for it: one for a
# condition, or else one for an order with a limit. Whichever plan the planner prefers of several is no matter then.
_BY_CONDITION = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_hashjoin", "enable_mergejoin")
_BY_ORDER = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin")


class Statements(list[tuple[str, Any]]):
    """The statements of one request, each with its parameters."""

    @contextmanager
    def recorded(self) -> Iterator[None]:
        def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not many and sql.lstrip().upper().startswith(_EXPLAINED):
                self.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(record):
            yield

    def whole_scans(self) -> list[str]:
        """Return the growing tables that a statement reads as a whole, with the statement."""
        found = []
        for sql, params in self._different():
            found += [f"{scan}: {' '.join(sql.split())}" for scan in _scans(_plan(sql, params))]
        return found

    def scans_without_index(self) -> list[tuple[str, str]]:
        """Return the growing tables that a statement reads as a whole for want of an index, with the statement.

        It does not depend on the number of rows. Inside of a transaction.
        """
        found = []
        for sql, params in self._different():
            missing = []
            for switched_off in (_BY_CONDITION, _BY_ORDER):
                with _without(switched_off):
                    missing.append(list(_scans(_plan(sql, params))))
            if all(missing):
                found += [(scan, " ".join(sql.split())) for scan in missing[-1]]
        return found

    def _different(self) -> list[tuple[str, Any]]:
        return list(dict.fromkeys((sql, _hashable(params)) for sql, params in self))


@contextmanager
def _without(settings: tuple[str, ...]) -> Iterator[None]:
    with connection.cursor() as cursor:
        for name in settings:
            cursor.execute(f"SET LOCAL {name} = off")
        yield
        for name in settings:
            cursor.execute(f"SET LOCAL {name} = on")


def _plan(sql: str, params: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", dict(params) if _is_mapping(params) else params)
        (answer,) = cursor.fetchone()
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan


def _hashable(params: Any) -> Any:
    return tuple(params.items()) if isinstance(params, dict) else tuple(params or ())


def _is_mapping(params: Any) -> bool:
    return bool(params) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in params)


def _scans(node: dict[str, Any], table: str = "", *, limited: bool = False) -> Iterator[str]:
    """Yield the scans below a node. `limited`: a limit above it ends an ordered scan early.

    A partial index is as small as what it is for. Sorting and grouping read everything below them.
    """
    kind, table = node["Node Type"], node.get("Relation Name", table)
    if table in GROWING:
        if kind == "Seq Scan":
            yield f"sequential scan of {table}"
        elif "Index Name" in node and "Index Cond" not in node and not (limited or _is_partial(node["Index Name"])):
            yield f"whole index {node['Index Name']} of {table}"
    if kind == "Limit":
        limited = True
    elif kind in ("Sort", "Aggregate", "Hash", "Materialize", "WindowAgg"):
        limited = False
    for child in node.get("Plans", ()):
        yield from _scans(child, table, limited=limited)


def _is_partial(index: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indpred IS NOT NULL FROM pg_index WHERE indexrelid = %s::regclass", [index])
        return bool(cursor.fetchone()[0])
