"""A column of points in hundredths, which forms show and take in points, such as 1.5."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from questions.content.worth import hundredths, in_short


class PointsFormField(forms.CharField):
    """Take points with at most two decimals, and return hundredths."""

    default_error_messages = {
        "points": _("Enter a number from 0.01 to 100 with at most two decimals, such as 1 or 2.5."),
    }

    def prepare_value(self, value: Any) -> Any:
        return in_short(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(in_short(value) if isinstance(value, int) else value) or ""
        if text in self.empty_values:
            return None
        points = hundredths(text.replace(",", "."))
        if points is None:
            raise forms.ValidationError(self.error_messages["points"], code="points")
        return points


class PointsField(models.PositiveIntegerField):
    """Hundredths of a point."""

    def formfield(self, **kwargs: Any) -> Any:
        return PointsFormField(
            label=kwargs.get("label"),
            required=False,
            initial=self.get_default(),
            help_text=self.help_text,
            widget=forms.TextInput({"inputmode": "decimal"}),
        )
