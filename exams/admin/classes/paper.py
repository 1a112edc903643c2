"""The paper of an exam for a class in the admin: preview, exchange of questions, print with or without the key."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from exams.admin.classes.sittings import CHANGE, own_sitting
from exams.psychometrics.drawing import PoolItem
from exams.services.attempt import papers, pass_points, scoring_rules
from exams.services.attempt.scoring_rules import Credit, ScoringRule
from exams.services.classes import sittings
from questions.admin.staff_page import log, staff_action, staff_form, staff_page
from questions.content.schema import LETTERS
from questions.content.typed_numbers import whole_number
from questions.models import Revision
from questions.models.collection import with_language
from questions.services import search
from questions.services.errors import RefusedError

MAX_SEARCH_CHARS = 100
MAX_REPLACEMENTS = 30  # on the page, those with the nearest rating first


@staff_page(CHANGE, "admin/exams/classes/paper.html")
def paper(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show the paper as all get it, with the key unless the address says `?key=no`."""
    sitting = own_sitting(request, pk)
    if sitting.form is None:
        raise Http404
    return {
        "title": _("Paper of %s") % sitting.name,
        "sitting": sitting,
        "exam": sitting.blueprint.exam,
        "pass_points": pass_points.before_start(sitting.blueprint, sitting.form),
        "rule": scoring_rules.before_start(sitting.blueprint, sitting.form),
        "questions": [_shown(question) for question in papers.questions(sitting.form)],
        "with_key": request.GET.get("key") != "no",
        "may_exchange": not sittings.has_started(sitting),
    }


@staff_form(CHANGE, "admin/exams/classes/paper_exchange.html")
def exchange(request: HttpRequest, pk: int, position: int) -> dict[str, Any] | HttpResponse:
    """Choose another question for this position of the paper."""
    sitting = own_sitting(request, pk)
    if sitting.form is None or not 1 <= position <= len(sitting.form.plan):
        raise Http404
    if request.method == "POST":
        try:
            sittings.exchange_question(sitting, position, whole_number(request.POST.get("revision"), 0))
            text = _("Question %(n)d was exchanged.") % {"n": position}
            log(request, sitting, text)
            messages.success(request, text)
        except RefusedError as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(f"{reverse('admin:exams_sitting_paper', args=[pk])}#q{position}")
    sought = request.GET.get("q", "").strip()[:MAX_SEARCH_CHARS]
    items = papers.replacements(sitting.form, position)
    if sought:
        found = search.matching(sought, [item.question for item in items])
        items = [item for item in items if item.question in found]
    return {
        "title": _("Exchange question %(n)d") % {"n": position},
        "sitting": sitting,
        "position": position,
        "sought": sought,
        "current": _shown(papers.questions(sitting.form)[position - 1]),
        "choices": shown_rows(items[:MAX_REPLACEMENTS], scoring_rules.before_start(sitting.blueprint)),
        "n_more": max(0, len(items) - MAX_REPLACEMENTS),
    }


@staff_action(CHANGE)
def move(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """Put a question of the paper at another position."""
    sitting, to = own_sitting(request, pk), whole_number(request.POST.get("to"), 0)
    try:
        sittings.move_question(sitting, position, to)
        text = _("Question %(n)d is question %(to)d now.") % {"n": position, "to": to}
        log(request, sitting, text)
        messages.success(request, text)
    except RefusedError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(f"{reverse('admin:exams_sitting_paper', args=[pk])}#q{to or position}")


def shown_rows(items: Sequence[PoolItem], rule: ScoringRule) -> list[tuple[PoolItem, Revision, str]]:
    """Return these questions with their wordings and points, for a list with previews."""
    rows = Revision.objects.select_related("question__topic").prefetch_related("options")
    shown: dict[int, Revision] = with_language(rows, "question").in_bulk([item.revision for item in items])
    return [(item, shown[item.revision], _credit(rule, shown[item.revision])) for item in items]


def _credit(rule: ScoringRule, row: Revision) -> str:
    return rule.credit_text(Credit(row.question.worth, row.question.partial, row.choose))


def _shown(question: papers.PaperQuestion) -> dict[str, Any]:
    """Return a question with the letters of its options, which are those of all participants."""
    either = question.key.key | question.key.also
    return {
        "question": question,
        "options": [
            (LETTERS[index], option, bool(either >> option.bit & 1)) for index, option in enumerate(question.options)
        ],
        "key": question.key.in_words([option.bit for option in question.options]),
    }
