"""What the forms of exams have in common: title, code, counts and kinds, and the faults of a blueprint file."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from questions.content.schema import Fault
from questions.models import Revision

_FORM_FIELDS = {
    "counts.scored": "scored",
    "counts.unscored": "unscored",
    "scale.pass": "passing",
    "syllabus": "code",
}  # by field of a blueprint file


class ExamForm(forms.Form):
    """An exam without its exam domains. Its rules are those of a blueprint file."""

    title = forms.CharField(label=_("Title"), max_length=120)
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

    fault_fields: ClassVar[Mapping[str, str]] = {}  # more fields by field of a blueprint file

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["code"] = (data.get("code") or slugify(data.get("title", ""))[:40].strip("-")).upper()
        return data

    def field_of(self, fault: Fault) -> str:
        """Return the field that a fault concerns."""
        return {**_FORM_FIELDS, **self.fault_fields}.get(fault.field, fault.field.partition(".")[0])

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Add the faults of a blueprint file to the fields they concern."""
        for fault in faults:
            field = self.field_of(fault)
            self.add_error(field if field in self.fields else None, fault.sentence)
