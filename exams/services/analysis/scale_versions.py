"""The only writer of scale versions and their parameters: store, preview, activate, remove those of simulated exams.

Nothing here imports numpy: pages use it. `calibration` estimates the difficulties.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exams.models import Attempt, Form, PassLineRule, Response
from exams.services.attempt import active_scale, pass_lines
from questions.models import ItemParameter, ScaleActivation, ScaleVersion
from questions.services.bank_version import raise_bank_version
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

CALIBRATION = "calibration"  # the kind of the job
MIN_RESPONSES = 50  # to a question that gets a difficulty
MIN_QUESTIONS = 100  # scored ones with so many responses, for a first scale
PREVIEWED_FORMS = 100  # the newest scored exams


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean, lowest and highest of some pass lines, in questions."""

    mean: float
    min: float
    max: float


@dataclass(frozen=True, slots=True)
class ScalePreview:
    """What a scale would change for the newest scored exams, if they had been drawn with it.

    `calibrated` of the `forms` would have a pass line by the scale, the others by ratings. Pass lines are in
    questions, pass rates shares; None without exams. `would_pass` and `would_fail` count the changed results.
    """

    forms: int
    calibrated: int
    pass_line_before: Spread | None
    pass_line_after: Spread | None
    pass_rate_before: float | None
    pass_rate_after: float | None
    would_pass: int
    would_fail: int


def store(version: ScaleVersion, parameters: Sequence[ItemParameter]) -> ScaleVersion:
    """Store an inactive version with its parameters. It replaces earlier ones that nobody has ever activated.

    Versions of all exams are numbered in one row.
    """
    with transaction.atomic():
        last = ScaleVersion.objects.order_by("-number").first()
        version.number = last.number + 1 if last else 1
        drafts = ScaleVersion.objects.filter(
            exam=version.exam, synthetic=version.synthetic, activations=None, active=False
        )
        used = Form.objects.exclude(scale=None).order_by().values("scale")
        drafts.exclude(pk__in=used).exclude(pk__in=_bases()).delete()
        version.save(force_insert=True)
        for parameter in parameters:
            parameter.scale = version
        ItemParameter.objects.bulk_create(parameters, batch_size=1000)
    log.info("stored scale version %d of %s with %d difficulties", version.number, version.exam, len(parameters))
    return version


def preview(scale: ScaleVersion) -> ScalePreview:
    """Compare the pass lines and results of the newest scored exams with those that this scale of theirs would give."""
    exams = Attempt.objects.of_exam(scale.exam).filter(
        report__pass_line__isnull=False, mode="exam", synthetic=scale.synthetic
    )
    attempts = list(exams.select_related("report").order_by("-pk")[:PREVIEWED_FORMS])
    b = active_scale.difficulties_on(scale.pk)
    rows: dict[int, list[tuple[int, float | None]]] = defaultdict(list)
    counted = Response.objects.filter(attempt__in=[attempt.pk for attempt in attempts], scored=True, withdrawn=False)
    for attempt_id, revision, rating in counted.values_list("attempt", "revision", "rating"):
        rows[attempt_id].append((rating, b.get(revision)))
    before, after, passed_before, passed_after, calibrated = [], [], [], [], 0
    for attempt in attempts:
        report = attempt.report
        assert report is not None
        assert report.pass_line is not None
        rule = pass_lines.rule_for(scale.pk, [b for _rating, b in rows[attempt.pk]])
        line = pass_lines.line_by(rule, rows[attempt.pk])
        calibrated += rule == PassLineRule.CALIBRATED
        before.append(float(report.pass_line))
        after.append(float(line.exact))
        passed_before.append(report.passed)
        passed_after.append(line.passes(report.raw))
    changes = list(zip(passed_before, passed_after, strict=True))
    return ScalePreview(
        forms=len(attempts),
        calibrated=calibrated,
        pass_line_before=_spread(before),
        pass_line_after=_spread(after),
        pass_rate_before=_share(passed_before),
        pass_rate_after=_share(passed_after),
        would_pass=changes.count((False, True)),
        would_fail=changes.count((True, False)),
    )


def check_activation(scale: ScaleVersion) -> None:
    """Raise RefusedError with a message if this version cannot become the active one."""
    if scale.active:
        raise RefusedError(_("Scale version %d is active already.") % scale.number)
    if scale.synthetic and Attempt.objects.scored_exams().of_exam(scale.exam).exists():
        raise RefusedError(
            _("This scale comes from simulated exams. It cannot be used once real candidates have scores.")
        )


def activate(scale: ScaleVersion, *, by: Any, now: datetime) -> ScaleActivation:
    """Use this version for new attempts at its exam, by decision of a human; earlier ones keep theirs.

    `by` is None on the command line. Raise RefusedError with a message.
    """
    evidence = asdict(preview(scale))
    with transaction.atomic():
        list(ScaleVersion.objects.select_for_update().order_by("pk").values_list("pk"))
        scale.refresh_from_db()
        check_activation(scale)
        ScaleVersion.objects.filter(exam=scale.exam, active=True).update(active=False)
        ScaleVersion.objects.filter(pk=scale.pk).update(active=True, activated_by=by)
        activation = ScaleActivation.objects.create(scale=scale, at=now, by=by, evidence=evidence)
        raise_bank_version()
    scale.refresh_from_db()
    log.info("activated scale version %d", scale.number)
    return activation


def remove_synthetic() -> int:
    """Remove the scales from simulated exams, after those exams. Return how many.

    A version by which a remaining exam was scored stays, as what its score refers to, but is not active any more.
    """
    with transaction.atomic():
        rows = ScaleVersion.objects.filter(synthetic=True)
        if rows.filter(active=True).update(active=False):
            raise_bank_version()
        used = Form.objects.exclude(scale=None).order_by().values("scale")
        removed = 0
        while leaves := list(rows.exclude(pk__in=used).exclude(pk__in=_bases()).values_list("pk", flat=True)):
            removed += len(leaves)
            ScaleVersion.objects.filter(pk__in=leaves).delete()
    return removed


def _bases() -> Any:
    """Return the keys of the versions that another one extends."""
    return ScaleVersion.objects.exclude(base=None).order_by().values("base")


def _spread(values: Sequence[float]) -> Spread | None:
    return Spread(round(sum(values) / len(values), 4), min(values), max(values)) if values else None


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def parameters_of(scale: ScaleVersion) -> Mapping[int, ItemParameter]:
    """Return the parameters by revision, also of revisions that are marked as the same item."""
    return active_scale.inherited({row.revision_id: row for row in scale.parameters.all()})
