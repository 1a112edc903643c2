"""Test that partial credit and points survive the formats that have them, and that other credit is refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import json_file, moodle_xml, yaml_file
from questions.formats.gift import format as gift
from questions.formats.parsed import ParsedFile
from questions.formats.qti import format as qti
from questions.formats.refusals import WRONG_TAKES_A_SHARE
from tests.questions.formats.parsed_questions import content, reasons, single

QUESTION = QuestionContent(
    id="two-of-five",
    stem="Which two are right? (Select TWO.)",
    options=tuple(OptionContent(code, code in "ab", f"Option {code}", f"Reason {code}.") for code in "abcde"),
    kind="multiple-response",
    exam_domain=1,
    partial=True,
)
THREE = replace(
    QUESTION, id="three", stem="Which three? (Select THREE.)",
    options=tuple(OptionContent(code, code in "abc", f"Option {code}") for code in "abcde"),
)  # fmt: skip

type Reader = Callable[[bytes, str], ParsedFile]


@pytest.mark.parametrize("question", [QUESTION, THREE, replace(QUESTION, partial=False)])
@pytest.mark.parametrize(
    ("write", "read", "name"),
    [
        (moodle_xml.write, moodle_xml.read, "q.xml"),
        (gift.write, gift.read, "q.gift"),
        (qti.write, qti.read, "q.zip"),
        (json_file.write, json_file.read, "q.json"),
        (yaml_file.write, yaml_file.read, "q.yaml"),
    ],
)
def test_partial_credit_survives_a_file(
    write: Callable[[list[QuestionContent]], bytes], read: Reader, name: str, question: QuestionContent
) -> None:
    parsed = single(read(write([question]), name))
    assert parsed.ignored == ()
    assert (content(parsed).partial, len(content(parsed).keys)) == (question.partial, len(question.keys))


@pytest.mark.parametrize(
    ("write", "read", "name"),
    [
        (moodle_xml.write, moodle_xml.read, "q.xml"),
        (json_file.write, json_file.read, "q.json"),
        (yaml_file.write, yaml_file.read, "q.yaml"),
    ],
)
@pytest.mark.parametrize("worth", [1, 50, 100, 133, 250, 10_000])
def test_points_survive_a_file(
    write: Callable[[list[QuestionContent]], bytes], read: Reader, name: str, worth: int
) -> None:
    assert content(single(read(write([replace(QUESTION, worth=worth)]), name))).worth == worth


def moodle(*fractions: str, more: str = "") -> bytes:
    answers = "".join(
        f'<answer fraction="{fraction}"><text>Option {place}</text></answer>'
        for place, fraction in enumerate(fractions)
    )
    return (
        '<quiz><question type="multichoice"><name><text>Q</text></name><questiontext><text>Which?</text>'
        f"</questiontext><single>false</single>{more}{answers}</question></quiz>"
    ).encode()


def test_wrong_options_of_moodle_that_cost_nothing_become_partial_credit_with_a_warning() -> None:
    parsed = single(moodle_xml.read(moodle("50", "50", "0", "0"), "q.xml"))
    assert content(parsed).partial
    assert parsed.ignored == (WRONG_TAKES_A_SHARE,)


@pytest.mark.parametrize("wrong", [("-25", "-25"), ("-50", "0"), ("-33.33333", "-33.33333"), ("-100", "0")])
def test_other_credit_of_wrong_options_is_refused_with_its_element(wrong: tuple[str, str]) -> None:
    parsed = single(moodle_xml.read(moodle("50", "50", *wrong), "q.xml"))
    assert "<answer fraction=" in reasons(parsed)
    assert "Set them to -50 or 0 in Moodle for partial credit, to -100 for all or nothing" in reasons(parsed)
    assert "or import the question with full credit only." in reasons(parsed)
    assert parsed.all_or_nothing
    assert not parsed.all_or_nothing.partial


@pytest.mark.parametrize(("fractions", "keys"), [(("60", "40", "0"), "ab"), (("50", "30", "-20", "20"), "abd")])
def test_keys_of_different_credit_may_be_taken_with_full_credit_only(fractions: tuple[str, ...], keys: str) -> None:
    parsed = single(moodle_xml.read(moodle(*fractions), "q.xml"))
    assert "in Moodle, or import the question with full credit only." in reasons(parsed)
    assert parsed.all_or_nothing
    assert "".join(option.id for option in parsed.all_or_nothing.keys) == keys


def test_an_option_that_gives_half_the_credit_of_the_key_is_wrong_with_full_credit_only() -> None:
    file = moodle("100", "50", "0").replace(b"<single>false", b"<single>true")
    parsed = single(moodle_xml.read(file, "q.xml"))
    assert parsed.all_or_nothing
    assert [option.id for option in parsed.all_or_nothing.keys] == ["a"]
    assert "full credit only" in reasons(parsed)


def test_a_question_with_another_fault_is_refused_with_full_credit_only_too() -> None:
    parsed = single(moodle_xml.read(moodle("50", "50", "-10", "much"), "q.xml"))
    assert "is not a number" in reasons(parsed)
    assert parsed.all_or_nothing is None


@pytest.mark.parametrize(
    ("grade", "worth", "ignored"),
    [
        ("2", 200, ()),
        ("0.5000000", 50, ()),
        ("0", 100, ("the weight of 0 points",)),
        ("101", 100, ("the weight of 101 points",)),
    ],
)
def test_the_grade_of_moodle_is_what_the_question_is_worth(grade: str, worth: int, ignored: tuple[str, ...]) -> None:
    more = f"<defaultgrade>{grade}</defaultgrade>"
    parsed = single(moodle_xml.read(moodle("50", "50", "-100", "-100", more=more), "q.xml"))
    assert (content(parsed).worth, parsed.ignored) == (worth, ignored)


def qti_item(mapping: str) -> bytes:
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i1" title="T" adaptive="false">'
        '<responseDeclaration identifier="R" cardinality="multiple" baseType="identifier"><correctResponse>'
        f"<value>A</value><value>B</value></correctResponse>{mapping}</responseDeclaration>"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody><p>Which?</p>'
        '<choiceInteraction responseIdentifier="R" maxChoices="0">'
        + "".join(f'<simpleChoice identifier="{name}">Option {name}</simpleChoice>' for name in "ABCD")
        + '</choiceInteraction></itemBody><responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/'
        'rptemplates/map_response"/></assessmentItem>'
    ).encode()


def mapping(wrong: str, attributes: str = "") -> str:
    entries = "".join(f'<mapEntry mapKey="{name}" mappedValue="0.5"/>' for name in "AB")
    return f'<mapping defaultValue="{wrong}" {attributes}>{entries}</mapping>'


@pytest.mark.parametrize(
    ("wrong", "attributes", "note"),
    [
        ("-0.5", 'lowerBound="0"', ""),
        ("-0.5", "", "that a response can lose points: here it earns none"),
        ("0", "", WRONG_TAKES_A_SHARE),
    ],
)
def test_a_qti_mapping_of_equal_shares_becomes_partial_credit(wrong: str, attributes: str, note: str) -> None:
    parsed = single(qti.read(qti_item(mapping(wrong, attributes)), "i.xml"))
    assert content(parsed).partial
    assert [option.id for option in content(parsed).keys] == ["a", "b"]
    assert (note in parsed.ignored) == bool(note)


def test_another_qti_mapping_is_refused_with_its_element() -> None:
    reason = reasons(single(qti.read(qti_item(mapping("-0.25", 'lowerBound="0"')), "i.xml")))
    assert "map_response in <responseProcessing>" in reason


@pytest.mark.parametrize("worth", ["0", "-3", "100.01", "1.005", '"2"', "true"])
def test_an_impossible_worth_is_refused_with_its_place(worth: str) -> None:
    text = yaml_file.write([replace(QUESTION, worth=200)]).decode().replace("worth: 2\n", f"worth: {worth}\n")
    reason = reasons(single(yaml_file.read(text.encode(), "q.yaml")))
    assert "worth: This must be a number from 0.01 to 100 points, with at most two decimals" in reason
    assert reason.startswith("Line ")
    text = json_file.write([QUESTION]).decode().replace('"worth": 1', f'"worth": {worth}')
    reason = reasons(single(json_file.read(text.encode(), "q.json")))
    assert "'worth' must be a number from 0.01 to 100 points" in reason


def test_partial_credit_with_all_options_right_is_refused() -> None:
    parsed = single(moodle_xml.read(moodle("25", "25", "25", "25"), "q.xml"))
    assert "All options are marked as correct" in reasons(parsed)


@pytest.mark.parametrize(
    ("write", "read", "name"),
    [
        (yaml_file.write, yaml_file.read, "q.yaml"), (json_file.write, json_file.read, "q.json"),
        (moodle_xml.write, moodle_xml.read, "q.xml"), (qti.write, qti.read, "q.zip"),
    ],
)  # fmt: skip
def test_a_fixed_order_of_options_and_tags_survive_a_file(
    write: Callable[[list[QuestionContent]], bytes], read: Reader, name: str
) -> None:
    question = replace(QUESTION, partial=False, shuffle=False, tags=("week 3", "Überblick", "code: C++"))
    found = content(single(read(write([question]), name)))
    assert (found.shuffle, found.tags) == (False, question.tags)
    assert content(single(read(write([QUESTION]), name))).shuffle
