"""The heads of a table that a click on one of them sorts: `?sort=` names a column, after `-` descending."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column, with the order that a click on it gives."""

    title: str
    order: str
    direction: str  # of the rows as shown: "ascending", "descending", or "" for another column
    is_number: bool


def sorted_heads(columns: Iterable[tuple[str, str, bool]], order: str) -> list[Head]:
    """Return the heads of the columns, each with its name in the address, its title, and whether it has numbers."""
    heads = []
    for name, title, is_number in columns:
        direction = {name: "ascending", f"-{name}": "descending"}.get(order, "")
        heads.append(Head(title, f"-{name}" if direction == "ascending" else name, direction, is_number))
    return heads
