"""The bulk action that approves questions. It is in `exams` because finished exams decide how questions start."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from exams.services.analysis import pilots
from questions.admin.question_list.bulk_actions import BulkAction, reasons, register
from questions.models import Question
from questions.services import action_plans, approval, authorship, blueprints, key_changes
from questions.services.action_plans import ActionPlan, ActionResult, SelectedQuestion
from questions.services.drawn_questions import syllabuses


class Approve(BulkAction):
    name, position = "approve", 3
    title, button = gettext_lazy("Approve"), gettext_lazy("Approve")
    permission = authorship.APPROVE
    template = "admin/exams/approval/bulk_approval.html"
    done_message = ngettext_lazy("%(n)d question is approved.", "%(n)d questions are approved.", "n")
    log_message = ngettext_lazy("Approved with %(n)d question.", "Approved with %(n)d questions.", "n")

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        """Plan the approval; leave out changed keys that exams keep, whose reviewer has to decide about a dispute."""
        changes = {row.question.pk: key_changes.key_change(row.question) for row in rows if row.question.current_id}
        by_key = {pk: change.n_exams for pk, change in changes.items() if change and change.n_exams}
        others = [row for row in rows if row.question.pk not in by_key]
        plan = action_plans.plan_approval(others, timezone.localdate(), user, reasons(data))
        for row in rows:
            if n := by_key.get(row.question.pk):
                text = ngettext(
                    "The key changes, and %(n)d exam keeps the old one. Review this question by itself.",
                    "The key changes, and %(n)d exams keep the old one. Review this question by itself.",
                    n,
                )
                plan.block(row, text % {"n": n})
        return plan

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        on_trial = data.get("start") == "trial"
        return approval.approve(plan, pilot=on_trial, now=timezone.now(), by=user)

    def warning(self, changed: Sequence[Question]) -> str:
        return blueprints.undrawn_warning(changed)

    def context(self, plan: ActionPlan | None) -> dict[str, Any]:
        exams = set().union(*syllabuses(row.question for row in plan.ready).values()) if plan else set()
        finished = min((pilots.count_scored_exams(exam) for exam in exams), default=0)
        by_author = sum(row.is_writer for row in plan.ready) if plan else 0
        on_trial = finished >= pilots.MIN_EXAMS_FOR_PILOTS
        return {
            "finished": finished,
            "enough": pilots.MIN_EXAMS_FOR_PILOTS,
            "on_trial": on_trial,
            "by_author": by_author,
        }


register(Approve())
