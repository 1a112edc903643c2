"""Compare a set of questions with the profile of its bank: measures with their targets, from a file (no Django).

`profile.yaml` of a bank directory states the targets. What is fixed by the exam itself, such as the number of questions
and the weights of exam domains, stands in its blueprint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from questions.content.declarations import Choice, InFile
from questions.content.schema import Fault, QuestionContent
from questions.content.yaml_fields import FileMapping, read_file
from questions.lint.profile_measures import ASK_MEASURES, MEASURES

PROFILE = "profile.yaml"


@dataclass(frozen=True, slots=True)
class Target:
    """The name of a measure with its smallest and largest accepted value; None for no bound.

    `note` says where the target comes from, `waiver` why the bank may miss it for now.
    """

    name: Annotated[
        str, Choice(tuple(MEASURES)), InFile(path="measure", twice="The measure '{}' has two targets. Keep one.")
    ]
    minimum: Annotated[float | None, InFile(path="min")] = None
    maximum: Annotated[float | None, InFile(path="max")] = None
    note: str = ""
    waiver: str = ""

    @property
    def unit(self) -> str:
        """The unit of the value; empty for a plain number."""
        return MEASURES[self.name].unit

    @property
    def is_gate(self) -> bool:
        """Whether a miss fails the check. What readers judge is no fault of the writers, and only shown."""
        return not MEASURES[self.name].judged and not self.waiver

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is None:
            return f"at most {self.maximum:g}{unit}"
        if self.maximum is None:
            return f"at least {self.minimum:g}{unit}"
        return f"{self.minimum:g} to {self.maximum:g}{unit}"


@dataclass(frozen=True, slots=True)
class Profile:
    """What the questions of a bank have to be like, as a set. `source` says where the targets come from."""

    source: str = ""
    targets: tuple[Target, ...] = ()

    @property
    def asks(self) -> dict[str, Target]:
        """The targets of what questions ask for, by the `ask` of a question."""
        return {ASK_MEASURES[target.name]: target for target in self.targets if target.name in ASK_MEASURES}


@dataclass(frozen=True, slots=True)
class ProfileMeasure:
    """One measure of a set of questions."""

    target: Target
    value: float

    def __str__(self) -> str:
        """Return the value as shown: a share with one decimal, a plain number with two."""
        return f"{self.value:.1f} {self.target.unit}" if self.target.unit else f"{self.value:.2f}"

    @property
    def passes(self) -> bool:
        """Whether the value is within the target."""
        minimum, maximum = self.target.minimum, self.target.maximum
        return (minimum is None or self.value >= minimum) and (maximum is None or self.value <= maximum)


def read(source: Path | str, file: str = "") -> tuple[Profile | None, list[Fault]]:
    """Return the profile of a file (a Path) or of a text, and all faults by line. It is None if there are any."""
    return read_file(source, file, _profile)


def read_directory(bank: Path) -> tuple[Profile, list[Fault]]:
    """Return the profile of a bank directory and its faults; without a file or with faults, one without targets."""
    path = bank / PROFILE
    profile, faults = read(path) if path.is_file() else (None, [])
    return profile or Profile(), faults


def measure_profile(questions: Sequence[QuestionContent], profile: Profile) -> tuple[ProfileMeasure, ...]:
    """Measure the questions by each target; a target without anything to measure is left out."""
    measures = ((target, MEASURES[target.name].of(questions)) for target in profile.targets)
    return tuple(ProfileMeasure(target, value) for target, value in measures if value is not None)


def _profile(fields: FileMapping) -> Profile:
    profile = fields.read(Profile)
    for number, target in enumerate(profile.targets, 1):
        place = f"targets.{number}"
        if fields.is_read(place) and target.minimum is None and target.maximum is None:
            fields.fault(f"{place}.measure", "The target has no bound. Add min, max or both.")
        elif target.minimum is not None and target.maximum is not None and target.minimum > target.maximum:
            fields.fault(f"{place}.min", f"min {target.minimum:g} is above max {target.maximum:g}. Correct one.")
    return profile
