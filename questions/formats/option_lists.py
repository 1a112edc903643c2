"""Several options in one line or in one cell, each with its letter."""

import re

# A gap begins where white space begins and is taken as a whole: a run of spaces takes linear time.
_LABEL = re.compile(
    r"(?P<gap>\A|(?<![ \t\u00a0])[ \t\u00a0]++)(?P<star>\*?)"
    r"(?P<open>\(?)(?P<letter>[A-Ja-j])(?P<close>[).])(?=[ \t\u00a0]+\S)"
)
_NUMBER = re.compile(r"\(?(\d{1,2})[).][ \t\u00a0]+")
_MIN_LABELS = 3  # fewer are options only if more than one space is before the second, as in columns of Word


def split_lettered_line(line: str) -> list[str]:
    """Return the parts of a line such as 'A) One B) Two C) Three', each with its letter; else the line alone.

    The letters must be consecutive and of one style: 'compare b) and c)' is a text.
    """
    start = len(line) - len(line.lstrip())
    labels = list(_LABEL.finditer(line[start:]))
    if not labels or labels[0].start():
        return [line]
    first = labels[0]
    taken = [first]
    for label in labels[1:]:
        if (label["open"], label["close"]) == (first["open"], first["close"]) and ord(label["letter"]) == ord(
            taken[-1]["letter"]
        ) + 1:
            taken.append(label)
    in_columns = all(len(label["gap"]) > 1 or "\t" in label["gap"] for label in taken[1:])
    if len(taken) < 2 or (len(taken) < _MIN_LABELS and not in_columns):
        return [line]
    places = [start + label.end("gap") for label in taken]
    return [line[place:end].rstrip() for place, end in zip(places, [*places[1:], len(line)], strict=True)]


def split_options(cell: str) -> list[str]:
    """Return the options of one cell, without their letters or numbers: in lines, lettered, or separated by | or ;."""
    lines = [line.strip() for line in cell.split("\n") if line.strip()]
    if len(lines) == 1:
        lines = split_lettered_line(lines[0])
    if len(lines) == 1:
        separator = "|" if "|" in lines[0] else ";"
        lines = [part.strip() for part in lines[0].split(separator) if part.strip()]
    return _without_labels(lines)


def _without_labels(options: list[str]) -> list[str]:
    letters = [_LABEL.match(option) for option in options]
    if all(match and match["letter"].lower() == chr(ord("a") + place) for place, match in enumerate(letters)):
        return [option[match.end() :].strip() for option, match in zip(options, letters, strict=True) if match]
    numbers = [_NUMBER.match(option) for option in options]
    if all(match and int(match[1]) == place for place, match in enumerate(numbers, 1)):
        return [option[match.end() :].strip() for option, match in zip(options, numbers, strict=True) if match]
    return options
