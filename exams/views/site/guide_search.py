"""The search over the study guide and the questions that the candidate has reviewed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.chosen_exam import chosen_exam, scope_of
from exams.services.results.reviewed_questions import search_reviewed
from questions.bank_files import guide_search as guide_texts
from questions.bank_files.directories import bank_directory
from questions.content.word_search import MAX_CHARS, WordSearch


@require_safe
def guide_search(request: HttpRequest) -> HttpResponse:
    """Show the topics, terms and reviewed questions that have all words of `?q=`."""
    candidate = access.candidate(request)
    blueprint = chosen_exam(request)
    exam = blueprint.exam
    syllabus, bank = access.syllabus_or_404(exam.syllabus_code), bank_directory(exam)
    search = WordSearch(request.GET.get("q", "")[:MAX_CHARS].strip())
    ids = access.candidate_ids(request) if candidate and search.words else []
    others = scope_of(blueprint, request).other_syllabuses
    context = {
        "section": "guide",
        "exam": exam,
        "search": search,
        "max_chars": MAX_CHARS,
        "topics": guide_texts.search_topics(bank, syllabus, search),
        "terms": guide_texts.search_terms(bank, search),
        "questions": search_reviewed(ids, search, disclosure.for_candidates(ids), others) if ids else [],
    }
    return render(request, "exams/site/guide_search.html", context)
