"""Test what may be shown of a question: no key before the end; without a score, only keys of questions shown."""

import dataclasses
import re
from typing import Any

import pytest

from exams import disclosure
from exams.models import Attempt, Response
from exams.services.attempt import ending
from exams.services.attempt.annotations import NoteContent
from questions.models import Option
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SECRETS = re.compile(r"Right: it is|Wrong: it is|The explanation of|docs\.aws|\bTrue\b")


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint())


def card(attempt: Attempt, position: int = 1) -> disclosure.Card:
    response = attempt.responses.get(position=position)
    options = Option.objects.filter(revision=response.revision_id).select_related("revision")
    return disclosure.card(attempt, response, options)


def everything_in(value: Any) -> str:
    """Return everything that a template could reach, as text."""
    return repr(dataclasses.asdict(value))


@pytest.mark.parametrize(
    ("status", "shown", "revealed"),
    [
        ("open", True, False),
        ("open", False, False),
        ("submitted", True, True),
        ("submitted", False, True),
        ("scored", False, True),
        ("scoring_failed", False, True),
        ("abandoned", True, True),
        ("abandoned", False, False),
    ],
)
def test_a_key_is_shown_after_the_end_and_without_a_score_only_for_questions_shown(
    status: str, shown: bool, revealed: bool
) -> None:
    response = Response(first_shown=NOW if shown else None)
    assert disclosure.is_disclosed(Attempt(status=status), response) is revealed


def test_a_card_of_an_open_exam_contains_nothing_secret(attempt: Attempt) -> None:
    for response in attempt.responses.all():
        shown = card(attempt, response.position)
        assert shown.solution is None
        assert all((option.correct, option.rationale_html) == (None, None) for option in shown.options)
        assert not SECRETS.search(everything_in(shown))


def test_a_card_after_the_end_contains_what_that_test_looks_for(attempt: Attempt) -> None:
    ending.finish(attempt, NOW)
    shown = card(attempt)
    for secret in ("Right: it is", "Wrong: it is", "The explanation of", "docs.aws", "True"):
        assert secret in everything_in(shown)


def test_a_card_shows_the_options_in_the_order_of_the_attempt_with_ticks_and_strikes(
    attempt: Attempt,
) -> None:
    response = attempt.responses.get(position=1)
    first, second, third, *_ = response.bits
    Response.objects.filter(pk=response.pk).update(ticked=1 << first, struck=1 << second, flagged=True)
    shown = card(attempt)
    assert [option.bit for option in shown.options] == response.bits
    assert [option.letter for option in shown.options[:3]] == ["A", "B", "C"]
    assert [option.ticked for option in shown.options[:3]] == [True, False, False]
    assert [option.struck for option in shown.options[:3]] == [False, True, False]
    assert [option.strike for option in shown.options[1:3]] == [0, 1 << second | 1 << third]
    assert shown.flagged


def test_a_solution_has_the_key_and_the_rationale_of_every_option(attempt: Attempt) -> None:
    response = attempt.responses.get(position=1)
    wrong = next(1 << bit for bit in response.bits if not response.key >> bit & 1)
    trail = f"{wrong}@5;{response.key}@9;"
    Response.objects.filter(pk=response.pk).update(
        ticked=response.key, choose=1, seconds=232, trail=trail, confidence=1
    )
    ending.finish(attempt, NOW)
    shown = card(attempt)
    assert shown.solution is not None
    assert shown.solution.correct
    assert (shown.solution.scored, shown.solution.time) == (response.scored, "3 min 52 s")
    assert (shown.solution.changed, shown.solution.confidence) == ("once, from wrong to right", 1)
    assert {option.bit for option in shown.options if option.correct} == {
        bit for bit in response.bits if response.key >> bit & 1
    }
    for option in shown.options:
        assert option.rationale_html is not None
        assert ("Right: it is" in option.rationale_html) is option.correct


@pytest.mark.parametrize(
    ("ticks", "choose", "state"),
    [(0, 1, "unanswered"), (0, 2, "unanswered"), (1, 2, "incomplete"), (1, 1, "answered"), (2, 2, "answered")],
)
def test_a_question_is_answered_with_as_many_ticks_as_required(ticks: int, choose: int, state: str) -> None:
    response = Response(position=3, ticked=(1 << ticks) - 1, choose=choose, flagged=True)
    (cell,) = disclosure.cells([response], current=3)
    assert (cell.position, cell.state, cell.flagged, cell.current) == (3, state, True, True)


def test_a_question_of_an_unfinished_exam_stays_undisclosed_in_a_finished_one(attempt: Attempt) -> None:
    ending.finish(attempt, NOW)
    response = attempt.responses.select_related("revision").get(position=1)
    assert disclosure.is_disclosed(attempt, response)
    assert not disclosure.is_disclosed(attempt, response, {response.revision.question_id})


def test_a_card_shows_note_and_highlights_where_they_are_given(attempt: Attempt) -> None:
    ending.finish(attempt, NOW)
    response = attempt.responses.get(position=1)
    options = Option.objects.filter(revision=response.revision_id).select_related("revision")
    bit = response.bits[1]
    note = NoteContent("Read again.", {"stem": [[2, 7]], str(bit): [[0, 6]]}, 1)
    shown = disclosure.card(attempt, response, options, note=note)
    assert shown.note == "Read again."
    assert "A <mark>small</mark> question" in shown.stem_html
    assert [option.bit for option in shown.options if "<mark>Option</mark>" in option.html] == [bit]
