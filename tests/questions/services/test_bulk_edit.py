"""Test that an edit changes the given facts of many questions, with history; a rating stays the mean of its raters."""

import datetime
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.models import (
    Collection,
    ExamDomain,
    History,
    Point,
    Question,
    QuestionPoint,
    RaterRating,
    Task,
    Topic,
    User,
)
from questions.services import (
    action_plans,
    approval,
    bank_version,
    bulk_edit,
    collections,
    lifecycle,
    question_rows,
    ratings,
    revisions,
)
from questions.services.bulk_edit import FactChanges
from tests import authoring, many_questions
from tests.authoring import NOW, account

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere() -> Topic:
    """Return a topic with a point in another exam domain."""
    domain = ExamDomain.objects.create(exam="OWN", number=2, title="Second things")
    topic = Topic.objects.create(
        task=Task.objects.create(exam_domain=domain, code="2.1", title="Do that"), slug="far", title="Far"
    )
    Point.objects.create(topic=topic, code="far1", text="Point")
    return topic


def edit(questions: Iterable[Question], by: User, **changes: Any) -> list[str]:
    """Edit the questions; return the codes of the changed ones."""
    fact_changes = FactChanges(**changes)
    plan = bulk_edit.plan_edit(action_plans.select([question.pk for question in questions], by), fact_changes, by)
    return [question.code for question in bulk_edit.edit(plan, fact_changes, now=NOW, by=by).changed]


def last(code: str) -> History:
    entry = History.objects.filter(question__code=code).first()
    assert entry
    return entry


def test_only_the_given_facts_change(author: User) -> None:
    chosen = many_questions.questions(author, 2)
    assert edit(chosen, author, license="MIT") == ["own-000", "own-001"]
    for before in chosen:
        after = Question.objects.get(pk=before.pk)
        assert (after.license, after.lock_version) == ("MIT", before.lock_version + 1)
        assert (after.topic, after.as_of, after.collection) == (before.topic, before.as_of, before.collection)
        entry = last(after.code)
        assert (entry.action, entry.before, entry.after) == (
            "edited",
            {"license": "CC-BY-SA-4.0"},
            {"license": "MIT"},
        )
    assert edit(chosen, author, license="MIT") == [], "it has this license already"


def test_a_question_without_an_exam_domain_moves_to_no_collection_that_needs_one(author: User) -> None:
    collections.ensure(["course", "strict"])
    Collection.objects.filter(slug="strict").update(house_rules=["topics"])
    free, placed = many_questions.questions(author, 2)
    Question.objects.filter(pk=free.pk).update(exam_domain=None, topic=None, collection="course")
    selected = action_plans.select([free.pk, placed.pk], author)
    plan = bulk_edit.plan_edit(selected, FactChanges(collection="strict"), author)
    assert [row.question for row in plan.ready] == [placed]
    assert [row.reasons for row in plan.blocked] == [
        ("Questions of the collection strict need a topic or an exam domain.",)
    ]
    domain = ExamDomain.objects.get(exam="OWN", number=1)
    assert edit([free], author, collection="strict", exam_domain=domain) == [free.code]
    assert edit([free], author, collection="course") == [free.code]


def test_exam_domain_and_topic_are_taken_away_where_the_collection_needs_none(author: User) -> None:
    collections.ensure(["course", "strict"])
    Collection.objects.filter(slug="strict").update(house_rules=["topics"])
    free, strict = many_questions.questions(author, 2)
    Question.objects.filter(pk=free.pk).update(collection="course")
    Question.objects.filter(pk=strict.pk).update(collection="strict")
    selected = action_plans.select([free.pk, strict.pk], author)
    plan = bulk_edit.plan_edit(selected, FactChanges(unplaced=True), author)
    assert [row.reasons for row in plan.blocked] == [
        ("Questions of the collection strict need a topic or an exam domain.",)
    ]
    assert edit([free], author, unplaced=True) == [free.code]
    free.refresh_from_db()
    assert (free.exam_domain, free.topic, list(free.points.all())) == (None, None, [])
    assert edit([free], author, unplaced=True) == [], "it has none already"


def live_question(author: User) -> Question:
    (question,) = many_questions.questions(author, 1)
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=author)
    Question.objects.filter(pk=question.pk).update(status="live", rating=70)
    return Question.objects.get(pk=question.pk)


