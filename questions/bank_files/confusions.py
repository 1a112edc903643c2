"""Read what a study page says not to confuse: pairs of names, each with what it is (no Django).

A page has them as a table with the columns Pair, First and Second, such as `| RCF or XGBoost | No labels | Labels |`.
Readers see the names where they belong: `| **RCF**: No labels | **XGBoost**: Labels |`. Other tables stay as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CELL = re.compile(r"(?<!\\)\|")
_SMALL_WORD = re.compile(r"[a-z]{3,}(?![\w-])")
_PAIR, _OR = "Pair", " or "


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two names that are easily confused, and what each of them is, as Markdown. `names` are both, as written."""

    first: str
    second: str
    of_first: str
    of_second: str
    names: str


def confusions(section: str) -> tuple[Confusion, ...]:
    """Return the pairs of a section."""
    tables = [lines for lines in _blocks(section) if lines[0].startswith("|")]
    return tuple(pair for lines in tables for pair in _pairs(lines) or ())


def with_names(section: str) -> str:
    """Return a section whose tables of pairs have each name beside what it is."""
    return "\n\n".join("\n".join(_named(lines)) for lines in _blocks(section))


def in_sentences(section: str) -> str:
    """Return a section whose tables of pairs are a sentence for each pair, for the search."""
    return "\n\n".join(
        "\n".join(f"{pair.first}: {pair.of_first}; {pair.second}: {pair.of_second}." for pair in pairs)
        if (pairs := _pairs(lines))
        else "\n".join(lines)
        for lines in _blocks(section)
    )


def _blocks(section: str) -> list[list[str]]:
    return [block.split("\n") for block in re.split(r"\n{2,}", section) if block.strip()]


def _named(lines: Sequence[str]) -> Sequence[str]:
    pairs = _pairs(lines)
    if pairs is None:
        return lines
    rows = [f"| **{pair.first}**: {pair.of_first} | **{pair.second}**: {pair.of_second} |" for pair in pairs]
    return ["| One | The other |", "|---|---|", *rows]


def _pairs(lines: Sequence[str]) -> list[Confusion] | None:
    """Return the pairs of a table; None if it is no table of pairs, or one of its rows names no two things."""
    rows = [[cell.strip() for cell in _CELL.split(line.strip())[1:-1]] for line in lines]
    if len(rows) < 3 or rows[0][:1] != [_PAIR] or any(len(row) != 3 for row in rows):
        return None
    names = [row[0].removesuffix("?") for row in rows[2:]]
    if any(len(pair.split(_OR)) != 2 for pair in names):
        return None
    return [_confusion(pair, *row[1:]) for pair, row in zip(names, rows[2:], strict=True)]


def _confusion(names: str, of_first: str, of_second: str) -> Confusion:
    first, second = names.split(_OR)
    return Confusion(first, _capitalized(second), of_first, of_second, names)


def _capitalized(name: str) -> str:
    return name[0].upper() + name[1:] if _SMALL_WORD.match(name) else name
