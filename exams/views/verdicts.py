"""The words of the verdict on a topic, and of how it stands in the plan: alike on all pages that show them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

VERDICTS: dict[str, str | Promise] = {
    "below": gettext_lazy("Below the standard"),
    "near": gettext_lazy("Near: too few to tell"),
    "above": gettext_lazy("Above the standard"),
    "unseen": gettext_lazy("Not seen yet"),
}

IN_PLAN: dict[str, str | Promise] = {
    "": "",
    "done": gettext_lazy("Done in the plan"),
    "back": gettext_lazy("Came back: missed or guessed since it was done"),
}
