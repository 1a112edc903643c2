"""Say what a flag of a question means, what to do about it, and where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.psychometrics import item_flags
from exams.psychometrics.item_flags import Flag
from exams.services.analysis.question_statistics import OptionAnswers, RevisionStatistics
from questions.models import ItemStatistics

DISPUTE, EDIT, RATE, RETIRE = "dispute", "edit", "rate", "retire"

TO_DO: Mapping[Flag, tuple[Any, tuple[str, ...]]] = {
    Flag.KEY: (
        gettext_lazy(
            "Answer it yourself without looking at the key. If the key is wrong or a second option is right, "
            "rule on it: all scores are computed again."
        ),
        (DISPUTE, RETIRE),
    ),
    Flag.DISTRACTOR_ATTRACTS: (
        gettext_lazy(
            "Look for a reading in which this option is right. If there is one, rule on the key; otherwise reword "
            "the option or the stem in a new revision."
        ),
        (DISPUTE, EDIT),
    ),
    Flag.LOW_R: (
        gettext_lazy("Look for a trick, an ambiguity or a fact that one can only guess. Reword it or retire it."),
        (EDIT, RETIRE),
    ),
    Flag.TOO_HARD: (
        gettext_lazy("Check the key first. If it is right, ask whether the exam expects this; if not, reword it."),
        (DISPUTE, EDIT),
    ),
    Flag.TOO_EASY: (
        gettext_lazy("It measures little. Make the wrong options more plausible, or retire it."),
        (EDIT, RETIRE),
    ),
    Flag.DISTRACTOR_UNUSED: (
        gettext_lazy("Replace the option by one that follows from a real mistake, in a new revision."),
        (EDIT,),
    ),
    Flag.OMITTED: (
        gettext_lazy("Check whether the stem is clear and says how many options to select."),
        (EDIT,),
    ),
    Flag.NOT_REACHED: (
        gettext_lazy("The question is hardly the cause. If many questions have this flag, the exam is too long."),
        (),
    ),
    Flag.TAKES_LONG: (gettext_lazy("Shorten the stem or the options in a new revision."), (EDIT,)),
    Flag.RATING: (
        gettext_lazy(
            "Rate it again with these figures in mind. The ratings make the pass line until there is a scale."
        ),
        (RATE,),
    ),
    Flag.MISFIT: (
        gettext_lazy("Look for a second meaning, or for a hint in another question that gives the answer away."),
        (EDIT, RETIRE),
    ),
    Flag.DRIFT: (
        gettext_lazy("Check whether the service has changed or the question is known outside. Reword it or retire it."),
        (EDIT, RETIRE),
    ),
}


@dataclass(frozen=True, slots=True)
class FlagAdvice:
    """A flag in words: its name, what was found, what to do, and the actions that lead there."""

    name: str
    finding: str
    to_do: str
    actions: tuple[str, ...]


def advice(statistics: RevisionStatistics) -> list[FlagAdvice]:
    """Return the flags of a revision, the most urgent first."""
    return [
        FlagAdvice(flag_name(flag), _finding(flag, statistics), str(TO_DO[flag][0]), TO_DO[flag][1])
        for flag in statistics.flags
    ]


def flag_name(flag: str) -> str:
    return str(ItemStatistics.Flag(flag).label)


def _finding(flag: Flag, statistics: RevisionStatistics) -> str:
    """Return what was found, with its figures."""
    row = statistics.row
    assert row is not None, "flags are of statistics"
    wrong = [option for option in statistics.options if not option.is_key]
    match flag:
        case Flag.KEY if row.r is not None and row.r < 0:
            return _("Those who do better on the other questions answer this one correctly less often.")
        case Flag.KEY:
            return _("The best third of the candidates prefers a wrong option.")
        case Flag.DISTRACTOR_ATTRACTS:
            attractive = [option for option in wrong if (option.r or 0) > item_flags.MAX_DISTRACTOR_R]
            return _("Candidates who do better choose a wrong option more often%s.") % _letters(attractive)
        case Flag.LOW_R:
            return _("Those who know more hardly answer it correctly more often.")
        case Flag.TOO_HARD:
            return _("Fewer than %d of 100 candidates answer it correctly.") % (100 * item_flags.MIN_P)
        case Flag.TOO_EASY:
            return _("More than %d of 100 candidates answer it correctly.") % (100 * item_flags.MAX_P)
        case Flag.DISTRACTOR_UNUSED:
            rare = [option for option in wrong if (option.share or 0) < item_flags.MIN_DISTRACTOR_SHARE_LARGE]
            return _("Hardly anybody chooses one of the wrong options%s.") % _letters(rare)
        case Flag.OMITTED:
            return _("%d of 100 candidates leave it unanswered.") % round(100 * (row.omit or 0))
        case Flag.NOT_REACHED:
            return _("%d of 100 candidates run out of time before it.") % round(100 * (row.not_reached or 0))
        case Flag.TAKES_LONG:
            sentence = _("It takes more than %d times as long as the other questions.")
            return sentence % item_flags.MAX_TIME_RATIO
        case Flag.RATING:
            return _("Candidates at the standard answer it correctly far more or far less often than it is rated.")
        case Flag.MISFIT if (row.infit or 0) > 1:
            return _("Weak candidates answer it correctly and good ones incorrectly, more often than chance explains.")
        case Flag.MISFIT:
            return _("The answers follow ability more closely than chance allows, as if something gave them away.")
        case Flag.DRIFT:
            return _("It is easier or harder now than when the scale was made.")


def _letters(options: Iterable[OptionAnswers]) -> str:
    """Return the options with their shares after a colon; nothing if a ruling has just changed which are wrong."""
    named = ", ".join(f"{option.option.letter} ({option.share or 0:.0%})" for option in options)
    return f": {named}" if named else ""
