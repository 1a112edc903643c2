"""The page of a question for users who may view but not change it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from questions.admin.staff_page import render_page
from questions.lint.summary import summary
from questions.models import Question
from questions.services import approval, findings, ratings, revisions


def page(request: HttpRequest, question: Question) -> HttpResponse:
    """Show the newest wording with key and rationales; hide the rating from users who may not know it yet."""
    user: Any = request.user
    revision = revisions.newest_revision(question)
    knows_rating = ratings.knows_rating(user, question)
    results = []
    if revision:
        shipped = question.origin == Question.Origin.SHIPPED
        content, exam = findings.full_content(revision), question.exam_domain.exam
        results = findings.check(content, exam, timezone.localdate(), shipped=shipped, with_near_duplicates=False)
    shown = [finding for finding in results if knows_rating or finding.field != "rating"]
    context = {
        "title": question.code,
        "question": question,
        "revision": revision,
        "options": [(option, revision.key >> option.bit & 1) for option in revision.options.all()] if revision else [],
        "in_review": approval.is_in_review(question),
        "rating_known": knows_rating,
        "findings": shown,
        "summary": summary(shown),
    }
    return render_page(request, "admin/questions/editor/detail.html", context)
