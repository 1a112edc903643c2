"""A whole exam as one YAML file: its blueprint, and its syllabus if it has its own (no Django)."""

import textwrap
from collections.abc import Collection, Mapping

from questions.content import yaml_text
from questions.content.blueprint import BlueprintSpec, spec_of
from questions.content.schema import Fault
from questions.content.syllabus import ExamDomain, Syllabus, syllabus_of
from questions.content.yaml_fields import FileMapping, read_file

OWN_SYLLABUS = "own_syllabus"


def dump(spec: BlueprintSpec, syllabus: Syllabus | None) -> str:
    """Return the file of an exam; `syllabus` is its own."""
    text = yaml_text.dump(spec)
    if syllabus is not None:
        text += f"{OWN_SYLLABUS}:\n{textwrap.indent(yaml_text.dump(syllabus), '  ')}"
    return text


def read(
    text: str, exam_domains: Mapping[str, Collection[int]]
) -> tuple[tuple[BlueprintSpec, Syllabus | None] | None, list[Fault]]:
    """Return the exam of a file with its own syllabus, or None with all faults by line.

    `exam_domains` are the numbers of the exam domains of the exams here, whose syllabus the file may name. Without a
    syllabus, the exam has the exam domains of its blueprint, without topics.
    """
    return read_file(text, "", lambda fields: _exam(fields, exam_domains))


def _exam(fields: FileMapping, exam_domains: Mapping[str, Collection[int]]) -> tuple[BlueprintSpec, Syllabus | None]:
    spec = spec_of(fields, also=(OWN_SYLLABUS,))
    own = fields.mapping(OWN_SYLLABUS, required=False)
    syllabus = syllabus_of(own, complete=False) if own else None
    if spec.syllabus == spec.code or (own and spec.syllabus):
        fields.fault("syllabus", "Name the syllabus of another exam, or give the exam its own, not both.")
    elif spec.syllabus and spec.syllabus not in exam_domains:
        known = ", ".join(sorted(exam_domains))
        fields.fault("syllabus", f"The exam '{spec.syllabus}' is not here. Exams with a syllabus: {known}.")
    elif spec.syllabus:
        _check_numbers(fields, spec, exam_domains[spec.syllabus])
    elif syllabus:
        _check_numbers(fields, spec, {domain.number for domain in syllabus.exam_domains})
    else:
        syllabus = Syllabus(tuple(ExamDomain(row.number, row.title, ()) for row in spec.exam_domains), ())
    return spec, syllabus


def _check_numbers(fields: FileMapping, spec: BlueprintSpec, known: Collection[int]) -> None:
    """Add a fault for each exam domain of the blueprint that its syllabus does not have."""
    for place, domain in enumerate(spec.exam_domains, 1):
        if domain.number not in known:
            key = f"exam_domains.{place}.number"
            sentence = f"The syllabus has no exam domain {domain.number}. Known: {', '.join(map(str, sorted(known)))}."
            fields.fault(key, sentence)
