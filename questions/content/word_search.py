"""Search texts for the words that somebody types: which texts have all of them, and where (no Django)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

MAX_CHARS, MAX_WORDS = 100, 8
PREFIX_CHARS = 4  # a typed word of so many characters also finds longer words that begin with it
# Words of a question, which say nothing of what it is about.
_FILLERS = (
    "a an and are can do does for from how i in is it my of on or should so that the to too what when which why with"
)
FILLERS = frozenset(_FILLERS.split())
_MAX_PLACES = 10  # of a word in a text, among which an excerpt is chosen
_AROUND = "\"'`“”‘’()[]{},.;:?!"  # typed around a word, not of it
# Rules, headings, cells. Each stays on its line: blank lines would take quadratic time.
_MARKS = re.compile(r"^[ \t|:-]+$|^[^\S\n]*#+\s|\|+", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)  # of code, whose lines stay
_EMPHASIS = re.compile(r"[`*]+")  # stands beside a word, without a gap
_CELLS = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r"[\W_]")  # what `isalnum` is not
_STOPS = (".", ":", ";", ",", "?", "!")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text, which is one of the words or lies between them."""

    text: str
    is_match: bool


@dataclass(frozen=True)
class WordSearch:
    """What was typed. It matches texts that have all words; case is ignored.

    A word is found where a word of the text begins, never inside of one. A short word, such as S3, has to be a whole
    word, or its plural; with `whole`, each word has.
    """

    typed: str
    whole: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        typed = self.typed[:MAX_CHARS].casefold().split()
        return tuple(dict.fromkeys(word.strip(_AROUND) or word for word in typed))[:MAX_WORDS]

    @cached_property
    def main_words(self) -> tuple[str, ...]:
        """The words without FILLERS, all of them if there are no others."""
        return tuple(word for word in self.words if word not in FILLERS) or self.words

    def matches(self, *texts: str) -> bool:
        """Return whether each word is in one of the texts; always without words."""
        folded = [text.casefold() for text in texts] if self.words else []
        return all(any(self._is_in(word, text) for text in folded) for word in self.words)

    def count(self, text: str) -> int:
        """Return how many of the words are in the text."""
        folded = text.casefold()
        return sum(self._is_in(word, folded) for word in self.words)

    def times(self, text: str) -> int:
        """Return how often the text has all that was typed, in one piece."""
        return sum(1 for _place in _places(self.typed.casefold(), text.casefold(), self.whole)) if self.typed else 0

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
        """Return about `chars` characters that have most of the words, cut between words, with an ellipsis.

        It begins with a sentence if one begins shortly before the first of the words.
        """
        first = self._densest(text, chars // 2)
        start = max(0, first[0] - chars // 2) if first else 0
        if start and first:
            sentence = text.rfind(". ", start - 2, first[0])
            space = text.find(" ", first[0] - chars // 3)
            start = sentence + 2 if sentence >= 0 else space + 1 if 0 <= space < first[0] else first[0] - chars // 3
        is_cut = start and text[start - 2 : start] != ". "
        end = start + chars
        if end < len(text):
            end = max(text.rfind(" ", 0, end), first[1] if first else start)
        return self.segments(("… " if is_cut else "") + text[start:end].strip() + (" …" if end < len(text) else ""))

    def _densest(self, text: str, chars: int) -> tuple[int, int] | None:
        """Return the place of a word from which on most of the words are within `chars` characters, the first such."""
        places = sorted(
            (start, end, word)
            for word in self.words
            for start, end in islice(_occurrences(word, text, self.whole), _MAX_PLACES)
        )
        best, most, last = None, 0, 0
        near: Counter[str] = Counter()
        for start, end, word in places:
            while last < len(places) and places[last][0] <= start + chars:
                near[places[last][2]] += 1
                last += 1
            if (n := sum(times > 0 for times in near.values())) > most:
                best, most = (start, end), n
            near[word] -= 1
        return best

    def _runs(self, text: str) -> list[tuple[int, int]]:
        """Return where the words are in the text; those that touch are one run."""
        runs: list[tuple[int, int]] = []
        for start, end in sorted(place for word in self.words for place in _occurrences(word, text, self.whole)):
            if runs and start <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
            else:
                runs.append((start, end))
        return runs

    def _is_in(self, word: str, folded: str) -> bool:
        return next(_places(word, folded, self.whole), None) is not None


def _places(word: str, folded: str, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield start and end of a word in a text without case. A regular expression would take quadratic time."""
    start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        if start and word[0].isalnum() and folded[start - 1].isalnum():  # inside of another word
            gap = _GAP.search(folded, start)
            start = folded.find(word, gap.start()) if gap else -1
        elif _ends(word, folded, end, whole):
            yield start, end
            start = folded.find(word, end)
        else:
            start = folded.find(word, start + 1)


def _ends(word: str, folded: str, end: int, whole: bool) -> bool:
    """Return whether a typed word may end here: a long one anywhere, a short one only with the word of the text."""
    if (len(word) >= PREFIX_CHARS and not whole) or not word[-1].isalnum() or not folded[end : end + 1].isalnum():
        return True
    return folded[end] == "s" and not folded[end + 1 : end + 2].isalnum()


def _occurrences(word: str, text: str, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield start and end of a word in a text, without case."""
    folded = text.casefold()
    places: Sequence[int] = range(len(text))
    if len(folded) != len(text):  # a letter such as ß became two
        places = [place for place, letter in enumerate(text) for _part in letter.casefold()]
    for start, end in _places(word, folded, whole):
        yield places[start], places[end - 1] + 1


def plain(markdown: str) -> str:
    """Return a text on one line without the marks of Markdown. Cells and items are kept apart."""
    lines = _EMPHASIS.sub("", _FENCE.sub("", markdown)).split("\n")
    rows = (_without_cells(line, below) for line, below in pairwise([*lines, ""]))
    return " ".join(_MARKS.sub(" ", "\n".join(rows)).split()).removesuffix(";")


def _without_cells(line: str, below: str) -> str:
    """Return a line of a text without what makes it a row of a table or an item of a list."""
    bare, below = line.strip(), below.strip()
    if bare.startswith("- "):
        is_whole = not below or below.startswith("- ")
        return f"{bare[2:]};" if is_whole and not bare.endswith(_STOPS) else bare[2:]
    if len(bare) < 2 or not (bare.startswith("|") and bare.endswith("|")) or not bare.strip("|:- "):
        return line
    cells = list(filter(None, map(str.strip, _CELLS.split(bare[1:-1]))))
    if not cells:
        return line
    first, *others = cells
    row = f"{first}: {'; '.join(others)}" if others else first
    return row if row.endswith(_STOPS) else f"{row}."
