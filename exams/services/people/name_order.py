"""The order of people by their last names."""

import unicodedata


def by_last_name(name: str) -> tuple[str, str]:
    """Return what a name is sorted by: the last name, then the others, without accents and capitals.

    The last name stands before a comma, or else it is the last word. A number that tells two people of the same name
    apart, such as (2), belongs to neither.
    """
    last, comma, first = name.partition(",")
    if not comma:
        words = name.split()
        n = -2 if len(words) > 2 and words[-1].startswith("(") else -1
        first, last = " ".join(words[:n]), " ".join(words[n:])
    return _plain(last), _plain(first)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
