"""Compare two sequences of tokens: whole sentences first, then words within the sentences that differ (no Django).

To compare all words of two long texts would take minutes, because most words of a language are a few. A stretch that is
still too long after the sentences are compared counts as replaced.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

MAX_WORD_PAIRS = 360_000  # words of one side times words of the other: some hundredths of a second

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


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Iterator[Opcode]:
    bounds_before, bounds_after = [0, *_sentence_ends(before)], [0, *_sentence_ends(after)]
    matcher = SequenceMatcher(None, _sentences(before, bounds_before), _sentences(after, bounds_after))
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        a1, a2, b1, b2 = bounds_before[i1], bounds_before[i2], bounds_after[j1], bounds_after[j2]
        if tag != "replace" or (a2 - a1) * (b2 - b1) > MAX_WORD_PAIRS:
            yield tag, a1, a2, b1, b2
            continue
        words = SequenceMatcher(None, before[a1:a2], after[b1:b2], autojunk=False)
        for word_tag, k1, k2, l1, l2 in words.get_opcodes():
            yield word_tag, a1 + k1, a1 + k2, b1 + l1, b1 + l2


def _sentences(tokens: Sequence[str], bounds: Sequence[int]) -> list[tuple[str, ...]]:
    return [tuple(tokens[start:end]) for start, end in pairwise(bounds)]


def _sentence_ends(tokens: Sequence[str]) -> list[int]:
    """Return the positions after which sentences, lines and HTML elements end."""
    ends = [n for n, token in enumerate(tokens, 1) if token in ".!?" or "\n" in token or token.startswith("</")]
    return ends if ends[-1:] == [len(tokens)] else [*ends, len(tokens)] if tokens else []
