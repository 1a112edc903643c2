"""Leads from what a check says to the field on the page that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from questions.admin.question_form import Writing
from questions.lint import Finding, Severity


@dataclass(frozen=True, slots=True)
class Pointed:
    """A finding with the id of its field and the words of the link to it; both empty where there is no field."""

    rule: str
    severity: Severity
    sentence: str
    anchor: str
    place: str


def pointed(found: Iterable[Finding], written: Writing) -> list[Pointed]:
    """The findings, each with where it leads."""
    return [Pointed(each.rule, each.severity, each.sentence, *_place(each.field, written)) for each in found]


def _place(field: str, written: Writing) -> tuple[str, str]:
    head, _dot, rest = field.partition(".")
    if head == "options" and rest:
        code, _dot, what = rest.partition(".")
        return _option(written, code, what or "text")
    if head in ("options", "kind"):
        row = next((row for row in written.rows if row.letter), None)
        name = "text" if head == "options" else "correct"
        return (f"id_{row.prefix}-{name}" if row else "add-option"), _("To the options")
    if head == "references":
        rows = written.references.forms
        place = int(rest.partition(".")[0]) - 1 if rest[:1].isdigit() else 0
        return (f"id_{rows[place].prefix}-title" if place < len(rows) else "add-reference"), _("To the references")
    if head in ("task", "topic"):
        return "id_topic", _("To the topic")
    if head == "points":
        return "points", _("To the points")
    if head in written.form.fields:
        return f"id_{head}", _("To the field: %s") % written.form.fields[head].label
    return "", ""


def _option(written: Writing, code: str, what: str) -> tuple[str, str]:
    letters = {row.prefix: row.letter for row in written.rows}
    for option, row in written.typed_options():
        if option.id == code:
            said = _("To the rationale of option %s") if what == "rationale" else _("To option %s")
            return f"id_{row.prefix}-{what}", said % letters[row.prefix]
    return "", ""
