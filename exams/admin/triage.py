"""The list of questions to look at first: a sentence and one button a question."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from exams.admin.disputes import dispute_url, may_look
from exams.services.analysis import triage
from exams.services.analysis.triage import TriageList, TriageReason, TriageRow
from questions.services import lint_queue

ON_A_PAGE = 50
BUTTONS: dict[TriageReason, Any] = {
    TriageReason.REPORTS: gettext_lazy("Open the reports"),
    TriageReason.KEY: gettext_lazy("Look at the key"),
    TriageReason.CHECKS: gettext_lazy("See the check"),
    TriageReason.FACTS: gettext_lazy("Check the facts"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the list as a page shows it."""

    row: TriageRow
    question_url: str
    button: str
    url: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All of the list, ON_A_PAGE at a time."""
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    found = find(request, fresh=lint_queue.MAX_NEW_PAGES)
    rows = Paginator(found.rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Look at first"),
        "found": found,
        "page": rows,
        "rows": shown(rows),
        "unchecked": found.asked - found.checked,
    }
    return TemplateResponse(request, "admin/exams/triage.html", context)


def find(request: HttpRequest, fresh: int) -> TriageList:
    """What this reader may know of it; looks at `fresh` hundreds of questions that the checks do not know yet."""
    return triage.list_questions(timezone.localdate(), answers=may_look(request), fresh=fresh)


def shown(rows: Iterable[TriageRow]) -> list[Shown]:
    """These rows with their links."""
    found = []
    for row in rows:
        question = reverse("admin:questions_question_change", args=[row.question])
        match row.reason:
            case TriageReason.REPORTS | TriageReason.KEY:
                url = dispute_url(row.revision or 0)
            case TriageReason.CHECKS:
                url = f"{question}#checks"
            case TriageReason.FACTS:
                url = f"{question}#id_as_of"
        found.append(Shown(row, question, BUTTONS[row.reason], url))
    return found
