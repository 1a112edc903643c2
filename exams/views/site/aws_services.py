"""The index of AWS services: which topics of the syllabus are about each service."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from exams.access import syllabus_or_404
from exams.chosen_exam import chosen_exam
from questions.bank_files.directories import bank_directory
from questions.bank_files.glossary import Term, services
from questions.content.syllabus import Syllabus, Topic
from questions.content.word_search import MAX_CHARS
from questions.lint.aws_services import services as known_services


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service with its topics and what it is, or a former name (`current` is the name of today then)."""

    name: str
    topics: tuple[Topic, ...] = ()
    formerly: tuple[str, ...] = ()
    current: str = ""
    what: Term | None = None

    @property
    def sort_key(self) -> str:
        """The name without its maker: Amazon S3 is under S."""
        return self.name.removeprefix("Amazon ").removeprefix("AWS ").casefold()

    @property
    def letter(self) -> str:
        return self.sort_key[:1].upper()

    @property
    def anchor(self) -> str:
        return slugify(self.current or self.name)


@require_safe
def aws_services(request: HttpRequest) -> HttpResponse:
    """Show the services of the syllabus from A to Z, with the names that they had before."""
    blueprint = chosen_exam(request)
    described = {term.name: term for term in services(bank_directory(blueprint.exam))}
    entries = service_entries(syllabus_or_404(blueprint.exam.syllabus_code), described)
    context = {
        "section": "guide",
        "exam": blueprint.exam,
        "max_chars": MAX_CHARS,
        "letters": [(letter, list(group)) for letter, group in groupby(entries, key=lambda entry: entry.letter)],
        "n_services": sum(not entry.current for entry in entries),
    }
    return render(request, "exams/site/aws_services.html", context)


def service_entries(syllabus: Syllabus, described: Mapping[str, Term]) -> list[ServiceEntry]:
    """Return the services that topics name and the former names of these, sorted by name without Amazon or AWS."""
    topics: dict[str, list[Topic]] = defaultdict(list)
    for topic in syllabus.topics.values():
        for name in topic.services:
            topics[name].append(topic)
    _, renamed = known_services()
    formerly = {service.name: service.former_names for service in renamed if service.name in topics}
    entries = [
        ServiceEntry(name, tuple(rows), formerly.get(name, ()), what=described.get(name))
        for name, rows in topics.items()
    ]
    letters = {entry.name: entry.letter for entry in entries}
    former = [ServiceEntry(old, current=name) for name, names in formerly.items() for old in names]
    # Under the same letter, the current name is close enough.
    entries += [entry for entry in former if entry.letter != letters[entry.current]]
    return sorted(entries, key=lambda entry: entry.sort_key)
