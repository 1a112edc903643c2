"""Test that three versions of a question are merged field by field."""

from dataclasses import replace
from typing import Any

import pytest

from questions.content.merge import MergeResult, merge
from questions.content.parts import fields, from_fields
from questions.content.schema import OptionContent, QuestionContent, Reference, Waiver

BASE = QuestionContent(
    id="one",
    status="live",
    task="1.3",
    topic="glue-databrew",
    points=("g027",),
    rating=60,
    enemies=("two",),
    waivers=(Waiver("key-longer", "It is."),),
    as_of="2026-11-25",
    license="CC-BY-SA-4.0",
    stem="Which?",
    options=(OptionContent("a", True, "Yes.", "Right."), OptionContent("b", False, "No.", "Wrong.")),
    explanation="Because.",
    references=(Reference("Page", "https://docs.example.org/page"),),
)


def merged(
    ours: QuestionContent, theirs: QuestionContent, base: QuestionContent | None = BASE, **options: Any
) -> MergeResult:
    return merge(fields(base) if base else None, fields(ours), fields(theirs), **options)


def reword(content: QuestionContent, stem: str) -> QuestionContent:
    return replace(content, stem=stem)


def test_without_changes_nothing_is_merged() -> None:
    assert merged(BASE, BASE) == MergeResult(fields(BASE), (), (), ())


def test_a_field_changed_on_one_side_only_gets_that_change() -> None:
    result = merged(replace(BASE, rating=40), reword(BASE, "Which one?"))
    assert (result.taken, result.kept, result.conflicts) == (("wording",), ("rating",), ())
    assert result.values["rating"] == 40
    assert result.values["wording"]["stem"] == "Which one?"


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    assert merged(replace(BASE, rating=40), replace(BASE, rating=40)).kept == ()


@pytest.mark.parametrize("base", [BASE, None])
def test_a_field_changed_on_both_sides_keeps_ours_as_a_conflict(base: QuestionContent | None) -> None:
    result = merged(replace(BASE, rating=40), replace(BASE, rating=50), base)
    assert (result.values["rating"], result.taken, result.conflicts) == (40, (), ("rating",))


def test_theirs_takes_all_fields() -> None:
    theirs = reword(replace(BASE, rating=50), "Which one?")
    result = merged(reword(replace(BASE, rating=40), "What?"), theirs, take_theirs=True)
    assert result.values == fields(theirs)
    assert result.kept == ()


def test_commentary_stays_with_the_wording_it_explains() -> None:
    theirs = replace(reword(BASE, "Which one?"), explanation="Because of theirs.")
    result = merged(reword(BASE, "What?"), theirs)
    assert result.kept == ("wording", "explanation")
    assert result.values["explanation"] == "Because."


def test_our_rationale_is_kept_only_for_an_unchanged_option() -> None:
    a, b = BASE.options
    ours = replace(BASE, options=(replace(a, rationale="Ours a."), replace(b, rationale="Ours b.")))
    theirs = replace(
        BASE, options=(a, replace(b, text="Never.", rationale="Theirs b."), OptionContent("c", False, "C.", "C."))
    )
    result = merged(ours, theirs)
    assert result.taken == ("wording",)
    assert result.values["rationales"] == {"a": "Ours a.", "b": "Theirs b.", "c": "C."}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # Ours has lost its rating and the file makes the question live, and the other way round.
        (replace(BASE, status="draft", rating=None), replace(BASE, status="pilot")),
        (replace(BASE, status="pilot"), replace(BASE, status="draft", rating=None)),
        (replace(BASE, status="pilot"), replace(BASE, status="draft", options=(BASE.options[1], BASE.options[1]))),
    ],
)
def test_two_valid_sides_never_make_an_invalid_question(ours: QuestionContent, theirs: QuestionContent) -> None:
    result = merged(ours, theirs, replace(BASE, status="review"))
    assert result.values["status"] == ours.status
    assert result.values["rating"] == ours.rating
    assert result.values["wording"] == fields(ours)["wording"]


@pytest.mark.parametrize(("name", "ours", "theirs"), [("ask", "service", "setting"), ("default", "key", "absent")])
def test_ask_and_default_are_merged_separately(name: str, ours: str, theirs: str) -> None:
    """Each is taken from the file, kept, or a conflict, whatever happens to the other fields."""
    our_change, their_change = replace(BASE, **{name: ours}), replace(BASE, **{name: theirs})  # type: ignore[arg-type]
    taken = merged(BASE, their_change)
    assert (taken.taken, taken.kept, taken.values[name]) == ((name,), (), theirs)
    ours_only = merged(our_change, replace(BASE, rating=40))
    assert (ours_only.taken, ours_only.kept, ours_only.conflicts, ours_only.values[name]) == (
        ("rating",),
        (name,),
        (),
        ours,
    )
    both = merged(our_change, their_change)
    assert (both.kept, both.conflicts, both.values[name]) == ((name,), (name,), ours)
    assert merged(our_change, their_change, take_theirs=True).values[name] == theirs


@pytest.mark.parametrize("name", ["ask", "default"])
def test_a_file_can_remove_ask_and_default(name: str) -> None:
    base = replace(BASE, ask="service", default="key")
    result = merged(base, replace(base, **{name: None}), base)  # type: ignore[arg-type]
    assert (result.taken, result.values[name]) == ((name,), None)


def test_ask_and_default_are_restored_from_their_fields() -> None:
    question = replace(BASE, ask="diagnosis", default="absent")
    assert (fields(question)["ask"], fields(question)["default"]) == ("diagnosis", "absent")
    assert from_fields("one", 1, fields(question)) == question
