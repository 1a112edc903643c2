"""The content of a question as a format for learning platforms can carry it."""

from dataclasses import replace

from questions.content.schema import QuestionContent
from questions.formats.refusals import kind_for_keys


def carried(question: QuestionContent) -> QuestionContent:
    """Return the parts of a question that QTI supports."""
    return replace(
        question,
        kind=kind_for_keys(len(question.keys)),
        revision=1,
        status="draft",
        rating=None,
        ask=None,
        default=None,
        enemies=(),
        waivers=(),
        as_of=None,
        license=None,
        references=(),
        collection="",
    )


def carried_without_option_codes(question: QuestionContent) -> QuestionContent:
    """Return the parts of a question that GIFT and Moodle XML support: the options get new codes."""
    options = tuple(replace(option, id=code) for code, option in zip("abcdefghij", question.options, strict=False))
    return replace(carried(question), options=options)
