"""Test what a draw gets from the pool: all of a usual bank, a random part of a large one. Pools are made by hand."""

from exams.psychometrics.drawing import PoolItem
from exams.services.attempt.question_pool import MIN_SAMPLE, SAMPLED_FORMS, QuestionPool

WANTED = {1: 10, 2: 20}
LARGE = 5_000


def pool(*sizes: int, pilots: int = 0) -> QuestionPool:
    """Return a pool with this number of live questions in each exam domain, and pilots in the first."""
    places = [(domain, False) for domain, size in enumerate(sizes, 1) for _ in range(size)] + [(1, True)] * pilots
    items = [
        PoolItem(10_000 + n, n, domain, f"topic {n % 50}", 50 + n % 40, pilot=pilot)
        for n, (domain, pilot) in enumerate(places)
    ]
    return QuestionPool(1, tuple(items), {}, ((0, 1), (1, 2), (3, LARGE - 1)))


def questions(items: list[PoolItem]) -> set[int]:
    return {item.question for item in items}


def test_all_of_a_usual_bank_may_be_drawn() -> None:
    usual = pool(MIN_SAMPLE, SAMPLED_FORMS * 20, pilots=40)
    assert set(usual.sample(WANTED, (), (), "s")) == set(usual.items)


def test_of_a_large_bank_each_exam_domain_gets_a_part_that_depends_on_the_seed_alone() -> None:
    large = pool(LARGE, LARGE, pilots=LARGE)
    part = large.sample(WANTED, (), (), "s")
    assert sum(item.domain == 1 and not item.pilot for item in part) == MIN_SAMPLE
    assert sum(item.domain == 1 and item.pilot for item in part) == MIN_SAMPLE
    assert sum(item.domain == 2 for item in part) == SAMPLED_FORMS * 20
    assert len(questions(part)) == len(part)
    assert large.sample(WANTED, (), (), "s") == part
    assert questions(large.sample(WANTED, (), (), "t")) != questions(part)


def test_closed_questions_are_in_no_part() -> None:
    large = pool(LARGE, LARGE)
    closed = questions(large.sample(WANTED, (), (), "s"))
    assert not closed & questions(large.sample(WANTED, (), closed, "s"))
    assert not closed & questions(pool(100, 100).sample(WANTED, (), closed, "s"))


def test_whoever_has_used_up_half_of_the_part_gets_the_whole_bank() -> None:
    large = pool(LARGE, 0)
    assert len(large.sample(WANTED, set(range(LARGE - 100)), (), "s")) == LARGE
    assert len(large.sample(WANTED, set(range(100)), (), "s")) == MIN_SAMPLE


def test_enemies_are_found_from_either_side() -> None:
    large = pool(LARGE)
    items = [item for item in large.items if item.question in (1, LARGE - 1)]
    assert {frozenset(pair) for pair in large.enemies_of(items)} == {
        frozenset((0, 1)),
        frozenset((1, 2)),
        frozenset((3, LARGE - 1)),
    }


def test_new_questions_are_counted_by_those_shown() -> None:
    assert pool(10, 10).count_new([0, 1, 19, 5_000]) == 17


def test_new_questions_are_counted_by_exam_domain_with_pilots_apart() -> None:
    live, pilots = pool(10, 10, pilots=5).new_by_domain([0, 1, 19, 20, 5_000])
    assert (live, pilots) == ({1: 8, 2: 9}, {1: 4})
