"""The glossary of the study guide."""

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams.access import syllabus_or_404
from exams.chosen_exam import chosen_exam
from questions.bank_files.directories import bank_directory
from questions.bank_files.glossary import Term, terms
from questions.bank_files.guide_search import guide_index
from questions.content.word_search import MAX_CHARS


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Show the terms of the exam by letter, each with the topics about it; 404 if the bank has no glossary."""
    blueprint = chosen_exam(request)
    bank = bank_directory(blueprint.exam)
    entries = terms(bank)
    if not entries:
        raise Http404
    index = guide_index(bank, syllabus_or_404(blueprint.exam.syllabus_code))
    context = {
        "section": "guide",
        "exam": blueprint.exam,
        "max_chars": MAX_CHARS,
        "n_terms": len(entries),
        "letters": [
            (letter, [(term, index.topics_of(term)) for term in group])
            for letter, group in groupby(entries, key=_letter)
        ],
    }
    return render(request, "exams/site/glossary.html", context)


def _letter(term: Term) -> str:
    return term.name[0].upper() if term.name[0].isalpha() else "0-9"
