"""Write the bank of the database as files that `load` reads, byte-identical if nothing was edited in between.

Study pages with their figures, glossary, services, profile and overlap are not in the database (see
`questions.bank_files.study_pages`). Those of the installed bank are copied.
"""

from dataclasses import dataclass
from pathlib import Path

from django.db.models import Q

from questions.bank_files import figures, glossary, question_yaml, study_pages
from questions.bank_files.directories import SYLLABUS, bank_directory
from questions.bank_files.overlap import OVERLAP
from questions.content import yaml_text
from questions.content.pictures import picture_names
from questions.content.syllabus import Syllabus
from questions.lint.profile import PROFILE
from questions.models import Blueprint
from questions.services import images, stored_bank


@dataclass(frozen=True, slots=True)
class DumpResult:
    """The number of written questions, codes of questions without a wording, which have no file, and question files of
    the directory that belong to no question of the database.
    """

    written: int
    without_wording: tuple[str, ...]
    unknown_files: tuple[Path, ...]


def dump(directory: Path, exam: str, collection: str = "") -> DumpResult:
    """Write syllabus, questions (local ones too) and study pages of an exam, or the questions of one collection.

    Without a collection, questions for practice only are left out: their files are in separate directories. A question
    without exam domain belongs to no exam, and is written with its collection; an import reads it, `load` does not.

    If a question has moved, its file at the old place is deleted. Files of other questions stay. Raises OSError if the
    directory cannot be written.
    """
    syllabus = stored_bank.syllabus(exam)
    directory.mkdir(parents=True, exist_ok=True)
    if syllabus and not collection:
        _write(directory / SYLLABUS, yaml_text.dump(syllabus).encode())
        if blueprint := Blueprint.objects.current(exam):
            _copy_beside(bank_directory(blueprint.exam), directory, syllabus)
    paths: dict[str, Path] = {}
    pictures: set[str] = set()
    of_exam = Q(exam_domain__exam=exam) & _in(collection)
    if collection:
        of_exam |= Q(exam_domain=None, collection=collection)
    for row in stored_bank.questions(of_exam):
        path = directory / question_yaml.path_in_bank(row.content)
        _write(path, question_yaml.dump(row.content).encode())
        paths[row.content.id] = path
        pictures |= picture_names(row.content)
    for name, data in images.data_of(pictures):
        _write(directory / name, data)
    unknown = []
    for path in question_yaml.question_files(directory):
        if path.stem not in paths:
            unknown.append(path)
        elif path != paths[path.stem]:
            path.unlink()
    without_wording = sorted(stored_bank.question_codes(of_exam) - set(paths))
    return DumpResult(len(paths), tuple(without_wording), tuple(unknown))


def _copy_beside(bank: Path, directory: Path, syllabus: Syllabus) -> None:
    """Copy the study pages of these topics with their figures, glossary, services, profile and overlap."""
    drawn = figures.figure_files(study_pages.guide_directory(bank))
    copied: set[Path] = set()
    for page in study_pages.page_files(bank):
        if page.stem in syllabus.topics:
            copied |= {page, *(drawn[name] for name in figures.names(page.read_text("utf-8")) if name in drawn)}
    for path in (
        *sorted(copied),
        glossary.glossary_file(bank),
        glossary.services_file(bank),
        bank / PROFILE,
        bank / OVERLAP,
    ):
        if path.is_file():
            _write(directory / path.relative_to(bank), path.read_bytes())


def _in(collection: str) -> Q:
    if collection:
        return Q(collection=collection)
    specs = [row.exam for row in Blueprint.objects.newest()]
    drawn_from = {name for spec in specs for name in spec.collections}
    return ~Q(collection__in={name for spec in specs for name in spec.practice} - drawn_from)


def _write(path: Path, content: bytes) -> None:
    # Bytes, because text files would get other line ends on Windows.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
