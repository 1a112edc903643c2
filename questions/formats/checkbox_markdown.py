"""Markdown with options as a list of checkboxes, the layout of community lists of practice questions.

A stem is the heading or the paragraphs before such a list; the headings above it are its category. A question can be an
item of a list, with the options as a list inside. The number or bullet at the start of a question is left out, and so
are lines of page navigation outside of code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import dedent

from questions.content.schema import Fault, OptionContent, QuestionContent, tidy
from questions.formats.categories_and_tags import apply_labels
from questions.formats.file_pictures import FilePictures
from questions.formats.numbered_lists import without_marks
from questions.formats.parsed import NO_FACTS, NO_SECOND_ANSWER, Loss, ParsedFile, ParsedQuestion
from questions.formats.refusals import OPTION_LETTERS, kind_for_keys, refusal_reasons
from questions.formats.text_files import (
    MAX_QUESTION_CHARS,
    QUESTION_TOO_LONG,
    adapt_markdown,
    decode_text,
    first_words,
    no_questions_fault,
)
from questions.formats.zip_packages import BadPackage, Package, is_zip, open_package

FORMAT = "checkbox-markdown"
EXTENSIONS = (".md", ".markdown")
LOSES = (
    "the id and the ids of options",
    "topic and points",
    NO_FACTS,
    NO_SECOND_ANSWER,
    "explanation, rationales and references",
)

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)\Z")
_CLOSING = re.compile(r"(?:\A|(?<=[ \t]))#{1,9}\Z")
_CHECKBOX = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,2}[.)])[ \t]+\[(?P<mark>[ xX]?)\](?:[ \t]+(?P<text>.*))?\Z")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_EXPLANATION = re.compile(
    r"(?:>[ \t]*)?[*_]*(?:explanation|rationale)(?:[*_]*[ \t]*:[*_]*|[*_]*[ \t]*$)\s*", re.IGNORECASE | re.MULTILINE
)
# The number of a question at the start of its first line; white space follows, so that `3.12` is none.
_NUMBER = re.compile(
    r"[ \t]*(?P<open>[*_]{0,2})"
    r"(?:(?:question|q)[ .]*(?P<q>\d{1,5})[ \t]*(?:[.):-](?=[\s*_]|\Z)|\Z)|(?P<n>\d{1,5})[.)](?=[\s*_]|\Z))"
    r"(?P<close>[*_]{0,2})[ \t]*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+(?=\S)")
_PAGE_NAVIGATION = re.compile(
    r"[*_]*\[[^\]]*\]\(#[^)]*\)[*_]*|[-*_]{3,}|</?(?:details|summary|br)\b[^>]*>", re.IGNORECASE
)
_HINT = "Options are lines such as '- [ ] wrong' and '- [x] right' below the question."


@dataclass(slots=True)
class _Block:
    """The lines of one question; `title` is the heading above it, `path` the headings above that.

    `number` is its number in the file, `indent` that of its options.
    """

    line: int
    title: str
    path: tuple[str, ...]
    stem: list[str]
    number: int | None = None
    indent: int = 0
    options: list[tuple[int, bool, list[str]]] = field(default_factory=list)
    after: list[tuple[int, str]] = field(default_factory=list)


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a Markdown file, or a zip file of Markdown files with their pictures. Never raises."""
    if is_zip(data):
        package, problems = open_package(data, name)
        return ParsedFile(FORMAT, faults=tuple(problems)) if package is None else _read_package(package, name)
    decoded = decode_text(data, name)
    questions = tuple(_parse_block(number, block, name) for number, block in enumerate(_split_blocks(decoded.text), 1))
    faults = decoded.faults if questions or decoded.faults else no_questions_fault(name, _HINT)
    return ParsedFile(FORMAT, questions, faults, decoded.warnings)


def markdown_files(package: Package) -> list[str]:
    """Return the names of the Markdown files of a package, without the resource forks of macOS."""
    names = [path for path in package.names if path.lower().endswith(EXTENSIONS)]
    return sorted(path for path in names if not path.rpartition("/")[2].startswith("._"))


