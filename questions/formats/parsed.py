"""The result of parsing a file of any import format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from questions.content.picture_files import PictureFile
from questions.content.schema import Fault, QuestionContent

NO_FACTS = "the revision, and all facts but the syllabus place, such as status, rating, date of the facts and license"
NO_SECOND_ANSWER = "a second answer that is accepted"
MAX_QUESTIONS_PER_FILE = 20_000  # twice the size of the largest expected bank


class Loss(str):
    """A part of a text that was left out, such as a picture: the question may not make sense without it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """One question of a file, accepted (`content`) or refused (`refusals`, one sentence each; `content` is None).

    `number` counts the file's questions from 1; `line` is None where the format has no lines. `name` is its
    id, title or first words. `domain` is the category, bank title or domain column of the file, to be mapped to an
    exam domain. `all_or_nothing` is the question without its partial credit, if that alone is why it is refused.
    `ignored` lists what was left out, such as hints and penalties, with parts of texts as `Loss`. The id
    of `content` is empty if the file has none. `cells` is its row as written, if the file is a table.
    """

    number: int
    line: int | None
    name: str
    content: QuestionContent | None
    domain: str = ""
    refusals: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    all_or_nothing: QuestionContent | None = None
    cells: tuple[str, ...] = ()

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The parts of its texts that were left out."""
        return tuple(entry for entry in self.ignored if isinstance(entry, Loss))


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A whole file: its format and its questions, or the `faults` that prevented reading it.

    `warnings` are about how the file was read, such as its encoding. `pictures` are those that texts name, cleaned, by
    the hashes that they have in the file. `header` has the names of the columns of a table, `unread_columns` those that
    are not imported.
    """

    format: str
    questions: tuple[ParsedQuestion, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    pictures: Mapping[str, PictureFile] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    unread_columns: tuple[str, ...] = ()


def too_many_questions(format: str, name: str) -> ParsedFile:
    """Return the result for a file with more than MAX_QUESTIONS_PER_FILE questions."""
    sentence = f"The file has more than {MAX_QUESTIONS_PER_FILE:,} questions, the limit for one file. Split it."
    return ParsedFile(format, faults=(Fault(name, None, "", sentence),))
