"""Test imports of questions that the bank does not have: drafts, exam domains, ids, enemies."""

from dataclasses import replace
from typing import Any

import pytest

from questions.content.blueprint import Draw
from questions.content.schema import OptionContent
from questions.formats import registry, udemy_csv
from questions.imports import batch_writer, planner
from questions.imports.plan import ImportSettings
from questions.imports.planner import match_exam_domain
from questions.models import Collection, Enemy, History, Question, User
from questions.services import blueprints, bulk_write
from tests import factories
from tests.factories import NOW
from tests.questions.management.imported_questions import (
    DOMAINS,
    EXAM,
    LATER,
    ONE,
    TWO,
    imported,
    in_bank,
    outcomes,
    plan_of,
    undo,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]


def test_questions_are_created_as_drafts_of_one_batch() -> None:
    author = User.objects.create_user("ann")
    batch = imported(ONE, replace(TWO, status="live", rating=55, as_of="2026-11-01", license="CC0-1.0"), by=author)
    assert batch is not None
    assert batch.state == "done"
    assert batch.result["counts"] == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "waiting": 0,
        "refused": 0,
    }
    one, two = Question.objects.filter(batch=batch).order_by("code")
    assert (one.status, one.origin, one.collection, one.author) == ("draft", "local", "local", author)
    assert (one.rating, one.raters, two.rating) == (70, 0, 55)
    assert two.status == "draft"
    assert two.current is None
    assert in_bank("one-question") == replace(ONE, rating=70, collection="local")
    assert History.objects.get(question=one).by == author
    assert "it is imported as a draft" in batch.rows.get(number=2).details["notes"][0]


def test_the_settings_fill_in_missing_values_of_the_file() -> None:
    format = ImportSettings(
        "MLS-C01", exam_domain=3, topic="dropout-and-early-stopping", rating=60, license="CC0-1.0", collection="mine"
    )
    imported(replace(ONE, exam_domain=None), replace(TWO, exam_domain=1, rating=80), settings=format)
    one, two = in_bank("one-question"), in_bank("two-question")
    assert (one.task, one.topic, one.rating, one.license) == ("3.4", "dropout-and-early-stopping", 60, "CC0-1.0")
    assert one.collection == "mine"
    assert (two.topic, two.exam_domain, two.rating) == (None, 1, 80), "not the topic of another exam domain"


def test_a_question_without_an_exam_domain_waits_for_one() -> None:
    plan = plan_of(replace(ONE, exam_domain=None))
    assert outcomes(plan) == ["waiting"]
    assert plan.outcomes[0].reasons == ("The file has no exam domain for the question. Choose one.",)


@pytest.mark.parametrize("format", ["json", "yaml", "csv"])
def test_a_question_of_ones_own_collection_needs_no_exam_domain(format: str) -> None:
    own = replace(EXAM, collection="course")
    free = replace(ONE, exam_domain=None)
    batch = imported(free, TWO, format=format, settings=own)
    assert batch is not None
    one, two = Question.objects.filter(batch=batch).order_by("rating", "pk")
    assert (one.exam_domain, one.collection) == (None, "course")
    assert two.syllabus == "MLS-C01"
    assert outcomes(plan_of(free, TWO, format=format, settings=own)) == ["unchanged", "unchanged"]
    undo(batch)
    assert not Question.objects.filter(batch=batch).exists()


def test_a_question_of_ones_own_collection_needs_one_where_exams_draw_by_them() -> None:
    own = replace(EXAM, collection="course")
    spec = factories.percent_blueprint(scored=2, code="COURSE").exam
    Collection.objects.create(slug="course", house_rules=[])
    free = replace(ONE, exam_domain=None, collection="course")
    assert outcomes(plan_of(free, settings=own)) == ["waiting"], "it would never be drawn"
    domains = (replace(spec.exam_domains[0], draws=(Draw("course", tags=("easy",)),)), spec.exam_domains[1])
    blueprints.make(replace(spec, code="TAGS", version=1, exam_domains=domains), known_version=0, now=NOW)
    assert outcomes(plan_of(free, settings=own)) == ["created"]
    named = planner.make_plan(registry.read(udemy_csv.write([ONE], {3: "Deep things"}), "x.csv"), own)
    assert outcomes(named) == ["created"]
    assert named.outcomes[0].notes == ("It gets no exam domain: 'Deep things' is not known.",)
    assert named.unknown_domains == ("Deep things",), "one can still be chosen"
    assert plan_of(free, settings=replace(own, exam_domain=2)).planned[0].content.exam_domain == 2


