"""The words of the verdict on a topic, alike on all pages: progress, plan, end of a quiz, report."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

VERDICTS: dict[str, str | Promise] = {
    "below": gettext_lazy("Below the standard"),
    "back": gettext_lazy("Came back: two missed since it was done"),
    "near": gettext_lazy("Near: too few to tell"),
    "above": gettext_lazy("Above the standard"),
    "done": gettext_lazy("Done"),
    "unseen": gettext_lazy("Not seen yet"),
}
