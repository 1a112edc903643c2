"""GIFT, the text format of Moodle: choice questions in and out.

Read as Moodle reads it (https://docs.moodle.org/en/GIFT_format), but where Moodle would silently make another
question of a sign that was not escaped, the question is refused. Written texts are tagged [markdown].
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from questions.content.schema import OptionContent, QuestionContent
from questions.formats.gift.blocks import Block, blocks
from questions.formats.gift.text import Text, read_text, shown, write_text
from questions.formats.labels import apply_labels, category_path, category_tags
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.refusals import (
    OPTION_LETTERS,
    UnsupportedQuestions,
    code_from_text,
    kind_for_keys,
    refusal_reasons,
)
from questions.formats.text_files import (
    MAX_QUESTION_CHARS,
    QUESTION_TOO_LONG,
    decode_text,
    first_words,
    no_questions_fault,
)

FORMAT = "gift"
EXTENSIONS = (".gift",)
LOSES = (
    "status, revision, rating, enemies, waivers, date of the facts and license",
    "references",
    "the ids of options (they become a, b, c …)",
    "white space at the ends of a text",
)

_TRUE_FALSE = re.compile(r"\s*(?:T|TRUE|F|FALSE)\s*(?:#.*)?\Z", re.IGNORECASE | re.DOTALL)
_WEIGHT = re.compile(r"\s*%\s*(-?\d{1,3}(?:[.,]\d+)?)\s*%")
_OWN_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+\Z")
_END = re.compile(r"[?:.!]\s*\Z")
_MOST_SIGNS = 26  # so many options have a letter, though fewer are taken
_HEAD = 500  # characters of a stem that a name is taken from
_NO_PICTURE = "Describe it in words."
_NEAR = 0.5  # percent: 33 and 33.3 are meant for a third


class _Refused(Exception):
    """Why a question cannot be taken: a sentence."""


@dataclass(frozen=True, slots=True)
class _Choice:
    sign: str
    line: int
    weight: float
    text: str
    feedback: str


class _Manner(NamedTuple):
    """How a sign stands: at the beginning of a line, after white space, before white space."""

    starts_line: bool
    spaced: bool
    followed: bool


def read(data: bytes, name: str) -> ParsedFile:
    """The questions of a GIFT file. Never raises."""
    text, faults = decode_text(data, name)
    found = tuple(_found(number, block, name) for number, block in enumerate(blocks(text), 1))
    if not found and not faults:
        faults = no_questions_fault(name, "GIFT has the answers in braces: Which one? {=right ~wrong ~wrong too}")
    return ParsedFile(FORMAT, found, faults)


def _found(number: int, block: Block, file: str) -> ParsedQuestion:
    title, start = _title(block)
    stem_end = block.text.find("{", start)
    stem = block.text[start : stem_end if stem_end >= 0 else None]
    called = first_words(title or read_text(stem[:_HEAD]).markdown) or f"Question {number}"
    domain = "/".join(block.path)
    try:
        question, ignored, reasons = _question(block, title, start, file)
    except _Refused as refused:
        return ParsedQuestion(number, block.line, called, None, domain, (str(refused),))
    if reasons:
        return ParsedQuestion(number, block.line, called, None, domain, reasons, ignored)
    return ParsedQuestion(number, block.line, called, question, domain, (), ignored)


def _title(block: Block) -> tuple[str, int]:
    """The name between double colons, and where the text goes on."""
    if block.text.lstrip().startswith("::"):
        begin = block.text.index("::") + 2
        end = block.text.find("::", begin)
        if end >= 0:
            return " ".join(shown(block.text[begin:end]).split()), end + 2
    return "", 0


def _question(
    block: Block, title: str, start: int, file: str
) -> tuple[QuestionContent, tuple[str, ...], tuple[str, ...]]:
    """The draft of a block, what was left out of it, and why it cannot be taken."""
    text = block.text
    if len(text) > MAX_QUESTION_CHARS:
        raise _Refused(QUESTION_TOO_LONG)
    begin = text.find("{", start)
    if begin < 0:
        if "}" in text[start:]:
            raise _Refused(r"There is a closing brace without an opening one. Write \} if it belongs to the text.")
        raise _Refused("There are no answers in braces: this is a description, and no question. Add the answers.")
    end = text.find("}", begin)
    if end < 0:
        raise _Refused(f"The brace of line {block.line_at(begin)} is not closed. Add }} behind the answers.")
    inner, tail = text[begin + 1 : end], text[end + 1 :]
    if "{" in inner or "{" in tail or "}" in tail:
        raise _Refused(r"There is a second pair of braces. Write \{ and \} where they belong to a text.")
    answers, _, general = inner.partition("####")
    _refuse_other_types(answers, inner)
    choices = list(_choices(block, answers, begin + 1))
    stem = read_text(_stem(text[start:begin], tail))
    ignored = list(stem.ignored)
    reasons = [f"The picture {each} of the stem is missing. {_NO_PICTURE}" for each in stem.missing]
    keys, credit = _keys(choices)
    ignored += credit
    options = []
    lines = {"stem": block.line, "options": block.line_at(begin)}
    for code, choice, key in zip(OPTION_LETTERS, choices, keys, strict=False):
        said, why = read_text(choice.text, stem.format), read_text(choice.feedback, stem.format)
        options.append(OptionContent(code, key, said.markdown, why.markdown))
        lines |= {f"options.{code}.text": choice.line}
        reasons += [f"The picture {each} of option {code} is missing. {_NO_PICTURE}" for each in said.missing]
        ignored += [*said.ignored, *_pictures_ignored(why)]
    explanation = read_text(general, stem.format)
    ignored += _pictures_ignored(explanation)
    question = QuestionContent(
        id=code_from_text(block.id) or (title if _OWN_ID.match(title) else ""),
        stem=stem.markdown,
        options=tuple(options),
        kind=kind_for_keys(sum(keys)),
        explanation=explanation.markdown,
        file=file,
        lines=lines,
    )
    question, foreign = apply_labels(question, block.path, block.tags)
    ignored += [f"the tag '{tag}'" for tag in foreign]
    return question, tuple(dict.fromkeys(ignored)), (*reasons, *refusal_reasons(question))


def _pictures_ignored(text: Text) -> list[str]:
    return [*text.ignored, *(f"the picture {name}" for name in text.missing)]


def _stem(before: str, tail: str) -> str:
    """The stem; where text follows the answers, a blank stands for them."""
    after = tail.strip()
    if not after or (re.fullmatch(r"[.?!:]+", after) and _END.search(before)):
        return before
    space = "" if after[0] in ".,;:?!" else " "
    return f"{before.rstrip()} _____{space}{after}"


def _refuse_other_types(answers: str, inner: str) -> None:
    if not answers.strip():
        raise _Refused("This is an essay question: its braces hold no options. Only choice questions can be taken.")
    if answers.lstrip().startswith("#"):
        raise _Refused("This is a numerical question. Only choice questions can be taken.")
    if _TRUE_FALSE.match(inner):
        raise _Refused("This is a true/false question. Questions have at least 3 options: skip it, or add options.")
    if "~" not in answers:
        if "=" in answers and "->" in answers:
            raise _Refused("This is a matching question. Only choice questions can be taken.")
        raise _Refused("This is a short-answer question: it has no wrong option (~). Add options to choose from.")


def _choices(block: Block, answers: str, offset: int) -> Iterator[_Choice]:
    signs = list(re.finditer(r"[=~]", answers))
    if len(signs) > _MOST_SIGNS:
        raise _Refused(f"The braces hold {len(signs)} signs = and ~, more than a question can have options.")
    lead = answers[: signs[0].start()].strip()
    if lead:
        raise _Refused(
            f"The text '{first_words(shown(lead), 30)}' stands before the first option. Begin it with = or ~."
        )
    _refuse_bare_signs(block, answers, offset, signs)
    for sign, following in zip(signs, [*signs[1:], None], strict=True):
        body = answers[sign.end() : following.start() if following else None]
        weight = _WEIGHT.match(body)
        said, _, feedback = body[weight.end() if weight else 0 :].partition("#")
        worth = float(weight[1].replace(",", ".")) if weight else 100.0 if sign[0] == "=" else 0.0
        yield _Choice(sign[0], block.line_at(offset + sign.start()), worth, said, feedback)


def _refuse_bare_signs(block: Block, answers: str, offset: int, signs: list[re.Match[str]]) -> None:
    """Refuses a sign that stands otherwise than those of the same question: it is text that was not escaped.

    Signs stand at the beginning of lines or not, after white space or not, before white space or not; a text such
    as `x = 3` makes the difference.
    """
    manners = [_manner(answers, sign) for sign in signs]
    for number, (sign, manner) in enumerate(zip(signs, manners, strict=True)):
        others = manners[:number] + manners[number + 1 :]
        in_lines = sum(other.starts_line for other in others)
        behind_first = manners[1:number] + manners[number + 1 :]
        odd = number > 0 and not manner.starts_line and (
            in_lines >= max(2, len(others) / 2)
            or (not manner.spaced and any(other.spaced for other in behind_first))
            or (manner.spaced and manner.followed and bool(behind_first) and manner not in behind_first)
        )  # fmt: skip
        if odd:
            text = first_words(shown(answers[sign.end() :].split("\n")[0]), 30)
            raise _Refused(
                f"Line {block.line_at(offset + sign.start())}: a bare {sign[0]} before '{text}' begins a new option. "
                f"Write \\{sign[0]} if it belongs to the text, else begin each option in the same way."
            )


def _manner(answers: str, sign: re.Match[str]) -> _Manner:
    before = answers[: sign.start()]
    line = before.rpartition("\n")
    return _Manner(
        starts_line=bool(line[1]) and not line[2].strip(),
        spaced=not before or before[-1].isspace(),
        followed=answers[sign.end() : sign.end() + 1].isspace(),
    )


def _keys(choices: list[_Choice]) -> tuple[list[bool], list[str]]:
    """Which options are keys, and what of the credit is ignored; refuses all that is not all or nothing."""
    right = [choice for choice in choices if choice.sign == "="]
    positive = [choice for choice in choices if choice.weight > 0]
    below = [choice for choice in choices if choice.weight < 0]
    if len(right) > 1:
        lines = ", ".join(str(choice.line) for choice in right)
        raise _Refused(
            f"{len(right)} options begin with = (lines {lines}). Write \\= where it belongs to a text; "
            f"if all of them are keys, write ~%{_percent(len(right))}% before each."
        )
    ignored: list[str] = []
    if right and (positive != right or right[0].weight != 100):
        raise _Refused("An option gets credit for a part. One key gets 100 percent, all others nothing.")
    if len(positive) == 1 and positive[0].weight != 100:
        raise _Refused(f"The key gets {positive[0].weight:g} percent. One key gets 100 percent, all others nothing.")
    if len(positive) == 1 and below:
        raise _Refused("A wrong option gets negative credit beside one key. Wrong options get nothing: take it out.")
    if len(positive) > 1:
        fair = 100 / len(positive)
        if all(choice.weight == 100 for choice in positive):
            ignored.append("credit of 100 percent for each of several options: all of them are keys now")
        elif any(abs(choice.weight - fair) > _NEAR for choice in positive):
            raise _Refused(f"The keys get unequal credit. Each of {len(positive)} keys gets {fair:.5g} percent.")
        elif any(choice.weight != -100 for choice in choices if choice not in positive):
            ignored.append("credit for a part of the keys")
    return [choice in positive for choice in choices], ignored


def _percent(keys: int) -> str:
    """The share of a key as Moodle wants it: 100, 50, 33.33333 …"""
    return f"{100 / keys:.5f}".rstrip("0").rstrip(".")


def write(questions: Sequence[QuestionContent]) -> bytes:
    """A GIFT file in UTF-8. Raises CannotHold for questions without a stem, an option, or the text of one."""
    reasons = {question.id: "It has an empty text, or no options." for question in questions if not _is_whole(question)}
    if reasons:
        raise UnsupportedQuestions(reasons)
    parts: list[str] = []
    path: tuple[str, ...] = ()
    for question in questions:
        if category_path(question) != path:
            path = category_path(question)
            parts.append("/".join(("$CATEGORY: $course$/top", *path)) + "\n")
        parts.append(_written(question))
    return "\n".join(parts).encode("utf-8", "replace")


def _is_whole(question: QuestionContent) -> bool:
    texts = (question.stem, *(option.text for option in question.options))
    return bool(question.options) and all(write_text(text) for text in texts)


def _written(question: QuestionContent) -> str:
    several = len(question.keys) > 1
    labels = [f"[id:{question.id}]"] if question.id else []
    labels += [f"[tag:{tag}]" for tag in category_tags(question)]
    lines = [f"// {' '.join(labels)}"] if labels else []
    name = f"::{question.id}::" if question.id else ""
    lines.append(f"{name}{write_text(question.stem, tagged=True)} {{")
    for option in question.options:
        sign = "=" if option.correct else "~"
        if several:
            sign = f"~%{_percent(len(question.keys))}%" if option.correct else "~%-100%"
        why = write_text(option.rationale)
        lines.append(f"\t{sign}{write_text(option.text)}{'#' + why if why else ''}")
    explanation = write_text(question.explanation)
    if explanation:
        lines.append(f"\t####{explanation}")
    return "\n".join([*lines, "}", ""])
