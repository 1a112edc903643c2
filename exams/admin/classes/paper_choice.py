"""A paper from an empty one: its questions are chosen and put in order by hand.

What is chosen travels with the form, so that nothing is stored before the paper is whole.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from exams.admin.classes.paper import MAX_REPLACEMENTS, MAX_SEARCH_CHARS, shown_rows
from exams.admin.classes.sittings import CHANGE, own_sitting
from exams.models import Form
from exams.psychometrics.drawing import PoolItem
from exams.services.attempt import papers, question_pool, scoring_rules
from exams.services.attempt.hidden_questions import with_enemies
from exams.services.classes import sittings
from questions.admin.staff_page import log, render_page, staff_form
from questions.content.typed_numbers import whole_number
from questions.content.worth import in_short
from questions.services import search
from questions.services.errors import RefusedError

MAX_CHOSEN = 500


@staff_form(CHANGE, "admin/exams/classes/paper_choice.html")
def choose(request: HttpRequest, pk: int) -> dict[str, Any] | HttpResponse:
    """Show what is chosen and what can be; POST adds, removes, moves or searches, or makes the paper of it."""
    sitting = own_sitting(request, pk)
    form = sitting.form
    if form is None:
        raise Http404
    chosen, refusal = _chosen(request), ""
    if "use" in request.POST:
        try:
            sittings.choose_paper(sitting, chosen)
        except RefusedError as refused:
            refusal = str(refused)
        else:
            text = _("The paper has the questions that you chose.")
            log(request, sitting, text)
            messages.success(request, text)
            return HttpResponseRedirect(reverse("admin:exams_sitting_paper", args=[pk]))
    context = _context(request, form, chosen) | {"sitting": sitting, "refusal": refusal}
    status = 422 if refusal else 200
    return render_page(request, "admin/exams/classes/paper_choice.html", context, status)


def _chosen(request: HttpRequest) -> list[int]:
    """Return the chosen revisions in their order, after what was pressed."""
    data = request.POST
    chosen = [whole_number(value, 0) for value in data.getlist("chosen")[:MAX_CHOSEN]]
    chosen = list(dict.fromkeys(number for number in chosen if number))
    added = whole_number(data.get("add", ""), 0)
    if added and added not in chosen:
        chosen.append(added)
    removed = whole_number(data.get("remove", ""), 0)
    if removed in chosen:
        chosen.remove(removed)
    for name, step in (("up", -1), ("down", 1)):
        if (number := whole_number(data.get(name, ""), 0)) in chosen:
            place = chosen.index(number)
            chosen.insert(max(0, place + step), chosen.pop(place))
    return chosen


def _context(request: HttpRequest, form: Form, chosen: Sequence[int]) -> dict[str, Any]:
    pool, exam = question_pool.pool_for(form.blueprint), form.blueprint.exam
    items = {item.revision: item for item in pool.items}
    kept = [items[revision] for revision in chosen if revision in items]
    counts, domain = Counter(item.domain for item in kept), whole_number(request.POST.get("domain", ""), 0)
    sought = request.POST.get("q", "").strip()[:MAX_SEARCH_CHARS]
    found = _found(pool.items, kept, domain, sought)
    rule = scoring_rules.before_start(form.blueprint)
    return {
        "title": _("Choose the questions of the paper"),
        "rule": rule,
        "total": in_short(sum(pool.frozen[item.revision].worth for item in kept)),
        "chosen": shown_rows(kept, rule),
        "choices": shown_rows(found[:MAX_REPLACEMENTS], rule),
        "n_more": max(0, len(found) - MAX_REPLACEMENTS),
        "needs": [
            (number, exam.domain_title(number), counts[number], n) for number, n in sorted(papers.wanted(form).items())
        ],
        "n_questions": len(form.plan),
        "shows_domains": exam.shows_domains,
        "domain": domain,
        "sought": sought,
    }


def _found(pool: Sequence[PoolItem], kept: Sequence[PoolItem], domain: int, sought: str) -> list[PoolItem]:
    """Return the questions that can be added: not chosen, and none that must not meet a chosen one."""
    blocked = with_enemies({item.question for item in kept})
    found = [item for item in pool if item.question not in blocked and domain in (0, item.domain)]
    if sought:
        matching = search.matching(sought, [item.question for item in found])
        found = [item for item in found if item.question in matching]
    return sorted(found, key=lambda item: (item.domain, item.question))
