"""Approves many questions at once; on this side of the house because finished exams decide how they start."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.services.analysis import pilots
from questions.admin.bulk import Act, reasons, register
from questions.services import bulk, bulk_selection, review
from questions.services.bulk import Done
from questions.services.bulk_selection import Chosen, Plan


class Approve(Act):
    name, place = "approve", 3
    title, button = gettext_lazy("Approve"), gettext_lazy("Approve")
    permission = review.APPROVE
    template = "admin/questions/question/bulk_approve.html"

    def plan(self, rows: Sequence[Chosen], data: Mapping[str, Any], settings: Any, user: Any) -> Plan:
        return bulk_selection.for_approval(rows, reasons(data), timezone.localdate(), user)

    def carry_out(self, plan: Plan, data: Mapping[str, Any], settings: Any, user: Any) -> Done:
        on_trial = data.get("start") == "trial"
        return bulk.approve(plan, reasons(data), on_trial=on_trial, now=timezone.now(), by=user)

    def done(self, count: int) -> str:
        return ngettext("%(n)d question is approved.", "%(n)d questions are approved.", count)

    def entry(self, count: int) -> str:
        return _("Approved, one of %(n)d at once.")

    def context(self, plan: Plan | None) -> dict[str, Any]:
        finished = pilots.finished()
        by_author = sum(row.wrote for row in plan.ready) if plan else 0
        on_trial = finished >= pilots.ENOUGH
        return {"finished": finished, "enough": pilots.ENOUGH, "on_trial": on_trial, "by_author": by_author}


register(Approve())
