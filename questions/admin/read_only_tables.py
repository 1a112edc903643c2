"""Read-only pages of tables: wordings and history of questions, syllabus, version of the bank."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from questions.admin.filter_bar import known, yes_no
from questions.admin.question_list.filters import exam_domains
from questions.admin.read_only_admin import ReadOnly, ReadOnlyAdmin, account_column
from questions.models import Bank, ExamDomain, History, Option, PlanPart, Point, Revision, Task, Topic
from questions.models.history import HISTORY_ACTIONS


class OptionInline(ReadOnly, admin.TabularInline):
    model = Option
    template = "admin/questions/revision/options.html"  # Django's has empty header cells
    fields = ["code", "text", "is_key", "rationale"]
    readonly_fields = ["is_key"]
    ordering = ["ordinal"]

    @admin.display(description=_("correct"), boolean=True)
    def is_key(self, option: Option) -> bool:
        return bool(option.revision.key >> option.bit & 1)


_MADE_BY = account_column("made_by", _("made by"))


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ["question", "number", "kind", "published_at", _MADE_BY]
    list_select_related = ["question", "made_by"]
    list_filter = [
        yes_no(_("published"), "published_at__isempty", "published_at__isnull", yes=_("not yet"), no=_("published")),
        known(_("kind"), "kind__exact", lambda: Revision.Kind.choices, "kind"),
    ]
    search_fields = ["question__code", "stem"]
    inlines = [OptionInline]
    fields = ["question", "number", "kind", "stem", "explanation", "references", "reason", "published_at", _MADE_BY]
    readonly_fields = [_MADE_BY]


# To look for the actions in use would read the whole table.
ActionFilter = known(_("action"), "action__exact", lambda: HISTORY_ACTIONS.items(), "action")


@admin.register(History)
class HistoryAdmin(ReadOnlyAdmin):
    list_display = ["at", "question", "action", account_column("by", _("by"))]
    list_select_related = ["question", "by"]
    list_filter = [ActionFilter]
    search_fields = ["question__code"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Hide ratings: the history page of the question shows them to users who may know them."""
        return ["before", "after"] if obj and obj.action in ("rated", "rating proposed") else []


@admin.register(Bank)
class BankAdmin(ReadOnlyAdmin):
    list_display = ["version", "manifests"]


@admin.register(ExamDomain)
class ExamDomainAdmin(ReadOnlyAdmin):
    list_display = ["exam", "number", "title"]
    list_display_links = ["title"]


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["code", "title", "exam_domain"]
    list_select_related = ["exam_domain"]
    list_filter = [known(_("exam domain"), "exam_domain__id__exact", exam_domains, "exam_domain")]


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = ["title", "slug", "task"]
    list_select_related = ["task"]
    list_filter = [known(_("exam domain"), "exam_domain", exam_domains, "task__exam_domain")]
    search_fields = ["title", "slug"]


@admin.register(Point)
class PointAdmin(ReadOnlyAdmin):
    list_display = ["code", "text", "topic"]
    list_select_related = ["topic"]
    search_fields = ["code", "text"]


@admin.register(PlanPart)
class PlanPartAdmin(ReadOnlyAdmin):
    list_display = ["exam", "weeks", "focus"]
    list_display_links = ["focus"]
