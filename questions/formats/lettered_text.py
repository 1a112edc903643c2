"""Questions as typed text: a numbered stem, lettered options, `Answer: B, D` and `Explanation:`.

The text is pasted or read from a file, and is taken as Markdown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import dedent

from questions.content.schema import OptionContent, QuestionContent, tidy
from questions.formats.numbered_lists import Following, following, without_marks
from questions.formats.option_lists import split_lettered_line
from questions.formats.parsed import NO_FACTS, NO_SECOND_ANSWER, Loss, ParsedFile, ParsedQuestion
from questions.formats.refusals import kind_for_keys, refusal_reasons
from questions.formats.text_files import (
    MAX_QUESTION_CHARS,
    QUESTION_TOO_LONG,
    AdaptedMarkdown,
    adapt_markdown,
    decode_text,
    first_words,
    no_questions_fault,
)

FORMAT = "lettered-text"
EXTENSIONS = (".txt", ".text")
LOSES = (
    "the id and the ids of options",
    "exam domain, task, topic and points",
    NO_FACTS,
    NO_SECOND_ANSWER,
    "rationales and references",
)

_WORD = r"(?:question|q)(?![a-z])\.?\s{0,9}(?:no\b\.?\s{0,9}:?)?\s{0,9}#?"
_NUMBERED = re.compile(
    rf"\s*(?P<open>[*_]*)(?:(?P<word>{_WORD})\s{{0,9}})?(?P<n>\d{{1,5}})\s{{0,9}}(?P<end>[.):\]-](?=[\s*_]|\Z)|(?=\s|\Z))(?P<close>[*_]*)\s*",
    re.I,
)
_OPTION = re.compile(
    r"\s*(?:[•●○▪◦·‣]\s{0,9}|[-+]\s{1,9})?(?P<star>\*(?!\*)\s{0,9})?(?P<bold>\*\*|__)?"
    r"(?:\((?P<a>[A-Ja-j])\)|(?P<b>[A-Ja-j])[).:])(?(bold)(?P=bold))(?:[ \t\u00a0]+(?P<text>.*)|\Z)"
)
_ANSWER = re.compile(
    r"\s*[*_]*(?:(?:the\s+)?correct\s+)?(?:answers?|ans|options?|key)\s{0,9}(?:is|are|\(s\))?[*_]*\s{0,9}(?::|\s[-–])[*_]*\s*(.*)",
    re.IGNORECASE,
)
# On text with single spaces: several ways to match a run of spaces would take exponential time.
_LETTERS = re.compile(r"\(?[A-Ja-j]\)?(?: ?(?:[,;&/+]|\band\b| ) ?\(?[A-Ja-j]\)?)* ?[.)]?\Z")
_LETTERED = re.compile(r"\(?([A-Ja-j])[).:]\s*\S")
_EXPLANATION = re.compile(r"\s*[*_]*(?:explanation|rationale)s?[*_]*\s*:[*_]*\s*(.*)", re.IGNORECASE)
_KEY_LIST = re.compile(r"\s*(?:[*_#]{1,9}\s{0,9})?answers?(?:\s{1,9}key)?\s{0,9}:?[*_]*\s*\Z", re.IGNORECASE)
_KEY_ROW = re.compile(r"\s*(?:(?:question|q)\s{0,9})?(\d{1,5})\s{0,9}[.):-]?\s{1,9}(.+)", re.IGNORECASE)
_FENCE = re.compile(r"\s*(?:```|~~~)")
_BULLET = re.compile(r"^([ \t]*)[•●▪‣◦·][ \t]*", re.MULTILINE)
_MAX_ANSWER_CHARS = 60  # ten letters joined by 'and'
_HINT = "Write a numbered question, options such as 'A) Text', and a line 'Answer: B'."


@dataclass(slots=True)
class _Option:
    line: int
    letter: str
    star: bool
    texts: list[str]


@dataclass(slots=True)
class _Block:
    """The lines of one question; `number` is its number in the file, `before` the text between two questions.

    `listed` is the number of the last line of a numbered list in a stem without a number.
    """

    line: int
    number: int | None = None
    stem: list[str] = field(default_factory=list)
    options: list[_Option] = field(default_factory=list)
    answer: str | None = None
    answer_line: int = 0
    explanation: list[str] | None = None
    before: str = ""
    listed: int | None = None

    @property
    def ended(self) -> bool:
        """Whether the key is known, so that a paragraph after a blank line may be the next question."""
        return len(self.options) > 1 and (self.answer is not None or any(option.star for option in self.options))

    def add(self, line: str) -> None:
        """Add a plain line to the part that it continues."""
        if self.explanation is not None:
            self.explanation.append(line)
        elif self.answer is not None:
            self.explanation = [line] if line.strip() else None
        elif self.options:
            self.options[-1].texts.append(line)
        else:
            self.stem.append(line)


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a text. Never raises."""
    decoded = decode_text(data, name)
    faults = decoded.faults
    blocks = [block for block in _split_blocks(decoded.text) if block.options or block.number is not None]
    if not faults and not any(block.options for block in blocks):
        faults = no_questions_fault(name, _HINT)
    if faults:
        return ParsedFile(FORMAT, faults=faults)
    questions = tuple(_parse_block(number, block, name) for number, block in enumerate(blocks, 1))
    return ParsedFile(FORMAT, questions, warnings=decoded.warnings)


