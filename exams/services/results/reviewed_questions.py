"""Search the questions whose solutions a candidate has seen: in the wording that was shown."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from exams.models import Attempt, Response
from questions.content.word_search import Segment, WordSearch, plain
from questions.models import Option, Revision

MAX_MATCHES = 20
STEM_CHARS, PASSAGE_CHARS = 160, 160


@dataclass(frozen=True, slots=True)
class QuestionMatch:
    """The newest response to a question that has all words. `passage` shows them if the stem does not."""

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
    """Return at most MAX_MATCHES questions with all words in stem, options, rationales or explanation: two queries.

    Questions that were never shown to the candidate are left out, and those that `is_disclosed` of `disclosure` holds
    back, such as the questions of an open exam, and those of the syllabuses `but`.
    """
    if not candidates or not search.words:
        return []
    shown = Response.objects.filter(attempt__candidate__in=candidates, first_shown__isnull=False)
    # The words are looked for once in each wording, not in each of the responses to it.
    wordings = Revision.objects.filter(pk__in=shown.order_by().values("revision"))
    if but:
        wordings = wordings.exclude(question__exam_domain__exam__in=but)
    for word in search.words:
        option = Option.objects.filter(revision=OuterRef("pk"))
        option = option.filter(Q(text__icontains=word) | Q(rationale__icontains=word))
        wordings = wordings.filter(Q(stem__icontains=word) | Q(explanation__icontains=word) | Exists(option))
    rows = shown.filter(revision__in=wordings.order_by().values("pk"))
    rows = rows.select_related("attempt", "revision__question__topic").order_by("-first_shown", "-pk")
    newest: dict[int, Response] = {}
    for response in rows.iterator(chunk_size=100):  # a common word matches thousands
        if len(newest) == MAX_MATCHES:
            break
        if response.revision.question_id not in newest and is_disclosed(response.attempt, response):
            newest[response.revision.question_id] = response
    passages: dict[int, list[str]] = defaultdict(list)
    options = Option.objects.filter(revision__in=[response.revision_id for response in newest.values()])
    for revision, text, rationale in options.values_list("revision", "text", "rationale"):
        passages[revision] += [text, rationale]
    return [_match(response, passages[response.revision_id], search) for response in newest.values()]


def _match(response: Response, option_texts: Collection[str], search: WordSearch) -> QuestionMatch:
    stem = plain(response.revision.stem)
    best = max(map(plain, [*option_texts, response.revision.explanation]), key=search.count)
    passage = search.excerpt(best, PASSAGE_CHARS) if search.count(best) and not search.matches(stem) else []
    return QuestionMatch(response, search.excerpt(stem, STEM_CHARS), passage)
