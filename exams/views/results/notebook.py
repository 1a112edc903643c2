"""The notebook: all notes and scratchpads of finished attempts, to read again and to search."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams import access
from exams.chosen_exam import exam_scope
from exams.models import Attempt
from exams.services.results.notebook import NotebookPage
from exams.services.results.notebook import notebook as read_notebook
from exams.views.pages import safe_page
from questions.content.word_search import MAX_CHARS, Segment, WordSearch

ATTEMPTS_PER_PAGE = 20
QUESTION_CHARS = 160


@dataclass(frozen=True, slots=True)
class Entry:
    """A note with the words of the search marked."""

    position: int
    text: list[Segment]
    question: list[Segment]


@safe_page
def notebook(request: HttpRequest) -> HttpResponse:
    """Show the notes that have all words of `?q=`: of the chosen exam, or of all."""
    search = WordSearch(request.GET.get("q", "")[:MAX_CHARS].strip())
    candidate = access.candidate(request)
    scope = exam_scope(request)
    notes = read_notebook(access.candidate_ids(request) if candidate else [], search, scope.other_codes)
    page = Paginator(notes.pages, ATTEMPTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "notebook",
        "scope": scope,
        "notes": notes,
        "search": search,
        "max_chars": MAX_CHARS,
        "page": page,
        "attempts": [_marked(row, search) for row in page],
        "is_signed_out": candidate is None and not request.user.is_authenticated,
    }
    return render(request, "exams/results/notebook.html", context)


def _marked(page: NotebookPage, search: WordSearch) -> tuple[Attempt, bool, list[Entry]]:
    entries = [
        Entry(entry.position, search.segments(entry.text), search.excerpt(entry.question, QUESTION_CHARS))
        for entry in page.entries
    ]
    return page.attempt, page.shows_score, entries
