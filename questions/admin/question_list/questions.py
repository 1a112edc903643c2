"""The list of questions, and the URLs of the pages of a question."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ActionLocation
from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from questions.admin.filter_bar import FilteredAdmin
from questions.admin.imports import exports
from questions.admin.question_list import bulk_actions
from questions.admin.question_list.bulk_edit import Edit
from questions.admin.question_list.change_list import QuestionList
from questions.admin.question_list.filters import FILTERS, MAX_COUNTED, QUEUES, STATISTICS_FILTERS
from questions.models import ItemStatistics, Question
from questions.models.question import rating_secret

for _action in (Edit(), bulk_actions.Submit(), bulk_actions.TakeBack(), bulk_actions.Retire(), bulk_actions.Restore()):
    bulk_actions.register(_action)
bulk_actions.CHANGE_LIST_ACTIONS.append(exports.export)

# The order of the rows must not reveal a hidden rating.
_VISIBLE_RATING = Case(When(rating_secret(), then=None), default=F("rating"))
_STATISTICS_COLUMNS = ("n", "p", "r", "flags")


@admin.register(Question)
class QuestionAdmin(FilteredAdmin):
    list_title = gettext_lazy("Questions")
    list_display = ["wording", "state", "place", "rated", "n", "p", "r", "flags", "changed"]
    change_list_template = "admin/questions/question_list/questions.html"
    list_display_links = None
    list_filter = FILTERS
    actions = bulk_actions.CHANGE_LIST_ACTIONS
    list_per_page = 100
    list_max_show_all = 500
    search_fields = ["search_text__contains"]  # stored in lower case
    search_help_text = gettext_lazy("Search the stem, the options and the code")
    show_full_result_count = False

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave out the columns of statistics until there are any."""
        if ItemStatistics.objects.exists():
            return self.list_display
        return [name for name in self.list_display if name not in _STATISTICS_COLUMNS]

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        """Leave out the filters by statistics until there are any."""
        if ItemStatistics.objects.exists():
            return FILTERS
        return tuple(filter for filter in FILTERS if filter not in STATISTICS_FILTERS)

    @admin.display(description=gettext_lazy("question"), ordering="code")
    def wording(self, question: Any) -> SafeString:
        beginning = Truncator(" ".join(question.details.stem.split())).chars(110)
        newer = format_html(
            '<a class="sub" href="{}">{}</a>',
            reverse("admin:questions_question_conflict", args=[question.pk]),
            gettext("Conflict: choose a version"),
        )
        return format_html(
            '<a href="{}">{}</a> <span class="sub clip">{}</span>{}',
            reverse("admin:questions_question_change", args=[question.pk]),
            question.code,
            beginning,
            newer if question.newer else "",
        )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, question: Any) -> SafeString:
        shown = format_html('<span class="status {}">{}</span>', question.status, question.get_status_display())
        if not question.details.in_work:
            return shown
        numbers = {"work": question.details.newest, "live": question.details.live}
        line = gettext("In work: revision %(work)d, live: revision %(live)d") % numbers
        return format_html('{} <span class="sub">{}</span>', shown, line)

    @admin.display(description=gettext_lazy("exam domain, topic"), ordering="exam_domain__number")
    def place(self, question: Question) -> SafeString:
        topic = question.topic.title if question.topic else ""
        domain = question.exam_domain.title if question.exam_domain else gettext("no exam domain")
        return format_html('{} <span class="sub">{}</span>', domain, topic)

    @admin.display(description=gettext_lazy("rating"), ordering=_VISIBLE_RATING, empty_value="–")
    def rated(self, question: Any) -> str | None:
        """Hide the rating during a review from users who have not rated yet."""
        return f"{question.rating}%" if question.rating_known and question.rating is not None else None

    @admin.display(description=gettext_lazy("seen by"), ordering="current__statistics__n", empty_value="–")
    def n(self, question: Any) -> SafeString | None:
        if question.details.n is None:
            return None
        url = reverse("admin:question_statistics", args=[question.pk])
        return format_html('<a href="{}">{}</a>', url, question.details.n)

    @admin.display(description=gettext_lazy("right"), ordering="current__statistics__p", empty_value="–")
    def p(self, question: Any) -> str | None:
        return None if question.details.p is None else f"{question.details.p:.0%}"

    @admin.display(description=gettext_lazy("discrimination"), ordering="current__statistics__r", empty_value="–")
    def r(self, question: Any) -> str | None:
        return _two_decimals(question.details.r)

    @admin.display(description=gettext_lazy("flags"), empty_value="")
    def flags(self, question: Any) -> SafeString:
        names = dict(ItemStatistics.Flag.choices)
        shown = ((names.get(flag, flag),) for flag in question.details.flags)
        return format_html_join("", '<span class="flag">{}</span>', shown)

    @admin.display(description=gettext_lazy("changed"), empty_value="–")
    def changed(self, question: Any) -> str | None:
        at = question.details.changed
        if at is None:
            return None
        day, today = timezone.localdate(at), timezone.localdate()
        return date(day, "j M" if day.year == today.year else "j M Y")

    def get_actions(self, request: HttpRequest, action_location: Any = ActionLocation.CHANGE_LIST) -> Any:
        """Return the bulk actions and the export only: questions are retired, not deleted."""
        actions = super().get_actions(request, action_location=action_location)
        names = sorted(
            actions.keys() & bulk_actions.BULK_ACTIONS, key=lambda name: bulk_actions.BULK_ACTIONS[name].position
        )
        return {name: actions[name] for name in (*names, "export") if name in actions}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("questions.approve_question")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuestionList]:
        return QuestionList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term.casefold())  # like search_text

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list of questions, with the queues above."""
        chosen = request.GET.get("queue", "")
        queues = [
            {"queue": queue, "count": queue.count(request), "chosen": queue.name == chosen} for queue in QUEUES.values()
        ]
        in_review_count = Question.objects.in_review().order_by()[: MAX_COUNTED + 1].count()
        context = {
            "queues": queues,
            "max_count": MAX_COUNTED,
            "in_review_count": in_review_count,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})


def _two_decimals(value: float | None) -> str | None:
    """Format a number between -1 and 1 with two decimals and without a leading zero: .46"""
    return None if value is None else f"{value:.2f}".replace("0.", ".", 1)
