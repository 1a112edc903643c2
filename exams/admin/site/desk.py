"""The index of the admin, by role: what waits for this user, and where to go."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.admin.analysis import needs_attention
from exams.admin.people.accounts import MANAGE_ACCOUNTS
from exams.services.classes import agenda
from exams.services.people import accounts
from questions.admin.staff_page import staff_page
from questions.imports.plan import CREATED, UPDATED
from questions.imports.undo import edited_codes
from questions.models import AutosavedEdit, ImportBatch, Job, Question
from questions.services import approval, approval_queue, blueprints, job_state
from questions.services.job_kinds import KINDS

MAX_TRIAGE_ROWS = 5
MAX_IMPORTS = 3
MAX_JOBS = 3
MAX_COUNTED_QUESTIONS = 1000  # in an import; edits of larger imports are not counted
MAX_OWN_QUESTIONS = 6


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """One import of the user, with the number of its new and changed questions.

    `n_edited` is the number of edited questions, None if not counted.
    """

    batch: ImportBatch
    n_questions: int
    n_edited: int | None


@staff_page((), "admin/exams/site/desk.html")
def page(request: HttpRequest) -> dict[str, Any]:
    """Show the index according to the permissions of the user."""
    user: Any = request.user
    may_view, may_add = user.has_perm("questions.view_question"), user.has_perm("questions.add_question")
    context = {
        "title": _("Question bank"),
        "may_view": may_view,
        "may_add": may_view and may_add,
        "show_tables": user.has_perm(MANAGE_ACCOUNTS) or not may_view,
        "tables_open": "tables" in request.GET or not may_view,
        "app_list": admin.site.get_app_list(request),
    }
    now = timezone.now()
    context["may_add_exams"] = user.has_perm(blueprints.MAKE)
    if user.has_perm("exams.view_sitting"):
        classes = agenda.agenda(user, now)
        context |= {"sees_classes": True, "classes": classes.today, "to_release": classes.to_release}
    if user.has_perm("questions.view_job"):
        context["failed_jobs"] = _failed_jobs  # asked only if the header has counted some
    if user.has_perm(MANAGE_ACCOUNTS):
        context["n_unused_accounts"] = accounts.count_unused()
    if may_view:
        triage_list = needs_attention.triage_list(request, fresh=1)  # keeps the index fast
        own_questions = Question.objects.in_use().filter(author=user)
        newest = list(own_questions.select_related("topic", "exam_domain").order_by("-pk")[:MAX_OWN_QUESTIONS])
        context |= {
            "oldest_waiting": waiting_line(approval_queue.waiting_since(), now),
            "triage_list": triage_list,
            "triage_links": needs_attention.triage_links(triage_list.rows[:MAX_TRIAGE_ROWS]),
            "imports": _imports(user) if may_add else [],
            "own_questions": newest,
            "returned": Question.objects.returned_to(user.pk).order_by("code")[:MAX_OWN_QUESTIONS],
            "returned_url": f"{reverse('admin:questions_question_changelist')}?queue=returned",
            "sent_back": approval.sent_back(newest),
            "autosaved_edit": may_add and AutosavedEdit.objects.filter(user=user, question=None).first(),
            "n_own_questions": len(newest) if len(newest) < MAX_OWN_QUESTIONS else own_questions.count(),
            "own_questions_url": f"{reverse('admin:questions_question_changelist')}?queue=mine",
        }
    return context


def _failed_jobs() -> list[tuple[Any, Job]]:
    return [(KINDS[job.kind].title, job) for job in job_state.failed()[:MAX_JOBS]]


def waiting_line(since: datetime.datetime | None, now: datetime.datetime) -> str:
    """Return a text like "The oldest waits 3 days", or ""."""
    if since is None:
        return ""
    days = (now - since).days
    if days < 1:
        return _("The oldest was submitted today")
    return ngettext("The oldest was submitted %(n)d day ago", "The oldest was submitted %(n)d days ago", days) % {
        "n": days
    }


def _imports(user: Any) -> list[ImportSummary]:
    """Return the newest imports of the user that are not undone or failed."""
    ended = [ImportBatch.State.UNDONE, ImportBatch.State.FAILED]
    summaries = []
    batches = ImportBatch.objects.filter(by=user).exclude(state__in=ended).defer("settings")
    for batch in batches.order_by("-at", "-pk")[:MAX_IMPORTS]:
        counts = batch.result.get("counts", {})
        n = counts.get(CREATED, 0) + counts.get(UPDATED, 0)
        count_edits = batch.state == ImportBatch.State.DONE and n <= MAX_COUNTED_QUESTIONS
        summaries.append(ImportSummary(batch, n, len(edited_codes(batch)) if count_edits else None))
    return summaries
