"""Test that wordings are submitted, sent back, taken back and approved."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from questions.formats import json_file, registry
from questions.imports import planner, steps
from questions.imports.plan import ImportSettings
from questions.models import History, Question, Revision, User
from questions.services import approval, authorship, lifecycle, ratings, revisions, stored_bank, waivers, wordings
from questions.services.errors import NotReadyError, RefusedError
from tests import authoring, factories, many_questions
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


def submitted(question: Question, author: User) -> Question:
    approval.submit([question], now=NOW, by=author)
    return Question.objects.get(pk=question.pk)


def rewritten(question: Question, by: User, **changed: object) -> Question:
    revision = revisions.revision_in_work(question)
    revisions.rewrite(revision, replace(wordings.content_of(revision), **changed), now=NOW, by=by)  # type: ignore[arg-type]
    return Question.objects.get(pk=question.pk)


def test_a_draft_becomes_live_after_its_review(question: Question, author: User, reviewer: User) -> None:
    question = submitted(question, author)
    assert question.status == "review"
    assert list(Question.objects.in_review()) == [question]
    ratings.rate([question], 70, now=NOW, by=reviewer)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    question.refresh_from_db()
    assert (question.status, question.rating, question.raters) == ("live", 70, 1)
    assert question.current
    assert question.current.published_at == NOW
    assert not Question.objects.in_review().exists()
    actions = list(History.objects.filter(question=question).order_by("pk").values_list("action", flat=True))
    assert actions == ["revised", "edited", "submitted", "rated", "published", "approved"]


def test_a_question_in_review_is_not_submitted_again(question: Question, author: User, reviewer: User) -> None:
    approval.submit([question], now=NOW, by=author)
    question.refresh_from_db()
    with pytest.raises(RefusedError, match="already in review"):
        approval.submit([question], now=NOW, by=reviewer)
    assert History.objects.filter(question=question, action="submitted").count() == 1


def test_an_approval_as_pilot_makes_a_pilot_question(question: Question, author: User, reviewer: User) -> None:
    question = submitted(question, author)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    approval.approve([question], pilot=True, now=NOW, by=reviewer)
    assert question.status == "pilot"


def test_errors_block_a_submission_and_warnings_need_a_reason(question: Question, author: User) -> None:
    wrong = rewritten(question, author, stem="A bakery weighs its loaves.\n\nWhich step is right? (Select TWO.)")
    with pytest.raises(NotReadyError) as refusal:
        approval.submit([wrong], now=NOW, by=author)
    assert {"choose-mismatch"} <= {finding.rule for finding in refusal.value.findings}
    warned = rewritten(question, author, stem="A bakery weighs all its loaves and reads one report on every row.")
    with pytest.raises(NotReadyError) as refusal:
        approval.submit([warned], now=NOW, by=author)
    rules = {finding.rule for finding in refusal.value.findings}
    assert all(finding.severity == "W" for finding in refusal.value.findings)
    for rule in rules:
        with pytest.raises(RefusedError, match="Enter a reason"):
            waivers.waive([warned], rule, " ", now=NOW, by=author)
        waivers.waive([warned], rule, "It is short on purpose.", now=NOW, by=author)
    assert submitted(warned, author).status == "review"
    with pytest.raises(RefusedError, match="cannot be kept"):
        waivers.waive([warned], "choose-mismatch", "Because.", now=NOW, by=author)


def test_a_near_duplicate_is_not_submitted(question: Question, author: User) -> None:
    copied = authoring.question(author, "own-copy")
    with pytest.raises(NotReadyError) as refusal:
        approval.submit([copied], now=NOW, by=author)
    assert {finding.rule for finding in refusal.value.findings} == {"near-duplicate"}


def test_an_author_cannot_approve_if_another_user_can(question: Question, author: User, reviewer: User) -> None:
    question = submitted(question, author)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    with pytest.raises(RefusedError, match="A second person must approve it"):
        approval.approve([question], pilot=False, now=NOW, by=author)


def test_an_installation_can_let_approvers_approve_their_own_wordings(
    question: Question, reviewer: User, settings: Any
) -> None:
    settings.SELF_APPROVAL = True
    account("rita", "Reviewer")
    solo = account("solo", "Instructor")
    Revision.objects.filter(question=question).update(made_by=solo)
    question = submitted(question, solo)
    ratings.rate([question], 60, now=NOW, by=solo)
    approval.approve([question], pilot=False, now=NOW, by=solo)
    question.refresh_from_db()
    assert question.status == "live"
    assert question.history.get(action="approved").after["text"] == "approved by its author"


def test_a_reviewer_who_changed_the_wording_counts_as_its_author(
    question: Question, author: User, reviewer: User
) -> None:
    question = submitted(question, author)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    account("rita", "Reviewer")
    stem = "A bakery measures the weight of all loaves and wants one report on every row.\n\nWhich step comes first?"
    question = rewritten(question, reviewer, stem=stem)
    with pytest.raises(RefusedError, match="A second person must approve it"):
        approval.approve([question], pilot=False, now=NOW, by=reviewer)


@pytest.mark.parametrize("change", [{"worth": 5000}, {"shuffle": False}, {"accepted": ("b",)}])
def test_who_imports_what_decides_the_score_counts_as_its_author(author: User, change: dict[str, Any]) -> None:
    rita = account("rita", "Instructor")
    account("rob", "Reviewer")
    question = submitted(authoring.question(author), author)
    ours = next(stored_bank.questions(Q(pk=question.pk))).content
    settings = ImportSettings("OWN", by_approver=True)
    plan = planner.make_plan(registry.read(json_file.write([replace(ours, **change)]), "x.json"), settings)
    assert steps.import_plan(plan, "x", "0" * 64, now=NOW, by=rita)
    question.refresh_from_db()
    ratings.rate([question], 70, now=NOW, by=rita)
    with pytest.raises(RefusedError, match="A second person must approve it"):
        approval.approve([question], pilot=False, now=NOW, by=rita)


def test_the_only_approver_can_approve_an_own_wording_and_it_is_recorded(question: Question) -> None:
    alone = account("solo", "Instructor")
    Question.objects.filter(pk=question.pk).update(author=alone)
    Revision.objects.filter(question=question).update(made_by=alone)
    question.refresh_from_db()
    question = submitted(question, alone)
    ratings.rate([question], 60, now=NOW, by=alone)
    approval.approve([question], pilot=False, now=NOW, by=alone)
    entry = History.objects.filter(question=question, action="approved").get()
    assert entry.after["text"] == "approved by its author"


def test_a_question_without_a_rating_is_not_approved(question: Question, author: User, reviewer: User) -> None:
    factories.small_blueprint(code="LOCAL")  # passes by ratings
    question = submitted(question, author)
    with pytest.raises(RefusedError, match="a rating from 5 to 97"):
        approval.approve([question], pilot=False, now=NOW, by=reviewer)


def test_where_no_exam_passes_by_ratings_a_question_gets_that_of_imports(
    question: Question, author: User, reviewer: User
) -> None:
    factories.percent_blueprint(code="LOCAL")
    question = submitted(question, author)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    question.refresh_from_db()
    assert (question.status, question.rating, question.raters) == ("live", 70, 0)
    assert History.objects.get(question=question, action="approved").after["rating"] == 70


def test_a_rating_that_no_live_question_may_have_blocks_everywhere(
    question: Question, author: User, reviewer: User
) -> None:
    question = submitted(question, author)
    ratings.rate([question], 99, now=NOW, by=reviewer)
    with pytest.raises(RefusedError, match="a rating from 5 to 97"):
        approval.approve([question], pilot=False, now=NOW, by=reviewer)


def test_a_question_of_a_shipped_collection_needs_a_rating(question: Question, author: User, reviewer: User) -> None:
    Question.objects.filter(pk=question.pk).update(origin="shipped", base={"collection": question.collection})
    question.refresh_from_db()
    question = submitted(question, author)
    with pytest.raises(RefusedError, match="a rating from 5 to 97"):
        approval.approve([question], pilot=False, now=NOW, by=reviewer)


def test_a_question_changed_since_it_was_read_is_not_approved(question: Question, author: User, reviewer: User) -> None:
    read_question = submitted(question, author)
    ratings.rate([read_question], 70, now=NOW, by=reviewer)
    rewritten(question, author, explanation="Another explanation of the same thing, said once more.")
    with pytest.raises(RefusedError, match="else changed this question"):
        approval.approve([read_question], pilot=False, now=NOW, by=reviewer)


def test_a_question_sent_back_is_a_draft_again_with_the_reason(
    question: Question, author: User, reviewer: User
) -> None:
    question = submitted(question, author)
    with pytest.raises(RefusedError, match="Enter a comment that tells the author what to change"):
        approval.send_back([question], "", now=NOW, by=reviewer)
    approval.comment(question, "Steadily?", now=NOW, by=reviewer)
    approval.send_back([question], "Name the constraint.", now=NOW, by=reviewer)
    question.refresh_from_db()
    assert question.status == "draft"
    assert not Question.objects.in_review().exists()
    assert History.objects.filter(question=question, action="sent back").get().after["text"] == "Name the constraint."
    with pytest.raises(RefusedError, match="not in review"):
        approval.approve([question], pilot=False, now=NOW, by=reviewer)


def live(question: Question, author: User, reviewer: User) -> Question:
    question = submitted(question, author)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    return question


def test_a_live_question_keeps_its_wording_while_a_new_one_is_in_review(
    question: Question, author: User, reviewer: User
) -> None:
    question = live(question, author, reviewer)
    old = question.current
    revisions.revise(question, now=NOW, by=author)
    stem = "A bakery measures the weight of all loaves and wants one report on each row.\n\nWhich step is right?"
    question = submitted(rewritten(question, author, stem=stem), author)
    assert (question.status, question.current) == ("live", old)
    assert list(Question.objects.in_review()) == [question]
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    assert question.current
    assert (question.current.number, question.current.stem) == (2, stem)


@pytest.mark.parametrize(
    ("group", "writes", "approves", "runs"),
    [
        ("Author", True, False, False),
        ("Reviewer", False, True, False),
        ("Instructor", True, True, False),
        ("Administrator", True, True, True),
    ],
)
def test_permissions_of_each_role(group: str, writes: bool, approves: bool, runs: bool) -> None:
    user = account("sam", group)
    assert user.has_perm("questions.view_question")
    assert user.has_perm("questions.change_question") == writes
    assert user.has_perm(authorship.APPROVE) == approves
    assert user.has_perm("questions.change_user") == runs
    assert not user.has_perm("questions.delete_question")


def test_an_author_takes_back_an_own_submission(question: Question, author: User, reviewer: User) -> None:
    question = submitted(question, author)
    with pytest.raises(RefusedError, match="Someone else submitted"):
        approval.take_back([question], now=NOW, by=reviewer)
    approval.take_back([question], now=NOW, by=author)
    question.refresh_from_db()
    assert question.status == "draft"
    assert not Question.objects.in_review().exists()
    assert question.history.all()[0].action == "taken back"
    with pytest.raises(RefusedError, match="not in review"):
        approval.take_back([question], now=NOW, by=author)


def test_a_live_question_stays_live_when_its_new_wording_is_taken_back(
    question: Question, author: User, reviewer: User
) -> None:
    question = submitted(question, author)
    ratings.rate([question], 70, now=NOW, by=reviewer)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    work = revisions.revise(question, now=NOW, by=author)
    stem = authoring.CONTENT.stem.replace("bakery", "mill")
    revisions.rewrite(work, replace(wordings.content_of(work), stem=stem), now=NOW, by=author)
    question = submitted(Question.objects.get(pk=question.pk), author)
    approval.take_back([question], now=NOW, by=author)
    assert question.status == "live"
    assert not Question.objects.in_review().exists()
    assert revisions.revision_in_work(question).stem == stem


def test_a_submission_decided_meanwhile_is_not_taken_back(question: Question, author: User, reviewer: User) -> None:
    stale = submitted(question, author)
    approval.send_back([Question.objects.get(pk=question.pk)], "Name the table.", now=NOW, by=reviewer)
    question = Question.objects.get(pk=question.pk)
    approval.submit([question], now=NOW, by=author)
    with pytest.raises(RefusedError, match="else changed this question"):
        approval.take_back([stale], now=NOW, by=author)


def test_an_action_changes_all_questions_or_none(author: User, reviewer: User) -> None:
    factories.small_blueprint(code="LOCAL")  # passes by ratings
    one, two = many_questions.questions(author, 2)
    approval.submit([one], now=NOW, by=author)
    with pytest.raises(RefusedError, match="already in review"):
        approval.submit([one, two], now=NOW, by=author)
    assert Question.objects.get(pk=two.pk).status == "draft"
    assert approval.submit([two], now=NOW, by=author).changed == [two]
    with pytest.raises(RefusedError, match="a rating from 5 to 97"):
        approval.approve([one, two], pilot=False, now=NOW, by=reviewer)
    ratings.rate([one, two], 70, now=NOW, by=reviewer)
    approval.approve([one, two], pilot=False, now=NOW, by=reviewer)
    assert [(row.status, row.rating, row.raters) for row in (one, two)] == [("live", 70, 1)] * 2
    with pytest.raises(RefusedError, match="must stay from 5 to 97"):
        ratings.rate([one, two], 99, now=NOW, by=reviewer)
    assert lifecycle.retire([one, two], now=NOW, by=reviewer) == [one, two]


def test_several_questions_are_sent_back_in_a_fixed_number_of_queries(author: User, reviewer: User) -> None:
    rows = many_questions.questions(author, 4)
    approval.submit(rows, now=NOW, by=author)

    def count_queries(some: list[Question]) -> int:
        with CaptureQueriesContext(connection) as captured:
            approval.send_back(some, "Name the table.", now=NOW, by=reviewer)
        return len(captured)

    assert count_queries(rows[:1]) == count_queries(rows[1:])
    entries = History.objects.filter(action="sent back")
    assert [entry.after["text"] for entry in entries] == ["Name the table."] * 4
    assert not Question.objects.in_review().exists()


def test_a_warning_is_waived_on_several_questions(author: User) -> None:
    rows = many_questions.questions(author, 2, references=())
    waivers.waive(rows, "missing-reference", " The course book. ", now=NOW, by=author)
    assert [row.waivers.get().reason for row in rows] == ["The course book."] * 2
    assert History.objects.filter(action="waived").count() == 2


def test_feedback_is_shown_until_the_wording_is_submitted_again() -> None:
    ada, rob = account("ada", "Author"), account("rob", "Reviewer")
    question = authoring.question(ada)
    approval.comment(question, "Before any review.", now=NOW, by=ada)
    assert approval.feedback(question) == []
    approval.submit([question], now=NOW, by=ada)
    approval.comment(question, "Option b is odd.", now=NOW, by=rob)
    assert approval.feedback(question) == [], "a comment alone sends nothing back"
    approval.send_back([question], "Say why b is wrong.", now=NOW, by=rob)
    entries = [(row.action, row.by, row.after["text"]) for row in approval.feedback(question)]
    assert entries == [("commented", rob, "Option b is odd."), ("sent back", rob, "Say why b is wrong.")]
    assert approval.sent_back([question]) == {question.pk}
    approval.submit([Question.objects.get(pk=question.pk)], now=NOW, by=ada)
    assert approval.feedback(question) == []
    assert approval.sent_back([question]) == set()
