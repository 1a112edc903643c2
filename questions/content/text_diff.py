"""Compare two sequences of tokens: whole sentences first, then words within the sentences that differ (no Django).

To compare all words of two long texts would take minutes, because most words of a language are a few. A stretch that is
still too long after the sentences are compared counts as replaced, and so does what is left when a comparison has taken
too many steps: sentences or words that come again and again are looked for everywhere, once for each that matches.
"""

from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate, pairwise
from typing import Any

MAX_WORD_PAIRS = 360_000  # words of one side times words of the other: some hundredths of a second
MAX_STEPS = 1_000_000  # of one comparison: a tenth of a second

type Opcode = tuple[str, int, int, int, int]


def opcodes(before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
    """Return how `before` becomes `after`, as `difflib.SequenceMatcher.get_opcodes` does.

    Two "equal" opcodes never follow each other.
    """
    merged: list[Opcode] = []
    for opcode in _opcodes(before, after):
        if merged and opcode[0] == "equal" == merged[-1][0]:
            tag, start_before, _, start_after, _ = merged[-1]
            merged[-1] = (tag, start_before, opcode[2], start_after, opcode[4])
        else:
            merged.append(opcode)
    return merged


class _Matcher(SequenceMatcher[Any]):
    """Find no more matches when the steps are used up: one for each pair of equal tokens that is looked at."""

    def __init__(self, before: Sequence[Any], after: Sequence[Any], steps: list[int], *, autojunk: bool) -> None:
        super().__init__(None, before, after, autojunk)
        places: dict[Any, list[int]] = self.b2j  # type: ignore[attr-defined]  # stubs
        self._steps = steps
        self._steps_before = [0, *accumulate(1 + len(places.get(token, ())) for token in before)]

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        """Return the longest match in these ranges, or an empty one."""
        self._steps[0] -= self._steps_before[-1 if ahi is None else ahi] - self._steps_before[alo]
        return super().find_longest_match(alo, ahi, blo, bhi) if self._steps[0] >= 0 else Match(alo, blo, 0)


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Iterator[Opcode]:
    bounds_before, bounds_after = [0, *_sentence_ends(before)], [0, *_sentence_ends(after)]
    steps = [MAX_STEPS]
    matcher = _Matcher(_sentences(before, bounds_before), _sentences(after, bounds_after), steps, autojunk=True)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        a1, a2, b1, b2 = bounds_before[i1], bounds_before[i2], bounds_after[j1], bounds_after[j2]
        if tag != "replace" or (a2 - a1) * (b2 - b1) > MAX_WORD_PAIRS:
            yield tag, a1, a2, b1, b2
            continue
        words = _Matcher(before[a1:a2], after[b1:b2], steps, autojunk=False)
        for word_tag, k1, k2, l1, l2 in words.get_opcodes():
            yield word_tag, a1 + k1, a1 + k2, b1 + l1, b1 + l2


def _sentences(tokens: Sequence[str], bounds: Sequence[int]) -> list[tuple[str, ...]]:
    return [tuple(tokens[start:end]) for start, end in pairwise(bounds)]


def _sentence_ends(tokens: Sequence[str]) -> list[int]:
    """Return the positions after which sentences, lines and HTML elements end."""
    ends = [n for n, token in enumerate(tokens, 1) if token in ".!?" or "\n" in token or token.startswith("</")]
    return ends if ends[-1:] == [len(tokens)] else [*ends, len(tokens)] if tokens else []
