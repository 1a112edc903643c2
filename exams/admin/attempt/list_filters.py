"""Filters of attempts and score reports. Their values are known; to look for them would read the whole table."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exams.models import Attempt, Mode
from questions.admin.filter_bar import known, yes_no
from questions.models import Blueprint


def _exams() -> Iterable[tuple[str, str]]:
    return [(code, code) for code in Blueprint.objects.order_by("code").values_list("code", flat=True).distinct()]


ExamFilter = known(_("exam"), "blueprint_code__exact", _exams, "blueprint_code")
ReportedExamFilter = known(_("exam"), "exam", _exams, "attempt__blueprint_code")
FormExamFilter = known(_("exam"), "exam", _exams, "blueprint__code")
CauseFilter = known(_("cause"), "cause__exact", lambda: [("finish", _("finish")), ("ruling", _("ruling"))], "cause")
StatusFilter = known(_("status"), "status__exact", lambda: Attempt.Status.choices, "status")
ModeFilter = known(_("mode"), "mode__exact", lambda: Mode.choices, "mode")
PracticeFilter = known(
    _("kind of practice"), "practice_kind__exact", lambda: Attempt.PracticeKind.choices, "practice_kind"
)
SyntheticFilter = yes_no(_("simulated"), "synthetic__exact", "synthetic", yes=_("simulated"), no=_("of people"))
_DAYS = {"1": _("in the last 24 hours"), "7": _("in the last 7 days"), "30": _("in the last 30 days")}


def _of_last_days(rows: QuerySet[Attempt], days: str) -> QuerySet[Attempt]:
    return rows.filter(started_at__gte=timezone.now() - timedelta(days=int(days)))


StartedFilter = known(_("started"), "started", _DAYS.items, _of_last_days)
