"""The order of people by their last names, and what stands behind a name to tell two people apart."""

import unicodedata

from exams.models.roster import MAX_NAME_CHARS


def by_last_name(name: str) -> tuple[bool, str, str, str]:
    """Return what a name is sorted by: the last name, the others, and the number, without accents and capitals.

    The last name stands before a comma, or else it is the last word. The number, such as (2), tells two people of the
    same name, or two attempts of a person, apart. Deleted people have no name and come last.
    """
    words = name.split()
    number = words.pop() if len(words) > 1 and words[-1].startswith("(") else ""
    last, comma, first = " ".join(words).partition(",")
    if not comma:
        first, last = " ".join(words[:-1]), "".join(words[-1:])
    return not words, _plain(last), _plain(first), number


def with_address(name: str, email: str | None) -> str:
    """Return a name with the address behind it that tells it from the same name of another person, if it has room."""
    behind = _behind(email)
    return f"{name[: MAX_NAME_CHARS - len(behind)]}{behind}" if email and len(behind) < MAX_NAME_CHARS else name


def without_address(name: str, email: str | None) -> str:
    """Return the same name without the address."""
    return name.removesuffix(_behind(email))


def _behind(email: str | None) -> str:
    return f" ({email})"


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
