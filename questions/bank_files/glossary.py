"""Read the glossary of a guide, and its services: a heading and one or two sentences for each (no Django).

They are `guide/glossary.md` and `guide/services.md`, which has the services that the topics of the syllabus name.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from questions.bank_files.guide_text import headings, markup_faults, parse, text_fault, text_of
from questions.content import markdown
from questions.content.prose import words
from questions.content.schema import Fault
from questions.content.syllabus import Syllabus

logger = logging.getLogger(__name__)

GLOSSARY, SERVICES = FILES = ("glossary.md", "services.md")
MAX_WORDS = 60  # of one definition


@dataclass(frozen=True)
class Term:
    """A term or a service with its definition, as Markdown and as HTML blocks."""

    name: str
    definition: str

    @cached_property
    def definition_html(self) -> str:
        return markdown.render(self.definition)


def glossary_file(bank: Path) -> Path:
    """Return the path of the glossary of a bank directory."""
    return bank / "guide" / GLOSSARY


def services_file(bank: Path) -> Path:
    """Return the path of the services of a bank directory."""
    return bank / "guide" / SERVICES


def check(bank: Path, syllabus: Syllabus | None) -> Iterator[Fault]:
    """Yield the faults of the glossary and of the services of a bank directory; a bank may have neither."""
    if glossary_file(bank).is_file():
        yield from read(glossary_file(bank))[1]
    path = services_file(bank)
    if path.is_file():
        described, faults = read(path)
        yield from faults
        if syllabus and not faults:
            yield from _service_faults(str(path), {term.name for term in described}, syllabus)


def _service_faults(file: str, described: set[str], syllabus: Syllabus) -> Iterator[Fault]:
    named = {name for topic in syllabus.topics.values() for name in topic.services}
    for name in sorted(described - named):
        yield Fault(file, None, name, "No topic of the syllabus names this service. Remove it.")
    for name in sorted(named - described):
        yield Fault(file, None, name, "The syllabus names this service. Say in a sentence what it is.")


def terms(bank: Path) -> tuple[Term, ...]:
    """Return the terms of a bank; none if it has no glossary, or one with faults, which are logged."""
    return _terms_of(glossary_file(bank))


def services(bank: Path) -> tuple[Term, ...]:
    """Return the services of a bank, each with a sentence; none without the file, or if it has faults."""
    return _terms_of(services_file(bank))


def _terms_of(path: Path) -> tuple[Term, ...]:
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return ()
    return _read_cached(path, changed)


@lru_cache(maxsize=16)
def _read_cached(path: Path, changed: int) -> tuple[Term, ...]:
    entries, faults = read(path)
    for fault in faults:
        logger.warning("Glossary not shown: %s", fault)
    return entries


def read(source: Path | str, file: str = "") -> tuple[tuple[Term, ...], list[Fault]]:
    """Return the terms of a file (a Path) or of a text, and all faults by line. There are no terms if there are any.

    `file` is the name in faults; for a Path it defaults to the path.
    """
    if isinstance(source, Path):
        file = file or str(source)
        text = text_of(source, file)
    else:
        text = text_fault(source, file) or source
    if isinstance(text, Fault):
        return (), [text]
    lines, tokens = text.split("\n"), parse(text)
    entries: list[Term] = []
    faults = list(markup_faults(tokens, file, len(lines) + 1))
    starts = list(headings(tokens))
    first = starts[0][0] if starts else len(lines) + 1
    if not starts and not text.strip():
        faults.append(Fault(file, 1, "", "The glossary is empty. Write each term as '## Term'."))
    if any(line.strip() for line in lines[: first - 1]):
        faults.append(Fault(file, 1, "", "There is text before the first term. Write each term as '## Term'."))
    ends = [line for line, _ in starts[1:]] + [len(lines) + 1]
    for (start, heading), end in zip(starts, ends, strict=False):
        name = heading.removeprefix("## ")
        term = Term(name, "\n".join(lines[start : end - 1]).strip("\n"))
        if sentence := _term_fault(heading, term, entries):
            faults.append(Fault(file, start, name, sentence))
        entries.append(term)
    faults.sort(key=lambda fault: fault.line or 0)
    return (() if faults else tuple(entries)), faults


def _term_fault(heading: str, term: Term, before: list[Term]) -> str | None:
    """Return what is wrong with a term, given the terms before it."""
    if not heading.startswith("## "):
        return f"The heading '{heading}' is not allowed. Write each term as '## Term'."
    count = len(words(term.definition))
    if not count:
        return "The definition is missing. Write one or two sentences."
    if count > MAX_WORDS:
        return f"The definition has {count} words. Write at most {MAX_WORDS}."
    if before and term.name.casefold() == before[-1].name.casefold():
        return "The term is defined twice. Keep one."
    if before and term.name.casefold() < before[-1].name.casefold():
        return f"The term is out of order. Move it before '{before[-1].name}'."
    return None
