"""The only writer of StoredReport: make the bank report of an exam by a job, and keep the last one of each exam."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from exams.models import StoredReport
from exams.services.analysis.bank_report import BankReport, build_report
from questions.models import Blueprint, Job
from questions.services import job_state, jobs
from questions.services.bank_version import bank_version

KIND = "bank_report"  # of the job


def request(blueprint: Blueprint, now: datetime) -> Job:
    """Return the job that makes the report of this exam: the one that waits or runs, or a new one."""
    return newest_job(blueprint, only_open=True) or jobs.request(KIND, blueprint.code, now=now)


def newest_job(blueprint: Blueprint, *, only_open: bool = False) -> Job | None:
    """Return the job of this exam that runs or waits, else the last one that has ended."""
    return (job_state.find_open if only_open else job_state.find)(KIND, blueprint.code)


def find(blueprint: Blueprint) -> StoredReport | None:
    """Return the last report of this exam, which may be older than its bank."""
    return StoredReport.objects.filter(exam=blueprint.code).first()


def is_current(report: StoredReport, blueprint: Blueprint, now: datetime) -> bool:
    """Return whether neither blueprint nor bank has changed since; facts get outdated by the day."""
    made_on, today = timezone.localdate(report.made_at), timezone.localdate(now)
    return (report.blueprint_version, report.bank_version, made_on) == (blueprint.version, bank_version(), today)


def perform(work: jobs.Work) -> None:
    """Make and store the report: the function of the job."""
    blueprint, version, now = Blueprint.objects.current(work.key), bank_version(), work.now()
    if blueprint is None:
        return
    report = build_report(
        blueprint, timezone.localdate(now), lambda done, total: work.advance(progress=done, total=total)
    )
    values = {"blueprint_version": blueprint.version, "bank_version": version, "made_at": now, "data": _shown(report)}
    with transaction.atomic():
        work.advance()
        StoredReport.objects.update_or_create(exam=blueprint.code, defaults=values)


def _shown(report: BankReport) -> dict[str, Any]:
    """Return what the page shows of a report. PostgreSQL does not keep the order of keys, so counts become pairs."""
    counts: dict[str, Mapping[str, int]] = {
        name: getattr(report, name) for name in ("statuses", "kinds", "ratings", "points")
    }
    return asdict(report) | {
        **{name: list(pairs.items()) for name, pairs in counts.items()},
        "profile": [
            {"name": row.target.name, "value": str(row), "target": str(row.target), "passes": row.passes}
            for row in report.profile
        ],
        "lint": {
            "counts": dict(report.lint.counts),
            "to_do": [
                {
                    "question": row.question,
                    "severity": row.finding.severity,
                    "rule": row.finding.rule,
                    "located": row.finding.located,
                }
                for row in report.lint.to_do
            ],
            "strategies": [
                asdict(row) | {"difference": row.difference, "passes": row.passes} for row in report.lint.strategies
            ],
        },
    }
