"""Warnings about a question of the file that will not be shown as the file shows it."""

import re
from collections.abc import Collection, Iterable, Iterator

from questions.content.formulas import formula_faults
from questions.content.pictures import picture_names
from questions.content.prose import has_table, prose, without_code
from questions.content.schema import QuestionContent, option_letters
from questions.formats.text_files import first_words

# Commands outside of a formula, such as \frac{ and \alpha, \( and \[; the backslash may be escaped.
_TEX = re.compile(
    r"\\{1,2}(?:[a-zA-Z]{2,20}\{|(?:alpha|beta|gamma|theta|lambda|sigma|mu|pi|sum|int|infty|cdot|times|leq?|geq?)\b)"
    r"|\\\\[(\[]"
)
_MAX_TEX_CHARS = 40


def content_warnings(
    content: QuestionContent, losses: Iterable[str], missing_pictures: Collection[str] = ()
) -> Iterator[str]:
    """Yield a sentence for each lost part of a text, table in an option, and formula that is not shown as one.

    `missing_pictures` are names of pictures that neither the file nor the bank has.
    """
    if missing := sorted(picture_names(content) & set(missing_pictures)):
        names = ", ".join(f"{name[:20]}…" for name in missing)
        yield f"It asks about a picture that is not in the file: {names} Upload it in the editor."
    for loss in losses:
        yield f"Not imported: {loss}. Check that the question makes sense without it."
    texts = [("the stem", content.stem), ("the explanation", content.explanation)]
    letters = option_letters(content)
    for option in content.options:
        name = f"option {letters[option.id]}"
        if has_table(option.text):
            yield f"Option {letters[option.id]} has a table, which is shown as plain text. Move it to the stem."
        texts += [(name, option.text), (f"the rationale of {name}", option.rationale)]
    for name, text in texts:
        shown = prose(text)
        if formula := _TEX.search(shown):
            start = first_words(shown[formula.start() :].replace("\\\\", "\\"), _MAX_TEX_CHARS)
            yield f"The formula in {name} is shown as typed: {start}"
        for sentence in formula_faults(without_code(text)):
            yield f"In {name}: {sentence}"
