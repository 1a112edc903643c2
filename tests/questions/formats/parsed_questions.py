"""The single question of a parsed file: its content, or the reasons to refuse it."""

from questions.content.schema import QuestionContent
from questions.formats.parsed import ParsedFile, ParsedQuestion


def single(parsed_file: ParsedFile) -> ParsedQuestion:
    assert (len(parsed_file.questions), parsed_file.faults) == (1, ())
    return parsed_file.questions[0]


def content(parsed: ParsedQuestion) -> QuestionContent:
    """Return the content of a question that is not refused."""
    assert parsed.refusals == ()
    assert parsed.content is not None
    return parsed.content


def reasons(parsed: ParsedQuestion) -> str:
    """Return why a question is refused."""
    assert parsed.content is None
    return " ".join(parsed.refusals)
