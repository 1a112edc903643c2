"""The words of the verdict on a topic or exam domain, and of how a topic stands in the plan: alike on all pages."""

from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

VERDICTS: dict[str, str | Promise] = {
    "below": gettext_lazy("Below the standard"),
    "probably_below": gettext_lazy("Probably below the standard"),
    "near": gettext_lazy("Near the standard"),
    "probably_above": gettext_lazy("Probably above the standard"),
    "above": gettext_lazy("Above the standard"),
    "few": gettext_lazy("Too few answers"),
    "unseen": gettext_lazy("Not seen yet"),
}

IN_PLAN: dict[str, str | Promise] = {
    "": "",
    "done": gettext_lazy("Worked through"),
    "back": gettext_lazy("Came back: missed or guessed since it was worked through"),
}


def few_words(n: int, right: int) -> str:
    """Return that a part has too few answers for a verdict."""
    return _("Too few answers: %(right)d right of %(n)d") % {"right": right, "n": n}


def missed_words(n: int) -> str:
    """Return how many questions of a topic were missed the last time: their first answers alone make the verdict."""
    return _("%(n)d missed the last time") % {"n": n}


class TopicWords:
    """The same words for a page that has them of each topic: they are looked up once, not a thousand times."""

    def __init__(self) -> None:
        self.verdicts = {verdict: str(label) for verdict, label in VERDICTS.items()}
        self.in_plan = {state: str(label) for state, label in IN_PLAN.items()}
        self.missed = cache(missed_words)
        self.of_answers = _("%(right)d of %(n)d right")
