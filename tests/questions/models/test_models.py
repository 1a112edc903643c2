"""Test that every named constraint of the bank refuses a raw row that breaks it, with a message."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from questions.models import (
    AnalysisRun,
    AutosavedEdit,
    Bank,
    Blueprint,
    Collection,
    Enemy,
    ExamDomain,
    Image,
    ImportBatch,
    ImportFile,
    ImportRow,
    ItemParameter,
    ItemStatistics,
    Job,
    Option,
    OptionStatistics,
    PlanPart,
    Point,
    Question,
    QuestionPoint,
    QuestionReport,
    RaterRating,
    Revision,
    ScaleVersion,
    Task,
    Topic,
    User,
    Waiver,
)

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


class Rows:
    """Make one row of each table to build on."""

    def __init__(self) -> None:
        self.domain = ExamDomain.objects.create(exam="X-1", number=1, title="One")
        self.task = Task.objects.create(exam_domain=self.domain, code="1.1", title="Task")
        self.topic = Topic.objects.create(task=self.task, slug="topic", title="Topic")
        self.point = Point.objects.create(topic=self.topic, code="p1", text="Point")
        self.question = self.new_question("one")
        self.other = self.new_question("two")
        self.revision = self.new_revision(number=1)
        self.user = User.objects.create_user("author")
        self.scale = ScaleVersion.objects.create(exam="TINY", number=1, reference={}, active=True)

    def new_question(self, code: str, **facts: Any) -> Question:
        return Question.objects.create(code=code, **{"exam_domain": self.domain, **facts})

    def new_revision(self, **facts: Any) -> Revision:
        facts = {"kind": "multiple-choice", "key": 1, "choose": 1, "n_options": 4, **facts}
        return Revision.objects.create(question=self.question, stem="?", sha256="", **facts)

    def new_option(self, code: str, ordinal: int, bit: int) -> Option:
        return Option.objects.create(revision=self.revision, code=code, ordinal=ordinal, bit=bit, text="x")

    def statistics(self) -> ItemStatistics:
        return ItemStatistics.objects.create(revision=self.revision)


def twice(make: Callable[[], object]) -> None:
    make()
    make()


def batch(**facts: Any) -> ImportBatch:
    return ImportBatch.objects.create(at=NOW, file="x.csv", sha256="", format="csv", **facts)


def import_file(of: ImportBatch, kind: str = "upload") -> ImportFile:
    return ImportFile.objects.create(batch=of, kind=kind, name="x.csv", data=b"")


def image(**facts: Any) -> Image:
    return Image.objects.create(
        **{"sha256": "a", "ending": "png", "width": 1, "height": 1, "data": b"", "at": NOW} | facts
    )


def import_row(of: ImportBatch, outcome: str = "created") -> ImportRow:
    return ImportRow.objects.create(batch=of, number=1, outcome=outcome)


def analysis_run(cause: str) -> AnalysisRun:
    return AnalysisRun.objects.create(exam="TINY", cause=cause, requested_at=NOW)


def job(state: str) -> Job:
    return Job.objects.create(kind="import", key="1", state=state, due_at=NOW)


def blueprint() -> Blueprint:
    return Blueprint.objects.create(code="X-1", version=1, spec={}, sha256="", loaded_at=NOW)


BROKEN: dict[str, Callable[[Rows], object]] = {
    "blueprint_origin_known": lambda rows: Blueprint.objects.create(
        code="X-2", version=1, spec={}, sha256="", origin="found", loaded_at=NOW
    ),
    "blueprint_code_version_unique": lambda rows: twice(blueprint),
    "blueprint_archived_is_closed": lambda rows: Blueprint.objects.create(
        code="X-2", version=1, spec={}, sha256="", archived=True, admits=True, loaded_at=NOW
    ),
    "collection_slug_unique": lambda rows: twice(lambda: Collection.objects.create(slug="x")),
    "exam_domain_number_unique": lambda rows: ExamDomain.objects.create(exam="X-1", number=1, title="Two"),
    "task_code_unique": lambda rows: Task.objects.create(exam_domain=rows.domain, code="1.1", title="Two"),
    "plan_part_ordinal_unique": lambda rows: twice(lambda: PlanPart.objects.create(exam="X-1", ordinal=0, focus="x")),
    "question_status_known": lambda rows: rows.new_question("x", status="ready"),
    "question_origin_known": lambda rows: rows.new_question("x", origin="bought"),
    "question_worth_possible": lambda rows: rows.new_question("x", worth=0),
    "question_rating_percent": lambda rows: rows.new_question("x", rating=100),
    "question_ask_known": lambda rows: rows.new_question("x", ask="puzzle"),
    "question_default_known": lambda rows: rows.new_question("x", default="trap"),
    "question_live_rating": lambda rows: rows.new_question("x", status="live", current=rows.revision, rating=4),
    "question_live_wording": lambda rows: rows.new_question("x", status="pilot", rating=60),
    "question_shipped_place": lambda rows: rows.new_question("x", origin="shipped", exam_domain=None),
    "question_topic_place": lambda rows: rows.new_question("x", topic=rows.topic, exam_domain=None),
    "question_point_unique": lambda rows: twice(
        lambda: QuestionPoint.objects.create(question=rows.question, point=rows.point)
    ),
    "enemy_pair_unique": lambda rows: twice(lambda: Enemy.objects.create(low=rows.question, high=rows.other)),
    "enemy_low_below_high": lambda rows: Enemy.objects.create(low=rows.other, high=rows.question),
    "revision_number_unique": lambda rows: rows.new_revision(number=1),
    "revision_kind_known": lambda rows: rows.new_revision(number=2, kind="essay"),
    "revision_options_at_most_30": lambda rows: rows.new_revision(number=2, n_options=31),
    "revision_key_possible": lambda rows: rows.new_revision(number=2, key=15, published_at=NOW),
    "option_code_unique": lambda rows: (rows.new_option("a", 0, 0), rows.new_option("a", 1, 1)),
    "option_ordinal_unique": lambda rows: (rows.new_option("a", 0, 0), rows.new_option("b", 0, 1)),
    "option_bit_unique": lambda rows: (rows.new_option("a", 0, 0), rows.new_option("b", 1, 0)),
    "waiver_rule_unique": lambda rows: twice(
        lambda: Waiver.objects.create(question=rows.question, rule="r", reason="x")
    ),
    "rater_rating_unique": lambda rows: twice(
        lambda: RaterRating.objects.create(question=rows.question, rater=rows.user, value=50)
    ),
    "rater_rating_percent": lambda rows: RaterRating.objects.create(question=rows.question, rater=rows.user, value=0),
    "question_report_status_known": lambda rows: QuestionReport.objects.create(
        revision=rows.revision, candidate_uuid="00000000-0000-0000-0000-000000000001", text="x", status="lost", at=NOW
    ),
    "autosaved_edit_unique": lambda rows: twice(
        lambda: AutosavedEdit.objects.create(question=rows.question, user=rows.user, data={}, at=NOW)
    ),
    "import_batch_state_known": lambda rows: batch(state="lost"),
    "import_file_kind_known": lambda rows: import_file(batch(), "copy"),
    "import_file_unique": lambda rows: (of := batch(), twice(lambda: import_file(of))),
    "import_row_outcome_known": lambda rows: import_row(batch(), "lost"),
    "import_row_number_unique": lambda rows: (of := batch(), twice(lambda: import_row(of))),
    "image_ending_known": lambda rows: image(ending="svg"),
    "image_has_pixels": lambda rows: image(width=0),
    "bank_single_row": lambda rows: Bank.objects.create(pk=2),
    "scale_one_active_of_exam": lambda rows: ScaleVersion.objects.create(
        exam="TINY", number=2, reference={}, active=True
    ),
    "scale_has_exam": lambda rows: ScaleVersion.objects.create(exam="", number=2, reference={}),
    "item_parameter_unique": lambda rows: twice(
        lambda: ItemParameter.objects.create(scale=rows.scale, revision=rows.revision, b=0, se=1, n=1)
    ),
    "job_one_waiting": lambda rows: twice(lambda: job("waiting")),
    "job_one_running": lambda rows: twice(lambda: job("running")),
    "job_state_known": lambda rows: job("asleep"),
    "analysis_run_cause_known": lambda rows: analysis_run("moon"),
    "analysis_run_has_exam": lambda rows: AnalysisRun.objects.create(exam="", cause="night", requested_at=NOW),
    "option_statistics_bit_unique": lambda rows: (
        statistics := rows.statistics(),
        twice(lambda: OptionStatistics.objects.create(statistics=statistics, bit=0)),
    ),
}


def constraints() -> dict[str, Any]:
    """Return every named constraint of the app, by name."""
    models = apps.get_app_config("questions").get_models()
    return {constraint.name: (model, constraint) for model in models for constraint in model._meta.constraints}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_database_refuses_the_row(name: str) -> None:
    rows = Rows()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        BROKEN[name](rows)
    model, constraint = constraints()[name]
    message = str(refused.value)
    if name in message:
        return
    # SQLite names the columns of a unique constraint, not the constraint.
    assert connection.vendor == "sqlite"
    assert all(f"{model._meta.db_table}.{model._meta.get_field(f).column}" in message for f in constraint.fields)


def test_every_constraint_is_tested() -> None:
    assert set(BROKEN) == set(constraints())


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_constraint_has_a_message(name: str) -> None:
    sentence = str(constraints()[name][1].violation_error_message)
    assert sentence.endswith(".")
    assert "Constraint" not in sentence


def test_the_constraints_allow_valid_rows() -> None:
    rows = Rows()
    rows.new_question("live", status="live", rating=97, current=rows.new_revision(number=2, key=14, published_at=NOW))
    rows.new_revision(number=3, key=0, choose=0, n_options=0)  # an unpublished one may be unfinished
    ScaleVersion.objects.create(exam="TINY", number=2, reference={})
    ScaleVersion.objects.create(exam="TINY", number=3, reference={})
    assert Question.objects.askable().filter(collection="local").count() == 1
