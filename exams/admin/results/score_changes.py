"""What a ruling changes, in words: the points that candidates gain or lose, and the grades of a class."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Sitting
from exams.services.attempt.scoring_rules import points_text
from exams.services.results import grades
from exams.services.results.rescoring import ScoreChange, Tally
from questions.content.worth import in_short


def sentence(tally: Tally) -> str:
    """Return "2 candidates gain up to 4 percentage points (1 point of 25).", or how much they lose."""
    assert tally.most is not None
    n, most = tally.n, abs(tally.most.points)
    if tally.is_percent:
        amount = ngettext("%(n)d percentage point", "%(n)d percentage points", most) % {"n": most}
        amount = f"{amount} ({_points_of(tally.most)})"
    else:
        amount = ngettext("%(n)d point", "%(n)d points", most) % {"n": most}
    if tally.is_gain:
        text = ngettext("%(n)d candidate gains %(amount)s.", "%(n)d candidates gain up to %(amount)s.", n)
    else:
        text = ngettext("%(n)d candidate loses %(amount)s.", "%(n)d candidates lose up to %(amount)s.", n)
    return text % {"n": n, "amount": amount}


def _points_of(change: ScoreChange) -> str:
    """Return "1 point of 25"; where the ruling changes what is possible, "from 12 of 25 to 12 of 24 points"."""
    before = (change.before.earned or 0, change.before.possible or 0)
    after = (change.earned or 0, change.possible or 0)
    if before[1] == after[1]:
        text, gained = _("%(points)s of %(possible)s"), abs(after[0] - before[0])
        return text % {"points": points_text(gained), "possible": in_short(after[1])}
    values = {name: in_short(value) for name, value in zip("abcd", (*before, *after), strict=True)}
    return _("from %(a)s of %(b)s to %(c)s of %(d)s points") % values


def points(change: ScoreChange) -> str:
    """Return the change of a score for a table: "+12"; in percent in points, "+1" or "12 of 25 → 12 of 24"."""
    if not change.before.is_percent or change.after is None:
        return f"{change.points:+d}" if change.points else "0"
    before = (change.before.earned or 0, change.before.possible or 0)
    after = (change.earned or 0, change.possible or 0)
    if before[1] != after[1]:
        both = [f"{in_short(earned)} {_('of')} {in_short(possible)}" for earned, possible in (before, after)]
        return " → ".join(both)
    gained = after[0] - before[0]
    return f"{'+' if gained > 0 else '−' if gained < 0 else ''}{in_short(abs(gained))}"


def grades_of(changes: Sequence[ScoreChange], visible: QuerySet[Sitting]) -> dict[int, str]:
    """Return the grade before and after by attempt, "B → A" or "B", of exams of these classes that have grades."""
    keys = {key for change in changes if (key := change.attempt.sitting_id)}
    classes = {row.pk: row for row in visible.filter(pk__in=keys).exclude(grades="")}
    changed = {}
    for change in changes:
        if sitting := classes.get(change.attempt.sitting_id or 0):
            bands = grades.of_sitting(sitting)
            scores = (change.before.scaled, change.after.scaled if change.after else change.before.scaled)
            both = [grades.grade_of(score, bands) or "–" for score in scores]
            changed[change.attempt.pk] = " → ".join(dict.fromkeys(both))
    return changed
