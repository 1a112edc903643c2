"""Shipped questions whose files are gone: those of the release before. A load of all shipped banks retires them.

Questions of the house stay, and so do all where another directory was loaded into the same collections, such as a dump
of another server: what it brought looks like a shipped question.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from questions.bank_files.directories import shipped_directories
from questions.content.schema import ASKABLE_STATUSES
from questions.models import Question
from questions.services import lifecycle, question_rows
from questions.services.bank_version import loaded_directories
from questions.services.stored_bank import StoredQuestion


def without_file(
    known: Mapping[str, StoredQuestion], codes: Collection[str], collections: Collection[str]
) -> list[str]:
    """Return the shipped questions of these collections, by code, whose codes are not among those of the files."""
    return sorted(
        code
        for code, row in known.items()
        if code not in codes
        and row.question.origin == Question.Origin.SHIPPED
        and row.question.collection in collections
        and row.question.status != Question.Status.RETIRED
    )


def other_directories(known: Mapping[str, StoredQuestion], shipped: Iterable[Path]) -> list[str]:
    """Return the directories, other than the shipped ones, that were loaded into collections of these."""
    collections = {row.question.collection for row in known.values()}
    return sorted(loaded_directories() - collections - {directory.name for directory in shipped})


def mistakable(directories: Iterable[Path]) -> list[Path]:
    """Return those of these directories that have the name of a shipped one, but are not it."""
    shipped = {directory.name: directory.resolve() for directory in shipped_directories()}
    return [directory for directory in directories if shipped.get(directory.name, directory) != directory]


def is_asked_as_shipped(question: Question) -> bool:
    """Return whether the question is asked, and its last file said so.

    It did not say so of a draft that was approved here, nor of a question that was put back after its file had gone.
    """
    return {question.status, (question.base or {}).get("status")} <= set(ASKABLE_STATUSES)


def retire(questions: list[Question], now: datetime.datetime) -> None:
    """Retire these questions as if their files said so: then a file that comes back is a changed one."""
    for question in questions:
        question.base, question.base_sha = {**(question.base or {}), "status": Question.Status.RETIRED.value}, ""
    question_rows.update_bases(questions)
    lifecycle.retire(questions, now=now, by=None, reason="The file of the question is gone.")
