"""Read all notes of a candidate's finished attempts, with the question of each."""

from collections.abc import Collection, Sequence
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
    """One note. `position` is 0 and `stem` is empty for the scratchpad."""

    attempt: int
    position: int
    text: str
    stem: str

    @property
    def question(self) -> str:
        """The stem on one line, without its Markdown."""
        return plain(self.stem)


@dataclass(frozen=True, slots=True)
class NotebookSection:
    """Notes of one attempt, and whether its score may be shown."""

    attempt: Attempt
    shows_score: bool
    entries: tuple[NotebookEntry, ...]


@dataclass(frozen=True, slots=True)
class Notebook:
    """The notes that match, of the newest attempt first; there are `total`. `hidden` ones are not counted: they are
    about the `open_questions`, of an open exam."""

    matching: tuple[NotebookEntry, ...] = ()
    total: int = 0
    hidden: int = 0
    open_questions: frozenset[int] = frozenset()


def notebook(candidates: Collection[int], search: WordSearch, but: Collection[str] = ()) -> Notebook:
    """Return the notes that have all words in their text or question: two queries at most.

    `candidates` are the candidate and the guest of the same browser; `but` are codes of exams to leave out.
    """
    if not candidates:
        return Notebook()
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
    entries = [
        NotebookEntry(attempt, position, text, stem if position != SCRATCHPAD else "")
        for attempt, position, text, question, stem in rows
        if question not in open_questions
    ]
    matching = tuple(entry for entry in entries if not search.words or search.matches(entry.text, entry.question))
    return Notebook(matching, len(entries), len(rows) - len(entries), open_questions)


def sections(
    candidates: Collection[int], entries: Sequence[NotebookEntry], open_questions: Collection[int]
) -> list[NotebookSection]:
    """Return these notes of a notebook by attempt."""
    attempts = (
        Attempt.objects.select_related("report", "form__blueprint", "sitting")
        .defer("form__plan")
        .in_bulk({entry.attempt for entry in entries})
    )
    scores = shown_scores(candidates, open_questions)
    return [
        NotebookSection(attempts[attempt], scores.shows_score(attempts[attempt]), tuple(group))
        for attempt, group in groupby(entries, key=lambda entry: entry.attempt)
    ]
