"""The form of a blueprint. It returns a BlueprintSpec, which the same rules check as a blueprint file."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exams.admin.blueprints.exam_form import MAX_TITLE_CHARS, ExamForm, initial
from exams.services.attempt import availability
from questions.content.blueprint import NO_SCALE, BlueprintSpec, DomainWeight, ExtraTime
from questions.content.schema import Fault
from questions.models import Blueprint
from questions.services import blueprints

MIN_EXTRA_TIME_ROWS = 3


class BlueprintForm(ExamForm):
    """Create a blueprint from `source`, with its scale and syllabus."""

    collections = forms.MultipleChoiceField(label=_("Draws from"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, source: Blueprint, data: Any = None) -> None:
        exam = source.exam
        self.source = source
        self.domains = availability.exam_domains(exam.syllabus_code) or [
            (domain.number, domain.title) for domain in exam.exam_domains
        ]
        self.rows = range(max(MIN_EXTRA_TIME_ROWS, len(exam.extra_time)))
        available = availability.by_collection(exam.syllabus_code)
        empty = sorted({*exam.collections} - {row.name for row in available})
        self.available_collections = [
            *available,
            *(availability.CollectionAvailability(name, live=0, pilots=0, unavailable=0) for name in empty),
        ]
        super().__init__(data, initial=_initial(source))
        self.fields["collections"].choices = [(row.name, row.name) for row in self.available_collections]  # type: ignore[attr-defined]
        on_scale = _("On the scale from %(min)d to %(max)d.") % {"min": exam.scale.min, "max": exam.scale.max}
        self.fields["passing"].help_text = _("Percent of the points.") if exam.is_percent else on_scale
        for number, title in self.domains:
            widget = forms.NumberInput if self.shows_domains else forms.HiddenInput
            self.fields[f"weight-{number}"] = forms.IntegerField(
                label=title, required=False, min_value=0, widget=widget
            )
        for row in self.rows:
            self.fields[f"extra-title-{row}"] = forms.CharField(label=_("Name"), max_length=120, required=False)
            self.fields[f"extra-minutes-{row}"] = forms.IntegerField(label=_("Minutes"), required=False)

    @property
    def shows_domains(self) -> bool:
        """Whether there is something to weigh: a single exam domain is the whole exam."""
        return len(self.domains) > 1

    @property
    def weight_fields(self) -> list[forms.BoundField]:
        return [self[f"weight-{number}"] for number, _title in self.domains]

    @property
    def extra_time_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"extra-title-{row}"], self[f"extra-minutes-{row}"]) for row in self.rows]

    @property
    def collection_choices(self) -> list[tuple[availability.CollectionAvailability, bool]]:
        """Return all collections, each with whether it is ticked."""
        ticked = self["collections"].value() or []
        return [(row, row.name in ticked) for row in self.available_collections]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for row in self.rows:
            title, minutes = data.get(f"extra-title-{row}"), data.get(f"extra-minutes-{row}")
            if bool(title) != bool(minutes) and not self.errors.get(f"extra-minutes-{row}"):
                self.add_error(f"extra-minutes-{row}", _("Enter both a name and the minutes, or neither."))
        if not self.errors and not any(data.get(f"weight-{number}") for number, _title in self.domains):
            self.add_error(None, _("Enter a weight for at least one exam domain."))
        return data

    def spec(self) -> BlueprintSpec:
        """Return the specification of a valid form. What is published about its source does not hold for a new exam."""
        data, exam = self.cleaned_data, self.source.exam
        if data["code"] != exam.code:
            exam = replace(exam, default=False, available_from=None, retired_on=None, successors=(), notes=())
        return replace(
            exam,
            **self.own_fields(),
            **self._pass_mark(exam),
            exam_domains=tuple(
                self.weighted(number, title, data[f"weight-{number}"])
                for number, title in self.domains
                if data[f"weight-{number}"]
            ),
            collections=tuple(data["collections"]),
            extra_time=tuple(self._extra_time()),
            syllabus=exam.syllabus_code if exam.syllabus_code != data["code"] else None,
        )

    def weighted(self, number: int, title: str, weight: int) -> DomainWeight:
        """Return an exam domain with this weight, and with what it draws in the source."""
        draws = {domain.number: domain.draws for domain in self.source.exam.exam_domains}
        return DomainWeight(number, title, weight, draws.get(number, ()))

    def _pass_mark(self, exam: BlueprintSpec) -> dict[str, Any]:
        passing = self.cleaned_data["passing"]
        if exam.is_percent:
            return {"pass_percent": passing, "scale": NO_SCALE}
        return {"scale": replace(exam.scale, passing=passing)}

    def _filled_rows(self) -> list[int]:
        """Return the rows with extra time."""
        return [row for row in self.rows if self.cleaned_data[f"extra-title-{row}"]]

    def _extra_time(self) -> Iterable[ExtraTime]:
        """Yield the extra time. A title of the source keeps its code; a new title gets an unused code."""
        codes = {preset.title: preset.code for preset in self.source.exam.extra_time}
        used_codes = set(codes.values())
        new_codes = (code for n in count(1) if (code := f"extra-{n}") not in used_codes)
        for row in self._filled_rows():
            title = self.cleaned_data[f"extra-title-{row}"]
            yield ExtraTime(codes.pop(title, "") or next(new_codes), title, self.cleaned_data[f"extra-minutes-{row}"])

    def field_of(self, fault: Fault) -> str:
        """Return the field that a fault concerns; that of extra time is in the row that was filled."""
        extra_time = re.match(r"extra_time\.(\d+)\.", fault.field)
        return f"extra-minutes-{self._filled_rows()[int(extra_time[1]) - 1]}" if extra_time else super().field_of(fault)


def _initial(source: Blueprint) -> dict[str, Any]:
    exam = source.exam
    weights = {f"weight-{domain.number}": domain.weight for domain in exam.exam_domains}
    extra_time: dict[str, Any] = {}
    for row, preset in enumerate(exam.extra_time):
        extra_time |= {f"extra-title-{row}": preset.title, f"extra-minutes-{row}": preset.minutes}
    title = (_("Copy of %s") % exam.title)[:MAX_TITLE_CHARS]
    names = {"title": title, "short_title": "", "code": blueprints.free_code(exam.code)}
    return initial(source) | names | {"collections": list(exam.collections)} | weights | extra_time
