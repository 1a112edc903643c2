"""The list of questions, and the addresses of the page on which one is written."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from questions import lifecycle
from questions.admin import acts, conflict, versions, write
from questions.models import Question


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    list_display = ["code", "status", "exam_domain", "topic", "known_rating", "current_number", "origin"]
    list_select_related = ["exam_domain", "topic", "current"]
    list_filter = ["status", "exam_domain", "origin", "collection"]
    search_fields = ["search_text"]
    actions = ["retire"]

    @admin.display(description=gettext_lazy("wording"), ordering="current__number")
    def current_number(self, question: Question) -> int | None:
        return question.current.number if question.current else None

    @admin.display(description=gettext_lazy("rating"))
    def known_rating(self, question: Question) -> int | None:
        """Left out while reviewers rate: nobody sees another's figure before giving one."""
        return None if question.status == Question.Status.REVIEW else question.rating

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term.casefold())  # as search_text is stored

    @admin.action(description=gettext_lazy("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        now = timezone.now()
        count = sum(lifecycle.retire(question, now=now, by=author(request)) for question in queryset)
        said = ngettext("%(count)d question was retired.", "%(count)d questions were retired.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)

    def get_urls(self) -> list[Any]:
        """The stock pages to add and change a question are ours: questions/admin/write.py."""

        def at(where: str, name: str, view: Any) -> Any:
            return path(where, self.admin_site.admin_view(view), name=f"questions_question_{name}")

        return [
            at("add/", "add", write.page),
            at("add/lint/", "lint_new", write.lint),
            at("add/autosave/", "autosave_new", write.autosave),
            at("add/discard/", "discard_new", write.discard),
            at("points/", "points", write.points),
            at("lookup/", "lookup", write.lookup),
            at("<int:pk>/change/", "change", write.page),
            at("<int:pk>/lint/", "lint", write.lint),
            at("<int:pk>/autosave/", "autosave", write.autosave),
            at("<int:pk>/discard/", "discard", write.discard),
            at("<int:pk>/copy/", "copy", acts.copy),
            at("<int:pk>/take-back/", "take_back", acts.take_back),
            at("<int:pk>/conflict/", "conflict", conflict.conflict),
            at("<int:pk>/versions/", "versions", versions.versions),
            at("<int:pk>/versions/back/", "roll_back", versions.roll_back),
            *super().get_urls(),
        ]


def author(request: HttpRequest) -> Any:
    """The signed-in user, as the histories name them."""
    return request.user
