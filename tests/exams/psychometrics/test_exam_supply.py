"""Test how many mock exams new questions make, and how many of them are spare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.exam_supply import ExamSupply

SCORED, UNSCORED = {1: 10, 2: 12}, {1: 3, 2: 4}
COUNTS = st.fixed_dictionaries({1: st.integers(0, 200), 2: st.integers(0, 200)})


def supply(
    live: dict[int, int], pilots: dict[int, int] | None = None, pairs: dict[int, int] | None = None
) -> ExamSupply:
    return ExamSupply(live, pilots or {}, pairs or {}, SCORED, UNSCORED)


@pytest.mark.parametrize(
    ("live", "pilots", "exams"),
    [
        ({1: 130, 2: 160}, {}, 10),
        ({1: 130, 2: 100}, {}, 6),
        ({1: 12, 2: 160}, {}, 0),
        ({1: 12, 2: 160}, {1: 1}, 1),
        ({1: 20, 2: 24}, {1: 90, 2: 90}, 2),
        ({}, {}, 0),
    ],
)
def test_the_exam_domain_with_the_fewest_new_questions_ends_the_exams_and_pilots_are_unscored(
    live: dict[int, int], pilots: dict[int, int], exams: int
) -> None:
    assert supply(live, pilots).exams == exams


def test_pairs_of_enemies_cost_questions_only_where_few_exams_have_to_part_them() -> None:
    assert supply({1: 130, 2: 160}, pairs={1: 20}).exams == 10
    assert supply({1: 16, 2: 99}, pairs={1: 3}).exams == 1
    assert supply({1: 16, 2: 99}, pairs={1: 4}).exams == 0


def test_an_exam_domain_spares_what_the_exams_leave() -> None:
    assert supply({1: 130, 2: 100}).spare(2) == {1: 104, 2: 68}
    assert supply({1: 20, 2: 100}).spare(1) == {1: 7, 2: 84}
    assert supply({1: 20, 2: 10}).spare(0) == {1: 20, 2: 10}, "what makes no exam is kept for none"


@given(live=COUNTS, pilots=COUNTS, pairs=COUNTS, wanted=st.integers(0, 9))
def test_who_practices_what_is_spare_keeps_the_exams(
    live: dict[int, int], pilots: dict[int, int], pairs: dict[int, int], wanted: int
) -> None:
    before = supply(live, pilots, pairs)
    kept = min(wanted, before.exams)
    spare = before.spare(kept)
    after = supply({domain: n - spare[domain] for domain, n in live.items()}, pilots, pairs)
    assert after.exams >= kept
    assert before.exams >= after.exams
