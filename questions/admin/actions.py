"""What the page of a question does by one button beside saving: copy it, take a submission back."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from questions.admin.fields import is_code
from questions.models import Question
from questions.services import editing, review
from questions.services.errors import RefusedError


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """A new draft that says the same, under the code typed."""
    question = _question(request, pk, "add")
    code, me = request.POST.get("code", "").strip(), _me(request)
    try:
        if not is_code(code):
            raise RefusedError(_("Use small letters, digits and single hyphens."))
        made = editing.copy(question, code, now=timezone.now(), by=me)
    except RefusedError as refusal:
        messages.error(request, _("Not copied. %s") % refusal)
        return redirect("admin:questions_question_change", pk)
    said = _("Copied from %s.") % question.code
    LogEntry.objects.log_actions(me.pk, [made], ADDITION, change_message=said, single_object=True)
    messages.success(request, _("This is your copy of %s. Change it, then submit it for review.") % question.code)
    return redirect("admin:questions_question_change", made.pk)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the own submission out of review again."""
    question, me = _question(request, pk, "change"), _me(request)
    try:
        review.take_back([question], now=timezone.now(), by=me)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:questions_question_change", pk)
    said = _("Took the submission back.")
    LogEntry.objects.log_actions(me.pk, [question], CHANGE, change_message=said, single_object=True)
    messages.success(request, _("%s is out of review. Submit it again when it is ready.") % question.code)
    return redirect("admin:questions_question_change", pk)


def _question(request: HttpRequest, pk: int, action: str) -> Question:
    if not request.user.has_perm(f"questions.{action}_question"):
        raise PermissionDenied
    return get_object_or_404(Question.objects.select_related("exam_domain", "topic__task"), pk=pk)


def _me(request: HttpRequest) -> Any:
    return request.user
