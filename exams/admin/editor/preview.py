"""The preview of a question as candidates will see it, from the fields of the editor."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override

from exams import disclosure
from questions.admin.editor.question_form import QuestionForms
from questions.admin.staff_page import staff_form
from questions.models import Question
from questions.services import collections, wordings


@staff_form("questions.view_question")
@xframe_options_sameorigin
@csp_override({**settings.SECURE_CSP, "frame-ancestors": [CSP.SELF]})
def page(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Render the page of a frame, so that it can have the width of a phone. Empty on GET; nothing is stored."""
    question = get_object_or_404(Question, pk=pk) if pk else Question()
    context: dict[str, Any] = {"preferences": {}, "theme": _theme(request)}
    if request.method == "POST":
        question_forms = QuestionForms(question, request.user, request.POST)
        if overlong := question_forms.overlong():
            return render(request, "admin/exams/editor/preview.html", {**context, "overlong": overlong})
        draft = question_forms.content()
        question.code = question.code or draft.id
        wording = wordings.compose(question, draft, 1)
        ended = request.POST.get("preview_as") == "after"
        language = collections.other_language(draft.collection)
        if draft.stem or any(option.text for option in draft.options):
            card = disclosure.revision_card(wording.revision, wording.options, ended=ended, language=language)
            context["card"] = card
        context["ended"] = ended
    return render(request, "admin/exams/editor/preview.html", context)


def _theme(request: HttpRequest) -> str:
    theme = request.POST.get("preview_theme", "")
    return theme if theme in ("light", "dark") else ""
