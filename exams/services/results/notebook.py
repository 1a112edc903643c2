"""Read all notes of a candidate's finished attempts, with the question of each."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from django.db.models import OuterRef, Subquery

from exams.models import Attempt, Note, Response
from exams.services.attempt.annotations import SCRATCHPAD
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results.shown_scores import shown_scores
from questions.content.word_search import WordSearch, plain


@dataclass(frozen=True, slots=True)
class NotebookEntry:
    """One note. `position` is 0 and `question` is empty for the scratchpad."""

    position: int
    text: str
    question: str


@dataclass(frozen=True, slots=True)
class NotebookPage:
    """The notes of one attempt that match, and whether its score may be shown."""

    attempt: Attempt
    shows_score: bool
    entries: tuple[NotebookEntry, ...]


@dataclass(frozen=True, slots=True)
class Notebook:
    """Attempts with notes that match, newest first; of `total` notes, `matching` match. `hidden` ones are not counted:
    they are about questions of an open exam."""

    pages: tuple[NotebookPage, ...]
    total: int
    matching: int
    hidden: int


def notebook(candidates: Collection[int], search: WordSearch, but: Collection[str] = ()) -> Notebook:
    """Return the notes that have all words in their text or question: four queries at most.

    `candidates` are the candidate and the guest of the same browser; `but` are codes of exams to leave out.
    """
    if not candidates:
        return Notebook((), 0, 0, 0)
    response = Response.objects.filter(attempt=OuterRef("attempt"), position=OuterRef("position"))
    rows = (
        Note.objects.filter(attempt__candidate__in=candidates)
        .exclude(text="")
        .exclude(attempt__status=Attempt.Status.OPEN)
        .exclude(attempt__blueprint_code__in=but)
        .annotate(
            question=Subquery(response.values("revision__question")[:1]),
            stem=Subquery(response.values("revision__stem")[:1]),
        )
        .order_by("-attempt__started_at", "-attempt", "position")
        .values_list("attempt", "position", "text", "question", "stem")
    )
    open_questions = hidden_from(candidates)
    shown = [row for row in rows if row[3] not in open_questions]
    entries = [
        (attempt, NotebookEntry(position, text, plain(stem or "") if position != SCRATCHPAD else ""))
        for attempt, position, text, _question, stem in shown
    ]
    matching = [(attempt, entry) for attempt, entry in entries if search.matches(entry.text, entry.question)]
    attempts = (
        Attempt.objects.select_related("report", "form__blueprint", "sitting")
        .defer("form__plan")
        .in_bulk({attempt for attempt, _entry in matching})
    )
    scores = shown_scores(candidates, open_questions)
    pages = [
        NotebookPage(
            attempts[attempt], scores.shows_score(attempts[attempt]), tuple(entry for _attempt, entry in group)
        )
        for attempt, group in groupby(matching, key=lambda pair: pair[0])
    ]
    return Notebook(tuple(pages), len(entries), len(matching), len(rows) - len(shown))
