"""Findings of the lint as one line: how many checks failed, and the worst."""

from collections.abc import Sequence
from itertools import pairwise

from questions.lint.rules import Finding, Severity

_MAX_NAMED = 3
_WORST_FIRST = (Severity.ERROR, Severity.WARNING)
# Words that keep no capital within a line; others may be names of services.
_OPENING_WORDS = {"The", "There", "A", "An", "All", "This", "It", "No", "Option", "Options", "Two", "Both"}


def summary(findings: Sequence[Finding]) -> str:
    """Return a line such as "Checks: 5 failed, worst first: the rationale is missing (A–D); there is no reference"."""
    failed = [finding for severity in _WORST_FIRST for finding in findings if finding.severity is severity]
    if not failed:
        return ""
    groups: dict[str, list[Finding]] = {}
    for finding in failed:
        groups.setdefault(f"{finding.rule}:{finding.sentence}", []).append(finding)
    named = [_phrase(group) for group in list(groups.values())[:_MAX_NAMED]]
    more = " …" if len(groups) > _MAX_NAMED else ""
    order = ", worst first" if len(named) > 1 else ""
    return f"Checks: {len(failed)} failed{order}: {'; '.join(named)}{more}"


def _phrase(group: Sequence[Finding]) -> str:
    """Return the first sentence of equal findings, with the letters of their options."""
    sentence = group[0].sentence.partition(". ")[0].rstrip(".")
    word = sentence.split(" ", 1)[0]
    if word in _OPENING_WORDS:
        sentence = sentence[0].lower() + sentence[1:]
    letters = [finding.letter for finding in group if finding.letter]
    return f"{sentence} ({_range(letters)})" if letters else sentence


def _range(letters: Sequence[str]) -> str:
    """Return letters as "A–D" if they follow each other, else "A, C"."""
    in_order = all(ord(b) - ord(a) == 1 for a, b in pairwise(letters))
    return f"{letters[0]}–{letters[-1]}" if in_order and len(letters) > 2 else ", ".join(letters)
