"""Actions on selected questions: a page with the plan, the action, and a page with what was left out and why.

Only a post of the page writes. It carries the lock version of each question, so questions changed by other users
since are left out and listed.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from questions.admin.staff_page import current_user, log, render_page, staff_form
from questions.content.typed_numbers import whole_number
from questions.lint import RULES
from questions.models import Question
from questions.services import action_plans, approval
from questions.services.action_plans import ActionPlan, ActionResult, BlockedQuestion, SelectedQuestion
from questions.services.errors import RefusedError

CHANGE_QUESTION = "questions.change_question"
_MAX_NAMED_QUESTIONS = 20  # further questions that are ready are only counted


class BulkAction(ABC):
    """An action on many questions.

    `settings` returns a form or None; an action with a form is planned once the form is valid.
    """

    name: str
    position: int  # in the menu above the list
    title: Any  # in the menu and on the page
    button: Any
    done_message: Any  # for the user: a lazy plural of %(n)d questions
    log_message: Any  # for the admin log of each question, in the same way
    permission = CHANGE_QUESTION
    template = "admin/questions/question_list/bulk_action.html"

    def settings(self, data: Any) -> Any:
        return None

    @abstractmethod
    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        """Return what would happen to each question; write nothing."""

    @abstractmethod
    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        """Execute what is ready in the plan."""

    def warning(self, changed: Sequence[Question]) -> str:
        """Return what to tell the user about the changed questions, if anything."""
        return ""

    def context(self, plan: ActionPlan | None) -> dict[str, Any]:
        """Return additional values for the template."""
        return {}


class Submit(BulkAction):
    name, position = "submit", 2
    title, button = gettext_lazy("Submit for review"), gettext_lazy("Submit for review")
    done_message = ngettext_lazy(
        "%(n)d question was submitted for review.", "%(n)d questions were submitted for review.", "n"
    )
    log_message = ngettext_lazy(
        "Submitted for review with %(n)d question.", "Submitted for review with %(n)d questions.", "n"
    )

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_submission(rows, timezone.localdate(), reasons(data))

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return approval.submit(plan, now=timezone.now(), by=user)


class TakeBack(BulkAction):
    name, position = "take-back", 4
    title, button = gettext_lazy("Take back from review"), gettext_lazy("Take back")
    done_message = ngettext_lazy(
        "%(n)d question was taken back from review.", "%(n)d questions were taken back from review.", "n"
    )
    log_message = ngettext_lazy(
        "Taken back from review with %(n)d question.", "Taken back from review with %(n)d questions.", "n"
    )

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_taking_back(rows)

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return approval.take_back(plan, now=timezone.now(), by=user)


class Retire(BulkAction):
    name, position = "retire", 5
    title, button = gettext_lazy("Retire"), gettext_lazy("Retire")
    done_message = ngettext_lazy("%(n)d question was retired.", "%(n)d questions were retired.", "n")
    log_message = ngettext_lazy("Retired with %(n)d question.", "Retired with %(n)d questions.", "n")

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_retirement(rows, user)

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return approval.retire(plan, now=timezone.now(), by=user)


class Restore(BulkAction):
    name, position = "restore", 6
    title, button = gettext_lazy("Put back retired questions"), gettext_lazy("Put back")
    done_message = ngettext_lazy("%(n)d question was put back.", "%(n)d questions were put back.", "n")
    log_message = ngettext_lazy("Put back with %(n)d question.", "Put back with %(n)d questions.", "n")

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_restoration(rows, user)

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return approval.restore(plan, now=timezone.now(), by=user)


BULK_ACTIONS: dict[str, BulkAction] = {}
CHANGE_LIST_ACTIONS: list[Any] = []  # for `ModelAdmin.actions`


def register(action: BulkAction) -> None:
    """Add an action to the menu above the list."""

    def begin(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        keys = list(queryset.values_list("pk", flat=True)[: action_plans.MAX_SELECTED + 1])
        if len(keys) > action_plans.MAX_SELECTED:
            message = _("Select at most %(limit)d questions at once. Use a filter to narrow the list.")
            messages.error(request, message % {"limit": action_plans.MAX_SELECTED})
            return None
        rows = action_plans.select(keys, current_user(request))
        return _page(request, action, rows, _plan(action, rows, {}, request), back=request.GET.urlencode())

    begin.__name__ = action.name
    permission = action.permission.split(".")[1].split("_")[0]
    CHANGE_LIST_ACTIONS.append(admin.action(description=action.title, permissions=[permission])(begin))
    BULK_ACTIONS[action.name] = action


@staff_form(())
def page(request: HttpRequest, name: str) -> HttpResponse:
    """The page of an action: plan again with the given settings, or execute the plan."""
    action = BULK_ACTIONS.get(name)
    if action is None:
        raise Http404
    if not current_user(request).has_perm(action.permission):
        raise PermissionDenied
    if request.method != "POST":  # the selection was in the post
        return redirect(_list_url(""))
    user = current_user(request)
    versions, back = _versions(request), request.POST.get("back", "")
    rows = action_plans.select(versions.keys(), user)
    unchanged = [row for row in rows if row.question.lock_version == versions[row.question.pk]]
    settings = action.settings(request.POST)
    plan = _plan(action, unchanged, request.POST, request, settings)
    changed = [row for row in rows if row.question.lock_version != versions[row.question.pk]]
    for row in changed:
        if plan:
            plan.block(row, _("Someone else changed this question. Select it again in the list."))
    if plan is None or "do" not in request.POST:
        return _page(request, action, unchanged + changed, plan, back=back, settings=settings)
    try:
        result = action.execute(plan, request.POST, settings, user)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _page(request, action, rows, plan, back=back, settings=settings)
    count = len(result.changed)
    if count:
        log(request, result.changed, action.log_message % {"n": count})
        messages.success(request, action.done_message % {"n": count})
        if warning := action.warning(result.changed):
            messages.warning(request, warning)
        planned = {row.question for row in plan.waiting}
        if waiting := [question for question in result.changed if question in planned]:
            messages.warning(request, _waiting_sentence(waiting))
    blocked = [*plan.blocked, *result.left_out]
    if not blocked and not plan.warned:
        return redirect(_list_url(back))
    # What was left out is shown, and can be done from there.
    rules = Counter(rule for _row, findings in plan.warned for rule in {finding.rule for finding in findings})
    remaining_plan = ActionPlan(warned=plan.warned, blocked=blocked, rules=rules)
    remaining = [row for row, _findings in plan.warned]
    return _page(request, action, remaining, remaining_plan, back=back, settings=settings, is_done=True)


def _waiting_sentence(waiting: Sequence[Question]) -> str:
    """Return which questions wait for approval with a part of their change."""
    sentence = ngettext(
        "Points, partial credit or order of %(n)d question wait for approval: %(codes)s. Submit it for review.",
        "Points, partial credit or order of %(n)d questions wait for approval: %(codes)s. Submit them for review.",
        len(waiting),
    )
    codes = ", ".join(question.code for question in waiting[:_MAX_NAMED_QUESTIONS])
    more = ", …" if len(waiting) > _MAX_NAMED_QUESTIONS else ""
    return sentence % {"n": len(waiting), "codes": codes + more}


def reasons(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the reasons to keep warnings, by rule."""
    return {
        name.removeprefix("waive-"): str(data[name]).strip()
        for name in data
        if name.startswith("waive-") and data[name]
    }


