"""Insert a small bank fast: its rows are built once a process and inserted by raw SQL under the next free keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import batched, chain
from typing import Any

from django.db import connection, transaction
from django.db.models import ForeignKey, Model

from questions.content.blueprint import DomainWeight
from questions.content.schema import MULTIPLE_CHOICE, MULTIPLE_RESPONSE, OptionContent, QuestionContent, Reference
from questions.models import ExamDomain, Question, Revision, Task, Topic
from questions.services import wordings
from tests import draws

# In one statement, which takes half the time of one for each row; SQLite refuses more than 32,766.
MAX_VALUES = 30_000


@dataclass(frozen=True)
class TableRows:
    """The rows of one table as the database takes them, with keys counted from 1.

    `references` has the model whose rows each column refers to, None for a plain value.
    """

    model: type[Model]
    insert: str
    values: str
    references: list[type[Model] | None]
    rows: list[list[Any]]


def insert(
    exam: str, collection: str, domains: tuple[DomainWeight, ...], per_domain: Sequence[int], at: datetime
) -> None:
    """Insert exam domains, tasks, topics and questions that have been live since `at`."""
    tables = _tables(exam, collection, domains, tuple(per_domain))
    # In one transaction: a question is inserted before the revision that it refers to.
    with transaction.atomic(), connection.cursor() as cursor:
        before = {table.model: _reserve_keys(cursor, table.model, len(table.rows)) for table in tables}
        for table in tables:
            shifts = [before[model] if model else 0 for model in table.references]
            rows = [
                [value + by if by and value is not None else value for value, by in zip(row, shifts, strict=True)]
                for row in table.rows
            ]
            for some in batched(rows, MAX_VALUES // len(shifts)):
                statement = f"{table.insert} VALUES {', '.join([table.values] * len(some))}"
                cursor.execute(statement, list(chain.from_iterable(some)))
    # Triggers protect the options of a published revision.
    Revision.objects.filter(pk__gt=before[Revision], pk__lte=before[Revision] + sum(per_domain)).update(published_at=at)


def content(code: str, *, several: bool = False) -> QuestionContent:
    """Return a question whose options state whether they are correct; with `several`, two of five are."""
    keys = "ab" if several else "a"
    options = tuple(
        OptionContent(
            option,
            option in keys,
            f"Option {option} of {code}",
            f"{'Right' if option in keys else 'Wrong'}: it is {option}.",
        )
        for option in ("abcde" if several else "abcd")
    )
    return QuestionContent(
        id=code,
        stem=f"A small question {code} is asked. Which is right?",
        options=options,
        kind=MULTIPLE_RESPONSE if several else MULTIPLE_CHOICE,
        explanation=f"The explanation of {code}.",
        references=(Reference("A page", "https://docs.aws.amazon.com/", "2026-03-01"),),
    )


@cache
def _tables(
    exam: str, collection: str, domains: tuple[DomainWeight, ...], per_domain: tuple[int, ...]
) -> list[TableRows]:
    """Return the rows of all tables. Every fifth question has two keys; ratings run from 60 to 79."""
    exam_domains = [ExamDomain(pk=n, exam=exam, number=d.number, title=d.title) for n, d in enumerate(domains, 1)]
    tasks = [
        Task(pk=domain.pk, exam_domain=domain, code=f"{domain.number}.1", title="Do it") for domain in exam_domains
    ]
    topics, questions, revisions, options = [], [], [], []
    places = [(task, n) for task, count in zip(tasks, per_domain, strict=True) for n in range(1, count + 1)]
    for pk, (task, n) in enumerate(places, 1):
        domain = task.exam_domain
        slug, title = f"{collection}-{domain.number}-{n}", f"Topic {task.code} {n}"
        topics.append(Topic(pk=pk, task=task, slug=slug, title=title))
        code = f"{collection}-d{domain.number}-{n:03}"
        question = Question(pk=pk, code=code, collection=collection, exam_domain=domain, topic=topics[-1])
        question.rating, question.status, question.current_id = 60 + n % 20, Question.Status.LIVE, pk
        questions.append(question)
        with draws.repeated(code):  # whatever test comes first, options have the same bits
            wording = wordings.compose(question, content(code, several=n % 5 == 0), 1)
        wording.revision.pk = pk
        revisions.append(wording.revision)
        for option in wording.options:
            option.pk, option.revision_id = len(options) + 1, pk
            options.append(option)
    groups: list[Sequence[Model]] = [exam_domains, tasks, topics, questions, revisions, options]
    models = {type(rows[0]) for rows in groups}
    return [_table_rows(rows, models) for rows in groups]


def _table_rows(rows: Sequence[Model], models: set[type[Model]]) -> TableRows:
    model, meta = type(rows[0]), rows[0]._meta
    fields = meta.concrete_fields
    quote = connection.ops.quote_name
    columns, values = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    return TableRows(
        model,
        f"INSERT INTO {quote(meta.db_table)} ({columns})",
        f"({values})",
        [_referred(field, models) for field in fields],
        [[field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields] for row in rows],
    )


def _referred(field: Any, models: set[type[Model]]) -> type[Model] | None:
    model = field.related_model if isinstance(field, ForeignKey) else field.model if field.primary_key else None
    return model if model in models else None


def _reserve_keys(cursor: Any, model: type[Model], count: int) -> int:
    """Take `count` keys of the table, as an insert does, and return the key before the first of them."""
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        sequence = "pg_get_serial_sequence(%s, 'id')"
        cursor.execute(f"SELECT setval({sequence}, nextval({sequence}) + %s - 1)", [table, table, count])
        return int(cursor.fetchone()[0]) - count
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])  # an insert with a key raises it
    row = cursor.fetchone()
    return int(row[0]) if row else 0
