"""Test that actions on many questions follow the same rules as on one, in a constant number of queries."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.models import Bank, History, Question, Revision, User, Waiver
from questions.services import (
    action_plans,
    approval,
    authorship,
    bank_version,
    bulk_edit,
    lifecycle,
    near_duplicates,
    question_rows,
    ratings,
    revisions,
)
from questions.services.action_plans import ActionPlan
from questions.services.errors import RefusedError
from tests import authoring, factories, many_questions
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
REASON = {"missing-reference": "The course book backs it."}


def read(questions: Iterable[Question], user: User) -> list[action_plans.SelectedQuestion]:
    return action_plans.select([row.pk for row in questions], user)


def codes(rows: Iterable[Any]) -> list[str]:
    return [row.question.code for row in rows]


def submitted(questions: Iterable[Question], author: User, reasons: dict[str, str] | None = None) -> list[Question]:
    plan = action_plans.plan_submission(read(questions, author), TODAY, reasons or {})
    assert not plan.blocked, plan.blocked
    done = approval.submit(plan, now=NOW, by=author)
    return list(Question.objects.filter(pk__in=[row.pk for row in done.changed]))


def history_of(code: str) -> list[tuple[str, Any, Any, str]]:
    rows = History.objects.filter(question__code=code).order_by("pk")
    return [(row.action, row.before, row.after, str(row.by)) for row in rows]


def state_of(code: str) -> dict[str, Any]:
    row = Question.objects.select_related("current").get(code=code)
    assert row.current
    return {
        "status": row.status,
        "number": row.current.number,
        "published": row.current.published_at,
        "submitted": row.current.submitted_at,
        "rating": row.rating,
        "raters": row.raters,
        "draft": row.search_text[8:],
    }


@pytest.mark.slow
def test_many_questions_pass_review_with_the_same_rows_as_single_ones(author: User, reviewer: User) -> None:
    """Bank and history are the same either way."""
    alone, *together = many_questions.questions(author, 3)
    approval.submit([alone], now=NOW, by=author)
    assert {row.status for row in submitted(together, author)} == {"review"}
    for question in (alone, *together):
        ratings.rate([Question.objects.get(pk=question.pk)], 70, now=NOW, by=reviewer)
    approval.approve([Question.objects.get(pk=alone.pk)], pilot=False, now=NOW, by=reviewer)
    plan = action_plans.plan_approval(read(together, reviewer), TODAY, reviewer)
    approval.approve(plan, pilot=False, now=NOW, by=reviewer)
    one, two = state_of("own-000"), state_of("own-001")
    assert len(one.pop("draft")) == len(two.pop("draft"))
    assert one == two
    assert [(action, by) for action, before, after, by in history_of("own-000")] == [
        (action, by) for action, before, after, by in history_of("own-001")
    ]
    assert history_of("own-000")[2:] == history_of("own-001")[2:], "the first two identify the wording"


@pytest.mark.slow
def test_blocked_questions_are_returned_with_the_reason(author: User) -> None:
    good, bare, wrong, retired, waiting, undated = many_questions.questions(author, 6)
    many_questions.spoil(bare, wrong, author)
    lifecycle.retire([retired], now=NOW, by=author)
    approval.submit([waiting], now=NOW, by=author)
    Question.objects.filter(pk=undated.pk).update(as_of=None, license="")
    chosen = (good, bare, wrong, retired, waiting, undated)
    plan = action_plans.plan_submission(read(chosen, author), TODAY)
    assert codes(plan.ready) == ["own-000"]
    assert [row.question.code for row, findings in plan.warned] == ["own-001"]
    assert plan.rules == {"missing-reference": 1}
    reasons_by_code = {row.question.code: " ".join(row.reasons) for row in plan.blocked}
    assert "asks for 2, but 1" in reasons_by_code["own-002"]
    assert reasons_by_code["own-003"] == "The question is retired."
    assert reasons_by_code["own-004"] == "The question is already in review."
    assert reasons_by_code["own-005"] == "The question needs: the date of the facts, a license."
    plan = action_plans.plan_submission(read(chosen, author), TODAY, REASON)
    assert codes(plan.ready) == ["own-000", "own-001"]
    approval.submit(plan, now=NOW, by=author)
    assert set(Question.objects.filter(status="review").values_list("code", flat=True)) == {
        "own-000",
        "own-001",
        "own-004",
    }


def test_one_reason_is_stored_as_a_waiver_of_each_warned_question(author: User, reviewer: User) -> None:
    chosen = many_questions.questions(author, 3, references=())
    good = authoring.question(author)
    submitted([*chosen, good], author, REASON)
    waivers = Waiver.objects.values_list("question__code", "rule", "reason", "by__username").order_by("question__code")
    assert list(waivers) == [(f"own-00{n}", "missing-reference", REASON["missing-reference"], "ada") for n in range(3)]
    assert [row[0] for row in history_of("own-000")][-2:] == ["waived", "submitted"]
    for question in chosen:
        ratings.rate([question], 70, now=NOW, by=author)
    plan = action_plans.plan_approval(read(chosen, reviewer), TODAY, reviewer)
    assert codes(plan.ready) == ["own-000", "own-001", "own-002"], "waivers apply in the review too"


def test_a_blank_reason_and_a_reason_for_an_error_waive_nothing(author: User) -> None:
    chosen = many_questions.questions(author, 1, references=())
    for reasons in ({}, {"missing-reference": "  "}, {"choose-mismatch": "Because."}):
        plan = action_plans.plan_submission(read(chosen, author), TODAY, reasons)
        assert not plan.ready
        assert len(plan.warned) == 1


def test_near_duplicates_within_the_selection_are_blocked(author: User) -> None:
    one = authoring.question(author, "own-one")
    two = authoring.question(author, "own-two")
    plan = action_plans.plan_submission(read([one, two], author), TODAY)
    assert [len(row.reasons) for row in plan.blocked] == [1, 1]
    assert "nearly the same question" in plan.blocked[0].reasons[0]


def test_own_wordings_are_blocked_if_there_is_another_approver(author: User, reviewer: User) -> None:
    solo = account("solo", "Instructor")
    own, others = many_questions.questions(solo, 1), [authoring.question(author, "own-theirs")]
    submitted(own, solo)
    submitted(others, author)
    for question in (*own, *others):
        ratings.rate([Question.objects.get(pk=question.pk)], 70, now=NOW, by=reviewer)
    plan = action_plans.plan_approval(read([*own, *others], solo), TODAY, solo)
    assert codes(plan.ready) == ["own-theirs"]
    assert plan.blocked[0].reasons == (
        "You wrote this revision. A second person must approve it. Nobody else is here? An administrator can approve "
        "it, or give somebody the role Reviewer; the operator of this server can set SELF_APPROVAL=on.",
    )
    reviewer.groups.clear()
    plan = action_plans.plan_approval(read([*own, *others], solo), TODAY, User.objects.get(pk=solo.pk))
    approval.approve(plan, pilot=True, now=NOW, by=solo)
    assert set(Question.objects.values_list("status", flat=True)) == {"pilot"}
    texts = History.objects.filter(action="approved").values_list("question__code", "after__text")
    assert dict(texts) == {"own-000": "approved by its author", "own-theirs": None}


def test_a_reviewer_who_rewrote_a_wording_is_an_author_of_it(author: User, reviewer: User) -> None:
    account("rita", "Reviewer")
    (question,) = submitted(many_questions.questions(author, 1), author)
    revisions.rewrite(
        revisions.revision_in_work(question), many_questions.content(7, id="own-000"), now=NOW, by=reviewer
    )
    assert [row.is_writer for row in read([question], reviewer)] == [
        authorship.has_written(reviewer, revisions.revision_in_work(question))
    ]
    assert read([question], reviewer)[0].is_writer


def test_without_a_rating_no_question_is_approved(author: User, reviewer: User) -> None:
    factories.small_blueprint(code="LOCAL")  # passes by ratings
    chosen = submitted(many_questions.questions(author, 2), author)
    ratings.rate([chosen[0]], 70, now=NOW, by=reviewer)
    plan = action_plans.plan_approval(read(chosen, reviewer), TODAY, reviewer)
    assert codes(plan.ready) == ["own-000"]
    assert plan.blocked[0].reasons == ("The question needs: a rating from 5 to 97.",)


def test_a_newer_wording_of_a_live_question_is_checked_and_published(author: User, reviewer: User) -> None:
    (question,) = many_questions.questions(author, 1)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=reviewer)
    Question.objects.filter(pk=question.pk).update(status="live")
    revision = revisions.revise(Question.objects.get(pk=question.pk), now=NOW, by=author)
    revisions.rewrite(revision, many_questions.content(8, id="own-000", references=()), now=NOW, by=author)
    plan = action_plans.plan_submission(read([question], author), TODAY)
    assert plan.rules == {"missing-reference": 1}, "the newer wording is checked"
    submitted([question], author, REASON)
    assert Question.objects.get(pk=question.pk).status == "live"
    plan = action_plans.plan_approval(read([question], reviewer), TODAY, reviewer)
    approval.approve(plan, pilot=False, now=NOW, by=reviewer)
    question = Question.objects.get(pk=question.pk)
    assert question.current
    assert (question.current.number, question.current.stem) == (2, many_questions.content(8).stem)
    assert "bababu" not in question.search_text
    assert many_questions.content(8).stem.casefold() in question.search_text
    approved = [row for row in history_of("own-000") if row[0] == "published"]
    assert approved[-1][1:3] == ({"revision": 1}, {"revision": 2})


def test_own_submissions_are_taken_back_and_others_are_not(author: User, reviewer: User) -> None:
    bob = account("bob", "Author")
    own, others = (
        submitted(many_questions.questions(author, 1), author),
        submitted([authoring.question(bob, "own-bob")], bob),
    )
    plan = action_plans.plan_taking_back(read([*own, *others], author))
    assert plan.blocked[0].reasons == ("Someone else submitted this question. A reviewer can send it back.",)
    approval.take_back(plan, now=NOW, by=author)
    assert dict(Question.objects.values_list("code", "status")) == {"own-000": "draft", "own-bob": "review"}
    assert list(Question.objects.in_review()) == others
    assert history_of("own-000")[-1][0] == "taken back"


def test_retiring_many_questions_raises_the_version_of_the_bank_once(author: User) -> None:
    chosen = many_questions.questions(author, 3)
    lifecycle.retire([chosen[0]], now=NOW, by=author)
    version = bank_version.bank_version()
    plan = action_plans.plan_retirement(read(chosen, author), author)
    assert plan.blocked[0].reasons == ("The question is already retired.",)
    assert len(approval.retire(plan, now=NOW, by=author).changed) == 2
    assert set(Question.objects.values_list("status", flat=True)) == {"retired"}
    assert Bank.objects.get().version == version + 1
    assert history_of("own-001")[-1] == ("retired", {"status": "draft"}, {"status": "retired"}, "ada")


def test_only_approvers_retire_live_questions(author: User, reviewer: User) -> None:
    chosen = submitted(many_questions.questions(author, 2), author)
    ratings.rate([chosen[0]], 70, now=NOW, by=reviewer)
    approval.approve([Question.objects.get(pk=chosen[0].pk)], pilot=False, now=NOW, by=reviewer)
    plan = action_plans.plan_retirement(read(chosen, author), author)
    assert [row.question.code for row in plan.ready] == ["own-001"]
    assert "Only an approver can retire it" in plan.blocked[0].reasons[0]
    assert len(action_plans.plan_retirement(read(chosen, reviewer), reviewer).ready) == 2


def test_retired_questions_come_back_with_the_status_that_they_had(author: User, reviewer: User) -> None:
    chosen = submitted(many_questions.questions(author, 2), author)
    ratings.rate([chosen[0]], 70, now=NOW, by=reviewer)
    approval.approve([Question.objects.get(pk=chosen[0].pk)], pilot=False, now=NOW, by=reviewer)
    rows = list(Question.objects.order_by("code"))
    assert "not retired" in action_plans.plan_restoration(read(rows, reviewer), reviewer).blocked[0].reasons[0]
    lifecycle.retire(rows, now=NOW, by=reviewer)
    plan = action_plans.plan_restoration(read(rows, author), author)
    assert [row.question.code for row in plan.ready] == ["own-001"], "the other one was live"
    version = bank_version.bank_version()
    approval.restore(action_plans.plan_restoration(read(rows, reviewer), reviewer), now=NOW, by=reviewer)
    assert dict(Question.objects.values_list("code", "status")) == {"own-000": "live", "own-001": "draft"}
    assert history_of("own-000")[-1] == ("restored", {"status": "retired"}, {"status": "live"}, "rob")
    assert bank_version.bank_version() > version
    lifecycle.retire(rows[:1], now=NOW, by=reviewer, evidence={"ruling": 1})
    plan = action_plans.plan_restoration(read(rows[:1], reviewer), reviewer)
    assert "A key ruling retired this question." in plan.blocked[0].reasons[0]


def test_questions_changed_since_the_plan_are_left_out_and_returned(author: User) -> None:
    chosen = many_questions.questions(author, 2)
    plan = action_plans.plan_submission(read(chosen, author), TODAY)
    question_rows.touch([chosen[1].pk])
    done = approval.submit(plan, now=NOW, by=author)
    assert [row.code for row in done.changed] == ["own-000"]
    assert [row.question.code for row in done.left_out] == ["own-001"]
    assert "Someone else changed this question." in done.left_out[0].reasons[0]
    assert Question.objects.get(code="own-001").status == "draft"


def test_a_question_rated_since_the_plan_is_left_out(author: User, reviewer: User) -> None:
    """A rating does not bump the lock version, but determines whether the question may be asked."""
    chosen = submitted(many_questions.questions(author, 2), author)
    for question in chosen:
        ratings.rate([question], 60, now=NOW, by=reviewer)
    plan = action_plans.plan_approval(read(chosen, reviewer), TODAY, reviewer)
    ratings.rate([chosen[0]], 2, now=NOW, by=author)
    done = approval.approve(plan, pilot=False, now=NOW, by=reviewer)
    assert [row.code for row in done.changed] == ["own-001"]
    assert [row.question.code for row in done.left_out] == ["own-000"]
    plan = bulk_edit.plan_edit(read(chosen, author), bulk_edit.FactChanges(rating=70, unrated_only=False), author)
    ratings.rate([Question.objects.get(pk=chosen[0].pk)], 4, now=NOW, by=reviewer)
    edited = bulk_edit.edit(plan, bulk_edit.FactChanges(rating=70, unrated_only=False), now=NOW, by=author)
    assert [row.question.code for row in edited.left_out] == ["own-000"]


def test_none_is_approved_if_one_wording_was_published_meanwhile(author: User, reviewer: User) -> None:
    chosen = submitted(many_questions.questions(author, 2), author)
    for question in chosen:
        ratings.rate([question], 70, now=NOW, by=reviewer)
    plan = action_plans.plan_approval(read(chosen, reviewer), TODAY, reviewer)
    first = plan.ready[0].revision
    assert first
    Revision.objects.filter(pk=first.pk).update(published_at=NOW)
    with pytest.raises(RefusedError, match="Nothing was changed"):
        approval.approve(plan, pilot=False, now=NOW, by=reviewer)
    assert set(Question.objects.values_list("status", flat=True)) == {"review"}
    assert not History.objects.filter(action="approved").exists()


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow_with_the_questions(author: User, reviewer: User) -> None:
    def count_queries(some: list[Question]) -> list[int]:
        counted = []
        with CaptureQueriesContext(connection) as caught:
            plan = action_plans.plan_submission(read(some, author), TODAY, REASON)
            approval.submit(plan, now=NOW, by=author)
        counted.append(len(caught))
        for question in some:
            ratings.rate([Question.objects.get(pk=question.pk)], 70, now=NOW, by=reviewer)
        with CaptureQueriesContext(connection) as caught:
            plan: ActionPlan = action_plans.plan_approval(read(some, reviewer), TODAY, reviewer, REASON)
            done = approval.approve(plan, pilot=False, now=NOW, by=reviewer)
        assert len(done.changed) == len(some)
        counted.append(len(caught))
        with CaptureQueriesContext(connection) as caught:
            approval.retire(action_plans.plan_retirement(read(some, reviewer), reviewer), now=NOW, by=reviewer)
        return [*counted, len(caught)]

    some = many_questions.questions(author, 7, references=())
    near_duplicates.index()  # reads each text once
    reviewer.get_all_permissions()  # read once, too
    assert count_queries(some[:1]) == count_queries(some[1:])


def test_a_retired_question_is_not_in_the_approval_queue(author: User, reviewer: User) -> None:
    chosen = submitted(many_questions.questions(author, 2), author)
    approval.retire(action_plans.plan_retirement(read(chosen[:1], author), author), now=NOW, by=author)
    lifecycle.retire([chosen[1]], now=NOW, by=author)
    assert not Question.objects.in_review().exists()
