"""Search texts for the words that somebody types: which texts have all of them, and where (no Django)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

MAX_CHARS, MAX_WORDS = 100, 8
PREFIX_CHARS = 4  # a typed word of so many characters also finds longer words that begin with it
_AROUND = "\"'`“”‘’()[]{},.;:?!"  # typed around a word, not of it
# Rules, headings, items, code, cells. Each stays on its line: blank lines would take quadratic time.
_MARKS = re.compile(r"^[ \t|:-]+$|^[^\S\n]*(?:#+|-)\s|[`*|]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text, which is one of the words or lies between them."""

    text: str
    is_match: bool


@dataclass(frozen=True)
class WordSearch:
    """What was typed. It matches texts that have all words; case is ignored.

    A word is found where a word of the text begins, never inside of one. A short word, such as S3, has to be a whole
    word, or its plural.
    """

    typed: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        typed = self.typed[:MAX_CHARS].casefold().split()
        return tuple(dict.fromkeys(word.strip(_AROUND) or word for word in typed))[:MAX_WORDS]

    def matches(self, *texts: str) -> bool:
        """Return whether each word is in one of the texts; always without words."""
        folded = [text.casefold() for text in texts] if self.words else []
        return all(any(_is_in(word, text) for text in folded) for word in self.words)

    def count(self, text: str) -> int:
        """Return how many of the words are in the text."""
        folded = text.casefold()
        return sum(_is_in(word, folded) for word in self.words)

    def segments(self, text: str) -> list[Segment]:
        """Return the text in parts, in their order. Words without a gap are one part."""
        parts, end = [], 0
        for start, stop in self._runs(text):
            if start > end:
                parts.append(Segment(text[end:start], False))
            parts.append(Segment(text[start:stop], True))
            end = stop
        return [*parts, Segment(text[end:], False)] if end < len(text) else parts

    def excerpt(self, text: str, chars: int) -> list[Segment]:
        """Return about `chars` characters around the first word in the text, cut between words, with an ellipsis."""
        first = min(filter(None, (next(_occurrences(word, text), None) for word in self.words)), default=None)
        start = max(0, first[0] - chars // 3) if first else 0
        if start:
            space = text.find(" ", start)
            start = space + 1 if first and 0 <= space < first[0] else start
        end = start + chars
        if end < len(text):
            end = max(text.rfind(" ", 0, end), first[1] if first else start)
        return self.segments(("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else ""))

    def _runs(self, text: str) -> list[tuple[int, int]]:
        """Return where the words are in the text; those that touch are one run."""
        runs: list[tuple[int, int]] = []
        for start, end in sorted(place for word in self.words for place in _occurrences(word, text)):
            if runs and start <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
            else:
                runs.append((start, end))
        return runs


def _is_in(word: str, folded: str) -> bool:
    return next(_places(word, folded), None) is not None


def _places(word: str, folded: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of a word in a text without case. A regular expression would take quadratic time."""
    start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and word[0].isalnum() and folded[start - 1].isalnum()) and _ends(word, folded, end):
            yield start, end
            start = folded.find(word, end)
        else:
            start = folded.find(word, start + 1)


def _ends(word: str, folded: str, end: int) -> bool:
    """Return whether a typed word may end here: a long one anywhere, a short one only with the word of the text."""
    if len(word) >= PREFIX_CHARS or not word[-1].isalnum() or not folded[end : end + 1].isalnum():
        return True
    return folded[end] == "s" and not folded[end + 1 : end + 2].isalnum()


def _occurrences(word: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of a word in a text, without case."""
    folded = text.casefold()
    places: Sequence[int] = range(len(text))
    if len(folded) != len(text):  # a letter such as ß became two
        places = [place for place, letter in enumerate(text) for _part in letter.casefold()]
    for start, end in _places(word, folded):
        yield places[start], places[end - 1] + 1


def plain(markdown: str) -> str:
    """Return a text on one line without the marks of Markdown."""
    return " ".join(_MARKS.sub(" ", markdown).split())
