"""Forty texts of 100 kB that make a careless expression or recursion run for long."""

CHARS = 100_000

# One unit, repeated; or what stands before, the unit, and what stands behind.
_UNITS: dict[str, str | tuple[str, str, str]] = {
    "commas": ",",
    "spaces between letters": ("a", " ", "a"),
    "blank lines": "\n",
    "tabs": ("a", "\t", "a"),
    "no-break spaces": ("a", "\u00a0", "a"),
    "digits": "1",
    "zeros and a percent sign": ("", "0", "%x"),
    "letters": "a",
    "words": "word ",
    "hyphens": ("", "-", "x"),
    "underscores": "_",
    "stars": "*",
    "pairs of stars": "**a ",
    "backticks": "`",
    "backticks apart": "`a ",
    "growing backticks": "` `` ``` ",
    "tildes": "~",
    "fences": "```\n",
    "opening brackets": "[",
    "links without end": "[a](",
    "pictures without end": "![a](/",
    "opening braces": "{",
    "backslashes": "\\",
    "dollars": "$",
    "dollars apart": "$a$ ",
    "pipes": "|",
    "rows of a table": "|-|:-:|\n",
    "quotes": '"',
    "tags without end": "<a ",
    "nested tags": "<b>",
    "entities": "&#",
    "quotations in each other": "> ",
    "items in each other": "- ",
    "items of a list": "- a\n",
    "numbered options": "A) a\n",
    "answers of a file": "ANSWER: A\n",
    "addresses": "http://a.",
    "semicolons and colons": ";:",
    "sentences": "A b. ",
    "combining marks": "a\u0301",
}


def _text(unit: str | tuple[str, str, str]) -> str:
    before, middle, after = ("", unit, "") if isinstance(unit, str) else unit
    room = CHARS - len(before) - len(after)
    return before + (middle * (room // len(middle) + 1))[:room] + after


TEXTS = {name: _text(unit) for name, unit in _UNITS.items()}

# Those that a careless expression is most likely to stumble over. What only passes texts on is fed these alone.
WORST = {
    name: TEXTS[name]
    for name in (
        *("commas", "blank lines", "spaces between letters", "zeros and a percent sign", "hyphens", "backslashes"),
        *("backticks apart", "opening brackets", "links without end", "tags without end"),
    )
}
