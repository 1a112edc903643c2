"""The pass line of a form: by the active scale if nearly all scored questions are calibrated, else by ratings.

A form that is scored in percent has none.
"""

from collections.abc import Sequence
from fractions import Fraction

from exams.models import PassLineRule
from exams.psychometrics import scaling

MIN_CALIBRATED_SHARE = Fraction(9, 10)  # of the scored questions of a form, for a pass line by the scale: 45 of 50


def pass_line(
    scale: int | None, scored: Sequence[tuple[int, float | None]], *, percent: bool
) -> tuple[PassLineRule, scaling.PassLine | None]:
    """Return rule and pass line from the rating and the b, if any, of each scored question; `scale` is the active."""
    if percent:
        return PassLineRule.PERCENT, None
    rule = rule_for(scale, [b for _rating, b in scored])
    return rule, line_by(rule, scored)


def rule_for(scale: int | None, scored: Sequence[float | None]) -> PassLineRule:
    """Return which rule applies to scored questions with these b; None: not calibrated."""
    calibrated = sum(b is not None for b in scored)
    by_scale = scale is not None and calibrated >= MIN_CALIBRATED_SHARE * len(scored)
    return PassLineRule.CALIBRATED if by_scale else PassLineRule.RATING


def line_by(rule: str, scored: Sequence[tuple[int, float | None]], credited: int = 0) -> scaling.PassLine:
    """Return the pass line by this rule, from the rating and the b, if any, of each scored question.

    For `credited` more of them everybody has the point, a candidate at the standard too.
    """
    if rule == PassLineRule.CALIBRATED:
        difficulties = [scaling.difficulty(rating) if b is None else b for rating, b in scored]
        return scaling.calibrated_line([*difficulties, *[scaling.EVERYBODY] * credited])
    return scaling.rated_line([rating for rating, _b in scored], credited)
