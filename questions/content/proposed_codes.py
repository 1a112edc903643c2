"""Codes that are proposed from a title: small letters, digits and single hyphens, in any language (no Django)."""

import re
import unicodedata

_NOT_CODE_CHARS = re.compile(r"[^a-z0-9]+")
# What has no accent to leave out, and what German writes with two letters.
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "ł": "l", "đ": "d"}
)


def code_of(text: str) -> str:
    """Return a text as a code, letters without their accents: 'Prüfung für André' is pruefung-fuer-andre."""
    letters = unicodedata.normalize("NFC", text.lower()).translate(_LETTERS)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(letter))
    return _NOT_CODE_CHARS.sub("-", plain).strip("-")
