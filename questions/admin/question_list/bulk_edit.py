"""The bulk action that edits facts of many questions: only filled fields are set."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from questions.admin.editor.question_fields import FactsForm
from questions.admin.question_list.bulk_actions import BulkAction
from questions.content.schema import MAX_LIVE_RATING, MIN_LIVE_RATING
from questions.models import Point
from questions.models.points_field import PointsFormField
from questions.services import bulk_edit
from questions.services.action_plans import ActionPlan, ActionResult, SelectedQuestion
from questions.services.bulk_edit import FactChanges

_SETTABLE = (
    "topic",
    "exam_domain",
    "unplaced",
    "rating",
    "as_of",
    "license",
    "collection",
    "worth",
    "partial",
    "shuffle",
)
_NO_CHANGE = ("", gettext_lazy("no change"))


class EditForm(FactsForm):
    """The facts to set; empty fields are not changed."""

    no_license = no_topic = no_exam_domain = gettext_lazy("no change")

    unplaced = forms.BooleanField(
        required=False, label=gettext_lazy("Neither: exams draw the questions by collection or tag")
    )
    rating = forms.IntegerField(
        required=False, min_value=MIN_LIVE_RATING, max_value=MAX_LIVE_RATING,
        label=gettext_lazy("Your rating, in percent"),
        help_text=gettext_lazy("Of 100 candidates who barely pass, how many answer correctly?"),
    )  # fmt: skip
    unrated_only = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Only questions that no reviewer has rated")
    )
    collection = forms.SlugField(
        required=False, max_length=40, label=gettext_lazy("Name of the collection"),
        help_text=gettext_lazy("Exams draw questions from the collections in their blueprint."),
    )  # fmt: skip

    worth = PointsFormField(
        required=False, label=gettext_lazy("Points for a right answer"),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )  # fmt: skip
    partial = forms.ChoiceField(
        required=False, label=gettext_lazy("Partial credit"),
        choices=[_NO_CHANGE, ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))],
    )  # fmt: skip
    shuffle = forms.ChoiceField(
        required=False, label=gettext_lazy("Order of the options"),
        choices=[_NO_CHANGE, ("yes", gettext_lazy("random")), ("no", gettext_lazy("as written, for all candidates"))],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and not any(values.get(name) for name in _SETTABLE):
            raise forms.ValidationError(_("Fill in at least one field. Empty fields are not changed."))
        if values.get("unplaced") and (values.get("topic") or values.get("exam_domain")):
            self.add_error("unplaced", _("Choose a topic or an exam domain, or neither."))
        return values

    def changes(self) -> FactChanges:
        values = self.cleaned_data
        return FactChanges(
            exam_domain=values["exam_domain"],
            topic=values["topic"],
            unplaced=values["unplaced"],
            points=tuple(Point.objects.filter(code__in=values["points"])) or None,
            rating=values["rating"],
            unrated_only=values["unrated_only"],
            as_of=values["as_of"],
            license=values["license"] or None,
            collection=values["collection"] or None,
            worth=values["worth"],
            partial=_yes_no(values["partial"]),
            shuffle=_yes_no(values["shuffle"]),
        )


def _yes_no(chosen: str) -> bool | None:
    return None if not chosen else chosen == "yes"


class Edit(BulkAction):
    name, position = "edit", 1
    title, button = gettext_lazy("Edit selected"), gettext_lazy("Change questions")
    template = "admin/questions/question_list/bulk_edit.html"
    done_message = ngettext_lazy("%(n)d question was changed.", "%(n)d questions were changed.", "n")
    log_message = ngettext_lazy("Edited with %(n)d question.", "Edited with %(n)d questions.", "n")

    def settings(self, data: Any) -> EditForm:
        return EditForm(data)

    def plan(self, rows: Sequence[SelectedQuestion], data: Mapping[str, Any], settings: Any, user: Any) -> ActionPlan:
        return bulk_edit.plan_edit(rows, settings.changes(), user)

    def execute(self, plan: ActionPlan, data: Mapping[str, Any], settings: Any, user: Any) -> ActionResult:
        return bulk_edit.edit(plan, settings.changes(), now=timezone.now(), by=user)
