"""The only writer of Waiver: lint warnings that a user accepts, with a reason."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched

from django.db import transaction
from django.utils.translation import gettext as _

from questions.content import schema
from questions.lint import RULES, Severity
from questions.models import History, Question, User, Waiver
from questions.services import question_rows
from questions.services.errors import RefusedError
from questions.services.history import record_all
from questions.services.query_limits import ROWS_PER_QUERY

MAX_REASON_CHARS = 300


@transaction.atomic
def waive(questions: Iterable[Question], rule: str, reason: str, *, now: datetime.datetime, by: User) -> None:
    """Accept the warnings of a rule. Raise RefusedError for an error, or without a reason."""
    rows = list(questions)
    for question in rows:
        shipped = question.origin == Question.Origin.SHIPPED
        known = RULES.get(rule)
        if known is None or (known.severity if shipped else known.installed) is Severity.ERROR:
            raise RefusedError(_("An error cannot be kept. Correct the question."))
    if not reason.strip():
        raise RefusedError(_("Enter a reason to keep the warning."))
    question_rows.lock_by_key([question.pk for question in rows])
    write_waivers([(question, {rule: reason}) for question in rows], now=now, by=by)


@transaction.atomic
def write_waivers(waivers: Sequence[tuple[Question, Mapping[str, str]]], *, now: datetime.datetime, by: User) -> None:
    """Write waivers, with history; each question comes with the reason for each rule."""
    rows = [
        Waiver(question=question, rule=rule, reason=reasons[rule].strip()[:MAX_REASON_CHARS], by=by)
        for question, reasons in waivers
        for rule in sorted(reasons)
    ]
    Waiver.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["question", "rule"], update_fields=["reason", "by"]
    )
    record_all(
        History(question=row.question, at=now, by=by, action="waived", after={"rule": row.rule, "text": row.reason})
        for row in rows
    )


def replace_waivers(waivers: Mapping[int, Sequence[schema.Waiver]]) -> None:
    """Replace the waivers of questions by those that files give."""
    for batch in batched(waivers, ROWS_PER_QUERY):
        Waiver.objects.filter(question__in=batch).delete()
    Waiver.objects.bulk_create(
        (
            Waiver(question_id=question, rule=waiver.rule, reason=waiver.reason)
            for question, of_question in waivers.items()
            for waiver in of_question
        ),
        batch_size=ROWS_PER_QUERY,
    )
