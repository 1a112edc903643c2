"""Which words of two texts are the same: whole sentences first, then words within those that differ (no Django).

All words of two long texts against each other take minutes, for most words of a language are a few. So what is still
too long after the sentences is taken as replaced.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MOST = 360_000  # words of one side times words of the other that are compared: some hundredths of a second

type Step = tuple[str, int, int, int, int]


def steps(one: Sequence[str], two: Sequence[str]) -> list[Step]:
    """How `one` becomes `two`, as `difflib.SequenceMatcher.get_opcodes` says it; no two "equal" follow each other."""
    found: list[Step] = []
    for change, a, b, c, d in _found(one, two):
        if found and change == "equal" == found[-1][0]:
            found[-1] = (change, found[-1][1], b, found[-1][3], d)
        else:
            found.append((change, a, b, c, d))
    return found


def _found(one: Sequence[str], two: Sequence[str]) -> Iterator[Step]:
    ends, to = _ends(one), _ends(two)
    said, says = ([tuple(tokens[start:end]) for start, end in zip([0, *places], places, strict=False)]
                  for tokens, places in ((one, ends), (two, to)))  # fmt: skip
    starts, begins = [0, *ends], [0, *to]
    for change, a, b, c, d in SequenceMatcher(None, said, says).get_opcodes():
        a, b, c, d = starts[a], starts[b], begins[c], begins[d]
        if change != "replace" or (b - a) * (d - c) > MOST:
            yield change, a, b, c, d
            continue
        for within, e, f, g, h in SequenceMatcher(None, one[a:b], two[c:d], autojunk=False).get_opcodes():
            yield within, a + e, a + f, c + g, c + h


def _ends(tokens: Sequence[str]) -> list[int]:
    """Where sentences, lines and elements of a page end."""
    found = [n for n, token in enumerate(tokens, 1) if token in ".!?" or "\n" in token or token.startswith("</")]
    return found if found[-1:] == [len(tokens)] else [*found, len(tokens)] if tokens else []