@pytest.mark.slow
def test_an_author_changes_no_fact_by_which_exams_draw_a_live_question(author: User, elsewhere: Topic) -> None:
    question = live_question(author)
    for changes in ({"collection": "hidden"}, {"topic": elsewhere}, {"exam_domain": elsewhere.task.exam_domain}):
        fact_changes = FactChanges(**changes)  # type: ignore[arg-type]
        plan = bulk_edit.plan_edit(action_plans.select([question.pk], author), fact_changes, author)
        assert "Only a reviewer changes where it is drawn" in plan.blocked[0].reasons[0]
        assert edit([question], author, **changes) == []
    assert edit([question], author, license="MIT") == ["own-000"]


def test_an_author_leaves_a_shipped_question_in_its_collection(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    Question.objects.filter(pk=question.pk).update(origin="shipped", base={"collection": "local"})
    assert edit([question], author, collection="hidden") == []
    assert edit([question], account("rob", "Reviewer"), collection="hidden") == ["own-000"]


def test_a_shipped_question_that_is_moved_closes_no_other_collection(author: User) -> None:
    shipped, own = many_questions.questions(author, 2)
    base = {"collection": "mls-c01"}
    Question.objects.filter(pk=shipped.pk).update(origin="shipped", base=base, collection="summer")
    Question.objects.filter(pk=own.pk).update(collection="autumn")
    own.refresh_from_db()
    assert edit([own], author, collection="mls-c01") == [], "the files name it"
    assert edit([own], author, collection="summer") == ["own-001"]


def test_a_reviewer_sets_date_and_collection_on_live_questions_too(author: User) -> None:
    question = live_question(author)
    version = bank_version.bank_version()
    edit([question], account("rob", "Reviewer"), as_of=datetime.date(2026, 11, 20), collection="autumn")
    question = Question.objects.get(pk=question.pk)
    assert (str(question.as_of), question.collection, question.status) == ("2026-11-20", "autumn", "live")
    assert bank_version.bank_version() == version + 1, "the pool has changed"


def test_a_topic_determines_the_exam_domain_and_removes_points_of_other_topics(author: User, elsewhere: Topic) -> None:
    (question,) = many_questions.questions(author, 1)
    edit([question], author, topic=elsewhere)
    question = Question.objects.get(pk=question.pk)
    assert (question.topic, question.exam_domain) == (elsewhere, elsewhere.task.exam_domain)
    assert not QuestionPoint.objects.exists()
    entry = last("own-000")
    assert (entry.before or {})["points"] == ["own1"]
    assert (entry.after or {})["topic"] == "Far"
    edit([question], author, topic=elsewhere, points=tuple(elsewhere.points.all()))
    assert list(question.questionpoint_set.values_list("point__code", flat=True)) == ["far1"]


def test_an_exam_domain_alone_keeps_only_topics_of_its_own(author: User, elsewhere: Topic) -> None:
    stays, goes = many_questions.questions(author, 2)
    home = stays.topic
    Question.objects.filter(pk=goes.pk).update(topic=elsewhere, exam_domain=elsewhere.task.exam_domain)
    edit([stays, goes], author, exam_domain=stays.exam_domain)
    stays, goes = Question.objects.order_by("code")
    assert (stays.topic, goes.topic, goes.exam_domain) == (home, None, stays.exam_domain)


def test_a_rating_is_set_on_questions_without_raters(author: User) -> None:
    imported, rated, untouched = many_questions.questions(author, 3)
    rob = account("rob", "Reviewer")
    Question.objects.filter(pk=imported.pk).update(rating=70, raters=0)
    ratings.rate([rated], 40, now=NOW, by=rob)
    assert edit([imported, rated, untouched], author, rating=65) == ["own-000", "own-002"]
    stored_ratings = Question.objects.order_by("code").values_list("rating", "raters")
    assert list(stored_ratings) == [(65, 1), (40, 1), (65, 1)]
    entry = last("own-000")
    assert (entry.action, entry.before, entry.after) == (
        "rated",
        {"rating": 70, "raters": 0},
        {"rating": 65, "raters": 1},
    )


def test_a_rating_counts_in_the_mean_of_all_raters(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    ratings.rate([question], 40, now=NOW, by=account("rob", "Reviewer"))
    assert edit([question], author, rating=65, unrated_only=False) == ["own-000"]
    question.refresh_from_db()
    assert (question.rating, question.raters) == (53, 2), "52.5, half up"
    edit([question], author, rating=60, unrated_only=False)
    assert RaterRating.objects.filter(rater=author).get().value == 60
    assert edit([question], author, rating=60, unrated_only=False) == []


def test_an_edit_that_gives_a_live_question_an_impossible_rating_is_blocked(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    ratings.rate([question], 97, now=NOW, by=account("rob", "Reviewer"))
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=author)
    Question.objects.filter(pk=question.pk).update(status="live")
    RaterRating.objects.update(value=99)
    plan = bulk_edit.plan_edit(
        action_plans.select([question.pk], author),
        FactChanges(rating=97, unrated_only=False),
        account("ina", "Instructor"),
    )
    assert plan.blocked[0].reasons == ("Candidates get this question. Its rating must stay from 5 to 97.",)


def test_a_question_changed_since_it_was_read_is_left_out(author: User) -> None:
    chosen = many_questions.questions(author, 2)
    fact_changes = FactChanges(license="MIT")
    plan = bulk_edit.plan_edit(action_plans.select([question.pk for question in chosen], author), fact_changes, author)
    question_rows.touch([chosen[0].pk])
    done = bulk_edit.edit(plan, fact_changes, now=NOW, by=author)
    assert ([question.code for question in done.changed], [row.question.code for row in done.left_out]) == (
        ["own-001"],
        ["own-000"],
    )


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow_with_the_questions(author: User, elsewhere: Topic) -> None:
    chosen = many_questions.questions(author, 7)
    elsewhere = Topic.objects.select_related("task__exam_domain").get(pk=elsewhere.pk)
    bank_version.raise_bank_version()  # its row is created once
    fact_changes = {"topic": elsewhere, "points": tuple(elsewhere.points.all()), "rating": 60, "license": "MIT"}

    author.has_perm("questions.approve_question")  # permissions are read once

    def count_queries(some: list[Question]) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert len(edit(some, author, **fact_changes)) == len(some)
        return len(caught)

    assert count_queries(chosen[:1]) == count_queries(chosen[1:])


def test_points_partial_credit_and_order_change_before_a_question_is_published(author: User) -> None:
    (question,) = many_questions.questions(author, 1)
    assert edit([question], author, worth=250, partial=True, shuffle=False) == ["own-000"]
    question.refresh_from_db()
    assert (question.worth, question.partial, question.shuffle) == (250, True, False)
    assert last("own-000").before == {"worth": "100", "partial": "False", "shuffle": "True"}
    assert edit([question], author, partial=False) == ["own-000"]
    question.refresh_from_db()
    assert (question.worth, question.partial) == (250, False)


def test_points_of_a_live_question_wait_for_approval(author: User) -> None:
    question, reviewer = live_question(author), account("rob", "Reviewer")
    assert edit([question], author, worth=500, license="MIT") == ["own-000"]
    question.refresh_from_db()
    assert (question.worth, question.license) == (100, "MIT"), "the license changes at once"
    revision = revisions.revision_in_work(question)
    assert (revision.facts, revision.same_item_as) == ({"worth": 500}, question.current)
    assert edit([question], author, partial=True) == ["own-000"]
    assert revisions.revision_in_work(question).facts == {"worth": 500, "partial": True}, "one revision has both"
    question.refresh_from_db()
    approval.submit([question], now=NOW, by=author)
    approval.approve([question], pilot=False, now=NOW, by=reviewer)
    question.refresh_from_db()
    assert (question.worth, question.partial, question.status) == (500, True, "live")
    assert edit([question], author, worth=500) == [], "it is worth this already"


def test_the_plan_says_which_questions_wait_for_approval(author: User) -> None:
    live, draft = live_question(author), authoring.question(author, "own-900")
    selected = action_plans.select([live.pk, draft.pk], author)
    plan = bulk_edit.plan_edit(selected, FactChanges(worth=500), author)
    assert [row.question for row in plan.ready] == [live, draft]
    assert [row.question for row in plan.waiting] == [live]
    assert bulk_edit.plan_edit(selected, FactChanges(license="MIT"), author).waiting == []