def test_an_unknown_exam_domain_needs_a_mapping() -> None:
    data = udemy_csv.write([ONE], {3: "Deep things"})
    plan = planner.make_plan(registry.read(data, "x.csv"), EXAM)
    assert outcomes(plan) == ["waiting"]
    assert plan.unknown_domains == ("Deep things",)
    assert "'Deep things' is not known" in plan.outcomes[0].reasons[0]
    mapped = planner.make_plan(registry.read(data, "x.csv"), replace(EXAM, mapping={"deep things": 2}))
    assert outcomes(mapped) == ["created"]
    assert mapped.planned[0].content.exam_domain == 2


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Modeling", 3), ("modeling", 3), ("3", 3), ("3.4", 3), ("Domain 3", 3), ("Domain 3: Modeling", 3),
        ("3. Modeling", 3), ("Top/MLS/Modeling", 3), ("Exam domain 3/Task 3.4", 3), ("Domain 3: Networking", None),
        ("9", None), ("Networking", None), ("3 ways", None),
    ],
)  # fmt: skip
def test_exam_domains_are_recognized_but_never_guessed(name: str, number: int | None) -> None:
    assert match_exam_domain(name, DOMAINS) == number


def test_questions_without_ids_get_the_same_ids_each_time() -> None:
    imported(ONE, TWO, format="csv")
    codes = sorted(Question.objects.filter(origin="local").values_list("code", flat=True))
    assert [code.rpartition("-")[0] for code in codes] == ["a-company-has-a-problem-with-its-seasonal"] * 1 + [
        "a-company-has-a-problem-with-its-streaming"
    ]
    assert outcomes(plan_of(ONE, TWO, format="csv")) == ["unchanged", "unchanged"]


def test_enemies_in_one_file_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "QUESTIONS_PER_TRANSACTION", 1)
    imported(replace(ONE, enemies=("two-question", "blood-bank-profile")), TWO)
    assert Enemy.objects.count() == 2
    assert in_bank("one-question").enemies == ("two-question", "blood-bank-profile")
    assert outcomes(plan_of(replace(ONE, enemies=("two-question", "blood-bank-profile")), TWO)) == ["unchanged"] * 2


def test_a_transaction_of_an_import_writes_few_pairs_of_enemies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saves of candidates wait for it on SQLite, also while other questions than those of the file are named."""
    monkeypatch.setattr(batch_writer, "PAIRS_PER_TRANSACTION", 4)
    write, at_once = bulk_write.write_enemies, []

    def count(changes: Any) -> None:
        at_once.append(sum(len(change.content.enemies) for change in changes))
        write(changes)

    monkeypatch.setattr(bulk_write, "write_enemies", count)
    there = tuple(Question.objects.order_by("pk").values_list("code", flat=True)[:2])
    imported(*(replace(ONE, id=f"draft-{n}", stem=f"{n} of a kind?", enemies=there) for n in range(5)))
    assert Enemy.objects.count() == 10
    assert at_once == [4, 4, 2, 4, 4, 2], "with the questions, and again when all of the file exist"


def test_an_import_deletes_and_adds_the_enemies_that_have_changed() -> None:
    one, two, three = Question.objects.order_by("pk").values_list("code", flat=True)[:3]
    imported(replace(ONE, enemies=(one, two)), replace(TWO, enemies=(one, two)))
    imported(replace(ONE, enemies=(three, two)), replace(TWO, enemies=(one,)), now=LATER)
    assert [set(in_bank(code).enemies) for code in ("one-question", "two-question")] == [{two, three}, {one}]


def test_true_false_questions_are_imported_and_other_pairs_of_options_are_not() -> None:
    options = (OptionContent("a", True, "True"), OptionContent("b", False, "False"))
    pair = (OptionContent("a", True, "Here"), OptionContent("b", False, "There"))
    assert outcomes(plan_of(replace(ONE, options=options), replace(TWO, options=pair))) == ["created", "refused"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "3.4", "topic": "no-such-topic", "exam_domain": None}, "has no topic 'no-such-topic'"),
        ({"exam_domain": 9}, "has no exam domain 9"),
        ({"points": ("zz9",)}, "has no point 'zz9'"),
        ({"enemies": ("nobody",)}, "There is no question 'nobody'"),
        ({"enemies": tuple(f"other-{n}" for n in range(51))}, "at most 50 enemies. This question has 51"),
        ({"kind": "multiple-response"}, "The kind is multiple-response, but 1 options are correct"),
        ({"stem": "Nul \0 is stored?"}, "cannot be stored"),
        ({"collection": "No Slug"}, "The collection 'No Slug' is not allowed"),
        ({"id": "a" * 81}, "at most 80"),
        ({"license": "x" * 41}, "At most 40"),
    ],
)
def test_values_that_cannot_be_stored_are_refused(changes: dict[str, Any], sentence: str) -> None:
    plan = plan_of(replace(ONE, **changes))
    assert outcomes(plan) == ["refused"]
    assert sentence in " ".join(plan.outcomes[0].reasons)
