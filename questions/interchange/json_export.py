"""The bank as one JSON list, by the contract of `export_questions`: others read it, keys are only ever added."""

import json
from collections.abc import Iterator
from typing import Any

from questions.interchange import stored
from questions.interchange.merge import reference_json
from questions.interchange.stored import Stored


def dump() -> str:
    """All questions by code, one JSON object each, in UTF-8 without escapes."""
    return json.dumps(list(questions()), ensure_ascii=False, indent=1) + "\n"


def questions() -> Iterator[dict[str, Any]]:
    """Questions as the database has them; options stand in the authored order, `domain` is an integer."""
    for each in stored.questions():
        yield _question(each)


def _question(each: Stored) -> dict[str, Any]:
    draft = each.draft
    return {
        "id": draft.id,
        "status": draft.status,
        "domain": each.question.exam_domain.number,
        "task": draft.task,
        "topic": draft.topic,
        "points": list(draft.points),
        "kind": draft.kind,
        "rating": draft.rating,
        "stem": draft.stem,
        "options": [
            {"id": option.id, "text": option.text, "correct": option.correct, "rationale": option.rationale}
            for option in draft.options
        ],
        "explanation": draft.explanation,
        "references": [reference_json(reference) for reference in draft.references],
        "revision": draft.revision,
        "enemies": list(draft.enemies),
        "waivers": [{"rule": waiver.rule, "reason": waiver.reason} for waiver in draft.waivers],
        "as_of": draft.as_of,
        "license": draft.license,
        "collection": draft.collection,
    }
