"""Test which questions an exam draws: by place, or by collection, topics and tags, whatever their exam domain."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from exams.services.attempt import assembly, availability, question_pool
from exams.services.practice.practice_pool import practice_pool
from questions.content import blueprint as blueprint_file
from questions.content.blueprint import BlueprintSpec, DomainWeight, Draw
from questions.content.house_rules import ERRORS_ONLY, STRICT, HouseRules
from questions.content.yaml_text import dump
from questions.models import Blueprint, Question
from questions.services import blueprints, drawn_questions
from questions.services.bank_version import raise_bank_version
from tests import bank_rows, factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def second_exam(*domains: DomainWeight, scored: int = 4) -> BlueprintSpec:
    """Return an exam with a syllabus of its own over the collection of another one."""
    first = factories.percent_blueprint(scored=6, code="FIRST").exam
    own: dict[str, Any] = {"code": "SECOND", "version": 1, "collections": ("first",), "practice": ("first",)}
    return replace(first, scored=scored, exam_domains=domains, **own)


def tag(number: int, *tags: str) -> None:
    """Give all questions of an exam domain of the first exam these tags."""
    Question.objects.filter(exam_domain__number=number, exam_domain__exam="FIRST").update(tags=list(tags))
    raise_bank_version()


def test_a_second_exam_draws_from_the_collection_of_the_first() -> None:
    spec = second_exam(DomainWeight(1, "All", 100, (Draw("first"),)))
    row = blueprints.make(spec, known_version=0, now=NOW)
    n = Question.objects.filter(collection="first").count()
    assert [(one.live, one.missing) for one in availability.by_exam_domain(row)] == [(n, 0)]
    assert question_pool.pool_for(row).live == Counter({1: n})
    assert {item.frozen.exam_domain for item in practice_pool(row).items.values()} == {1}
    attempt = factories.attempt(factories.candidate(), row)
    assert set(attempt.responses.values_list("exam_domain", flat=True)) == {1}, "frozen as drawn"


def test_exam_domains_draw_by_tags_and_a_domain_that_draws_nothing_is_missing_its_questions() -> None:
    spec = second_exam(
        DomainWeight(1, "Easy", 50, (Draw("first", tags=("easy", "warm up")),)),
        DomainWeight(2, "Hard", 50, (Draw("first", tags=("hard",)),)),
    )
    tag(1, "warm up", "other")
    row = blueprints.make(spec, known_version=0, now=NOW)
    easy, hard = availability.by_exam_domain(row)
    assert (easy.missing, hard.live, hard.missing) == (0, 0, 2)
    tag(2, "hard")
    assert assembly.blueprint_shortage(row) is None
    assert {row.drawn_for for row in drawn_questions.drawn_by(row)} == {1, 2}


def test_a_question_that_two_exam_domains_draw_is_an_error_with_both_names() -> None:
    spec = second_exam(
        DomainWeight(1, "Easy", 50, (Draw("first", tags=("easy",)),)), DomainWeight(2, "All", 50, (Draw("first"),))
    )
    tag(1, "easy")
    with pytest.raises(blueprints.BlueprintFaultsError, match="'Easy' and 'All' both draw the question") as refused:
        blueprints.make(spec, known_version=0, now=NOW)
    assert refused.value.faults[0].field == "exam_domains.2.draws"
    assert not Blueprint.objects.filter(code="SECOND").exists()


def test_questions_without_a_place_are_drawn_by_tags_alone() -> None:
    spec = second_exam(DomainWeight(1, "Easy", 50, (Draw("first", tags=("easy",)),)), DomainWeight(2, "Placed", 50))
    first = Blueprint.objects.current("FIRST")
    assert first is not None
    of_first = Question.objects.filter(exam_domain__number=1, exam_domain__exam="FIRST")
    of_first.update(exam_domain=None, topic=None)
    assert question_pool.pool_for(first).live.keys() == {2}, "an exam domain without draws has placed questions only"
    row = blueprints.make(spec, known_version=0, now=NOW)
    assert not drawn_questions.drawn_by(row).exists()
    free = Question.objects.filter(exam_domain=None).order_by("pk")
    Question.objects.filter(pk=free[0].pk).update(tags=["easy"])
    raise_bank_version()
    assert {found.pk: found.drawn_for for found in drawn_questions.drawn_by(row)} == {free[0].pk: 1}
    assert set(Question.objects.filter(drawn_questions.of_syllabus("SECOND"))) == {free[0]}
    assert drawn_questions.syllabuses(free[:2]) == {free[0].pk: {"SECOND"}, free[1].pk: set()}
    placed = Question.objects.filter(exam_domain__exam="FIRST")[:1]
    assert drawn_questions.syllabuses(placed) == {placed[0].pk: {"FIRST"}}


def test_a_collection_needs_no_places_unless_its_rules_or_its_exams_do() -> None:
    lenient = HouseRules(ERRORS_ONLY)
    assert drawn_questions.needs_no_place("unheard", lenient), "no exam draws from it yet"
    assert not drawn_questions.needs_no_place("unheard", STRICT)
    spec = second_exam(DomainWeight(1, "All", 100, (Draw("first"),)))
    assert not drawn_questions.needs_no_place("first", lenient), "its exam draws placed questions"
    blueprints.make(spec, known_version=0, now=NOW)
    assert drawn_questions.needs_no_place("first", lenient)


def test_who_writes_or_approves_a_question_that_no_exam_draws_hears_it() -> None:
    advice = "Add a tag that an exam draws, or choose an exam domain."
    content = replace(bank_rows.content("one"), collection="first", tags=("hard",))
    assert blueprints.undrawn_place(content, "") == "", "there is no exam yet"
    spec = second_exam(DomainWeight(1, "Easy", 100, (Draw("first", tags=("easy",)),)))
    blueprints.make(spec, known_version=0, now=NOW)
    assert blueprints.undrawn_place(content, "") == f"No exam draws this question. {advice}"
    assert blueprints.undrawn_place(replace(content, tags=("easy",)), "") == ""
    question = Question.objects.filter(collection="first")[0]
    assert blueprints.undrawn_warning([question]) == ""
    question.exam_domain = None
    assert blueprints.undrawn_warning([question]) == f"No exam draws {question.code}. {advice}"
    question.tags = ["easy"]
    assert blueprints.undrawn_warning([question]) == ""


def test_draws_are_written_to_the_file_of_an_exam_and_read_again() -> None:
    draws = (Draw("first", ("a-topic",), ("week 3",)),)
    spec = second_exam(DomainWeight(1, "One", 40, draws), DomainWeight(2, "Two", 60))
    text = dump(spec)
    assert blueprint_file.read(text) == (spec, [])
    assert '{number: 2, title: "Two", weight: 60}' in text
    _spec, faults = blueprint_file.read(text.replace("collection: first", "collection: elsewhere"))
    assert [str(fault).split(": ", 1)[1] for fault in faults] == [
        "exam_domains.1.draws.1.collection: 'elsewhere' is not among the collections of the exam. Add it there."
    ]
