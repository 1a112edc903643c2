"""Test YAML and JSON of many questions: lossless in both directions, and faults of one question stop no other."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.bank_files import question_yaml
from questions.content import strict_yaml
from questions.content.schema import OptionContent, QuestionContent, Reference, Waiver, tidy
from questions.formats import json_file, yaml_file
from tests.questions.formats.carried_content import shipped_questions

EXAMPLES = tuple(shipped_questions())
ONE = QuestionContent(
    id="one",
    stem="Which one?",
    options=(OptionContent("a", True, "This"), OptionContent("b", False, "That"), OptionContent("c", False, "None")),
    exam_domain=3,
)

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60).map(tidy)
_FILLED = _TEXT.filter(str.strip)


@st.composite
def questions(draw: st.DrawFn) -> QuestionContent:
    assigned = draw(st.booleans())
    codes = draw(st.lists(st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True), min_size=3, max_size=6, unique=True))
    several = draw(st.booleans())
    return QuestionContent(
        id=draw(st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True)),
        stem=draw(_FILLED),
        options=tuple(
            OptionContent(
                code, place < 1 + several, draw(_FILLED), draw(_TEXT.filter(lambda text: not text or text.strip()))
            )
            for place, code in enumerate(codes)
        ),
        kind="multiple-response" if several else "multiple-choice",
        revision=draw(st.integers(1, 99)),
        task="3.4" if assigned else None,
        topic="some-topic" if assigned else None,
        exam_domain=None if assigned else draw(st.none() | st.integers(1, 4)),
        points=tuple(draw(st.lists(st.sampled_from(["g1", "3.4.5", "x-1"]), unique=True))),
        rating=draw(st.none() | st.integers(1, 99)),
        enemies=tuple(draw(st.lists(st.sampled_from(["other", "on", "no-1"]), unique=True))),
        waivers=tuple(draw(st.lists(st.builds(Waiver, st.just("key-longer"), _FILLED), max_size=1))),
        as_of=draw(st.sampled_from([None, "2026-11-25"])),
        license=draw(st.sampled_from([None, "CC-BY-SA-4.0"])),
        explanation=draw(_TEXT.filter(lambda text: not text or text.strip())),
        references=tuple(draw(st.lists(st.builds(Reference, _FILLED, st.just("https://example.com/a#b")), max_size=2))),
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", [yaml_file, json_file], ids=["yaml", "json"])
def test_the_whole_bank_is_restored(form: Any) -> None:
    reading = form.read(form.write(EXAMPLES), "bank")
    assert reading.faults == ()
    assert tuple(parsed.content for parsed in reading.questions) == EXAMPLES
    assert form.write([parsed.content for parsed in reading.questions]) == form.write(EXAMPLES)


@pytest.mark.slow
@given(st.lists(questions(), min_size=1, max_size=3))
def test_all_fields_are_restored(some: list[QuestionContent]) -> None:
    for form in (yaml_file, json_file):
        reading = form.read(form.write(some), "x")
        assert [parsed.refusals for parsed in reading.questions] == [()] * len(some)
        assert [parsed.content for parsed in reading.questions] == some


def test_a_single_question_is_a_valid_file() -> None:
    assert yaml_file.read(question_yaml.dump(ONE).encode(), "x").questions[0].content == ONE
    assert json_file.read(json.dumps(json_file.question_json(ONE)).encode(), "x").questions[0].content == ONE


def test_an_invalid_document_is_reported_with_its_lines_and_the_others_are_read() -> None:
    bad = question_yaml.dump(replace(ONE, id="two")).replace("exam_domain: 3", "exam_domain: many")
    good = question_yaml.dump(ONE)
    reading = yaml_file.read(f"{good}---\n{bad}---\n{good}".encode(), "x")
    assert [parsed.content is None for parsed in reading.questions] == [False, True, False]
    refused = reading.questions[1]
    assert (refused.name, refused.line) == ("two", good.count("\n") + 2)
    line = f"{good}---\n{bad}".split("\n").index("exam_domain: many") + 1
    sentence = "This must be a whole number without quotes, not 'many'."
    assert refused.refusals == (f"Line {line}, exam_domain: {sentence}",)


def test_aliases_of_yaml_are_refused() -> None:
    text = question_yaml.dump(ONE).replace("points: []", "points: &x [a]\nenemies: *x").replace("enemies: []\n", "", 1)
    assert any("Aliases" in sentence for sentence in yaml_file.read(text.encode(), "x").questions[0].refusals)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"stem": 5}, "'stem' must be a text."),
        ({"options": "a"}, "'options' must be a list."),
        ({"rating": 120}, "'rating' must be a whole number from 1 to 99."),
        ({"rating": True}, "'rating' must be a whole number from 1 to 99."),
        ({"id": "No Good"}, "'id': 'No Good' is not allowed here: use small letters"),
        ({"kind": "essay"}, "'essay' is not one of: multiple-choice, multiple-response."),
        ({"as_of": "today"}, "'today' is not a date"),
        ({"task": "3.4"}, "The place in the syllabus is task and topic"),
        ({"references": [{"title": "x", "url": "javascript:alert(1)"}]}, "address that begins with https://"),
        ({"references": [{"title": "x"}]}, "A reference needs a 'url'."),
        ({"options": [{"id": "a", "text": "x", "correct": "yes"}]}, "'correct' must be true or false"),
        ({"options": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, "Two options have the same id"),
    ],
)
def test_an_invalid_value_of_json_is_reported(change: dict[str, Any], sentence: str) -> None:
    data = json.dumps([json_file.question_json(ONE) | change, json_file.question_json(ONE)]).encode()
    refused, good = json_file.read(data, "x").questions
    assert refused.content is None
    assert sentence in refused.refusals[0]
    assert good.content == ONE


def test_unknown_keys_of_json_are_reported() -> None:
    data = json.dumps(json_file.question_json(ONE) | {"hint": "x"}).encode()
    assert json_file.read(data, "x").questions[0].ignored == ("the key 'hint'",)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[", "not valid JSON"),
        (b"[" * 100_000, "too deep"),
        (b'[{"id": "a", "id": "b"}]', "appears twice"),
        (b"[1" + b"0" * 5000 + b"]", "number that is too long"),
        (b"[\x81]", "not text"),
        (b"5", "must be a list of questions"),
        (b"[]", "must be a list of questions"),
    ],
)
def test_unreadable_json_gets_the_reason(data: bytes, sentence: str) -> None:
    reading = json_file.read(data, "x")
    assert reading.questions == ()
    assert sentence in reading.faults[0].sentence


@given(st.binary(max_size=200), st.text(max_size=200))
def test_no_bytes_raise(noise: bytes, text: str) -> None:
    for data in (noise, text.encode("utf-8", "replace"), f"id: x\n{text}\n---\n{text}".encode("utf-8", "replace")):
        yaml_file.read(data, "x")
        json_file.read(data, "x")


def test_a_key_of_any_length_is_not_repeated_in_each_fault_below_it() -> None:
    root, faults = strict_yaml.parse("? " + "k" * 10_000 + "\n:\n" + "- *a\n" * 500, "long.yaml")
    assert root is None
    *_, last = faults
    assert "a key is too long" in last.sentence
    assert sum(len(fault.field) for fault in faults) < 1_000


def test_of_many_faults_the_first_thousand_are_told() -> None:
    root, faults = strict_yaml.parse("- *a\n" * 5_000, "many.yaml")
    assert root is None
    assert (len(faults), faults[-1].line, faults[-1].sentence) == (
        1_001,
        1_000,
        "There are more faults. Mend these first.",
    )
