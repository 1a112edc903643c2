"""The only writer of item and option statistics: compute them from all responses, and flag what needs a look.

Import it in commands and in jobs with a process of their own: it imports numpy. A run commits its revisions in chunks
together with its place, so that another process can continue it, and running twice changes nothing but the time.

Earlier revisions that were marked as the same item get the same statistics, for the reviews of exams that asked them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from exams.models import Attempt, Response
from exams.psychometrics import item_statistics, scaling
from exams.psychometrics.item_flags import Difficulty, Flag, ItemFigures, find_flags
from exams.psychometrics.item_statistics import ResponseColumns
from exams.services.analysis import analysis_runs, calibration, first_scores, scale_versions
from exams.services.analysis.calibration import ItemFit
from exams.services.analysis.responses import Sample, read_sample, same_items
from exams.services.analysis.score_precision import ScorePrecision, score_precision
from exams.services.attempt import active_scale
from questions.models import AnalysisRun, ItemParameter, ItemStatistics, OptionStatistics, Question, Revision
from questions.services.drawn_questions import of_syllabus
from questions.services.jobs import Work

REVISIONS_PER_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class AnalyzedItem:
    """The statistics of a revision. `code` is that of its question."""

    revision: int
    code: str
    exposures: int
    figures: ItemFigures
    measured: ItemFit
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The statistics of all revisions with responses, by primary key. `written`: they are in the tables."""

    items: tuple[AnalyzedItem, ...]
    exams: int
    responses: int
    precision: ScorePrecision
    written: bool

    @property
    def flagged(self) -> dict[str, list[str]]:
        """The codes of the questions that have each flag."""
        codes: dict[str, set[str]] = defaultdict(set)
        for item in self.items:
            for flag in item.flags:
                codes[flag.value].add(item.code)
        return {flag.value: sorted(codes[flag.value]) for flag in Flag if flag.value in codes}


def analyze(exam: str, clock: Callable[[], datetime], *, synthetic: bool = False) -> Analysis:
    """Compute and write the statistics of an exam from its real attempts, or from simulated ones.

    `exam` is the code of a syllabus. Simulated attempts are for trying it out: once a real one has a score, their
    statistics are computed but not written.
    """
    if synthetic and Attempt.objects.scored_exams().of_exam(exam).exists():
        return _compute(exam, synthetic=True)
    return _write(analysis_runs.begin(exam, clock(), synthetic=synthetic), clock)


def perform(work: Work) -> None:
    """Start or continue the run of a job."""
    run = AnalysisRun.objects.filter(pk=work.data["run"], finished_at=None).first()
    if run is not None:
        _write(run, work.now, work.advance)


def _compute(exam: str, *, synthetic: bool, say_alive: Callable[[], None] = lambda: None) -> Analysis:
    """Compute everything. With millions of responses each part takes minutes, after which `say_alive` is called."""
    sample = read_sample(exam, synthetic=synthetic)
    say_alive()
    revisions = Revision.objects.filter(pk__in=sample.revisions.tolist()).order_by("pk")
    rows = list(revisions.values_list("pk", "question__code", "question__rating", "n_options"))
    scale = active_scale.find(exam, real=not synthetic)
    parameters = scale_versions.parameters_of(scale) if scale else {}
    b = _difficulties(sample, parameters)
    criterion = _criterion(sample, b if parameters else None)
    figures = item_statistics.analyze(
        ResponseColumns(sample.item, sample.correct, sample.ticked, criterion, sample.seconds, sample.reached),
        [n_options for *_, n_options in rows],
    )
    say_alive()
    pace = item_statistics.medians(np.zeros(len(sample), np.intp), np.where(sample.reached, sample.seconds, 0), 1)
    usual = float(pace[0]) if np.isfinite(pace[0]) else None
    keys, second_keys = _keys(sample, sample.key), _keys(sample, sample.also)
    judged, measurement = _judged(sample), calibration.measure(sample, parameters)
    measured = measurement.items
    say_alive()
    items = tuple(
        AnalyzedItem(
            pk,
            code,
            int(sample.exposures[number]),
            figure,
            measured[pk],
            find_flags(
                *(figure, keys[number], usual, _difficulty(measured[pk], parameters.get(pk), rating)),
                also=second_keys[number],
            )
            if judged[number]
            else (),
        )
        for number, ((pk, code, rating, _), figure) in enumerate(zip(rows, figures, strict=True))
    )
    return Analysis(
        items,
        len(sample.attempts),
        int(sample.reached.sum()),
        score_precision(sample, measurement, b),
        written=False,
    )


def _difficulties(sample: Sample, parameters: Mapping[int, ItemParameter]) -> NDArray[np.float64]:
    """Return the b of the question of each response: that of the scale, else that of its rating."""
    rated = np.array([0.0, *(scaling.difficulty(rating) for rating in range(1, 100))])[sample.rating]
    known = np.array([parameters[pk].b if pk in parameters else np.nan for pk in sample.revisions.tolist()])
    return np.where(np.isnan(known[sample.item]), rated, known[sample.item])


