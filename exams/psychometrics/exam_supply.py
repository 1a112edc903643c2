"""Count the mock exams that the new questions of a candidate make, and the questions that these exams leave over.

All pages take the number of unused mock exams from here. It is counted by exam domain, not drawn: a draw takes longer,
and another seed may give one exam more or less. A form has one question at most of each pair of enemies. Forms are
drawn with the questions of pairs first, so each one parts pairs with half of its questions at least; the pairs that
are left for the last form cost a question each.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExamSupply:
    """What is new to a candidate, and what an exam takes, by exam domain.

    `live` questions and `pilots` were not shown; `pairs` are the pairs of enemies among them. Pilots are unscored.
    """

    live: Mapping[int, int]
    pilots: Mapping[int, int]
    pairs: Mapping[int, int]
    scored: Mapping[int, int]
    unscored: Mapping[int, int]

    @property
    def exams(self) -> int:
        """How many exams can be taken without a question that was shown before."""
        asked = {domain: self._asked(domain) for domain in self.scored}
        bounds = [
            (self.live.get(domain, 0) + self.pilots.get(domain, 0)) // count for domain, count in asked.items() if count
        ]
        exams = min(bounds, default=0)
        while exams and any(self.live.get(domain, 0) < self._needed(domain, exams) for domain in asked):
            exams -= 1
        return exams

    def spare(self, exams: int) -> dict[int, int]:
        """Return how many live questions may be shown so that as many exams as these remain."""
        return {domain: max(0, self.live.get(domain, 0) - self._needed(domain, exams)) for domain in self.scored}

    def _needed(self, domain: int, exams: int) -> int:
        """Return the live questions that so many exams need."""
        if not exams:
            return 0
        scored, asked = exams * self.scored[domain], exams * self._asked(domain)
        paired = self.pairs.get(domain, 0) - (exams - 1) * self._asked(domain) // 2
        return max(scored, asked - self.pilots.get(domain, 0)) + max(0, paired)

    def _asked(self, domain: int) -> int:
        return self.scored[domain] + self.unscored.get(domain, 0)
