"""Say what a quiz asks: before it starts '20 questions: 5 due, 12 new, 3 you missed', then 'Modeling, 20 questions'."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt
from exams.psychometrics.quiz_order import Group
from exams.services.practice.filters import SURE_WRONG, WRONG, Filters
from exams.services.practice.selection import Selection
from questions.models import Blueprint, Topic


def composition(chosen: Selection) -> str:
    """Return the sentence without a period; empty without questions."""
    total = len(chosen.questions)
    if not total:
        return ""
    return ngettext("%(total)d question: %(parts)s", "%(total)d questions: %(parts)s", total) % {
        "total": total,
        "parts": parts_of(chosen),
    }


def parts_of(chosen: Selection) -> str:
    """Return how many of the questions are due, new and so on; empty without questions."""
    count = {group: chosen.groups.get(group, 0) for group in Group}
    due = _("%(n)d of %(due)d due") if chosen.due > count[Group.DUE] else _("%(n)d due")
    parts = [
        (count[Group.DUE], due),
        (count[Group.WEAK] + count[Group.NEW], _("%(n)d new")),
        (count[Group.MISSED], _("%(n)d you missed")),
        (count[Group.RIGHT], _("%(n)d you knew")),
        (count[Group.RESTING], _("%(n)d asked in the last 7 days")),
        (count[Group.ASKED_TODAY], _("%(n)d again, asked today")),
    ]
    return ", ".join(text % {"n": n, "due": chosen.due} for n, text in parts if n)


def title(blueprint: Blueprint, kind: str, filters: Filters, n: int) -> str:
    """Return what a quiz of `n` questions is called, in its list and in the history."""
    return _("%(subject)s, %(questions)s") % {
        "subject": _subject(blueprint, kind, filters)[:90],
        "questions": ngettext("%(n)d question", "%(n)d questions", n) % {"n": n},
    }


def _subject(blueprint: Blueprint, kind: str, filters: Filters) -> str:
    """Return the topic, the exam domain, the workout or the state that was chosen alone; else the kind."""
    exam = blueprint.exam
    if kind != Attempt.PracticeKind.QUIZ:
        return {
            Attempt.PracticeKind.TRY: _("From all of the exam"),
            Attempt.PracticeKind.FULL: _("A whole exam"),
            Attempt.PracticeKind.MISTAKES: _("Missed"),
            Attempt.PracticeKind.REPETITION: _("Due"),
            Attempt.PracticeKind.TODAY: _("Today"),
        }[Attempt.PracticeKind(kind)]
    if len(filters.topic) == 1 and (topic := Topic.objects.filter(slug=filters.topic[0]).first()):
        return topic.title
    if filters.topic or filters.task:
        return _("Some topics")
    if len(filters.domain) == 1:
        titles = {domain.number: domain.title for domain in exam.exam_domains}
        return titles.get(filters.domain[0], _("Quiz"))
    if len(filters.collection) == 1 and filters.collection[0] not in exam.collections:
        return _("Workout")
    if filters.state == (SURE_WRONG,):
        return _("Sure but wrong")
    return _("Missed") if filters.state == (WRONG,) else _("Quiz")
