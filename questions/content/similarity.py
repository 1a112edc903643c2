"""Near duplicates among many questions, by the four-word sequences they share.

The Jaccard index is exact. Candidates come from an inverted index over the rarest sequences of
each question only: two sets with an index of at least t must share one of the first
n - ceil(t n) + 1 sequences in any common order, so common phrases cost nothing.
"""

import math
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from questions.content.prose import words
from questions.content.schema import QuestionContent

THRESHOLD = 0.5
_LENGTH = 4  # words in a sequence

type Shingle = tuple[str, ...]


def shingles(draft: QuestionContent) -> frozenset[Shingle]:
    """The four-word sequences of stem and options, each text by itself: the order of options is idle."""
    found: set[Shingle] = set()
    for text in (draft.stem, *(option.text for option in draft.options)):
        each = words(text)
        if each:
            found.update(each[n : n + _LENGTH] for n in range(max(1, len(each) - _LENGTH + 1)))
    return frozenset(found)


class SimilarQuestions:
    """An index over questions; ask it which others are nearly the same as one.

    Questions come and go by `put` and `drop`. The common order of sequences is that of the first questions, counted
    once: any fixed order finds the same, this one quickly.
    """

    def __init__(self, drafts: Iterable[QuestionContent]) -> None:
        self._sets: dict[str, frozenset[Shingle]] = {}
        self._frequency: Counter[Shingle] = Counter()
        self._index: defaultdict[Shingle, set[str]] = defaultdict(set)
        self._lock = threading.Lock()
        self._put({draft.id: shingles(draft) for draft in drafts})

    def put(self, drafts: Iterable[QuestionContent]) -> None:
        """Takes questions in, each in place of one with its id."""
        new = {draft.id: shingles(draft) for draft in drafts}
        with self._lock:
            self._drop(new)
            self._put(new)

    def drop(self, codes: Iterable[str]) -> None:
        """Takes the questions with these ids out."""
        with self._lock:
            self._drop(codes)

    def _put(self, sets: Mapping[str, frozenset[Shingle]]) -> None:
        if not self._sets:
            self._frequency = Counter()
            for each in sets.values():
                self._frequency.update(each)
        for code, each in sets.items():
            self._sets[code] = each
            for shingle in self._prefix(each):
                self._index[shingle].add(code)

    def _drop(self, codes: Iterable[str]) -> None:
        for code in codes:
            for shingle in self._prefix(self._sets.pop(code, frozenset())):
                self._index[shingle].discard(code)

    def _prefix(self, sequences: frozenset[Shingle]) -> list[Shingle]:
        rarest = sorted(sequences, key=lambda shingle: (self._frequency[shingle], shingle))
        return rarest[: len(rarest) - math.ceil(THRESHOLD * len(rarest)) + 1]

    def to(self, draft: QuestionContent) -> list[tuple[str, float]]:
        """Ids of other questions at or above the threshold with their Jaccard index, nearest first."""
        own = shingles(draft)
        with self._lock:
            candidates = {code for shingle in self._prefix(own) for code in self._index.get(shingle, ())}
            candidates.discard(draft.id)
            sets = [(code, self._sets[code]) for code in candidates]
        near = []
        for code, other in sets:
            few, many = sorted((len(own), len(other)))
            if few >= THRESHOLD * many:  # else even a part of the other would not be enough
                shared = len(own & other)
                share = shared / (few + many - shared)
                if share >= THRESHOLD:
                    near.append((code, share))
        return sorted(near, key=lambda pair: (-pair[1], pair[0]))
