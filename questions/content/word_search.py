"""Search texts for the words that somebody types: which texts have all of them, and where (no Django)."""

import re
from dataclasses import dataclass
from functools import cached_property

MAX_CHARS, MAX_WORDS = 100, 8
# Rules, headings, items, code, cells. Each stays on its line: blank lines would take quadratic time.
_MARKS = re.compile(r"^[ \t|:-]+$|^[^\S\n]*(?:#+|-)\s|[`*|]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text, which is one of the words or lies between them."""

    text: str
    is_match: bool


@dataclass(frozen=True)
class WordSearch:
    """What was typed. It matches texts that have all words, also as parts of longer words; case is ignored."""

    typed: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.typed[:MAX_CHARS].casefold().split()))[:MAX_WORDS]

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(re.escape(word), re.IGNORECASE) for word in self.words)

    @cached_property
    def _alternatives(self) -> str:
        return "|".join(map(re.escape, sorted(self.words, key=len, reverse=True)))

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return re.compile(self._alternatives, re.IGNORECASE)

    @cached_property
    def _runs(self) -> re.Pattern[str]:
        return re.compile(f"(?:{self._alternatives})+", re.IGNORECASE)

    def matches(self, *texts: str) -> bool:
        """Return whether each word is in one of the texts; always without words."""
        return all(any(pattern.search(text) for text in texts) for pattern in self._patterns)

    def count(self, text: str) -> int:
        """Return how many of the words are in the text."""
        return sum(pattern.search(text) is not None for pattern in self._patterns)

    def segments(self, text: str) -> list[Segment]:
        """Return the text in parts, in their order. Words without a gap are one part."""
        parts, end = [], 0
        for match in self._runs.finditer(text) if self.words else ():
            if match.start() > end:
                parts.append(Segment(text[end : match.start()], False))
            parts.append(Segment(match[0], True))
            end = match.end()
        return [*parts, Segment(text[end:], False)] if end < len(text) else parts

    def excerpt(self, text: str, chars: int) -> list[Segment]:
        """Return about `chars` characters around the first word in the text, cut between words, with an ellipsis."""
        match = self._any.search(text) if self.words else None
        start = max(0, match.start() - chars // 3) if match else 0
        if start:
            space = text.find(" ", start)
            start = space + 1 if match and 0 <= space < match.start() else start
        end = start + chars
        if end < len(text):
            end = max(text.rfind(" ", 0, end), match.end() if match else start)
        return self.segments(("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else ""))


def plain(markdown: str) -> str:
    """Return a text on one line without the marks of Markdown."""
    return " ".join(_MARKS.sub(" ", markdown).split())
