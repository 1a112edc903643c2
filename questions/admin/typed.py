"""Reads whole numbers that came in an address or a form, where anything may have been typed."""


def whole(typed: str | None, otherwise: int = 0) -> int:
    """The number, at most nine digits; `otherwise` where it is none."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 10 else otherwise