def _plan(
    action: BulkAction,
    rows: Sequence[SelectedQuestion],
    data: Mapping[str, Any],
    request: HttpRequest,
    settings: Any = None,
) -> ActionPlan | None:
    """Return the plan; None without valid settings."""
    if action.settings(None) is not None and (settings is None or not settings.is_valid()):
        return None
    return action.plan(rows, data, settings, request.user)


def _page(
    request: HttpRequest, action: BulkAction, rows: Iterable[SelectedQuestion], plan: ActionPlan | None, *, back: str,
    settings: Any = None, is_done: bool = False,
) -> HttpResponse:  # fmt: skip
    selected = list(rows)
    typed_reasons = reasons(request.POST)
    context = {
        **action.context(plan),
        "title": action.title,
        "action": action,
        "settings": settings or action.settings(None),
        "plan": plan,
        "rules": [
            {"name": name, "count": count, "definition": RULES[name].definition, "reason": typed_reasons.get(name, "")}
            for name, count in sorted(plan.rules.items(), key=lambda pair: (-pair[1], pair[0]))
        ] if plan else [],
        "waiting": [row.question for row in plan.waiting] if plan else [],
        "blocked": _group_by_reasons(plan.blocked) if plan else [],
        "named": [row.question for row in plan.ready[:_MAX_NAMED_QUESTIONS]] if plan else [],
        "unnamed": max(0, len(plan.ready) - _MAX_NAMED_QUESTIONS) if plan else 0,
        "versions": [f"{row.question.pk}-{row.question.lock_version}" for row in selected],
        "count": len(selected),
        "plan_count": len(plan.ready) + len(plan.warned) if plan else 0,
        "left_out": len(plan.blocked) + len(plan.warned) if plan else 0,
        "back": back,
        "list_url": _list_url(back),
        "is_done": is_done,
    }  # fmt: skip
    return render_page(request, action.template, context)


def _group_by_reasons(blocked: Iterable[BlockedQuestion]) -> list[tuple[tuple[str, ...], list[Question]]]:
    """Return the blocked questions grouped by the same reasons."""
    by_reasons: dict[tuple[str, ...], list[Question]] = {}
    for entry in blocked:
        by_reasons.setdefault(entry.reasons, []).append(entry.question)
    return list(by_reasons.items())


def _versions(request: HttpRequest) -> dict[int, int]:
    """Return the selected questions by primary key, with the lock versions of the page."""
    versions: dict[int, int] = {}
    for value in request.POST.getlist("question")[: action_plans.MAX_SELECTED]:
        key, _dash, version = value.partition("-")
        pk, lock_version = whole_number(key, None), whole_number(version, None)
        if pk is not None and lock_version is not None:
            versions[pk] = lock_version
    return versions


def _list_url(query: str) -> str:
    address = reverse("admin:questions_question_changelist")
    return f"{address}?{query}" if query else address
