"""A large bank and many scored exams, written by PostgreSQL itself from a few that the product has made.

Deterministic: the same counts give the same rows. Each further question is a copy of a shipped one, and each further
exam a copy of a simulated one with a candidate of its own, whose questions are drawn from all copies.
"""

import sys
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Model  # noqa: E402

from exams.models import (  # noqa: E402
    Attempt,
    AttemptEvent,
    Candidate,
    DomainResult,
    Form,
    Response,
    ScoreReport,
)
from questions.models import History, Option, Question, QuestionPoint, QuestionReport, Revision, User  # noqa: E402

# Questions and exams to copy, counted from 0.
SOURCES = """
CREATE TEMP TABLE source AS
    SELECT row_number() OVER (ORDER BY q.id) - 1 AS i, q.id AS question, q.current_id AS revision
    FROM questions_question q WHERE q.collection = 'mls-c01' AND q.status IN ('live', 'pilot');
CREATE TEMP TABLE sat AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS i, id AS attempt, candidate_id, form_id, report_id
    FROM exams_attempt WHERE mode = 'exam' AND report_id IS NOT NULL AND sitting_id IS NULL;
"""
# The number of a question in all: that of its source, and of its copy.
COPIES = """
CREATE TEMP TABLE copy AS
    SELECT n, n % {sources} AS i, n / {sources} AS copy,
        {question} + n - {sources} + 1 AS question, {revision} + n - {sources} + 1 AS revision
    FROM generate_series({sources}, {questions} - 1) AS n;
INSERT INTO copy SELECT i, i, 0, question, revision FROM source;
CREATE UNIQUE INDEX ON copy (i, copy);
CREATE TEMP TABLE exam AS
    SELECT k, s.i, s.attempt AS sat, s.candidate_id AS sat_candidate, s.form_id AS sat_form, s.report_id AS sat_report,
        {attempt} + k + 1 AS attempt, {candidate} + k + 1 AS candidate, {form} + k + 1 AS form,
        {report} + k + 1 AS report, {user} + k + 1 AS account
    FROM generate_series(0, {exams} - 1) AS k JOIN sat s ON s.i = k % {sat};
CREATE TEMP TABLE drawn AS
    SELECT r.id AS response, e.k, c.revision FROM exam e
    JOIN exams_response r ON r.attempt_id = e.sat
    JOIN questions_revision v ON v.id = r.revision_id JOIN source s ON s.question = v.question_id
    JOIN copy c ON c.i = s.i
        AND c.copy = (e.k * 7919 + r.position * 31) % (({questions} - 1 - s.i) / {sources} + 1);
"""


