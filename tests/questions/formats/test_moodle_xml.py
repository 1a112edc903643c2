"""Test Moodle XML: questions that Moodle accepts are restored as written; unsupported questions are refused."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import moodle_xml
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.refusals import UnsupportedQuestions
from tests.questions.formats.carried_content import carried_questions, carried_without_option_codes, shipped_questions
from tests.questions.formats.parsed_questions import content, reasons, single
from tests.questions.formats.sample_files import sample_files

OPTIONS = (
    OptionContent("a", True, "One", "Right."),
    OptionContent("b", False, "Two"),
    OptionContent("c", False, "Three"),
)
DRAFT = QuestionContent(id="first", stem="Which is it?", options=OPTIONS, explanation="Why.", exam_domain=3)


def read(text: str) -> ParsedFile:
    return moodle_xml.read(f"<quiz>{text}</quiz>".encode(), "q.xml")


def question(answers: str, more: str = "", kind: str = "multichoice") -> ParsedQuestion:
    parsed_file = read(
        f'<question type="{kind}"><name><text>Q</text></name><questiontext format="html"><text>Which?</text>'
        f"</questiontext>{more}{answers}</question>"
    )
    return single(parsed_file)


def answers(*fractions: object) -> str:
    texts = "ABCDEFGHIJKL"
    return "".join(
        f'<answer fraction="{fraction}"><text>{text}</text></answer>'
        for fraction, text in zip(fractions, texts, strict=False)
    )


def keys(parsed: ParsedQuestion) -> str:
    return "".join(option.text for option in content(parsed).keys)


@pytest.mark.parametrize("single", ["<single>true</single>", "<single>1</single>", ""])
def test_one_key_is_read(single: str) -> None:
    parsed = question(answers(0, 100, 0), single)
    assert keys(parsed) == "B"
    assert parsed.content is not None
    assert (parsed.content.kind, parsed.content.status, parsed.line) == ("multiple-choice", "draft", 1)


@pytest.mark.parametrize("fractions", [(50, 50, -100), (50, -50, 50), ("33.33333",) * 3 + (0,), ("33.333",) * 3 + (0,)])
def test_keys_share_the_credit(fractions: tuple[object, ...]) -> None:
    parsed = question(answers(*fractions), "<single>0</single>")
    assert parsed.content is not None
    assert parsed.content.kind == "multiple-response"
    assert len(parsed.content.keys) == sum(float(str(fraction)) > 0 for fraction in fractions)


def test_two_full_credits_with_several_answers_are_two_keys_with_a_note() -> None:
    parsed = question(answers(100, 100, 0), "<single>false</single>")
    assert keys(parsed) == "AB"
    assert "each of the 2 keys alone gives full credit" in parsed.ignored[0]


@pytest.mark.parametrize(
    ("fractions", "single", "reason"),
    [
        ((100, 100, 0), "true", "2 options give full credit, but only one can be chosen"),
        ((100, 50, 0), "true", "An option gives partial credit"),
        ((90, 0, 0), "true", "An option gives partial credit"),
        ((60, 40, 0), "false", "different or partial credit (60, 40)"),
        ((25, 25, 0), "false", "Give each of the 2 keys 50"),
        ((0, 0, 0), "true", "No option is marked as correct"),
        ((33.33333, 33.33333, 33.33333), "false", "All options are marked as correct"),
        ((100, 0), "true", "The question has 2 options"),
        ((100, *(0,) * 10), "true", "at most 10 are allowed"),
        (("much", 100, 0), "true", "The fraction 'much' of option 1 is not a number"),
    ],
)
def test_other_credit_is_refused(fractions: tuple[object, ...], single: str, reason: str) -> None:
    assert reason in reasons(question(answers(*fractions), f"<single>{single}</single>"))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("essay", "a question of the type 'essay'"),
        ("cloze", "a question of the type 'cloze'"),
        ("", "a question without a type"),
    ],
)
def test_other_types_are_refused(kind: str, reason: str) -> None:
    assert reason in reasons(question("", kind=kind))


def test_true_false_questions_are_read_and_written_as_such() -> None:
    parsed = question(
        '<answer fraction="0" format="moodle_auto_format"><text>true</text><feedback><text>No.</text></feedback>'
        '</answer><answer fraction="100" format="moodle_auto_format"><text>false</text></answer>',
        kind="truefalse",
    )
    content = parsed.content
    assert content is not None
    assert [(option.text, option.correct, option.rationale) for option in content.options] == [
        ("True", False, "No."),
        ("False", True, ""),
    ]
    written = moodle_xml.write([content]).decode()
    assert '<question type="truefalse">' in written
    assert '<answer fraction="100" format="moodle_auto_format"><text>false</text>' in written
    assert "<single>" not in written
    assert moodle_xml.read(written.encode(), "x.xml").questions[0].content == content


def test_categories_nest_and_apply_until_the_next() -> None:
    parsed_file = read(
        '<question type="category"><category><text>$course$/top/AWS/S3 // Glacier</text></category></question>'
        f'<question type="multichoice"><questiontext><text>1?</text></questiontext>{answers(100, 0, 0)}</question>'
        '<question type="category"><category><text>$course$/top/Exam domain 3/Task 3.4</text></category></question>'
        f'<question type="multichoice"><questiontext><text>2?</text></questiontext>{answers(100, 0, 0)}'
        "<tags><tag><text>topic:dropout</text></tag><tag><text>hard</text></tag></tags></question>"
    )
    first, second = parsed_file.questions
    assert first.domain == "AWS / S3 / Glacier"  # one name, 'S3 / Glacier', within AWS
    assert second.content is not None
    assert (second.content.task, second.content.topic) == ("3.4", "dropout")
    assert (second.content.tags, second.ignored) == (("hard",), ())


def test_ignored_parts_are_reported() -> None:
    more = (
        "<defaultgrade>2</defaultgrade><penalty>0.3333333</penalty><shuffleanswers>0</shuffleanswers>"
        "<correctfeedback><text>Well done</text></correctfeedback>"
        "<hint><text>Think</text></hint><hint><text>Hm</text></hint>"
    )
    assert question(answers(100, 0, -25), more).ignored == (
        "the negative points of wrong options",
        "2 hints",
        "the penalty of 0.3333333 for further tries",
        "the feedback for right answers",
    )


@pytest.mark.parametrize(
    ("form", "text", "stem"),
    [
        ("html", "<![CDATA[<p>A <b>bold</b> stem?</p>]]>", "A **bold** stem?"),
        ("html", "&lt;p&gt;1 &amp;lt; 2?&lt;/p&gt;", "1 < 2?"),
        ("plain_text", "Is *this* it?", "Is \\*this\\* it?"),
        ("markdown", "Is `this` it?", "Is `this` it?"),
        ("moodle_auto_format", "One\ntwo?", "One\\\ntwo?"),
    ],
)
def test_each_format_of_text_is_read(form: str, text: str, stem: str) -> None:
    parsed_file = read(
        f'<question type="multichoice"><questiontext format="{form}"><text>{text}</text></questiontext>'
        f"{answers(100, 0, 0)}</question>"
    )
    question = parsed_file.questions[0].content
    assert question is not None
    assert question.stem == stem


def test_a_broken_picture_of_the_file_is_reported_and_a_missing_one_refused() -> None:
    text = '&lt;img src="@@PLUGINFILE@@/a.png" alt="A"&gt;'
    with_file = (
        f'<generalfeedback><text>{text}</text><file name="a.png" encoding="base64">AAAA</file></generalfeedback>'
    )
    (ignored,) = question(answers(100, 0, 0), with_file).ignored
    assert ignored.startswith("the picture a.png (This is not a PNG, JPEG or WebP picture")
    without = f"<generalfeedback><text>{text}</text></generalfeedback>"
    assert "The picture 'a.png' is not in the file" in reasons(question(answers(100, 0, 0), without))


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b'<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>', 1, "The file has a DOCTYPE"),
        (b'<!DOCTYPE quiz SYSTEM "https://x.example/x.dtd"><quiz/>', 1, "The file has a DOCTYPE"),
        ('<!DOCTYPE quiz [<!ENTITY a "b">]><quiz/>'.encode("utf-16"), 1, "The file has a DOCTYPE"),
        (b"<quiz>\n<question>&nbsp;</question></quiz>", 2, "uses the name of a character"),
        (b"<quiz>\n</quit>", 2, "not well-formed XML"),
        (b'<?xml version="1.0" encoding="klingon"?><quiz/>', 1, "cannot be read in the encoding"),
        (b"<a>" * 5000, None, "more than 100 deep"),
        (b"<html/>", 1, "starts with <html> instead of <quiz>"),
        (b"<quiz></quiz>", None, "The file has no question"),
        (b"", 1, "not well-formed XML"),
    ],
)
def test_an_unreadable_file_gets_the_reason(data: bytes, line: int | None, reason: str) -> None:
    parsed_file = moodle_xml.read(data, "q.xml")
    assert parsed_file.questions == ()
    assert [(fault.file, fault.line) for fault in parsed_file.faults] == [("q.xml", line)]
    assert reason in parsed_file.faults[0].sentence


@settings(deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: f"<quiz>{text}</quiz>".encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    parsed_file = moodle_xml.read(data, "q.xml")
    assert bool(parsed_file.questions) != bool(parsed_file.faults)


@pytest.mark.parametrize(
    ("count", "fraction"),
    list(enumerate(["100", "50", "33.33333", "25", "20", "16.66667", "14.28571", "12.5", "11.11111"], 1)),
)
def test_fractions_are_those_that_moodle_accepts(count: int, fraction: str) -> None:
    options = tuple(OptionContent(letter, n < count, f"Option {n}") for n, letter in enumerate("abcdefghij"))
    written = moodle_xml.write([replace(DRAFT, options=options)]).decode()
    wrong = "0" if count == 1 else "-100"
    assert re.findall(r'fraction="([^"]+)"', written) == [fraction] * count + [wrong] * (10 - count)
    assert f"<single>{'true' if count == 1 else 'false'}</single>" in written


def test_a_category_is_written_once_for_each_place() -> None:
    written = moodle_xml.write([DRAFT, replace(DRAFT, id="second"), replace(DRAFT, id="third", exam_domain=4)]).decode()
    assert re.findall(r"<category><text>(.+?)</text>", written) == [
        "$course$/top/Exam domain 3",
        "$course$/top/Exam domain 4",
    ]


def test_unsupported_content_is_reported() -> None:
    with pytest.raises(UnsupportedQuestions) as caught:
        moodle_xml.write([DRAFT, replace(DRAFT, id="odd", stem="A \x07 bell?")])
    assert list(caught.value.reasons) == ["odd"]
    assert "control character" in caught.value.reasons["odd"]


def round_trip(questions: list[QuestionContent]) -> list[QuestionContent | None]:
    parsed_file = moodle_xml.read(moodle_xml.write(questions), "q.xml")
    assert parsed_file.faults == ()
    assert [parsed.refusals for parsed in parsed_file.questions if parsed.refusals] == []
    return [parsed.content for parsed in parsed_file.questions]


@pytest.mark.slow
@settings(deadline=None)
@given(carried_questions(st.just("x1"), st.just(list("abcdefghi"))))
def test_all_supported_parts_are_restored(question: QuestionContent) -> None:
    assert round_trip([question]) == [question]


@pytest.mark.slow
def test_shipped_questions_are_restored() -> None:
    questions = shipped_questions(40)
    assert round_trip(questions) == [carried_without_option_codes(question) for question in questions]


def test_a_real_file_is_read_or_refused_with_the_reason() -> None:
    path = sample_files("moodle_xml")["test.xml"]
    parsed_file = moodle_xml.read(path.read_bytes(), path.name)
    taken = {
        parsed.number: "".join(option.id for option in parsed.content.keys)
        for parsed in parsed_file.questions
        if parsed.content
    }
    true_false = {number for number, key in taken.items() if number not in (4, 5, 6)}
    assert {number: taken[number] for number in (4, 5, 6)} == {4: "b", 5: "b", 6: "b"}
    assert len(true_false) == 3
    reasons = [parsed.refusals[0] for parsed in parsed_file.questions if parsed.refusals]
    assert sum("only one can be chosen" in reason for reason in reasons) == 3
    assert sum("of the type" in reason for reason in reasons) == 13
    assert reasons[-1].startswith("This is a question without a type")
