"""The list of questions, and the addresses of the page on which one is written."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ActionLocation
from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import date
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from questions.admin import actions, bulk, conflict, edit, versions
from questions.admin.bulk_edit import Edit
from questions.admin.change_list import QuestionList
from questions.admin.filters import FILTERS, MOST_COUNTED, QUEUES
from questions.models import Question
from questions.models.question import rating_secret

for _act in (Edit(), bulk.Submit(), bulk.TakeBack(), bulk.Retire()):
    bulk.register(_act)

_SHOWN_RATING = Case(When(rating_secret(), then=None), default=F("rating"))  # the order must not tell it


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    list_display = ["wording", "state", "place", "rated", "n", "p", "r", "flags", "changed"]
    list_display_links = None
    list_filter = FILTERS
    actions = bulk.ACTIONS
    list_per_page = 100
    list_max_show_all = 500
    search_fields = ["search_text__contains"]  # it is stored in small letters
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False

    @admin.display(description=gettext_lazy("question"), ordering="code")
    def wording(self, question: Any) -> SafeString:
        beginning = Truncator(" ".join(question.known.stem.split())).chars(110)
        newer = format_html(
            '<a class="sub" href="{}">{}</a>',
            reverse("admin:questions_question_conflict", args=[question.pk]),
            gettext("New version: choose"),
        )
        return format_html(
            '<a href="{}">{}</a> <span class="sub clip">{}</span>{}',
            reverse("admin:questions_question_change", args=[question.pk]),
            question.code,
            beginning,
            newer if question.newer else "",
        )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, question: Question) -> SafeString:
        return format_html('<span class="status {}">{}</span>', question.status, question.get_status_display())

    @admin.display(description=gettext_lazy("exam domain, topic"), ordering="exam_domain__number")
    def place(self, question: Question) -> SafeString:
        topic = question.topic.title if question.topic else ""
        return format_html('{} <span class="sub">{}</span>', question.exam_domain.title, topic)

    @admin.display(description=gettext_lazy("rating"), ordering=_SHOWN_RATING, empty_value="–")
    def rated(self, question: Any) -> str | None:
        """Left out while reviewers rate: nobody sees another's figure before giving one."""
        return f"{question.rating}%" if question.rating_known and question.rating is not None else None

    @admin.display(description="N", ordering="current__statistics__n", empty_value="–")
    def n(self, question: Any) -> int | None:
        known: int | None = question.known.n
        return known

    @admin.display(description="p", ordering="current__statistics__p", empty_value="–")
    def p(self, question: Any) -> str | None:
        return _share(question.known.p)

    @admin.display(description="r", ordering="current__statistics__r", empty_value="–")
    def r(self, question: Any) -> str | None:
        return _share(question.known.r)

    @admin.display(description=gettext_lazy("flags"), empty_value="")
    def flags(self, question: Any) -> SafeString:
        return format_html_join("", '<span class="flag">{}</span>', ((each,) for each in question.known.flags))

    @admin.display(description=gettext_lazy("changed"), empty_value="–")
    def changed(self, question: Any) -> str | None:
        at = question.known.changed
        if at is None:
            return None
        day, today = timezone.localdate(at), timezone.localdate()
        return date(day, "j M" if day.year == today.year else "j M Y")

    def get_actions(self, request: HttpRequest, action_location: Any = ActionLocation.CHANGE_LIST) -> Any:
        """The acts of bulk.py: questions are retired, not deleted."""
        found = super().get_actions(request, action_location=action_location)
        return {name: found[name] for name in sorted(found.keys() & bulk.ACTS, key=lambda name: bulk.ACTS[name].place)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what a filter offers: any column else would tell what the list hides, such as ratings."""
        return any(lookup == each.parameter_name for each in FILTERS)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("questions.approve_question")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuestionList]:
        return QuestionList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term.casefold())  # as search_text is stored

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list. Choices left empty by the form are taken out of the address."""
        said = request.GET.copy()
        for name in [name for name, value in request.GET.items() if not value and name != "all"]:
            del said[name]
        if request.method == "GET" and len(said) < len(request.GET):
            return HttpResponseRedirect(f"{request.path}?{said.urlencode()}")
        chosen = request.GET.get("queue", "")
        queues = [
            {"queue": each, "count": each.count(request), "chosen": each.name == chosen} for each in QUEUES.values()
        ]
        waiting = Question.objects.in_review().order_by()[: MOST_COUNTED + 1].count()
        more = {
            "title": gettext_lazy("Questions"),
            "queues": queues,
            "most": MOST_COUNTED,
            "waiting": waiting,
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        """The stock pages to add and change a question are ours: questions/admin/edit.py."""

        def at(where: str, name: str, view: Any) -> Any:
            return path(where, self.admin_site.admin_view(view), name=f"questions_question_{name}")

        return [
            at("add/", "add", edit.page),
            at("add/lint/", "lint_new", edit.lint),
            at("add/autosave/", "autosave_new", edit.autosave),
            at("add/discard/", "discard_new", edit.discard),
            at("points/", "points", edit.points),
            at("lookup/", "lookup", edit.lookup),
            at("bulk/<slug:name>/", "bulk", bulk.page),
            at("<int:pk>/change/", "change", edit.page),
            at("<int:pk>/lint/", "lint", edit.lint),
            at("<int:pk>/autosave/", "autosave", edit.autosave),
            at("<int:pk>/discard/", "discard", edit.discard),
            at("<int:pk>/copy/", "copy", actions.copy),
            at("<int:pk>/take-back/", "take_back", actions.take_back),
            at("<int:pk>/conflict/", "conflict", conflict.conflict),
            at("<int:pk>/versions/", "versions", versions.versions),
            at("<int:pk>/versions/back/", "roll_back", versions.roll_back),
            *super().get_urls(),
        ]


def _share(value: float | None) -> str | None:
    """A figure between -1 and 1 with two decimals and without the zero before them: .46"""
    return None if value is None else f"{value:.2f}".replace("0.", ".", 1)
