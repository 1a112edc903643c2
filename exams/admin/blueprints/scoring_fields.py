"""How an exam is scored, as fields of its forms: percent of the points, or equated on a scale of its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exams.services.attempt import pass_points
from questions.content.blueprint import EQUATED, NO_SCALE, PERCENT, BlueprintSpec, Scale
from questions.content.typed_numbers import whole_number

MAX_SCORED = 500
PERCENT_FIELDS = {"pass_percent": "passing", "scale.min": "lowest", "scale.max": "highest", "scale": "passing"}


class ScoringFields(forms.Form):
    """The rule, the pass mark, and for equated exams the ends of the scale."""

    scoring = forms.ChoiceField(
        label=_("Scoring"),
        widget=forms.RadioSelect,
        choices=[
            (PERCENT, _("Percent of the points: a share of them passes")),
            (EQUATED, _("Equated: the ratings of the questions make the pass line, on a scale")),
        ],
    )
    passing = forms.IntegerField(label=_("Pass mark"))
    lowest = forms.IntegerField(label=_("Lowest score"), required=False)
    highest = forms.IntegerField(label=_("Highest score"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("lowest", "highest"):
            if data.get("scoring") == EQUATED and data.get(name) is None and name not in self.errors:
                self.add_error(name, _("An equated exam needs both ends of its scale."))
        return data

    def scoring_values(self) -> dict[str, Any]:
        """Return what a valid form says of the specification."""
        data = self.cleaned_data
        if data["scoring"] == PERCENT:
            return {"scoring": PERCENT, "pass_percent": data["passing"], "scale": NO_SCALE}
        scale = Scale(data["lowest"], data["passing"], data["highest"])
        return {"scoring": EQUATED, "pass_percent": None, "scale": scale}

    @property
    def passes_at(self) -> str:
        """The sentence beside the pass mark, for what is in the form now; "" where the rule has none."""
        if self["scoring"].value() != PERCENT:
            return ""
        return passes_at(self["passing"].value(), self["scored"].value())


def passes_at(passing: Any, scored: Any) -> str:
    """Return "Passes at 12 of 20" for typed values; "" if they are impossible."""
    mark, n = (whole_number(str(value or "").strip(), 0) for value in (passing, scored))
    if not (0 < mark <= 100 and 0 < n <= MAX_SCORED):
        return ""
    return pass_points.of_equal_questions(mark, n).sentence


def initial_scoring(exam: BlueprintSpec) -> dict[str, Any]:
    """Return the values of the fields for a stored exam."""
    scale = exam.scale
    return {"scoring": exam.scoring, "passing": scale.passing, "lowest": scale.min, "highest": scale.max}
