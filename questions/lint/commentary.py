"""Rules about rationales, explanation and references."""

import re

from questions.content.prose import prose
from questions.content.schema import QuestionContent
from questions.lint.rules import Context, E, Findings, W, rule
from questions.lint.texts import texts

_PLACE = re.compile(
    r"\b(?:[Oo]ption|[Aa]nswer|[Cc]hoice|[Aa]lternative|[Dd]istractor)s?\s+(?:\(?[A-F]\)?(?![\w'/-])|\(?[b-f]\)?(?![\w'/-]))"
    r"|\b(?:[Oo]ption|[Cc]hoice)s?\s+[1-6]\b"
    r"|\b(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ff]ifth|[Ss]ixth|[Ll]ast|[Pp]revious|[Pp]receding|[Nn]ext)\s+(?:option|answer|choice|alternative)s?\b"
    r"|\b(?:options?|answers?|choices?)\s+(?:above|below)\b"
    r"|\A\(?[A-F]\)|\A[A-F]\s+(?:is|was|would|fails|cannot|does|can)(?![\w-])"
)  # fmt: skip


@rule("place-in-rationale", E, W)  # a chart may have bars named A to D
def place_in_rationale(question: QuestionContent, context: Context) -> Findings:
    """Rationales and explanations name no letter and no position: options are shuffled."""
    for field, text in texts(question):
        match = _PLACE.search(prose(text)) if "rationale" in field or field == "explanation" else None
        if match:
            yield (
                field,
                f"'{match[0]}' refers to a letter or position, but options are shuffled. Describe the option instead.",
            )


@rule("missing-explanation", E, installed=W)
def missing_explanation(question: QuestionContent, context: Context) -> Findings:
    """Every question has an explanation."""
    if not question.explanation.strip():
        yield "explanation", "The explanation is missing. Explain why the key meets each constraint."


@rule("missing-rationale", E, installed=W)
def missing_rationale(question: QuestionContent, context: Context) -> Findings:
    """Every option, key or not, has a rationale."""
    for option in question.options:
        if not option.rationale.strip():
            yield (
                f"options.{option.id}.rationale",
                "The rationale is missing. Explain why this option is right or wrong.",
            )


@rule("missing-reference", E, installed=W)
def missing_reference(question: QuestionContent, context: Context) -> Findings:
    """Every question names at least one page that backs its key."""
    if not question.references:
        yield "references", "There is no reference. Add a documentation page that supports the key."


@rule("insecure-reference", W)
def insecure_reference(question: QuestionContent, context: Context) -> Findings:
    """References use HTTPS: anyone on the way can change a page that does not."""
    for reference in question.references:
        if reference.url.lower().startswith("http://"):
            yield "references", f"{reference.url} begins with http://. Use the https:// address of the page."
