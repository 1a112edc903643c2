"""The tables of the bank's statistics, as text. What is not known or not defined is a dash or a sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from exams.admin.analysis.flag_advice import flag_name
from exams.admin.analysis.question_figures import Figure, decimal, share
from exams.admin.analysis.question_tables import UNKNOWN
from exams.models import Sitting
from exams.psychometrics.drawing import EXPOSURE_LIMIT
from exams.psychometrics.item_flags import MIN_N_KEY_CHECK
from exams.services.analysis.bank_statistics import BankStatistics, QuestionRow, Stage
from exams.services.analysis.scale_versions import MIN_QUESTIONS
from exams.services.classes import sittings
from questions.content.worth import in_points
from questions.formats.csv_tables import neutralize_formula
from questions.models import AnalysisRun, User

VIEW_CLASSES = "exams.view_sitting"
RATING_BANDS = ((1, 39), (40, 59), (60, 79), (80, 99))
EXPOSURE_BANDS = ((0, 0.05), (0.05, 0.10), (0.10, 0.15), (0.15, 0.20), (0.20, 0.25), (0.25, 1.01))
MAX_EXPOSED = 10  # listed; the file has all
BAR_WIDTH = 160  # pixels of the longest


@dataclass(frozen=True, slots=True)
class StageLine:
    """What becomes known with more answers: a sentence, and the stage."""

    name: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class FlaggedLine:
    """A question with flags."""

    code: str
    url: str
    flags: list[str]
    answered: int
    left_open: int
    right: str
    discrimination: str


@dataclass(frozen=True, slots=True)
class RatingBand:
    """The questions with ratings in a range: how many, the means in percent, and how many ratings disagree."""

    name: str
    n: int
    rating: str
    at_standard: str
    disagree: int


@dataclass(frozen=True, slots=True)
class ExposureBand:
    """The scored questions that a range of the exams contained, and the width of their bar."""

    name: str
    n: int
    width: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class ExposedLine:
    """A scored question and the share of the exams that contained it."""

    code: str
    url: str
    exams: int
    share: str


@dataclass(frozen=True, slots=True)
class FixedForm:
    """A paper that a class sat."""

    name: str
    n: int
    kr20: str


def stage_lines(statistics: BankStatistics) -> list[StageLine]:
    """Return the stages, the first ones first."""
    signals, figures, fit = statistics.stages
    lines = [
        (signals, _("First signals: is a key wrong?")),
        (statistics.scale, _("A scale from answers instead of ratings (%d scored questions)") % MIN_QUESTIONS),
        (figures, _("Right, discrimination, and all flags")),
        (fit, _("Fit to the model")),
    ]
    if statistics.pilots:
        lines.append((statistics.pilots, _("Proposals for pilots")))
    return [StageLine(name, stage) for stage, name in lines]


def flagged_lines(rows: Iterable[QuestionRow]) -> list[FlaggedLine]:
    return [
        FlaggedLine(
            row.code,
            reverse("admin:question_statistics", args=[row.question]),
            [flag_name(flag) for flag in row.flags],
            row.n - row.left_open,
            row.left_open,
            share(row.p) if row.has_figures and row.p is not None else UNKNOWN,
            decimal(row.r) if row.has_figures and row.r is not None else UNKNOWN,
        )
        for row in rows
    ]


def precision(run: AnalysisRun | None) -> list[Figure]:
    """Return how precise scores and decisions are, from the last run."""
    figures = []
    if run and run.exams >= MIN_N_KEY_CHECK and run.reliability is not None:
        note = _("The share of the differences between scores that is ability; the rest is luck. 1 would be perfect.")
        figures.append(Figure(_("Reliability"), decimal(run.reliability), note))
    if run and run.exams >= MIN_N_KEY_CHECK and run.consistency is not None:
        note = _(
            "Of 100 candidates, so many would get the same result, passed or not, in another exam like the newest."
        )
        figures.append(Figure(_("Same decision"), str(round(100 * run.consistency)), note))
    return figures


def fixed_forms(run: AnalysisRun | None, reader: User) -> list[FixedForm]:
    """Return the papers that classes sat, with their KR-20. Only who sees a class sees its name."""
    rows = {row["form"]: row for row in run.fixed_forms} if run else {}
    papers = Sitting.objects.filter(form__in=rows).order_by("opens_at", "pk")
    seen = (
        set(sittings.visible_to(reader).filter(form__in=rows).values_list("pk", flat=True))
        if reader.has_perm(VIEW_CLASSES)
        else set()
    )
    return [
        FixedForm(
            f"{name if pk in seen else _('Class exam')}, {date_format(opens_at, 'DATE_FORMAT')}",
            rows[form]["n"],
            _("all scores are equal") if rows[form]["kr20"] is None else decimal(rows[form]["kr20"]),
        )
        for pk, form, name, opens_at in papers.values_list("pk", "form", "name", "opens_at")
    ]


def bands_of_rating(rows: Sequence[QuestionRow]) -> list[RatingBand]:
    """Return the table beside the chart of ratings."""
    bands = []
    for low, high in RATING_BANDS:
        within = [row for row in rows if low <= (row.rating or 0) <= high]
        ratings = [row.rating or 0 for row in within]
        measured = [row.at_standard or 0 for row in within]
        bands.append(
            RatingBand(
                _("%(low)d to %(high)d%%") % {"low": low, "high": high},
                len(within),
                f"{fmean(ratings):.0f}%" if within else UNKNOWN,
                f"{fmean(measured):.0f}%" if within else UNKNOWN,
                sum(row.rating_disagrees for row in within),
            )
        )
    return bands


def bands_of_exposure(statistics: BankStatistics) -> list[ExposureBand]:
    """Return how many scored questions were in how many of the exams; nothing before the first exam."""
    shares = [value for _row, value in statistics.exposed]
    if not statistics.exams or not shares:
        return []
    counts = [sum(low < value <= high for value in shares) for low, high in EXPOSURE_BANDS]
    never = max(0, statistics.live - sum(counts))  # most of them have no statistics
    longest = max(1, never, *counts)
    bands = [
        ExposureBand(_exposure_name(low, high), n, round(BAR_WIDTH * n / longest), low >= EXPOSURE_LIMIT)
        for (low, high), n in zip(EXPOSURE_BANDS, counts, strict=True)
    ]
    return [ExposureBand(_("in no exam"), never, round(BAR_WIDTH * never / longest), is_over=False), *bands]


def most_exposed(statistics: BankStatistics) -> list[ExposedLine]:
    """Return the questions that most exams contained."""
    return [
        ExposedLine(row.code, reverse("admin:question_statistics", args=[row.question]), row.exposures, share(exposure))
        for row, exposure in statistics.exposed[:MAX_EXPOSED]
        if exposure
    ]


def _exposure_name(low: float, high: float) -> str:
    if high > 1:
        return _("over %d%%") % (100 * low)
    return _("%(low)d to %(high)d%%") % {"low": 100 * low, "high": 100 * high}


def csv_rows(rows: Iterable[QuestionRow]) -> list[list[str]]:
    """Return all figures of all questions as text, with a header; those of few answers too, as `n` is beside them."""
    names = [field.name for field in fields(QuestionRow) if field.name != "worth"]
    table = [[*names, "at_standard", "worth"]]
    for row in rows:
        cells = [_cell(getattr(row, name)) for name in names]
        table.append([*cells, _cell(row.at_standard), in_points(row.worth)])
    return table


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(flag) for flag in value)
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else neutralize_formula(value) if isinstance(value, str) else str(value)


def missing(statistics: BankStatistics, have: int) -> str:
    """Return in a sentence how many finished exams of real candidates the next statistics need."""
    if not statistics.live:
        return _("There are no scored questions yet.")
    signals, figures, fit = statistics.stages
    sentences = (
        (signals, _("First signals need about %(need)d finished exams; you have %(have)d.")),
        (figures, _("Discrimination and all flags need about %(need)d finished exams; you have %(have)d.")),
        (fit, _("Fit to the model needs about %(need)d finished exams; you have %(have)d.")),
    )
    for stage, sentence in sentences:
        if have < stage.exams:
            return sentence % {"need": stage.exams, "have": have}
    if fit.ready == statistics.live:
        return _("%d finished exams are enough for all statistics.") % have
    sentence = _("At the last analysis, %(n)d of %(live)d scored questions had fewer than %(need)d answers.")
    return sentence % {"n": statistics.live - fit.ready, "live": statistics.live, "need": fit.responses}
