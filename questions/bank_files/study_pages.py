"""Study pages: one Markdown file a topic, read strictly from `guide/` of a bank directory and rendered for the web.

They travel as files. `load_bank` does not bring them into the database; at run time they come from
`settings.BANK_DIR / 'guide'`, each kept in memory until its file changes; `dump_bank` copies them along.
Reading needs no Django.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from questions.content import markdown
from questions.content.prose import words
from questions.content.schema import Fault, Reference
from questions.content.syllabus import Syllabus

logger = logging.getLogger(__name__)

HEADINGS = ("What to decide", "How it works", "Do not confuse", "References")
FEWEST, MOST = 120, 300  # words of prose: tables, headings and references do not count
_BOM = "\ufeff"
_REFERENCE = re.compile(r"- \[(?P<title>[^\]]*[^\]\s][^\]]*)\]\((?P<url>https://[^\s/()]+\.[^\s()]+)\)\Z")
# All of Markdown is parsed, so that what a page must not hold is found and not shown as it was typed.
_PARSER = MarkdownIt("commonmark").enable("table")
_REFUSED = {
    "html_block": "HTML is not possible here. Use Markdown, and put names such as <channel> into backticks.",
    "html_inline": "HTML is not possible here. Use Markdown, and put names such as <channel> into backticks.",
    "link_open": "Links stand under References alone. Move it there.",
    "image": "Images are not possible here. Say it in words or in a table.",
    "hr": "A rule is not possible here. Remove it.",
    "blockquote_open": "A quotation is not possible here. Write a paragraph in your own words.",
    "code_block": "Text indented by four spaces becomes code. Indent it less, or fence it with ```.",
}


@dataclass(frozen=True)
class StudyPage:
    """What a page says, as Markdown and as HTML blocks that fit a strict content security policy."""

    topic: str
    decide: str
    works: str
    confusions: str
    references: tuple[Reference, ...]

    @cached_property
    def decide_html(self) -> str:
        return markdown.render(self.decide)

    @cached_property
    def works_html(self) -> str:
        return markdown.render(self.works)

    @cached_property
    def confusions_html(self) -> str:
        return markdown.render(self.confusions)

    @property
    def n_words(self) -> int:
        """Words of prose, a span of code being one."""
        return sum(len(words(text)) for text in (self.decide, self.works, self.confusions))


def place(bank: Path) -> Path:
    """Where the study pages of a bank directory lie."""
    return bank / "guide"


def page_files(bank: Path) -> list[Path]:
    """The study pages of a bank directory, sorted by topic; none where it has no guide."""
    return sorted(place(bank).glob("*.md"))


def check(bank: Path, syllabus: Syllabus | None) -> Iterator[Fault]:
    """All that is wrong with the guide of a bank directory: pages, pages of no topic, topics without a page.

    A bank may come without a guide: then nothing is missing.
    """
    paths = page_files(bank)
    for path in paths:
        yield from read(path)[1]
        if syllabus and path.stem not in syllabus.topics:
            yield Fault(str(path), 1, "", f"The syllabus has no topic '{path.stem}'. Name the file after one.")
    if place(bank).is_dir() and syllabus:
        written = {path.stem for path in paths}
        for slug in syllabus.topics:
            if slug not in written:
                sentence = f"The topic '{slug}' has no study page. Write this file."
                yield Fault(str(place(bank) / f"{slug}.md"), None, "", sentence)


def page(bank: Path, topic: str) -> StudyPage | None:
    """The page of a topic for the web; None if there is none, or if it has faults, which are logged."""
    path = place(bank) / f"{topic}.md"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _kept(path, changed)


@lru_cache(maxsize=1024)
def _kept(path: Path, changed: int) -> StudyPage | None:
    found, faults = read(path)
    for fault in faults:
        logger.warning("A study page cannot be shown: %s", fault)
    return found


def read(source: Path | str, file: str = "") -> tuple[StudyPage | None, list[Fault]]:
    """The page of a file (a Path) or of a text, and all faults by line; None if there are any.

    `file` is the name used in faults; for a Path it defaults to the path.
    """
    topic = Path(file).stem
    if isinstance(source, Path):
        file, topic, raw = file or str(source), source.stem, source.read_bytes()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            return None, [Fault(file, line, "", "The file is not UTF-8. Save it as UTF-8.")]
    else:
        text = source
    if text.startswith(_BOM):
        return None, [Fault(file, 1, "", "The file begins with a byte-order mark. Save it without one.")]
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        return None, [Fault(file, line, "", "Lines end with CRLF. Save the file with LF as line end.")]
    return _Reader(file, topic, text).page()


class _Reader:
    """Reads one text and gathers its faults; lines count from 1."""

    def __init__(self, file: str, topic: str, text: str) -> None:
        self.file, self.topic = file, topic
        self.lines = text.split("\n")
        self.tokens = _PARSER.parse(text)
        self.faults: list[Fault] = []

    def page(self) -> tuple[StudyPage | None, list[Fault]]:
        starts = self.headings()
        if self.faults:  # without its headings nothing else can be said about a page
            return None, self.faults
        ends = [*starts[1:], len(self.lines) + 1]
        decide, works, confusions = (
            "\n".join(self.lines[start : end - 1]).strip("\n")
            for start, end in zip(starts[:-1], ends[:-1], strict=True)
        )
        for heading, start, text in zip(HEADINGS, starts, (decide, works, confusions), strict=False):
            if not text.strip():
                self.fault(start, "Nothing stands under this heading. Fill it in.", heading)
        self.body(starts[-1])
        references = tuple(self.references(starts[-1]))
        if not references and not self.faults:
            self.fault(starts[-1], "A page needs at least one reference. Add the page that backs it.", HEADINGS[-1])
        found = StudyPage(self.topic, decide, works, confusions, references)
        if not FEWEST <= found.n_words <= MOST:
            self.fault(1, f"The page has {found.n_words} words of prose. Between {FEWEST} and {MOST} are wanted.")
        self.faults.sort(key=lambda fault: fault.line or 0)
        return (None if self.faults else found), self.faults

    def fault(self, line: int, sentence: str, field: str = "") -> None:
        self.faults.append(Fault(self.file, line, field, sentence))

    def headings(self) -> list[int]:
        """The lines of the four headings; a fault for each that is missing, elsewhere, or not one of them."""
        found = []
        for opening, content in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == "heading_open" and opening.map:
                within = "" if opening.level == 0 else "- "  # in a list it is no heading of the page
                found.append((opening.map[0] + 1, f"{within}{opening.markup} {content.content}"))
        wanted = [f"## {heading}" for heading in HEADINGS]
        if [heading for _, heading in found] == wanted:
            if any(line.strip() for line in self.lines[: found[0][0] - 1]):
                self.fault(1, f"Text stands before '{wanted[0]}'. Move it under a heading.")
            return [line for line, _ in found]
        for line, heading in found:
            if heading not in wanted:
                self.fault(line, f"The heading '{heading}' is not possible. A page has {', '.join(HEADINGS)}.")
        said = [heading for _, heading in found if heading in wanted]
        for heading in wanted:
            if heading not in said:
                self.fault(len(self.lines), f"The heading '{heading}' is missing. Add it in its place.")
        if not self.faults:
            at = next(n for n, (_, heading) in enumerate(found) if wanted[n : n + 1] != [heading])
            line, heading = found[at]
            self.fault(line, f"'{heading}' stands here out of order. The order is {', '.join(HEADINGS)}.")
        return []

    def body(self, end: int) -> None:
        """Faults for what the sections before line `end` must not hold."""
        line = 1
        for token in self.tokens:
            if token.map:
                line = token.map[0] + 1
            if line >= end:
                return
            self.refuse(token, line)
            for child in token.children or ():
                self.refuse(child, line)
                line += child.type in ("softbreak", "hardbreak")

    def refuse(self, token: Token, line: int) -> None:
        if token.type in _REFUSED:
            self.fault(line, _REFUSED[token.type])

    def references(self, start: int) -> Iterator[Reference]:
        for number, line in enumerate(self.lines[start:], start + 1):
            if found := _REFERENCE.match(line):
                yield Reference(found["title"], found["url"])
            elif line.strip():
                self.fault(number, "Write each reference as - [Title](https://address) in a line.", HEADINGS[-1])
