"""The page of a question for users who may view but not change it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.staff_page import render_page
from questions.content.differences import part_text
from questions.content.parts import FACTS, LABELS
from questions.lint.summary import summary
from questions.models import Question, Revision
from questions.services import approval, collections, findings, ratings, revisions
from questions.services.wordings import waiting_facts


def page(request: HttpRequest, question: Question) -> HttpResponse:
    """Show the newest wording with key and rationales; hide the rating from users who may not know it yet."""
    user: Any = request.user
    revision = revisions.newest_revision(question)
    knows_rating = ratings.knows_rating(user, question)
    results = []
    if revision:
        shipped = question.origin == Question.Origin.SHIPPED
        content, exam = findings.full_content(revision), question.syllabus
        results = findings.check(content, exam, timezone.localdate(), shipped=shipped, with_near_duplicates=False)
    shown = [finding for finding in results if knows_rating or finding.field != "rating"]
    context = {
        "title": question.code,
        "question": question,
        "revision": revision,
        "options": [(option, revision.key >> option.bit & 1) for option in revision.options.all()] if revision else [],
        "accepted": ", ".join(code.upper() for code in revision.accepted) if revision else "",
        "language": collections.other_language(question.collection),
        "facts": [(name, _(LABELS[name]), _shown(question, revision, name)) for name in FACTS],
        "in_review": approval.is_in_review(question),
        "rating_known": knows_rating,
        "findings": shown,
        "summary": summary(shown),
    }
    return render_page(request, "admin/questions/editor/detail.html", context)


def _shown(question: Question, revision: Revision | None, name: str) -> Any:
    """Return the value of a fact as pages show it: the label of a choice, else the value; and the one that waits."""
    value = getattr(question, name)
    if isinstance(value, bool | int | list):
        waiting = waiting_facts(revision) if revision else {}
        values = {"now": part_text(name, value), "new": part_text(name, waiting.get(name))}
        return _("%(now)s; %(new)s after approval") % values if name in waiting else values["now"]
    return dict(Question._meta.get_field(name).flatchoices).get(value, value)  # type: ignore[union-attr]
