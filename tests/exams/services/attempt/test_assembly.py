"""Test that a form is drawn from the questions of the blueprint, new ones first, and stored with its recipe."""

from datetime import timedelta
from typing import Any

import pytest

from exams.models import Attempt, Response
from exams.services.attempt import assembly, ending, papers, question_pool
from exams.services.attempt.exposure import ExposureCounts
from exams.services.attempt.hidden_questions import held_questions
from exams.services.practice.practice_pool import practice_pool
from questions.models import Option, Question
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def questions_of(attempt: Attempt) -> set[int]:
    return set(attempt.responses.values_list("revision__question", flat=True))


def as_shown(attempt: Attempt) -> list[list[int]]:
    """Return the places in the written order of the options of each question, as the attempt shows them."""
    return [
        [response.revision.options.get(bit=bit).ordinal for bit in response.bits]
        for response in attempt.responses.select_related("revision")
    ]


def sit_and_see(attempt: Attempt) -> None:
    attempt.responses.update(first_shown=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=1))


def test_the_second_exam_avoids_questions_shown_in_the_first() -> None:
    blueprint, candidate = factories.small_blueprint(exams=2), factories.candidate()
    first = factories.attempt(candidate, blueprint)
    sit_and_see(first)
    second = factories.attempt(candidate, blueprint, now=NOW + timedelta(hours=1))
    assert not questions_of(first) & questions_of(second)
    assert not second.responses.filter(repeat=True).exists()


def test_drawn_questions_that_were_not_shown_stay_new() -> None:
    blueprint, candidate = factories.small_blueprint(exams=1), factories.candidate()
    ending.abandon(factories.attempt(candidate, blueprint), NOW + timedelta(minutes=1))
    again = factories.attempt(candidate, blueprint, now=NOW + timedelta(hours=1))
    assert not again.responses.filter(repeat=True).exists()


def test_questions_not_opened_in_a_finished_exam_are_not_new_because_the_review_shows_them() -> None:
    blueprint, candidate = factories.small_blueprint(exams=2), factories.candidate()
    first = factories.attempt(candidate, blueprint)
    ending.finish(first, NOW + timedelta(minutes=1))
    second = factories.attempt(candidate, blueprint, now=NOW + timedelta(hours=1))
    assert not questions_of(first) & questions_of(second)
    assert not second.responses.filter(repeat=True).exists()
    assert len(assembly.last_shown(candidate)) == first.responses.count()


def test_repeats_are_marked_and_recorded_when_the_bank_has_no_new_questions() -> None:
    blueprint, candidate = factories.bank(per_domain=(13, 16, 23, 13)), factories.candidate()
    sit_and_see(factories.attempt(candidate, blueprint))
    again = factories.attempt(candidate, blueprint, now=NOW + timedelta(hours=1))
    assert again.responses.filter(repeat=True).count() == 65
    assert {"rule": "repeats", "value": 65} in again.form.relaxations


def test_without_pilots_live_questions_fill_the_unscored_positions_and_the_form_records_it() -> None:
    assert factories.attempt(blueprint=factories.bank()).form.recipe["unscored_live"] == 15


def test_pilots_are_in_unscored_positions_only() -> None:
    blueprint = factories.bank((16, 20, 28, 20))
    pilots = Question.objects.filter(exam_domain__number=4)[:3]
    Question.objects.filter(pk__in=[pilot.pk for pilot in pilots]).update(status="pilot")
    attempt = factories.attempt(blueprint=blueprint)
    rows = Response.objects.filter(attempt=attempt, revision__question__status="pilot")
    assert [row.scored for row in rows] == [False] * 3
    assert attempt.form.recipe["unscored_live"] == 12


def test_other_collections_retired_questions_and_drafts_are_never_drawn() -> None:
    blueprint = factories.bank((13, 16, 23, 14))
    one, *_ = Question.objects.filter(exam_domain__number=4)
    Question.objects.filter(pk=one.pk).update(status="retired")
    question_pool._pools.clear()
    assert one.pk not in questions_of(factories.attempt(blueprint=blueprint))


def test_the_same_seed_gives_the_same_form() -> None:
    blueprint = factories.bank()
    plans = [
        assembly.draw_form(blueprint, factories.candidate(), "same", simulated=ExposureCounts()).plan for _ in range(2)
    ]
    assert plans[0] == plans[1]


@pytest.mark.slow
def test_options_are_shuffled_for_each_attempt() -> None:
    blueprint = factories.bank()
    orders = {
        tuple(
            factories.attempt(factories.candidate(), blueprint, seed="same").responses.values_list("order", flat=True)
        )
        for _ in range(3)
    }
    assert len(orders) == 3


