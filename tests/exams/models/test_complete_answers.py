"""Test that an answer is complete if as many options are ticked as the question takes, with up to 30 options."""

import pytest

from exams.models import Attempt, Response
from exams.models.response import complete
from questions.content.schema import MAX_OPTIONS

ALL = (1 << MAX_OPTIONS) - 1


@pytest.mark.parametrize("ticked", [0, 1, 1 << 29, 0b1011, 1 << 29 | 1 << 15 | 1, 0x2AAAAAAA, ALL - 2, ALL])
def test_complete_counts_the_ticked_options(open_attempt: Attempt, ticked: int) -> None:
    row = Response.objects.filter(attempt=open_attempt, position=1)
    n = ticked.bit_count()
    for choose in (1, n, n + 1):
        row.update(full=ALL, ticked=ticked, choose=choose)
        assert row.filter(complete()).exists() == (0 < choose <= n)
