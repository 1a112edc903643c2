"""Reads whole numbers that came in an address or a form, where anything may have been typed."""


def whole(typed: str | None, otherwise: int = 0) -> int:
    """The number, at most fifteen digits: a key of a row, or 30 bits; `otherwise` where it is none."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 16 else otherwise
