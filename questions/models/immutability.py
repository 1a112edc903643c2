"""Database triggers that make published wordings and calibrated scales immutable.

No code changes what candidates saw, or what their scores refer to.

SQLite silently drops triggers when a later migration rebuilds their table, and cannot rebuild one that a trigger of
another table names. So they are dropped there before migrations, and created again after every migrate. `manage.py
audit` and a test check that they exist. Derived columns (html) and commentary may change. PROTECT and permissions
prevent deletion: a DELETE trigger would break `flush`.
"""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from questions.content.declarations import Store
from questions.content.parts import columns

REVISION_MESSAGE = "A published revision cannot be changed. Create a new revision."
OPTION_MESSAGE = "The options of a published revision cannot be changed. Create a new revision."
SCALE_MESSAGE = "The reference form of a scale cannot be changed. Calibrate a new version."
PARAMETER_MESSAGE = "The difficulties of a scale cannot be changed. Calibrate a new version."
NAMES = (
    "questions_revision_published",
    "questions_option_published",
    "questions_option_added",
    "questions_scale_reference",
    "questions_parameter_changed",
)

REVISION_COLUMNS = (
    "question_id",
    "number",
    *(field.name for field in columns(Store.WORDING)),
    "key",
    "choose",
    "n_options",
    "sha256",
    "same_item",
    "published_at",
)
SCALE_COLUMNS = ("number", "reference")
PARAMETER_COLUMNS = ("scale_id", "revision_id", "b", "se", "n", "anchor")
OPTION_COLUMNS = ("revision_id", "code", "ordinal", "bit", "text")


def _changed(names: tuple[str, ...], distinct: str) -> str:
    return " OR ".join(f'NEW."{column}" {distinct} OLD."{column}"' for column in names)


def _published(row: str) -> str:
    return f"EXISTS (SELECT 1 FROM questions_revision r WHERE r.id = {row}.revision_id AND r.published_at IS NOT NULL)"


def statements(vendor: str) -> list[str]:
    """Return the SQL that creates or replaces the triggers on `sqlite` or `postgresql`."""
    distinct = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed_revision = f"OLD.published_at IS NOT NULL AND ({_changed(REVISION_COLUMNS, distinct)})"
    changed_option = f"({_changed(OPTION_COLUMNS, distinct)}) AND {_published('OLD')}"
    guards = (
        (NAMES[0], "questions_revision", "UPDATE", changed_revision, REVISION_MESSAGE),
        (NAMES[1], "questions_option", "UPDATE", changed_option, OPTION_MESSAGE),
        (NAMES[2], "questions_option", "INSERT", _published("NEW"), OPTION_MESSAGE),
        (NAMES[3], "questions_scaleversion", "UPDATE", _changed(SCALE_COLUMNS, distinct), SCALE_MESSAGE),
        (NAMES[4], "questions_itemparameter", "UPDATE", _changed(PARAMETER_COLUMNS, distinct), PARAMETER_MESSAGE),
    )
    sql = []
    for name, table, event, condition, message in guards:
        if vendor == "postgresql":
            sql += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
                f"END IF; RETURN NEW; END $$",
                f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
        else:
            sql += [
                f"DROP TRIGGER IF EXISTS {name}",
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
            ]
    return sql


def drop_triggers(using: str = DEFAULT_DB_ALIAS, plan: Sequence[Any] = (), **kwargs: Any) -> None:
    """Drop the triggers before migrations on SQLite. Receiver of pre_migrate.

    SQLite renames no table while a trigger of another one names the table that it is to replace.
    """
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in NAMES:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def install_triggers(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Create or replace the triggers if the tables exist. Receiver of post_migrate."""
    connection = connections[using]
    if "questions_option" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for sql in statements(connection.vendor):
            cursor.execute(sql)


def missing_triggers(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of the triggers that are missing in this database."""
    connection = connections[using]
    catalog = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(catalog)
        present = {row[0] for row in cursor.fetchall()}
    return [name for name in NAMES if name not in present]
