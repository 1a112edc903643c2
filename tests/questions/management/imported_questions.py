"""Two questions of files, the plan of their import, the import, and what is in the bank afterwards."""

import datetime
from dataclasses import replace
from typing import Any

from django.db.models import Q

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import json_file, registry, udemy_csv, yaml_file
from questions.imports import planner, steps
from questions.imports.plan import ImportPlan, ImportSettings
from questions.imports.steps import import_plan
from questions.models import ImportBatch
from questions.services import stored_bank
from tests.authoring import NOW

LATER = NOW + datetime.timedelta(hours=1)
EXAM = ImportSettings("MLS-C01")
DOMAINS = {1: "Data Engineering", 2: "Exploratory Data Analysis", 3: "Modeling"}


def sample_question(id: str, about: str, **changes: Any) -> QuestionContent:
    options = tuple(
        OptionContent(code, code == "b", f"{word} the {about}", f"{word}: why {code}")
        for code, word in zip("abc", ("Drop", "Keep", "Split"), strict=True)
    )
    stem = f"A company has a problem with its {about}. Which step solves it?"
    return replace(QuestionContent(id=id, stem=stem, options=options, exam_domain=3), **changes)


ONE = sample_question("one-question", "seasonal labels")
TWO = sample_question("two-question", "streaming endpoint of camera pictures")
WRITERS = {
    "yaml": yaml_file.write,
    "json": json_file.write,
    "csv": lambda questions: udemy_csv.write(questions, DOMAINS),
}


def plan_of(*questions: QuestionContent, format: str = "json", settings: ImportSettings = EXAM) -> ImportPlan:
    return planner.make_plan(registry.read(WRITERS[format](questions), f"x.{format}"), settings)


def imported(
    *questions: QuestionContent, format: str = "json", settings: ImportSettings = EXAM, **options: Any
) -> ImportBatch | None:
    return import_plan(plan_of(*questions, format=format, settings=settings), "x", "0" * 64, **{"now": NOW, **options})


def outcomes(plan: ImportPlan) -> list[str]:
    return [outcome.outcome for outcome in plan.outcomes]


def in_bank(code: str) -> QuestionContent:
    return next(stored_bank.questions(Q(code=code))).content


def undo(batch: ImportBatch) -> None:
    steps.undo(batch, now=NOW)
    assert batch.state == "undone"
