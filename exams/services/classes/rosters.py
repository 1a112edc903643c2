"""The only writer of Roster and RosterEntry: read a pasted list or a CSV file, and keep it as a class."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import datetime
from itertools import count, islice

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from exams.models import Roster, RosterEntry
from exams.models.roster import MAX_NAME_CHARS
from exams.services.classes.sittings import SEE_ALL
from exams.services.people.name_order import with_address, without_address
from exams.services.people.pasted_lists import (
    MAX_CELL_CHARS,
    MAX_CELLS,
    MAX_LINES,
    ListFaultsError,
    checked,
    email_fault,
    quoted,
    table,
    twice,
    with_family_name,
)
from questions.content.schema import Fault
from questions.content.typed_numbers import whole_number
from questions.formats import bounded_reading, xlsx
from questions.formats.question_tables import UnreadableRow
from questions.formats.text_files import decode_text
from questions.formats.zip_packages import open_package
from questions.models import User
from questions.services.errors import RefusedError

MAX_ENTRIES = 500
MAX_WORKBOOK_BYTES = 4_000_000  # unpacked: any part may be parsed while somebody waits; ten times a full list
MAX_EXTRA_MINUTES = 600
COLUMNS = ("name", "email", "extra_minutes")
_HEADS = {
    "name": "name", "student": "name", "full name": "name",
    "email": "email", "e-mail": "email", "mail": "email", "email address": "email",
    "extra minutes": "extra_minutes", "extra time": "extra_minutes", "extra": "extra_minutes",
    "minutes": "extra_minutes", "extra_minutes": "extra_minutes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One line of a list. The name has the address behind it where another person has the same name."""

    name: str
    email: str | None = None
    extra_minutes: int = 0

    @property
    def names(self) -> Iterator[str]:
        """The names under which an earlier list can have this person, in lower case."""
        bare = without_address(self.name, self.email)
        yield from (self.name.lower(), with_address(bare, self.email).lower(), bare.lower())


def visible_to(user: User) -> QuerySet[Roster]:
    """Return the rosters that this user may see, with `n_entries`: her own, and all for administrators."""
    rows = Roster.objects.annotate(n_entries=Count("entries"))
    return rows if user.has_perm(SEE_ALL) else rows.filter(owner=user)


def text_of(data: bytes, file: str) -> tuple[str, tuple[str, ...]]:
    """Return the list in a text file or a workbook as text, and warnings. Raise ListFaultsError if it is neither."""
    if file.lower().endswith(xlsx.EXTENSIONS):
        return _text_of_workbook(data, file)
    decoded = decode_text(data, file)
    if decoded.faults:
        raise ListFaultsError([decoded.faults[0].sentence])
    return decoded.text, decoded.warnings


def _text_of_workbook(data: bytes, file: str) -> tuple[str, tuple[str, ...]]:
    """Return the first sheet with text, a line for each row, so that the lines of faults are the rows of the sheet."""
    package, _faults = open_package(data, file)
    if package and package.unpacked_bytes > MAX_WORKBOOK_BYTES:
        raise ListFaultsError([_("This workbook is too large for a list of people. Save its sheet as CSV.")])
    with bounded_reading.place() as is_free:
        if not is_free:
            raise ListFaultsError([_("Others are reading files now. Try again in a moment.")])
        found = xlsx.open_table(data, file)
        if isinstance(found, Fault):
            raise ListFaultsError([found.sentence])
        lines = {0: found.header}
        try:
            lines |= dict(islice(found.rows, MAX_LINES))
        except UnreadableRow as unreadable:
            raise ListFaultsError([unreadable.sentence]) from unreadable
    cells = {line: [" ".join(cell[:MAX_CELL_CHARS].split()) for cell in row[:MAX_CELLS]] for line, row in lines.items()}
    rows = (cells.get(line, cells[0] if line == 1 else []) for line in range(1, max(2, *cells) + 1))
    return "\n".join("\t".join(map(quoted, row)).rstrip("\t") for row in rows), found.warnings


def read(text: str) -> list[Person]:
    """Return the people of a list: a name a line, or a table with name, e-mail and extra minutes.

    A header is recognized, columns are separated by commas, semicolons or tabs, and empty lines are skipped. Raise
    ListFaultsError with a sentence for each faulty line.
    """
    people: list[Person] = []
    lines: dict[str, int] = {}
    faults: list[str] = []
    rows = table(text, COLUMNS, _HEADS, with_family_name)
    read_rows = [(line, person) for line, row in rows if (person := _person(row, line, faults))]
    count_of = Counter(person.name.lower() for _line, person in read_rows)
    without = {person.name.lower() for _line, person in read_rows if not person.email}
    for line, person in read_rows:
        are_told_apart = count_of[person.name.lower()] > 1 and person.name.lower() not in without
        unique = replace_fields(person, name=with_address(person.name, person.email)) if are_told_apart else person
        earlier = lines.setdefault(unique.name.lower(), line)
        if earlier != line:
            faults.append(twice(person.name, line, earlier))
        people.append(unique)
    return checked(people, faults, MAX_ENTRIES, _("A class has at most %(most)d people. Make two of this list."))


