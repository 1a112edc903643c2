"""The bank as one JSON list, by the contract of `export_questions`: others read it, keys are only ever added."""

import json
from collections.abc import Iterator
from typing import Any

from questions.formats import json_file
from questions.services import stored


def dump() -> str:
    """All questions by code, one JSON object each, in UTF-8 without escapes."""
    return json.dumps(list(questions()), ensure_ascii=False, indent=1) + "\n"


def questions() -> Iterator[dict[str, Any]]:
    """Questions as the database has them; options stand in the authored order, `domain` is an integer."""
    for each in stored.questions():
        yield json_file.question(each.draft, each.question.exam_domain.number)
