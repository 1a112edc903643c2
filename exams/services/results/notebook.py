"""Read all notes of a candidate's finished attempts, with the question of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from exams.models import Attempt, Note, Response
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results.shown_scores import shown_scores
from questions.content.word_search import WordSearch, plain

MAX_SEARCHED_NOTES = 2000
_QUESTION = Response.objects.filter(attempt=OuterRef("attempt"), position=OuterRef("position"))
_STEM = Subquery(_QUESTION.values("revision__stem")[:1])


@dataclass(frozen=True, slots=True)
class NotebookEntry:
    """One note. `position` is 0 for the scratchpad. `question` is the stem without its Markdown."""

    position: int
    text: str
    question: str


@dataclass(frozen=True, slots=True)
class NotebookSection:
    """Notes of one attempt, and whether its score may be shown."""

    attempt: Attempt
    shows_score: bool
    entries: tuple[NotebookEntry, ...]


@dataclass(frozen=True, slots=True)
class Notebook:
    """The keys of the notes that match, of the newest attempt first; there are `total`. `hidden` ones are not counted:
    they are about the `open_questions`, of an open exam."""

    matching: Sequence[int] = ()
    total: int = 0
    hidden: int = 0
    open_questions: frozenset[int] = frozenset()

    @property
    def unsearched(self) -> int:
        """The number of notes that are too old for a search."""
        return max(0, self.total - MAX_SEARCHED_NOTES)


def notebook(candidates: Collection[int], search: WordSearch, but: Collection[str] = ()) -> Notebook:
    """Return the notes that have all words in their text or question: three queries at most.

    Of more than MAX_SEARCHED_NOTES, only the newest ones are searched; no text of the others is read.
    `candidates` are the candidate and the guest of the same browser; `but` are codes of exams to leave out.
    """
    if not candidates:
        return Notebook()
    rows = (
        Note.objects.filter(attempt__candidate__in=candidates)
        .exclude(text="")
        .exclude(attempt__status=Attempt.Status.OPEN)
        .exclude(attempt__blueprint_code__in=but)
        .order_by("-attempt__started_at", "-attempt_id", "position")
    )
    open_questions = hidden_from(candidates)
    is_hidden = Exists(_QUESTION.filter(revision__question__in=open_questions))
    found = rows.annotate(is_hidden=is_hidden).values_list("pk", "is_hidden")
    keys = [key for key, hides in found if not hides]
    hidden = len(found) - len(keys)
    matching = _matching(rows.filter(pk__in=keys[:MAX_SEARCHED_NOTES]), search) if search.words else keys
    return Notebook(matching, len(keys), hidden, open_questions)


def _matching(rows: QuerySet[Note], search: WordSearch) -> list[int]:
    plain_once = lru_cache(maxsize=None)(plain)
    texts = rows.annotate(stem=_STEM).values_list("pk", "text", "stem")
    return [key for key, text, stem in texts if search.matches(text, plain_once(stem or ""))]


def sections(
    candidates: Collection[int], keys: Collection[int], open_questions: Collection[int]
) -> list[NotebookSection]:
    """Return these notes of a notebook by attempt, in the same order."""
    notes = (
        Note.objects.filter(pk__in=keys)
        .annotate(stem=_STEM)
        .select_related("attempt__report", "attempt__form__blueprint", "attempt__sitting")
        .defer("attempt__form__plan")
        .order_by("-attempt__started_at", "-attempt_id", "position")
    )
    scores = shown_scores(candidates, open_questions)
    return [
        NotebookSection(
            attempt,
            scores.shows_score(attempt),
            tuple(NotebookEntry(note.position, note.text, plain(note.stem or "")) for note in group),
        )
        for attempt, group in groupby(notes, key=lambda note: note.attempt)
    ]
