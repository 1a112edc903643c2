"""What the forms of exams have in common: title, code, counts and kinds, and the faults of a blueprint file."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from questions.content.proposed_codes import code_of
from questions.content.schema import Fault
from questions.models import Blueprint, Revision
from questions.services.blueprints import BlueprintFaultsError
from questions.services.errors import RefusedError

_FORM_FIELDS = {
    "counts.scored": "scored",
    "counts.unscored": "unscored",
    "scale.pass": "passing",
    "pass_percent": "passing",
    "syllabus": "code",
}  # by field of a blueprint file

MAX_TITLE_CHARS = 120
_SPEC_FIELDS = ("code", "title", "short_title", "minutes", "scored", "unscored", "kinds", "self_allowance")


def initial(source: Blueprint) -> dict[str, Any]:
    """Return the values of the form for a stored exam."""
    exam = source.exam
    values = {name: getattr(exam, name) for name in _SPEC_FIELDS}
    return values | {"kinds": list(exam.kinds), "passing": exam.scale.passing, "known_version": source.version}


class FaultFields(forms.Form):
    """A form that shows the faults of a blueprint file at its fields; `fault_fields` names some by that of the file."""

    fault_fields: ClassVar[Mapping[str, str]] = {}

    def field_of(self, fault: Fault) -> str:
        """Return the field that a fault concerns."""
        return {**_FORM_FIELDS, **self.fault_fields}.get(fault.field, fault.field.partition(".")[0])

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Add the faults of a blueprint file to the fields they concern."""
        for fault in faults:
            field = self.field_of(fault)
            self.add_error(field if field in self.fields else None, fault.sentence)


class ExamForm(FaultFields):
    """An exam without its exam domains. Its rules are those of a blueprint file."""

    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE_CHARS)
    short_title = forms.CharField(
        label=_("Short title"),
        max_length=40,
        required=False,
        help_text=_("Used in lists. Leave empty to use the title."),
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_(
            "Part of the URL. Use capital letters, digits and hyphens. Leave empty to derive the code from the title."
        ),
    )
    minutes = forms.IntegerField(label=_("Minutes"))
    scored = forms.IntegerField(label=_("Scored questions"))
    unscored = forms.IntegerField(label=_("Unscored questions"))
    passing = forms.IntegerField(label=_("Pass mark"))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of questions"), choices=Revision.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    self_allowance = forms.BooleanField(label=_("Candidates can choose extra time before they start"), required=False)
    known_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["code"] = (data.get("code") or code_of(data.get("title", ""))[:40].strip("-")).upper()
        return data

    def own_fields(self) -> dict[str, Any]:
        """Return what a valid form says of the specification, without what the forms have of their own."""
        data = self.cleaned_data
        return {name: data[name] for name in _SPEC_FIELDS} | {
            "short_title": data["short_title"] or data["title"],
            "kinds": tuple(data["kinds"]),
        }


def stored(form: Any, make: Callable[[], Blueprint]) -> Blueprint | None:
    """Return what `make` stores, or None with the faults of a blueprint file or the refusal in the form."""
    try:
        return make()
    except BlueprintFaultsError as faulty:
        form.add_faults(faulty.faults)
    except RefusedError as refusal:
        form.add_error(None, str(refusal))
    return None
