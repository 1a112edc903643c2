"""The list of questions to look at first, each with a reason and a button."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.admin.results.disputes import dispute_url, may_view_disputes
from exams.services.analysis import triage
from exams.services.analysis.triage import TriageList, TriageReason, TriageRow
from questions.admin.staff_page import staff_page
from questions.services import lint_queue

QUESTIONS_PER_PAGE = 50
BUTTONS: dict[TriageReason, Any] = {
    TriageReason.REPORTS: gettext_lazy("Open the reports"),
    TriageReason.KEY: gettext_lazy("Check the key"),
    TriageReason.CHECKS: gettext_lazy("View the finding"),
    TriageReason.FACTS: gettext_lazy("Check the facts"),
}


@dataclass(frozen=True, slots=True)
class TriageLink:
    """A row of the list with its links."""

    row: TriageRow
    question_url: str
    button: str
    url: str


@staff_page("questions.view_question", "admin/exams/analysis/needs_attention.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show the list, paginated."""
    questions = triage_list(request, fresh=lint_queue.MAX_NEW_PAGES)
    page_rows = Paginator(questions.rows, QUESTIONS_PER_PAGE).get_page(request.GET.get("page"))
    links = triage_links(page_rows)
    return {"title": _("Needs attention"), "triage_list": questions, "page": page_rows, "links": links}


def triage_list(request: HttpRequest, fresh: int) -> TriageList:
    """Return the list that the user may see. The lint checks at most `fresh` hundred questions not checked yet."""
    return triage.list_questions(timezone.localdate(), answers=may_view_disputes(request), fresh=fresh)


def triage_links(rows: Iterable[TriageRow]) -> list[TriageLink]:
    """Return the rows with their links."""
    links = []
    for row in rows:
        question = reverse("admin:questions_question_change", args=[row.question])
        match row.reason:
            case TriageReason.REPORTS | TriageReason.KEY:
                url = dispute_url(row.revision or 0)
            case TriageReason.CHECKS:
                url = f"{question}#checks"
            case TriageReason.FACTS:
                url = f"{question}#id_as_of"
        links.append(TriageLink(row, question, BUTTONS[row.reason], url))
    return links
