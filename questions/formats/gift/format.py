"""GIFT, the text format of Moodle: reading and writing of choice questions.

Reads files as Moodle does (https://docs.moodle.org/en/GIFT_format), except that a question with an unescaped sign is
refused where Moodle would silently read another question. Written texts are tagged [markdown].
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from questions.content.schema import OptionContent, QuestionContent
from questions.formats.categories_and_tags import apply_labels, category_path, category_tags
from questions.formats.gift.blocks import Block, split_blocks
from questions.formats.gift.text import GiftText, read_text, show_escaped, write_text
from questions.formats.parsed import NO_FACTS, NO_SECOND_ANSWER, Loss, ParsedFile, ParsedQuestion
from questions.formats.refusals import (
    OPTION_LETTERS,
    WRONG_TAKES_A_SHARE,
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
    NO_FACTS,
    NO_SECOND_ANSWER,
    "references",
    "the ids of options (they become a, b, c …)",
    "white space at the ends of a text",
    "pictures (their alternative texts are kept)",
)

_TRUE_FALSE = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?:#(.*?)(?:#(.*))?)?\Z", re.IGNORECASE | re.DOTALL)
_WEIGHT = re.compile(r"\s*%\s*(-?\d{1,3}(?:[.,]\d+)?)\s*%")
_QUESTION_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+\Z")
_SENTENCE_END = re.compile(r"[?:.!]\s*\Z")
_MAX_SIGNS = 26  # one for each letter of the alphabet
_MAX_TITLE_SOURCE_CHARS = 500  # leading part of a stem used as its name
_NO_PICTURE = "Describe it in words."
_PERCENT_TOLERANCE = 0.5  # percent: 33 and 33.3 both mean a third


class _Refusal(Exception):
    """A question cannot be imported; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class _Choice:
    sign: str
    line: int
    weight: float
    text: str
    feedback: str


