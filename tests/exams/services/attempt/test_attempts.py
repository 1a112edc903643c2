"""Test the start of exams: each changes the state once, however often it is requested."""

import uuid as uuids
from datetime import timedelta

import pytest

from exams.models import Attempt, Candidate, Form, Response
from exams.models.attempt import GRACE
from exams.psychometrics.drawing import ShortageError
from exams.services.attempt import attempts
from exams.services.attempt.attempts import StartRequest
from tests import factories
from tests.factories import NOW
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
Status = Attempt.Status


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30))


def kinds(attempt: Attempt) -> list[str]:
    return [event.kind for event in attempt.events.all()]


def test_the_shipped_exam_starts_with_its_counts_by_exam_domain_and_a_deadline() -> None:
    attempt = factories.attempt(blueprint=factories.bank())
    responses = list(attempt.responses.all())
    by_domain = {(scored, d): 0 for scored in (True, False) for d in (1, 2, 3, 4)}
    for response in responses:
        by_domain[response.scored, response.exam_domain] += 1
    assert [by_domain[True, d] for d in (1, 2, 3, 4)] == [10, 12, 18, 10]
    assert [by_domain[False, d] for d in (1, 2, 3, 4)] == [3, 4, 5, 3]
    assert attempt.deadline == NOW + timedelta(minutes=180)
    assert [r.position for r in responses] == list(range(1, 66))
    assert all(sorted(r.bits) == list(range(r.full.bit_length())) for r in responses)
    assert kinds(attempt) == ["started"]


def test_standing_extra_time_moves_the_deadline() -> None:
    blueprint = factories.small_blueprint(minutes=31)
    slow = Candidate.objects.create(created_at=NOW, extra_percent=25, extra_minutes=30)
    assert factories.attempt(slow, blueprint).deadline == NOW + timedelta(minutes=31 + 8 + 30)


def test_a_second_start_returns_the_open_exam(attempt: Attempt) -> None:
    again = attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, NOW + timedelta(minutes=5)))
    assert (again.attempt, again.created) == (attempt, False)
    assert Form.objects.count() == 1


def test_a_start_closes_an_overdue_exam_first(attempt: Attempt) -> None:
    later = attempt.deadline + GRACE
    again = attempts.start(StartRequest(attempt.candidate, attempt.form.blueprint, later))
    assert again.created
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == (Status.SUBMITTED, "time")


def test_a_bank_that_is_too_small_is_refused_with_the_missing_numbers_and_stores_nothing() -> None:
    blueprint = factories.bank((16, 20, 28, 9))
    with pytest.raises(ShortageError) as refused:
        factories.attempt(blueprint=blueprint)
    assert (refused.value.scored, refused.value.unscored) == ({4: 1}, {4: 3})
    assert not Form.objects.exists()
    assert not Attempt.objects.exists()
    assert not Response.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_starts_make_one_attempt_with_one_set_of_responses() -> None:
    blueprint, candidate, uuid = factories.small_blueprint(), factories.candidate(), uuids.uuid4()
    started: list[Attempt] = []
    request = StartRequest(candidate, blueprint, NOW, uuid=uuid)
    in_threads(*[lambda: started.append(attempts.start(request).attempt)] * 10)
    assert len(started) == 10
    assert len({attempt.pk for attempt in started}) == 1
    assert (Attempt.objects.count(), Form.objects.count(), Response.objects.count()) == (1, 1, 5)
