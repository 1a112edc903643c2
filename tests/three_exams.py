"""Three exams side by side: the two that are shipped, with a small bank each, and one that nobody has heard of."""

from dataclasses import replace
from pathlib import Path

from questions.content.blueprint import BlueprintSpec, DomainWeight, read
from questions.models import Blueprint
from tests import factories, shipped

RIVERS = "RIVERS"


def store() -> tuple[Blueprint, list[Blueprint]]:
    """Store the three exams. Return the invented one, of 12 questions in two exam domains, and the shipped ones."""
    others = [_spec(path) for path in sorted(shipped.BLUEPRINT.parent.glob("*.yaml"))]
    assert len(others) >= 2
    spec = replace(
        others[0],
        code=RIVERS,
        title="Navigation on rivers",
        short_title="Rivers",
        version=1,
        default=False,
        available_from=None,
        retired_on=None,
        successors=(),
        notes=(),
        minutes=20,
        scored=10,
        unscored=2,
        exam_domains=(DomainWeight(1, "Currents", 50), DomainWeight(2, "Locks", 50)),
        collections=("rivers",),
        practice=("rivers",),
    )
    stored = [factories.store(other, [28] * len(other.exam_domains)) for other in others]
    return factories.store(spec, [26, 26]), stored


def _spec(path: Path) -> BlueprintSpec:
    spec, faults = read(path)
    assert spec is not None, faults
    return spec
