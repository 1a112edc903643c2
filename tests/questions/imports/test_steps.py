"""Test the steps of an import: started by a person, done by a worker, refused if the state has changed."""

import pytest

from questions.imports import steps, worker
from questions.services.errors import RefusedError
from tests.questions.imports.importing import NOW, boat_count, confirmed_batch, received_batch, reloaded

pytestmark = pytest.mark.django_db


def test_a_person_starts_a_step_and_a_worker_does_it(sent_tasks: list[int]) -> None:
    batch = received_batch()
    assert (batch.state, sent_tasks) == ("checking", [batch.pk])
    worker.work_on_batch(batch.pk)
    batch = reloaded(batch)
    assert (batch.state, batch.heartbeat_at, batch.result["counts"]["created"]) == ("checked", None, 5)
    steps.confirm(batch, good_only=False, now=NOW)
    assert boat_count() == 0
    worker.work_on_batch(batch.pk)
    assert (reloaded(batch).state, boat_count(), sent_tasks) == ("done", 5, [batch.pk] * 2)


def test_a_step_of_a_state_that_has_changed_is_refused() -> None:
    batch = confirmed_batch()
    for step in (lambda: steps.confirm(batch, good_only=True, now=NOW), lambda: steps.discard(batch)):
        with pytest.raises(RefusedError, match="The state of this import has changed"):
            step()
