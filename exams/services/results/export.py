"""Reads attempts for export: one plain object an attempt, from which anybody can recompute the score."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict, cast

from django.db.models import Q, QuerySet

from exams.models import Allowance, Attempt, AttemptEvent, DomainResult, Response, ScoreReport
from exams.psychometrics import precision
from exams.services.attempt import allowances
from questions.models import Option

CHUNK = 50  # attempts in memory at a time, each with its 65 responses

type Json = dict[str, Any]
type Codes = dict[int, dict[int, str]]  # of a revision: bit to the authored code of the option


class ResponseRow(TypedDict):
    """What is read of a response, with the place of its question in the syllabus today."""

    attempt_id: int
    position: int
    revision_id: int
    exam_domain: int
    scored: bool
    withdrawn: bool
    repeat: bool
    rating: int
    b: float | None
    key: int
    order: str
    ticked: int
    correct: bool
    flagged: bool
    seconds: int
    revision__number: int
    revision__question__code: str
    revision__question__topic__slug: str | None
    revision__question__topic__task__code: str | None


def selection(*, since: datetime | None = None, everything: bool = False) -> QuerySet[Attempt]:
    """Exams that are finished, scored or not, or everything there is; `since`: handed in or scored since then.

    A score that a key ruling has renewed counts as scored anew. What still runs is always part of `everything`.
    """
    found = Attempt.objects.all() if everything else Attempt.objects.exams_finished()
    if since is not None:
        found = found.filter(Q(submitted_at__gte=since) | Q(report__made_at__gte=since) | Q(submitted_at=None))
    return found


def attempt(attempt: Attempt) -> Json:
    """One attempt by the contract of the export format. It names the keys: ask first whether they may be shown."""
    return _objects([attempt])[0]


def stream(attempts: QuerySet[Attempt]) -> Iterator[Json]:
    """Many attempts, oldest first, in constant memory: six queries a chunk, and no cursor is held open between."""
    last = 0
    rows = attempts.select_related("form__blueprint", "report").order_by("pk")
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield from _objects(chunk)
        last = chunk[-1].pk


def _objects(chunk: Sequence[Attempt]) -> list[Json]:
    keys = [attempt.pk for attempt in chunk]
    responses: dict[int, list[ResponseRow]] = defaultdict(list)
    for row in Response.objects.filter(attempt__in=keys).order_by("position").values(*ResponseRow.__annotations__):
        responses[row["attempt_id"]].append(cast(ResponseRow, row))
    codes: Codes = defaultdict(dict)
    revisions = {row["revision_id"] for rows in responses.values() for row in rows}
    for revision, bit, code in Option.objects.filter(revision__in=revisions).values_list("revision_id", "bit", "code"):
        codes[revision][bit] = code
    events: dict[int, list[Json]] = defaultdict(list)
    for event in AttemptEvent.objects.filter(attempt__in=keys):
        # Why staff gave time may be a private matter, and files travel.
        data = {name: value for name, value in event.data.items() if name != "reason"}
        events[event.attempt_id].append({"at": moment(event.at), "kind": event.kind, "data": data})
    extra: dict[int, list[Json]] = defaultdict(list)
    for each in Allowance.objects.filter(attempt__in=keys):
        by = "candidate" if allowances.is_own(each) else "staff"
        extra[each.attempt_id].append({"at": moment(each.at), "minutes": each.minutes, "by": by})
    domains: dict[int, list[DomainResult]] = defaultdict(list)
    for result in DomainResult.objects.filter(report__in=[each.report_id for each in chunk if each.report_id]):
        domains[result.report_id].append(result)
    return [
        {
            "attempt": str(each.uuid),
            "blueprint": each.blueprint_code,
            "blueprint_version": each.form.blueprint.version,
            "mode": each.mode,
            "status": each.status,
            "synthetic": each.synthetic,
            "started": moment(each.started_at),
            "deadline": moment(each.deadline),
            "submitted": moment(each.submitted_at),
            "closed_by": each.closed_by,
            "form": {
                "seed": each.form.seed,
                "kappa": f"{each.form.kappa:.4f}",
                "rule": each.form.rule,
                "provisional": each.form.provisional,
            },
            "allowances": extra[each.pk],
            "events": events[each.pk],
            "slots": [_slot(row, codes[row["revision_id"]]) for row in responses[each.pk]],
            "score": _score(each.report, domains[each.report.pk]) if each.report else None,
        }
        for each in chunk
    ]


def _slot(row: ResponseRow, codes: dict[int, str]) -> Json:
    return {
        "position": row["position"],
        "question": row["revision__question__code"],
        "revision": row["revision__number"],
        "domain": row["exam_domain"],
        "task": row["revision__question__topic__task__code"],
        "topic": row["revision__question__topic__slug"],
        "scored": row["scored"],
        "withdrawn": row["withdrawn"],
        "repeat": row["repeat"],
        "rating": row["rating"],
        "b": row["b"],
        "order": [codes[int(digit, 32)] for digit in row["order"]],
        "key": _chosen(row["key"], codes),
        "response": _chosen(row["ticked"], codes),
        "correct": row["correct"],
        "flagged": row["flagged"],
        "seconds": row["seconds"],
    }


def _score(report: ScoreReport, domains: Sequence[DomainResult]) -> Json:
    return {
        "raw": report.raw,
        "n": report.n,
        "kappa": f"{report.kappa:.4f}",
        "scaled": report.scaled,
        "pass_mark": report.pass_mark,
        "passed": report.passed,
        "band": [report.band_lo, report.band_hi],
        "p_at_or_above": round(report.p_standard, 4),
        "p_pass_again": round(report.p_again, 4),
        "domains": [
            {
                "domain": result.exam_domain,
                "n": result.n,
                "correct": result.correct,
                "unanswered": result.unanswered,
                "percent": precision.percent(result.correct, result.n),
                "interval": [round(result.lo, 4), round(result.hi, 4)],
                "expected": round(result.expected, 4),
                "class": result.verdict,
            }
            for result in domains
        ],
    }


def _chosen(mask: int, codes: dict[int, str]) -> list[str]:
    return sorted(code for bit, code in codes.items() if mask >> bit & 1)


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, ending in Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
