"""Test sittings: the terms, the paper, the exchange of its questions, the window and the release."""

from datetime import timedelta
from typing import Any

import pytest

from exams.models import Attempt, Form, Participant, Sitting
from exams.services.attempt import attempts, ending, papers, question_pool
from exams.services.attempt.attempts import StartRequest
from exams.services.classes import joining, question_results, rosters, sittings
from exams.services.classes.sittings import TermsError, Window
from exams.services.results import audit
from questions.models import Enemy, Question, Revision
from questions.services.bank_version import raise_bank_version
from questions.services.errors import RefusedError
from tests import authoring, factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_a_sitting_has_a_code_of_six_letters_and_its_paper() -> None:
    sitting = factories.sitting()
    assert len(sitting.code) == 6
    assert set(sitting.code) <= set("BCDFGHJKMNPQRSTVWXYZ")
    assert len(sitting.form.plan) == sitting.blueprint.exam.questions
    assert factories.sitting(one_paper=False).form is None


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"name": "  "}, "name"),
        ({"minutes": 0}, "minutes"),
        ({"attempts_allowed": 11}, "attempts_allowed"),
        ({"joins_allowed": 0}, "joins_allowed"),
        ({"joins_allowed": 1001}, "joins_allowed"),
        ({"who": "roster"}, "roster"),
        ({"closes_at": NOW}, "closes_at"),
        ({"last_start_at": NOW}, "last_start_at"),
        ({"last_start_at": NOW + HOUR}, "last_start_at"),
        ({"review_opens_at": NOW + 59 * MINUTE}, "review_opens_at"),
        ({"closes_at": None, "last_start_at": NOW + HOUR, "review_opens_at": NOW + 89 * MINUTE}, "review_opens_at"),
    ],
)
def test_terms_that_contradict_each_other_are_refused_with_the_field(terms: dict[str, Any], field: str) -> None:
    factories.small_blueprint()
    with pytest.raises(TermsError) as refused:
        factories.sitting(**terms)
    assert list(refused.value.faults) == [field]
    assert not Sitting.objects.exists()
    assert not Form.objects.exists()


@pytest.mark.parametrize(
    ("terms", "minutes"),
    [
        ({}, 60),
        ({"last_start_at": NOW + 10 * MINUTE}, 40),
        ({"last_start_at": NOW + 50 * MINUTE}, 60),
        ({"last_start_at": NOW + 50 * MINUTE, "closes_at": None}, 80),
        ({"last_start_at": NOW + 50 * MINUTE, "closes_at": None, "minutes": 45}, 95),
        ({"closes_at": None}, None),
    ],
)
def test_the_latest_deadline_is_when_the_last_person_is_through(terms: dict[str, Any], minutes: int | None) -> None:
    sitting = factories.sitting(**terms)
    assert sitting.latest_deadline == (None if minutes is None else NOW + minutes * MINUTE)


def test_extra_time_before_the_start_moves_the_latest_deadline() -> None:
    participant = factories.joined(factories.sitting())
    sittings.set_extra_minutes(participant, 20, NOW)
    assert Sitting.objects.get().latest_deadline == NOW + 80 * MINUTE


def test_extra_time_of_who_can_start_no_more_moves_no_deadline() -> None:
    roster = rosters.create(factories.user("ines"), "7b", rosters.read("Ana,,30\nBen"))
    sitting = factories.sitting(who="roster", roster=roster, last_start_at=NOW + 10 * MINUTE)
    ana, ben = sitting.participants.select_related("sitting").order_by("name")

    def latest() -> Any:
        return Sitting.objects.get().latest_deadline

    assert latest() == NOW + 70 * MINUTE, "30 minutes are hers"
    sittings.close_joining(sitting, NOW)
    assert latest() == NOW + 40 * MINUTE, "Ana has not come"
    sittings.open_joining(sitting, NOW)
    assert latest() == NOW + 70 * MINUTE
    sittings.set_extra_minutes(ben, 45, NOW + 10 * MINUTE)
    assert latest() == NOW + 70 * MINUTE, "the last start is over"
    sittings.close_joining(sitting, NOW + 20 * MINUTE)
    sittings.open_joining(sitting, NOW + 50 * MINUTE)
    assert latest() == NOW + 40 * MINUTE, "the answers are open"
    sittings.set_extra_minutes(ana, 5, NOW + 50 * MINUTE)
    assert latest() == NOW + 40 * MINUTE


