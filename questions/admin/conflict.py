"""Two versions of a question, chosen part by part: ours and the shipped bank's, or hers and a colleague's."""

import json
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from questions.admin.question_form import Writing, comparable, opened
from questions.admin.typed import whole
from questions.content import differences
from questions.models import History, Question
from questions.services import conflicts, editing, links, ratings, review
from questions.services.errors import EditConflictError, RefusedError

_PART = "part-"
_ASKED_ONCE = ("csrfmiddlewaretoken", "chosen")
_RATED = ("rating",)


@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """What a new version of the shipped bank and people here have both changed."""
    needed = "change" if request.method == "POST" else "view"
    if not request.user.has_perm(f"questions.{needed}_question"):
        raise PermissionDenied
    question = get_object_or_404(Question.objects.select_related("exam_domain"), pk=pk)
    if question.conflict is None:
        messages.info(request, _("There is nothing to choose: no part of %s waits.") % question.code)
        return redirect("admin:questions_question_change", pk)
    return _settle(request, question) if request.method == "POST" else _shipped(request, question)


def _settle(request: HttpRequest, question: Question) -> HttpResponse:
    me, act = _me(request), request.POST.get("act", "")
    found = conflicts.choices(question, me)
    every = {each.key for each in found}
    free = {each.key for each in found if not each.locked}
    same = set(question.conflict or {}) - every  # nothing to choose any more
    one_side: dict[str, tuple[set[str], set[str]]] = {"mine": (every, set()), "theirs": (set(), free)}
    kept, taken = one_side.get(act) or (chosen(request.POST, "mine") & every, chosen(request.POST, "theirs") & free)
    try:
        conflicts.settle(
            question, kept=kept | same, taken=taken, now=timezone.now(), by=me,
            read_version=whole(request.POST.get("lock_version"), -1),
        )  # fmt: skip
    except RefusedError as refusal:
        now = get_object_or_404(Question.objects.select_related("exam_domain"), pk=question.pk)
        status = 409 if isinstance(refusal, EditConflictError) else 422
        return _shipped(request, now, status=status, refusal=str(refusal), taken=taken)
    said = _("Settled the changes of a new shipped version.")
    LogEntry.objects.log_actions(me.pk, [question], CHANGE, change_message=said, single_object=True)
    messages.success(request, _("Your choices for %s are saved.") % question.code)
    return redirect("admin:questions_question_change", question.pk)


def _shipped(
    request: HttpRequest, question: Question, *, status: int = 200, refusal: str = "", taken: set[str] | None = None
) -> HttpResponse:
    me = _me(request)
    found = [replace(each, theirs=each.key in (taken or ())) for each in conflicts.choices(question, me)]
    if not ratings.knows_rating(me, question):
        found = [replace(each, parts=[]) if each.name in _RATED else each for each in found]
    more = {
        "choices": found,
        "refusal": refusal,
        "hidden": [("lock_version", str(question.lock_version))],
        "action": reverse("admin:questions_question_conflict", args=[question.pk]),
        "may_choose": me.has_perm("questions.change_question"),
        "asked": question.status in ("pilot", "live", "retired"),
    }
    return _page(request, question, status, **more)


def overtaken(request: HttpRequest, question: Question, written: Writing) -> HttpResponse:
    """What somebody else has saved, beside what was typed. All that was typed is carried along."""
    now = get_object_or_404(Question, pk=question.pk)
    theirs, mine, found = editing.stored_content(now), written.draft(), []
    data = typed(request.POST)
    if theirs:
        theirs, mine = comparable(theirs, links.enemy_codes(now)), comparable(mine, mine.enemies)
        was, typed_now = _opened(data), differences.part_digests(mine)
        # A part that she did not touch is theirs, unless she says otherwise.
        found = [
            replace(each, theirs=was is not None and was.get(each.key) == typed_now.get(each.key))
            for each in differences.part_choices(differences.changed_parts(mine, theirs))
        ]
        data["opened"] = [opened(now, theirs)]
    data["lock_version"] = [str(now.lock_version)]
    data["chosen"] = ["1"]
    more = {
        "choices": found,
        "last": History.objects.filter(question=question).select_related("by").first(),
        "hidden": [(name, value) for name, values in data.items() for value in values],
        "action": reverse("admin:questions_question_change", args=[question.pk]),
        "may_choose": True,
        "colleague": True,
    }
    return _page(request, question, 409, **more)


def _opened(data: dict[str, list[str]]) -> dict[str, Any] | None:
    """The marks of the parts as the page was opened; None where they are not to be had."""
    try:
        said = json.loads(data.get("opened", [""])[0])
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def chosen(data: QueryDict, side: str) -> set[str]:
    """The parts of which this side was chosen."""
    return {name.removeprefix(_PART) for name in data if name.startswith(_PART) and data[name] == side}


def typed(data: QueryDict) -> dict[str, list[str]]:
    """What was typed of a question, without buttons, choices and the like."""
    names = [name for name in data if name not in _ASKED_ONCE and not name.startswith(("_", _PART))]
    return {name: data.getlist(name) for name in names}


def _page(request: HttpRequest, question: Question, status: int, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": question.code, "question": question, **more}
    context["in_review"] = review.is_in_review(question)
    return TemplateResponse(request, "admin/questions/question/conflict.html", context, status=status)


def _me(request: HttpRequest) -> Any:
    return request.user
