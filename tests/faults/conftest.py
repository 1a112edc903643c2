"""One stack and one class for all cases; a third of the cases unless MLSPREP_FAULTS=all."""

import os
from collections.abc import Iterator

import pytest

from tests.faults.classroom import Classroom
from tests.servers import say
from tests.stack.topology import Stack, running_stack


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `make faults` alone runs."""
    if os.environ.get("MLSPREP_FAULTS") == "all":
        return
    left_out = [item for item in items if item.get_closest_marker("faults")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def site() -> Iterator[Stack]:
    """Yield the running installation."""
    with running_stack() as stack:
        if os.environ.get("MLSPREP_FAULTS") == "all":
            say(f"\n{stack.description}")
        yield stack


@pytest.fixture(scope="session")
def classroom(site: Stack) -> Classroom:
    """Return a class of 40, of whom each has an exam running."""
    classroom = Classroom(site)
    classroom.start()
    return classroom
