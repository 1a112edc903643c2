"""The findings of the lint on a stored question. Reads only."""

import datetime
from dataclasses import replace

from django.db.models import Q

from questions.content.pictures import picture_names
from questions.content.schema import QuestionContent
from questions.lint import Context, Finding, lint
from questions.models import Revision
from questions.services import collections, images, near_duplicates, stored_bank
from questions.services.wordings import wording_values


def full_content(revision: Revision) -> QuestionContent:
    """Return this wording with the facts of its question."""
    facts = next(stored_bank.questions(Q(pk=revision.question_id))).content
    return replace(facts, **wording_values(revision))


def check(
    content: QuestionContent,
    exam: str,
    today: datetime.date,
    *,
    shipped: bool = False,
    with_near_duplicates: bool = True,
) -> list[Finding]:
    """Return all findings, errors first, without waived warnings.

    `with_near_duplicates` also compares with the whole bank. `shipped` questions have to pass the rules of question
    files, others the milder rules of an installation.
    """
    index = near_duplicates.index() if with_near_duplicates else None
    names = picture_names(content)
    missing = frozenset(images.unknown(names)) if names else frozenset()
    house = collections.rules_for(content.collection)
    context = Context(
        today, stored_bank.syllabus(exam), index, installed=not shipped, unknown_pictures=missing, house=house
    )
    return lint(content, context)