def test_a_question_is_exchanged_for_one_of_its_exam_domain() -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=3))
    position = next(n for n, slot in enumerate(sitting.form.plan, 1) if slot["scored"])
    old, pass_line = sitting.form.plan[position - 1], sitting.form.pass_line_100
    choices = papers.replacements(sitting.form, position)
    enemy_of_paper = choices[0]
    other = Revision.objects.get(pk=sitting.form.plan[position % len(sitting.form.plan)]["revision"]).question_id
    Enemy.objects.create(low_id=min(other, enemy_of_paper.question), high_id=max(other, enemy_of_paper.question))

    assert {item.domain for item in choices} == {old["exam_domain"]}
    choices = papers.replacements(sitting.form, position)
    assert enemy_of_paper not in choices
    sittings.exchange_question(sitting, position, choices[-1].revision)

    sitting = Sitting.objects.select_related("form").get()
    assert Form.objects.count() == 1
    new = sitting.form.plan[position - 1]
    assert (new["revision"], new["scored"]) == (choices[-1].revision, True)
    assert sitting.form.pass_line_100 - pass_line == new["rating"] - old["rating"]
    with pytest.raises(RefusedError, match="cannot take this position"):
        sittings.exchange_question(sitting, position, new["revision"])
    factories.class_attempt(sitting)
    with pytest.raises(RefusedError, match="its paper stays as it is"):
        sittings.exchange_question(sitting, position, old["revision"])


def test_once_somebody_has_started_the_window_moves_on_the_board_only() -> None:
    sitting = factories.sitting()
    sittings.change(sitting, sittings.terms_of(sitting, minutes=20), NOW)
    assert sitting.minutes == 20
    factories.class_attempt(sitting)
    with pytest.raises(TermsError, match="move the window on the board instead"):
        sittings.change(sitting, sittings.terms_of(sitting, closes_at=NOW + 2 * HOUR), NOW)
    sittings.change(sitting, sittings.terms_of(sitting, name="7b, March", attempts_allowed=2), NOW)
    assert (Sitting.objects.get().name, Sitting.objects.get().attempts_allowed) == ("7b, March", 2)


def test_the_window_moves_and_the_latest_deadline_with_it() -> None:
    sitting = factories.sitting()
    sittings.move_window(sitting, Window(NOW, None, NOW + 2 * HOUR, None))
    assert Sitting.objects.get().latest_deadline == NOW + 2 * HOUR
    with pytest.raises(TermsError):
        sittings.move_window(sitting, Window(NOW, None, NOW, None))


def test_answers_are_not_released_while_somebody_writes() -> None:
    sitting = factories.sitting()
    attempt = factories.class_attempt(sitting)
    with pytest.raises(RefusedError, match="1 person is still writing"):
        sittings.release(sitting, NOW + MINUTE)
    ending.finish(attempt, NOW + MINUTE)
    sittings.release(sitting, NOW + MINUTE)
    sittings.release(sitting, NOW + HOUR)
    assert sitting.released_at == NOW + MINUTE
    with pytest.raises(RefusedError, match="closed"):
        factories.class_attempt(sitting, "Ben", now=NOW + 2 * MINUTE)


def test_instructors_see_their_own_sittings_and_administrators_all() -> None:
    ines, ivan = (authoring.account(name, "Instructor") for name in ("ines", "ivan"))
    sitting = factories.sitting(owner=ines)
    assert list(sittings.visible_to(ines)) == [sitting]
    assert list(sittings.visible_to(ivan)) == []
    assert list(sittings.visible_to(authoring.account("ada", "Administrator"))) == [sitting]


