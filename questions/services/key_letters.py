"""Name what counts as a correct answer by the letters of the options."""

from collections.abc import Collection, Iterable, Sequence

from django.utils.translation import gettext as _

from questions.content.schema import LETTERS


def key_letters[Option](options: Sequence[Option], keys: Iterable[Collection[Option]]) -> str:
    """Return the letters of each key that is not empty, like "A, C" or "A, C or B", for options in this order."""
    named = (
        ", ".join(letter for letter, option in zip(LETTERS, options, strict=False) if option in key) for key in keys
    )
    return _(" or ").join(sorted(filter(None, named)))