def _read_package(package: Package, name: str) -> ParsedFile:
    questions: list[ParsedQuestion] = []
    faults: list[Fault] = []
    warnings: list[str] = []
    pictures = FilePictures(lambda path: None)
    for file in markdown_files(package):
        try:
            decoded = decode_text(package.read(file), f"{name}/{file}")
        except BadPackage as error:
            faults.append(Fault(name, None, "", str(error)))
            continue
        faults += decoded.faults
        warnings += [f"{file}: {warning}" for warning in decoded.warnings]
        found = pictures.at(package.lookup(file))
        for block in _split_blocks(decoded.text):
            questions.append(_parse_block(len(questions) + 1, block, f"{name}/{file}", found))
    if not faults and not questions:
        faults += no_questions_fault(name, _HINT)
    return ParsedFile(FORMAT, () if faults else tuple(questions), tuple(faults), tuple(warnings), pictures.files())


def _split_blocks(text: str) -> Iterator[_Block]:
    headings: list[tuple[int, int, str]] = []  # level, line, text
    used = False  # the last heading already belongs to a question
    paragraphs: list[tuple[int, str]] = []
    block: _Block | None = None
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        heading = None if fence else _HEADING.match(line)
        box = None if fence else _CHECKBOX.match(line)
        is_code = bool(fence)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if heading:
            if block:
                yield block
            block, paragraphs, used = None, [], False
            headings = [entry for entry in headings if entry[0] < len(heading[1])]
            headings.append((len(heading[1]), number, _CLOSING.sub("", heading[2].rstrip())))
        elif box:
            if block and (at := _start_of_next(block)) is not None:
                paragraphs, block.after = block.after[at:], block.after[:at]
                yield block
                block = None
            if block is None:
                block = _start_block(headings, paragraphs, number, _indent(line), used=used)
                paragraphs, used = [], True
            block.options.append((number, box["mark"].lower() == "x", [box["text"] or ""]))
        elif block is None:
            paragraphs.append((number, line))
        elif not block.after and (is_code or _continues_option(block, line)):
            block.options[-1][2].append(line)
        else:
            block.after.append((number, line))
    if block:
        yield block


def _indent(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip())


def _continues_option(block: _Block, line: str) -> bool:
    """Return whether a line continues the last option: it is indented, or follows at once and starts no list item."""
    if not line.strip() or _indent(line) > block.indent:
        return not _EXPLANATION.match(line.strip())
    is_paragraph = not (_NUMBER.match(line) or _BULLET.match(line) or _EXPLANATION.match(line.strip()))
    return is_paragraph and bool(block.options[-1][2][-1].strip())


def _start_of_next(block: _Block) -> int | None:
    """Return where the next question starts in the lines after the options; None if there are more options.

    Behind an explanation, it starts at the line with the next number, or at the last paragraph.
    """
    if len(block.options) > len(OPTION_LETTERS):  # refused anyway; keeps the time linear
        return None
    texts = [text for _, text in block.after]
    first = next((at for at, text in enumerate(texts) if text.strip()), None)
    if first is None or not _EXPLANATION.match(texts[first].strip()):
        return None if first is None else 0
    paragraphs = [at for at, text in _outside_code(texts) if at and text.strip() and not texts[at - 1].strip()]
    numbered = [at for at in paragraphs if block.number is not None and _number(texts[at]) == block.number + 1]
    later = numbered or [at for at in paragraphs if at > first]
    return later[-1] if later else None


