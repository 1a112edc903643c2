"""What an import format finds in a file: the questions as they stand there, and why some cannot be taken."""

from dataclasses import dataclass

from questions.content.schema import Fault, QuestionContent

MAX_QUESTIONS_PER_FILE = 20_000  # in one file: twice the largest bank that this is built for


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """One question of a file, taken (`draft`) or refused (`refusals`, each a sentence; then there is no draft).

    `number` counts the file's questions from 1; `line` is None where the format has no lines. `name` is what the
    file calls it: its id, its title or its first words. `domain` is what the file says of its place (category, bank
    title, domain column), to be mapped to an exam domain. `ignored` lists what was left out, such as hints,
    penalties and images. The draft's id is empty where the file has none.
    """

    number: int
    line: int | None
    name: str
    content: QuestionContent | None
    domain: str = ""
    refusals: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A whole file: its format, its questions, or `faults`, for which it could not be read at all."""

    format: str
    questions: tuple[ParsedQuestion, ...] = ()
    faults: tuple[Fault, ...] = ()


def too_many_questions(format: str, name: str) -> ParsedFile:
    """The reading of a file that has more questions than one file may have."""
    sentence = f"The file has more than {MAX_QUESTIONS_PER_FILE:,} questions, which is the most at once. Split it."
    return ParsedFile(format, faults=(Fault(name, None, "", sentence),))
