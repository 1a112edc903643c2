"""What counts as prose in a text of a question: no table, no code block; code in a line is one word.

All rules look at texts through these functions, so that a table never makes a stem too long and a
name such as `scale_pos_weight` never counts as a vague or absolute word.
"""

import re
from functools import lru_cache

CODE = "\ufffc"  # stands for a span of code in a line
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_RULE_OF_TABLE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_WORD = re.compile(rf"(?:[^\W_]|{CODE})(?:[\w'’.,/%+-]*(?:\w|%|{CODE}))?%?")
_SENTENCE_END = re.compile(r"(?<=[.?!])[)\"'”’*]*\s+(?=[\"'“‘(*`]*[^\W_a-z]|`|\ufffc)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|cf|etc|No|Dr|Inc|Ltd|Fig|al)\.|\b[A-Z]\.)\Z")
_SELECT = re.compile(r"\s*\((?:select|choose|pick|mark)\b[^)]*\)[.\s]*\Z", re.IGNORECASE)


@lru_cache(maxsize=4096)
def prose(text: str) -> str:
    """The text without tables and code blocks, spans of code replaced by CODE, emphasis removed."""
    lines = _FENCE.sub("\n", text).split("\n")
    table = _table_lines(lines)
    kept = "\n".join("" if number in table else line for number, line in enumerate(lines))
    return re.sub(r"\*+", "", _SPAN.sub(CODE, kept)).strip()


def _table_lines(lines: list[str]) -> set[int]:
    found: set[int] = set()
    for number in range(1, len(lines)):
        if "|" in lines[number] and "|" in lines[number - 1] and _RULE_OF_TABLE.match(lines[number]):
            found |= {number - 1, number}
            row = number + 1
            while row < len(lines) and "|" in lines[row]:
                found.add(row)
                row += 1
    return found


def shown(text: str) -> str:
    """An option as a guesser sees it: with the code, without its marks."""
    return re.sub(r"[`*]+", "", text).strip()


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words of the prose in small letters; a span of code is one word (CODE)."""
    return tuple(word.lower() for word in _WORD.findall(prose(text)))


@lru_cache(maxsize=8192)
def shown_words(text: str) -> tuple[str, ...]:
    """The words of an option as a guesser sees it, code included."""
    return tuple(word.lower() for word in _WORD.findall(shown(text)))


def sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph; abbreviations do not end one."""
    found: list[str] = []
    begin = 0
    for end in _SENTENCE_END.finditer(paragraph):
        if not _ABBREVIATION.search(paragraph[begin : end.start()]):
            found.append(paragraph[begin : end.end()].strip())
            begin = end.end()
    rest = paragraph[begin:].strip()
    return [*found, rest] if rest else found


def split_ask(paragraph: str) -> tuple[str, str]:
    """A paragraph as what stands before its question, and the question with its '(Select TWO.)'.

    The question is the last sentence, whether it ends with a question mark or not.
    """
    select = _SELECT.search(paragraph)
    body = paragraph[: select.start()] if select else paragraph
    last = (sentences(body) or [""])[-1]
    cut = body.rfind(last) if last else len(body)
    return paragraph[:cut].strip(), paragraph[cut:].strip()


def is_question(sentence: str) -> bool:
    """Whether a sentence ends with a question mark, '(Select TWO.)' and closing marks aside."""
    return _SELECT.sub("", sentence).rstrip("\"'”’)*_ \n").endswith("?")


def ask(stem: str) -> str:
    """The question of a stem: its last sentence of prose, without '(Select TWO.)'."""
    paragraphs = [each for each in re.split(r"\n[ \t]*\n", prose(stem)) if each.strip()]
    if not paragraphs:
        return ""
    return _SELECT.sub("", split_ask(paragraphs[-1])[1]).strip()


def numeric(text: str) -> float | None:
    """The number an option consists of (a unit of two words at most may follow), or None."""
    found = re.fullmatch(
        r"(?:USD |[$€] ?|about )?([-+−]?[0-9][0-9,]*(?:\.[0-9]+)?) ?(?:[^\s0-9]+ ?){0,2}\.?", shown(text)
    )
    return float(found[1].replace(",", "").replace("−", "-")) if found else None
