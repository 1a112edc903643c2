"""The rows of an earlier state of the tables, as a frozen file: written by its code, restored before an upgrade."""

import json
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import BinaryField, GeneratedField, Model

from tests.mlsprep.databases import EachMigration, each_migration

type Migrations = list[tuple[str, str]]
DATA = Path(__file__).parent / "data"


def models_at(loader: MigrationLoader, migrations: Migrations) -> list[type[Model]]:
    """Return the models of both apps as of these migrations."""
    state = loader.project_state(migrations)
    return [model for app in ("questions", "exams") for model in state.apps.get_app_config(app).get_models()]


def columns(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if not isinstance(field, GeneratedField)]


def write(file: str, migrations: Migrations) -> None:
    """Write all rows of the database, which has these migrations and no later ones."""
    loader = EachMigration(None)
    leaves = {node for node in loader.graph.leaf_nodes() if node[0] in ("questions", "exams")}
    assert leaves == set(migrations), "There are later migrations: the file is frozen."
    tables = {
        model._meta.db_table: [
            {
                field.column: field.value_to_string(row)
                if isinstance(field, BinaryField)
                else field.value_from_object(row)
                for field in columns(model)
            }
            for row in model._default_manager.order_by("pk")
        ]
        for model in models_at(loader, migrations)
    }
    lines = ",\n".join(
        f"{json.dumps(table)}: [\n"
        + ",\n".join(json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True) for row in rows)
        + "\n]"
        for table, rows in sorted(tables.items())
        if rows
    )
    (DATA / file).write_text(f"{{\n{lines}\n}}\n")


def restore(file: str, migrations: Migrations) -> None:
    """Build the tables of these migrations in an empty database and insert the rows of the file."""
    with each_migration():
        MigrationExecutor(connection).migrate(migrations)
    tables = json.loads((DATA / file).read_text())
    models = {model._meta.db_table: model for model in models_at(EachMigration(connection), migrations)}
    with transaction.atomic():  # foreign keys are checked at the end: the tables refer to each other
        for table, rows in tables.items():
            model = models[table]
            fields = columns(model)
            model._default_manager.bulk_create(
                model(**{field.attname: field.to_python(row[field.column]) for field in fields}) for row in rows
            )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models.values())):
            cursor.execute(statement)