def _person(row: dict[str, str], line: int, faults: list[str]) -> Person | None:
    name, email, minutes = (row.get(column, "") for column in COLUMNS)
    found = len(faults)
    if not name:
        faults.append(_("Line %(line)d has no name.") % {"line": line})
    elif len(name) > MAX_NAME_CHARS:
        text = _("Line %(line)d: the name has more than %(most)d characters.")
        faults.append(text % {"line": line, "most": MAX_NAME_CHARS})
    if email and (fault := email_fault(email, line)):
        faults.append(fault)
    extra = whole_number(minutes or "0", None, MAX_EXTRA_MINUTES)
    if extra is None:
        text = _("Line %(line)d: '%(text)s' is not a number of extra minutes from 0 to %(most)d.")
        faults.append(text % {"line": line, "text": minutes[:60], "most": MAX_EXTRA_MINUTES})
    return None if len(faults) > found else Person(name, email or None, extra or 0)


def create(owner: User | None, name: str, people: Sequence[Person]) -> Roster:
    """Store a new class. Raise RefusedError if the owner has one of this name."""
    name = _checked_name(name)
    if Roster.objects.filter(owner=owner, name=name).exists():
        raise RefusedError(_("You have a class of this name already."))
    with transaction.atomic():
        roster = Roster.objects.create(owner=owner, name=name)
        _add(roster, dict(enumerate(people, 1)))
    return roster


def free_name(owner: User | None, name: str) -> str:
    """Return the name, with a number if the owner has a class of this name."""
    taken = set(Roster.objects.filter(owner=owner).values_list("name", flat=True))
    return next(free for n in count(1) if (free := name if n == 1 else f"{name} ({n})") not in taken)


def replace(roster: Roster, name: str, people: Sequence[Person]) -> None:
    """Store this list as the class. Who is on it under the same name stays the same person. Raise RefusedError.

    Sittings keep their participants: their results do not change.
    """
    name = _checked_name(name)
    if Roster.objects.filter(owner=roster.owner, name=name).exclude(pk=roster.pk).exists():
        raise RefusedError(_("You have a class of this name already."))
    with transaction.atomic():
        Roster.objects.filter(pk=roster.pk).update(name=name)
        entries = {entry.name.lower(): entry for entry in RosterEntry.objects.select_for_update().filter(roster=roster)}
        staying, added = [], {}
        for place, person in enumerate(people, 1):
            if entry := _taken_out(entries, person):
                entry.name, entry.email, entry.extra_minutes = person.name, person.email, person.extra_minutes
                entry.place = place
                staying.append(entry)
            else:
                added[place] = person
        RosterEntry.objects.filter(pk__in=[entry.pk for entry in entries.values()]).delete()
        RosterEntry.objects.bulk_update(staying, [*COLUMNS, "place"])
        _add(roster, added)
    roster.refresh_from_db()


def _taken_out(entries: dict[str, RosterEntry], person: Person) -> RosterEntry | None:
    """Take the entry of this person out of those by name, None without one. An address belongs to one person."""
    for name in person.names:
        entry = entries.get(name)
        if entry and (name == person.name.lower() or entry.email in (None, person.email)):
            return entries.pop(name)
    return None


def delete(roster: Roster) -> None:
    """Delete a class that no exam uses. Raise RefusedError otherwise."""
    if roster.sittings.exists():
        raise RefusedError(_("Exams use this class, so it stays. You can replace its list."))
    roster.delete()


def archive(roster: Roster, now: datetime | None) -> None:
    """Take a class out of the lists and choices, or put it back: `now` is None. Its exams stay as they are."""
    Roster.objects.filter(pk=roster.pk).update(archived_at=now)
    roster.archived_at = now


def as_text(roster: Roster) -> str:
    """Return the list as a table that `read` reads, for the form."""
    lines = []
    for entry in roster.entries.all():
        cells = [without_address(entry.name, entry.email), entry.email or "", str(entry.extra_minutes or "")]
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        lines.append(",".join(map(quoted, cells)) + "\n")
    return "".join(lines)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise RefusedError(_("Enter a name for the class."))
    if len(name) > MAX_NAME_CHARS:
        raise RefusedError(_("Enter a name of at most %(most)d characters.") % {"most": MAX_NAME_CHARS})
    return name


def _add(roster: Roster, people: Mapping[int, Person]) -> None:
    """Insert these people, each at her place on the list."""
    RosterEntry.objects.bulk_create(
        RosterEntry(roster=roster, place=place, **{name: getattr(person, name) for name in COLUMNS})
        for place, person in people.items()
    )
