"""Test which responses make up the sample of item analysis, and how they are read."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db.models import F

from exams.models import Attempt, Candidate, Response
from exams.services.analysis.responses import Sample, read_sample
from exams.services.attempt import attempts, ending
from exams.services.attempt.attempts import StartRequest
from questions.models import Blueprint, Revision
from tests import factories
from tests.factories import NOW, candidate, handed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(scored=10, unscored=2, exams=3)


def finished(blueprint: Blueprint, by: Candidate | None = None, right: int = 6, **fields: Any) -> Attempt:
    """Return a finished exam in which every question was shown for 60 seconds."""
    sat = handed_in(right, by or candidate(), blueprint)
    sat.responses.update(seconds=60, first_shown=NOW)
    Attempt.objects.filter(pk=sat.pk).update(**fields)
    return sat


def keys(sample: Sample) -> list[tuple[int, int]]:
    """Return attempt and revision of each response."""
    return [
        (int(sample.attempts[attempt]), int(sample.revisions[item]))
        for attempt, item in zip(sample.attempt, sample.item, strict=True)
    ]


def test_without_exams_the_sample_is_empty() -> None:
    sample = read_sample("TINY")
    assert (len(sample), len(sample.attempts), len(sample.revisions)) == (0, 0, 0)


@pytest.mark.slow
def test_the_sample_has_what_the_table_has(blueprint: Blueprint) -> None:
    sat = [finished(blueprint, right=right) for right in (0, 4, 10)]
    sample = read_sample("TINY")
    rows = list(Response.objects.filter(attempt__in=sat).order_by("attempt_id", "position"))
    assert keys(sample) == [(row.attempt_id, row.revision_id) for row in rows]
    for name, value in (
        ("correct", "correct"),
        ("counts", "scored"),
        ("ticked", "ticked"),
        ("seconds", "seconds"),
        ("rating", "rating"),
    ):
        assert getattr(sample, name).tolist() == [getattr(row, value) for row in rows], name
    assert sample.reached.all()
    assert sample.valid.all()


@pytest.mark.slow
def test_only_finished_exams_of_real_candidates_count_or_only_simulated_ones(blueprint: Blueprint) -> None:
    real = finished(blueprint)
    finished(blueprint, status="abandoned")
    simulated = finished(blueprint, synthetic=True)
    factories.attempt(candidate(), blueprint)  # open
    practice = finished(blueprint)
    Attempt.objects.filter(pk=practice.pk).update(mode="practice", practice_kind="full")
    assert read_sample("TINY").attempts.tolist() == [real.pk]
    assert read_sample("TINY", synthetic=True).attempts.tolist() == [simulated.pk]


def test_a_question_seen_before_does_not_count_and_ten_percent_of_them_exclude_the_exam(blueprint: Blueprint) -> None:
    few, many = finished(blueprint), finished(blueprint)
    for sat, n in ((few, 1), (many, 2)):
        scored = sat.responses.filter(scored=True).values_list("pk", flat=True)[:n]
        Response.objects.filter(pk__in=list(scored)).update(repeat=True)
    repeated = few.responses.get(repeat=True).revision_id
    sample = read_sample("TINY")
    assert sample.attempts.tolist() == [few.pk]
    assert (few.pk, repeated) not in keys(sample)
    assert len(sample) == 11


def test_exams_count_until_the_bank_repeats_questions() -> None:
    blueprint = factories.small_blueprint(scored=10, unscored=2, exams=1)
    by = candidate()
    sat = []
    for number in range(3):
        attempt = attempts.start(StartRequest(by, blueprint, NOW + timedelta(hours=number), seed=str(number))).attempt
        attempt.responses.update(first_shown=NOW)
        ending.finish(attempt, NOW + timedelta(hours=number, minutes=20))
        sat.append(attempt.pk)
    sample = read_sample("TINY")
    assert sample.attempts.tolist() == sat[:2]
    assert len(set(sample.revisions.tolist())) == len(sample) == 24


def test_questions_not_reached_in_time_are_marked(blueprint: Blueprint) -> None:
    timed_out = finished(blueprint, closed_by="time")
    finished(blueprint)  # ended the exam with time left
    late = list(timed_out.responses.order_by("position").values_list("revision_id", flat=True))[9:]
    Response.objects.filter(position__gt=9).update(first_shown=None, ticked=0)
    sample = read_sample("TINY")
    assert sorted(np.array(keys(sample))[~sample.reached].tolist()) == sorted(
        [timed_out.pk, revision] for revision in late
    )
    assert not sample.valid[~sample.reached].any()


@pytest.mark.slow
def test_more_than_ten_percent_rapid_guesses_exclude_the_exam() -> None:
    blueprint = factories.small_blueprint(scored=10, unscored=2, exams=1)  # the median is that of all
    calm = [finished(blueprint) for _ in range(4)]
    usual = [finished(blueprint) for _ in range(4)]
    for n, sat in ((1, calm[0]), (2, calm[1]), (2, calm[2])):
        first = list(sat.responses.order_by("position").values_list("pk", flat=True))[:n]
        # Six seconds are a tenth of the median: no rapid guess. Unknown times are none either.
        seconds = {0: 5, 1: 5, 2: 6}[calm.index(sat)]
        Response.objects.filter(pk__in=first).update(seconds=seconds)
    calm[3].responses.update(seconds=0)
    Response.objects.filter(attempt__in=calm).update(ticked=F("key"))
    sample = read_sample("TINY")
    assert sample.attempts.tolist() == [sat.pk for sat in (calm[0], calm[2], calm[3], *usual)]


def test_withdrawn_and_credited_responses_stay_but_do_not_count(blueprint: Blueprint) -> None:
    sat = finished(blueprint, right=0)
    withdrawn, credited, also = sat.responses.filter(scored=True)[:3]
    Response.objects.filter(pk=withdrawn.pk).update(withdrawn=True)
    Response.objects.filter(pk=credited.pk).update(credited=True)
    Response.objects.filter(pk=also.pk).update(also=F("ticked"))
    sample = read_sample("TINY")
    by_revision = {
        revision: (bool(correct), bool(counts), bool(valid))
        for (_, revision), correct, counts, valid in zip(
            keys(sample), sample.correct, sample.counts, sample.valid, strict=True
        )
    }
    assert by_revision[withdrawn.revision_id] == (False, False, False)
    assert by_revision[credited.revision_id] == (False, False, False)
    assert by_revision[also.revision_id] == (True, True, True)


def test_revisions_marked_as_the_same_item_count_as_one(blueprint: Blueprint) -> None:
    finished(blueprint)
    old = Response.objects.all()[0].revision
    fields = {"kind": old.kind, "stem": "Spelt right.", "key": old.key, "choose": old.choose}
    new = Revision.objects.create(
        question=old.question, number=2, n_options=old.n_options, same_item_as=old, sha256="x", **fields
    )
    assert old.pk in read_sample("TINY").revisions
    Revision.objects.filter(pk=new.pk).update(published_at=NOW)
    sample = read_sample("TINY")
    assert old.pk not in sample.revisions
    assert new.pk in sample.revisions
    assert len(sample) == 12


def test_the_sample_is_read_with_two_queries(blueprint: Blueprint, django_assert_num_queries: Any) -> None:
    for n in (1, 3):
        for _ in range(n):
            finished(blueprint)
        with django_assert_num_queries(2):  # the responses, and the revisions marked as the same item
            read_sample("TINY")
