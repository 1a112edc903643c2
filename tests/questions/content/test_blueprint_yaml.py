"""Blueprint files are written in one form, and what was read is written again as it was."""

from dataclasses import replace

from questions.content.blueprint import read
from questions.content.blueprint_yaml import dump
from tests.questions.content.test_blueprint import GOOD


def test_the_shipped_blueprint_comes_out_byte_for_byte() -> None:
    spec, _faults = read(GOOD)
    assert spec is not None
    assert dump(spec) == GOOD


def test_what_an_exam_need_not_have_is_not_written_and_a_syllabus_only_where_it_is_another_s() -> None:
    spec, _faults = read(GOOD)
    assert spec is not None
    plain = replace(spec, retired_on=None, successors=(), extra_time=())
    assert read(dump(plain)) == (plain, [])
    assert all(word not in dump(plain) for word in ("retired_on", "successors", "extra_time", "syllabus"))
    quiz = replace(plain, code="2026-11-25", syllabus="MLS-C01")  # a code that could be taken for a date
    assert read(dump(quiz)) == (quiz, [])
    assert (plain.syllabus_code, quiz.syllabus_code) == ("MLS-C01", "MLS-C01")


def test_a_syllabus_is_named_by_a_code() -> None:
    spec, faults = read(f"{GOOD}syllabus: mls c01\n")
    assert spec is None
    assert [fault.field for fault in faults] == ["syllabus"]
