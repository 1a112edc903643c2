"""Say in one sentence what a quiz asks, before it starts: '20 questions: 12 new, 5 due, 3 you missed'."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.psychometrics.quiz_order import Group
from exams.services.practice.selection import Selection


def composition(chosen: Selection) -> str:
    """Return the sentence without a period; empty without questions."""
    total = len(chosen.questions)
    if not total:
        return ""
    count = {group: chosen.groups.get(group, 0) for group in Group}
    parts = [
        (count[Group.WEAK] + count[Group.NEW], _("%(n)d new")),
        (count[Group.DUE], _("%(n)d due")),
        (count[Group.MISSED], _("%(n)d you missed")),
        (count[Group.RIGHT], _("%(n)d you knew")),
        (count[Group.RESTING], _("%(n)d asked within a week or open elsewhere, since nothing else is left")),
    ]
    told = ", ".join(text % {"n": n} for n, text in parts if n)
    return ngettext("%(total)d question: %(parts)s", "%(total)d questions: %(parts)s", total) % {
        "total": total,
        "parts": told,
    }