def test_a_window_that_moves_during_a_start_is_noticed() -> None:
    sitting = factories.sitting()
    participant = factories.joined(sitting)
    sittings.move_window(sittings.locked(sitting), Window(NOW, None, NOW + 10 * MINUTE, None))
    terms = attempts.ClassTerms(sitting, 1)  # as read before
    with pytest.raises(attempts.TermsChangedError):
        attempts.start(StartRequest(participant.candidate, sitting.blueprint, NOW, terms=terms))
    assert not Attempt.objects.exists()
    assert joining.start(participant, NOW).attempt.deadline == NOW + 10 * MINUTE


def test_answers_that_open_during_a_start_that_was_put_off_are_noticed() -> None:
    sitting = factories.sitting()
    participant, now = factories.joined(sitting), NOW + HOUR
    last = factories.class_attempt(sitting, "Bea", now=NOW + 45 * MINUTE)
    assert joining.standing(sitting, participant, now, put_off=MINUTE).obstacle is None
    ending.finish(last, now)
    terms = attempts.ClassTerms(sitting, 1, put_off=MINUTE)  # as read before
    with pytest.raises(attempts.TermsChangedError):
        attempts.start(StartRequest(participant.candidate, sitting.blueprint, now, terms=terms))
    with pytest.raises(RefusedError, match="closed"):
        joining.start(participant, now, put_off=MINUTE)
    assert Attempt.objects.get() == last


def test_refusals_during_the_own_exam_lengthen_no_other_one() -> None:
    sitting = factories.sitting(attempts_allowed=3)
    first = factories.class_attempt(sitting, now=NOW + 40 * MINUTE)
    participant = Participant.objects.get()
    ending.finish(first, NOW + 58 * MINUTE)
    second = joining.start(participant, NOW + 59 * MINUTE, put_off=15 * MINUTE).attempt
    assert second.deadline == NOW + 61 * MINUTE, "put off for the one minute since the end of the first"
    ending.finish(second, NOW + HOUR)
    with pytest.raises(RefusedError, match="closed"):
        joining.start(participant, NOW + HOUR, put_off=15 * MINUTE)


def test_a_review_that_is_open_does_not_move_into_the_future_so_nobody_starts_again_who_knows_the_answers() -> None:
    sitting = factories.sitting(closes_at=None, review_opens_at=NOW + HOUR)
    ending.finish(factories.class_attempt(sitting), NOW + MINUTE)
    later = sittings.terms_of(sitting, review_opens_at=NOW + 3 * HOUR)
    with pytest.raises(TermsError, match="The answers are open, so this time stays"):
        sittings.change(sitting, later, NOW + HOUR)
    sittings.change(sitting, later, NOW + 59 * MINUTE)
    assert Sitting.objects.get().review_opens_at == NOW + 3 * HOUR


def test_with_an_order_of_their_own_attempts_have_the_paper_in_other_orders_and_its_results_by_question() -> None:
    sitting = factories.sitting(factories.small_blueprint(scored=12, unscored=0), own_order=True)
    attempts = [factories.class_attempt(sitting, name) for name in ("Ana", "Ben", "Cleo")]
    rows = [list(attempt.responses.order_by("position").values_list("revision", "order")) for attempt in attempts]
    assert sitting.form
    paper = sorted(slot["revision"] for slot in sitting.form.plan)
    assert [sorted(revision for revision, _order in row) for row in rows] == [paper] * 3
    assert len({tuple(revision for revision, _order in row) for row in rows}) == 3
    assert len({tuple(sorted(row)) for row in rows}) == 3, "so have the options"
    for attempt in attempts:
        factories.tick(attempt, 12)
        ending.finish(attempt, NOW + timedelta(minutes=5))
        factories.scored(attempt, NOW + timedelta(minutes=5))
    assert {question.percent_right for question in question_results.by_question(sitting)} == {100}
    _heads, letters = question_results.chosen_letters(sitting)
    assert len(set(letters.values())) == 1, "in the letters of the paper"
    # The factory keeps no trail of the answers; everything else is as it should be.
    found = [row.sentence for row in audit.differences(NOW + timedelta(minutes=6))]
    assert [sentence for sentence in found if "logged" not in sentence and "noted" not in sentence] == []


