"""The forms of an import: a file or pasted text, and the settings for all of its questions."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.admin.editor.license_fields import LicenseForm
from questions.content.schema import DEFAULT_RATING
from questions.content.typed_numbers import whole_number
from questions.formats import registry, zip_packages
from questions.formats.question_tables import CHOSEN_COLUMNS
from questions.imports.plan import ImportSettings
from questions.models import Topic
from questions.services import stored_bank


class SettingsForm(LicenseForm):
    """Values for the whole file, used where the file has none."""

    format = forms.ChoiceField(label=gettext_lazy("Format"), required=False)
    exam_domain = forms.TypedChoiceField(
        label=gettext_lazy("Exam domain"), coerce=int, empty_value=None, required=False
    )
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    rating = forms.IntegerField(
        label=gettext_lazy("Rating"), min_value=5, max_value=97, initial=DEFAULT_RATING, required=False,
        help_text=gettext_lazy("Of 100 candidates who barely pass, how many answer correctly? 70 is usual."),
    )  # fmt: skip
    as_of = forms.DateField(
        label=gettext_lazy("Facts checked on"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The date of the last comparison with the documentation."),
    )  # fmt: skip
    collection = forms.SlugField(
        label=gettext_lazy("Collection"), max_length=40, initial="local", required=False,
        help_text=gettext_lazy("Exams draw questions from the collections in their blueprint."),
    )  # fmt: skip
    new_revisions = forms.BooleanField(
        label=gettext_lazy("If a known id has a different text, import it as a new revision"), required=False
    )
    keep_live = forms.BooleanField(
        label=gettext_lazy("Keep new questions live that are live in the file"), required=False,
        help_text=gettext_lazy("They skip the review: exams can draw them at once. Questions with errors stay drafts."),
    )  # fmt: skip
    full_credit_only = forms.BooleanField(
        label=gettext_lazy("Take questions with other partial credit than here with full credit only"), required=False,
        help_text=gettext_lazy("Otherwise they are refused: here each wrong option takes away what a key earns."),
    )  # fmt: skip
    field_order = [
        "format", "exam_domain", "topic", "rating", "as_of", "license", "license_other", "collection",
        "new_revisions", "keep_live", "full_credit_only",
    ]  # fmt: skip

    def __init__(self, exam: str, *args: Any, may_keep_live: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exam = exam
        if not may_keep_live:
            del self.fields["keep_live"]
        domains = [(str(number), f"{number} {title}") for number, title in stored_bank.exam_domain_titles(exam).items()]
        topics = Topic.objects.filter(task__exam_domain__exam=exam).order_by("task__code", "ordinal")
        formats = [(format.name, format.title) for format in registry.FORMATS.values()]
        self._set_choices("format", [("", _("Detect automatically")), *formats])
        self._set_choices("exam_domain", [("", _("As in the file")), *domains])
        self._set_choices(
            "topic",
            [
                ("", _("Later")),
                *((topic.slug, f"{topic.task.code} {topic.title}") for topic in topics.select_related("task")),
            ],
        )

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def settings(self) -> ImportSettings:
        """Return the validated settings."""
        values = self.cleaned_data
        return ImportSettings(
            self.exam,
            exam_domain=values["exam_domain"],
            topic=values["topic"] or None,
            rating=values["rating"] or DEFAULT_RATING,
            license=values["license"],
            as_of=values["as_of"].isoformat() if values["as_of"] else None,
            collection=values["collection"] or "local",
            new_revisions=values["new_revisions"],
            keep_live=values.get("keep_live", False),
            full_credit_only=values["full_credit_only"],
        )


class FileForm(SettingsForm):
    """The settings with a file or pasted text."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste questions"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("For example, a numbered question, options A) to D) and a line 'Answer: B'."),
    )  # fmt: skip
    field_order = ["file", "text", *SettingsForm.field_order]

    def settings_fields(self) -> list[forms.BoundField]:
        """Return the fields of the settings, without file and text."""
        return [self[name] for name in SettingsForm.field_order if name in self.fields]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not (cleaned.get("text") or "").strip() and "file" not in self.errors:
            self.add_error("file", _("Choose a file or paste questions."))
        if cleaned.get("file") and (fault := zip_packages.size_fault(cleaned["file"].size, cleaned["file"].name)):
            self.add_error("file", fault.sentence)
        return cleaned


def domain_mapping(data: QueryDict) -> dict[str, int | None]:
    """Return the chosen exam domains by their names in the file, None where none was chosen."""
    names, numbers = data.getlist("domain_name"), data.getlist("domain_number")
    return {name: exam_domain_number(number) for name, number in zip(names, numbers, strict=False)}


def chosen_columns(data: QueryDict) -> dict[str, str]:
    """Return what columns of the file are, by their names there; an empty text where none was chosen."""
    pairs = zip(data.getlist("column_name"), data.getlist("column_head"), strict=False)
    return {name: head for name, head in pairs if head in ("", *CHOSEN_COLUMNS)}


def exam_domain_number(text: str) -> int | None:
    """Return the number of an exam domain in a post, or None."""
    return whole_number(text, None, 99)
