"""Judge the statistics of a question: which flags it has, and what stands between a pilot and promotion.

Plain Python: pages read these rules too. `item_statistics` computes the figures.

Sources: the thresholds of classical item analysis follow Haladyna & Rodriguez, Developing and Validating Test Items
(2013), and BMC Medical Education 2009 9:40 (distractors); those of fit and drift Linacre, Rasch Measurement
Transactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MIN_N_KEY_CHECK = 30  # responses; with fewer, only counts are shown
MIN_N_FLAGS = 100  # and p, r and the distractors
MIN_N_FIT = 200  # and promotion

MIN_P, MAX_P = 0.25, 0.95
MIN_R = 0.10
JUDGED_P = (0.15, 0.92)  # outside, so few differ that r says nothing
MAX_DISTRACTOR_R = 0.05
MIN_ATTRACTIVE_SHARE = 0.05
MIN_DISTRACTOR_SHARE = 0.02
MIN_DISTRACTOR_SHARE_LARGE = 0.05  # from MIN_N_FIT responses on
MAX_OMIT_SHARE = 0.05
MAX_NOT_REACHED_SHARE = 0.05
MAX_TIME_RATIO = 3  # median seconds, to the median of the exam
MAX_RATING_DISTANCE = 1.5  # logits
INFIT_RANGE = (0.7, 1.3)
MAX_DRIFT = 0.3  # logits
MAX_DRIFT_ERRORS = 2  # standard errors of the difference

PROMOTION_P = (0.30, 0.95)
EASY_P = 0.90  # above it, promotion needs MIN_R
PROMOTION_R = 0.15
PROMOTION_SE = 0.25  # logits


class Flag(StrEnum):
    """A reason to look at a question, the most urgent first."""

    KEY = "key"
    DISTRACTOR_ATTRACTS = "distractor_attracts"
    LOW_R = "low_r"
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    DISTRACTOR_UNUSED = "distractor_unused"
    OMITTED = "omitted"
    NOT_REACHED = "not_reached"
    TAKES_LONG = "slow"
    RATING = "rating"
    MISFIT = "misfit"
    DRIFT = "drift"


class Obstacle(StrEnum):
    """A reason not to promote a pilot yet."""

    N = "n"
    P = "p"
    R = "r"
    KEY = "key"
    DISTRACTORS = "distractors"
    OMITTED = "omitted"
    SE = "se"
    INFIT = "infit"


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """How often an option was chosen, out of the n responses to its question.

    `mean` is the mean criterion of those who chose it. `r` is the point-biserial of choosing it. `low`, `mid` and
    `high` are the shares of the lowest, middle and highest third of candidates who chose it. None: undefined.
    """

    bit: int
    count: int
    share: float | None
    mean: float | None
    r: float | None
    low: float | None
    mid: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """The classical statistics of a question from `n` responses; None where they are undefined.

    `p` and its standard error are shares, `r` is the correlation with the score on the other questions,
    `upper_lower` the difference of p between the highest and the lowest 27%. `omit` is the share of the n without an
    answer, `not_reached` the share of all who were given the question.
    """

    n: int
    p: float | None
    se: float | None
    r: float | None
    upper_lower: float | None
    omit: float | None
    not_reached: float | None
    median_seconds: float | None
    options: tuple[OptionFigures, ...]


@dataclass(frozen=True, slots=True)
class Difficulty:
    """The Rasch difficulty of a question in logits, with its standard error; the value fixed before, if any."""

    b: float
    se: float
    earlier_b: float | None = None
    earlier_se: float | None = None
    rated_b: float | None = None
    infit: float | None = None


def distractors(figures: ItemFigures, key: int) -> tuple[OptionFigures, ...]:
    """Return the options that are not in `key`, a mask of bits."""
    return tuple(option for option in figures.options if not key >> option.bit & 1)


def attractive_distractors(figures: ItemFigures, key: int) -> tuple[OptionFigures, ...]:
    """Return the distractors that better candidates choose."""
    return tuple(
        option
        for option in distractors(figures, key)
        if (option.share or 0) >= MIN_ATTRACTIVE_SHARE and option.r is not None and option.r > MAX_DISTRACTOR_R
    )


def unused_distractors(figures: ItemFigures, key: int) -> tuple[OptionFigures, ...]:
    """Return the distractors that hardly anybody chooses."""
    limit = MIN_DISTRACTOR_SHARE if figures.n < MIN_N_FIT else MIN_DISTRACTOR_SHARE_LARGE
    return tuple(option for option in distractors(figures, key) if (option.share or 0) < limit)


def key_is_doubtful(figures: ItemFigures, key: int, also: int = 0) -> bool:
    """Return whether candidates who do well answer it incorrectly: r < 0, or a distractor wins in the top third.

    `also` is a second key (0: none). It takes candidates from the first, so that what they chose counts together.
    """
    if figures.n < MIN_N_KEY_CHECK:
        return False
    if figures.r is not None and figures.r < 0:
        return True
    high = {option.bit: option.high for option in figures.options if option.high is not None}
    others = [share for bit, share in high.items() if not (key | also) >> bit & 1]
    right = [min(shares) for mask in (key, also) if (shares := [high[bit] for bit in high if mask >> bit & 1])]
    return bool(right and others) and max(others) > sum(right)


def drifted(difficulty: Difficulty) -> bool:
    """Return whether b has moved by more than chance and by more than matters."""
    if difficulty.earlier_b is None:
        return False
    distance = abs(difficulty.b - difficulty.earlier_b)
    error = (difficulty.se**2 + (difficulty.earlier_se or 0.0) ** 2) ** 0.5
    return distance > MAX_DRIFT and distance > MAX_DRIFT_ERRORS * error


def find_flags(
    figures: ItemFigures,
    key: int,
    exam_median_seconds: float | None = None,
    difficulty: Difficulty | None = None,
    also: int = 0,
) -> tuple[Flag, ...]:
    """Return the flags that the number of responses supports, the most urgent first. `also` is a second key."""
    flags = {Flag.KEY} if key_is_doubtful(figures, key, also) else set()
    if figures.n >= MIN_N_FLAGS:
        flags |= _classical_flags(figures, key | also, exam_median_seconds)
        if difficulty is not None:
            flags |= _model_flags(figures.n, difficulty)
    return tuple(flag for flag in Flag if flag in flags)


def _classical_flags(figures: ItemFigures, key: int, exam_median_seconds: float | None) -> set[Flag]:
    p, r, seconds = figures.p, figures.r, figures.median_seconds
    rules: Sequence[tuple[Flag, bool]] = (
        (Flag.TOO_HARD, p is not None and p < MIN_P),
        (Flag.TOO_EASY, p is not None and p > MAX_P),
        (Flag.LOW_R, p is not None and r is not None and JUDGED_P[0] <= p <= JUDGED_P[1] and r < MIN_R),
        (Flag.DISTRACTOR_ATTRACTS, bool(attractive_distractors(figures, key))),
        (Flag.DISTRACTOR_UNUSED, bool(unused_distractors(figures, key))),
        (Flag.OMITTED, (figures.omit or 0) > MAX_OMIT_SHARE),
        (Flag.NOT_REACHED, (figures.not_reached or 0) > MAX_NOT_REACHED_SHARE),
        (Flag.TAKES_LONG, bool(seconds and exam_median_seconds and seconds > MAX_TIME_RATIO * exam_median_seconds)),
    )
    return {flag for flag, applies in rules if applies}


def _model_flags(n: int, difficulty: Difficulty) -> set[Flag]:
    rated_b, infit = difficulty.rated_b, difficulty.infit
    rules: Sequence[tuple[Flag, bool]] = (
        (Flag.RATING, rated_b is not None and abs(difficulty.b - rated_b) > MAX_RATING_DISTANCE),
        (Flag.MISFIT, n >= MIN_N_FIT and infit is not None and not INFIT_RANGE[0] <= infit <= INFIT_RANGE[1]),
        (Flag.DRIFT, drifted(difficulty)),
    )
    return {flag for flag, applies in rules if applies}


def promotion_obstacles(
    figures: ItemFigures, key: int, difficulty: Difficulty | None, also: int = 0
) -> tuple[Obstacle, ...]:
    """Return what keeps a pilot from being proposed for promotion; empty if nothing does. `also` is a second key."""
    p, r = figures.p or 0.0, figures.r if figures.r is not None else -1.0
    needed_r = MIN_R if p > EASY_P else PROMOTION_R
    infit = difficulty.infit if difficulty else None
    rules: Sequence[tuple[Obstacle, bool]] = (
        (Obstacle.N, figures.n < MIN_N_FIT),
        (Obstacle.P, not PROMOTION_P[0] <= p <= PROMOTION_P[1]),
        (Obstacle.R, r < needed_r),
        (Obstacle.KEY, key_is_doubtful(figures, key, also)),
        (
            Obstacle.DISTRACTORS,
            bool(attractive_distractors(figures, key | also) or unused_distractors(figures, key | also)),
        ),
        (Obstacle.OMITTED, (figures.omit or 0) > MAX_OMIT_SHARE),
        (Obstacle.SE, difficulty is None or difficulty.se > PROMOTION_SE),
        (Obstacle.INFIT, infit is None or not INFIT_RANGE[0] <= infit <= INFIT_RANGE[1]),
    )
    return tuple(obstacle for obstacle, applies in rules if applies)
