"""Read whole numbers from text that came in an address or a form, where anything may have been typed."""

MAX_NUMBER = 10**15 - 1  # fits the key of a row and a mask of 30 bits


def whole_number[T](text: str | None, default: T, maximum: int = MAX_NUMBER) -> int | T:
    """Return the number that ASCII digits spell, or `default` for other text and numbers above `maximum`."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_NUMBER)):
        return default
    number = int(text)
    return number if number <= maximum else default
