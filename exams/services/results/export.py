"""Read attempts for export: one plain object per attempt, with everything needed to recompute the score."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypedDict, cast

from django.db.models import Q, QuerySet

from exams.models import (
    Allowance,
    Attempt,
    AttemptEvent,
    DomainResult,
    Note,
    PassLineRule,
    Response,
    ScoreReport,
    Sitting,
)
from exams.psychometrics import precision
from exams.services.attempt import extra_time
from exams.services.attempt.annotations import SCRATCHPAD, STEM, Highlights, NoteContent
from questions.content.schema import LETTERS
from questions.content.worth import in_points
from questions.models import Option

ATTEMPTS_PER_CHUNK = 50  # in memory at a time, each with its responses

type Json = dict[str, Any]
type OptionCodes = dict[int, dict[int, str]]  # by revision: bit to authored option code
type Places = Collection[tuple[int, int]]  # attempt and position of responses


class ResponseRow(TypedDict):
    """The exported columns of a response, with the current topic and task of its question."""

    attempt_id: int
    position: int
    revision_id: int
    exam_domain: int
    scored: bool
    withdrawn: bool
    credited: bool
    repeat: bool
    rating: int
    worth: int
    partial: bool
    b: float | None
    key: int
    also: int
    order: str
    ticked: int
    correct: bool
    flagged: bool
    struck: int
    confidence: int | None
    seconds: int
    first_shown: datetime | None
    revealed_at: datetime | None
    revision__number: int
    revision__question__code: str
    revision__question__topic__slug: str | None
    revision__question__topic__task__code: str | None


def exportable_attempts(*, since: datetime | None = None, everything: bool = False) -> QuerySet[Attempt]:
    """Return finished exams, scored or not; with `everything`, all attempts.

    `since` limits them to attempts submitted or scored since then, by a key ruling too. Open attempts always remain.
    """
    attempts = Attempt.objects.all() if everything else Attempt.objects.finished_exams()
    if since is not None:
        attempts = attempts.filter(Q(submitted_at__gte=since) | Q(report__made_at__gte=since) | Q(submitted_at=None))
    return attempts


def export_attempts(attempts: QuerySet[Attempt]) -> Iterator[Json]:
    """Yield attempts, oldest first, in constant memory: seven queries per chunk, and no open cursor in between."""
    last = 0
    rows = attempts.select_related("form__blueprint", "report", "sitting").order_by("pk")
    while chunk := list(rows.filter(pk__gt=last)[:ATTEMPTS_PER_CHUNK]):
        yield from export_chunk(chunk)
        last = chunk[-1].pk


def export_chunk(chunk: Sequence[Attempt], hidden: Places = frozenset()) -> list[Json]:
    """Return attempts with form, blueprint and report loaded: six queries. Of `hidden` responses, leave out the key.

    The others contain it: check first that it may be shown.
    What the candidate did with those has the letters of the options as shown: authors often write the key first.
    """
    keys = [attempt.pk for attempt in chunk]
    responses: dict[int, list[ResponseRow]] = defaultdict(list)
    for row in Response.objects.filter(attempt__in=keys).order_by("position").values(*ResponseRow.__annotations__):
        responses[row["attempt_id"]].append(cast(ResponseRow, row))
    codes: OptionCodes = defaultdict(dict)
    revisions = {row["revision_id"] for rows in responses.values() for row in rows}
    for revision, bit, code in Option.objects.filter(revision__in=revisions).values_list("revision_id", "bit", "code"):
        codes[revision][bit] = code
    notes: dict[tuple[int, int], NoteContent] = defaultdict(NoteContent)
    for note in Note.objects.filter(attempt__in=keys):
        notes[note.attempt_id, note.position] = NoteContent(note.text, note.highlights)
    events: dict[int, list[Json]] = defaultdict(list)
    for event in AttemptEvent.objects.filter(attempt__in=keys):
        # The reason for extra time may be private, as is the address, and files are passed on.
        data = {name: value for name, value in event.data.items() if name not in ("reason", "address")}
        events[event.attempt_id].append({"at": iso_utc(event.at), "kind": event.kind, "data": data})
    allowances: dict[int, list[Json]] = defaultdict(list)
    for allowance in Allowance.objects.filter(attempt__in=keys):
        by = extra_time.giver(allowance)
        allowances[allowance.attempt_id].append({"at": iso_utc(allowance.at), "minutes": allowance.minutes, "by": by})
    domains: dict[int, list[DomainResult]] = defaultdict(list)
    for result in DomainResult.objects.filter(report__in=[attempt.report_id for attempt in chunk if attempt.report_id]):
        domains[result.report_id].append(result)
    return [
        {
            "attempt": str(attempt.uuid),
            "blueprint": attempt.blueprint_code,
            "blueprint_version": attempt.form.blueprint.version,
            "mode": attempt.mode,
            "practice_kind": attempt.practice_kind,
            "sitting": _sitting(attempt.sitting) if attempt.sitting else None,
            "number": attempt.number,
            "timed": attempt.timed,
            "predicted": attempt.predicted,
            "status": attempt.status,
            "synthetic": attempt.synthetic,
            "started": iso_utc(attempt.started_at),
            "deadline": iso_utc(attempt.deadline),
            "submitted": iso_utc(attempt.submitted_at),
            "closed_by": attempt.closed_by,
            "form": {
                "seed": attempt.form.seed,
                **_pass_line(attempt.form.pass_line),
                "rule": attempt.form.rule,
                "provisional": attempt.form.provisional,
            },
            "allowances": allowances[attempt.pk],
            "events": events[attempt.pk],
            "scratchpad": notes[attempt.pk, SCRATCHPAD].text,
            "slots": [
                _hidden_slot(row, notes[attempt.pk, row["position"]])
                if (attempt.pk, row["position"]) in hidden
                else _slot(row, codes[row["revision_id"]], notes[attempt.pk, row["position"]])
                | _worth(row, attempt.form.rule)
                for row in responses[attempt.pk]
            ],
            "score": _score(attempt.report, domains[attempt.report.pk]) if attempt.report else None,
        }
        for attempt in chunk
    ]


def _slot(row: ResponseRow, codes: dict[int, str], note: NoteContent) -> Json:
    return {
        "position": row["position"],
        "question": row["revision__question__code"],
        "revision": row["revision__number"],
        "domain": row["exam_domain"],
        "task": row["revision__question__topic__task__code"],
        "topic": row["revision__question__topic__slug"],
        "scored": row["scored"],
        "withdrawn": row["withdrawn"],
        "credited": row["credited"],
        "repeat": row["repeat"],
        "rating": row["rating"],
        "b": row["b"],
        "order": [codes[int(digit, 32)] for digit in row["order"]],
        "key": _option_codes(row["key"], codes),
        "also": _option_codes(row["also"], codes),
        "response": _option_codes(row["ticked"], codes),
        "correct": row["correct"],
        "struck": _option_codes(row["struck"], codes),
        "highlights": _highlights(note.highlights, codes),
        **_handling(row, note),
    }


def _worth(row: ResponseRow, rule: str) -> Json:
    """Return what the question is worth, if that counts."""
    return {"worth": in_points(row["worth"]), "partial": row["partial"]} if rule == PassLineRule.PERCENT else {}


def _hidden_slot(row: ResponseRow, note: NoteContent) -> Json:
    letters = {int(digit, 32): LETTERS[place] for place, digit in enumerate(row["order"])}
    return {
        "position": row["position"],
        "response": _option_codes(row["ticked"], letters),
        "struck": _option_codes(row["struck"], letters),
        "highlights": _highlights(note.highlights, letters),
        **_handling(row, note),
    }


def _handling(row: ResponseRow, note: NoteContent) -> Json:
    return {
        "flagged": row["flagged"],
        "notes": note.text,
        "confidence": row["confidence"],
        "seconds": row["seconds"],
        "shown": iso_utc(row["first_shown"]),
        "revealed": iso_utc(row["revealed_at"]),
    }


def _sitting(sitting: Sitting) -> Json:
    return {"uuid": str(sitting.uuid), "code": sitting.code, "name": sitting.name}


def _pass_line(value: Decimal | None) -> Json:
    """Return the pass line under its name, and under the one that earlier exports used; null if there is none."""
    return dict.fromkeys(("pass_line", "kappa"), None if value is None else f"{value:.4f}")


def _points(result: ScoreReport | DomainResult) -> Json:
    """Return the points as texts; nothing of an exam that is not scored in percent."""
    if result.earned is None or result.possible is None:
        return {}
    return {"earned": in_points(result.earned), "possible": in_points(result.possible)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _score(report: ScoreReport, domains: Sequence[DomainResult]) -> Json:
    return {
        "raw": report.raw,
        "n": report.n,
        **_pass_line(report.pass_line),
        "scaled": report.scaled,
        "pass_mark": report.pass_mark,
        "passed": report.passed,
        "band": [report.band_lo, report.band_hi],
        "p_at_or_above": _rounded(report.p_standard),
        "p_pass_again": _rounded(report.p_again),
        **_points(report),
        "domains": [
            {
                "domain": result.exam_domain,
                "n": result.n,
                "correct": result.correct,
                "unanswered": result.unanswered,
                "percent": precision.percent(*result.part_and_whole),
                "interval": [round(result.lo, 4), round(result.hi, 4)],
                "expected": _rounded(result.expected),
                "class": result.verdict,
                **_points(result),
            }
            for result in domains
        ],
    }


def _highlights(highlights: Highlights, codes: dict[int, str]) -> Highlights:
    """Return the highlights with option codes instead of bits; the stem stays "stem". Skip what is no option."""
    names = {STEM: STEM} | {str(bit): code for bit, code in codes.items()}
    return {names[part]: offsets for part, offsets in highlights.items() if part in names}


def _option_codes(mask: int, codes: dict[int, str]) -> list[str]:
    return sorted(code for bit, code in codes.items() if mask >> bit & 1)


def iso_utc(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, ending in Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
