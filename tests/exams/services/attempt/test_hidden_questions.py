"""Test which questions are hidden: the paper of a class from everybody, in its window and no longer than needed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from exams.models import Sitting
from exams.services.attempt import ending, hidden_questions, papers
from exams.services.attempt.hidden_questions import held_questions, hidden_from, kept_scores, with_enemies
from exams.services.classes import board, sittings
from exams.services.classes.sittings import Window
from questions.models import Enemy, Question, Revision
from tests import factories
from tests.exams.services.results.key_rulings import carry_out, decide, other_key
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def paper(sitting: Sitting) -> frozenset[int]:
    """Return the questions of the paper and their enemies."""
    revisions = [slot["revision"] for slot in sitting.form.plan]
    return with_enemies(set(Revision.objects.filter(pk__in=revisions).values_list("question", flat=True)))


def test_the_paper_is_held_with_its_enemies_from_the_opening_until_the_last_person_is_through() -> None:
    sitting = factories.sitting()
    first, other = min(paper(sitting)), Question.objects.exclude(pk__in=paper(sitting)).earliest("pk").pk
    Enemy.objects.create(low_id=min(first, other), high_id=max(first, other))
    assert held_questions(NOW - MINUTE) == frozenset()
    assert other in held_questions(NOW)
    assert held_questions(NOW) == held_questions(NOW + 59 * MINUTE) == paper(sitting)
    assert held_questions(NOW + HOUR) == frozenset()


def test_a_paper_each_is_held_from_nobody_else() -> None:
    attempt = factories.class_attempt(factories.sitting(one_paper=False))
    with time_machine.travel(NOW, tick=False):
        assert hidden_from([]) == frozenset()
        asked = set(attempt.responses.values_list("revision__question", flat=True))
        assert hidden_from([attempt.candidate_id]) == asked


def test_the_release_ends_it() -> None:
    sitting = factories.sitting(closes_at=None)
    assert held_questions(NOW + HOUR)
    sittings.release(sitting, NOW + HOUR)
    assert held_questions(NOW + HOUR) == frozenset()


def test_who_writes_with_extra_time_prolongs_it() -> None:
    sitting = factories.sitting()
    attempt = factories.class_attempt(sitting)
    attempt.deadline = NOW + 80 * MINUTE
    attempt.save()
    assert held_questions(NOW + 70 * MINUTE) == paper(sitting)
    ending.finish(attempt, NOW + 75 * MINUTE)
    assert held_questions(NOW + 76 * MINUTE) == frozenset()


@pytest.mark.parametrize(
    ("terms", "start", "end"),
    [
        ({"review_opens_at": NOW + 60 * DAY}, None, NOW + HOUR),
        ({"closes_at": None}, None, NOW),
        ({"closes_at": None}, NOW + 3 * DAY, NOW + 3 * DAY + 30 * MINUTE),
    ],
)
def test_a_forgotten_release_holds_the_bank_for_fourteen_days_after_the_end_or_the_last_attempt(
    terms: dict[str, Any], start: Any, end: Any
) -> None:
    sitting = factories.sitting(**terms)
    if start:
        attempt = factories.class_attempt(sitting, now=start)
        ending.finish(attempt, start + MINUTE)
    assert held_questions(end + 14 * DAY - MINUTE) == paper(sitting)
    assert held_questions(end + 14 * DAY) == frozenset()


def test_another_window_and_another_question_count_at_once() -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=3))
    before = held_questions(NOW)
    choice = next(item for item in papers.replacements(sitting.form, 1) if item.question not in before)
    sittings.exchange_question(sitting, 1, choice.revision)
    assert choice.question in held_questions(NOW)
    board.move_window(sitting, Window(NOW, None, NOW + 2 * HOUR, None), factories.user("ines"), NOW)
    assert held_questions(NOW + 90 * MINUTE) == paper(sitting)


def test_two_classes_hold_both_papers_until_each_of_them_ends() -> None:
    blueprint = factories.small_blueprint(exams=4)
    short, long = factories.sitting(blueprint), factories.sitting(blueprint, closes_at=NOW + 2 * HOUR)
    assert not paper(short) & paper(long), "the second paper is drawn without the first one's questions"
    assert held_questions(NOW) == paper(short) | paper(long)
    assert held_questions(NOW + 90 * MINUTE) == paper(long)


def test_it_is_one_query_while_nothing_is_held_and_three_with_a_held_paper(
    django_assert_num_queries: Any,
) -> None:
    guest = factories.candidate()
    with time_machine.travel(NOW, tick=False):
        with django_assert_num_queries(1):
            assert hidden_from([guest.pk]) == frozenset()
        held = paper(factories.sitting())
        hidden_questions._held.clear()
        with django_assert_num_queries(6):
            assert hidden_from([guest.pk]) == held
        with django_assert_num_queries(3):
            assert hidden_from([guest.pk]) == held


def test_the_score_of_an_exam_with_an_enemy_of_a_held_question_waits_as_well() -> None:
    blueprint = factories.small_blueprint(exams=4)
    sitting = factories.sitting(blueprint)
    with time_machine.travel(NOW, tick=False):
        beside = factories.scored(factories.handed_in(blueprint=blueprint))
        owners = [beside.candidate_id]
        assert kept_scores(owners).waiting == frozenset(), "it was drawn without the paper"
        other = beside.responses.earliest("position").revision.question_id
        first = min(paper(sitting))
        Enemy.objects.create(low_id=min(first, other), high_id=max(first, other))
        factories.start_versions()
        assert kept_scores(owners).waiting == {beside.pk}
    with time_machine.travel(NOW + HOUR, tick=False):
        assert kept_scores(owners).waiting == frozenset()


@pytest.mark.slow
def test_a_score_from_before_the_opening_waits_once_a_ruling_has_changed_it() -> None:
    blueprint = factories.one_form_blueprint()
    with time_machine.travel(NOW - DAY, tick=False):
        earlier = factories.scored(factories.handed_in(blueprint=blueprint, now=NOW - DAY), NOW - DAY)
    factories.sitting(blueprint)
    with time_machine.travel(NOW + MINUTE, tick=False):
        assert kept_scores([earlier.candidate_id]).waiting == frozenset()
        revision = earlier.responses.filter(scored=True, ticked__gt=0)[0].revision
        carry_out(decide(revision, other_key(revision)))
        assert kept_scores([earlier.candidate_id]).waiting == {earlier.pk}


@pytest.mark.parametrize(("released", "waits"), [(NOW - HOUR, False), (NOW + 2 * MINUTE, True), (None, True)])
def test_the_score_of_a_class_waits_for_a_class_that_opened_before_it_could_be_shown(
    released: datetime | None, waits: bool
) -> None:
    """The first class has no end, so its scores come with the release: they were computed, but shown to nobody."""
    blueprint = factories.one_form_blueprint()
    first = factories.sitting(blueprint, opens_at=NOW - DAY, closes_at=None)
    attempt = factories.class_attempt(first, now=NOW - DAY)
    ending.finish(attempt, NOW - DAY + MINUTE)
    scored = factories.scored(attempt, NOW - DAY + MINUTE)
    second = factories.sitting(blueprint)
    assert paper(second) & paper(first)
    if released:
        sittings.release(first, released)
    with time_machine.travel(NOW + 5 * MINUTE, tick=False):
        assert kept_scores([scored.candidate_id]).waiting == ({scored.pk} if waits else frozenset())
        sittings.release(second, NOW + 5 * MINUTE)
        assert kept_scores([scored.candidate_id]).waiting == frozenset()


def test_scores_take_no_query_when_nothing_is_known_to_be_hidden_and_one_otherwise(
    django_assert_num_queries: Any,
) -> None:
    guest = factories.candidate()
    with time_machine.travel(NOW, tick=False):
        with django_assert_num_queries(0):
            assert kept_scores([guest.pk], hidden=frozenset()).waiting == frozenset()
        with django_assert_num_queries(1):
            assert kept_scores([guest.pk]).waiting == frozenset()
