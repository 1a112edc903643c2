"""Test which questions are in review."""

from dataclasses import replace

import pytest

from questions.models import Question, Revision, User
from questions.services import action_plans, approval, approval_queue, lifecycle, ratings, revisions
from tests import authoring, many_questions
from tests.authoring import NOW

pytestmark = pytest.mark.django_db


def overtaken(author: User, reviewer: User) -> Question:
    """Return a live question whose newer wording was in review when a key ruling published another one above it."""
    (question,) = many_questions.questions(author, 1)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=reviewer)
    Question.objects.filter(pk=question.pk).update(status="live")
    work = revisions.revise(Question.objects.get(pk=question.pk), now=NOW, by=author)
    revisions.rewrite(work, many_questions.content(8, id="own-000"), now=NOW, by=author)
    approval.submit([Question.objects.get(pk=question.pk)], now=NOW, by=author)
    ruled = Revision(question=question, kind=work.kind)
    revisions.begin(ruled, now=NOW, by=reviewer)
    content = many_questions.content(0, id="own-000")
    options = tuple(replace(option, correct=option.id == "b") for option in content.options)
    revisions.rewrite(ruled, replace(content, options=options), now=NOW, by=reviewer)
    lifecycle.publish([ruled], now=NOW, by=reviewer)
    return Question.objects.get(pk=question.pk)


def test_a_wording_older_than_the_published_one_is_not_in_review(author: User, reviewer: User) -> None:
    question = overtaken(author, reviewer)
    assert list(Question.objects.in_review()) == []
    assert approval_queue.waiting_since() is None
    assert not approval.is_in_review(question)


@pytest.mark.slow
def test_an_overtaken_wording_does_not_block_the_approval_of_others(author: User, reviewer: User) -> None:
    question = overtaken(author, reviewer)
    other = authoring.question(author, "own-other")
    approval.submit([other], now=NOW, by=author)
    ratings.rate([other], 70, now=NOW, by=reviewer)
    rows = action_plans.select([question.pk, other.pk], reviewer)
    plan = action_plans.plan_approval(rows, NOW.date(), reviewer)
    assert [row.question.code for row in plan.blocked] == ["own-000"]
    assert [row.code for row in approval.approve(plan, pilot=False, now=NOW, by=reviewer).changed] == ["own-other"]
