"""Acts on chosen questions: a page that says what will happen to each, then the act, then what was left out and why.

Only a post of that page writes. It carries the version of each question that it was made of, so what somebody has
changed meanwhile is left out and named.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from questions.lint import RULES
from questions.models import Question
from questions.services import action_plans, review
from questions.services.action_plans import ActionPlan, ActionResult, BlockedQuestion, SelectedQuestion
from questions.services.errors import RefusedError

CHANGE_QUESTION = "questions.change_question"
_NAMED = 20  # questions that are ready are named up to here, then counted


class Act(ABC):
    """One act. `settings` is a form, or None; an act with one is asked for it before anything is planned."""

    name: str
    place: int  # among the choices above the list
    title: Any  # of the choice and of the page
    button: Any
    permission = CHANGE_QUESTION
    template = "admin/questions/question/bulk_plan.html"

    def settings(self, data: Any) -> Any:
        return None

    @abstractmethod
    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        """What would happen to each; it writes nothing."""

    @abstractmethod
    def carry_out(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        """Does what is ready in the plan."""

    @abstractmethod
    def done(self, count: int) -> str:
        """The sentence for the user."""

    @abstractmethod
    def entry(self, count: int) -> str:
        """The sentence for the log of the admin, on each question."""

    def context(self, plan: ActionPlan | None) -> dict[str, Any]:
        """What its template needs beside the plan."""
        return {}


class Submit(Act):
    name, place = "submit", 2
    title, button = gettext_lazy("Submit for review"), gettext_lazy("Submit for review")

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_submission(rows, timezone.localdate(), reasons(data))

    def carry_out(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return review.submit(plan, now=timezone.now(), by=user)

    def done(self, count: int) -> str:
        return ngettext("%(n)d question waits for a reviewer now.", "%(n)d questions wait for a reviewer now.", count)

    def entry(self, count: int) -> str:
        return _("Submitted for review, one of %(n)d at once.")


class TakeBack(Act):
    name, place = "take-back", 4
    title, button = gettext_lazy("Take back from review"), gettext_lazy("Take back")

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_taking_back(rows)

    def carry_out(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return review.take_back(plan, now=timezone.now(), by=user)

    def done(self, count: int) -> str:
        return ngettext("%(n)d question is no longer in review.", "%(n)d questions are no longer in review.", count)

    def entry(self, count: int) -> str:
        return _("Taken back from review, one of %(n)d at once.")


class Retire(Act):
    name, place = "retire", 5
    title, button = gettext_lazy("Retire"), gettext_lazy("Retire")

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return action_plans.plan_retirement(rows, user)

    def carry_out(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return review.retire(plan, now=timezone.now(), by=user)

    def done(self, count: int) -> str:
        return ngettext("%(n)d question was retired.", "%(n)d questions were retired.", count)

    def entry(self, count: int) -> str:
        return _("Retired, one of %(n)d at once.")


ACTS: dict[str, Act] = {}
ACTIONS: list[Any] = []  # of the stock admin, in the order of ACTS


def register(act: Act) -> None:
    """Makes an act one of the choices above the list."""

    def begin(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        keys = list(queryset.values_list("pk", flat=True)[: action_plans.MAX_SELECTED + 1])
        if len(keys) > action_plans.MAX_SELECTED:
            said = _("Choose at most %(most)d questions at once: narrow the list by a filter.")
            messages.error(request, said % {"most": action_plans.MAX_SELECTED})
            return None
        rows = action_plans.select(keys, request.user)  # type: ignore[arg-type]  # staff are users
        return _page(request, act, rows, _plan(act, rows, {}, request), back=request.GET.urlencode())

    begin.__name__ = act.name
    permission = act.permission.split(".")[1].split("_")[0]
    ACTIONS.append(admin.action(description=act.title, permissions=[permission])(begin))
    ACTS[act.name] = act


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, name: str) -> HttpResponse:
    """The page of an act after the list: plans again with what was typed, or does it."""
    act = ACTS.get(name)
    if act is None:
        raise Http404
    if not request.user.has_perm(act.permission):
        raise PermissionDenied
    if request.method != "POST":  # somebody came back to the address: the choice was in the post
        return HttpResponseRedirect(_list(""))
    me: Any = request.user
    seen, back = _seen(request), request.POST.get("back", "")
    rows = action_plans.select(seen.keys(), me)
    same = [row for row in rows if row.question.lock_version == seen[row.question.pk]]
    settings = act.settings(request.POST)
    plan = _plan(act, same, request.POST, request, settings)
    changed = [row for row in rows if row.question.lock_version != seen[row.question.pk]]
    for row in changed:
        if plan:
            plan.block(row, _("Somebody changed this question meanwhile. Choose it again on the list."))
    if plan is None or "do" not in request.POST:
        return _page(request, act, same + changed, plan, back=back, settings=settings)
    try:
        done = act.carry_out(plan, request.POST, settings, me)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return _page(request, act, rows, plan, back=back, settings=settings)
    count = len(done.changed)
    if count:
        LogEntry.objects.log_actions(me.pk, done.changed, CHANGE, change_message=act.entry(count) % {"n": count})
        messages.success(request, act.done(count) % {"n": count})
    left = [*plan.blocked, *done.left_out]
    if not left and not plan.warned:
        return HttpResponseRedirect(_list(back))
    # Nothing is left out in silence: what was not done is shown, and can be done from there.
    rest = ActionPlan(warned=plan.warned, blocked=left, rules=plan.rules)
    remaining = [row for row, found in plan.warned]
    return _page(request, act, remaining, rest, back=back, settings=settings, after=True)


def reasons(data: Mapping[str, Any]) -> dict[str, str]:
    """By rule, why its warnings are kept."""
    return {
        name.removeprefix("waive-"): str(data[name]).strip()
        for name in data
        if name.startswith("waive-") and data[name]
    }


def _plan(
    act: Act, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], request: HttpRequest, settings: Any = None
) -> ActionPlan | None:
    """What would happen; None while the settings are not given or not valid."""
    if act.settings(None) is not None and (settings is None or not settings.is_valid()):
        return None
    return act.plan(rows, data, settings, request.user)


def _page(
    request: HttpRequest, act: Act, rows: Iterable[SelectedQuestion], plan: ActionPlan | None, *, back: str,
    settings: Any = None, after: bool = False,
) -> HttpResponse:  # fmt: skip
    chosen = list(rows)
    typed = reasons(request.POST)
    context = {
        **admin.site.each_context(request),
        **act.context(plan),
        "title": act.title,
        "act": act,
        "settings": settings or act.settings(None),
        "plan": plan,
        "rules": [
            {"name": name, "count": count, "says": RULES[name].definition, "reason": typed.get(name, "")}
            for name, count in sorted(plan.rules.items(), key=lambda pair: (-pair[1], pair[0]))
        ] if plan else [],
        "held": _by_reason(plan.blocked) if plan else [],
        "named": plan.ready[:_NAMED] if plan else [],
        "unnamed": max(0, len(plan.ready) - _NAMED) if plan else 0,
        "seen": [f"{row.question.pk}-{row.question.lock_version}" for row in chosen],
        "count": len(chosen),
        "back": back,
        "list": _list(back),
        "after": after,
    }  # fmt: skip
    return TemplateResponse(request, act.template, context)


def _by_reason(held: Iterable[BlockedQuestion]) -> list[tuple[tuple[str, ...], list[Question]]]:
    """What stays as it is, the same reasons said once."""
    found: dict[tuple[str, ...], list[Question]] = {}
    for each in held:
        found.setdefault(each.reasons, []).append(each.question)
    return list(found.items())


def _seen(request: HttpRequest) -> dict[int, int]:
    """Keys of the chosen questions and the version of each that the page was made of."""
    found: dict[int, int] = {}
    for value in request.POST.getlist("question")[: action_plans.MAX_SELECTED]:
        key, _dash, version = value.partition("-")
        if len(value) < 30 and key.isascii() and key.isdigit() and version.isascii() and version.isdigit():
            found[int(key)] = int(version)
    return found


def _list(query: str) -> str:
    address = reverse("admin:questions_question_changelist")
    return f"{address}?{query}" if query else address
