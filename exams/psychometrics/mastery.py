"""Estimate how well a candidate knows each part of a syllabus: beta-binomial posteriors with the ratings as prior.

The mastery of a part is the chance of answering one of its questions correctly. It has a beta distribution, whose two
parameters count correct and wrong answers. The prior says what is expected before the first answer:

- Of the exam as a whole: a candidate exactly at the standard, who answers a question rated r correctly in r of 100
  cases. The prior mean is the mean rating of the answered questions.
- Of a task, a topic: the strength shown in the rest of the part above it, on the ratings of its own questions. The
  strength is the distance from the standard in logits: logit(mean) - logit(mean rating). What a part contributes itself
  is left out of its prior, so that no answer counts twice. The strength of an exam domain, which its tasks start from,
  is found in the same way.
- Of an exam domain itself: the same as of the exam. It leans on no other exam domain, and its interval and verdict are
  those of the report of an exam, over all answers: two pages cannot place the same answers differently.

A prior weighs as much as a number of answers. For a spread of s logits between the parts of one level, at a mean of m,
the number is 1 / (m (1 - m) s²) - 1. With m = .7 it is 4 for s = 1 (candidates, and the topics of a task) and 18 for
s = .5 (exam domains, and the tasks of an exam domain). The strength of the rest is uncertain too, and the variances add
up: a rest that weighs W and a spread that weighs w make a prior of 1 / (1 / (W + 1) + 1 / (w + 1)) - 1. However strong
or weak the rest, a prior leaves room for surprise: a fifth of an answer at least to each side.

The posterior of n answers, x of them correct, with a prior of mean m and weight w is Beta(w m + x, w (1 - m) + n - x).

The verdict on a part says how sure the posterior is of the side of the standard on which the chance is: nine times in
ten, two times in three, or neither. A part whose answers tell no side is near the standard so far. The plan goes by
each verdict; pages show it only of a part that has enough answers of its own.

Sources: Lord 1965 (strong true score theory, beta-binomial); Gelman et al., Bayesian Data Analysis, chapter 5; Paulson
1942 (the normal approximation of F).
"""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Literal

INTERVAL_Z = 1.2815515655446004  # an 80% interval
VERDICT_Z = 1.0364333894937898  # 15% on each side, MAX_VERDICT_PROBABILITY of the report
TOPIC_LEVEL = 2  # below exam domain and task
TOTAL_WEIGHT, DOMAIN_WEIGHT, TASK_WEIGHT, TOPIC_WEIGHT = 4.0, 18.0, 18.0, 4.0
MIN_ANSWERS = 3  # to a topic, before a page names a number or shows a verdict
MIN_PART_ANSWERS = 10  # the same to a task or an exam domain
PROBABLE = 2 / 3  # the chance from which a part is probably below, or above
MIN_PRIOR_ANSWERS = 0.2  # that a prior has on each side, correct and wrong
UNKNOWN_STANDARD = 0.7  # the rating of a question that nobody rated

Verdict = Literal["below", "probably_below", "near", "probably_above", "above", "unseen"]
ShownVerdict = Verdict | Literal["few"]
HEIGHT: dict[ShownVerdict, int] = {
    "below": -2,
    "probably_below": -1,
    "probably_above": 1,
    "above": 2,
}  # 0 of the others
STUDIED_LATER: dict[Verdict, int] = {"near": 1, "probably_above": 1, "above": 2}  # than what may be weak, or is unseen


@dataclass(frozen=True, slots=True)
class Evidence:
    """Answers to `n` questions, `right` of them correct. `ratings` is the sum of the ratings, in percent."""

    n: int = 0
    right: int = 0
    ratings: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.n + other.n, self.right + other.right, self.ratings + other.ratings)

    def __sub__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.n - other.n, self.right - other.right, self.ratings - other.ratings)

    @property
    def standard(self) -> float:
        """The share of these questions that a candidate exactly at the standard answers correctly."""
        return self.ratings / (100 * self.n) if self.n else UNKNOWN_STANDARD


