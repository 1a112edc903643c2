"""The sample question of the front page. It is not in the bank, and an answer to it is not stored."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class SampleOption:
    """One option; `ticked` after an answer."""

    letter: str
    text: str | Promise
    rationale: str | Promise
    correct: bool = False
    ticked: bool = False


OPTIONS = (
    ("A", _("Precision 75%, recall 60%"), _("The two figures are swapped."), False),
    (
        "B",
        _("Precision 60%, recall 75%"),
        _("Precision asks how many flags are right: 120 of 200. Recall asks how many frauds are found: 120 of 160."),
        True,
    ),
    (
        "C",
        _("Precision 60%, recall 98.8%"),
        _("98.8% is the accuracy, 9,880 of 10,000. It is high because nearly every payment is honest."),
        False,
    ),
    (
        "D",
        _("Precision 98.8%, recall 75%"),
        _("98.8% is the accuracy. Of the 200 flagged payments, only 120 are fraud."),
        False,
    ),
)


def options(answer: str) -> list[SampleOption]:
    """Return the options, with the answered one ticked."""
    return [
        SampleOption(letter, text, rationale, correct, ticked=letter == answer)
        for letter, text, rationale, correct in OPTIONS
    ]
