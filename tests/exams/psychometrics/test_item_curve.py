"""Test that neighboring groups of ability are joined until each says something, without losing a candidate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.psychometrics.item_curve import MIN_GROUP, AbilityGroup, merge

GROUPS = st.lists(
    st.builds(
        lambda ability, n, share: AbilityGroup(ability, n, round(n * share)),
        st.floats(-4, 4),
        st.integers(1, 40),
        st.floats(0, 1),
    ),
    max_size=12,
).map(lambda groups: sorted(groups, key=lambda group: group.ability))


def test_small_neighbors_become_one_group_with_the_mean_of_all():
    merged = merge([AbilityGroup(-1.0, 4, 1), AbilityGroup(0.0, 6, 3), AbilityGroup(1.0, 12, 9)])
    assert merged == [AbilityGroup(pytest.approx(-0.4), 10, 4), AbilityGroup(1.0, 12, 9)]


def test_a_small_last_group_joins_the_one_before():
    assert merge([AbilityGroup(0.0, 30, 15), AbilityGroup(2.0, 2, 2)]) == [AbilityGroup(pytest.approx(4 / 32), 32, 17)]


def test_nobody_and_few_candidates():
    assert merge([]) == []
    assert merge([AbilityGroup(0.5, 3, 2)]) == [AbilityGroup(0.5, 3, 2)]


@given(GROUPS)
def test_every_candidate_stays_in_a_group_that_is_large_enough(groups):
    merged = merge(groups)
    assert sum(group.n for group in merged) == sum(group.n for group in groups)
    assert sum(group.right for group in merged) == sum(group.right for group in groups)
    assert len(merged) <= 1 or all(group.n >= MIN_GROUP for group in merged)
    assert [group.ability for group in merged] == sorted(group.ability for group in merged)
