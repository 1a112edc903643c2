"""The syllabus: its file is its only author."""

from django.contrib import admin

from questions.admin.readonly import ReadOnlyAdmin
from questions.models import ExamDomain, PlanPart, Point, Task, Topic


@admin.register(ExamDomain)
class ExamDomainAdmin(ReadOnlyAdmin):
    list_display = ["exam", "number", "title"]
    list_display_links = ["title"]


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["code", "title", "exam_domain"]
    list_select_related = ["exam_domain"]
    list_filter = ["exam_domain"]


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = ["title", "slug", "task"]
    list_select_related = ["task"]
    list_filter = ["task__exam_domain"]
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
