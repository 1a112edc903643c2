"""Search the questions whose solutions a candidate has seen: in the wording that was shown."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import batched, chain
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from exams.models import Attempt, Response
from questions.content.word_search import Segment, WordSearch, plain
from questions.models import Option, Revision

MAX_MATCHES = 20
# The database looks for the words also inside of others; those that it finds are looked at in batches, newest first.
BATCH, MAX_BATCHES = 30, 3
MAX_DATABASE_WORDS = (
    3  # the longest; the database reads all texts for each, and the others are looked for in what it finds
)
STEM_CHARS, PASSAGE_CHARS = 160, 160


class OptionTexts(NamedTuple):
    """The bit mask of an option, its text and its rationale."""

    mask: int
    texts: list[str]


@dataclass(frozen=True, slots=True)
class QuestionMatch:
    """The newest response to a question with all words. `passage` is of key or explanation if the stem lacks any."""

    response: Response
    stem: list[Segment]
    passage: list[Segment]

    @property
    def attempt(self) -> Attempt:
        return self.response.attempt


def search_reviewed(
    candidates: Collection[int],
    search: WordSearch,
    is_disclosed: Callable[[Attempt, Response], bool],
    but: Collection[str] = (),
) -> list[QuestionMatch]:
    """Return at most MAX_MATCHES questions with all words in stem, options, rationales or explanation.

    Two queries; more, one for each of at most MAX_BATCHES, for words that are often found inside of others.
    Questions that were never shown to the candidate are left out, and those that `is_disclosed` of `disclosure` holds
    back, such as the questions of an open exam, and those that only the exams `but` asked, by code. Only the newest
    attempts count, as for all study.
    """
    if not candidates or not search.words:
        return []
    attempts = Attempt.objects.studied(candidates).values("pk")
    shown = Response.objects.filter(attempt__in=attempts, first_shown__isnull=False)
    if but:
        shown = shown.exclude(attempt__blueprint_code__in=but)
    # The words are looked for once in each wording, not in each of the responses to it.
    wordings = Revision.objects.filter(pk__in=shown.order_by().values("revision"))
    for word in sorted(search.words, key=len, reverse=True)[:MAX_DATABASE_WORDS]:
        option = Option.objects.filter(revision=OuterRef("pk"))
        option = option.filter(Q(text__icontains=word) | Q(rationale__icontains=word))
        wordings = wordings.filter(Q(stem__icontains=word) | Q(explanation__icontains=word) | Exists(option))
    newest = shown.filter(revision__in=wordings.order_by().values("pk")).order_by("-first_shown", "-pk")
    # Only keys are sorted; the wordings of thousands of responses would not fit into memory.
    rows = Response.objects.filter(pk__in=newest.values("pk")[: BATCH * MAX_BATCHES])
    rows = rows.select_related("attempt", "revision__question__topic").order_by("-first_shown", "-pk")
    found: dict[int, QuestionMatch] = {}  # by question
    looked_at: set[int] = set()
    for batch in batched(rows, BATCH):
        new: dict[int, Response] = {}  # by revision
        for response in batch:
            if response.revision_id not in looked_at and is_disclosed(response.attempt, response):
                new.setdefault(response.revision_id, response)
        looked_at |= new.keys()
        options = _options(new)
        for revision, response in new.items():
            option_texts = chain.from_iterable(option.texts for option in options[revision])
            texts = (response.revision.stem, response.revision.explanation, *option_texts)
            if response.revision.question_id not in found and search.matches(*texts):
                found[response.revision.question_id] = _match(response, options[revision], search)
                if len(found) == MAX_MATCHES:
                    return list(found.values())
    return list(found.values())


def _options(revisions: Iterable[int]) -> Mapping[int, list[OptionTexts]]:
    """Return the options of these revisions: one query."""
    options: dict[int, list[OptionTexts]] = defaultdict(list)
    rows = Option.objects.filter(revision__in=list(revisions))
    for revision, bit, *texts in rows.values_list("revision", "bit", "text", "rationale"):
        options[revision].append(OptionTexts(1 << bit, texts))
    return options


def _match(response: Response, options: Iterable[OptionTexts], search: WordSearch) -> QuestionMatch:
    stem = plain(response.revision.stem)
    # A wrong option would be read as the answer, above all beside "Right".
    key_texts = chain.from_iterable(option.texts for option in options if option.mask & response.key)
    best = max(map(plain, [*key_texts, response.revision.explanation]), key=search.count)
    passage = search.excerpt(best, PASSAGE_CHARS) if search.count(best) and not search.matches(stem) else []
    return QuestionMatch(response, search.excerpt(stem, STEM_CHARS), passage)
