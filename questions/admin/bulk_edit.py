"""The form that edits facts of many questions at once: only what is filled in is set."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from questions.admin.bulk import Act
from questions.admin.question_form import points_of
from questions.content.schema import MAX_LIVE_RATING, MIN_LIVE_RATING
from questions.models import ExamDomain, Point, Topic
from questions.services import bulk_edit
from questions.services.action_plans import ActionPlan, ActionResult, SelectedQuestion
from questions.services.bulk_edit import FactChanges

_SET = ("topic", "exam_domain", "rating", "as_of", "license", "collection")


class EditForm(forms.Form):
    """What is left empty stays as it is in every question."""

    topic = forms.ModelChoiceField(Topic.objects.none(), required=False, label=gettext_lazy("Topic"))
    exam_domain = forms.ModelChoiceField(
        ExamDomain.objects.all(), required=False, label=gettext_lazy("Exam domain"),
        empty_label=gettext_lazy("as it is"),
        help_text=gettext_lazy("Asked only without a topic; a topic settles it."),
    )  # fmt: skip
    points = forms.MultipleChoiceField(required=False, label=gettext_lazy("Points"))
    rating = forms.IntegerField(
        required=False, min_value=MIN_LIVE_RATING, max_value=MAX_LIVE_RATING,
        label=gettext_lazy("Your rating, in per cent"),
        help_text=gettext_lazy("Of 100 candidates who only just pass, how many answer correctly?"),
    )  # fmt: skip
    unrated_only = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Only questions that nobody has rated")
    )
    as_of = forms.DateField(
        required=False, label=gettext_lazy("Facts checked on"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    license = forms.CharField(required=False, max_length=40, label=gettext_lazy("License of the questions"))
    collection = forms.SlugField(
        required=False, max_length=40, label=gettext_lazy("Name of the collection"),
        help_text=gettext_lazy("Exams draw from the collections that their blueprint names."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["topic"]
        field.queryset = Topic.objects.select_related("task__exam_domain")
        groups: dict[str, list[tuple[int, str]]] = {}
        for topic in field.queryset.order_by("task__exam_domain", "task__code", "ordinal"):
            groups.setdefault(f"{topic.task.exam_domain.number} · {topic.task}", []).append((topic.pk, topic.title))
        field.widget.choices = [("", _("as it is")), *groups.items()]
        points: Any = self.fields["points"]
        points.choices = points_of(self["topic"].value())

    @property
    def known_points(self) -> list[tuple[str, str]]:
        """The points of the chosen topic, as the template of the write page shows them."""
        return points_of(self["topic"].value())

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors and not any(said.get(name) for name in _SET):
            raise forms.ValidationError(_("Fill in what is to be set. What is empty stays as it is."))
        return said

    def changes(self) -> FactChanges:
        said = self.cleaned_data
        return FactChanges(
            exam_domain=said["exam_domain"],
            topic=said["topic"],
            points=tuple(Point.objects.filter(code__in=said["points"])) or None,
            rating=said["rating"],
            unrated_only=said["unrated_only"],
            as_of=said["as_of"],
            license=said["license"] or None,
            collection=said["collection"] or None,
        )


class Edit(Act):
    name, place = "edit", 1
    title, button = gettext_lazy("Edit together"), gettext_lazy("Change them")
    template = "admin/questions/question/bulk_edit.html"

    def settings(self, data: Any) -> EditForm:
        return EditForm(data)

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return bulk_edit.plan_edit(rows, settings.changes(), user)

    def carry_out(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return bulk_edit.edit(plan, settings.changes(), now=timezone.now(), by=user)

    def done(self, count: int) -> str:
        return ngettext("%(n)d question was changed.", "%(n)d questions were changed.", count)

    def entry(self, count: int) -> str:
        return _("Edited, one of %(n)d at once.")
