"""The first page of the admin: what to do, what to look at first, one's own imports and questions; tables folded."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from exams.admin import triage
from exams.admin.header import RUN
from questions.imports.batch_writer import edited_codes
from questions.models import AutosavedEdit, ImportBatch, Question
from questions.services import review_feedback, review_queue

FIRST = 5  # rows of 'Look at first'
IMPORTS = 3
TOUCHED = 1000  # questions of an import of which this page says whether somebody has worked on them
MINE = 6


@dataclass(frozen=True, slots=True)
class Import:
    """One of the reader's imports; `touched` questions somebody has worked on, None: not looked."""

    batch: ImportBatch
    questions: int
    touched: int | None


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What each reader sees follows from her permissions; who may not see questions gets the tables she may see."""
    me: Any = request.user
    see, add = me.has_perm("questions.view_question"), me.has_perm("questions.add_question")
    context = {
        **admin.site.each_context(request),
        "title": _("Question bank"),
        "see": see,
        "add": see and add,
        "tables": me.has_perm(RUN) or not see,
        "tables_open": "tables" in request.GET or not see,
        "app_list": admin.site.get_app_list(request),
    }
    if see:
        found = triage.find(request, fresh=1)  # the first page is opened often: it must not be slow
        mine = Question.objects.in_use().filter(author=me)
        newest = list(mine.select_related("topic", "exam_domain").order_by("-pk")[:MINE])
        context |= {
            "oldest": waits(review_queue.waiting_since(), timezone.now()),
            "found": found,
            "rows": triage.shown(found.rows[:FIRST]),
            "imports": _imports(me) if add else [],
            "mine": newest,
            "given_back": review_feedback.sent_back(newest),
            "unsaved": add and AutosavedEdit.objects.filter(user=me, question=None).first(),
            "n_mine": mine.count(),
            "mine_url": f"{reverse('admin:questions_question_changelist')}?queue=mine",
        }
    return TemplateResponse(request, "admin/desk.html", context)


def waits(since: datetime.datetime | None, now: datetime.datetime) -> str:
    """ "The oldest waits 3 days", or nothing."""
    if since is None:
        return ""
    days = (now - since).days
    if days < 1:
        return _("The oldest came today")
    return ngettext("The oldest waits %(n)d day", "The oldest waits %(n)d days", days) % {"n": days}


def _imports(me: Any) -> list[Import]:
    """The newest imports of this reader that stand or are at work, without what became of each row: that is long."""
    gone = [ImportBatch.State.UNDONE, ImportBatch.State.FAILED]
    found = []
    batches = ImportBatch.objects.filter(by=me).exclude(state__in=gone).defer("result", "settings")
    for batch in batches.order_by("-at", "-pk")[:IMPORTS]:
        n = Question.objects.filter(batch=batch).count()
        looked = batch.state == ImportBatch.State.DONE and n <= TOUCHED
        found.append(Import(batch, n, len(edited_codes(batch)) if looked else None))
    return found
