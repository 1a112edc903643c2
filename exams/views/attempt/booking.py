"""What pages say about an exam's provider: whether the exam can be booked, what replaces it, and what is published."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from questions.content.blueprint import BlueprintSpec
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class SuccessorLink:
    """An exam that replaces a retired one; `address` is its rules page here, the page about it, or ""."""

    code: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class PublishedNote:
    """A sentence on what is published or assumed, with the day on which it was checked."""

    text: str
    checked: date


@dataclass(frozen=True, slots=True)
class Booking:
    """Whether candidates can book an exam today: from `available_from` to `retired_on`, its last day."""

    today: date
    available_from: date | None
    retired_on: date | None
    successors: tuple[SuccessorLink, ...]
    notes: tuple[PublishedNote, ...]

    @classmethod
    def of(cls, exam: BlueprintSpec, today: date, offered: Container[str] = ()) -> "Booking":
        """Return the facts of an exam. Successors with a code of `offered` have a rules page here."""
        notes = tuple(PublishedNote(note.text, date.fromisoformat(note.checked)) for note in exam.notes)
        return cls(today, _day(exam.available_from), _day(exam.retired_on), tuple(_successors(exam, offered)), notes)

    @property
    def is_announced(self) -> bool:
        return self.available_from is not None and self.today < self.available_from

    @property
    def is_retired(self) -> bool:
        return self.retired_on is not None and self.retired_on < self.today

    @property
    def further_notes(self) -> tuple[PublishedNote, ...]:
        """The notes that do not stand beside the sentence on whether the exam can be booked: all of a retired exam."""
        has_sentence = self.available_from or self.retired_on
        return self.notes[1:] if has_sentence and not self.is_retired else self.notes


def offered_codes() -> set[str]:
    """Return the codes of the exams on the start page."""
    return set(Blueprint.objects.newest().filter(offered=True).values_list("code", flat=True))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _successors(exam: BlueprintSpec, offered: Container[str]) -> Iterator[SuccessorLink]:
    for successor in exam.successors:
        address = reverse("exam", args=[successor.code]) if successor.code in offered else successor.url
        yield SuccessorLink(successor.code, successor.title, address)
