"""The chart of time in an exam: minutes used against questions seen, with the line of an even pace."""

from dataclasses import dataclass

from exams.services.progress.pace import Pace

HEIGHT, TOP, BOTTOM = 190, 8, 160
TABLE_STEP = 10


@dataclass(frozen=True, slots=True)
class PaceRow:
    """After `questions` questions: the minutes used, and those of an even pace."""

    questions: int
    minutes: int
    even: int


@dataclass(frozen=True, slots=True)
class PaceChart:
    """The geometry for an exam with this number of questions. x is the number of questions seen."""

    pace: Pace
    questions: int

    @property
    def top(self) -> int:
        """The minutes at the upper edge: those of the exam, rounded up to a half hour."""
        return max(30, -(-round(self.pace.minutes) // 30) * 30)

    def _y(self, minutes: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * max(0.0, min(minutes, self.top)) / self.top, 1)

    @property
    def grid(self) -> list[tuple[int, float]]:
        step = 60 if self.top > 60 else 30 if self.top > 30 else 10
        return [(minutes, self._y(minutes)) for minutes in range(0, self.top + 1, step)]

    @property
    def even(self) -> tuple[float, float]:
        """The y of an even pace at the first and after the last question."""
        return self._y(0), self._y(self.pace.minutes)

    @property
    def path(self) -> str:
        """The steps of the candidate, in a box as wide as the number of questions."""
        steps = [f"M0 {self._y(0)}"]
        steps += [f"L{count} {self._y(minutes)}" for count, minutes in enumerate(self.pace.elapsed[1:], 1)]
        return "".join(steps)

    @property
    def rows(self) -> list[PaceRow]:
        """Every tenth question, and the end."""
        elapsed = self.pace.elapsed
        seen = len(elapsed) - 1
        counts = [*range(TABLE_STEP, seen, TABLE_STEP), seen] if seen else []
        return [
            PaceRow(count, round(elapsed[count]), round(self.pace.minutes * count / self.questions)) for count in counts
        ]
