"""Read study pages: one Markdown file for each topic in `guide/` of a bank directory, rendered for the web (no Django).

Study pages are not stored in the database. The site reads them from `guide/` of the bank of an exam
(`bank_directory`), and caches each page until its file changes; `dump_bank` copies them.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from questions.bank_files.glossary import GLOSSARY
from questions.bank_files.guide_text import headings, markup_faults, parse, text_fault, text_of
from questions.content import markdown
from questions.content.prose import words
from questions.content.schema import Fault, Reference
from questions.content.syllabus import Syllabus
from questions.content.word_search import plain

logger = logging.getLogger(__name__)

_DECIDE, _WORKS, _ASKS = "What to decide", "How it works", "The exam asks"
_CONFUSIONS, _REFERENCES = "Do not confuse", "References"
HEADINGS = (_DECIDE, _WORKS, _ASKS, _CONFUSIONS, _REFERENCES)
MIN_WORDS, MAX_WORDS = 250, 450  # of prose, without tables, headings and references
_REFERENCE = re.compile(r"- \[(?P<title>[^\]]*[^\]\s][^\]]*)\]\((?P<url>https://[^\s/()]+\.[^\s()]+)\)\Z")

ANSWER = "**Answer:**"  # begins the answer to the scenario


@dataclass(frozen=True)
class StudyPage:
    """A study page, as Markdown and as HTML blocks that fit a strict content security policy."""

    topic: str
    decide: str
    works: str
    asks: str
    confusions: str
    references: tuple[Reference, ...]

    @cached_property
    def decide_html(self) -> str:
        return markdown.render(self.decide)

    @cached_property
    def works_html(self) -> str:
        return markdown.render(self.works)

    @cached_property
    def asks_html(self) -> str:
        return markdown.render(self.asks.partition(ANSWER)[0])

    @cached_property
    def answer_html(self) -> str:
        """The answer to the scenario, apart from it, so that the reader can think first. Empty without one."""
        _scenario, answer, text = self.asks.partition(ANSWER)
        return markdown.render(answer + text) if answer else ""

    @cached_property
    def confusions_html(self) -> str:
        return markdown.render(self.confusions)

    @cached_property
    def text(self) -> str:
        """The whole page on one line without the marks of Markdown, for the search."""
        return plain("\n".join((self.decide, self.works, self.asks, self.confusions)))

    @property
    def n_words(self) -> int:
        """The number of words of prose; inline code is one word."""
        return sum(len(words(text)) for text in (self.decide, self.works, self.asks, self.confusions))


def guide_directory(bank: Path) -> Path:
    """Return the directory of the study pages of a bank."""
    return bank / "guide"


def page_files(bank: Path) -> list[Path]:
    """Return the study pages of a bank directory, sorted by topic; the glossary beside them is none."""
    return sorted(path for path in guide_directory(bank).glob("*.md") if path.name != GLOSSARY)


def check(bank: Path, syllabus: Syllabus | None) -> Iterator[Fault]:
    """Yield the faults of the guide of a bank directory: in pages, pages without a topic, topics without a page.

    A bank may have no guide: then no page is missing.
    """
    paths = page_files(bank)
    for path in paths:
        yield from read(path)[1]
        if syllabus and path.stem not in syllabus.topics:
            yield Fault(str(path), 1, "", f"The syllabus has no topic '{path.stem}'. Name the file after a topic.")
    if guide_directory(bank).is_dir() and syllabus:
        written = {path.stem for path in paths}
        for slug in syllabus.topics:
            if slug not in written:
                sentence = f"The topic '{slug}' has no study page. Create this file."
                yield Fault(str(guide_directory(bank) / f"{slug}.md"), None, "", sentence)


def page(bank: Path, topic: str) -> StudyPage | None:
    """Return the page of a topic; None if it is missing or has faults, which are logged."""
    path = guide_directory(bank) / f"{topic}.md"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _read_cached(path, changed)


@lru_cache(maxsize=1024)
def _read_cached(path: Path, changed: int) -> StudyPage | None:
    study_page, faults = read(path)
    for fault in faults:
        logger.warning("Study page not shown: %s", fault)
    return study_page


def read(source: Path | str, file: str = "") -> tuple[StudyPage | None, list[Fault]]:
    """Return the page of a file (a Path) or of a text, and all faults by line. It is None if there are any.

    `file` is the name in faults; for a Path it defaults to the path.
    """
    if isinstance(source, Path):
        file, topic = file or str(source), source.stem
        text = text_of(source, file)
    else:
        topic = Path(file).stem
        text = text_fault(source, file) or source
    if isinstance(text, Fault):
        return None, [text]
    return _Reader(file, topic, text).page()


class _Reader:
    """A reader of one text, which collects its faults; lines count from 1."""

    def __init__(self, file: str, topic: str, text: str) -> None:
        self.file, self.topic = file, topic
        self.lines = text.split("\n")
        self.tokens = parse(text)
        self.faults: list[Fault] = []

    def page(self) -> tuple[StudyPage | None, list[Fault]]:
        starts = self.headings()
        if self.faults:  # without its headings no section can be checked
            return None, self.faults
        *names, _references = HEADINGS
        sections: dict[str, str] = {}
        for name, start, end in zip(names, starts, starts[1:], strict=False):
            sections[name] = "\n".join(self.lines[start : end - 1]).strip("\n")
            if not sections[name].strip():
                self.fault(start, "This section is empty. Fill it in.", name)
        self.faults += markup_faults(self.tokens, self.file, starts[-1])
        references = tuple(self.references(starts[-1]))
        if not references and not self.faults:
            self.fault(starts[-1], "A page needs at least one reference. Add one.", _REFERENCES)
        study_page = StudyPage(
            topic=self.topic,
            decide=sections[_DECIDE],
            works=sections[_WORKS],
            asks=sections[_ASKS],
            confusions=sections[_CONFUSIONS],
            references=references,
        )
        if not MIN_WORDS <= study_page.n_words <= MAX_WORDS:
            self.fault(1, f"The page has {study_page.n_words} words of prose. Write {MIN_WORDS} to {MAX_WORDS}.")
        self.faults.sort(key=lambda fault: fault.line or 0)
        return (None if self.faults else study_page), self.faults

    def fault(self, line: int, sentence: str, field: str = "") -> None:
        self.faults.append(Fault(self.file, line, field, sentence))

    def headings(self) -> list[int]:
        """Return the lines of the headings. Add a fault for each that is missing, misplaced or unknown."""
        rows = list(headings(self.tokens))
        wanted = [f"## {heading}" for heading in HEADINGS]
        if [heading for _, heading in rows] == wanted:
            if any(line.strip() for line in self.lines[: rows[0][0] - 1]):
                self.fault(1, f"There is text before '{wanted[0]}'. Move it under a heading.")
            return [line for line, _ in rows]
        order = ", ".join(HEADINGS)
        for line, heading in rows:
            if heading not in wanted:
                self.fault(line, f"The heading '{heading}' is not allowed. A page has {order}.")
        present = [heading for _, heading in rows if heading in wanted]
        for heading in wanted:
            if heading not in present:
                self.fault(len(self.lines), f"The heading '{heading}' is missing. Add it in its place.")
        if not self.faults:
            at = next(n for n, (_, heading) in enumerate(rows) if wanted[n : n + 1] != [heading])
            line, heading = rows[at]
            self.fault(line, f"'{heading}' is out of order. The order is {order}.")
        return []

    def references(self, start: int) -> Iterator[Reference]:
        for number, line in enumerate(self.lines[start:], start + 1):
            if match := _REFERENCE.match(line):
                yield Reference(match["title"], match["url"])
            elif line.strip():
                self.fault(number, "Write each reference on its own line as - [Title](https://address).", _REFERENCES)
