"""Links from the findings of the lint to the fields of the question form."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from questions.admin.editor.question_form import QuestionForms
from questions.lint import Finding, Severity


@dataclass(frozen=True, slots=True)
class LinkedFinding:
    """A finding with the id of its field and the text of the link; both are empty without a field.

    `located` names the option where there is no link.
    """

    rule: str
    severity: Severity
    sentence: str
    located: str
    anchor: str
    link_text: str


def link_findings(findings: Iterable[Finding], forms: QuestionForms) -> list[LinkedFinding]:
    """Return the findings with links to their fields."""
    return [
        LinkedFinding(finding.rule, finding.severity, finding.sentence, finding.located, *_link(finding.field, forms))
        for finding in findings
    ]


def _link(field: str, forms: QuestionForms) -> tuple[str, str]:
    head, _dot, rest = field.partition(".")
    if head == "options" and rest:
        code, _dot, name = rest.partition(".")
        return _option_link(forms, code, name or "text")
    if head in ("options", "kind"):
        row = next((row for row in forms.rows if row.letter), None)
        name = "text" if head == "options" else "correct"
        return (f"id_{row.prefix}-{name}" if row else "add-option"), _("To the options")
    if head == "references":
        rows = forms.references.forms
        place = int(rest.partition(".")[0]) - 1 if rest[:1].isdigit() else 0
        return (f"id_{rows[place].prefix}-title" if place < len(rows) else "add-reference"), _("To the references")
    if head in ("task", "topic"):
        return "id_topic", _("To the topic")
    if head == "points":
        return "points", _("To the points")
    if head in forms.form.fields:
        return f"id_{head}", _("To the field: %s") % forms.form.fields[head].label
    return "", ""


def _option_link(forms: QuestionForms, code: str, name: str) -> tuple[str, str]:
    letters = {row.prefix: row.letter for row in forms.rows}
    for option, row in forms.typed_options():
        if option.id == code:
            text = _("To the rationale of option %s") if name == "rationale" else _("To option %s")
            return f"id_{row.prefix}-{name}", text % letters[row.prefix]
    return "", ""
