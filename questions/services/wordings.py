"""Wordings as unsaved rows: rendered, keyed and hashed before a transaction begins; and read back as content."""

import hashlib
import json
from dataclasses import dataclass, field

from questions.content.declarations import plain
from questions.content.markdown import render, render_inline, render_stem
from questions.content.schema import OptionContent, QuestionContent, Reference
from questions.models import Option, Question, Revision
from questions.services.images import with_sizes


@dataclass(slots=True)
class Wording:
    """A revision with its options, ready to be written."""

    revision: Revision
    options: list[Option] = field(default_factory=list)


def option_bits(question: str, options: list[str]) -> dict[str, int]:
    """Return the bit of each option code: the rank of sha256(question code + option code).

    So a bit does not reveal the authored order.
    """
    ranked = sorted(options, key=lambda option: hashlib.sha256((question + option).encode()).hexdigest())
    return {option: bit for bit, option in enumerate(ranked)}


def _true_false_bits(content: QuestionContent) -> dict[str, int]:
    """Return the bits of True and False, in this order, in which they are shown: it is no secret which is which."""
    ranked = sorted(content.options, key=lambda option: option.text.strip().lower(), reverse=True)
    return {option.id: bit for bit, option in enumerate(ranked)}


def wording_sha256(content: QuestionContent) -> str:
    """Return one hash over the wording: kind, stem, codes and texts of the options, key."""
    values = [
        content.kind,
        content.stem,
        [[option.id, option.text] for option in content.options],
        [option.id for option in content.keys],
    ]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


def compose(question: Question, content: QuestionContent, number: int, reason: str = "") -> Wording:
    """Return wording and commentary as unsaved rows of this question."""
    return fill(Revision(question=question, number=number, reason=reason), content)


def fill(revision: Revision, content: QuestionContent) -> Wording:
    """Set all columns of an unpublished revision. Its options are new, unsaved rows."""
    codes = [option.id for option in content.options]
    bits = _true_false_bits(content) if content.is_true_false else option_bits(revision.question.code, codes)
    revision.kind, revision.stem, revision.stem_html = content.kind, content.stem, with_sizes(render_stem(content.stem))
    revision.key = sum(1 << bits[option.id] for option in content.keys)
    revision.choose, revision.n_options = len(content.keys), len(content.options)
    revision.sha256 = wording_sha256(content)
    options = [
        Option(
            revision=revision,
            code=option.id,
            ordinal=ordinal,
            bit=bits[option.id],
            text=option.text,
            text_html=with_sizes(render_inline(option.text)),
        )
        for ordinal, option in enumerate(content.options)
    ]
    wording = Wording(revision, options)
    set_commentary(wording, content)
    return wording


def set_commentary(wording: Wording, content: QuestionContent) -> None:
    """Set explanation, references and rationales, which may change on a published wording too."""
    revision = wording.revision
    revision.explanation, revision.explanation_html = content.explanation, with_sizes(render(content.explanation))
    revision.references = plain(content.references)
    rationales = {option.id: option.rationale for option in content.options}
    for option in wording.options:
        option.rationale = rationales.get(option.code, "")
        option.rationale_html = with_sizes(render(option.rationale))


def search_text(content: QuestionContent) -> str:
    """Return the text to search in, in lower case: SQLite's LIKE ignores case for ASCII only."""
    texts = [content.id, content.stem, *(option.text for option in content.options), content.explanation]
    return "\n".join(texts).casefold()


def option_contents(revision: Revision, options: list[Option] | tuple[Option, ...]) -> tuple[OptionContent, ...]:
    """Return option rows of a revision as content."""
    return tuple(
        OptionContent(option.code, bool(revision.key >> option.bit & 1), option.text, option.rationale)
        for option in options
    )


def content_of(revision: Revision) -> QuestionContent:
    """Return wording and commentary of one revision as content, without the facts of the question."""
    return QuestionContent(
        id=revision.question.code,
        revision=revision.number,
        kind=revision.kind,
        stem=revision.stem,
        options=option_contents(revision, list(revision.options.all())),  # in their order; may be prefetched
        explanation=revision.explanation,
        references=tuple(Reference(**reference) for reference in revision.references),
    )