def grow(questions: int, exams: int) -> None:
    """Write copies until there are this many questions to draw, and this many exams more."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers: the rows agree by construction
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'")
        cursor.execute(SOURCES)
        facts = {"questions": questions, "exams": exams}
        for name in ("source", "sat"):
            cursor.execute(f"SELECT count(*) FROM {name}")
            facts["sources" if name == "source" else name] = cursor.fetchone()[0]
        for model in (Question, Revision, Attempt, Candidate, Form, User):
            facts[model.__name__.lower()] = _last(model)
        facts["report"] = _last(ScoreReport)
        cursor.execute(COPIES.format(**facts))
    _copy_questions()
    _copy_exams()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("DROP TABLE source, sat, copy, exam, drawn")
        cursor.execute("UPDATE questions_bank SET version = version + 1")
        for model in (Question, Revision, Attempt, Candidate, Form, User, ScoreReport):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("VACUUM ANALYZE")


def _last(model: type[Model]) -> int:
    newest = model._default_manager.order_by("pk").last()
    return int(newest.pk) if newest else 0


def _copy(model: type[Model], rows: str, /, **values: str) -> None:
    """Insert a copy of each row `t` of these, with values of its own, as SQL, in some columns."""
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    columns: dict[str, Any] = {}
    for field in fields:
        column = str(field.column)
        if not field.primary_key or column in values:
            columns[f'"{column}"'] = values.get(column, f't."{column}"')
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} {rows}"
        )


def _copy_questions() -> None:
    copies = "FROM copy c JOIN source s ON s.i = c.i AND c.copy > 0 JOIN"
    code = "t.code || '-' || c.copy"
    _copy(
        Question, f"{copies} questions_question t ON t.id = s.question",
        id="c.question", code=code, current_id="c.revision", origin="'local'", base="NULL", base_sha="''",
    )  # fmt: skip
    _copy(Revision, f"{copies} questions_revision t ON t.id = s.revision", id="c.revision", question_id="c.question")
    _copy(Option, f"{copies} questions_option t ON t.revision_id = s.revision", revision_id="c.revision")
    _copy(QuestionPoint, f"{copies} questions_questionpoint t ON t.question_id = s.question", question_id="c.question")
    _copy(
        History,
        f"{copies} questions_history t ON t.question_id = s.question", question_id="c.question",
    )  # fmt: skip


def _copy_exams() -> None:
    """Copy the exams; every second candidate has an account, every fiftieth exam led to a report of a question."""
    uuid = "md5('{} ' || e.k)::uuid"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO questions_user (id, username, email, display_name, password, first_name, last_name, is_staff, "
            "is_active, is_superuser, had_role, date_joined) "
            "SELECT account, 'grown-' || k, 'grown-' || k || '@example.org', 'Person ' || k, '!', '', '', "
            "false, true, false, false, now() FROM exam WHERE k % 2 = 0"
        )
    account = "CASE WHEN e.k % 2 = 0 THEN e.account END"
    _copy(
        Candidate, "FROM exam e JOIN exams_candidate t ON t.id = e.sat_candidate",
        id="e.candidate", uuid=uuid.format("candidate"), user_id=account, code_hash="NULL",
    )  # fmt: skip
    plan = (
        "(SELECT jsonb_agg(jsonb_build_object('revision', d.revision, 'scored', r.scored) ORDER BY r.position) "
        "FROM drawn d JOIN exams_response r ON r.id = d.response WHERE d.k = e.k)"
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON drawn (k); ANALYZE drawn; ANALYZE exam")
    _copy(Form, "FROM exam e JOIN exams_form t ON t.id = e.sat_form", id="e.form", plan=plan)
    # An exam a minute, back from the newest one, so that pages in the order of time have something to sort.
    earlier = "t.{} - e.k * interval '1 minute'"
    _copy(
        Attempt, "FROM exam e JOIN exams_attempt t ON t.id = e.sat",
        id="e.attempt", uuid=uuid.format("attempt"), candidate_id="e.candidate", form_id="e.form",
        report_id="e.report", synthetic="false",
        **{column: earlier.format(column) for column in ("started_at", "deadline", "submitted_at")},
    )  # fmt: skip
    # In the order of exams: those of one exam are beside each other, as a start writes them.
    _copy(
        Response,
        "FROM drawn d JOIN exam e ON e.k = d.k JOIN exams_response t ON t.id = d.response ORDER BY e.k, t.position",
        attempt_id="e.attempt", revision_id="d.revision",
    )  # fmt: skip
    deadline = "to_jsonb((t.data ->> 'deadline')::timestamptz - e.k * interval '1 minute')"
    _copy(
        AttemptEvent, "FROM exam e JOIN exams_attemptevent t ON t.attempt_id = e.sat",
        attempt_id="e.attempt", at=earlier.format("at"),
        data=f"CASE WHEN t.data ? 'deadline' THEN jsonb_set(t.data, '{{deadline}}', {deadline}) ELSE t.data END",
    )  # fmt: skip
    _copy(
        ScoreReport, "FROM exam e JOIN exams_scorereport t ON t.id = e.sat_report",
        id="e.report", attempt_id="e.attempt", made_at=earlier.format("made_at"),
    )  # fmt: skip
    _copy(DomainResult, "FROM exam e JOIN exams_domainresult t ON t.report_id = e.sat_report", report_id="e.report")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {QuestionReport._meta.db_table} (revision_id, candidate_uuid, ticked, text, status, outcome, "
            "at) SELECT d.revision, md5('candidate ' || k)::uuid, 1, 'The key of question ' || k || ' is wrong.', "
            "CASE WHEN k % 500 = 0 THEN 'open' ELSE 'closed' END, '', now() - k * interval '1 minute' "
            "FROM exam e JOIN LATERAL (SELECT revision FROM drawn WHERE drawn.k = e.k LIMIT 1) d ON true "
            "WHERE k % 50 = 0"
        )


if __name__ == "__main__":
    grow(*map(int, sys.argv[1:]))
