"""The plan of an import in the database: rows with the outcome of each question, settings and summary of the batch."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import batched
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from questions.content.house_rules import HouseRules
from questions.content.parts import fields, from_fields
from questions.imports.plan import ImportPlan, ImportSettings, PlannedQuestion, QuestionOutcome
from questions.lint import Context, lint
from questions.models import ImportBatch, ImportRow
from questions.services import collections, images
from questions.services.authorship import APPROVE
from questions.services.stored_bank import syllabus

ROWS_PER_STATEMENT = 500
_MAX_NAME_CHARS = 200


def store_plan(batch: ImportBatch, plan: ImportPlan) -> Iterator[int]:
    """Store pictures, outcomes, planned questions and lint findings; yield the number of stored rows so far."""
    images.store(plan.pictures, now=batch.at, by=batch.by)
    planned = {question.number: question for question in plan.planned}
    context = Context(timezone.localdate(batch.at), syllabus(plan.settings.exam), installed=True)
    house = collections.rules_of(question.content.collection for question in plan.planned)
    count = 0
    for outcomes in batched(plan.outcomes, ROWS_PER_STATEMENT):
        ImportRow.objects.bulk_create(
            _row(batch, outcome, planned.get(outcome.number), context, house) for outcome in outcomes
        )
        count += len(outcomes)
        yield count


def plan_result(plan: ImportPlan) -> dict[str, Any]:
    """Return the summary of a plan for `ImportBatch.result`."""
    faults = [
        fault.sentence if fault.line is None else _("Line %(line)d: ") % {"line": fault.line} + fault.sentence
        for fault in plan.faults
    ]
    more = {
        "live": plan.live_count(),
        "mapped_domains": list(plan.mapped_domains),
        "other_credit": plan.other_credit,
        "unread_columns": list(plan.unread_columns),
    }
    return {**plan.summary(), "faults": faults, **more}


def _row(
    batch: ImportBatch,
    outcome: QuestionOutcome,
    planned: PlannedQuestion | None,
    context: Context,
    house: Mapping[str, HouseRules],
) -> ImportRow:
    if planned:
        context = replace(context, house=house[planned.content.collection])
    return ImportRow(
        batch=batch,
        number=outcome.number,
        line=outcome.line,
        name=outcome.name.replace("\0", "")[:_MAX_NAME_CHARS],
        outcome=outcome.outcome,
        code=outcome.code[:80],
        near_duplicate=outcome.near_duplicate,
        details=_storable(
            {
                "reasons": list(outcome.reasons),
                "notes": list(outcome.notes),
                "difference": [list(entry) for entry in outcome.difference],
                **({"warnings": list(outcome.warnings)} if outcome.warnings else {}),
            }
        ),
        plan=_planned_json(planned) if planned else None,
        pending=planned is not None,
        rules=[f"{finding.severity}:{finding.rule}" for finding in lint(planned.content, context)] if planned else [],
    )


def _storable(value: Any) -> Any:
    """Replace characters that a database cannot store: a reason may quote any file."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(entry) for entry in value]
    return {key: _storable(entry) for key, entry in value.items()} if isinstance(value, dict) else value


def _planned_json(planned: PlannedQuestion) -> dict[str, Any]:
    content = planned.content
    return {
        "code": content.id,
        "revision": content.revision,
        "values": fields(content),
        "fields": list(planned.fields),
        "lock_version": planned.lock_version,
    }


def planned_question(row: ImportRow) -> PlannedQuestion:
    """Return what a pending row will write."""
    plan: dict[str, Any] = row.plan or {}
    content = from_fields(plan["code"], plan["revision"], plan["values"])
    return PlannedQuestion(content, tuple(plan["fields"]), plan["lock_version"], row.number)


def row_outcome(row: ImportRow) -> QuestionOutcome:
    """Return the outcome stored in a row."""
    details = row.details
    return QuestionOutcome(
        row.number,
        row.line,
        row.name,
        row.outcome,
        row.code,
        tuple(details["reasons"]),
        tuple(details["notes"]),
        tuple((name, ours, theirs) for name, ours, theirs in details["difference"]),
        row.near_duplicate,
        tuple(details.get("warnings", ())),
    )


def settings_json(settings: ImportSettings, format: str = "") -> dict[str, Any]:
    """Return the settings of an import for `ImportBatch.settings`."""
    return {**asdict(settings), "mapping": dict(settings.mapping), "columns": dict(settings.columns), "format": format}


def batch_settings(batch: ImportBatch) -> ImportSettings:
    """Return the settings stored in a batch."""
    values = {name: value for name, value in batch.settings.items() if name != "format"}
    by_approver = batch.by is None or batch.by.has_perm(APPROVE)
    as_new = tuple(values.get("as_new", ()))
    return ImportSettings(**(values | {"as_new": as_new, "by_approver": by_approver}))