def _split_blocks(text: str) -> Iterator[_Block]:
    lines = text.split("\n")
    keys, end = _key_list(lines)
    ahead = following(lines[:end], _number, _letter)
    block = _Block(1)
    numbered = False
    fenced = blank = False
    for at, line in enumerate(lines[:end], 1):
        fence = bool(_FENCE.match(line))
        number = None if fenced or fence else _question_start(line, block, ahead[at - 1])
        is_new_paragraph = blank and not numbered and not fenced and block.ended and _is_plain_text(line)
        if number or is_new_paragraph:
            yield _with_key(block, keys)
            before = "" if block.options or block.number is not None else " ".join(block.stem)
            block = _Block(at, int(number["n"]) if number else None, before=before)
            numbered = numbered or bool(number)
            line = without_marks(number["open"], number["close"], line[number.end() :]) if number else line
        if fenced or fence:
            block.add(line)
            fenced = fenced != fence
        else:
            for part in split_lettered_line(line):
                _add_line(block, at, part)
        blank = not line.strip()
    yield _with_key(block, keys)


def _is_plain_text(line: str) -> bool:
    return bool(line.strip()) and not any(pattern.match(line) for pattern in (_ANSWER, _EXPLANATION, _OPTION))


def _numbered(line: str) -> re.Match[str] | None:
    match = _NUMBERED.match(line)
    return match if match and (match["word"] or match["end"].strip()) else None


def _number(line: str) -> int | None:
    match = _numbered(line)
    return int(match["n"]) if match else None


def _letter(line: str) -> str:
    option = _OPTION.match(line)
    return (option["a"] or option["b"]).lower() if option else ""


def _question_start(line: str, block: _Block, ahead: Following) -> re.Match[str] | None:
    """Match a line that starts the next question; numbered lists in a stem, an option or an explanation do not."""
    match = _numbered(line)
    if match is None or match["word"]:
        return match
    if not block.options and block.number is None:
        continues = block.listed is not None and int(match["n"]) == block.listed + 1
        is_next = not (continues or (ahead.continued and any(text.strip() for text in block.stem)))
        block.listed = None if is_next else int(match["n"])
    elif not block.options:
        is_next = block.answer is not None
    elif block.explanation is not None:
        is_next = int(match["n"]) == (block.number or 0) + 1 and not ahead.repeated
    else:
        is_next = block.answer is not None or ahead.letter in ("", "a")
    return match if is_next else None


def _add_line(block: _Block, at: int, line: str) -> None:
    answer, explanation, option = _ANSWER.match(line), _EXPLANATION.match(line), _OPTION.match(line)
    if explanation and block.options:
        block.explanation = [explanation[1]]
    elif answer and (block.options or block.number is not None) and block.explanation is None:
        block.answer, block.answer_line = answer[1].strip(), at
    elif option and block.explanation is None and block.answer is None and _is_next_option(block, option):
        block.options.append(_Option(at, _letter(line), bool(option["star"]), [option["text"] or ""]))
    else:
        block.add(line)


def _is_next_option(block: _Block, option: re.Match[str]) -> bool:
    """Return whether a lettered line is an option: options start with A, and 'e.' inside a text is no option."""
    letter = (option["a"] or option["b"]).lower()
    if not block.options:
        return letter == "a" and (any(line.strip() for line in block.stem) or block.number is not None)
    return letter == "a" or ord(letter) - ord(block.options[-1].letter) in (0, 1, 2)


def _key_list(lines: list[str]) -> tuple[dict[int, str], int]:
    """Return the keys by question number from a list at the end of the text, and the index of its first line."""
    for at in range(len(lines) - 1, -1, -1):
        if _KEY_LIST.match(lines[at]):
            rows = [_KEY_ROW.match(line) for line in lines[at + 1 :] if line.strip()]
            if rows and all(row and _is_letters(row[2]) for row in rows):
                return {int(row[1]): row[2] for row in rows if row}, at
            break
    return {}, len(lines)


