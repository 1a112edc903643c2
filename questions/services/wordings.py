"""Wordings as unsaved rows: rendered, keyed and hashed before a transaction begins; and read back as content."""

import hashlib
import json
import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from questions.content.declarations import Field, Store, plain
from questions.content.markdown import render, render_inline, render_stem
from questions.content.parts import SCORING_FACTS, columns
from questions.content.schema import OptionContent, QuestionContent
from questions.models import Option, Question, Revision
from questions.services.images import with_sizes

_WORDING, _COMMENTARY = columns(Store.WORDING), columns(Store.COMMENTARY)
_FIRST_HASHED = ("kind", "stem")


@dataclass(slots=True)
class Wording:
    """A revision with its options, ready to be written."""

    revision: Revision
    options: list[Option]


def option_bits(codes: Sequence[str], *earlier: Sequence[Option]) -> dict[str, int]:
    """Return the bit of each option code: that of an earlier wording, else one that is drawn.

    Candidates see the bits, and nothing that they know may tell the authored order from them. The answers and the
    statistics of a question stay with its options, so these keep their bits while their number stays. Of several
    earlier wordings, the first one decides.
    """
    bits: dict[str, int] = {}
    for option in (option for options in earlier if len(options) == len(codes) for option in options):
        if option.code in codes and option.code not in bits and option.bit not in bits.values():
            bits[option.code] = option.bit
    free = [bit for bit in range(len(codes)) if bit not in bits.values()]
    random.Random(secrets.token_hex(16)).shuffle(free)
    return bits | dict(zip((code for code in codes if code not in bits), free, strict=True))


def _true_false_bits(content: QuestionContent) -> dict[str, int]:
    """Return the bits of True and False, in this order, in which they are shown: it is no secret which is which."""
    ranked = sorted(content.options, key=lambda option: option.text.strip().lower(), reverse=True)
    return {option.id: bit for bit, option in enumerate(ranked)}


def wording_sha256(content: QuestionContent) -> str:
    """Return one hash over the wording: kind, stem, codes and texts of the options, key.

    A field that came later is hashed if it has not its default, so that the hashes of older wordings stay.
    """
    values: list[Any] = [
        content.kind,
        content.stem,
        [[option.id, option.text] for option in content.options],
        [option.id for option in content.keys],
    ]
    for field in _WORDING:
        value = getattr(content, field.name)
        if field.name not in _FIRST_HASHED and value != field.default:
            values.append([field.name, plain(value)])
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


def compose(
    question: Question, content: QuestionContent, number: int, reason: str = "", earlier: Sequence[Option] = ()
) -> Wording:
    """Return wording and commentary as unsaved rows of this question. `earlier` are the options of its last wording."""
    return fill(Revision(question=question, number=number, reason=reason), content, earlier)


def fill(revision: Revision, content: QuestionContent, *earlier: Sequence[Option]) -> Wording:
    """Set all columns of an unpublished revision. Its options are new, unsaved rows, with bits as in `option_bits`."""
    codes = [option.id for option in content.options]
    bits = _true_false_bits(content) if content.is_true_false else option_bits(codes, *earlier)
    _set_columns(revision, content, _WORDING)
    revision.stem_html = with_sizes(render_stem(content.stem))
    revision.key = sum(1 << bits[option.id] for option in content.keys)
    revision.choose, revision.n_options = len(content.keys), len(content.options)
    revision.sha256 = wording_sha256(content)
    revision.same_item = content.same_item
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


def _set_columns(revision: Revision, content: QuestionContent, fields: Iterable[Field]) -> None:
    for field in fields:
        setattr(revision, field.name, plain(getattr(content, field.name)))


def set_commentary(wording: Wording, content: QuestionContent) -> None:
    """Set explanation, references and rationales, which may change on a published wording too."""
    revision = wording.revision
    _set_columns(revision, content, _COMMENTARY)
    revision.explanation_html = with_sizes(render(content.explanation))
    rationales = {option.id: option.rationale for option in content.options}
    for option in wording.options:
        option.rationale = rationales.get(option.code, "")
        option.rationale_html = with_sizes(render(option.rationale))


def search_text(content: QuestionContent) -> str:
    """Return the text to search in, in lower case: SQLite's LIKE ignores case for ASCII only."""
    texts = [content.id, content.stem, *(option.text for option in content.options), content.explanation]
    return "\n".join(texts).casefold()


def wording_values(revision: Revision, options: Sequence[Option] | None = None) -> dict[str, Any]:
    """Return wording and commentary of a revision as fields of QuestionContent. `options` are its own, in order."""
    values = {field.name: field.from_plain(getattr(revision, field.name)) for field in (*_WORDING, *_COMMENTARY)}
    rows = list(revision.options.all()) if options is None else options  # may be prefetched
    contents = (OptionContent(row.code, bool(revision.key >> row.bit & 1), row.text, row.rationale) for row in rows)
    numbered = {"revision": revision.number, "same_item": revision.same_item}
    return {**values, **numbered, **waiting_facts(revision), "options": tuple(contents)}


def waiting_facts(revision: Revision) -> dict[str, Any]:
    """Return the facts that the question gets when this revision is published. Those of a published one are there."""
    return {} if revision.published_at else dict(revision.facts)


def content_of(revision: Revision) -> QuestionContent:
    """Return wording and commentary of one revision as content, with those facts of the question that decide scores."""
    question = revision.question
    facts = {name: getattr(question, name) for name in SCORING_FACTS}
    return QuestionContent(id=question.code, **facts | wording_values(revision))
