"""The prose of texts of questions: without tables and code blocks; inline code and a formula count as one word each.

All rules of the lint use these functions, so that a table never makes a stem too long, and a name such as
`scale_pos_weight` never counts as a vague or absolute word.
"""

import re
from functools import lru_cache

from questions.content.formulas import hide_formulas
from questions.content.pictures import PICTURE

CODE = "\ufffc"  # placeholder for inline code and for a formula
_FENCE = re.compile(r"^[ \t]*(`{3,}+|~{3,}+)[^\n]*\n.*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_BACKTICKS = re.compile(r"`+")
_TABLE_RULE = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*\|?[ \t]*+\Z")
_WORD = re.compile(rf"(?:[^\W_]|{CODE})(?:[\w'’.,/%+-]*(?:\w|%|{CODE}))?%?")
_SENTENCE_END = re.compile(r"(?<=[.?!])[)\"'”’*]*\s+(?=[\"'“‘(*`]*[^\W_a-z]|`|\ufffc)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|cf|etc|No|Dr|Inc|Ltd|Fig|al)\.|\b[A-Z]\.)\Z")
_MAX_ABBREVIATION_CHARS = 10
_SELECT = re.compile(r"(?<!\s)\s*+\((?:select|choose|pick|mark)\b[^()]*+\)[.\s]*+\Z", re.IGNORECASE)


@lru_cache(maxsize=4096)
def prose(text: str) -> str:
    """Return the text without tables, code blocks and emphasis; inline code and formulas are replaced by CODE.

    Pictures are left out too.
    """
    lines = _FENCE.sub("\n", text).split("\n")
    table = _table_lines(lines)
    remaining = "\n".join("" if number in table else line for number, line in enumerate(lines))
    return re.sub(r"\*+", "", hide_formulas(PICTURE.sub("", _hide_code(remaining)), CODE)).strip()


def without_code(text: str) -> str:
    """Return the text without code blocks, and with CODE in place of inline code; formulas and tables stay."""
    return _hide_code(_FENCE.sub("\n", text))


def _hide_code(text: str) -> str:
    """Replace each code span by CODE: it ends at the next run of as many backticks as it starts with."""
    runs = list(_BACKTICKS.finditer(text))
    next_of_length: dict[int, int] = {}
    closing: list[int | None] = [None] * len(runs)
    for number in reversed(range(len(runs))):
        length = len(runs[number][0])
        closing[number] = next_of_length.get(length)
        next_of_length[length] = number
    parts: list[str] = []
    at = number = 0
    while number < len(runs):
        end = closing[number]
        if end is None:
            number += 1
            continue
        parts += [text[at : runs[number].start()], CODE]
        at, number = runs[end].end(), end + 1
    return "".join((*parts, text[at:]))


def has_table(text: str) -> bool:
    """Return whether the text has a table outside of code blocks."""
    return bool(_table_lines(_FENCE.sub("\n", text).split("\n")))


def has_code_block(text: str) -> bool:
    """Return whether the text has a fenced block of code, such as a log or a policy."""
    return bool(_FENCE.search(text))


def _table_lines(lines: list[str]) -> set[int]:
    table: set[int] = set()
    number = 1
    while number < len(lines):
        if "|" in lines[number] and "|" in lines[number - 1] and _TABLE_RULE.match(lines[number]):
            table.add(number - 1)
            while number < len(lines) and "|" in lines[number]:
                table.add(number)
                number += 1
        number += 1
    return table


def shown(text: str) -> str:
    """Return an option as shown: with the code, without its marks."""
    return re.sub(r"[`*]+", "", text).strip()


def comparable(text: str) -> str:
    """Return the text in lower case, or as it is if it has code or a formula, whose capitals have a meaning."""
    return text if CODE in hide_formulas(without_code(text), CODE) else text.lower()


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """Return the words of the prose in lower case; inline code is one word (CODE)."""
    return tuple(word.lower() for word in _WORD.findall(prose(text)))


@lru_cache(maxsize=8192)
def shown_words(text: str) -> tuple[str, ...]:
    """Return the words of an option as shown, code included."""
    return tuple(word.lower() for word in _WORD.findall(shown(text)))


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of one paragraph; an abbreviation does not end a sentence."""
    result: list[str] = []
    begin = 0
    for end in _SENTENCE_END.finditer(paragraph):
        before = paragraph[max(begin, end.start() - _MAX_ABBREVIATION_CHARS) : end.start()]
        if not _ABBREVIATION.search(before):
            result.append(paragraph[begin : end.end()].strip())
            begin = end.end()
    rest = paragraph[begin:].strip()
    return [*result, rest] if rest else result


def split_ask(paragraph: str) -> tuple[str, str]:
    """Split a paragraph into the text before its question, and the question with its '(Select TWO.)'.

    The question is the last sentence, with or without a question mark.
    """
    select = _SELECT.search(paragraph)
    body = paragraph[: select.start()] if select else paragraph
    last = (sentences(body) or [""])[-1]
    cut = body.rfind(last) if last else len(body)
    return paragraph[:cut].strip(), paragraph[cut:].strip()


def is_question(sentence: str) -> bool:
    """Return whether a sentence ends with a question mark, apart from '(Select TWO.)' and closing marks."""
    return _SELECT.sub("", sentence).rstrip("\"'”’)*_ \n").endswith("?")


def ask(stem: str) -> str:
    """Return the question of a stem: its last sentence of prose, without '(Select TWO.)'."""
    paragraphs = [paragraph for paragraph in re.split(r"\n[ \t]*\n", prose(stem)) if paragraph.strip()]
    if not paragraphs:
        return ""
    return _SELECT.sub("", split_ask(paragraphs[-1])[1]).strip()


def numeric(text: str) -> float | None:
    """Return the number of an option that is only a number, with a unit of up to two words; else None."""
    match = re.fullmatch(
        r"(?:USD |[$€] ?|about )?([-+−]?[0-9][0-9,]*(?:\.[0-9]+)?) ?(?:[^\s0-9]++ ?){0,2}+\.?", shown(text)
    )
    return float(match[1].replace(",", "").replace("−", "-")) if match else None
