"""The search over the study guide and the questions that the candidate has reviewed."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.services.results.reviewed_questions import search_reviewed
from questions.bank_files import guide_search as guide_texts
from questions.content.word_search import MAX_CHARS, WordSearch


@require_safe
def guide_search(request: HttpRequest) -> HttpResponse:
    """Show the topics, terms and reviewed questions that have all words of `?q=`."""
    blueprint = access.blueprint_or_404(settings.FRONT_EXAM)
    syllabus = access.syllabus_or_404(blueprint.exam.syllabus_code)
    search = WordSearch(request.GET.get("q", "")[:MAX_CHARS].strip())
    candidate = access.candidate(request)
    ids = access.candidate_ids(request) if candidate and search.words else []
    context = {
        "section": "guide",
        "search": search,
        "max_chars": MAX_CHARS,
        "topics": guide_texts.search_topics(settings.BANK_DIR, syllabus, search),
        "terms": guide_texts.search_terms(settings.BANK_DIR, search),
        "questions": search_reviewed(ids, search, disclosure.for_candidates(ids)) if ids else [],
    }
    return render(request, "exams/site/guide_search.html", context)
