"""The license of questions as a choice with "other", in the editor, in changes of many questions, and in an import."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.models import Question

RESERVED = "All rights reserved"  # holds for a text of which nobody has said anything else
LICENSES = ("CC-BY-SA-4.0", "CC-BY-4.0", "CC0-1.0", RESERVED)
OTHER_LICENSE = "other"
MAX_LICENSES_IN_USE = 20


class LicenseForm(forms.Form):
    """The license of a question: one of the list, which has those in use in the bank, or another one as typed."""

    no_license: Any = gettext_lazy("not chosen")

    license = forms.CharField(required=False, max_length=40, label=gettext_lazy("License"), widget=forms.Select)
    license_other = forms.CharField(required=False, max_length=40, label=gettext_lazy("Other license"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["license"].widget
        widget.choices = self._licenses  # read when the page is rendered

    def _licenses(self) -> Iterator[tuple[str, Any]]:
        in_use = Question.objects.exclude(license="").order_by().values("license").annotate(n=Count("pk"))
        names = [row["license"] for row in in_use.order_by("-n", "license")[:MAX_LICENSES_IN_USE]]
        labels = {"": self.no_license, OTHER_LICENSE: _("other")}
        for name in dict.fromkeys(("", *LICENSES, *names, str(self["license"].value() or ""), OTHER_LICENSE)):
            yield name, labels.get(name, name)

    @property
    def typed_license(self) -> str:
        """The license as typed: the chosen one, or the text beside "other"."""
        chosen = str(self["license"].value() or "")
        return str(self["license_other"].value() or "").strip() if chosen == OTHER_LICENSE else chosen

    def clean_license(self) -> str:
        if self.cleaned_data["license"] == OTHER_LICENSE and not self.typed_license:
            raise forms.ValidationError(_("Enter the other license, or choose one from the list."))
        return self.typed_license


def last_own_question(user: Any) -> Question | None:
    """Return the newest question of the user, whose license and collection the next ones begin with."""
    return Question.objects.select_related("exam_domain").filter(author=user).order_by("-pk").first()