def test_questions_of_a_paper_are_moved_before_somebody_has_started() -> None:
    sitting = factories.sitting()
    before = [slot["revision"] for slot in sitting.form.plan]
    letters = {question.revision.pk: question.options for question in papers.questions(sitting.form)}
    sittings.move_question(sitting, 1, 3)
    after = [slot["revision"] for slot in sitting.form.plan]
    assert after == [before[1], before[2], before[0], *before[3:]]
    assert {question.revision.pk: question.options for question in papers.questions(sitting.form)} == letters
    assert Form.objects.count() == 1
    for position, to in ((1, 0), (1, 99), (99, 1)):
        with pytest.raises(RefusedError, match="no question at this position"):
            sittings.move_question(sitting, position, to)
    factories.class_attempt(sitting)
    with pytest.raises(RefusedError, match="Somebody has started this exam"):
        sittings.move_question(sitting, 1, 2)


def test_a_paper_is_made_of_the_questions_that_were_chosen_in_their_order() -> None:
    sitting = factories.sitting(factories.small_blueprint(scored=4, unscored=2, exams=3))
    before = [slot["revision"] for slot in sitting.form.plan]
    pool = question_pool.pool_for(sitting.blueprint)
    others = [item for item in pool.items if item.revision not in before]
    wanted = papers.wanted(sitting.form)
    chosen = [item.revision for domain, n in wanted.items() for item in [o for o in others if o.domain == domain][:n]]
    chosen.reverse()
    sittings.choose_paper(sitting, chosen)
    sitting = Sitting.objects.select_related("form").get()
    plan = sitting.form.plan
    assert [slot["revision"] for slot in plan] == chosen
    assert papers.wanted(sitting.form) == wanted
    assert sum(slot["scored"] for slot in plan) == 4
    assert sitting.form.pass_line_100 == sum(slot["rating"] for slot in plan if slot["scored"])
    assert Form.objects.count() == 1
    attempt = factories.class_attempt(sitting)
    assert list(attempt.responses.order_by("position").values_list("revision", flat=True)) == chosen
    with pytest.raises(RefusedError, match="Somebody has started this exam"):
        sittings.choose_paper(sitting, chosen)


def test_a_paper_that_is_not_whole_is_refused_with_all_that_is_missing() -> None:
    sitting = factories.sitting(factories.small_blueprint(scored=4, unscored=0, exams=3))
    items = sorted(question_pool.pool_for(sitting.blueprint).items, key=lambda item: item.domain)
    first, second = [i for i in items if i.domain == 1], [i for i in items if i.domain == 2]
    Enemy.objects.create(
        low_id=min(first[0].question, second[0].question), high_id=max(first[0].question, second[0].question)
    )
    raise_bank_version()
    with pytest.raises(RefusedError) as refused:
        sittings.choose_paper(sitting, [first[0].revision, second[0].revision, second[0].revision, 99_999])
    sentence = str(refused.value)
    for part in (
        "First things: choose 2, not 1.",
        "Second things: choose 2, not 1.",
        "must not meet in one exam.",
        "2 questions are here twice, or are not asked any more. Remove them.",
    ):
        assert part in sentence
    Question.objects.filter(pk=first[1].question).update(status="retired")
    raise_bank_version()
    whole = [first[1].revision, first[2].revision, second[1].revision, second[2].revision]
    with pytest.raises(RefusedError, match="not asked any more"):
        sittings.choose_paper(sitting, whole)
