"""The bank in a format of others, and which questions that format cannot hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from questions.formats import json_export, json_file, udemy_csv
from questions.formats.registry import Format
from questions.services import stored


@dataclass(frozen=True, slots=True)
class Exported:
    """A written file, how many questions it holds, and why others are left out, by their ids."""

    data: bytes
    count: int
    left_out: Mapping[str, str]


def export(format: Format, where: Q | None = None) -> Exported:
    """All questions (or those that match) in a format; questions that it cannot hold are left out."""
    drafts = [each.draft for each in stored.questions(where)]
    if format.name == json_file.FORMAT and where is None:
        return Exported(json_export.dump().encode(), len(drafts), {})
    if format.name == udemy_csv.FORMAT:
        exams = stored.exam_codes()
        titles = stored.exam_domains(exams[0]) if len(exams) == 1 else {}
        broad = udemy_csv.broad(drafts)
        good = [draft for draft in drafts if draft.id not in broad]
        return Exported(udemy_csv.write(good, titles), len(good), broad)
    data, left_out = format.write(drafts)
    return Exported(data, len(drafts) - len(left_out), left_out)
