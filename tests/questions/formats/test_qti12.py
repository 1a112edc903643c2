"""Test QTI 1.2 of Canvas: choice items with all-or-nothing scoring are read, also from a cartridge."""

import io
import zipfile

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats.qti import format as qti
from tests.questions.formats.qti_reading import one, refused, taken, zipped
from tests.questions.formats.sample_files import sample_files


def canvas(
    conditions: str, *, cardinality: str = "Single", more: str = "", kind: str = "multiple_choice_question"
) -> str:
    labels = "".join(
        f'<response_label ident="{n}"><material><mattext texttype="text/plain">Option {n} *</mattext></material>'
        "</response_label>"
        for n in (10, 20, 30)
    )
    return (
        '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><objectbank ident="b"><qtimetadata>'
        "<qtimetadatafield><fieldlabel>bank_title</fieldlabel><fieldentry>Storage</fieldentry></qtimetadatafield>"
        '</qtimetadata><item ident="g1" title="Q1"><itemmetadata><qtimetadata><qtimetadatafield>'
        f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield></qtimetadata>"
        "</itemmetadata>"
        "<presentation><material>"
        '<mattext texttype="text/html">&lt;p&gt;Which &lt;em&gt;one&lt;/em&gt;?&lt;/p&gt;</mattext>'
        "</material>"
        f'<response_lid ident="r" rcardinality="{cardinality}"><render_choice>{labels}</render_choice></response_lid>'
        f"</presentation><resprocessing>{conditions}</resprocessing>{more}</item></objectbank></questestinterop>"
    )


def condition(test: str, setting: str = '<setvar action="Set" varname="SCORE">100</setvar>', more: str = "") -> str:
    return f"<respcondition {more}><conditionvar>{test}</conditionvar>{setting}</respcondition>"


def equal(ident: int) -> str:
    return f'<varequal respident="r">{ident}</varequal>'


def feedback(ident: str, text: str) -> str:
    material = f"<material><mattext>{text}</mattext></material>"
    return f'<itemfeedback ident="{ident}"><flow_mat>{material}</flow_mat></itemfeedback>'


def test_an_item_of_canvas_is_read() -> None:
    fed = feedback("general_fb", "Why.") + feedback("20_fb", "Right.") + feedback("correct_fb", "Well done")
    parsed = one(canvas(condition(equal(20)), more=fed))
    assert parsed.content == QuestionContent(
        id="g1",
        stem="Which *one*?",
        explanation="Why.",
        options=(
            OptionContent("10", False, "Option 10 *"),
            OptionContent("20", True, "Option 20 *", "Right."),
            OptionContent("30", False, "Option 30 *"),
        ),
    )
    assert parsed.domain == "Storage"
    assert parsed.name == "Which *one*?", "Canvas titles all questions 'Question'"
    assert parsed.ignored == ("the feedback 'correct_fb', which is for right or wrong answers alone",)


def test_rows_of_canvas_are_named_by_their_stems_or_numbers_and_not_all_question() -> None:
    item = canvas(condition(equal(10))).replace('title="Q1"', 'title="Question"')
    start, end = item.index("<item "), item.index("</item>") + len("</item>")
    first = item[start:end].replace("g1", "g2").replace("Which &lt;em&gt;one&lt;/em&gt;?", "Where does it run?")
    empty = first.replace("g2", "g3").replace("Where does it run?", "")
    parsed_file = qti.read(f"{item[:end]}{first}{empty}{item[end:]}".encode(), "quiz.xml")
    assert [parsed.name for parsed in parsed_file.questions] == ["Which *one*?", "Where does it run?", "Question 3"]


def test_several_keys_of_canvas_are_read() -> None:
    both = f"<and>{equal(10)}<not>{equal(20)}</not>{equal(30)}</and>"
    question = taken(canvas(condition(both), cardinality="Multiple", kind="multiple_answers_question"))
    assert (question.kind, [option.id for option in question.keys]) == ("multiple-response", ["10", "30"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            canvas(condition(equal(10)) + condition(equal(20), '<setvar action="Set">50</setvar>')),
            "it gives partial credit",
        ),
        (
            canvas(condition(equal(10)) + condition(equal(20), '<setvar action="Set">-50</setvar>')),
            "wrong responses lose points",
        ),
        (canvas(condition(equal(10)), cardinality="Multiple"), "more than one response gets the full score"),
        (canvas(condition('<vargte respident="r">1</vargte>')), "uses <vargte>"),
        (canvas(condition(equal(10), '<setvar action="Divide">2</setvar>')), 'uses <setvar action="Divide">'),
        (canvas(condition(equal(10), "")), "No option is marked as correct"),
        (canvas("", kind="essay_question"), "of the type 'essay_question'"),
        (canvas("").replace("response_lid", "response_str"), "The item asks by <response_str>"),
    ],
)
def test_unsupported_items_of_canvas_are_refused(text: str, reason: str) -> None:
    assert reason in refused(text)


def test_a_cartridge_has_its_quizzes_twice_and_they_are_read_once() -> None:
    quiz = canvas(condition(equal(10)))
    parsed_file = qti.read(zipped(b__assessment_qti_xml=canvas(""), non_cc_assessments__b_xml=quiz), "c.imscc")
    assert [bool(parsed.content) for parsed in parsed_file.questions] == [True]


def test_a_real_cartridge_is_read() -> None:
    folder = sample_files("qti12_cartridge")["canvas_export.txt"].parents[1]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder).as_posix())
    parsed_file = qti.read(buffer.getvalue(), "cartridge.imscc")
    assert len(parsed_file.questions) == 24
    assert [len(parsed.content.keys) for parsed in parsed_file.questions if parsed.content] == [1, 1, 3, 1, 1, 3]
    true_false = [parsed.content for parsed in parsed_file.questions if parsed.content and parsed.content.is_true_false]
    assert [option.text for option in true_false[0].options] == ["True", "False"]
    assert {parsed.domain for parsed in parsed_file.questions} == {"Every Canvas Interaction"}
