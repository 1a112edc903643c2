"""The glossary of the study guide."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams.chosen_exam import chosen_exam
from questions.bank_files.directories import bank_directory
from questions.bank_files.glossary import terms


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Show the terms of the exam with their definitions; 404 if the bank has no glossary."""
    blueprint = chosen_exam(request)
    entries = terms(bank_directory(blueprint.exam))
    if not entries:
        raise Http404
    context = {
        "section": "guide",
        "exam": blueprint.exam,
        "terms": entries,
    }
    return render(request, "exams/site/glossary.html", context)
