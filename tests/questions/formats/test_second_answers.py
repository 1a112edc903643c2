"""Test that a second answer, which a key ruling accepts, survives the formats that have it."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import aiken, checkbox_markdown, json_file, lettered_text, moodle_xml, udemy_csv, yaml_file
from questions.formats.gift import format as gift
from questions.formats.parsed import NO_SECOND_ANSWER, ParsedFile
from questions.formats.qti import format as qti
from questions.lint.prerequisites import prerequisite_faults
from tests.questions.formats.parsed_questions import content, reasons, single

ONE_KEY = QuestionContent(
    id="one-of-four",
    stem="Which is right?",
    options=tuple(OptionContent(code, code == "a", f"Option {code}") for code in "abcd"),
    exam_domain=1,
    accepted=("d",),
)
TWO_KEYS = QuestionContent(
    id="two-of-five",
    stem="Which two are right? (Select TWO.)",
    options=tuple(OptionContent(code, code in "ab", f"Option {code}") for code in "abcde"),
    kind="multiple-response",
    exam_domain=1,
    accepted=("a", "e"),
)


def with_reasons(question: QuestionContent) -> QuestionContent:
    """Return the question with a rationale for each option: its QTI spells the scoring out."""
    return replace(question, options=tuple(replace(o, rationale=f"Reason {o.id}.") for o in question.options))


@pytest.mark.parametrize("question", [ONE_KEY, TWO_KEYS, with_reasons(ONE_KEY), with_reasons(TWO_KEYS)])
@pytest.mark.parametrize(
    ("write", "read", "name"),
    [
        (qti.write, qti.read, "q.zip"),
        (json_file.write, json_file.read, "q.json"),
        (yaml_file.write, yaml_file.read, "q.yaml"),
    ],
)
def test_a_second_answer_survives_a_file(
    write: Callable[[list[QuestionContent]], bytes],
    read: Callable[[bytes, str], ParsedFile],
    name: str,
    question: QuestionContent,
) -> None:
    parsed = single(read(write([question]), name))
    assert parsed.ignored == ()
    assert content(parsed).accepted == question.accepted
    assert [option.id for option in content(parsed).keys] == [option.id for option in question.keys]


def test_the_other_formats_say_that_they_lose_it() -> None:
    for module in (aiken, checkbox_markdown, gift, lettered_text, moodle_xml, udemy_csv):
        assert NO_SECOND_ANSWER in module.LOSES


def test_an_item_that_declares_no_correct_response_is_refused_with_two_right_answers() -> None:
    package = qti.write([ONE_KEY])
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        item = archive.read("items/one-of-four.xml").decode()
    assert content(single(qti.read(item.encode(), "q.xml"))).accepted == ("d",)
    item = re.sub(r"<qti-correct-response>.*</qti-correct-response>", "", item)
    assert "more than one response gets the full score" in reasons(single(qti.read(item.encode(), "q.xml")))


@pytest.mark.parametrize("accepted", [("a",), ("z",), ("b", "c")])
def test_an_answer_that_candidates_could_not_give_beside_the_key_is_refused(accepted: tuple[str, ...]) -> None:
    (fault,) = prerequisite_faults(replace(ONE_KEY, accepted=accepted), None, set())
    assert fault.field == "accepted"
