"""The notebook: all notes and scratchpads of finished attempts, to read again and to search."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exams import access
from exams.chosen_exam import exam_scope
from exams.models import Attempt
from exams.services.results import notebook as notebooks
from exams.services.results.notebook import NotebookSection
from exams.views.pages import safe_page
from questions.content.word_search import MAX_CHARS, Segment, WordSearch

NOTES_PER_PAGE = 50
QUESTION_CHARS = 160
FOUND_CHARS = 400  # of a note that a search has found: its first word with what is around it


@dataclass(frozen=True, slots=True)
class Entry:
    """A note, or while searching an excerpt, with the words of the search marked."""

    position: int
    text: list[Segment]
    question: list[Segment]


@safe_page
def notebook(request: HttpRequest) -> HttpResponse:
    """Show the notes that have all words of `?q=`: of the chosen exam, or of all."""
    search = WordSearch(request.GET.get("q", "")[:MAX_CHARS].strip())
    candidate = access.candidate(request)
    scope = exam_scope(request)
    owners = access.candidate_ids(request) if candidate else []
    notes = notebooks.notebook(owners, search, scope.other_codes)
    page = Paginator(notes.matching, NOTES_PER_PAGE).get_page(request.GET.get("page"))
    sections = notebooks.sections(owners, list(page), notes.open_questions)
    context = {
        "section": "notebook",
        "scope": scope,
        "notes": notes,
        "search": search,
        "max_chars": MAX_CHARS,
        "max_searched": notebooks.MAX_SEARCHED_NOTES,
        "page": page,
        "attempts": [_marked(section, search) for section in sections],
        "is_signed_out": candidate is None and not request.user.is_authenticated,
    }
    return render(request, "exams/results/notebook.html", context)


def _marked(section: NotebookSection, search: WordSearch) -> tuple[Attempt, bool, list[Entry]]:
    entries = [
        Entry(
            entry.position,
            search.excerpt(entry.text, FOUND_CHARS) if search.words else search.segments(entry.text),
            search.excerpt(entry.question, QUESTION_CHARS),
        )
        for entry in section.entries
    ]
    return section.attempt, section.shows_score, entries
