"""Read study pages: one Markdown file for each topic in `guide/` of a bank directory, rendered for the web (no Django).

Study pages are not stored in the database. The site reads them from `guide/` of the bank of an exam
(`bank_directory`), and caches each page until its file changes; `dump_bank` copies them.
"""

import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from questions.bank_files import figures
from questions.bank_files.confusions import Confusion, confusions, in_sentences, with_names
from questions.bank_files.glossary import FILES
from questions.bank_files.guide_text import headings, markup_faults, parse, text_fault, text_of
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
    svgs: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def decide_html(self) -> str:
        return figures.render(self.decide, self.svgs)

    @cached_property
    def works_html(self) -> str:
        return figures.render(self.works, self.svgs)

    @cached_property
    def asks_html(self) -> str:
        return figures.render(self.asks.partition(ANSWER)[0], self.svgs)

    @cached_property
    def answer_html(self) -> str:
        """The answer to the scenario, apart from it, so that the reader can think first. Empty without one."""
        _scenario, answer, text = self.asks.partition(ANSWER)
        return figures.render(answer + text, self.svgs) if answer else ""

    @cached_property
    def confusions_html(self) -> str:
        return figures.render(with_names(self.confusions), self.svgs)

    @cached_property
    def pairs(self) -> tuple[Confusion, ...]:
        """What is easily confused, in pairs, for flash cards."""
        return confusions(self.confusions)

    @cached_property
    def text(self) -> str:
        """The whole page on one line without the marks of Markdown, for the search."""
        sections = (self.decide, self.works, self.asks, in_sentences(self.confusions))
        return plain(figures.described("\n".join(sections)))

    @property
    def n_words(self) -> int:
        """The number of words of prose; inline code is one word, and alternatives of figures do not count."""
        texts = (self.decide, self.works, self.asks, self.confusions)
        return sum(len(words(figures.without_figures(text))) for text in texts)


def guide_directory(bank: Path) -> Path:
    """Return the directory of the study pages of a bank."""
    return bank / "guide"


def page_files(bank: Path) -> list[Path]:
    """Return the study pages of a bank directory, sorted by topic; glossary and services beside them are none."""
    return sorted(path for path in guide_directory(bank).glob("*.md") if path.name not in FILES)


def check(bank: Path, syllabus: Syllabus | None) -> Iterator[Fault]:
    """Yield the faults of the guide of a bank directory: in pages, pages without a topic, topics without a page.

    A bank may have no guide: then no page is missing.
    """
    paths = page_files(bank)
    shown: set[str] = set()
    for path in paths:
        study_page, faults = read(path)
        yield from faults
        shown.update(study_page.svgs if study_page else figures.names(path.read_text(errors="replace")))
        if syllabus and path.stem not in syllabus.topics:
            yield Fault(str(path), 1, "", f"The syllabus has no topic '{path.stem}'. Name the file after a topic.")
    if guide_directory(bank).is_dir() and syllabus:
        written = {path.stem for path in paths}
        for slug in syllabus.topics:
            if slug not in written:
                sentence = f"The topic '{slug}' has no study page. Create this file."
                yield Fault(str(guide_directory(bank) / f"{slug}.md"), None, "", sentence)
    yield from figures.check(guide_directory(bank), shown)


def page(bank: Path, topic: str) -> StudyPage | None:
    """Return the page of a topic; None if it is missing or has faults, which are logged."""
    return pages(bank, [topic])[0]


def pages(bank: Path, topics: Iterable[str]) -> list[StudyPage | None]:
    """Return the pages of topics, as `page` does, in their order: one look at each file tells whether it has changed.

    Addresses are texts, since objects for the paths of a hundred files would take most of the time.
    """
    guide = guide_directory(bank)
    drawn, start = _changed(str(figures.figure_directory(guide))) or 0, f"{guide}{os.sep}"
    paths = [f"{start}{topic}.md" for topic in topics]
    return [_read_cached(path, changed, drawn) if (changed := _changed(path)) else None for path in paths]


def _changed(path: str) -> int | None:
    """Return when a file or a directory was changed, in nanoseconds; None without one."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


@lru_cache(maxsize=1024)
def _read_cached(path: str, changed: int, drawn: int) -> StudyPage | None:
    study_page, faults = read(Path(path))
    for fault in faults:
        logger.warning("Study page not shown: %s", fault)
    return study_page


def read(source: Path | str, file: str = "", guide: Path | None = None) -> tuple[StudyPage | None, list[Fault]]:
    """Return the page of a file (a Path) or of a text, and all faults by line. It is None if there are any.

    `file` is the name in faults, `guide` the directory with the figures; for a Path they default to it and its parent.
    """
    if isinstance(source, Path):
        file, topic, guide = file or str(source), source.stem, guide or source.parent
        text = text_of(source, file)
    else:
        topic = Path(file).stem
        text = text_fault(source, file) or source
    if isinstance(text, Fault):
        return None, [text]
    return _Reader(file, topic, text, guide).page()


class _Reader:
    """A reader of one text, which collects its faults; lines count from 1."""

    def __init__(self, file: str, topic: str, text: str, guide: Path | None) -> None:
        self.file, self.topic, self.guide = file, topic, guide
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
        self.faults += markup_faults(self.tokens, self.file, starts[-1], images=figures.SCHEME)
        self.faults += figures.page_faults("\n".join(self.lines[: starts[-1]]), self.file, self.guide)
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
            svgs=self.svgs(),
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

    def svgs(self) -> dict[str, str]:
        """Return the figures of the page, by name."""
        if self.faults or self.guide is None:
            return {}
        files = figures.figure_files(self.guide)
        return {name: files[name].read_text(encoding="utf-8") for name in figures.names("\n".join(self.lines))}

    def references(self, start: int) -> Iterator[Reference]:
        for number, line in enumerate(self.lines[start:], start + 1):
            if match := _REFERENCE.match(line):
                yield Reference(match["title"], match["url"])
            elif line.strip():
                self.fault(number, "Write each reference on its own line as - [Title](https://address).", _REFERENCES)
