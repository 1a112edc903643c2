"""Near duplicates among many questions, by the four-word sequences they share.

The Jaccard index is exact. Candidates come from an inverted index over the rarest sequences of
each question only: two sets with an index of at least t must share one of the first
n - ceil(t n) + 1 sequences in any common order, so common phrases cost nothing.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from questions.interchange.schema import QuestionDraft
from questions.lint.prose import words

THRESHOLD = 0.5
_LENGTH = 4  # words in a sequence

type Shingle = tuple[str, ...]


def shingles(draft: QuestionDraft) -> frozenset[Shingle]:
    """The four-word sequences of stem and options, each text by itself: the order of options is idle."""
    found: set[Shingle] = set()
    for text in (draft.stem, *(option.text for option in draft.options)):
        each = words(text)
        if each:
            found.update(each[n : n + _LENGTH] for n in range(max(1, len(each) - _LENGTH + 1)))
    return frozenset(found)


class SimilarQuestions:
    """An index over questions; ask it which others are nearly the same as one."""

    def __init__(self, drafts: Iterable[QuestionDraft]) -> None:
        self._sets = {draft.id: shingles(draft) for draft in drafts}
        self._frequency: Counter[Shingle] = Counter()
        for each in self._sets.values():
            self._frequency.update(each)
        self._index: defaultdict[Shingle, list[str]] = defaultdict(list)
        for code, each in self._sets.items():
            for shingle in self._prefix(each):
                self._index[shingle].append(code)

    def _prefix(self, sequences: frozenset[Shingle]) -> list[Shingle]:
        rarest = sorted(sequences, key=lambda shingle: (self._frequency[shingle], shingle))
        return rarest[: len(rarest) - math.ceil(THRESHOLD * len(rarest)) + 1]

    def to(self, draft: QuestionDraft) -> list[tuple[str, float]]:
        """Ids of other questions at or above the threshold with their Jaccard index, nearest first."""
        own = shingles(draft)
        candidates = {code for shingle in self._prefix(own) for code in self._index.get(shingle, ())}
        candidates.discard(draft.id)
        near = ((code, len(own & self._sets[code]) / len(own | self._sets[code])) for code in candidates)
        return sorted(
            ((code, share) for code, share in near if share >= THRESHOLD),
            key=lambda pair: (-pair[1], pair[0]),
        )
