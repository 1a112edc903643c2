"""The page on which a user chooses between two versions of a question, part by part.

The versions are ours and the shipped bank's, or the user's edit and what a colleague has saved meanwhile.
"""

import json
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.editor.question_form import QuestionForms, comparable, part_digests_json
from questions.admin.staff_page import current_user, log, render_page, staff_page
from questions.content import differences
from questions.content.typed_numbers import whole_number
from questions.models import History, Question
from questions.services import approval, conflicts, editing, points_and_enemies, ratings
from questions.services.errors import EditConflictError, RefusedError

_PART = "part-"
_NOT_TYPED = ("csrfmiddlewaretoken", "chosen")
_RATING_FIELDS = ("rating",)


@staff_page("questions.view_question", post="questions.change_question")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show or settle what both a new version of the shipped bank and people here have changed."""
    question = get_object_or_404(Question.objects.with_place(), pk=pk)
    if question.conflict is None:
        messages.info(request, _("%s has no conflict.") % question.code)
        return redirect("admin:questions_question_change", pk)
    return _settle(request, question) if request.method == "POST" else _shipped_conflict(request, question)


def _settle(request: HttpRequest, question: Question) -> HttpResponse:
    user, action = current_user(request), request.POST.get("act", "")
    choices = conflicts.choices(question, user)
    all_parts = {choice.key for choice in choices}
    unlocked = {choice.key for choice in choices if not choice.locked}
    without_difference = set(question.conflict or {}) - all_parts
    one_side: dict[str, tuple[set[str], set[str]]] = {"mine": (all_parts, set()), "theirs": (set(), unlocked)}
    kept, taken = one_side.get(action) or (
        chosen_parts(request.POST, "mine") & all_parts,
        chosen_parts(request.POST, "theirs") & unlocked,
    )
    read_version = whole_number(request.POST.get("lock_version"), -1)
    try:
        conflicts.settle(
            question, kept=kept | without_difference, taken=taken, now=timezone.now(), by=user,
            read_version=read_version,
        )  # fmt: skip
    except RefusedError as refusal:
        current = get_object_or_404(Question.objects.select_related("exam_domain"), pk=question.pk)
        status = 409 if isinstance(refusal, EditConflictError) else 422
        return _shipped_conflict(request, current, status=status, refusal=str(refusal), taken=taken)
    log(request, question, _("Resolved the conflict with a new shipped version."))
    messages.success(request, _("Your choices for %s are saved.") % question.code)
    return redirect("admin:questions_question_change", question.pk)


def _shipped_conflict(
    request: HttpRequest, question: Question, *, status: int = 200, refusal: str = "", taken: set[str] | None = None
) -> HttpResponse:
    user = current_user(request)
    choices = [replace(choice, theirs=choice.key in (taken or ())) for choice in conflicts.choices(question, user)]
    if not ratings.knows_rating(user, question):
        choices = [replace(choice, parts=[]) if choice.name in _RATING_FIELDS else choice for choice in choices]
    context = {
        "choices": choices,
        "refusal": refusal,
        "hidden": [("lock_version", str(question.lock_version))],
        "action": reverse("admin:questions_question_conflict", args=[question.pk]),
        "may_choose": user.has_perm("questions.change_question"),
        "waiting": conflicts.WAITING_PARTS if question.current_id else (),
    }
    return _page(request, question, status, **context)


def edit_conflict(request: HttpRequest, question: Question, question_forms: QuestionForms) -> HttpResponse:
    """Show what a colleague has saved beside what was typed, which is carried along as hidden fields."""
    current = get_object_or_404(Question, pk=question.pk)
    stored, typed, choices = editing.stored_content(current), question_forms.content(), []
    values = typed_values(request.POST)
    if stored:
        stored, typed = comparable(stored, points_and_enemies.enemy_codes(current)), comparable(typed, typed.enemies)
        before, after = _opened_digests(values), differences.part_digests(typed)
        # The default for a part that the user has not edited is the stored one.
        choices = [
            replace(choice, theirs=before is not None and before.get(choice.key) == after.get(choice.key))
            for choice in differences.part_choices(differences.changed_parts(typed, stored))
        ]
        values["opened"] = [part_digests_json(current, stored)]
    values["lock_version"] = [str(current.lock_version)]
    values["chosen"] = ["1"]
    context = {
        "choices": choices,
        "last": History.objects.filter(question=question).select_related("by").first(),
        "hidden": [(name, value) for name, field_values in values.items() for value in field_values],
        "action": reverse("admin:questions_question_change", args=[question.pk]),
        "may_choose": True,
        "colleague": True,
    }
    return _page(request, question, 409, **context)


def _opened_digests(values: dict[str, list[str]]) -> dict[str, Any] | None:
    """Return the digests of the parts when the page was opened; None if they are missing or damaged."""
    try:
        digests = json.loads(values.get("opened", [""])[0])
    except (ValueError, RecursionError):
        return None
    return digests if isinstance(digests, dict) else None


def chosen_parts(data: QueryDict, side: str) -> set[str]:
    """Return the keys of the parts for which `side` was chosen."""
    return {name.removeprefix(_PART) for name in data if name.startswith(_PART) and data[name] == side}


def typed_values(data: QueryDict) -> dict[str, list[str]]:
    """Return the values of the question form in a post, without buttons and choices."""
    names = [name for name in data if name not in _NOT_TYPED and not name.startswith(("_", _PART))]
    return {name: data.getlist(name) for name in names}


def _page(request: HttpRequest, question: Question, status: int, **values: Any) -> HttpResponse:
    context = {"title": question.code, "question": question, "in_review": approval.is_in_review(question), **values}
    return render_page(request, "admin/questions/editor/conflict.html", context, status)
