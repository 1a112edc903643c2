"""A plan as rows: what becomes of each question is kept with the import, so that it is worked out once."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import batched
from typing import Any

from django.utils import timezone

from questions.content.merge import fields, from_fields
from questions.imports.plan import Outcome, Plan, Planned, Settings
from questions.lint import Context, lint
from questions.models import ImportBatch, ImportRow
from questions.services.stored import syllabus

AT_ONCE = 500  # rows in one statement
_LONGEST_NAME = 200


def keep(batch: ImportBatch, plan: Plan) -> Iterator[int]:
    """Stores the outcomes, what is to be written and what the lint says; yields how many are stored."""
    planned = {each.number: each for each in plan.planned}
    context = Context(timezone.localdate(batch.at), syllabus(plan.settings.exam), installed=True)
    stored = 0
    for some in batched(plan.outcomes, AT_ONCE):
        ImportRow.objects.bulk_create(_row(batch, each, planned.get(each.number), context) for each in some)
        stored += len(some)
        yield stored


def _row(batch: ImportBatch, outcome: Outcome, planned: Planned | None, context: Context) -> ImportRow:
    return ImportRow(
        batch=batch,
        number=outcome.number,
        line=outcome.line,
        name=outcome.name.replace("\0", "")[:_LONGEST_NAME],
        what=outcome.what,
        code=outcome.code[:80],
        alike=outcome.alike,
        said=_storable(
            {
                "reasons": list(outcome.reasons),
                "notes": list(outcome.notes),
                "difference": [list(each) for each in outcome.difference],
            }
        ),
        plan=_plan(planned) if planned else None,
        waits=planned is not None,
        rules=[f"{found.severity}:{found.rule}" for found in lint(planned.draft, context)] if planned else [],
    )


def _storable(value: Any) -> Any:
    """Plain values without what a database cannot hold: a reason may quote a file of any kind."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return {key: _storable(each) for key, each in value.items()} if isinstance(value, dict) else value


def _plan(planned: Planned) -> dict[str, Any]:
    draft = planned.draft
    return {
        "code": draft.id, "revision": draft.revision, "collection": draft.collection, "values": fields(draft),
        "fields": list(planned.fields), "lock_version": planned.lock_version,
    }  # fmt: skip


def planned_of(row: ImportRow) -> Planned:
    """What a row that waits is to write."""
    plan: dict[str, Any] = row.plan or {}
    draft = from_fields(plan["code"], plan["revision"], plan["values"], plan["collection"])
    return Planned(draft, tuple(plan["fields"]), plan["lock_version"], row.number)


def outcome_of(row: ImportRow) -> Outcome:
    """The row as the outcome it was made of."""
    said = row.said
    difference = tuple((name, ours, theirs) for name, ours, theirs in said["difference"])
    return Outcome(
        row.number, row.line, row.name, row.what, row.code, tuple(said["reasons"]), tuple(said["notes"]),
        difference, row.alike,
    )  # fmt: skip


def as_json(batch: ImportBatch, rows: Iterable[ImportRow]) -> dict[str, Any]:
    """The checked file as plain values, as `import_questions --json` prints them."""
    result = batch.result
    return {
        "format": batch.format,
        "counts": result.get("counts", {}),
        "faults": result.get("faults", []),
        "unknown_domains": result.get("unknown_domains", []),
        "without_domain": result.get("without_domain", 0),
        "questions": [outcome_of(row).as_json() for row in rows],
    }


def settings_json(settings: Settings, format: str = "") -> dict[str, Any]:
    """What an import was told, as it is kept with it."""
    return {**asdict(settings), "mapping": dict(settings.mapping), "format": format}


def settings_of(batch: ImportBatch) -> Settings:
    """What the import was told."""
    return Settings(**{name: value for name, value in batch.settings.items() if name != "format"})
