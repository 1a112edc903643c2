"""The forms of an import: a file or pasted text, and what holds for all of its questions."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.formats import registry, zip_packages
from questions.imports.plan import DEFAULT_RATING, ImportSettings
from questions.models import Topic
from questions.services import stored


class SettingsForm(forms.Form):
    """What holds for the whole file, where the file does not say it itself."""

    format = forms.ChoiceField(label=gettext_lazy("Format"), required=False)
    exam_domain = forms.TypedChoiceField(
        label=gettext_lazy("Exam domain"), coerce=int, empty_value=None, required=False
    )
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    rating = forms.IntegerField(
        label=gettext_lazy("Rating"), min_value=5, max_value=97, initial=DEFAULT_RATING, required=False,
        help_text=gettext_lazy("Of 100 candidates who only just pass, how many answer correctly? 70 is usual."),
    )  # fmt: skip
    as_of = forms.DateField(
        label=gettext_lazy("Facts checked on"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The day on which somebody last compared the facts with the documentation."),
    )  # fmt: skip
    license = forms.CharField(label=gettext_lazy("License"), max_length=40, required=False)
    collection = forms.SlugField(
        label=gettext_lazy("Collection"), max_length=40, initial="local", required=False,
        help_text=gettext_lazy("Exams draw from collections: your own questions mix with others only on purpose."),
    )  # fmt: skip
    new_revisions = forms.BooleanField(
        label=gettext_lazy("An id with another text becomes a new revision of the question"), required=False
    )

    def __init__(self, exam: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exam = exam
        domains = [(str(number), f"{number} {title}") for number, title in stored.exam_domain_titles(exam).items()]
        topics = Topic.objects.filter(task__exam_domain__exam=exam).order_by("task__code", "ordinal")
        known = [(each.name, each.title) for each in registry.FORMATS.values() if each.reads]
        self._choices("format", [("", _("Look at the file")), *known])
        self._choices("exam_domain", [("", _("As the file says")), *domains])
        self._choices(
            "topic",
            [
                ("", _("Later")),
                *((each.slug, f"{each.task.code} {each.title}") for each in topics.select_related("task")),
            ],
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def settings(self) -> ImportSettings:
        """What is said, as the import takes it."""
        said = self.cleaned_data
        return ImportSettings(
            self.exam,
            exam_domain=said["exam_domain"],
            topic=said["topic"] or None,
            rating=said["rating"] or DEFAULT_RATING,
            license=said["license"],
            as_of=said["as_of"].isoformat() if said["as_of"] else None,
            collection=said["collection"] or "local",
            new_revisions=said["new_revisions"],
        )


class FileForm(SettingsForm):
    """The first step: a file, or text that is pasted."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste questions"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("For example a numbered question, options A) to D), and a line 'Answer: B'."),
    )  # fmt: skip
    field_order = ["file", "text"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not (cleaned.get("text") or "").strip() and "file" not in self.errors:
            self.add_error("file", _("Choose a file, or paste questions."))
        if cleaned.get("file") and (fault := zip_packages.size_fault(cleaned["file"].size, cleaned["file"].name)):
            self.add_error("file", fault.sentence)
        return cleaned


def mapping(data: QueryDict) -> dict[str, int | None]:
    """Numbers of exam domains for what a file calls them, None where none was chosen."""
    return {
        called: chosen_domain(number)
        for called, number in zip(data.getlist("called"), data.getlist("number"), strict=False)
    }


def chosen_domain(number: str) -> int | None:
    """The number of an exam domain as a form says it."""
    return int(number) if re.fullmatch("[0-9]{1,2}", number) else None
