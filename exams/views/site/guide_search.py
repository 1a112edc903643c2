"""The search over the study guide and the questions that the candidate has reviewed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.chosen_exam import chosen_exam, scope_of
from exams.services.results.reviewed_questions import QuestionMatch, search_reviewed
from questions.bank_files.directories import bank_directory
from questions.bank_files.guide_search import MAX_NEAREST, Found, guide_index
from questions.content.word_search import MAX_CHARS, WordSearch


@require_safe
def guide_search(request: HttpRequest) -> HttpResponse:
    """Show what of the guide and of the reviewed questions has all words of `?q=`, without its typos if nothing has.

    If nothing of the guide has even then, show what has some of the words; after few pages, those with most of them.
    """
    candidate = access.candidate(request)
    blueprint = chosen_exam(request)
    exam = blueprint.exam
    index = guide_index(bank_directory(exam), access.syllabus_or_404(exam.syllabus_code))
    typed = WordSearch(request.GET.get("q", "")[:MAX_CHARS].strip())
    ids = access.candidate_ids(request) if candidate and typed.words else []
    others = scope_of(blueprint, request).of_other_syllabuses if ids else ()
    is_disclosed = disclosure.for_candidates(ids)

    def results(search: WordSearch) -> tuple[Found, list[QuestionMatch]]:
        return index.search(search), search_reviewed(ids, search, is_disclosed, others)

    search = typed
    found, questions = results(typed)
    if not found and not questions and (corrected := index.corrected(typed)):
        found, questions = results(corrected)
        search = corrected
    is_near = not found
    if is_near:
        found = index.nearest(search)
    has_few = not is_near and found.n_topics < MAX_NEAREST
    context = {
        "section": "guide",
        "exam": exam,
        "typed": typed,
        "search": search,
        "max_chars": MAX_CHARS,
        "found": found,
        "questions": questions,
        "is_near": is_near,
        "unknown": index.unknown(search) if is_near else (),
        "with_most": index.most(search) if has_few else (),
    }
    return render(request, "exams/site/guide_search.html", context)
