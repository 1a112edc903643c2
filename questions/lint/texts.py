"""Rules about all texts of a question: markup, formulas and pictures that cannot be shown, and near duplicates."""

import re

from questions.content import markdown
from questions.content.formulas import formula_faults
from questions.content.pictures import PICTURE
from questions.content.prose import prose, without_code
from questions.content.schema import QuestionContent
from questions.lint.rules import Context, E, Findings, rule

_THE_SAME = 0.9  # share of the word sequences of what is one question twice
_TAG = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|&(?:[a-zA-Z]{2,8}|#[0-9]{2,5});|!\[[^\[\]]*\]\(|\[/?(?:b|i|u|img|code|tag:[^\[\]]*)\]"
)


def texts(question: QuestionContent) -> Findings:
    """Yield all texts of a question with their field paths."""
    yield "stem", question.stem
    for option in question.options:
        yield f"options.{option.id}.text", option.text
        yield f"options.{option.id}.rationale", option.rationale
    yield "explanation", question.explanation


@rule("leftover-markup", E)
def leftover_markup(question: QuestionContent, context: Context) -> Findings:
    """No HTML tags, entities, images, unpaired ** or open code blocks are left in a text."""
    for field, text in texts(question):
        match = _TAG.search(prose(text))
        if match:
            yield (
                field,
                f"'{match[0][:40]}' is markup of another format. Remove it, or put it in backticks.",
            )
        if len(re.findall(r"^[ \t]*(?:```|~~~)", text, re.MULTILINE)) % 2:
            yield field, "A code block is not closed. Close it with ```."
        elif re.sub(r"`[^`]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL)).count("**") % 2:
            yield field, "A ** has no matching **. Close the bold text, or remove the **."


@rule("short-table-rows", E)
def short_table_rows(question: QuestionContent, context: Context) -> Findings:
    """The rows of each table have about as many cells as its head."""
    for field, text in texts(question):
        if markdown.has_short_rows(text):
            yield field, markdown.SHORT_ROWS


@rule("broken-formula", E)
def broken_formula(question: QuestionContent, context: Context) -> Findings:
    """Each formula between $ or $$ is TeX that can be shown."""
    for field, text in texts(question):
        if "$" in text:
            yield from ((field, sentence) for sentence in formula_faults(without_code(text)))


@rule("picture-without-alt", E)
def picture_without_alt(question: QuestionContent, context: Context) -> Findings:
    """Each picture has an alternative text for those who cannot see it."""
    for field, text in texts(question):
        if any(not match["alt"].strip() for match in PICTURE.finditer(text)):
            yield field, "A picture has no alternative text. Say in the brackets, ![…], what it shows."


@rule("unknown-picture", E)
def unknown_picture(question: QuestionContent, context: Context) -> Findings:
    """Each picture that a text names is stored."""
    for field, text in texts(question):
        names = {match["name"] for match in PICTURE.finditer(text)}
        if missing := sorted(names & context.unknown_pictures):
            yield field, f"There is no picture '{missing[0][:20]}…'. Upload it, and write what the upload shows."


@rule("near-duplicate", E)
def near_duplicate(question: QuestionContent, context: Context) -> Findings:
    """No other question shares half of the four-word sequences (Jaccard >= 0.5) of stem and options.

    A collection without rules of style may ask many short questions in the same words: there, nine tenths are too many.
    """
    least = 0 if "style" in context.house.switches else _THE_SAME
    for other, share in context.near_duplicates.matches(question).found if context.near_duplicates else ():
        if share < least:
            continue
        yield (
            "stem",
            f"This is nearly the same question as {other} ({share:.0%} of the word sequences). Rewrite one of them.",
        )
