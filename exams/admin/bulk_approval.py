"""The bulk action that approves questions. It is in `exams` because finished exams decide how questions start."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from exams.services.analysis import pilots
from questions.admin.bulk_actions import BulkAction, reasons, register
from questions.services import action_plans, authorship, review
from questions.services.action_plans import ActionPlan, ActionResult, SelectedQuestion


class Approve(BulkAction):
    name, position = "approve", 3
    title, button = gettext_lazy("Approve"), gettext_lazy("Approve")
    permission = authorship.APPROVE
    template = "admin/questions/question/action_approve.html"

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_approval(rows, timezone.localdate(), user, reasons(data))

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        on_trial = data.get("start") == "trial"
        return review.approve(plan, pilot=on_trial, now=timezone.now(), by=user)

    def done_message(self, count: int) -> str:
        return ngettext("%(n)d question is approved.", "%(n)d questions are approved.", count)

    def log_message(self, count: int) -> str:
        return ngettext("Approved with %(n)d question.", "Approved with %(n)d questions.", count)

    def context(self, plan: ActionPlan | None) -> dict[str, Any]:
        finished = pilots.count_scored_exams()
        by_author = sum(row.is_writer for row in plan.ready) if plan else 0
        on_trial = finished >= pilots.MIN_EXAMS_FOR_PILOTS
        return {
            "finished": finished,
            "enough": pilots.MIN_EXAMS_FOR_PILOTS,
            "on_trial": on_trial,
            "by_author": by_author,
        }


register(Approve())
