"""Test the results question by question: the share right, and who chose what."""

from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from exams.models import KeyRuling, Response
from exams.psychometrics.class_statistics import discrimination
from exams.psychometrics.reliability import kr20
from exams.services.attempt import ending, papers
from exams.services.classes import joining, question_results
from exams.services.results import rulings
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def test_on_one_paper_the_questions_and_letters_are_those_of_the_paper() -> None:
    sitting = factories.sitting()
    ana, ben, cleo, dan = (factories.class_attempt(sitting, name) for name in ("Ana", "Ben", "Cleo", "Dan"))
    factories.tick(ana, 4)
    factories.tick(ben, 0)
    for attempt in (ana, ben, cleo):
        ending.finish(attempt, NOW + MINUTE)
    questions = question_results.by_question(sitting)
    paper = papers.questions(sitting.form)
    assert [question.revision for question in questions] == [question.revision for question in paper]
    scored = next(index for index, question in enumerate(paper) if question.scored)
    question = questions[scored]
    assert (question.position, question.n, question.n_right, question.percent_right) == (scored + 1, 3, 1, 33)
    assert [choice.option for choice in question.choices[:-1]] == list(paper[scored].options)
    assert all(choice.names == ["Ana"] for choice in question.choices if choice.is_key)
    assert ["Ben"] in [choice.names for choice in question.choices if not choice.is_key]
    assert (question.choices[-1].option, question.choices[-1].names) == (None, ["Cleo"])
    assert dan.status == "open"


def test_with_a_paper_each_a_question_is_counted_once_for_all() -> None:
    sitting = factories.sitting(factories.small_blueprint(), one_paper=False)
    for name in ("Ana", "Ben"):
        attempt = factories.class_attempt(sitting, name)
        factories.tick(attempt, 4)
        ending.finish(attempt, NOW + MINUTE)
    questions = question_results.by_question(sitting)
    codes = [question.revision.question.code for question in questions]
    assert codes == sorted(set(codes))
    assert sum(question.n for question in questions) == 10
    assert {question.percent_right for question in questions} == {100}
    assert {question.position for question in questions} == {0}


def test_a_withdrawn_question_is_marked_and_second_attempts_have_their_number() -> None:
    sitting = factories.sitting(attempts_allowed=2)
    ana = factories.class_attempt(sitting, "Ana")
    ending.finish(ana, NOW + MINUTE)
    again = factories.joined(sitting, "Ana", ana.candidate)
    second = joining.start(again, NOW + 2 * MINUTE).attempt
    ending.finish(second, NOW + 3 * MINUTE)
    revision = Response.objects.filter(attempt=ana, scored=True).first().revision
    rulings.rule(revision, KeyRuling.Kind.WITHDRAW, reason="Two are right.", by=None, now=NOW + 4 * MINUTE)
    question = next(row for row in question_results.by_question(sitting) if row.revision == revision)
    assert question.withdrawn
    assert question.choices[-1].names == ["Ana", "Ana (2)"]


def test_the_number_of_queries_does_not_depend_on_people(django_assert_num_queries: Any) -> None:
    sitting = factories.sitting()
    for name in ("Ana", "Ben", "Cleo"):
        ending.finish(factories.class_attempt(sitting, name), NOW + MINUTE)
        with django_assert_num_queries(7):
            question_results.by_question(sitting)


def test_a_class_has_its_own_discrimination_and_alpha_at_any_size() -> None:
    sitting = factories.sitting()
    assert question_results.alpha(sitting) is None
    for name, right in (("Ana", 4), ("Ben", 3), ("Cleo", 1), ("Dan", 0)):
        attempt = factories.class_attempt(sitting, name)
        factories.tick(attempt, right)
        ending.finish(attempt, NOW + MINUTE)
    rows = Response.objects.filter(attempt__sitting=sitting, scored=True).order_by("attempt_id", "position")
    matrix = [list(group) for _attempt, group in groupby(rows, key=lambda row: row.attempt_id)]
    assert question_results.alpha(sitting) == kr20([[int(row.correct) for row in row_of] for row_of in matrix])
    by_revision = {question.revision.pk: question for question in question_results.by_question(sitting)}
    for column in zip(*matrix, strict=True):
        rest = [
            sum(other.correct for other in row_of if other is not row) / 3
            for row, row_of in zip(column, matrix, strict=True)
        ]
        found = by_revision[column[0].revision_id].discrimination
        assert found == discrimination([row.correct for row in column], rest)
        assert found is None or found.low is not None
