"""Read a list of people that somebody pasted or uploaded: rows of cells with their lines, and an optional header."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from exams.services.people import usernames
from questions.services.errors import RefusedError

MAX_LINES = 5000  # more than a list may have people; each may be a sentence about a fault
MAX_CELLS, MAX_CELL_CHARS = 8, 400  # of a line; what follows is not read, and no name or address is so long
MAX_FAULTS = 100  # that are told at once
_QUOTED_CHARS = 80  # of a cell in a sentence about its fault


class ListFaultsError(RefusedError):
    """The list has faults; each is a sentence with its line. Nothing was stored."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


type Arrange = Callable[[list[str]], list[str]]


def table(
    text: str, columns: Sequence[str], heads: Mapping[str, str], arrange: Arrange
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and values by column of each person.

    A header may name the columns: `heads` has its words. Without one, they are `columns`, and `arrange` puts the cells
    of a line in their order.
    """
    named: Sequence[str] | None = None
    at_top = True
    for line, cells in _rows(text):
        if at_top and (heading := _header(cells, heads)):
            named = heading
            continue
        at_top = False
        yield line, dict(zip(named or columns, cells if named else arrange(cells), strict=False))


def checked[Person](people: list[Person], faults: Sequence[str], most: int, too_many: str) -> list[Person]:
    """Return the people. Raise ListFaultsError if there are faults, nobody, or more than `most`: `too_many` says so."""
    faults = list(faults)
    if not people and not faults:
        faults.append(_("The list has no names. Enter one person a line."))
    if len(people) > most:
        faults.append(too_many % {"most": most})
    if (more := len(faults) - MAX_FAULTS) > 0:
        faults[MAX_FAULTS:] = [_("There are %(n)d more faults.") % {"n": more}]
    if faults:
        raise ListFaultsError(faults)
    return people


def twice(name: str, line: int, earlier: int) -> str:
    """Return the sentence that a name is on two lines."""
    text = _("Line %(line)d: %(name)s is on line %(earlier)d too. Add something that tells the two apart.")
    return text % {"line": line, "name": name[:_QUOTED_CHARS], "earlier": earlier}


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each line that is not empty. Tabs, semicolons or commas separate the cells of a line.

    Each line has its own separator: people paste lines of a spreadsheet below lines that they have typed.
    """
    lines = text.replace("\0", "").splitlines()
    if len(lines) > MAX_LINES:
        raise ListFaultsError([_("A list has at most %(most)d lines. Make two of it.") % {"most": MAX_LINES}])
    for line, typed in enumerate(lines, 1):
        try:
            cells = next(csv.reader([typed], delimiter=_separator(typed)), [])
        except csv.Error as error:
            raise ListFaultsError([_("Line %(line)d cannot be read.") % {"line": line}]) from error
        cells = [usernames.visible(cell[:MAX_CELL_CHARS]) for cell in cells[:MAX_CELLS]]
        if any(cells):
            yield line, cells


def _separator(line: str) -> str:
    """Return what separates the cells: a tab, or else a semicolon, or else a comma. What is in quotes does not."""
    bare = re.sub(r'"[^"]*"', "", line)
    return next((separator for separator in "\t;" if separator in bare), ",")


def quoted(cell: str) -> str:
    """Return a cell for a list, in quotes if it has a quotation mark or anything that separates cells."""
    return '"{}"'.format(cell.replace('"', '""')) if set('",;\t') & set(cell) else cell


def _header(cells: Sequence[str], heads: Mapping[str, str]) -> list[str] | None:
    """Return the columns if this is a header: it has a name column, and no cell is a name of somebody."""
    columns = [heads.get(cell.lower(), "") for cell in cells]
    known = all(column or not cell for column, cell in zip(columns, cells, strict=True))
    return columns if "name" in columns and known else None


def with_family_name(cells: list[str], others: str = "") -> list[str]:
    """Join the first two cells of a line such as 'Silva, Ana', unless the second is a word of another column.

    In a longer line, or after a name of two words, one in small letters is a mistyped e-mail address: it would silently
    be a part of the name.

    `others` has the words that another column may contain, in small letters and separated by spaces.
    """
    second = cells[1] if len(cells) > 1 else ""
    is_mistyped = second[:1].islower() and (len(cells) > 2 or " " in cells[0])
    is_other = set("@.0123456789").intersection(second) or second.lower() in others.split()
    if second and not is_mistyped and not is_other:
        return [f"{cells[0]}, {second}", *cells[2:]]
    return cells


def email_fault(email: str, line: int) -> str:
    """Return a sentence if this is not an e-mail address, or ""."""
    try:
        validate_email(email)
    except ValidationError:
        return _("Line %(line)d: '%(text)s' is not an e-mail address.") % {"line": line, "text": email[:_QUOTED_CHARS]}
    return ""
