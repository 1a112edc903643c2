"""Near-duplicate questions: which of many questions share half of their four-word sequences (no Django).

The Jaccard index is exact. Candidates come from an inverted index over the rarest sequences of each question only:
two sets with an index of at least t share one of the first n - ceil(t n) + 1 sequences in any common order, so common
phrases cost nothing. All pairs are found, unless one question has more than MAX_COMPARED candidates, as in a file of
thousands by one pattern: then those that share its rarest sequences are compared. A sequence is stored as its 64-bit
hash, which keeps 20,000 questions in about 100 MB.
"""

import math
import threading
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from questions.content.prose import words
from questions.content.schema import QuestionContent

THRESHOLD = 0.5  # Jaccard index from which two questions are near duplicates
MAX_COMPARED = 500  # questions with one
_WORDS_PER_SEQUENCE = 4
_MIN_COUNTED, _MAX_COUNTED = 64, 2048  # questions whose sequences are counted to find the common ones


def sequences(question: QuestionContent) -> frozenset[int]:
    """Return the hashes of the four-word sequences of stem and options. The order of options does not matter."""
    hashes: set[int] = set()
    for text in (question.stem, *(option.text for option in question.options)):
        tokens = words(text)
        if tokens:
            last = max(1, len(tokens) - _WORDS_PER_SEQUENCE + 1)
            stable = tuple(crc32(token.encode()) for token in tokens)  # the hash of a text differs by process
            hashes.update(hash(stable[n : n + _WORDS_PER_SEQUENCE]) for n in range(last))
    return frozenset(hashes)


class NearDuplicates(NamedTuple):
    """The ids and Jaccard indexes of `found` questions; `is_cut` is whether there were too many to compare all."""

    found: list[tuple[str, float]]
    is_cut: bool


class NearDuplicateIndex:
    """An index over questions that finds the near duplicates of a question. Safe to share between threads.

    Any fixed order of sequences finds the same questions; the rarest first is fast. So the sequences are counted again
    each time the number of questions has doubled, up to _MAX_COUNTED questions.
    """

    def __init__(self, questions: Iterable[QuestionContent] = ()) -> None:
        self._sequences: dict[str, array[int]] = {}
        self._frequency: dict[int, int] = {}  # of the sequences counted more than once
        self._owner: dict[int, str] = {}  # indexed sequence to the first question with it
        self._more_owners: defaultdict[int, set[str]] = defaultdict(set)
        self._count_at: float = _MIN_COUNTED
        self._lock = threading.Lock()
        self.put(questions)

    def put(self, questions: Iterable[QuestionContent]) -> None:
        """Add questions. A question replaces an earlier one with its id."""
        for question in questions:
            hashes = sequences(question)
            with self._lock:
                self._drop(question.id)
                self._sequences[question.id] = array("q", hashes)
                if self._count_at <= len(self._sequences):
                    self._count()
                else:
                    self._add_to_index(question.id)

    def drop(self, codes: Iterable[str]) -> None:
        """Remove the questions with these ids."""
        for code in codes:
            with self._lock:
                self._drop(code)

    def matches(self, question: QuestionContent) -> NearDuplicates:
        """Return the other questions at or above the threshold, nearest first.

        Of more than MAX_COMPARED questions that share one of its rarest sequences, so many are compared: those that
        share the rarest ones, then by id.
        """
        own = sequences(question)
        with self._lock:
            codes = list(islice(self._candidates(question.id, own), MAX_COMPARED + 1))
            rows = [(code, self._sequences[code]) for code in codes[:MAX_COMPARED]]
        results = []
        for code, hashes in rows:
            smaller, larger = sorted((len(own), len(hashes)))
            if smaller >= THRESHOLD * larger:  # otherwise even a subset stays below the threshold
                shared = sum(sequence in own for sequence in hashes)
                share = shared / (smaller + larger - shared)
                if share >= THRESHOLD:
                    results.append((code, share))
        return NearDuplicates(sorted(results, key=lambda pair: (-pair[1], pair[0])), len(codes) > MAX_COMPARED)

    def _candidates(self, code: str, hashes: frozenset[int]) -> Iterator[str]:
        """Yield the other questions with one of the indexed sequences, those of the rarest one first."""
        seen = {code}
        for sequence in sorted(self._prefix(hashes), key=lambda sequence: len(self._more_owners.get(sequence, ()))):
            for other in sorted(self._owners(sequence)):
                if other not in seen:
                    seen.add(other)
                    yield other

    def _count(self) -> None:
        counts = Counter(sequence for hashes in self._sequences.values() for sequence in hashes)
        self._frequency = {sequence: count for sequence, count in counts.items() if count > 1}
        self._count_at = 2 * self._count_at if self._count_at < _MAX_COUNTED else math.inf
        self._owner.clear()
        self._more_owners.clear()
        for code in self._sequences:
            self._add_to_index(code)

    def _add_to_index(self, code: str) -> None:
        for sequence in self._prefix(self._sequences[code]):
            if self._owner.setdefault(sequence, code) != code:
                self._more_owners[sequence].add(code)

    def _drop(self, code: str) -> None:
        for sequence in self._prefix(self._sequences.pop(code, ())):
            remaining = self._owners(sequence) - {code}
            self._owner.pop(sequence, None)
            self._more_owners.pop(sequence, None)
            if remaining:
                self._owner[sequence] = remaining.pop()
            if remaining:
                self._more_owners[sequence] = remaining

    def _owners(self, sequence: int) -> set[str]:
        owner = self._owner.get(sequence)
        return set() if owner is None else {owner, *self._more_owners.get(sequence, ())}

    def _prefix(self, hashes: Sequence[int] | frozenset[int]) -> list[int]:
        rarest = sorted(hashes, key=lambda sequence: (self._frequency.get(sequence, 0), sequence))
        return rarest[: len(rarest) - math.ceil(THRESHOLD * len(rarest)) + 1]
