"""Test QTI 2 and 3: choice items with all-or-nothing scoring are read, alone and in packages; others are refused."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.pictures import picture_names
from questions.content.schema import OptionContent, QuestionContent
from questions.formats.qti import format as qti
from tests.pictures import picture
from tests.questions.formats.qti_reading import keys, one, refused, taken, zipped
from tests.questions.formats.sample_files import sample_files

MATCH_CORRECT = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'


def item(
    keys: str = "A",
    scoring: str = MATCH_CORRECT,
    *,
    attributes: str = 'shuffle="true" maxChoices="1"',
    declared: str = "",
    body: str = "<p>Which?</p>",
    prompt: str = "",
    after: str = "",
    choices: str = "ABC",
) -> str:
    """Return a QTI 2 item with the choices A, B and C."""
    cardinality = "single" if len(keys) < 2 else "multiple"
    values = "".join(f"<value>{key}</value>" for key in keys)
    options = "".join(f'<simpleChoice identifier="{option}">Option {option}</simpleChoice>' for option in choices)
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="It-1" title="T" adaptive="FALSE">'
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="identifier">'
        f"<correctResponse>{values}</correctResponse>{declared}</responseDeclaration>"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
        f'<itemBody>{body}<choiceInteraction responseIdentifier="RESPONSE" {attributes}>{prompt}{options}'
        f"</choiceInteraction></itemBody>{scoring}{after}</assessmentItem>"
    )


def spelled(test: str, score: str = "1", otherwise: str = "0") -> str:
    def set_to(value: str) -> str:
        inner = value if value.startswith("<") else f'<baseValue baseType="float">{value}</baseValue>'
        return f'<setOutcomeValue identifier="SCORE">{inner}</setOutcomeValue>'

    return (
        f"<responseProcessing><responseCondition><responseIf>{test}{set_to(score)}</responseIf>"
        f"<responseElse>{set_to(otherwise)}</responseElse></responseCondition></responseProcessing>"
    )


VARIABLE, CORRECT, MAPPED = (f'<{name} identifier="RESPONSE"/>' for name in ("variable", "correct", "mapResponse"))
RIGHT = f"<match>{VARIABLE}{CORRECT}</match>"


def test_an_item_of_version_2_is_read() -> None:
    text = item("A", prompt="<prompt>So <b>which</b>?</prompt>", attributes='shuffle="TRUE" maxChoices="1"')
    question = taken(text)
    assert question.stem == "Which?\n\nSo **which**?"
    assert question.options[1] == OptionContent("b", False, "Option B")
    assert (question.id, question.kind, keys(question), question.status) == ("it-1", "multiple-choice", "a", "draft")


def test_an_item_of_version_3_is_read() -> None:
    question = taken(
        '<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="i3" title="T" '
        'time-dependent="false"><qti-response-declaration identifier="R" cardinality="multiple" base-type="identifier">'
        "<qti-correct-response><qti-value>c1</qti-value><qti-value>c3</qti-value></qti-correct-response>"
        "</qti-response-declaration>"
        '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>'
        '<qti-item-body><qti-choice-interaction response-identifier="R" min-choices="2" max-choices="2">'
        "<qti-prompt>Which?</qti-prompt>"
        '<qti-simple-choice identifier="c1">One<qti-feedback-inline outcome-identifier="F" identifier="c1">Yes.'
        '</qti-feedback-inline></qti-simple-choice><qti-simple-choice identifier="c2">Two</qti-simple-choice>'
        '<qti-simple-choice identifier="c3">Three</qti-simple-choice></qti-choice-interaction></qti-item-body>'
        '<qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>'
        '<qti-modal-feedback outcome-identifier="F" identifier="why" show-hide="show"><qti-content-body>As it is.'
        "</qti-content-body></qti-modal-feedback></qti-assessment-item>"
    )
    assert question == QuestionContent(
        id="i3",
        stem="Which?",
        kind="multiple-response",
        explanation="As it is.",
        options=(
            OptionContent("c1", True, "One", "Yes."),
            OptionContent("c2", False, "Two"),
            OptionContent("c3", True, "Three"),
        ),
    )


@pytest.mark.parametrize(
    "scoring",
    [
        spelled(RIGHT),
        spelled(f"<and><not><isNull>{VARIABLE}</isNull></not>{RIGHT}</and>", "3"),
        spelled(f"<or><isNull>{VARIABLE}</isNull><not>{RIGHT}</not></or>", "0", "1"),
        spelled(
            f'<match>{VARIABLE}<multiple><baseValue baseType="identifier">A</baseValue>'
            '<baseValue baseType="identifier">B</baseValue></multiple></match>'
        ),
        f'<responseProcessing><setOutcomeValue identifier="OTHER">{VARIABLE}</setOutcomeValue>'
        + spelled(RIGHT).removeprefix("<responseProcessing>"),
    ],
)
def test_explicit_all_or_nothing_scoring_is_accepted(scoring: str) -> None:
    assert keys(taken(item("AB", scoring, attributes='maxChoices="2"'))) == "ab"


MAP_RESPONSE = MATCH_CORRECT.replace("match_correct", "map_response")
MAPPING = '<mapping defaultValue="0"><mapEntry mapKey="A" mappedValue="1"/>{}</mapping>'


def test_a_mapping_with_one_credit_is_taken() -> None:
    assert keys(taken(item("A", MAP_RESPONSE, declared=MAPPING.format("")))) == "a"


@pytest.mark.parametrize(
    ("scoring", "mapping", "reason"),
    [
        (MAP_RESPONSE, MAPPING.format('<mapEntry mapKey="B" mappedValue="0.5"/>'),
         "map_response in <responseProcessing> is not all or nothing: it gives partial credit"),
        (MAP_RESPONSE, MAPPING.format('<mapEntry mapKey="B" mappedValue="-1"/>'),
         "wrong responses lose points"),
        (MATCH_CORRECT.replace("match_correct", "map_response_point"), "", "uses the template 'map_response_point'"),
        (spelled(RIGHT, MAPPED, "0.5"), MAPPING.format(""), "wrong responses get points"),
        (spelled("<isNull><null/></isNull>"), "", "gives every response the same score"),
        (spelled(f"<not>{RIGHT}</not>"), "", "more than one response gets the full score"),
        (spelled(f'<match>{VARIABLE}<baseValue baseType="identifier">B</baseValue></match>'), "",
         "scores other choices than the declared correct response"),
        (spelled(f'<customOperator class="x">{VARIABLE}</customOperator>'), "", "uses <customOperator>"),
        (spelled(RIGHT).replace("</responseCondition>", "</responseCondition><lookupOutcomeValue/>"), "",
         "uses <lookupOutcomeValue>"),
        (spelled('<match><variable identifier="OTHER"/><correct identifier="RESPONSE"/></match>'), "",
         "uses <variable> of 'OTHER'"),
        (spelled(RIGHT, "many"), "", "a value that is not a number"),
        ('<outcomeDeclaration identifier="X" baseType="float"><defaultValue><value>x</value></defaultValue>'
         "</outcomeDeclaration>" + spelled(RIGHT), "", "a value that is not a number"),
    ],
)  # fmt: skip
def test_other_scoring_is_refused_with_the_name_of_the_element(scoring: str, mapping: str, reason: str) -> None:
    assert reason in refused(item("A", scoring, declared=mapping))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (item(""), "No option is marked as correct"),
        (item("ABC", attributes='maxChoices="3"'), "All options are marked as correct"),
        (item("AB", attributes='maxChoices="1"'), "2 choices are correct, but at most 1 can be chosen"),
        (item("A", attributes='maxChoices="0" minChoices="2"'), "More choices must be made than are correct"),
        (item("Z"), "The key 'Z' is not a choice of the item"),
        (item("A", choices="ABB"), "Two choices have the same identifier"),
        (item("A", choices="AB"), "The question has 2 options"),
        (item("A", choices="ABCDEFGHIJK"), "at most 10 are allowed"),
        (item("A", body=""), "The stem is empty"),
        (item().replace("choiceInteraction", "orderInteraction"), "The item asks by <orderInteraction>"),
        (item(body='<p><textEntryInteraction responseIdentifier="X"/></p>'), "The item asks by <textEntryInteraction>"),
        (item().replace('adaptive="FALSE"', 'adaptive="TRUE"'), "The item is adaptive"),
        (item(after="<templateProcessing/>"), "makes its text by <templateProcessing>"),
        (item(body='<p>See <img src="images/a.png" alt="a sign"/></p>'), "The picture 'images/a.png' is missing"),
        (item().replace('identifier="RESPONSE" c', 'identifier="R" c'), "The item declares no response 'RESPONSE'"),
    ],
)
def test_unsupported_items_are_refused(text: str, reason: str) -> None:
    assert reason in refused(text)


def test_ignored_parts_are_reported() -> None:
    modal = '<modalFeedback outcomeIdentifier="F" identifier="incorrect" showHide="show">No.</modalFeedback>'
    body = '<rubricBlock view="author"><p>Hidden</p></rubricBlock><p>Which?</p>'
    parsed = one(item("AB", attributes='maxChoices="0"', after=modal, body=body))
    assert parsed.content is not None
    assert parsed.content.stem == "Which?"
    assert parsed.ignored == (
        "that another number of options can be selected: here it is the number of keys",
        "the feedback 'incorrect', which is for right or wrong answers alone",
        "a rubric",
    )


def test_a_package_is_read_in_the_order_of_its_manifest_and_its_pictures_are_found() -> None:
    body = '<p>Which? <img src="../images/a.png" alt="a sign"/></p>'
    manifest = (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:m="http://ltsc.ieee.org/xsd/LOM"><resources>'
        '<resource identifier="r2" type="imsqti_item_xmlv2p1" href="items/two.xml"><metadata><m:lom><m:classification>'
        "<m:taxonPath><m:taxon><m:entry><m:string>Modeling</m:string></m:entry></m:taxon></m:taxonPath>"
        '</m:classification></m:lom></metadata><file href="items/two.xml"/><file href="images/a.png"/></resource>'
        '<resource identifier="r1" type="imsqti_item_xmlv2p1" href="items/one.xml"/></resources></manifest>'
    )
    data = zipped(
        imsmanifest_xml=manifest,
        items__one_xml=item("B"),
        items__two_xml=item("C", body=body),
        images__a_png=picture(),
    )
    parsed_file = qti.read(data, "p.zip")
    assert [
        (parsed.number, keys(parsed.content), parsed.domain) for parsed in parsed_file.questions if parsed.content
    ] == [
        (1, "c", "Modeling"),
        (2, "b", ""),
    ]
    assert parsed_file.questions[0].ignored == ()
    (kept,) = parsed_file.pictures.values()
    assert parsed_file.questions[0].content is not None
    assert f"![a sign]({kept.name})" in parsed_file.questions[0].content.stem


def test_an_invalid_file_of_a_package_is_refused_and_the_others_are_read() -> None:
    parsed_file = qti.read(zipped(a_xml=item(), b_xml="<assessmentItem>", c_xml="<other/>"), "p.zip")
    assert [bool(parsed.content) for parsed in parsed_file.questions] == [True, False]
    assert parsed_file.questions[1].refusals[0].startswith("b.xml: The file is not well-formed XML")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><assessmentItem>&x;</assessmentItem>',
            "has a DOCTYPE",
        ),
        (zipped(a_xml='<!DOCTYPE a [<!ENTITY x "y">]><assessmentItem/>', b_xml=item()), "has a DOCTYPE"),
        (zipped(imsmanifest_xml="<manifest>", a_xml=item()), "not well-formed XML"),
        (zipped(**{"..__a_xml": item()}), "points outside of the package"),
        (zipped(a_txt="x"), "The package has no QTI items"),
        (b"PK\x03\x04 no zip", "The zip file is damaged"),
        (b"<manifest/>", "Import the whole zip file"),
        (b"<assessmentTest/>", "Import the package with its items"),
        (b"<questestinterop/>", "The file has no <item>"),
        (b"<quiz/>", "This is not a QTI file: it starts with <quiz>"),
    ],
)
def test_an_unreadable_file_gets_the_reason(data: bytes, reason: str) -> None:
    parsed_file = qti.read(data, "q")
    assert parsed_file.questions == ()
    assert len(parsed_file.faults) == 1
    assert reason in parsed_file.faults[0].sentence


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: item(body=text).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    parsed_file = qti.read(data, "q.xml")
    assert bool(parsed_file.questions) != bool(parsed_file.faults)


def reasons(format: str) -> dict[str, str]:
    """Return by file the keys of the first question, or the first reason to refuse it."""
    parsed = {}
    for name, path in sample_files(format).items():
        if path.suffix in (".xml", ".zip"):
            parsed_file = qti.read(path.read_bytes(), name)
            first = parsed_file.questions[0] if parsed_file.questions else None
            parsed[name] = (
                parsed_file.faults[0].sentence
                if first is None
                else keys(first.content)
                if first.content
                else first.refusals[0]
            )
    return parsed


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("qti30", {
            "simple-choice-processing.xml": "The question has 2 options",
            "simple-multiple-choice-processing1.xml": "The stem is empty",
            "complex-response-processing.xml": "The item is adaptive",
            "map-response-template.xml": "The item asks by <qti-match-interaction>",
            "metadata.xml": "This is not a QTI file: it starts with <lom>",
        }),
        ("qti22", {
            "own_map_response.xml": "The template map_response in <responseProcessing> is not all or nothing",
            "own_two_recipes.xml": "The scoring in <responseProcessing>",
            "own_hotspot.xml": "The item asks by <hotspotInteraction>",
            "own_picture.xml": "The picture 'images/signal.png' is missing",
            "imsmanifest.xml": "This is the manifest of a package",
        }),
        ("qti21", {
            "own_picture.xml": "The picture 'images/signal.png' is missing",
            "own_essay.xml": "The item asks by <extendedTextInteraction>",
        }),
        ("qti12", {
            "mc_feedback.xml": "5706",
            "multiple_answer_canvas.xml": "415569911939",
            "own_partial_credit.xml": "que1a1que1a2",
            "own_essay.xml": "The item asks by <response_str>",
            "own_doctype.xml": "The file has a DOCTYPE",
            "own_unclosed_element.xml": "The file is not well-formed XML",
        }),
        ("qti12_text2qti", {"q.zip": "a"}),
    ],
)  # fmt: skip
def test_real_files_are_read_or_refused_with_the_reason(format: str, expected: dict[str, str]) -> None:
    parsed = reasons(format)
    assert {name: parsed[name][: len(text)] for name, text in expected.items()} == expected


def test_a_real_package_is_read_with_its_picture() -> None:
    files = sample_files("qti22")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("imsmanifest.xml", "own_picture.xml"):
            archive.write(files[name], name)
        archive.write(files["signal.png"], "images/signal.png")
    parsed = one(buffer.getvalue())
    assert parsed.content is not None
    assert keys(parsed.content) == "choicea"
    assert picture_names(parsed.content)
    assert parsed.ignored == ()
