"""Key rulings on scored exams: the decision, its effect on the reports, and the audit afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat

from exams.models import Attempt, KeyRuling, Response
from exams.services.results import audit, rescoring, rulings
from questions.models import Blueprint, Revision
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(minutes=1)


def clock() -> datetime:
    return LATER


def scored_attempts(blueprint: Blueprint, scores: tuple[int, ...]) -> Revision:
    """Return scored exams with these numbers of correct answers, and a one-key revision that counts in all of them."""
    sat = [factories.scored(factories.handed_in(right, blueprint=blueprint)) for right in scores]
    asked = Revision.objects.filter(choose=1)
    for attempt in sat:
        asked = asked.filter(pk__in=attempt.responses.filter(scored=True).values("revision"))
    return asked.order_by("pk")[0]


def other_key(revision: Revision, key: int | None = None) -> int:
    """Return the mask of one option that is not the key."""
    return next(1 << bit for bit in range(revision.n_options) if 1 << bit != (key or revision.key))


def decide(revision: Revision, mask: int | None, kind: KeyRuling.Kind | None = None, **more: Any) -> KeyRuling:
    """Correct the key, withdraw the question (`mask` None), or rule otherwise by `kind`."""
    kind = kind or (KeyRuling.Kind.WITHDRAW if mask is None else KeyRuling.Kind.CORRECT)
    return rulings.rule(revision, kind, mask or 0, reason="The page says otherwise.", by=None, now=NOW, **more)


def preview(revision: Revision, mask: int | None, kind: KeyRuling.Kind | None = None) -> rescoring.RulingPreview:
    """Return what `decide` would change."""
    kind = kind or (KeyRuling.Kind.WITHDRAW if mask is None else KeyRuling.Kind.CORRECT)
    return rescoring.preview(revision, rulings.check_ruling(revision, kind, mask or 0, "To see.").after)


def carry_out(ruling: KeyRuling, clock: Callable[[], datetime] = clock) -> None:
    for _ in rescoring.steps(ruling, clock):
        pass


def audit_sentences() -> list[str]:
    """Return the sentences of the audit, after the ticks of the factories are made to look like saves."""
    ticked = Response.objects.filter(trail="").exclude(ticked=0)
    ticked.update(version=1, trail=Concat(Cast("ticked", TextField()), Value("@1;")))
    return [difference.sentence for difference in audit.differences(NOW)]


def figures() -> list[tuple[int, int, int, Decimal, int]]:
    """Return the current report of each attempt."""
    rows = Attempt.objects.exclude(report=None).order_by("pk")
    return list(rows.values_list("pk", "report__raw", "report__n", "report__pass_line", "report__scaled"))
