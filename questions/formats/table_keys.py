"""The correct options in a cell of a table: numbers as in Udemy's CSV, letters, or the text of the options."""

import re
from collections.abc import Iterator, Mapping, Sequence

from questions.formats.refusals import OPTION_LETTERS

KEYS = "correct answers"
# On text with single spaces. A spreadsheet writes the number 2 as 2.0.
_NUMBERS = re.compile(r"\d{1,2}(?:\.0)?(?: ?[,;|/& ] ?\d{1,2}(?:\.0)?)*\Z")
_LETTERS = re.compile(r"\(?[A-Ja-j][).]?(?: ?(?:[,;|/&+]|\band\b| ) ?\(?[A-Ja-j][).]?)*\Z")
_JOINED_LETTERS = re.compile(r"[A-J]{2,10}\Z")
_EXAMPLE = "Write the numbers of the correct options, such as 1,3."


def read_keys(
    cell: str,
    columns: Sequence[int],
    filled: Mapping[int, str],
    refused: list[str],
    *,
    column: str,
    numbers_are_places: bool,
) -> set[int]:
    """Return the numbers of the correct options, and add the reasons why the cell cannot be read to `refused`.

    `column` is the name of the column in the file. `columns` are the numbers of all options, `filled` maps those that
    have a text to it. With `numbers_are_places`, as in Udemy's template, a number is never the text of an option; in
    other tables one that could be both is refused.
    """
    text = " ".join(cell.split())
    answer = text.strip("'\"[]() ")
    by_text = _by_text(cell, filled)
    if not answer:
        refused.append(f"{column} is empty. {_EXAMPLE}")
        return set()
    if _NUMBERS.match(answer):
        keys = {int(number) for number in re.findall(r"(\d+)(?:\.0)?", answer)}
    elif _LETTERS.match(answer):
        keys = {_place(letter) for letter in re.findall(r"(?i)\b[a-j]\b", answer)}
    elif _JOINED_LETTERS.match(answer) and not by_text:
        keys = {_place(letter) for letter in answer}
    elif by_text:
        return by_text
    else:
        refused.append(f"{column} contains '{answer[:40]}', which is no option. {_EXAMPLE}")
        return set()
    is_number = answer[0].isdecimal()
    if by_text and by_text != keys and not (is_number and numbers_are_places):
        refused.append(
            f"{column} is '{answer[:40]}': the text of option {_listed(by_text)}, but the place of option "
            f"{_listed(keys)}. Write the {'letter' if is_number else 'number'} of the option instead."
        )
        return set()
    for key in sorted(keys - set(filled)):
        if key in columns:
            refused.append(f"{column} names option {key}, which is empty.")
        else:
            refused.append(f"{column} names option {key}, but the file has no column for it.")
    return keys & set(filled)


def _by_text(cell: str, filled: Mapping[int, str]) -> set[int]:
    """Return the options whose texts the cell has: one text, or several in lines or separated by ';' or '|'."""
    numbers = {_words(text): n for n, text in filled.items()}
    for texts in _divisions(cell):
        if texts and all(_words(text) in numbers for text in texts):
            return {numbers[_words(text)] for text in texts}
    return set()


def _divisions(cell: str) -> Iterator[list[str]]:
    yield [cell]
    for separator in ("\n", "|", ";"):
        yield [part for part in cell.split(separator) if part.strip()]


def _words(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def _place(letter: str) -> int:
    return OPTION_LETTERS.index(letter.lower()) + 1


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