def test_options_that_are_not_to_be_shuffled_keep_their_order_in_attempts_and_on_papers() -> None:
    blueprint = factories.one_form_blueprint()
    Question.objects.update(shuffle=False)
    raise_bank_version()
    shown = as_shown(factories.attempt(factories.candidate(), blueprint))
    assert shown == [sorted(ordinals) for ordinals in shown]
    drawn = assembly.draw_form(blueprint, factories.candidate(), "paper")
    form = papers.store_paper(drawn)
    Question.objects.update(shuffle=True)  # a stored paper keeps its order
    for question in papers.questions(form):
        assert [option.ordinal for option in question.options] == list(range(question.revision.n_options))
    stored = papers.read_paper(form, factories.candidate())
    assert {frozen.fixed_order for frozen in stored.pool.frozen.values()} == {
        drawn.pool.frozen[slot.revision].fixed_order for slot in drawn.plan.slots
    }


def test_practice_shows_options_that_are_not_to_be_shuffled_as_they_are_written() -> None:
    blueprint = factories.one_form_blueprint()
    Question.objects.update(shuffle=False)
    raise_bank_version()
    items = practice_pool(blueprint).items.values()
    assert items
    for item in items:
        bits = Option.objects.filter(revision=item.revision).order_by("ordinal").values_list("bit", flat=True)
        assert item.frozen.fixed_order == "".join(map(str, bits))


def test_a_paper_of_an_earlier_version_keeps_the_order_that_some_of_the_class_have_seen() -> None:
    blueprint = factories.one_form_blueprint()
    form = papers.store_paper(assembly.draw_form(blueprint, factories.candidate(), "paper"))
    form.plan = [
        {name: slot[name] for name in slot if name != "fixed_order"} | {"shuffle": False} for slot in form.plan
    ]
    frozen = papers.read_paper(form, factories.candidate()).pool.frozen
    for question in papers.questions(form):
        assert [option.bit for option in question.options] == list(range(question.revision.n_options))
        assert frozen[question.revision.pk].fixed_order == "01234"[: question.revision.n_options]


@pytest.mark.slow
def test_the_number_of_fresh_exams_is_counted_by_drawing_one_after_the_other() -> None:
    blueprint = factories.bank(per_domain=(26, 32, 46, 26))
    candidate = factories.candidate()
    assert assembly.count_fresh_exams(blueprint, candidate, ()) == 2
    sit_and_see(factories.attempt(candidate, blueprint))
    assert assembly.count_fresh_exams(blueprint, candidate, ()) == 1


def test_questions_that_a_class_holds_are_in_no_fresh_exam() -> None:
    blueprint, nobody = factories.one_form_blueprint(), factories.candidate()
    assert assembly.count_fresh_exams(blueprint, nobody, held_questions(NOW)) == 1
    factories.sitting(blueprint)
    assert assembly.count_fresh_exams(blueprint, nobody, held_questions(NOW)) == 0


def test_with_many_times_the_questions_of_the_fresh_exams_none_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    blueprint, candidate = factories.small_blueprint(exams=4), factories.candidate()
    monkeypatch.setattr(assembly, "MAX_FRESH_EXAMS", 2)
    drawn: list[Any] = []
    draw = assembly._draw
    monkeypatch.setattr(assembly, "_draw", lambda *arguments: drawn.append(1) or draw(*arguments))
    assert assembly.count_fresh_exams(blueprint, candidate, ()) == 2
    assert len(drawn) == 2
    monkeypatch.setattr(assembly, "SAMPLED_FORMS", 2)
    assert assembly.count_fresh_exams(blueprint, candidate, ()) == 2
    assert len(drawn) == 2


def test_fresh_exams_are_counted_from_the_exposures_of_real_exams(monkeypatch: pytest.MonkeyPatch) -> None:
    blueprint = factories.small_blueprint(scored=4, unscored=0, exams=3)
    for _ in range(2):
        factories.attempt(factories.candidate(), blueprint)
    seen: list[tuple[int, int]] = []
    draw_plan = assembly.draw_plan

    def draw(recipe: Any, items: Any, avoided: Any, exposures: Any, *rest: Any) -> Any:
        seen.append((exposures.forms, sum(exposures.counts.values())))
        return draw_plan(recipe, items, avoided, exposures, *rest)

    monkeypatch.setattr(assembly, "draw_plan", draw)
    for _ in range(2):  # counting changes nothing
        seen.clear()
        assembly.count_fresh_exams(blueprint, factories.candidate(), ())
        assert seen[:2] == [(2, 8), (3, 12)]
