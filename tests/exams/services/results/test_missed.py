"""Test which response to a question is the newest whose solution the candidate may see."""

from datetime import timedelta

import pytest

from exams.models import Attempt
from exams.services.results.missed import missed_responses, newest_answers
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_of_two_responses_the_one_shown_last_counts_when_its_solution_is_disclosed() -> None:
    blueprint = factories.small_blueprint()  # with new questions for two exams; the third repeats some
    first = factories.handed_in(4, blueprint=blueprint)
    first.responses.update(first_shown=NOW)
    factories.handed_in(4, first.candidate, blueprint, now=NOW + timedelta(minutes=30))
    second = factories.attempt(first.candidate, blueprint, now=NOW + timedelta(hours=1))
    second.responses.update(first_shown=NOW + timedelta(hours=1))
    shared = set(first.responses.values_list("revision__question", flat=True))
    shared &= set(second.responses.values_list("revision__question", flat=True))
    assert shared

    def attempts_of_shared() -> set[Attempt]:
        newest = newest_answers([first.candidate_id]).filter(revision__question__in=shared)
        rows = list(newest.select_related("attempt"))
        assert {row.revision.question_id for row in rows} == shared
        assert len(rows) == len(shared)
        return {row.attempt for row in rows}

    assert attempts_of_shared() == {first}
    second.responses.update(revealed_at=NOW + timedelta(hours=1))
    assert attempts_of_shared() == {second}
    second.responses.update(withdrawn=True)
    assert attempts_of_shared() == {first}


def test_questions_left_open_count_only_where_an_exam_has_shown_them() -> None:
    exam = factories.handed_in(4)
    others = factories.handed_in(4, blueprint=exam.form.blueprint)
    others.responses.update(first_shown=NOW)
    exam.responses.update(ticked=0)
    assert not newest_answers([exam.candidate_id]).exists()
    exam.responses.filter(position=2).update(first_shown=NOW)
    assert [row.position for row in newest_answers([exam.candidate_id])] == [2]
    Attempt.objects.filter(pk=exam.pk).update(status="abandoned", report=None)
    assert not newest_answers([exam.candidate_id]).exists()


def test_of_a_long_history_the_newest_attempts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exams.models.attempt.MAX_STUDIED_ATTEMPTS", 2)
    blueprint, alice = factories.small_blueprint(exams=4), factories.candidate()
    exams = []
    for hours in range(4):
        exams.append(factories.handed_in(0, alice, blueprint, now=NOW + timedelta(hours=hours)))
        exams[-1].responses.update(first_shown=NOW)
    newest = {attempt.pk for attempt in exams[2:]}
    assert {row.attempt_id for row in missed_responses([alice.pk])} == newest
    assert set(newest_answers([alice.pk]).values_list("attempt", flat=True)) == newest
