"""Test that blueprint files are written in one form, byte for byte as read."""

from dataclasses import replace

from questions.content.blueprint import read
from questions.content.yaml_text import dump
from tests.questions.content.test_blueprint import GOOD


def test_the_shipped_blueprint_is_written_byte_for_byte() -> None:
    spec, _faults = read(GOOD)
    assert spec is not None
    assert dump(spec) == GOOD


def test_optional_keys_are_written_only_if_they_have_a_value() -> None:
    spec, _faults = read(GOOD)
    assert spec is not None
    plain = replace(spec, retired_on=None, successors=(), extra_time=())
    assert read(dump(plain)) == (plain, [])
    assert all(word not in dump(plain) for word in ("retired_on", "successors", "extra_time", "syllabus"))
    quiz = replace(plain, code="2026-11-25", syllabus="MLS-C01")  # a code that could be read as a date
    assert read(dump(quiz)) == (quiz, [])
    assert (plain.syllabus_code, quiz.syllabus_code) == ("MLS-C01", "MLS-C01")


def test_self_chosen_extra_time_is_written_only_if_it_is_off() -> None:
    spec, _faults = read(GOOD)
    assert spec is not None
    assert spec.self_allowance
    assert "self_allowance" not in dump(spec)
    off = replace(spec, self_allowance=False)
    assert read(dump(off)) == (off, [])


def test_a_syllabus_is_named_by_a_code() -> None:
    spec, faults = read(f"{GOOD}syllabus: mls c01\n")
    assert spec is None
    assert [fault.field for fault in faults] == ["syllabus"]