def _with_key(block: _Block, keys: dict[int, str]) -> _Block:
    if block.answer is None and block.number in keys:
        block.answer = keys[block.number]
    return block


def _parse_block(number: int, block: _Block, file: str) -> ParsedQuestion:
    size = sum(map(len, block.stem)) + sum(map(len, block.explanation or ()))
    if size + sum(len(line) for option in block.options for line in option.texts) > MAX_QUESTION_CHARS:
        return ParsedQuestion(
            number, block.line, f"Question {block.number or number}", None, refusals=(QUESTION_TOO_LONG,)
        )
    stem = _text(block.stem)
    label = first_words(stem.text) or f"Question {block.number or number}"
    letters = [option.letter for option in block.options]
    keys, reasons = _keys(block)
    if letters != [chr(ord("a") + place) for place in range(len(letters))]:
        reasons.append(
            f"The options are lettered {', '.join(letters).upper()}. Letter them A, B, C … and number each question."
        )
    texts = [_text(option.texts) for option in block.options]
    explanation = _text(block.explanation or [])
    reasons += [
        f"The picture {picture} is missing. Describe it in words."
        for text in (stem, *texts)
        for picture in text.missing
    ]
    ignored = [f"the text before the question: '{first_words(block.before)}'"] if block.before.strip() else []
    ignored += [name for text in (stem, *texts, explanation) for name in text.ignored]
    ignored += [Loss(f"the picture {picture}") for picture in explanation.missing]
    if reasons:
        return ParsedQuestion(number, block.line, label, None, refusals=tuple(reasons), ignored=tuple(ignored))
    question = QuestionContent(
        id="",
        stem=stem.text,
        options=tuple(
            OptionContent(option.letter, option.letter in keys, adapted.text)
            for option, adapted in zip(block.options, texts, strict=True)
        ),
        kind=kind_for_keys(len(keys)),
        explanation=explanation.text,
        file=file,
        lines={"stem": block.line, **{f"options.{option.letter}.text": option.line for option in block.options}},
    )
    reasons += refusal_reasons(question)
    return ParsedQuestion(number, block.line, label, None if reasons else question, "", tuple(reasons), tuple(ignored))


def _keys(block: _Block) -> tuple[set[str], list[str]]:
    """Return the letters of the keys, and the reasons to refuse them."""
    stars = {option.letter for option in block.options if option.star}
    if block.answer is not None and len(stars) == len(block.options):
        stars = set()  # stars used as bullets
    if block.answer is None:
        return stars, [] if stars else ["The key is missing. Add a line 'Answer: B' after the options."]
    where = f"Line {block.answer_line}: the" if block.answer_line else "The"
    keys = _letters(block.answer, block.options)
    if not keys:
        return stars, [f"{where} answer '{first_words(block.answer, 30)}' names no option. Write 'Answer: B'."]
    lacking = sorted(keys - {option.letter for option in block.options})
    if lacking:
        return keys, [f"{where} answer names {', '.join(lacking).upper()}, but there is no such option. Correct it."]
    if stars and stars != keys:
        return keys, [f"{where} answer and the options with a star differ. Correct one of them."]
    return keys, []


def _letters(answer: str, options: list[_Option]) -> set[str]:
    """Return the letters named by an answer: 'B, D', 'B and D', 'BD', 'B) text', or the text of an option."""
    answer = answer.strip(" \t*_")
    if _is_letters(answer):
        return {letter.lower() for letter in re.findall(r"(?i)\b[a-j]\b", answer)}
    if re.fullmatch(r"[A-J]{2,10}", answer):
        return set(answer.lower())
    same_text = {option.letter for option in options if _words(" ".join(option.texts)) == _words(answer)}
    lettered = _LETTERED.match(answer)
    return same_text or ({lettered[1].lower()} if lettered else set())


def _is_letters(answer: str) -> bool:
    """Return whether an answer is a list of letters, such as 'B', 'B, D' or '(B) and (D)'."""
    return len(answer) <= _MAX_ANSWER_CHARS and bool(_LETTERS.match(" ".join(answer.split())))


def _words(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def _text(lines: list[str]) -> AdaptedMarkdown:
    lines = [line.rstrip() for line in lines]
    text = "\n".join([*(line.strip() for line in lines[:1]), dedent("\n".join(lines[1:]))])
    return adapt_markdown(_BULLET.sub(r"\1- ", tidy(text)))