def _criterion(sample: Sample, b: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return the level of the candidate without this response: an ability with a scale, else a lead in points."""
    if b is None:
        return item_statistics.rest_scores(sample.attempt, sample.counts, sample.correct, sample.rating / 100)
    return item_statistics.rest_abilities(sample.attempt, sample.counts, sample.correct, b)


def _keys(sample: Sample, masks: NDArray[np.int32]) -> list[int]:
    """Return the mask of each item, as rulings have left it, from those of its responses."""
    keys = np.zeros(len(sample.revisions), np.int64)
    keys[sample.item] = masks
    return [int(key) for key in keys]


def _judged(sample: Sample) -> NDArray[np.bool_]:
    """Return which items are in use: what a ruling has withdrawn or credited to everybody needs no flag."""
    return np.bincount(sample.item[sample.valid | ~sample.reached], minlength=len(sample.revisions)) > 0


def _difficulty(measured: ItemFit, parameter: ItemParameter | None, rating: int | None) -> Difficulty:
    """Return how difficult the responses show the question to be, beside its difficulty on the scale and its rating."""
    return Difficulty(
        measured.b,
        measured.se,
        earlier_b=parameter.b if parameter else None,
        earlier_se=parameter.se if parameter else None,
        rated_b=scaling.difficulty(rating) if rating else None,
        infit=measured.infit,
    )


def _write(
    run: AnalysisRun, clock: Callable[[], datetime], advance: Callable[..., None] = lambda **progress: None
) -> Analysis:
    """Compute and write everything after the place of the run. `advance` reports each step, as that of a job does."""
    analysis = _compute(run.exam, synthetic=run.synthetic, say_alive=advance)
    precision = analysis.precision
    analysis_runs.record(
        run,
        total=len(analysis.items),
        exams=analysis.exams,
        responses=analysis.responses,
        reliability=precision.reliability,
        consistency=precision.consistency,
        fixed_forms=list(precision.fixed_forms),
        first_scores={} if run.synthetic else first_scores.count(run.exam, clock()),
    )
    earlier = _earlier_revisions()
    left = [item for item in analysis.items if item.revision > run.place]
    done = run.total - len(left)
    advance(progress=done, total=run.total)
    for chunk in batched(left, REVISIONS_PER_TRANSACTION):
        done += len(chunk)
        with transaction.atomic():
            _write_items([same for item in chunk for same in _of_all_revisions(item, earlier)], run.synthetic)
            analysis_runs.record(run, place=chunk[-1].revision)
            advance(progress=done, total=run.total)
    with transaction.atomic():
        current = [same.revision for item in analysis.items for same in _of_all_revisions(item, earlier)]
        outdated = _of_no_other_exam(run.exam).exclude(revision__in=current)
        if not analysis.items:  # no response: what was tried out with simulated exams stays
            outdated = outdated.filter(synthetic=run.synthetic)
        outdated.delete()
        advance()
        analysis_runs.finish(run, clock())
    return replace(analysis, written=True)


def _of_no_other_exam(exam: str) -> QuerySet[ItemStatistics]:
    """Return the statistics of the questions of an exam, without those that finished attempts at others answered."""
    others = Attempt.objects.finished_exams().exclude(pk__in=Attempt.objects.of_exam(exam).order_by().values("pk"))
    elsewhere = Response.objects.filter(revision=OuterRef("revision"), attempt__in=others)
    return ItemStatistics.objects.filter(
        ~Exists(elsewhere), revision__question__in=Question.objects.filter(of_syllabus(exam))
    )


def _earlier_revisions() -> Mapping[int, list[int]]:
    """Return the earlier revisions of each item, by the newest: one query."""
    earlier = defaultdict(list)
    for old, new in same_items().items():
        earlier[new].append(old)
    return earlier


def _of_all_revisions(item: AnalyzedItem, earlier: Mapping[int, list[int]]) -> list[AnalyzedItem]:
    """Return the item, and the same for each earlier revision."""
    return [item, *(replace(item, revision=old) for old in earlier.get(item.revision, ()))]


def _write_items(items: Sequence[AnalyzedItem], synthetic: bool) -> None:
    rows = [
        ItemStatistics(
            revision_id=item.revision,
            synthetic=synthetic,
            n=item.figures.n,
            exposures=item.exposures,
            p=item.figures.p,
            r=item.figures.r,
            upper_lower=item.figures.upper_lower,
            infit=item.measured.infit,
            b=item.measured.b,
            se=item.measured.se,
            curve=[[round(group.ability, 4), group.n, group.right] for group in item.measured.groups],
            median_seconds=item.figures.median_seconds,
            omit=item.figures.omit,
            not_reached=item.figures.not_reached,
            flags=[flag.value for flag in item.flags],
        )
        for item in items
    ]
    columns = [field.name for field in ItemStatistics._meta.concrete_fields if field.name not in ("id", "revision")]
    ItemStatistics.objects.bulk_create(rows, update_conflicts=True, unique_fields=["revision"], update_fields=columns)
    keys = dict(
        ItemStatistics.objects.filter(revision__in=[item.revision for item in items]).values_list("revision", "pk")
    )
    OptionStatistics.objects.filter(statistics__in=keys.values()).delete()
    OptionStatistics.objects.bulk_create(
        OptionStatistics(
            statistics_id=keys[item.revision],
            bit=option.bit,
            count=option.count,
            mean=option.mean,
            r=option.r,
            low=option.low,
            mid=option.mid,
            high=option.high,
        )
        for item in items
        for option in item.figures.options
    )


def remove_synthetic() -> None:
    """Remove the statistics of simulated responses."""
    OptionStatistics.objects.filter(statistics__synthetic=True).delete()
    ItemStatistics.objects.filter(synthetic=True).delete()