class _SignContext(NamedTuple):
    """Surroundings of a sign: at the start of a line, after white space, before white space."""

    starts_line: bool
    spaced: bool
    followed: bool


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a GIFT file. Never raises."""
    decoded = decode_text(data, name)
    faults = decoded.faults
    questions = tuple(_parse_block(number, block, name) for number, block in enumerate(split_blocks(decoded.text), 1))
    if not questions and not faults:
        faults = no_questions_fault(name, "Write the answers in braces: Which one? {=right ~wrong ~wrong too}")
    return ParsedFile(FORMAT, questions, faults, decoded.warnings)


def _parse_block(number: int, block: Block, file: str) -> ParsedQuestion:
    title, start = _title(block)
    stem_end = block.text.find("{", start)
    stem = block.text[start : stem_end if stem_end >= 0 else None]
    label = first_words(title or read_text(stem[:_MAX_TITLE_SOURCE_CHARS]).markdown) or f"Question {number}"
    domain = "/".join(block.path)
    try:
        question, ignored, reasons = _question(block, title, start, file)
    except _Refusal as refused:
        return ParsedQuestion(number, block.line, label, None, domain, (str(refused),))
    if reasons:
        return ParsedQuestion(number, block.line, label, None, domain, reasons, ignored)
    return ParsedQuestion(number, block.line, label, question, domain, (), ignored)


def _title(block: Block) -> tuple[str, int]:
    """Return the name between double colons, and the position after it."""
    if block.text.lstrip().startswith("::"):
        begin = block.text.index("::") + 2
        end = block.text.find("::", begin)
        if end >= 0:
            return " ".join(show_escaped(block.text[begin:end]).split()), end + 2
    return "", 0


def _question(
    block: Block, title: str, start: int, file: str
) -> tuple[QuestionContent, tuple[str, ...], tuple[str, ...]]:
    """Return the question of a block, what was left out, and the reasons to refuse it."""
    text = block.text
    if len(text) > MAX_QUESTION_CHARS:
        raise _Refusal(QUESTION_TOO_LONG)
    begin = text.find("{", start)
    if begin < 0:
        if "}" in text[start:]:
            raise _Refusal(r"There is a closing brace without an opening one. Write \} if it belongs to the text.")
        raise _Refusal("There are no answers in braces, so this is a description. Add the answers.")
    end = text.find("}", begin)
    if end < 0:
        raise _Refusal(f"The brace of line {block.line_at(begin)} is not closed. Add }} after the answers.")
    inner, text_after = text[begin + 1 : end], text[end + 1 :]
    if "{" in inner or "{" in text_after or "}" in text_after:
        raise _Refusal(r"There is a second pair of braces. Write \{ and \} where they belong to a text.")
    answers, _, general = inner.partition("####")
    if true_false := _TRUE_FALSE.match(answers):
        choices = _true_and_false(block, true_false, begin + 1)
    else:
        _refuse_other_types(answers)
        choices = list(_choices(block, answers, begin + 1))
    stem = read_text(_stem(text[start:begin], text_after))
    ignored = list(stem.ignored)
    reasons = [f"The picture {picture} of the stem is missing. {_NO_PICTURE}" for picture in stem.missing]
    keys, partial, credit = _keys(choices)
    ignored += credit
    options = []
    lines = {"stem": block.line, "options": block.line_at(begin)}
    for code, choice, key in zip(OPTION_LETTERS, choices, keys, strict=False):
        option_text, feedback = read_text(choice.text, stem.format), read_text(choice.feedback, stem.format)
        options.append(OptionContent(code, key, option_text.markdown, feedback.markdown))
        lines |= {f"options.{code}.text": choice.line}
        reasons += [
            f"The picture {picture} of option {code.upper()} is missing. {_NO_PICTURE}"
            for picture in option_text.missing
        ]
        ignored += [*option_text.ignored, *_pictures_ignored(feedback)]
    explanation = read_text(general, stem.format)
    ignored += _pictures_ignored(explanation)
    question = QuestionContent(
        id=code_from_text(block.id) or (title if _QUESTION_CODE.match(title) else ""),
        stem=stem.markdown,
        options=tuple(options),
        kind=kind_for_keys(sum(keys)),
        explanation=explanation.markdown,
        partial=partial,
        file=file,
        lines=lines,
    )
    question, unused_tags = apply_labels(question, block.path, block.tags)
    ignored += [f"the tag '{tag}'" for tag in unused_tags]
    return question, tuple(dict.fromkeys(ignored)), (*reasons, *refusal_reasons(question))


def _pictures_ignored(text: GiftText) -> list[str]:
    return [*text.ignored, *(Loss(f"the picture {name}") for name in text.missing)]


def _stem(before: str, text_after: str) -> str:
    """Return the stem; a blank replaces the answers if text follows them."""
    after = text_after.strip()
    if not after or (re.fullmatch(r"[.?!:]+", after) and _SENTENCE_END.search(before)):
        return before
    space = "" if after[0] in ".,;:?!" else " "
    return f"{before.rstrip()} _____{space}{after}"


def _true_and_false(block: Block, answers: re.Match[str], offset: int) -> list[_Choice]:
    """Return the two options of a true/false question; the first feedback is for the wrong one."""
    is_true, line = answers[1].upper().startswith("T"), block.line_at(offset + answers.start(1))
    wrong, right = answers[2] or "", answers[3] or ""
    return [
        _Choice("=" if key else "~", line, 100.0 if key else 0.0, text, right if key else wrong)
        for text, key in (("True", is_true), ("False", not is_true))
    ]


def _refuse_other_types(answers: str) -> None:
    if not answers.strip():
        raise _Refusal(
            "This is an essay question. Its braces contain no options. Only choice questions can be imported."
        )
    if answers.lstrip().startswith("#"):
        raise _Refusal("This is a numerical question. Only choice questions can be imported.")
    if "~" not in answers:
        if "=" in answers and "->" in answers:
            raise _Refusal("This is a matching question. Only choice questions can be imported.")
        raise _Refusal("This is a short-answer question: it has no wrong option (~). Add options to choose from.")


def _choices(block: Block, answers: str, offset: int) -> Iterator[_Choice]:
    signs = list(re.finditer(r"[=~]", answers))
    if len(signs) > _MAX_SIGNS:
        raise _Refusal(f"The braces contain {len(signs)} signs = and ~. A question cannot have that many options.")
    lead = answers[: signs[0].start()].strip()
    if lead:
        raise _Refusal(
            f"The text '{first_words(show_escaped(lead), 30)}' is before the first option. Start it with = or ~."
        )
    _refuse_bare_signs(block, answers, offset, signs)
    for sign, following in zip(signs, [*signs[1:], None], strict=True):
        body = answers[sign.end() : following.start() if following else None]
        weight = _WEIGHT.match(body)
        text, _, feedback = body[weight.end() if weight else 0 :].partition("#")
        worth = float(weight[1].replace(",", ".")) if weight else 100.0 if sign[0] == "=" else 0.0
        yield _Choice(sign[0], block.line_at(offset + sign.start()), worth, text, feedback)


def _refuse_bare_signs(block: Block, answers: str, offset: int, signs: list[re.Match[str]]) -> None:
    """Refuse a sign whose surroundings differ from those of the other signs: probably text that was not escaped.

    Compared are the start of a line, white space before and white space after the sign; `x = 3` is such a text.
    """
    contexts = [_sign_context(answers, sign) for sign in signs]
    for number, (sign, context) in enumerate(zip(signs, contexts, strict=True)):
        other_contexts = contexts[:number] + contexts[number + 1 :]
        in_lines = sum(other.starts_line for other in other_contexts)
        behind_first = contexts[1:number] + contexts[number + 1 :]
        is_stray = number > 0 and not context.starts_line and (
            in_lines >= max(2, len(other_contexts) / 2)
            or (not context.spaced and any(other.spaced for other in behind_first))
            or (context.spaced and context.followed and bool(behind_first) and context not in behind_first)
        )  # fmt: skip
        if is_stray:
            text = first_words(show_escaped(answers[sign.end() :].split("\n")[0]), 30)
            raise _Refusal(
                f"Line {block.line_at(offset + sign.start())}: a bare {sign[0]} before '{text}' starts a new option. "
                f"Write \\{sign[0]} if it belongs to the text, else start each option in the same way."
            )


def _sign_context(answers: str, sign: re.Match[str]) -> _SignContext:
    before = answers[: sign.start()]
    line = before.rpartition("\n")
    return _SignContext(
        starts_line=bool(line[1]) and not line[2].strip(),
        spaced=not before or before[-1].isspace(),
        followed=answers[sign.end() : sign.end() + 1].isspace(),
    )


def _keys(choices: list[_Choice]) -> tuple[list[bool], bool, list[str]]:
    """Return which options are keys, whether they give partial credit, and which credit is ignored."""
    marked = [choice for choice in choices if choice.sign == "="]
    positive = [choice for choice in choices if choice.weight > 0]
    negative = [choice for choice in choices if choice.weight < 0]
    if len(marked) > 1:
        lines = ", ".join(str(choice.line) for choice in marked)
        raise _Refusal(
            f"{len(marked)} options start with = (lines {lines}). Write \\= where it belongs to a text; "
            f"if all of them are keys, write ~%{_percent(len(marked))}% before each."
        )
    ignored: list[str] = []
    partial = False
    if marked and (positive != marked or marked[0].weight != 100):
        raise _Refusal("An option gets partial credit. One key gets 100 percent, all others nothing.")
    if len(positive) == 1 and positive[0].weight != 100:
        raise _Refusal(f"The key gets {positive[0].weight:g} percent. One key gets 100 percent, all others nothing.")
    if len(positive) == 1 and negative:
        raise _Refusal("A wrong option gets negative credit beside one key. Wrong options get nothing: remove it.")
    if len(positive) > 1:
        fair = 100 / len(positive)
        if all(choice.weight == 100 for choice in positive):
            ignored.append("credit of 100 percent for each of several options: all of them are keys now")
        elif any(abs(choice.weight - fair) > _PERCENT_TOLERANCE for choice in positive):
            raise _Refusal(f"The keys get unequal credit. Each of {len(positive)} keys gets {fair:.5g} percent.")
        else:
            wrong = [choice.weight for choice in choices if choice not in positive]
            partial = all(weight == 0 or abs(weight + fair) <= _PERCENT_TOLERANCE for weight in wrong)
            if partial and 0 in wrong:
                ignored.append(WRONG_TAKES_A_SHARE)
            elif not partial and any(weight != -100 for weight in wrong):
                ignored.append("partial credit for some of the keys")
    return [choice in positive for choice in choices], partial, ignored


def _percent(keys: int) -> str:
    """Return the share of a key as Moodle writes it: 100, 50, 33.33333 …"""
    return f"{100 / keys:.5f}".rstrip("0").rstrip(".")


def write(questions: Sequence[QuestionContent]) -> bytes:
    """Write a GIFT file in UTF-8. Raise UnsupportedQuestions for questions with an empty text or no options."""
    reasons = {
        question.id: "It has an empty text, or no options." for question in questions if not _is_complete(question)
    }
    if reasons:
        raise UnsupportedQuestions(reasons)
    parts: list[str] = []
    path: tuple[str, ...] = ()
    for question in questions:
        if category_path(question) != path:
            path = category_path(question)
            parts.append("/".join(("$CATEGORY: $course$/top", *path)) + "\n")
        parts.append(_render_question(question))
    return "\n".join(parts).encode("utf-8", "replace")


def _is_complete(question: QuestionContent) -> bool:
    texts = (question.stem, *(option.text for option in question.options))
    return bool(question.options) and all(write_text(text) for text in texts)


def _render_question(question: QuestionContent) -> str:
    several = len(question.keys) > 1
    labels = [f"[id:{question.id}]"] if question.id else []
    labels += [f"[tag:{tag}]" for tag in category_tags(question)]
    lines = [f"// {' '.join(labels)}"] if labels else []
    name = f"::{question.id}::" if question.id else ""
    lines.append(f"{name}{write_text(question.stem, tagged=True)} {{")
    explanation = write_text(question.explanation)
    if question.is_true_false:
        wrong, right = (write_text(rows[0].rationale) for rows in (question.distractors, question.keys))
        feedback = "#".join(["", wrong, right] if right else ["", wrong] if wrong else [""])
        answer = question.keys[0].text.strip(" .").upper()
        general = f"####{explanation}" if explanation else ""
        return "\n".join([*lines[:-1], f"{lines[-1]}{answer}{feedback}{general}}}", ""])
    for option in question.options:
        sign = "=" if option.correct else "~"
        wrong = _percent(len(question.keys)) if question.partial else "100"
        if several:
            sign = f"~%{_percent(len(question.keys))}%" if option.correct else f"~%-{wrong}%"
        rationale = write_text(option.rationale)
        lines.append(f"\t{sign}{write_text(option.text)}{'#' + rationale if rationale else ''}")
    if explanation:
        lines.append(f"\t####{explanation}")
    return "\n".join([*lines, "}", ""])
