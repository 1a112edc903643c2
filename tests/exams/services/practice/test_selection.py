"""Test which questions practice chooses: filters and counts, the order, the reserve, and what an open exam hides."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from exams.models import Attempt, Candidate, Response, Star
from exams.psychometrics.quiz_order import Group
from exams.services.attempt import assembly, ending
from exams.services.practice import practice, selection, study_marks
from exams.services.practice.filters import Filters
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.selection import Selection
from exams.services.practice.study_records import study_records
from questions.models import Blueprint, Enemy, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ALL = Filters(size=100, new=True)
LATER = NOW + timedelta(minutes=20)


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)  # two exam domains with 18 questions, an exam takes 5


def sat(blueprint: Blueprint, *, right: int = 0) -> Attempt:
    """Return a finished exam whose questions were all shown."""
    attempt = factories.attempt(blueprint=blueprint)
    factories.tick(attempt, right)
    attempt.responses.update(first_shown=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=9))
    return attempt


def asked(attempt: Attempt) -> set[int]:
    return set(attempt.responses.values_list("revision__question", flat=True))


def select(
    candidate: Candidate | None,
    blueprint: Blueprint,
    filters: Filters = ALL,
    *,
    seed: str = "s",
    beside: list[int] | None = None,
    now: datetime = LATER,
    **options: bool,
) -> Selection:
    return selection.select(study_records(candidate, blueprint, now, beside or ()), filters, seed=seed, **options)


def choose(candidate: Candidate | None, blueprint: Blueprint, filters: Filters = ALL, **options: Any) -> set[int]:
    chosen = select(candidate, blueprint, filters, **options)
    assert len(set(chosen.questions)) == len(chosen.questions)
    assert sum(chosen.groups.values()) == len(chosen.questions)
    return set(chosen.questions)


def test_only_live_questions_of_the_named_collections_are_chosen(blueprint: Blueprint) -> None:
    Question.objects.filter(code__endswith="-001").update(status="pilot")
    Question.objects.filter(code__endswith="-002").update(collection="elsewhere")
    raise_bank_version()
    live = set(Question.objects.filter(status="live", collection="tiny").values_list("pk", flat=True))
    assert choose(None, blueprint) == live
    blueprint.spec["practice"] = ["elsewhere"]
    other = Blueprint(pk=10**6, code="OTHER", version=1, spec=blueprint.spec)
    assert choose(None, other) == set(Question.objects.filter(collection="elsewhere").values_list("pk", flat=True))
    blueprint.spec["practice"] = []
    assert choose(None, Blueprint(pk=10**6 + 1, code="NONE", version=1, spec=blueprint.spec)) == set()


def test_filters_combine_and_count_what_each_choice_would_match(blueprint: Blueprint) -> None:
    Question.objects.filter(code="tiny-d1-001").update(ask="setting")
    raise_bank_version()
    attempt = sat(blueprint)
    wrong = set(attempt.responses.filter(correct=False, exam_domain=1).values_list("revision__question", flat=True))
    filters = replace(ALL, domain=(1,), state=("wrong",))
    chosen = select(attempt.candidate, blueprint, filters)
    assert set(chosen.questions) == wrong
    all_wrong = attempt.responses.filter(correct=False)
    by_domain = Counter(str(n) for n in all_wrong.values_list("exam_domain", flat=True))
    assert chosen.counts["domain"] == by_domain  # the other exam domain as well
    assert chosen.counts["state"]["wrong"] == len(wrong)
    assert chosen.counts["state"]["unseen"] == 18 - attempt.responses.filter(exam_domain=1).count()
    assert choose(None, blueprint, replace(ALL, ask=("setting",))) == {Question.objects.get(code="tiny-d1-001").pk}
    assert len(choose(None, blueprint, replace(ALL, topic=("tiny-1-3", "tiny-2-4"), task=("1.1",)))) == 1


def test_the_states_come_from_the_newest_answer_that_is_over(blueprint: Blueprint) -> None:
    attempt = sat(blueprint)
    first, second, third = attempt.responses.order_by("position")[:3]
    Response.objects.filter(pk=first.pk).update(ticked=first.key, flagged=True, confidence=2)
    Response.objects.filter(pk=second.pk).update(confidence=3)
    Star.objects.create(candidate=attempt.candidate, question=third.revision.question, created_at=NOW)

    def with_state(state: str) -> set[int]:
        return choose(attempt.candidate, blueprint, replace(ALL, state=(state,)))

    assert with_state("flagged") == with_state("unsure") == {first.revision.question_id}
    assert with_state("starred") == {third.revision.question_id}
    assert first.revision.question_id not in with_state("wrong")
    assert with_state("unseen").isdisjoint(asked(attempt))
    assert with_state("unseen") | asked(attempt) == set(practice_pool(blueprint).items)


def test_what_was_answered_half_an_hour_ago_comes_last_and_new_questions_first(blueprint: Blueprint) -> None:
    attempt = sat(blueprint, right=3)
    assert choose(attempt.candidate, blueprint, replace(ALL, size=31)).isdisjoint(asked(attempt))
    right, wrong = (
        set(attempt.responses.filter(correct=correct).values_list("revision__question", flat=True))
        for correct in (True, False)
    )
    chosen = select(attempt.candidate, blueprint, replace(ALL, size=31 + len(wrong)))
    assert chosen.groups[Group.ASKED_TODAY] == len(wrong), "nothing else is left"
    tomorrow = {"now": NOW + timedelta(days=1)}
    chosen = select(attempt.candidate, blueprint, replace(ALL, size=31 + len(wrong)), **tomorrow)
    assert right.isdisjoint(chosen.questions)
    assert chosen.groups[Group.DUE] == len(wrong)
    assert select(attempt.candidate, blueprint, **tomorrow).groups[Group.RESTING] == len(right)
    week = select(attempt.candidate, blueprint, now=NOW + timedelta(days=8)).groups
    assert (week[Group.RIGHT], week[Group.DUE], week[Group.RESTING]) == (len(right), len(wrong), 0)


def test_a_quiz_that_was_only_leafed_through_changes_nothing(blueprint: Blueprint) -> None:
    attempt = sat(blueprint, right=3)
    before = select(attempt.candidate, blueprint)
    questions = list(practice_pool(blueprint).items)[:9]
    quiz = practice.start(
        attempt.candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=LATER
    ).attempt
    quiz.responses.update(first_shown=LATER, flagged=True)
    ending.finish(quiz, LATER + timedelta(minutes=1))
    after = select(attempt.candidate, blueprint)
    assert (after.counts, after.groups) == (before.counts, before.groups)


def test_questions_of_another_open_quiz_are_asked_again_only_if_nothing_else_is_left(blueprint: Blueprint) -> None:
    alice = factories.candidate()
    questions = list(practice_pool(blueprint).items)[:9]
    practice.start(alice, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW)
    assert choose(alice, blueprint, replace(ALL, size=27)).isdisjoint(questions)
    assert select(alice, blueprint).groups[Group.RESTING] == 9


def test_two_mock_exams_of_new_questions_are_kept_in_each_exam_domain_unless_ticked(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    kept = select(candidate, blueprint, replace(ALL, new=False))
    per_exam = {1: 3, 2: 2}  # 2 and 2 scored, 1 and 0 unscored
    left = Counter(Question.objects.exclude(pk__in=kept.questions).values_list("exam_domain__number", flat=True))
    assert left == {domain: 2 * n for domain, n in per_exam.items()}
    assert (kept.matching, kept.kept) == (36 - 10, 10)
    assert len(choose(candidate, blueprint)) == 36
    assert assembly.count_fresh_exams(blueprint, candidate, (), kept.questions) >= 2


@pytest.mark.walk
@pytest.mark.parametrize("group", ["ask", "task", "topic", "state", "domain"])
def test_the_mock_exams_that_are_kept_are_kept_from_quizzes_with_any_filter(group: str) -> None:
    """The last quizzes of each value get nothing that is kept, and say so."""
    large = factories.small_blueprint(code="LARGE", exams=9, default=True)
    candidate = factories.candidate()
    for number, question in enumerate(sorted(practice_pool(large).items)):
        Question.objects.filter(pk=question).update(ask=["technique", "diagnosis"][number % 2])
    raise_bank_version()
    values = [value for value, n in select(candidate, large, Filters(), counted=True).counts[group].items() if n]
    for value in values:
        filters = replace(Filters(size=100), **{group: (int(value) if group == "domain" else value,)})
        chosen = select(candidate, large, filters)
        if not chosen.questions:
            assert chosen.kept, "and nothing else matches"
            continue
        quiz = practice.start(candidate, large, "quiz", chosen.questions, feedback="end", timed=False, now=NOW).attempt
        quiz.responses.update(ticked=1, first_shown=NOW, saved_at=NOW)
        practice.finish(quiz, NOW)
        assert study_records(candidate, large, NOW).unused_exams >= 2
    chosen = select(candidate, large, Filters(size=100, ask=("technique", "diagnosis"), state=("unseen",)))
    assert (chosen.questions, chosen.kept) == ((), 10)


def test_each_choice_counts_what_the_quiz_gives_when_it_is_ticked(blueprint: Blueprint) -> None:
    """A kind of question of which the reserve keeps all has no question: its number led to an empty quiz."""
    Question.objects.filter(code__in=["tiny-d1-001", "tiny-d2-001"]).update(ask="computation")
    raise_bank_version()
    candidate = factories.candidate()
    first = Filters(size=100)
    practiced = select(candidate, blueprint, first).questions
    quiz = practice.start(candidate, blueprint, "quiz", practiced, feedback="end", timed=False, now=NOW).attempt
    quiz.responses.filter(ticked=0).update(ticked=1, first_shown=NOW, saved_at=NOW)
    ending.finish(quiz, NOW)
    for filters in (first, replace(first, domain=(2,)), replace(first, state=("unseen",)), replace(first, new=True)):
        counts = select(candidate, blueprint, filters, counted=True).counts
        for name, values in counts.items():
            for value, n in values.items():
                ticked = replace(filters, **{name: (int(value) if name == "domain" else value,)})
                assert select(candidate, blueprint, ticked, counted=True).matching == n, (name, value)


def test_questions_of_an_open_quiz_are_as_good_as_shown_to_the_reserve(blueprint: Blueprint) -> None:
    """Two quizzes that were started before either was answered took the reserve together."""
    candidate = factories.candidate()
    for _ in range(2):
        questions = select(candidate, blueprint, replace(ALL, new=False)).questions
        practice.start(candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW)
    assert study_records(candidate, blueprint, LATER).unused_exams == 2


def test_without_a_whole_unused_exam_nothing_is_kept_for_one(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    for _ in range(7):
        attempt = factories.attempt(candidate, blueprint)
        attempt.responses.update(first_shown=NOW)
        ending.finish(attempt, NOW + timedelta(minutes=9))
    records = study_records(candidate, blueprint, LATER)
    assert records.unused_exams == 0
    left = set(records.pool.items) - records.shown.keys()
    assert left
    assert left <= choose(candidate, blueprint, replace(ALL, new=False))


def test_what_practice_may_take_from_mock_exams_is_for_the_topics_of_today_first(blueprint: Blueprint) -> None:
    """Each topic of the week took one of the few questions, and no topic of today got the three that it needs."""
    candidate, topic = factories.candidate(), Topic.objects.get(slug="tiny-1-1")
    of_domain = Question.objects.filter(exam_domain__number=1, pk__in=practice_pool(blueprint).items).order_by("pk")
    Question.objects.filter(pk__in=list(of_domain.values_list("pk", flat=True))[:5]).update(topic=topic)
    raise_bank_version()
    study_marks.set_goal(candidate, "TINY", NOW.date() + timedelta(days=20), 20, NOW.date())
    records = study_records(candidate, blueprint, LATER)
    assert "tiny-1-1" in [entry.slug for entry in records.plan.due]
    assert 3 < records.spare[1] < 10, "fewer than the topics of the week have"
    for seed in range(5):
        chosen = selection.select(records, Filters(size=20), seed=str(seed), today=True).questions
        assert sum(records.pool.items[question].topic == "tiny-1-1" for question in chosen) >= 3


def test_today_asks_again_what_was_asked_today_where_all_that_is_new_is_kept(blueprint: Blueprint) -> None:
    """The start page and Today were errors for those who had answered all that practice may ask."""
    candidate = factories.candidate()
    practiced = select(candidate, blueprint, Filters(size=100)).questions
    quiz = practice.start(candidate, blueprint, "quiz", practiced, feedback="end", timed=False, now=NOW).attempt
    quiz.responses.update(ticked=1, first_shown=NOW, saved_at=NOW)
    practice.finish(quiz, NOW)
    chosen = select(candidate, blueprint, Filters(size=5), today=True)
    assert chosen.kept
    assert set(chosen.questions) < set(practiced)
    assert chosen.groups == {Group.ASKED_TODAY: 5}


def practiced_but(candidate: Candidate, blueprint: Blueprint, left: int, missed: int) -> None:
    """Answer all questions of the first exam domain but so many, of which one is an enemy of a missed one."""
    items = [item for item in practice_pool(blueprint).items.values() if item.frozen.exam_domain == 1]
    asked = [item.question for item in items][left:]
    Enemy.objects.create(low_id=items[0].question, high_id=asked[0])
    raise_bank_version()
    quiz = practice.start(candidate, blueprint, "quiz", asked, feedback="end", timed=False, now=NOW).attempt
    quiz.responses.update(ticked=F("key"), first_shown=NOW, saved_at=NOW)
    quiz.responses.filter(revision__question__in=asked[:missed]).update(ticked=F("full") - F("key"))
    practice.finish(quiz, NOW)


def test_what_mock_exams_leave_is_not_for_a_question_that_is_not_asked_beside_what_is_due(blueprint: Blueprint) -> None:
    """The one question that practice might take was not asked for days, and the plan said that new ones last a day."""
    candidate, tomorrow = factories.candidate(), NOW + timedelta(days=1)
    practiced_but(candidate, blueprint, left=7, missed=1)
    records = study_records(candidate, blueprint, tomorrow)
    assert records.spare[1] == 1
    for seed in range(20):
        chosen = selection.select(records, Filters(size=40), seed=str(seed), today=True).questions
        new = [question for question in chosen if question not in records.newest]
        assert sum(records.pool.items[question].frozen.exam_domain == 1 for question in new) == 1


def test_a_topic_is_kept_for_mock_exams_if_too_few_of_its_new_questions_are_left_to_practice_it(
    blueprint: Blueprint,
) -> None:
    """One question was left for four topics of a day, which Today could not ask, nor were they read."""
    candidate, topic = factories.candidate(), Topic.objects.get(slug="tiny-1-1")
    three = [item for item in practice_pool(blueprint).items.values() if item.frozen.exam_domain == 1][:3]
    Question.objects.filter(pk__in=[item.question for item in three]).update(topic=topic)
    raise_bank_version()
    practiced_but(candidate, blueprint, left=8, missed=0)
    records = study_records(candidate, blueprint, NOW + timedelta(days=1))
    assert records.spare[1] == 2
    new = Counter(item.topic for item in records.pool.items.values() if item.question not in records.newest)
    of_domain = {slug: n for slug, n in new.items() if slug.startswith("tiny-1")}
    assert {1, 3} <= set(of_domain.values())
    assert {slug: records.by_slug[slug].is_kept for slug in of_domain} == {slug: n > 2 for slug, n in of_domain.items()}


def test_what_rests_is_left_out_if_asked(blueprint: Blueprint) -> None:
    attempt = sat(blueprint, right=3)
    rested = replace(ALL, rested=True)
    assert choose(attempt.candidate, blueprint, rested) == set(practice_pool(blueprint).items) - asked(attempt)
    right = set(attempt.responses.filter(correct=True).values_list("revision__question", flat=True))
    tomorrow = choose(attempt.candidate, blueprint, rested, now=NOW + timedelta(days=1))
    assert tomorrow == set(practice_pool(blueprint).items) - right, "what was missed has come back"
    week = choose(attempt.candidate, blueprint, rested, now=NOW + timedelta(days=8))
    assert week == set(practice_pool(blueprint).items)


def with_workouts(blueprint: Blueprint, **questions: str) -> tuple[Blueprint, set[int]]:
    """Return a blueprint whose practice has these questions as workouts too, and the workouts."""
    Question.objects.filter(**questions).update(collection="workouts")
    raise_bank_version()
    blueprint.spec["practice"] = ["tiny", "workouts"]
    other = Blueprint(pk=10**6 + 2, code="OTHER", version=1, spec=blueprint.spec)
    return other, set(Question.objects.filter(collection="workouts").values_list("pk", flat=True))


@pytest.mark.slow
def test_until_the_target_date_the_mock_exams_of_the_plan_are_kept(blueprint: Blueprint) -> None:
    large = factories.small_blueprint(code="LARGE", exams=9)
    candidate = factories.candidate()
    assert study_records(candidate, large, LATER).reserved_exams == 2
    study_marks.set_goal(candidate, "LARGE", LATER.date() + timedelta(days=20), None)
    kept = select(candidate, large, replace(ALL, new=False))
    assert (
        study_records(candidate, large, LATER).reserved_exams == 4
    )  # three weeks: one a week, and one more in the last
    assert assembly.count_fresh_exams(large, candidate, (), kept.questions) >= 4


def test_workouts_are_never_kept(blueprint: Blueprint) -> None:
    other, workouts = with_workouts(blueprint, code__startswith="tiny-d1")
    assert workouts < choose(None, other, replace(ALL, new=False))


def test_practice_like_the_exam_draws_on_nothing_else_and_keeps_two_mock_exams(blueprint: Blueprint) -> None:
    other, workouts = with_workouts(blueprint, code__endswith="1")
    ten = select(None, other, replace(ALL, size=10, new=False), like_exam=True)
    assert len(ten.questions) == 10
    assert workouts.isdisjoint(ten.questions)
    everything = select(None, other, replace(ALL, new=False), like_exam=True)
    assert workouts.isdisjoint(everything.questions)
    left = Counter(
        Question.objects.exclude(pk__in=[*everything.questions, *workouts]).values_list(
            "exam_domain__number", flat=True
        )
    )
    assert left == {1: 2 * 3, 2: 2 * 2}
    assert everything.matching == len(everything.questions)


def test_a_question_of_an_open_exam_and_its_enemies_are_never_chosen(blueprint: Blueprint) -> None:
    running = factories.attempt(blueprint=blueprint)
    inside = asked(running)
    enemy = Question.objects.exclude(pk__in=inside).order_by("pk")[0]
    low, high = sorted((enemy.pk, min(inside)))
    Enemy.objects.create(low_id=low, high_id=high)
    raise_bank_version()
    expected = set(practice_pool(blueprint).items) - inside - {enemy.pk}
    assert choose(running.candidate, blueprint) == expected
    other = factories.candidate()
    assert choose(other, blueprint, beside=[running.candidate_id]) == expected
    ending.finish(running, NOW + timedelta(minutes=1))
    assert len(choose(running.candidate, blueprint)) == 35  # one of the two enemies


def test_enemies_are_never_chosen_together(blueprint: Blueprint) -> None:
    low, high = Question.objects.order_by("pk")[:2]
    Enemy.objects.create(low=low, high=high)
    raise_bank_version()
    chosen = choose(None, blueprint)
    assert len(chosen & {low.pk, high.pk}) == 1
    assert len(chosen) == 35


def test_the_questions_of_one_finished_attempt(blueprint: Blueprint) -> None:
    attempt = sat(blueprint, right=4)
    unanswered = attempt.responses.order_by("position")[3:]
    Response.objects.filter(pk__in=[row.pk for row in unanswered]).update(ticked=0, first_shown=None)
    filters = replace(ALL, new=False, attempt=attempt.uuid)
    assert choose(attempt.candidate, blueprint, filters) == asked(attempt)
    # The review of the exam shows them, so none of them is kept for a mock exam.
    wanted = {row.revision.question_id for row in unanswered}
    assert choose(attempt.candidate, blueprint, replace(filters, state=("unanswered",))) == wanted
    assert choose(factories.candidate(), blueprint, filters) == set()


def test_what_was_ended_without_a_score_and_not_shown_is_still_new(blueprint: Blueprint) -> None:
    attempt = factories.attempt(blueprint=blueprint)
    attempt.responses.filter(position=1).update(first_shown=NOW)
    ending.abandon(attempt, NOW + timedelta(minutes=1))
    spare = choose(attempt.candidate, blueprint, replace(ALL, new=False))
    assert len(spare) == 36 - 10  # one is seen, and there are 10 to keep of the rest
    assert attempt.responses.get(position=1).revision.question_id in spare


def test_practice_like_the_exam_has_its_weights(blueprint: Blueprint) -> None:
    chosen = choose(None, blueprint, replace(ALL, size=10), like_exam=True)
    domains = Question.objects.filter(pk__in=chosen).values_list("exam_domain__number", flat=True)
    assert Counter(domains) == {1: 5, 2: 5}
    assert len(choose(None, blueprint, replace(ALL, size=36), like_exam=True)) == 36


def test_a_choice_takes_the_same_queries_for_one_attempt_and_for_three(
    blueprint: Blueprint, django_assert_num_queries: object
) -> None:
    first = sat(blueprint)
    for _ in range(2):
        choose(first.candidate, blueprint)  # what is closed is read once
        with django_assert_num_queries(13):  # type: ignore[operator]
            choose(first.candidate, blueprint)
        for _ in range(2):
            again = factories.attempt(first.candidate, blueprint)
            again.responses.update(first_shown=NOW)
            ending.finish(again, NOW + timedelta(minutes=9))
