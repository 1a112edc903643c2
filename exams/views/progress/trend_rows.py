"""The rows of the table of scores, joined here for speed: there can be a hundred exams."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.services.progress.trend import ScoredExam, TrendPoint

ANY_EXAM = UUID(int=0)


def table_rows(points: Iterable[TrendPoint]) -> SafeString:
    """Return the rows of the table, in this order."""
    report = reverse("report", args=[ANY_EXAM])
    score, band, change = _("Score"), _("Band"), _("Change")
    passed, failed = _("Passed"), _("Not passed")
    within, more = _("within chance"), _("more than chance")
    rows = []
    for point in points:
        exam = point.exam
        day = date_format(localtime(exam.started_at), "DATE_FORMAT")
        bounds = "–" if exam.unreliable else f"{exam.band_lo}–{exam.band_hi}"
        moved = "–"
        if point.change is not None:
            plus = "+" if point.change > 0 else ""
            moved = f'<span class="num">{plus}{point.change}</span>, {within if point.within_chance else more}'
        rows.append(
            f'<tr><th scope="row"><a href="{report.replace(str(ANY_EXAM), str(exam.uuid))}">{day}</a></th>'
            f'<td class="n" data-label="{score}">{exam.scaled}</td><td data-label="{band}">{bounds}</td>'
            f"<td>{passed if exam.passed else failed}{_doubts(exam)}</td>"
            f'<td data-label="{change}">{moved}</td></tr>'
        )
    return mark_safe("\n".join(rows))


def _doubts(exam: ScoredExam) -> str:
    """Return why a score is unreliable, if it is."""
    doubts = []
    if exam.hollow:
        doubts.append(_("%(n)d not answered") % {"n": exam.unanswered})
    if exam.repetitive:
        doubts.append(ngettext("%(n)d repeat", "%(n)d repeats", exam.repeats) % {"n": exam.repeats})
    if exam.hasty:
        doubts.append(_("rushed"))
    return "".join(f' <span class="unit">{doubt}</span>' for doubt in doubts)
