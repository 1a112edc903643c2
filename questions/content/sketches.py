"""Which questions say the same, and which nearly the same, among tens of thousands and in little memory.

`content` is one short value for what a question says, whatever its markup and the order of its options. `Alike`
finds near duplicates by sketches: of the four-word sequences of each question only those with the smallest hashes
are kept, so the share two questions have in common is an estimate (standard error about 0.05).
"""

import re
from array import array
from collections import Counter, defaultdict
from hashlib import blake2b

from questions.content.schema import QuestionContent
from questions.content.similarity import THRESHOLD, shingles

_SKETCH = 96  # hashes kept of each question
_INDEXED = 12  # of these, by how many it can be found
_MOST = 8  # questions noted under one hash: a sequence that many share tells nothing
_RULE = re.compile(r"^[ |:-]*-[ |:-]*$|^(?:`{3,}|~{3,}).*$", re.MULTILINE)
_MARKUP = re.compile(r"[\s\\`*|]+")


def plain(text: str) -> str:
    """A text without white space and marks, in small letters: equal for texts that differ in markup alone."""
    return _MARKUP.sub("", _RULE.sub("", text)).casefold()


def content(draft: QuestionContent) -> bytes:
    """Equal for two questions with the same stem, options and key, whatever their markup and order of options."""
    options = sorted(f"{plain(option.text)}\x1f{option.correct:d}" for option in draft.options)
    return blake2b("\x1e".join((plain(draft.stem), *options)).encode("utf-8", "replace"), digest_size=12).digest()


class Alike:
    """A growing set of questions by name; ask it which of them a question is nearly the same as."""

    def __init__(self) -> None:
        self._sketches: dict[str, array[int]] = {}
        self._index: defaultdict[int, list[str]] = defaultdict(list)

    def add(self, name: str, draft: QuestionContent) -> list[tuple[str, float]]:
        """Adds a question, and gives up to three that were there before and are alike, nearest first."""
        sketch = _sketch(draft)
        votes = Counter(other for each in sketch[:_INDEXED] for other in self._index.get(each, ()))
        own = set(sketch)
        near = [(other, _share(own, self._sketches[other])) for other, _ in votes.most_common(3)]
        self._sketches[name] = sketch
        for each in sketch[:_INDEXED]:
            names = self._index[each]
            if len(names) < _MOST:
                names.append(name)
        return sorted(((other, share) for other, share in near if share >= THRESHOLD), key=lambda pair: -pair[1])


def _sketch(draft: QuestionContent) -> "array[int]":
    hashes = (
        int.from_bytes(blake2b(" ".join(each).encode("utf-8", "replace"), digest_size=8).digest())
        for each in shingles(draft)
    )
    return array("Q", sorted(hashes)[:_SKETCH])


def _share(one: set[int], other: "array[int]") -> float:
    """The estimated Jaccard index: of the smallest hashes of both together, how many are in both."""
    theirs = set(other)
    smallest = sorted(one | theirs)[:_SKETCH]
    return sum(each in one and each in theirs for each in smallest) / max(len(smallest), 1)
