"""Questions: their facts, and the way to their wordings."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from questions import lifecycle, reviewing
from questions.models import Blueprint, Question, QuestionPoint, Revision, Waiver

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


class QuestionForm(forms.ModelForm):
    """The facts; what the constraints would refuse is said beside its field."""

    class Meta:
        model = Question
        fields = [
            "code",
            "exam_domain",
            "topic",
            "rating",
            "as_of",
            "license",
            "collection",
            "author",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = Blueprint.objects.order_by("-loaded_at").first()
        if not self.instance.pk and newest and "collection" in self.fields:
            # A collection that no exam draws from would never be asked.
            self.initial.setdefault("collection", newest.exam.collections[0])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not _CODE.match(code):
            raise forms.ValidationError(_("Use small letters, digits and single hyphens."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        topic, exam_domain = cleaned.get("topic"), cleaned.get("exam_domain")
        if topic and exam_domain and topic.task.exam_domain_id != exam_domain.pk:
            self.add_error("topic", _("This topic belongs to another exam domain. Change one of them."))
        if self.instance.status in lifecycle.ASKABLE:
            rating = cleaned.get("rating")
            if "rating" not in self.errors and (rating is None or not reviewing.LEAST <= rating <= reviewing.MOST):
                self.add_error("rating", _("A live or pilot question needs a rating from 5 to 97."))
            for field in ("as_of", "license"):
                if not cleaned.get(field) and field not in self.errors:
                    self.add_error(field, _("A live or pilot question needs this."))
        return cleaned


class PointInline(admin.StackedInline):
    model = QuestionPoint
    fields = ["point", "ordinal"]
    autocomplete_fields = ["point"]
    extra = 0
    verbose_name = gettext_lazy("point of the syllabus")
    verbose_name_plural = gettext_lazy("points of the syllabus")


class WaiverInline(admin.StackedInline):
    model = Waiver
    fields = ["rule", "reason"]
    extra = 0


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    form = QuestionForm
    list_display = ["code", "status", "exam_domain", "topic", "rating", "current_number", "origin"]
    list_select_related = ["exam_domain", "topic", "current"]
    list_filter = ["status", "exam_domain", "origin", "collection"]
    search_fields = ["search_text"]
    actions = ["retire"]
    autocomplete_fields = ["topic"]
    inlines = [PointInline, WaiverInline]
    readonly_fields = ["status", "wordings", "enemies", "origin"]  # steps of its life are buttons
    fields = [
        "code", "status", "wordings", "exam_domain", "topic", "rating", "as_of", "license", "collection",
        "author", "enemies", "origin",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> list[str]:
        # The code is in the bits of every option: it never changes.
        return [*self.readonly_fields, "code"] if obj else list(self.readonly_fields)

    @admin.display(description=gettext_lazy("wording"), ordering="current__number")
    def current_number(self, question: Question) -> int | None:
        return question.current.number if question.current else None

    @admin.display(description=gettext_lazy("wordings"))
    def wordings(self, question: Question) -> SafeString | str:
        if not question.pk:
            return _("Save the question first.")
        add = format_html(
            '<a href="{}?question={}">{}</a>', reverse("admin:questions_revision_add"), question.pk, _("Add a wording")
        )
        rows = format_html_join(
            "", '<li><a href="{}">{}</a></li>', ((revision_url(each), name(each)) for each in question.revisions.all())
        )
        return format_html("<ul>{}</ul>", rows) if rows else add

    @admin.display(description=gettext_lazy("enemies"))
    def enemies(self, question: Question) -> str:
        pairs = [*question.enemies_above.select_related("high"), *question.enemies_below.select_related("low")]
        codes = sorted(pair.high.code if pair.low_id == question.pk else pair.low.code for pair in pairs)
        return ", ".join(codes) or "-"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term.casefold())  # as search_text is stored

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        lifecycle.save_facts(obj, now=timezone.now(), by=author(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: list[BaseModelFormSet], change: bool) -> None:
        question: Question = form.instance
        before = _rows(question)
        super().save_related(request, form, formsets, change)
        after = _rows(question)
        if before != after:
            by = author(request)
            lifecycle.record(question, "edited", now=timezone.now(), by=by, before=before, after=after)

    @admin.action(description=gettext_lazy("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        now = timezone.now()
        count = sum(lifecycle.retire(question, now=now, by=author(request)) for question in queryset)
        said = ngettext("%(count)d question was retired.", "%(count)d questions were retired.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)

    def get_urls(self) -> list[Any]:
        revise = self.admin_site.admin_view(require_POST(self.revise))
        submit = self.admin_site.admin_view(require_POST(self.submit))
        return [
            path("<int:pk>/revise/", revise, name="questions_question_revise"),
            path("<int:pk>/submit/", submit, name="questions_question_submit"),
            *super().get_urls(),
        ]

    def submit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hands the wording in work to the reviewers, or says what stands in the way."""
        question = get_object_or_404(Question, pk=pk)
        if not self.has_change_permission(request, question):
            raise PermissionDenied
        try:
            reviewing.submit(question, now=timezone.now(), by=author(request))
        except reviewing.Unready as refusal:
            said = " ".join(finding.sentence for finding in refusal.found)
            self.message_user(request, f"{refusal} {said}", messages.ERROR)
        except lifecycle.Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.log_change(request, question, "submitted")
            self.message_user(request, _("%s waits for a reviewer now.") % question.code, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:questions_question_change", args=[pk]))

    def revise(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Makes, or finds, the unpublished wording of a question and leads to it."""
        if not request.user.has_perm("questions.add_revision"):
            raise PermissionDenied
        question = get_object_or_404(Question, pk=pk)
        try:
            revision = lifecycle.revise(question, now=timezone.now(), by=author(request))
        except lifecycle.Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:questions_question_change", args=[question.pk]))
        return HttpResponseRedirect(revision_url(revision))


def author(request: HttpRequest) -> Any:
    """The signed-in user, as the histories name them."""
    return request.user


def revision_url(revision: Revision) -> str:
    """The admin page of a wording."""
    return reverse("admin:questions_revision_change", args=[revision.pk])


def name(revision: Revision) -> str:
    """A wording, said by number and state."""
    if revision.published_at is None:
        return _("revision %(number)d, not published") % {"number": revision.number}
    day = timezone.localtime(revision.published_at).date().isoformat()
    return _("revision %(number)d, published %(day)s") % {"number": revision.number, "day": day}


def _rows(question: Question) -> dict[str, Any]:
    points = QuestionPoint.objects.filter(question=question).order_by("ordinal", "pk")
    return {
        "points": list(points.values_list("point__code", flat=True)),
        "waivers": list(question.waivers.order_by("pk").values("rule", "reason")),
    }
