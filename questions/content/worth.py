"""Points, held in whole hundredths: what a question is worth, and what answers earn (no Django)."""

import re

POINT = 100  # hundredths
MIN_WORTH, MAX_WORTH = 1, 100 * POINT  # of a question
RANGE = "from 0.01 to 100 points, with at most two decimals"
_NUMBER = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,2})0*)?")


def hundredths(text: str) -> int | None:
    """Return what a question is worth, such as 1.5, in hundredths of a point; None if it cannot be worth this."""
    match = _NUMBER.fullmatch(text.strip())
    value = POINT * int(match[1]) + int((match[2] or "").ljust(2, "0")) if match else 0
    return value if MIN_WORTH <= value <= MAX_WORTH else None


def in_points(value: int) -> str:
    """Return hundredths as exports have them, with two decimals: 1350 is "13.50"."""
    return f"{value // POINT}.{value % POINT:02}"


def in_short(value: int) -> str:
    """Return hundredths as files and pages show them, without needless decimals: 1350 is "13.5"."""
    return in_points(value).rstrip("0").removesuffix(".")
