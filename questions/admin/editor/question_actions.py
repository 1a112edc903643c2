"""The actions on the page of a question besides saving: copy it, take a submission back, retire it, put it back."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.editor.question_fields import is_code
from questions.admin.staff_page import current_user, log, staff_action
from questions.models import Question
from questions.services import action_plans, approval, editing
from questions.services.errors import RefusedError


@staff_action("questions.add_question")
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy a question as a new draft under the given code."""
    question = get_object_or_404(Question.objects.with_place(), pk=pk)
    code, user = request.POST.get("code", "").strip(), current_user(request)
    try:
        if not is_code(code):
            raise RefusedError(_("Use small letters, digits and single hyphens."))
        question_copy = editing.copy(question, code, now=timezone.now(), by=user)
    except RefusedError as refusal:
        messages.error(request, _("Not copied. %s") % refusal)
        return redirect("admin:questions_question_change", pk)
    log(request, question_copy, _("Copied from %s.") % question.code, ADDITION)
    messages.success(request, _("This is your copy of %s. Edit it, then submit it for review.") % question.code)
    return redirect("admin:questions_question_change", question_copy.pk)


@staff_action("questions.change_question")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the user's own submission back from review."""
    question = get_object_or_404(Question.objects.with_place(), pk=pk)
    try:
        approval.take_back([question], now=timezone.now(), by=current_user(request))
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:questions_question_change", pk)
    log(request, question, _("Took the question back from review."))
    messages.success(request, _("%s was taken back from review. Submit it again when it is ready.") % question.code)
    return redirect("admin:questions_question_change", pk)


@staff_action("questions.change_question")
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire the question."""
    return _change_status(request, pk, action_plans.plan_retirement, approval.retire, _("%s is retired."))


@staff_action("questions.change_question")
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a retired question back."""
    return _change_status(request, pk, action_plans.plan_restoration, approval.restore, _("%s was put back."))


def _change_status(request: HttpRequest, pk: int, make_plan: Any, carry_out: Any, done: str) -> HttpResponse:
    question, user = get_object_or_404(Question, pk=pk), current_user(request)
    plan = make_plan(action_plans.select([pk], user), user)
    if plan.blocked:
        messages.error(request, plan.blocked[0].reasons[0])
    else:
        carry_out(plan, now=timezone.now(), by=user)
        log(request, question, done % question.code)
        messages.success(request, done % question.code)
    return redirect("admin:questions_question_change", pk)
