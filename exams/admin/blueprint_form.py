"""The form of a blueprint: fields in, a specification out; what is right and wrong is said by the rules of the file."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from exams.services.attempt import availability
from questions.content.blueprint import BlueprintSpec, DomainWeight, ExtraTime
from questions.content.schema import Fault
from questions.models import Blueprint, Revision

EXTRAS = 3  # rows of extra time, or as many as the source has
_FIELD_OF = {
    "counts.scored": "scored", "counts.unscored": "unscored", "scale.pass": "passing", "syllabus": "code",
}  # fmt: skip


class BlueprintForm(forms.Form):
    """Makes a blueprint from `source`, whose scale and syllabus it keeps."""

    title = forms.CharField(label=_("Title"), max_length=120)
    short_title = forms.CharField(
        label=_("Short title"), max_length=40, required=False, help_text=_("For lists. Empty: the title.")
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("Stands in its address: capitals, digits, hyphens. Empty: made from the title."),
    )
    minutes = forms.IntegerField(label=_("Minutes"))
    scored = forms.IntegerField(label=_("Scored questions"))
    unscored = forms.IntegerField(label=_("Unscored questions"))
    passing = forms.IntegerField(label=_("Pass mark"))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of questions"), choices=Revision.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    collections = forms.MultipleChoiceField(label=_("Draws from"), widget=forms.CheckboxSelectMultiple)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, source: Blueprint, data: Any = None) -> None:
        exam = source.exam
        self.source = source
        self.domains = availability.exam_domains(exam.syllabus_code) or [
            (each.number, each.title) for each in exam.exam_domains
        ]
        self.rows = range(max(EXTRAS, len(exam.extra_time)))
        there = availability.by_collection(exam.syllabus_code)
        empty = sorted({*exam.collections} - {each.name for each in there})
        self.there = [
            *there,
            *(availability.CollectionAvailability(name, live=0, pilots=0, unavailable=0) for name in empty),
        ]
        super().__init__(data, initial=_initial(source))
        self.fields["collections"].choices = [(each.name, each.name) for each in self.there]  # type: ignore[attr-defined]
        self.fields["passing"].help_text = _("On the scale from %(min)d to %(max)d.") % {
            "min": exam.scale.min,
            "max": exam.scale.max,
        }
        for number, title in self.domains:
            self.fields[f"weight-{number}"] = forms.IntegerField(label=title, required=False, min_value=0)
        for row in self.rows:
            self.fields[f"extra-title-{row}"] = forms.CharField(label=_("For whom"), max_length=120, required=False)
            self.fields[f"extra-minutes-{row}"] = forms.IntegerField(label=_("Minutes"), required=False)

    @property
    def weights(self) -> list[forms.BoundField]:
        return [self[f"weight-{number}"] for number, _title in self.domains]

    @property
    def extras(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"extra-title-{row}"], self[f"extra-minutes-{row}"]) for row in self.rows]

    @property
    def chosen(self) -> list[tuple[availability.CollectionAvailability, bool]]:
        """All collections, and whether each is ticked."""
        ticked = self["collections"].value() or []
        return [(each, each.name in ticked) for each in self.there]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        said["code"] = (said.get("code") or slugify(said.get("title", ""))[:40].strip("-")).upper()
        for row in self.rows:
            title, minutes = said.get(f"extra-title-{row}"), said.get(f"extra-minutes-{row}")
            if bool(title) != bool(minutes) and not self.errors.get(f"extra-minutes-{row}"):
                self.add_error(f"extra-minutes-{row}", _("Give both, for whom and how many minutes, or none."))
        if not self.errors and not any(said.get(f"weight-{number}") for number, _title in self.domains):
            self.add_error(None, _("Give at least one exam domain a weight."))
        return said

    def spec(self) -> BlueprintSpec:
        """What a form without errors says. A new exam is no retired one, whatever it was made from."""
        said, exam = self.cleaned_data, self.source.exam
        same = said["code"] == exam.code
        return replace(
            exam,
            code=said["code"],
            title=said["title"],
            short_title=said["short_title"] or said["title"],
            retired_on=exam.retired_on if same else None,
            successors=exam.successors if same else (),
            minutes=said["minutes"],
            scored=said["scored"],
            unscored=said["unscored"],
            scale=replace(exam.scale, passing=said["passing"]),
            kinds=tuple(said["kinds"]),
            exam_domains=tuple(
                DomainWeight(number, title, said[f"weight-{number}"])
                for number, title in self.domains
                if said[f"weight-{number}"]
            ),
            collections=tuple(said["collections"]),
            extra_time=tuple(self._extra_time()),
            syllabus=exam.syllabus_code if exam.syllabus_code != said["code"] else None,
        )

    def _filled(self) -> list[int]:
        """The rows that ask for extra time."""
        return [row for row in self.rows if self.cleaned_data[f"extra-title-{row}"]]

    def _extra_time(self) -> Iterable[ExtraTime]:
        """A row keeps the code that its title has; no other row gets one that stood for something else."""
        known = {each.title: each.code for each in self.source.exam.extra_time}
        taken = set(known.values())
        free = (code for n in count(1) if (code := f"extra-{n}") not in taken)
        for row in self._filled():
            title = self.cleaned_data[f"extra-title-{row}"]
            yield ExtraTime(known.pop(title, "") or next(free), title, self.cleaned_data[f"extra-minutes-{row}"])

    def blame(self, faults: Iterable[Fault]) -> None:
        """Shows the faults of the file beside the fields they are about."""
        for fault in faults:
            extra = re.match(r"extra_time\.(\d+)\.", fault.field)
            field = _FIELD_OF.get(fault.field, fault.field)
            if extra:
                field = f"extra-minutes-{self._filled()[int(extra[1]) - 1]}"
            self.add_error(field if field in self.fields else None, fault.sentence)


def _initial(source: Blueprint) -> dict[str, Any]:
    exam = source.exam
    mine = source.origin == Blueprint.Origin.LOCAL
    weights = {f"weight-{each.number}": each.weight for each in exam.exam_domains}
    extras: dict[str, Any] = {f"extra-title-{row}": each.title for row, each in enumerate(exam.extra_time)}
    extras |= {f"extra-minutes-{row}": each.minutes for row, each in enumerate(exam.extra_time)}
    return {
        "title": exam.title if mine else "",
        "short_title": exam.short_title if mine else "",
        "code": exam.code if mine else "",
        "minutes": exam.minutes,
        "scored": exam.scored,
        "unscored": exam.unscored,
        "passing": exam.scale.passing,
        "kinds": list(exam.kinds),
        "collections": list(exam.collections),
        "seen": source.version,
        **weights,
        **extras,
    }
