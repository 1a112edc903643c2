"""Test which answers a trail contains: those that were complete, one after the other, and the stored one."""

import pytest

from exams.services.attempt import trail

A, B, C = 1, 2, 4


@pytest.mark.parametrize(
    ("choose", "steps", "ticked", "answers"),
    [
        (1, [], 0, []),
        (1, [A], A, [A]),
        (1, [A, B], B, [A, B]),
        (1, [A, B, A], A, [A, B, A]),
        (1, [A, 0], 0, [A, 0]),  # cleared in the end
        (1, [A, 0, A], A, [A]),  # cleared in between
        (1, [A, 0, B], B, [A, B]),
        (2, [A, A | B], A | B, [A | B]),  # one answer in two clicks
        (2, [A, A | B, A, A | C], A | C, [A | B, A | C]),
        (2, [A], A, [A]),  # the stored answer, although it is incomplete
        (1, [A], B, [A, B]),  # the trail has a maximum length
    ],
)
def test_complete_answers_are_listed_in_order(choose: int, steps: list[int], ticked: int, answers: list[int]) -> None:
    steps_text = "".join(f"{mask}@{10 * n};" for n, mask in enumerate(steps))
    assert trail.answers(steps_text, choose, ticked) == answers