@dataclass(frozen=True)
class Mastery:
    """A posterior Beta(a, b) of the chance of a correct answer, and what it rests on; it is known from `least` on."""

    a: float
    b: float
    evidence: Evidence
    least: int = MIN_ANSWERS

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def standard(self) -> float:
        return self.evidence.standard

    @property
    def strength(self) -> float:
        """The distance from the standard in logits; 0 is exactly at the standard."""
        return _logit(self.mean) - _logit(self.standard)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 80% interval of the chance."""
        return _quantile(self.a, self.b, -INTERVAL_Z), _quantile(self.a, self.b, INTERVAL_Z)

    @property
    def is_known(self) -> bool:
        """Whether enough answers are those of the part itself to name a number and to show the verdict."""
        return self.evidence.n >= self.least

    @cached_property
    def verdict(self) -> Verdict:
        """On which side of the standard the chance is, and how sure that is.

        It is below or above if the whole interval is and the part is known; else probably so, or near.
        The rest of the syllabus alone tells no side: the answers to the part itself have to be on that side.
        """
        n, right, standard = self.evidence.n, self.evidence.right, self.standard
        if right < n * standard and self._chance_below(standard) >= PROBABLE:
            return "below" if self.is_known and self.interval[1] < standard else "probably_below"
        if right > n * standard and self._chance_below(standard) <= 1 - PROBABLE:
            return "above" if self.is_known and self.interval[0] > standard else "probably_above"
        return "near" if n else "unseen"

    def _chance_below(self, share: float) -> float:
        """Return how probable it is that the chance of a correct answer is below a share."""
        if not 0 < share < 1:
            return float(share >= 1)
        return (1 + math.erf(_deviate(self.a, self.b, share) / math.sqrt(2))) / 2


def verdict(mastery: Mastery | None) -> Verdict:
    """Return where answers place a part of a syllabus, for the plan."""
    return mastery.verdict if mastery else "unseen"


def shown_verdict(mastery: Mastery | None) -> ShownVerdict:
    """Return the same as all pages show it: of few answers, that they are too few."""
    return "few" if mastery and not mastery.is_known else verdict(mastery)


class DomainShare(Mastery):
    """The posterior of an exam domain, with the interval that the report of an exam has for the same answers."""

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The shares for which the right answers are neither rarely so few nor rarely so many (Clopper-Pearson)."""
        n, right = self.evidence.n, self.evidence.right
        lo = _quantile(right, n - right + 1, -VERDICT_Z) if right else 0.0
        return lo, _quantile(right + 1, n - right, VERDICT_Z) if right < n else 1.0


@dataclass(frozen=True, slots=True)
class SyllabusMastery:
    """The posteriors of a syllabus: in total, and by the keys of exam domains, tasks and topics with answers."""

    total: Mastery
    domains: Mapping[Hashable, Mastery]
    tasks: Mapping[Hashable, Mastery]
    topics: Mapping[Hashable, Mastery]


def weakest_first[K: Hashable](topics: Mapping[K, Mastery], likely: Mapping[K, float]) -> list[K]:
    """Return the topics below the standard first, then those with the most points to gain in a mock exam.

    The points are its `likely` questions times the chance of a wrong answer. Left out are topics clearly above the
    standard, those without a wrong answer, and those of which an exam has no question.
    """
    gains = {
        topic: likely[topic] * (1 - mastery.mean)
        for topic, mastery in topics.items()
        if likely.get(topic) and mastery.evidence.right < mastery.evidence.n and mastery.verdict != "above"
    }
    return sorted(gains, key=lambda topic: study_order(topics[topic].verdict, gains[topic]))


def study_order(verdict: Verdict, gain: float) -> tuple[bool, float]:
    """Return the key by which pages sort topics to study: those below the standard first, then by points to gain."""
    return verdict != "below", -gain


def in_study_order[K: Hashable](
    verdicts: Mapping[K, Verdict], gains: Mapping[K, float], wanted: Collection[K], failed: Collection[K] = ()
) -> list[K]:
    """Return topics in the order in which a plan has them: those below the standard first, then by points to gain.

    Of those `wanted`, which are to be practiced yet, those near the standard or above it come after all others. The
    rest of them share their places: those that `failed` in the newest mock exam take turns with the others, of which
    unseen ones take turns with seen ones. A mock exam fails and shows more topics than the days after it have room for,
    and no new one would be practiced on these.
    """

    def later(topic: K) -> int:
        return STUDIED_LATER.get(verdicts[topic], 0) if topic in wanted and topic not in failed else 0

    def order(topic: K) -> tuple[bool, int, float]:
        is_above, gain = study_order(verdicts[topic], gains.get(topic, 0))
        return is_above, later(topic), gain

    in_order = sorted(verdicts, key=order)
    shared = [topic for topic in in_order if topic in wanted and verdicts[topic] != "below" and not later(topic)]
    others = [topic for topic in shared if topic not in failed]
    unseen = [topic for topic in others if verdicts[topic] == "unseen"]
    seen = [topic for topic in others if verdicts[topic] != "unseen"]
    turns = iter(_in_turns([topic for topic in shared if topic in failed], _in_turns(unseen, seen)))
    places = set(shared)
    return [next(turns) if topic in places else topic for topic in in_order]


