"""Test the steps of an import: started by a person, done by a worker, refused if the state has changed."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from questions.formats import bounded_reading, json_file, registry
from questions.imports import steps
from questions.models import ExamDomain, ImportBatch, Question
from questions.services import lifecycle, revisions
from questions.services.errors import RefusedError
from tests.authoring import account
from tests.questions.imports.importing import (
    AFTER_TIMEOUT,
    FIVE_BOATS,
    NOW,
    SETTINGS,
    boat,
    boat_count,
    checked_batch,
    confirmed_batch,
    received_batch,
    reloaded,
    work_on,
)

pytestmark = pytest.mark.django_db


def test_a_person_starts_a_step_and_a_worker_does_it(sent_tasks: list[int]) -> None:
    batch = received_batch()
    assert (batch.state, sent_tasks) == ("checking", [batch.pk])
    work_on(batch)
    batch = reloaded(batch)
    assert (batch.state, batch.result["counts"]["created"]) == ("checked", 5)
    steps.confirm(batch, good_only=False, now=NOW)
    assert boat_count() == 0
    work_on(batch)
    assert (reloaded(batch).state, boat_count(), sent_tasks) == ("done", 5, [batch.pk] * 2)


def test_a_small_file_with_many_formulas_is_left_to_a_worker(
    sent_tasks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_INLINE_BYTES", 200_000)
    few, many = (json_file.write([replace(boat(1), explanation="$x$ " * n)]) for n in (100, 101))
    assert [received_batch(few).state, received_batch(many).state] == ["checked", "checking"]
    assert len(sent_tasks) == 1


def test_a_file_that_comes_while_others_are_read_is_left_to_a_worker(
    sent_tasks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_INLINE_BYTES", 200_000)
    with ExitStack() as others:
        for _ in range(bounded_reading.FILES_AT_ONCE):
            assert others.enter_context(bounded_reading.place())
        batch = received_batch()
        assert (batch.state, sent_tasks) == ("checking", [batch.pk])
        work_on(batch)
        batch = reloaded(batch)
        steps.check_again(batch, {}, 3, (), now=NOW)
        assert (batch.state, sent_tasks) == ("checking", [batch.pk] * 2)
        work_on(batch)
    steps.check_again(reloaded(batch), {}, 3, (), now=NOW)
    assert reloaded(batch).state == received_batch().state == "checked"
    assert sent_tasks == [batch.pk] * 2


def test_a_step_of_a_state_that_has_changed_is_refused() -> None:
    batch = confirmed_batch()
    for step in (lambda: steps.confirm(batch, good_only=True, now=NOW), lambda: steps.discard(batch)):
        with pytest.raises(RefusedError, match="The state of this import has changed"):
            step()


def file_of(role: str, data: bytes, **settings: str) -> ImportBatch:
    """Return the checked import of a file by a user with a role."""
    user = account(role.lower(), role)
    batch = steps.receive_file(data, "x.json", replace(SETTINGS, **settings), now=NOW, by=user)
    work_on(batch)
    return reloaded(batch)


@pytest.mark.slow
def test_a_file_of_an_author_does_not_change_explanations_and_rating_of_a_live_question() -> None:
    batch = checked_batch()
    steps.confirm(batch, good_only=False, now=NOW)
    work_on(batch)
    question = Question.objects.get(code="boat-1")
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=None, status="live")
    changed = json_file.write([replace(boat(1), explanation="Because.", rating=20)])
    by_author = file_of("Author", changed)
    by_reviewer = file_of("Instructor", changed)
    (row,) = by_author.rows.all()
    assert row.outcome == "refused"
    assert "Only a reviewer can import its rating or its explanations." in str(row.details["reasons"])
    assert [row.outcome for row in by_reviewer.rows.all()] == ["updated"]


def test_a_file_of_an_author_does_not_change_how_exams_draw_a_live_question() -> None:
    batch = checked_batch()
    steps.confirm(batch, good_only=False, now=NOW)
    work_on(batch)
    question = Question.objects.get(code="boat-1")
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=None, status="live")
    (row,) = file_of("Author", json_file.write([replace(boat(1), exam_domain=1)])).rows.all()
    assert row.outcome == "refused"
    assert "Only a reviewer can import its exam domain" in str(row.details["reasons"])


@pytest.mark.parametrize("role", ["Author", "Instructor"])
@pytest.mark.parametrize("format", ["json", "yaml", "moodle-xml"])
def test_the_points_of_a_live_question_in_a_file_wait_for_approval(format: str, role: str) -> None:
    live, user = live_boat(), account(role.lower(), role)
    content = replace(boat(1), worth=300, exam_domain=3)
    data, _pictures = registry.FORMATS[format].write([content])
    batches = []
    for new_revisions in (False, True):
        settings = replace(SETTINGS, new_revisions=new_revisions)
        batch = steps.receive_file(data, f"x.{format}", settings, now=AFTER_TIMEOUT, by=user)
        work_on(batch, AFTER_TIMEOUT)
        batches.append(reloaded(batch))
    refused, taken = (batch.rows.get() for batch in batches)
    assert (refused.outcome, taken.outcome) == ("refused", "updated"), (refused.details, taken.details)
    assert "Allow new revisions to import it" in str(refused.details["reasons"])
    steps.confirm(batches[1], good_only=False, now=AFTER_TIMEOUT)
    work_on(batches[1], AFTER_TIMEOUT)
    live.refresh_from_db()
    work = revisions.revision_in_work(live)
    assert (live.worth, work.facts, work.same_item_as) == (100, {"worth": 300}, live.current)
    steps.undo(reloaded(batches[1]), now=AFTER_TIMEOUT)
    work_on(batches[1], AFTER_TIMEOUT)
    live.refresh_from_db()
    assert (live.worth, live.revisions.count()) == (100, 1)


def live_boat() -> Question:
    """Return an imported question that candidates get."""
    batch = checked_batch()
    steps.confirm(batch, good_only=False, now=NOW)
    work_on(batch)
    question = Question.objects.get(code="boat-1")
    lifecycle.publish([revisions.revision_in_work(question)], now=NOW, by=None, status="live")
    return question


def test_a_file_of_an_author_adds_nothing_to_the_shipped_collection() -> None:
    domain = ExamDomain.objects.filter(exam="MLS-C01").first()
    base = {"collection": "mls-c01"}
    Question.objects.create(code="shipped-one", collection="mls-c01", origin="shipped", exam_domain=domain, base=base)
    batch = file_of("Author", FIVE_BOATS, collection="mls-c01")
    assert {row.outcome for row in batch.rows.all()} == {"refused"}
    assert "belongs to the shipped bank" in str(batch.rows.all()[0].details["reasons"])
