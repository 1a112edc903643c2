"""Put the figures of a question into words: a value that is not defined is a sentence, never a number."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.psychometrics.precision import Interval
from exams.services.analysis.question_statistics import AtStandard, RevisionStatistics
from exams.services.results.report import duration


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the table: its name, its value, and what it means."""

    name: str
    value: str
    note: str


def share(value: float) -> str:
    """Return a share between 0 and 1 in whole percent; a small one is not 0%."""
    if 0 < value < 0.005:
        return _("below 1%")
    return f"{value:.0%}"


def interval(found: Interval) -> str:
    return _("%(lo)s to %(hi)s") % {"lo": share(found.lo), "hi": share(found.hi)}


def decimal(value: float) -> str:
    """Return a number with two decimals, between -1 and 1 without a leading zero: .46, −.46, 10.46"""
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:z.2f}").replace("-", "−")


def lead(statistics: RevisionStatistics) -> str:
    """Return in a sentence or two how many answered, and what can be said from that."""
    n, next_step = statistics.n, statistics.next_step
    if not n:
        return _("No candidate has answered this revision in a finished exam yet.")
    open_ = statistics.row.left_open if statistics.row else 0
    if open_:
        answered = ngettext("%(n)d candidate has seen it", "%(n)d candidates have seen it", n) % {"n": n}
        answered += ngettext("; %(n)d left it open.", "; %(n)d left it open.", open_) % {"n": open_}
    else:
        answered = ngettext("%(n)d candidate has answered this revision.", "%(n)d candidates have answered it.", n)
        answered %= {"n": n}
    if not statistics.has_shares:
        rest = _("Below %d answers there are counts only: shares would be chance.")
    elif not statistics.has_figures:
        rest = _(
            "That is enough to check the key. The share of right answers and discrimination follow with %d answers."
        )
    elif next_step:
        rest = _("Fit to the model and the promotion of a pilot follow with %d answers.")
    else:
        return answered
    return f"{answered} {rest % next_step}"


def figures(statistics: RevisionStatistics, rating: int | None) -> list[Figure]:
    """Return the rows of the table; `rating` is None if there is none or the user must not see it yet."""
    row = statistics.row
    if row is None or not statistics.n:
        return []
    rows = [
        Figure(
            *(_("Answered by"), str(row.n - row.left_open)),
            _("First answers in finished exams, without those who never got to it."),
        ),
        Figure(_("Left open by"), str(row.left_open), _("Seen and left without an answer. It counts as wrong.")),
    ]
    if statistics.has_figures:
        rows += _right(statistics)
        rows += _discrimination(statistics)
        if found := statistics.at_standard:
            rows.append(Figure(_("At the standard"), _at_standard(found), _rating_note(rating)))
    if row.median_seconds:
        note = _("Half of the candidates took less time on it.")
        rows.append(Figure(_("Median time"), duration(round(row.median_seconds)), note))
    if statistics.has_figures:
        rows.append(Figure(_("Not reached"), share(row.not_reached or 0), _("Time was up before it was shown.")))
    if statistics.has_fit and row.infit is not None:
        note = _("How well the answers follow the model. 1 is expected, .7 to 1.3 is usual.")
        rows.append(Figure(_("Fit"), f"{row.infit:.2f}", note))
    note = _("Finished exams in which it was scored, repeated and rapid ones included.")
    return [
        *rows,
        Figure(_("Scored in"), ngettext("%(n)d exam", "%(n)d exams", row.exposures) % {"n": row.exposures}, note),
    ]


def _right(statistics: RevisionStatistics) -> list[Figure]:
    found, n = statistics.p_interval, statistics.n
    assert found is not None, "there are figures"
    value = f"{share(statistics.right / n)} ({interval(found)})"
    if statistics.right in (0, n):
        note = _("All answered correctly.") if statistics.right else _("Nobody answered correctly.")
    else:
        note = _("Of all who saw it. In parentheses, where the share of all such candidates probably is (95%).")
    return [Figure(_("Right"), value, note)]


def _discrimination(statistics: RevisionStatistics) -> list[Figure]:
    row = statistics.row
    assert row is not None, "there are figures"
    name = _("Discrimination")
    if row.r is None:
        return [Figure(name, "–", _("Not defined: all candidates did the same, here or on the other questions."))]
    note = _("From −1 to 1: whether those who know more answer it correctly more often. Above .20 is good.")
    rows = [Figure(name, decimal(row.r), note)]
    if row.upper_lower is not None:
        note = _("Share of right answers of the best 27%, minus that of the weakest 27%.")
        rows.append(Figure(_("Best minus weakest"), decimal(row.upper_lower), note))
    return rows


def _at_standard(found: AtStandard) -> str:
    return _("%(percent)d%% (%(lo)d to %(hi)d%%)") % {"percent": found.percent, "lo": found.lo, "hi": found.hi}


def _rating_note(rating: int | None) -> str:
    if rating is None:
        return _("Candidates who barely pass and answer it correctly, as the answers say.")
    return _("Candidates who barely pass and answer it correctly, as the answers say. Its rating says %d%%.") % rating
