"""Where the files of the shipped banks are: one directory for each collection."""

from pathlib import Path

from django.conf import settings

from questions.bank_files import question_yaml
from questions.bank_files.study_pages import guide_directory
from questions.content import blueprint as blueprint_file
from questions.content.blueprint import BlueprintSpec

SYLLABUS = "syllabus.yaml"


def bank_directory(exam: BlueprintSpec) -> Path:
    """Return the directory with the study pages and the glossary of an exam: of its first collection that has some.

    A quiz has the pages of the exam whose exam domains it uses. The directory need not exist: an exam that was made
    here has no files.
    """
    names = (*exam.collections, exam.syllabus_code.lower())
    directories = [settings.BANKS_DIR / name for name in names]
    return next((path for path in directories if guide_directory(path).is_dir()), directories[0])


def has_guide(exam: BlueprintSpec) -> bool:
    """Return whether there are study pages for an exam."""
    return guide_directory(bank_directory(exam)).is_dir()


def shipped_directories() -> list[Path]:
    """Return the directories of the shipped banks: those with a syllabus first, which others share.

    Among them, those of the default exam come first. A bank with a syllabus of its own whose exam has no blueprint yet
    is left out: it can be written before it is used.
    """
    if not settings.BANKS_DIR.is_dir():
        return [settings.BANKS_DIR]  # to be reported as missing
    blueprints, _faults = blueprint_file.read_directory(settings.BLUEPRINT_DIR)
    named = [name for _path, spec in blueprints for name in (*spec.collections, *spec.practice)]
    ranks = {name: rank for rank, name in enumerate(dict.fromkeys(named))}
    directories = [
        path
        for path in settings.BANKS_DIR.iterdir()
        if question_yaml.question_files(path) and (path.name in ranks or not ranks or not (path / SYLLABUS).is_file())
    ]
    last = len(ranks)
    return sorted(
        directories, key=lambda path: (not (path / SYLLABUS).is_file(), ranks.get(path.name, last), path.name)
    )
