"""Test which questions practice chooses: filters and counts, the order, the reserve, and what an open exam hides."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from exams.models import Attempt, Candidate, Response, Star
from exams.services.attempt import assembly, ending
from exams.services.practice import selection
from exams.services.practice.filters import Filters
from exams.services.practice.practice_pool import practice_pool
from questions.models import Blueprint, Enemy, Question
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ALL = Filters(size=100, new=True)


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


def choose(candidate: Candidate | None, blueprint: Blueprint, filters: Filters = ALL, **options: object) -> set[int]:
    chosen = selection.select(candidate, blueprint, filters, seed="s", **options)  # type: ignore[arg-type]
    assert len(set(chosen.questions)) == len(chosen.questions)
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
    chosen = selection.select(attempt.candidate, blueprint, filters, seed="s")
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


@pytest.mark.slow
def test_seen_questions_come_first_and_longest_ago(blueprint: Blueprint) -> None:
    attempt = sat(blueprint)
    oldest = attempt.responses.get(position=4)
    Response.objects.filter(pk=oldest.pk).update(first_shown=NOW - timedelta(days=9))
    assert choose(attempt.candidate, blueprint, replace(ALL, size=1)) == {oldest.revision.question_id}
    assert choose(attempt.candidate, blueprint, replace(ALL, size=5)) == asked(attempt)
    assert len(choose(attempt.candidate, blueprint, replace(ALL, size=8)) - asked(attempt)) == 3


def test_two_mock_exams_of_new_questions_are_kept_in_each_exam_domain_unless_ticked(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    kept = selection.select(candidate, blueprint, replace(ALL, new=False), seed="s")
    per_exam = {1: 3, 2: 2}  # 2 and 2 scored, 1 and 0 unscored
    left = Counter(Question.objects.exclude(pk__in=kept.questions).values_list("exam_domain__number", flat=True))
    assert left == {domain: 2 * n for domain, n in per_exam.items()}
    assert (kept.matching, kept.reserved) == (36 - 10, 10)
    assert len(choose(candidate, blueprint)) == 36
    assert assembly.count_fresh_exams(blueprint, candidate, (), kept.questions) >= 2


def with_workouts(blueprint: Blueprint, **questions: str) -> tuple[Blueprint, set[int]]:
    """Return a blueprint whose practice has these questions as workouts too, and the workouts."""
    Question.objects.filter(**questions).update(collection="workouts")
    raise_bank_version()
    blueprint.spec["practice"] = ["tiny", "workouts"]
    other = Blueprint(pk=10**6 + 2, code="OTHER", version=1, spec=blueprint.spec)
    return other, set(Question.objects.filter(collection="workouts").values_list("pk", flat=True))


def test_new_questions_of_mock_exams_above_the_reserve_come_before_workouts(blueprint: Blueprint) -> None:
    other, workouts = with_workouts(blueprint, code__startswith="tiny-d1")
    spare = 18 - 4  # of the second exam domain
    chosen = choose(None, other, replace(ALL, size=spare, new=False))
    assert chosen.isdisjoint(workouts)
    assert chosen < choose(None, other, replace(ALL, size=spare + 3, new=False)) <= chosen | workouts
    assert choose(None, other, replace(ALL, size=18)).isdisjoint(workouts)  # the reserve is allowed as well
    assert workouts < choose(None, other, replace(ALL, new=False))  # they are never kept


def test_seen_questions_come_before_new_ones_of_mock_exams_and_workouts(blueprint: Blueprint) -> None:
    attempt = sat(blueprint)
    other, _ = with_workouts(blueprint, code__endswith="1")
    seen = asked(attempt)
    assert choose(attempt.candidate, other, replace(ALL, size=5)) == seen
    assert choose(attempt.candidate, other, replace(ALL, size=5, topic=("tiny-1-1", "tiny-1-2"))) >= {
        question for question in seen if practice_pool(other).items[question].topic in ("tiny-1-1", "tiny-1-2")
    }


def test_practice_like_the_exam_draws_on_nothing_else_and_keeps_two_mock_exams(blueprint: Blueprint) -> None:
    other, workouts = with_workouts(blueprint, code__endswith="1")
    ten = selection.select(None, other, replace(ALL, size=10, new=False), seed="s", like_exam=True)
    assert len(ten.questions) == 10
    assert workouts.isdisjoint(ten.questions)
    everything = selection.select(None, other, replace(ALL, new=False), seed="s", like_exam=True)
    assert workouts.isdisjoint(everything.questions)
    left = Counter(
        Question.objects.exclude(pk__in=[*everything.questions, *workouts]).values_list(
            "exam_domain__number", flat=True
        )
    )
    assert left == {1: 2 * 3, 2: 2 * 2}
    assert everything.matching == len(everything.questions)


def test_practice_like_the_exam_mixes_what_is_asked_in_each_exam_domain(blueprint: Blueprint) -> None:
    for n, ask in enumerate(("service", "technique", "diagnosis")):
        codes = [f"tiny-d{domain}-{number:03}" for domain in (1, 2) for number in range(1, 19) if number % 3 == n]
        Question.objects.filter(code__in=codes).update(ask=ask)
    raise_bank_version()
    for seed in map(str, range(20)):
        chosen = selection.select(None, blueprint, replace(ALL, size=12, new=False), seed=seed, like_exam=True)
        rows = Question.objects.filter(pk__in=chosen.questions).values_list("exam_domain__number", "ask")
        assert Counter(rows) == {(domain, ask): 2 for domain in (1, 2) for ask in ("service", "technique", "diagnosis")}


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


def ten_questions(candidate: Candidate, blueprint: Blueprint, seed: str) -> selection.Selection:
    filters = Filters(size=10)
    return selection.select(candidate, blueprint, filters, seed=seed, like_exam=True, new_first=True)


def test_new_questions_come_first_within_the_reserve_then_seen_ones_and_each_start_differs(
    blueprint: Blueprint,
) -> None:
    attempt = sat(blueprint)
    seen = asked(attempt)
    ten = ten_questions(attempt.candidate, blueprint, "s")
    assert seen.isdisjoint(ten.questions)
    assert ten.seen == 0
    assert set(ten.questions) != set(ten_questions(attempt.candidate, blueprint, "t").questions)
    kept = {1: 2 * 3, 2: 2 * 2}
    spare = Question.objects.exclude(pk__in=seen).order_by("pk")
    spare_left = 3
    for domain, n in kept.items():
        taken = [row.pk for row in spare.filter(exam_domain__number=domain)][n + (spare_left if domain == 1 else 0) :]
        Question.objects.filter(pk__in=taken).update(status="retired")
    raise_bank_version()
    mixed = ten_questions(attempt.candidate, blueprint, "s")
    assert len(mixed.questions) == spare_left + len(seen)
    assert seen < set(mixed.questions)
    assert mixed.seen == len(seen)


def test_a_choice_takes_the_same_queries_for_one_attempt_and_for_three(
    blueprint: Blueprint, django_assert_num_queries: object
) -> None:
    first = sat(blueprint)
    practice_pool(blueprint)
    for _ in range(2):
        with django_assert_num_queries(4):  # type: ignore[operator]  # the bank's version, past, stars, open exams
            choose(first.candidate, blueprint)
        for _ in range(2):
            again = factories.attempt(first.candidate, blueprint)
            again.responses.update(first_shown=NOW)
            ending.finish(again, NOW + timedelta(minutes=9))
