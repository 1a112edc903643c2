"""A question for those who may read and not write it: the newest wording as text, and its facts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from questions.models import Question
from questions.services import findings, ratings, review, revisions


def page(request: HttpRequest, question: Question) -> HttpResponse:
    """The wording with its key and rationales; the rating, and what the checks say of it, as reviewers may know it."""
    me: Any = request.user
    revision = revisions.newest_revision(question)
    known = ratings.knows_rating(me, question)
    found = []
    if revision:
        shipped = question.origin == Question.Origin.SHIPPED
        whole, exam = findings.full_content(revision), question.exam_domain.exam
        found = findings.check(whole, exam, timezone.localdate(), shipped=shipped, with_near_duplicates=False)
    context = {
        **admin.site.each_context(request),
        "title": question.code,
        "question": question,
        "revision": revision,
        "options": [(option, revision.key >> option.bit & 1) for option in revision.options.all()] if revision else [],
        "in_review": review.is_in_review(question),
        "rating_known": known,
        "found": [each for each in found if known or each.field != "rating"],
    }
    return TemplateResponse(request, "admin/questions/question/detail.html", context)