def _in_turns[T](first: Sequence[T], second: Sequence[T]) -> list[T]:
    n = min(len(first), len(second))
    return [*chain.from_iterable(zip(first[:n], second[:n], strict=True)), *first[n:], *second[n:]]


def syllabus_mastery(answers: Mapping[Sequence[Hashable], Evidence]) -> SyllabusMastery:
    """Return the posteriors for answers by place: a tuple of exam domain, task and topic, or the first one or two.

    A shorter place is for questions that the bank does not place further; they count for the parts above.
    """
    levels: tuple[dict[Hashable, Evidence], ...] = ({}, {}, {})
    parents: tuple[dict[Hashable, Hashable], ...] = ({}, {}, {})
    total = Evidence()
    for place, evidence in answers.items():
        total += evidence
        for level, key in enumerate(place):
            levels[level][key] = levels[level].get(key, Evidence()) + evidence
            parents[level][key] = place[level - 1] if level else None
    root = _posterior(0.0, TOTAL_WEIGHT, Evidence())
    above: dict[Hashable, tuple[Mastery, Evidence]] = {None: (root, total)}
    posteriors: list[dict[Hashable, Mastery]] = []
    for level, weight in enumerate((DOMAIN_WEIGHT, TASK_WEIGHT, TOPIC_WEIGHT)):
        here: dict[Hashable, tuple[Mastery, Evidence]] = {}
        posteriors.append({})
        for key, own in levels[level].items():
            prior, family = above[parents[level][key]]
            rest = _updated(prior, family - own)
            strength, added = rest.strength, 1 / (1 / (rest.a + rest.b + 1) + 1 / (weight + 1)) - 1
            if level == TOPIC_LEVEL:
                posteriors[-1][key] = _posterior(strength, added, own)
                continue
            here[key] = (_posterior(strength, added, Evidence()), own)
            if level:
                posteriors[-1][key] = replace(_posterior(strength, added, own), least=MIN_PART_ANSWERS)
            else:
                alone = _posterior(0.0, TOTAL_WEIGHT, own)
                posteriors[-1][key] = DomainShare(alone.a, alone.b, own, MIN_PART_ANSWERS)
        above = here
    return SyllabusMastery(_posterior(0.0, TOTAL_WEIGHT, total), *posteriors)


def _posterior(strength: float, weight: float, evidence: Evidence) -> Mastery:
    """Return the posterior for a prior of this strength and weight."""
    prior = _expit(_logit(evidence.standard) + strength)
    prior = min(max(prior, MIN_PRIOR_ANSWERS / weight), 1 - MIN_PRIOR_ANSWERS / weight)
    wrong = evidence.n - evidence.right
    return Mastery(weight * prior + evidence.right, weight * (1 - prior) + wrong, evidence)


def _updated(prior: Mastery, evidence: Evidence) -> Mastery:
    return _posterior(prior.strength, prior.a + prior.b, evidence)


def _quantile(a: float, b: float, z: float) -> float:
    """Return the quantile of Beta(a, b) at the normal deviate z.

    The odds of a beta variable have an F distribution, and cube roots of chi-squares are nearly normal (Paulson 1942).
    """
    if z < 0:
        return 1 - _quantile(b, a, -z)
    spread_a, spread_b = 1 / (9 * a), 1 / (9 * b)
    center_a, center_b = 1 - spread_a, 1 - spread_b
    divisor = center_b**2 - z * z * spread_b
    if divisor <= 0:  # b is so small that the upper end is 1
        return 1.0
    reach = z * math.sqrt(spread_a * center_b**2 + spread_b * center_a**2 - z * z * spread_a * spread_b)
    ratio = ((center_a * center_b + reach) / divisor) ** 3
    return a * ratio / (a * ratio + b)


def _deviate(a: float, b: float, x: float) -> float:
    """Return the normal deviate of Beta(a, b) at x: the inverse of `_quantile`."""
    spread_a, spread_b = 1 / (9 * a), 1 / (9 * b)
    root = (x * b / ((1 - x) * a)) ** (1 / 3)
    return ((1 - spread_b) * root - (1 - spread_a)) / math.sqrt(spread_b * root**2 + spread_a)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
