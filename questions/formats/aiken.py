"""The Aiken format: a stem of one line, lettered options and `ANSWER: B`; plain text, one key.

Reads files as Moodle does (https://docs.moodle.org/en/Aiken_format). Multiple-response questions are not supported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import html_reader
from questions.formats.html_writer import markdown_to_html
from questions.formats.parsed import NO_FACTS, NO_SECOND_ANSWER, ParsedFile, ParsedQuestion
from questions.formats.refusals import OPTION_LETTERS, UnsupportedQuestions, refusal_reasons
from questions.formats.text_files import (
    MAX_QUESTION_CHARS,
    QUESTION_TOO_LONG,
    decode_text,
    first_words,
    no_questions_fault,
)

FORMAT = "aiken"
EXTENSIONS = (".aiken",)
LOSES = (
    "the id and the ids of options",
    "exam domain, task, topic and points",
    NO_FACTS,
    NO_SECOND_ANSWER,
    "explanation, rationales and references",
    "emphasis and code (the text itself is kept)",
    "pictures (their alternative texts are kept)",
)

_OPTION = re.compile(r"([A-Z])[).][ \t\u00a0]+(.*\S)")
_OPTION_WITHOUT_SPACE = re.compile(r"[A-Z][).]\S")
_ANSWER = re.compile(r"ANSWER:\s*(.*)", re.IGNORECASE)
_SEVERAL_LETTERS = re.compile(r"[A-Za-z](?: ?[,;&/ ] ?[A-Za-z])+")
_HINT = "Aiken has a line with the question, lines with options such as 'A) Text', and a line 'ANSWER: B'."


@dataclass(slots=True)
class _Block:
    """The lines of one question as (line number, text), and the reasons to refuse it."""

    stem: list[tuple[int, str]] = field(default_factory=list)
    options: list[tuple[int, str, str]] = field(default_factory=list)
    answer: str | None = None
    reasons: list[str] = field(default_factory=list)


def read(data: bytes, name: str) -> ParsedFile:
    """Parse an Aiken file. Never raises."""
    decoded = decode_text(data, name)
    faults = decoded.faults
    if not faults and not re.search(r"^[^\S\n]*ANSWER:", decoded.text, re.IGNORECASE | re.MULTILINE):
        faults = no_questions_fault(name, _HINT)
    if faults:
        return ParsedFile(FORMAT, faults=faults)
    questions = tuple(_parse_block(number, block, name) for number, block in enumerate(_split_blocks(decoded.text), 1))
    return ParsedFile(FORMAT, questions, warnings=decoded.warnings)


def _split_blocks(text: str) -> Iterator[_Block]:
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    block = _Block()
    for position, (number, line) in enumerate(lines):
        option, answer = _OPTION.match(line), _ANSWER.match(line)
        if answer:
            block.answer = answer[1].rstrip(" .)")
            yield block
            block = _Block()
        elif option and (block.stem or block.options or _starts_options(lines, position)):
            block.options.append((number, option[1], option[2]))
        elif block.options and _starts_question(lines, position):
            yield block
            block = _Block(stem=[(number, line)])
        elif block.options:
            block.reasons.append(f"Line {number}: an option continues on a second line. Write each option on one line.")
        elif block.stem and _OPTION_WITHOUT_SPACE.match(line):
            block.reasons.append(f"Line {number}: a space is missing after '{line[:2]}'. Write '{line[:2]} '.")
        else:
            block.stem.append((number, line))
    if block.stem or block.options:
        yield block


def _starts_options(lines: list[tuple[int, str]], position: int) -> bool:
    """Return whether options start at this line although no stem precedes them."""
    following = _OPTION.match(lines[position + 1][1]) if position + 1 < len(lines) else None
    return lines[position][1][0] == "A" and following is not None and following[1] == "B"


def _starts_question(lines: list[tuple[int, str]], position: int) -> bool:
    """Return whether a line after options starts a question: the next option is an A again."""
    for _, line in lines[position + 1 : position + 4]:
        if _ANSWER.match(line):
            return False
        if option := _OPTION.match(line):
            return option[1] == "A"
    return True


def _parse_block(number: int, block: _Block, file: str) -> ParsedQuestion:
    line = block.stem[0][0] if block.stem else block.options[0][0] if block.options else None
    label = first_words(block.stem[0][1]) if block.stem else f"Question {number}"
    reasons = list(block.reasons)
    if sum(len(text) for _, text in block.stem) + sum(len(text) for _, _, text in block.options) > MAX_QUESTION_CHARS:
        return ParsedQuestion(number, line, label, None, refusals=(QUESTION_TOO_LONG,))
    if len(block.stem) > 1:
        reasons.append(f"The question has {len(block.stem)} lines before its options. Write it on one line.")
    letters = [letter for _, letter, _ in block.options]
    if letters != [chr(ord("A") + place) for place in range(len(letters))]:
        reasons.append(f"The options are lettered {', '.join(letters)}. Letter them A, B, C … in this order.")
    if block.answer is None:
        reasons.append("The line 'ANSWER:' with the letter of the key is missing. Add it after the options.")
    elif _SEVERAL_LETTERS.fullmatch(" ".join(block.answer.split())):
        reasons.append(f"The answer is '{block.answer}', but Aiken allows one key. Use another format for more keys.")
    elif block.answer.upper() not in letters:
        reasons.append(f"The answer is '{first_words(block.answer, 30)}', but there is no such option. Correct it.")
    if reasons:
        return ParsedQuestion(number, line, label, None, refusals=tuple(reasons))
    key = (block.answer or "").upper()
    question = QuestionContent(
        id="",
        stem=html_reader.text_to_markdown(" ".join(text for _, text in block.stem)),
        options=tuple(
            OptionContent(letter.lower(), letter == key, html_reader.text_to_markdown(text))
            for _, letter, text in block.options
        ),
        file=file,
        lines={
            "stem": line or 1,
            **{f"options.{letter.lower()}.text": position for position, letter, _ in block.options},
        },
    )
    reasons = list(refusal_reasons(question))
    return ParsedQuestion(number, line, label, None if reasons else question, refusals=tuple(reasons))


def write(questions: Sequence[QuestionContent]) -> bytes:
    """Write an Aiken file in UTF-8.

    Raise UnsupportedQuestions for questions with several keys or with a text of several lines.
    """
    reasons = {question.id: reason for question in questions if (reason := _unsupported_reason(question))}
    if reasons:
        raise UnsupportedQuestions(reasons)
    return "\n".join(_render_question(question) for question in questions).encode("utf-8", "replace")


def _unsupported_reason(question: QuestionContent) -> str:
    if len(question.keys) != 1:
        return f"Aiken allows one key, and the question has {len(question.keys)}."
    if not 2 <= len(question.options) <= len(OPTION_LETTERS):
        return f"Aiken allows 2 to 26 options, and the question has {len(question.options)}."
    stem = _single_line(question.stem)
    if stem is None or any(_single_line(option.text) is None for option in question.options):
        return "Aiken allows one line for each text, and a text of the question is empty or has several lines."
    if _OPTION.match(stem) or _ANSWER.match(stem) or _OPTION_WITHOUT_SPACE.match(stem):
        return "The stem starts like an option or an answer of Aiken."
    return ""


def _render_question(question: QuestionContent) -> str:
    lines = [_single_line(question.stem)]
    key = ""
    for letter, option in zip(OPTION_LETTERS.upper(), question.options, strict=False):
        lines.append(f"{letter}) {_single_line(option.text)}")
        key = letter if option.correct else key
    return "\n".join([line or "" for line in lines] + [f"ANSWER: {key}", ""])


def _single_line(markdown: str) -> str | None:
    """Return the plain text of a Markdown text of one line, or None."""
    paragraph = re.fullmatch(r"<p>(.*)</p>", markdown_to_html(markdown), re.DOTALL)
    if paragraph is None or re.search(r"<(?:br|p|/p)>", paragraph[1]):
        return None
    return " ".join(unescape(re.sub(r"<[^<>]*>", "", paragraph[1])).split()) or None
