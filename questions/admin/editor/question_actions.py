"""The actions on the page of a question besides saving: copy it, take a submission back."""

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from questions.admin.editor.question_fields import is_code
from questions.admin.requests import current_user, permitted_question
from questions.services import approval, editing
from questions.services.errors import RefusedError


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy a question as a new draft under the given code."""
    question = permitted_question(request, pk, "add")
    code, user = request.POST.get("code", "").strip(), current_user(request)
    try:
        if not is_code(code):
            raise RefusedError(_("Use small letters, digits and single hyphens."))
        question_copy = editing.copy(question, code, now=timezone.now(), by=user)
    except RefusedError as refusal:
        messages.error(request, _("Not copied. %s") % refusal)
        return redirect("admin:questions_question_change", pk)
    entry = _("Copied from %s.") % question.code
    LogEntry.objects.log_actions(user.pk, [question_copy], ADDITION, change_message=entry, single_object=True)
    messages.success(request, _("This is your copy of %s. Edit it, then submit it for review.") % question.code)
    return redirect("admin:questions_question_change", question_copy.pk)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the user's own submission back from review."""
    question, user = permitted_question(request, pk, "change"), current_user(request)
    try:
        approval.take_back([question], now=timezone.now(), by=user)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:questions_question_change", pk)
    entry = _("Took the question back from review.")
    LogEntry.objects.log_actions(user.pk, [question], CHANGE, change_message=entry, single_object=True)
    messages.success(request, _("%s was taken back from review. Submit it again when it is ready.") % question.code)
    return redirect("admin:questions_question_change", pk)
