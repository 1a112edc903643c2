"""Render the empty header cells of tables as plain cells: screen readers announce an empty header as an error."""

from typing import Any

from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace

HTML = {"Revision": ("stem_html", "explanation_html"), "Option": ("rationale_html",)}
CELLS = {
    '<th scope="col"></th>': "<td></td>",
    '<th class="n" scope="col"></th>': '<td class="n"></td>',
}


def to_cells(apps: Any, schema_editor: Any) -> None:
    for model, fields in HTML.items():
        rows = apps.get_model("questions", model).objects.using(schema_editor.connection.alias)
        for field in fields:
            for header, cell in CELLS.items():
                rows.filter(**{f"{field}__contains": header}).update(
                    **{field: Replace(F(field), Value(header), Value(cell))}
                )


class Migration(migrations.Migration):
    dependencies = [("questions", "0002_waiting_import_rows")]

    # Either form is a correct rendering of the text, so nothing has to be undone.
    operations = [migrations.RunPython(to_cells, migrations.RunPython.noop)]
