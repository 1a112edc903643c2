"""Tell numbered questions from numbered lists in typed text, by what follows a numbered line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Following:
    """What follows a line: the letter of the next option, "" if there is none, and numbered lines before that option.

    `repeated` and `continued` are whether a line has the number of this one, and the number after it.
    """

    letter: str = ""
    repeated: bool = False
    continued: bool = False


def following(
    lines: Sequence[str], number_of: Callable[[str], int | None], letter_of: Callable[[str], str]
) -> list[Following]:
    """Return what follows each line. `number_of` a line without a number is None, `letter_of` one without is ""."""
    letter = ""
    numbers: set[int] = set()
    result: list[Following] = []
    for line in reversed(lines):
        number = number_of(line)
        if number is None:
            result.append(Following(letter))
        else:
            result.append(Following(letter, number in numbers, number + 1 in numbers))
            numbers.add(number)
        if option := letter_of(line):
            letter, numbers = option, set()
    return result[::-1]


def without_marks(start: str, end: str, rest: str) -> str:
    """Return the text behind a number; emphasis that starts before the number and ends in the text is kept."""
    return rest if start == end else f"{start}{end}{rest}"
