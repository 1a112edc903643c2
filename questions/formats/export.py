"""Export of the bank in a format, with the reasons for questions that the format does not support."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from questions.content.pictures import picture_names
from questions.formats import json_file, udemy_csv
from questions.formats.registry import Format
from questions.models import Question
from questions.services import images, stored_bank
from questions.services.stored_bank import StoredQuestion


@dataclass(frozen=True, slots=True)
class Export:
    """A written file, the number of its questions, and the reasons by id for the questions left out."""

    data: bytes
    count: int
    left_out: Mapping[str, str]

    @property
    def codes_by_reason(self) -> list[tuple[str, list[str]]]:
        """The reasons with the ids of the questions left out, the most frequent first."""
        codes: dict[str, list[str]] = {}
        for code, reason in self.left_out.items():
            codes.setdefault(reason, []).append(code)
        return sorted(codes.items(), key=lambda entry: (-len(entry[1]), entry[0]))


def export(format: Format, where: Q | None = None, *, secret_ratings: Q | None = None) -> Export:
    """Export all questions, or those that match `where`, without the ratings of those that match `secret_ratings`."""
    stored = list(_without_ratings(stored_bank.questions(where), secret_ratings))
    questions = [stored_question.content for stored_question in stored]
    names = {name for question in questions for name in picture_names(question)} if format.keeps_pictures else set()
    if format.name == json_file.FORMAT and where is None:
        return Export(_json_dump(stored, dict(images.data_of(names))).encode(), len(questions), {})
    if format.name == udemy_csv.FORMAT:
        exams = stored_bank.exam_codes()
        titles = stored_bank.exam_domain_titles(exams[0]) if len(exams) == 1 else {}
        left_out = udemy_csv.over_option_limit(questions)
        supported = [question for question in questions if question.id not in left_out]
        return Export(udemy_csv.write(supported, titles), len(supported), left_out)
    data, left_out = format.write(questions, dict(images.data_of(names)))
    return Export(data, len(questions) - len(left_out), left_out)


def _without_ratings(stored: Iterable[StoredQuestion], secret: Q | None) -> Iterator[StoredQuestion]:
    codes = set(Question.objects.filter(secret).values_list("code", flat=True)) if secret else set()
    for row in stored:
        yield replace(row, content=replace(row.content, rating=None)) if row.content.id in codes else row


def _json_dump(stored: Iterable[StoredQuestion], pictures: Mapping[str, bytes]) -> str:
    """Return questions by code as one JSON list, in UTF-8 without escapes."""
    return json.dumps(list(_question_json(stored, pictures)), ensure_ascii=False, indent=1) + "\n"


def _question_json(stored: Iterable[StoredQuestion], pictures: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    """Yield the stored questions; `domain` is that of the syllabus also for questions without a task."""
    for stored_question in stored:
        domain = stored_question.question.exam_domain
        number = domain.number if domain else None
        yield json_file.question_json(stored_question.content, number, pictures)