def _start_block(
    headings: list[tuple[int, int, str]], paragraphs: list[tuple[int, str]], number: int, indent: int, *, used: bool
) -> _Block:
    """Return the block of a question before its first option, which is at line `number`.

    A heading is the stem if there is no other text, or if the heading is a sentence.
    """
    texts = [line for _, line in paragraphs]
    first = next((at for at, line in paragraphs if line.strip()), number)
    has_own_heading = bool(headings) and not used
    title = _without_number(headings[-1][2]) if has_own_heading else ""
    sentence = title.rstrip("*_ ").endswith(("?", ".", ":", ")"))
    empty = not any(line.strip() for line in texts)
    path = tuple(text for _, _, text in headings)
    if has_own_heading and title and (empty or sentence):
        return _Block(headings[-1][1], title, path[:-1], [title, "", tidy("\n".join(texts))], None, indent)
    numbered = has_own_heading and not title  # "Question 12" is not a category
    start = next((at for at, text in enumerate(texts) if text.strip() and not _is_navigation(text)), len(texts))
    own_number = None
    if not numbered and start < len(texts):
        line, own_number = texts[start], _number(texts[start])
        bullet = _BULLET.match(line) if _indent(line) < indent else None
        texts[start] = line[bullet.end() :] if bullet else _without_number(line)
        if texts[start] != line:
            texts[start + 1 :] = dedent("\n".join(texts[start + 1 :])).split("\n")
    return _Block(first, title, path[:-1] if numbered else path, texts, own_number, indent)


def _number(line: str) -> int | None:
    number = _NUMBER.match(line)
    return int(number["n"] or number["q"]) if number else None


def _without_number(line: str) -> str:
    number = _NUMBER.match(line)
    return without_marks(number["open"], number["close"], line[number.end() :]) if number else line


def _is_navigation(line: str) -> bool:
    return bool(_PAGE_NAVIGATION.fullmatch(line.strip()))


def _without_navigation(lines: Sequence[str]) -> Iterator[str]:
    text = {at for at, _line in _outside_code(lines)}
    return (line for at, line in enumerate(lines) if at not in text or not _is_navigation(line))


def _outside_code(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines outside of code blocks, with their indexes."""
    fence = ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            yield at, line


def _parse_block(number: int, block: _Block, file: str, pictures: FilePictures | None = None) -> ParsedQuestion:
    domain = "/".join(block.path)
    texts = [*block.stem, *(line for _, line in block.after)]
    size = sum(map(len, texts)) + sum(len(line) for _, _, lines in block.options for line in lines)
    if size > MAX_QUESTION_CHARS or len(block.options) > len(OPTION_LETTERS):
        label = first_words(block.title) or f"Question {number}"
        return ParsedQuestion(
            number,
            block.line,
            label,
            None,
            domain,
            (QUESTION_TOO_LONG if size > MAX_QUESTION_CHARS else _TOO_MANY_OPTIONS,),
        )
    stem = adapt_markdown(tidy("\n".join(_without_navigation(block.stem))), pictures)
    label = first_words(stem.text or block.title) or f"Question {number}"
    ignored = list(stem.ignored)
    reasons = [f"The picture {picture} of the stem is missing. Describe it in words." for picture in stem.missing]
    options = []
    lines = {"stem": block.line, "options": block.options[0][0]}
    for code, (line, key, option_lines) in zip(OPTION_LETTERS, block.options, strict=False):
        adapted = adapt_markdown(tidy("\n".join([option_lines[0], dedent("\n".join(option_lines[1:]))])), pictures)
        options.append(OptionContent(code, key, adapted.text))
        lines[f"options.{code}.text"] = line
        ignored += adapted.ignored
        reasons += [
            f"The picture {picture} of option {code.upper()} is missing. Describe it in words."
            for picture in adapted.missing
        ]
    after = tidy(dedent("\n".join(_without_navigation([line for _, line in block.after]))))
    explained = _EXPLANATION.match(after)
    explanation = adapt_markdown(after[explained.end() :], pictures) if explained else adapt_markdown("")
    ignored += [*explanation.ignored, *(Loss(f"the picture {picture}") for picture in explanation.missing)]
    if after.strip() and not explained:
        ignored.append(f"the text after the options: '{first_words(after)}'")
    question = QuestionContent(
        id="",
        stem=stem.text,
        options=tuple(options),
        kind=kind_for_keys(sum(option.correct for option in options)),
        explanation=explanation.text,
        file=file,
        lines=lines,
    )
    question, _ = apply_labels(question, block.path, ())
    reasons += refusal_reasons(question)
    return ParsedQuestion(
        number,
        block.line,
        label,
        None if reasons else question,
        domain,
        tuple(reasons),
        tuple(dict.fromkeys(ignored)),
    )


_TOO_MANY_OPTIONS = "The question has over 26 options, but at most 10 are allowed. Remove some."
