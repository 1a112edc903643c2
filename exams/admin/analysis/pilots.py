"""Pilots in the admin: how far each is, which are proposed for promotion, what a human decides; and worn questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.analysis.flag_advice import flag_name
from exams.admin.analysis.question_figures import decimal, share
from exams.admin.analysis.question_statistics import VIEW
from exams.admin.analysis.question_tables import UNKNOWN
from exams.psychometrics.item_flags import (
    INFIT_RANGE,
    MAX_OMIT_SHARE,
    MIN_N_FIT,
    MIN_N_KEY_CHECK,
    PROMOTION_P,
    PROMOTION_R,
    PROMOTION_SE,
    Obstacle,
)
from exams.services.analysis import pilot_decisions
from exams.services.analysis.pilot_decisions import DriftRow, PilotRow, RetirementRow
from questions.admin.staff_page import staff_page
from questions.content.typed_numbers import whole_number
from questions.models import Question
from questions.services.authorship import APPROVE
from questions.services.errors import RefusedError

PILOTS_PER_PAGE = 50
DECISIONS = {"promote": pilot_decisions.promote, "drop": pilot_decisions.drop}
MAX_REASON_CHARS = 500

OBSTACLES: Mapping[Obstacle, Any] = {
    Obstacle.P: gettext_lazy("right answers are not between %(low).0f and %(high).0f %%")
    % {"low": 100 * PROMOTION_P[0], "high": 100 * PROMOTION_P[1]},
    Obstacle.R: gettext_lazy("discrimination is below %s") % decimal(PROMOTION_R),
    Obstacle.KEY: gettext_lazy("the key is doubtful"),
    Obstacle.DISTRACTORS: gettext_lazy("a wrong option attracts those who know more, or hardly anybody"),
    Obstacle.OMITTED: gettext_lazy("more than %.0f %% leave it unanswered") % (100 * MAX_OMIT_SHARE),
    Obstacle.SE: gettext_lazy("its difficulty is uncertain by more than %s on the scale") % decimal(PROMOTION_SE),
    Obstacle.INFIT: gettext_lazy("the answers do not fit the model (infit outside %(low)s to %(high)s)")
    % {"low": decimal(INFIT_RANGE[0]), "high": decimal(INFIT_RANGE[1])},
}


@dataclass(frozen=True, slots=True)
class PilotLine:
    """One pilot as text. `n` of `needed` answers; `obstacles` are sentences, empty if it is proposed."""

    question: Question
    n: int
    needed: int
    right: str
    discrimination: str
    difficulty: str
    obstacles: list[str]
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class WornLine:
    """A live question that has drifted or measures nothing, and what was found."""

    question: Question
    n: int
    finding: str


@staff_page(VIEW, "admin/exams/analysis/pilots.html", post=APPROVE)
def page(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Show the pilots; on POST, promote or drop one."""
    if request.method == "POST":
        _decide(request)
        return redirect("admin:pilots")
    rows = pilot_decisions.pilot_rows()
    shown = Paginator(rows, PILOTS_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "title": _("Pilots"),
        "n_pilots": sum(row.in_exams for row in rows),
        "n_unused": sum(not row.in_exams for row in rows),
        "n_proposed": sum(row.is_proposed for row in rows),
        "needed": MIN_N_FIT,
        "synthetic": any(row.row.synthetic for row in rows if row.row),
        "page": shown,
        "lines": [pilot_line(row) for row in shown],
        "drifted": [drift_line(row) for row in pilot_decisions.drift_rows()],
        "worn": [retirement_line(row) for row in pilot_decisions.retirement_rows()],
        "may_decide": request.user.has_perm(APPROVE),
        "max_reason": MAX_REASON_CHARS,
    }


def pilot_line(found: PilotRow) -> PilotLine:
    row = found.row
    shows = row is not None and row.has_figures
    if found.n < MIN_N_FIT and not found.in_exams:
        obstacles = [_("no exam draws such questions from the collection %s") % found.question.collection]
    elif found.n < MIN_N_FIT:
        obstacles = [_("%d more answers are needed") % (MIN_N_FIT - found.n)]
        if Obstacle.KEY in found.obstacles and found.n >= MIN_N_KEY_CHECK:
            obstacles.append(str(OBSTACLES[Obstacle.KEY]))
    else:
        obstacles = [str(OBSTACLES[obstacle]) for obstacle in found.obstacles]
    difficulty = UNKNOWN
    if row and shows and row.b is not None and row.se is not None:
        difficulty = _("%(b)s ± %(se)s") % {"b": decimal(row.b), "se": decimal(row.se)}
    return PilotLine(
        question=found.question,
        n=found.n,
        needed=MIN_N_FIT,
        right=share(row.p) if row and shows and row.p is not None else UNKNOWN,
        discrimination=decimal(row.r) if row and shows and row.r is not None else UNKNOWN,
        difficulty=difficulty,
        obstacles=obstacles,
        is_proposed=found.is_proposed,
    )


def drift_line(found: DriftRow) -> WornLine:
    sentence = (
        _("was %(before)s, is %(now)s: harder now") if found.change > 0 else _("was %(before)s, is %(now)s: easier now")
    )
    return WornLine(found.question, found.n, sentence % {"before": decimal(found.scale_b), "now": decimal(found.b)})


def retirement_line(found: RetirementRow) -> WornLine:
    return WornLine(found.question, found.row.n, ", ".join(flag_name(flag) for flag in found.flags))


def _decide(request: HttpRequest) -> None:
    """Carry out the decision of a form, or say why not."""
    decide = DECISIONS.get(request.POST.get("decision", ""))
    pk, version = (whole_number(request.POST.get(name, ""), None) for name in ("question", "version"))
    if decide is None or pk is None or version is None:
        messages.error(request, _("This page is outdated. Choose again."))
        return
    reason = request.POST.get("reason", "")[:MAX_REASON_CHARS]
    try:
        question = decide(pk, version, reason=reason, by=request.user, now=timezone.now())
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return
    sentences = {
        "promote": _("%s counts in exams that start from now on."),
        "drop": _("%s is in no exam that starts from now on."),
    }
    messages.success(request, sentences[request.POST["decision"]] % question.code)
