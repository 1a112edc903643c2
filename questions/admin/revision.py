"""Wordings with their options: written until they are published, which approving does, and read-only from then on."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms import BaseInlineFormSet, BaseModelFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions import lifecycle
from questions.admin.question import author, name
from questions.interchange.schema import OptionDraft, QuestionDraft, Reference, tidy
from questions.models import Option, Revision

_OPTION = re.compile(r"[a-z0-9]{1,20}\Z")
_REFERENCE = re.compile(r"https?://[^\s/]+\.[^\s]+\Z")


class RevisionForm(forms.ModelForm):
    class Meta:
        model = Revision
        fields = ["question", "kind", "stem", "explanation", "references", "reason"]
        help_texts = {
            "references": gettext_lazy('A list such as [{"title": "…", "url": "https://…", "checked": "2026-11-25"}].'),
            "reason": gettext_lazy("Why there is a new wording."),
        }

    def clean_references(self) -> list[dict[str, str]]:
        rows = self.cleaned_data["references"] or []
        if not isinstance(rows, list) or not all(map(_is_reference, rows)):
            raise forms.ValidationError(_("Each reference needs a title and a url, and may say when it was checked."))
        return rows


def _is_reference(row: Any) -> bool:
    if not isinstance(row, dict) or not {"title", "url"} <= set(row) <= {"title", "url", "checked"}:
        return False
    return all(isinstance(value, str) and value for value in row.values()) and bool(_REFERENCE.match(row["url"]))


class OptionForm(forms.ModelForm):
    """An option; whether it is correct stands in the key of its wording."""

    correct = forms.BooleanField(label=gettext_lazy("Correct"), required=False)

    class Meta:
        model = Option
        fields = ["code", "text", "rationale"]
        help_texts = {"code": gettext_lazy("A stable name such as a, b, c; not a position.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["correct"] = bool(self.instance.revision.key >> self.instance.bit & 1)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not _OPTION.match(code):
            raise forms.ValidationError(_("Use a few small letters or digits."))
        return code

    def validate_constraints(self) -> None:
        """Left to the formset, as all options are written anew: two may swap their codes."""


class OptionFormSet(BaseInlineFormSet):
    def kept(self) -> list[forms.ModelForm]:
        """The forms of options that shall stand, in the order of the page."""
        return [
            form
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("code") and not form.cleaned_data.get("DELETE")
        ]


class OptionInline(admin.StackedInline):
    model = Option
    form = OptionForm
    formset = OptionFormSet
    min_num = 2
    max_num = 30
    validate_min = True
    ordering = ["ordinal"]

    def get_extra(self, request: HttpRequest, obj: Revision | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.n_options else 2

    def get_fields(self, request: HttpRequest, obj: Revision | None = None) -> Any:
        return ["code", "text", "is_key" if obj and obj.published_at else "correct", "rationale"]

    def get_readonly_fields(self, request: HttpRequest, obj: Revision | None = None) -> list[str]:
        return ["is_key"] if obj and obj.published_at else []

    # Options are a part of their wording: who may write it writes them.
    def has_view_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return True

    @admin.display(description=gettext_lazy("correct"), boolean=True)
    def is_key(self, option: Option) -> bool:
        return bool(option.revision.key >> option.bit & 1)


@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):
    form = RevisionForm
    list_display = ["question", "number", "kind", "published_at", "made_by"]
    list_select_related = ["question", "made_by"]
    list_filter = [("published_at", admin.EmptyFieldListFilter), "kind"]
    search_fields = ["question__code", "stem"]
    autocomplete_fields = ["question"]
    inlines = [OptionInline]
    fields = ["question", "state", "kind", "stem", "explanation", "references", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Revision | None = None) -> list[str]:
        return ["state", "question"] if obj else ["state"]

    def has_change_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.published_at)

    def has_delete_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        """One by one and unpublished only: what candidates saw stays."""
        return bool(super().has_delete_permission(request, obj) and obj and obj.published_at is None)

    @admin.display(description=gettext_lazy("state"))
    def state(self, revision: Revision) -> str:
        return name(revision) if revision.pk else _("new")

    def save_model(self, request: HttpRequest, obj: Revision, form: Any, change: bool) -> None:
        if not change:
            lifecycle.begin(obj, now=timezone.now(), by=author(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: list[BaseModelFormSet], change: bool) -> None:
        """Writes the wording whole: options get their bits and places together."""
        options = next(formset for formset in formsets if isinstance(formset, OptionFormSet))
        lifecycle.rewrite(form.instance, _draft(form, options), now=timezone.now(), by=author(request))
        options.new_objects, options.changed_objects, options.deleted_objects = [], [], []

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except lifecycle.Refused as refusal:  # published while it was being edited
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)


def _draft(form: RevisionForm, options: OptionFormSet) -> QuestionDraft:
    said = form.cleaned_data
    return QuestionDraft(
        id=form.instance.question.code,
        kind=said["kind"],
        stem=tidy(said["stem"]),
        options=tuple(
            OptionDraft(
                each.cleaned_data["code"],
                each.cleaned_data["correct"],
                tidy(each.cleaned_data["text"]),
                tidy(each.cleaned_data["rationale"]),
            )
            for each in options.kept()
        ),
        explanation=tidy(said["explanation"]),
        references=tuple(Reference(**row) for row in said["references"]),
    )
