"""Read and write the file format of the bank: one YAML file for each question (no Django).

`read` returns all faults of a file with their lines. `dump` writes the only allowed form, with the keys in the order of
the fields of QuestionContent, so that load and dump are byte-identical.
"""

from dataclasses import replace
from pathlib import Path

from questions.content import yaml_text
from questions.content.parts import NEEDED
from questions.content.schema import (
    ASKABLE_STATUSES,
    MAX_LIVE_RATING,
    MIN_LIVE_RATING,
    Fault,
    QuestionContent,
    is_live_rating,
)
from questions.content.yaml_fields import FileMapping, read_file

WITHOUT_DOMAIN = "no-exam-domain"  # the folder of questions that exams draw by collection or tag


def question_files(directory: Path) -> list[Path]:
    """Return the question files of a bank directory (`<task>/<code>.yaml`), sorted by path.

    Raise OSError for a folder that cannot be read, whose questions would seem to be gone.
    """
    folders = [path for path in directory.iterdir() if path.is_dir()] if directory.is_dir() else []
    return sorted(path for folder in folders for path in folder.iterdir() if path.suffix == ".yaml")


def path_in_bank(question: QuestionContent) -> str:
    """Return the path of a question in its bank: the folder is its task, or else its exam domain, if it has one."""
    return f"{question.task or question.exam_domain or WITHOUT_DOMAIN}/{question.id}.yaml"


def read(source: Path | str, file: str = "", *, placed: bool = True) -> tuple[QuestionContent | None, list[Fault]]:
    """Return the question of a file (a Path) or of a text, and all faults by line.

    One that is `placed` needs a topic or an exam domain, as every question of a bank.

    The question is None if there is a fault. `file` is the name in faults; for a Path it defaults to the path, and the
    id has to equal the name of the file.
    """
    return read_file(source, file, lambda fields: _question(fields, source, placed=placed))


def form_fault(text: str, question: QuestionContent, file: str = "") -> Fault | None:
    """Return a fault for the first line in which a file differs from the output of `dump`, if any.

    Such a file is valid, but would change when the bank is written again.
    """
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        return Fault(file, line, "", "Lines end with CRLF. Save the file with LF line endings.")
    wanted = dump(question)
    if text == wanted:
        return None
    ours, theirs = wanted.split("\n"), text.split("\n")
    pairs = enumerate(zip(ours, theirs, strict=False))
    number = next((n for n, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    if number >= len(ours):
        return Fault(file, number + 1, "", "The file continues after its end. Remove the rest.")
    return Fault(file, number + 1, "", f"The file does not have the format of the bank. Write {ours[number]!r}.")


def _question(fields: FileMapping, source: Path | str, *, placed: bool) -> QuestionContent:
    given, status = fields.node.value.keys(), fields.node.value.get("status")
    askable = status is not None and status.value in ASKABLE_STATUSES
    question = fields.read(QuestionContent)
    if askable and question.rating is not None and not is_live_rating(question.rating):
        fields.fault("rating", f"{question.rating} is out of range: from {MIN_LIVE_RATING} to {MAX_LIVE_RATING}.")
    if isinstance(source, Path) and question.id and question.id != source.stem:
        sentence = f"The id '{question.id}' differs from the file name '{source.stem}'. Use the same name for both."
        fields.fault("id", sentence)
    for key in NEEDED if askable else ():
        if key not in given:
            fields.fault(key, f"A {question.status} question needs the key '{key}'. Add it.")
    if question.same_item and question.revision == 1:
        fields.fault("same_item", "Revision 1 has no revision before it. Remove 'same_item', or correct the revision.")
    place = {"task", "topic"}
    if place & given and "exam_domain" in given:
        fields.fault("exam_domain", "Give either task and topic, or exam_domain alone. Remove one of them.")
    elif placed and not place & given and "exam_domain" not in given:
        fields.fault("task", "The place in the syllabus is missing. Give task and topic, or exam_domain alone.")
    for key in place - given if place & given else ():
        fields.fault(key, f"The key '{key}' is missing. Add it.")
    return replace(question, file=fields.file, lines=fields.lines)


def dump(question: QuestionContent) -> str:
    """Return the file of a question."""
    without_topic = question.topic is None
    return yaml_text.dump(replace(question, task=None) if without_topic else replace(question, exam_domain=None))
