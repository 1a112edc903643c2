"""An index of the words of some texts: which texts have all words of a search, and what a typo was meant to be.

It is small: some hundreds of texts, some thousands of words. A search reads no text, so that it costs the same for
hostile words. No Django.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log
from typing import NamedTuple

from questions.content.word_search import PREFIX_CHARS, WordSearch

_RUN = re.compile(r"[^\W_]+")
_HYPHENED = re.compile(r"[^\W_]+-[^\W_]+")
MIN_TYPO_CHARS, MAX_TYPO_CHARS = 4, 30  # what is shorter is an abbreviation: each one resembles many
TITLE_SHARE = 3  # what a word in the title counts for the texts with some of the words; elsewhere 1
CANDIDATES = 40  # words with the most trigrams in common, which are compared letter by letter


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text, and what a word counts in it. A text without a title part cannot come first."""

    text: str
    weight: int = 1
    is_title: bool = False


class _Hit(NamedTuple):
    """The weights of the texts that have a typed word, by number; which have it in the title, and which as it is."""

    weights: Mapping[int, int]
    titles: Collection[int]
    whole: Collection[int]


class WordIndex:
    """The words of texts, each given as its parts; a text is known by its number."""

    def __init__(self, texts: Sequence[Sequence[Part]]) -> None:
        self._parts = texts
        self._weights: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._titles: dict[str, set[int]] = defaultdict(set)
        self._spaced: dict[str, str] = {}
        for number, parts in enumerate(texts):
            for part in parts:
                runs = [run.casefold() for run in _RUN.findall(part.text)]
                for word in set(runs):
                    self._weights[word][number] += part.weight
                for compound in _HYPHENED.findall(part.text.casefold()):
                    self._spaced[compound.replace("-", "")] = compound
                if part.is_title:
                    for word in runs:
                        self._titles[word].add(number)
                    self._spaced |= {first + second: f"{first} {second}" for first, second in pairwise(runs)}
        self._sorted = sorted(self._weights)

    def find(self, search: WordSearch) -> list[int]:
        """Return the texts with all words: first those with most of the words in the title, then by weight.

        Of these, a text with the words as they were typed, not as the beginning of others, comes first, and among them
        one that has them one after the other.
        """
        phrase = " ".join(search.words)
        ranks: list[tuple[int, int, int, int, int]] = []
        hits = [self._with_word(word, whole=search.whole) for word in search.words]
        numbers = set.intersection(*(set(hit.weights) for hit in hits)) if hits else set()
        for number in numbers:
            in_title = sum(number in hit.titles for hit in hits)
            as_typed = sum(number in hit.whole for hit in hits)
            weight = sum(hit.weights[number] for hit in hits)
            has_phrase = len(hits) > 1 and self._has_phrase(phrase, number)
            ranks.append((-in_title, -as_typed, -has_phrase, -weight, number))
        return [number for *_rank, number in sorted(ranks)]

    def unknown(self, search: WordSearch) -> list[str]:
        """Return the main words that no text has."""
        return [word for word in search.main_words if not self._with_word(word).weights]

    def nearest(self, search: WordSearch) -> list[int]:
        """Return the texts with some of the words, those with the rarest words first, in the title before elsewhere."""
        scores: dict[int, float] = defaultdict(float)
        for hit in map(self._with_word, search.main_words):
            rarity = log(len(self._parts) / len(hit.weights)) if hit.weights else 0
            for number in hit.weights:
                scores[number] += rarity * (TITLE_SHARE if number in hit.titles else 1)
        return sorted((number for number in scores if scores[number]), key=lambda number: (-scores[number], number))

    def with_most(self, search: WordSearch) -> list[int]:
        """Return the texts with more than half of the main words, but not all words, those with most of them first."""
        hits = [self._with_word(word).weights for word in search.main_words]
        times = Counter(number for weights in hits for number in weights)
        most = {number for number in times if 2 * times[number] > len(hits)}.difference(self.find(search))
        return sorted((number for number in self.nearest(search) if number in most), key=lambda number: -times[number])

    def _has_phrase(self, phrase: str, number: int) -> bool:
        return any(phrase in text for text in self._folded[number])

    @cached_property
    def _folded(self) -> list[list[str]]:
        return [[part.text.casefold() for part in parts] for parts in self._parts]

    def corrected(self, search: WordSearch) -> str | None:
        """Return the search with each unknown word replaced by the most similar known one; None if nothing changes.

        Two words that are written as one, and one that is written as two, are corrected too.
        """
        words = list(search.words)
        for place, (first, second) in enumerate(pairwise(search.words)):
            if len(first + second) >= MIN_TYPO_CHARS and self._with_word(first + second).weights:
                words[place : place + 2] = [first + second]
                break
        corrected = [word if self._with_word(word).weights else self._similar(word) or word for word in words]
        return None if tuple(corrected) == search.words else " ".join(corrected)

    def _with_word(self, word: str, *, whole: bool = False) -> _Hit:
        """Return which texts have a typed word."""
        found: list[_Hit] = []
        for run in _RUN.findall(word):
            weights: Counter[int] = Counter()
            titles: set[int] = set()
            as_typed: set[int] = set()
            for known in self._known(run, whole=whole):
                weights.update(self._weights[known])
                titles |= self._titles.get(known, set())
                if len(known) <= len(run) + 1:
                    as_typed.update(self._weights[known])
            found.append(_Hit(weights, titles, as_typed))
        if not found:
            return _Hit({}, (), ())
        numbers = set.intersection(*(set(hit.weights) for hit in found))
        if len(found) > 1 or _RUN.fullmatch(word) is None:  # k-means: its words may stand apart elsewhere
            numbers = {number for number in numbers if self._has_phrase(word, number)}
        return _Hit(
            {number: min(hit.weights[number] for hit in found) for number in numbers},
            numbers.intersection(*(hit.titles for hit in found)),
            numbers.intersection(*(hit.whole for hit in found)),
        )

    def _known(self, run: str, *, whole: bool) -> Iterator[str]:
        """Yield the words of the texts that a typed word without marks finds, as `WordSearch` does."""
        if whole or len(run) < PREFIX_CHARS:
            yield from (word for word in (run, f"{run}s") if word in self._weights)
            return
        for place in range(bisect_left(self._sorted, run), len(self._sorted)):
            if not self._sorted[place].startswith(run):
                return
            yield self._sorted[place]

    def _similar(self, word: str) -> str | None:
        """Return the known word that differs least from an unknown one, if it differs little.

        Of those that differ as much, one with the same letters is better, then one of a title, then one of many texts.
        """
        if word in self._spaced or not MIN_TYPO_CHARS <= len(word) <= MAX_TYPO_CHARS:
            return self._spaced.get(word)
        common: Counter[str] = Counter()
        for trigram in _trigrams(word):
            common.update(self._by_trigram.get(trigram, ()))
        likely = sorted(common, key=lambda known: -common[known] / (len(known) + len(word)))[:CANDIDATES]

        def rank(known: str) -> tuple[object, ...]:
            same_letters = (word[0] == known[0]) + (sorted(word) == sorted(known))
            texts = len(self._weights.get(known, ()))
            return typing_errors(word, known), -same_letters, known not in self._titles, -texts

        best = min(likely, key=rank, default=None)
        if best is None or typing_errors(word, best) > min(3, (len(word) - 1) // 3):
            return None
        return best if best in self._weights else self._spaced[best]

    @cached_property
    def _by_trigram(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in dict.fromkeys([*self._weights, *self._spaced]):
            if len(word) >= MIN_TYPO_CHARS and not word.isdigit():
                for trigram in _trigrams(word):
                    found[trigram].append(word)
        return found


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


def typing_errors(typed: str, meant: str) -> int:
    """Return how many letters are wrong, missing, too many, or swapped with their neighbor."""
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for row, letter in enumerate(typed, 1):
        current = [row]
        for column, other in enumerate(meant, 1):
            errors = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == meant[column - 2] and typed[row - 2] == other:
                errors = min(errors, before[column - 2] + 1)
            current.append(errors)
        before, last = last, current
    return last[-1]
