"""Test that pictures of Moodle XML, QTI packages and Markdown zips are kept, and written again."""

import io
import zipfile
from base64 import b64encode
from dataclasses import replace

import pytest

from questions.content.pictures import PICTURE, markdown, picture_names
from questions.content.schema import OptionContent, QuestionContent
from questions.formats import registry
from questions.formats.parsed import ParsedFile
from tests.pictures import cleaned, picture
from tests.questions.formats.parsed_questions import content, reasons, single

RED, BLUE, GREEN = cleaned("red"), cleaned("blue"), cleaned("green")
FILES = {each.name: each.data for each in (RED, BLUE, GREEN)}
QUESTION = QuestionContent(
    "own-picture",
    f"See:\n\n{markdown(RED.name, 'A red field')}\n\nWhich?",
    (
        OptionContent("a", False, f"This {markdown(BLUE.name, 'blue one')}", "No."),
        OptionContent("b", True, markdown(BLUE.name, "Blue"), f"See {markdown(GREEN.name, 'green')}."),
        OptionContent("c", False, "None"),
    ),
    task="1.1", topic="own-topic", exam_domain=None, explanation=f"Since {markdown(RED.name, 'red')}.",
)  # fmt: skip


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def names(parsed_file: ParsedFile) -> set[str]:
    return {each.name for each in parsed_file.pictures.values()}


@pytest.mark.parametrize("name", ["moodle-xml", "qti3", "json"])
def test_pictures_are_written_and_read_again(name: str) -> None:
    format = registry.FORMATS[name]
    data, left_out = format.write([QUESTION], FILES)
    assert left_out == {}
    parsed_file = format.read(data, "x")
    question = content(single(parsed_file))
    assert (question.stem, question.explanation) == (QUESTION.stem, QUESTION.explanation)
    assert [(option.text, option.rationale) for option in question.options] == [
        (option.text, option.rationale) for option in QUESTION.options
    ]
    assert parsed_file.pictures.keys() == {each.sha256 for each in (RED, BLUE, GREEN)}
    assert names(parsed_file) == FILES.keys(), "a PNG of ours is written in the same way again"


@pytest.mark.parametrize("name", ["csv", "gift", "aiken"])
def test_other_formats_have_the_alternative_text(name: str) -> None:
    question = replace(QUESTION, stem=f"Which is {markdown(RED.name, 'red')}?")
    data, left_out = registry.FORMATS[name].write([question])
    assert left_out == {}
    text = data.decode()
    assert "[Picture: Blue]" in text.replace("\\", "")
    assert "images/" not in text
    assert any("pictures" in loss for loss in registry.FORMATS[name].loses)


MOODLE = (
    '<quiz><question type="multichoice"><questiontext format="html"><text>'
    '<![CDATA[<p>See <img src="@@PLUGINFILE@@/sub/a%20b.png" alt="A field">. Which?</p>]]></text>'
    '<file name="a b.png" path="/sub/" encoding="base64">{}</file></questiontext>'
    '<answer fraction="100"><text>One</text></answer><answer fraction="0"><text>Two</text></answer>'
    '<answer fraction="0"><text>Three</text></answer></question></quiz>'
)


def moodle(data: bytes) -> ParsedFile:
    return registry.read(MOODLE.format(b64encode(data).decode()).encode(), "quiz.xml")


def test_a_picture_of_moodle_is_kept() -> None:
    parsed_file = moodle(picture("red", "JPEG"))
    question = content(single(parsed_file))
    assert picture_names(question) == names(parsed_file)
    assert PICTURE.search(question.stem)["alt"] == "A field"  # type: ignore[index]
    assert single(parsed_file).losses == ()


@pytest.mark.parametrize(
    ("data", "reason"), [(b"<svg/>", "SVG pictures are not accepted"), (b"GIF89a", "not a PNG"), (b"", "not a PNG")]
)
def test_a_picture_that_cannot_be_kept_is_a_loss(data: bytes, reason: str) -> None:
    parsed = single(moodle(data))
    assert content(parsed).stem == "See [Picture: A field]. Which?"
    assert parsed.losses[0].startswith("the picture sub/a b.png (")
    assert reason in parsed.losses[0]


LIST = "## Which fits ![A field](img/red.png)?\n\n- [x] One\n- [ ] ![Two](../blue.png)\n- [ ] Three\n"


def test_a_zip_of_markdown_files_brings_its_pictures() -> None:
    files = {"a/one.md": LIST.encode(), "a/img/red.png": picture(), "blue.png": picture("blue"), "a/._one.md": b"\0"}
    parsed_file = registry.read(zipped(files), "list.zip")
    assert parsed_file.format == "checkbox-markdown"
    question = content(single(parsed_file))
    assert question.stem == f"Which fits {markdown(RED.name, 'A field')}?"
    assert question.options[1].text == markdown(BLUE.name, "Two")
    assert names(parsed_file) == {RED.name, BLUE.name}


def test_a_missing_picture_of_a_zip_is_refused() -> None:
    assert "img/red.png of the stem is missing" in reasons(
        single(registry.read(zipped({"one.md": LIST.encode()}), "x"))
    )


def test_a_canvas_package_brings_its_pictures() -> None:
    item = (
        '<questestinterop><assessment ident="q"><section><item ident="i1" title="Question"><itemmetadata><qtimetadata>'
        "<qtimetadatafield><fieldlabel>question_type</fieldlabel><fieldentry>multiple_choice_question</fieldentry>"
        '</qtimetadatafield></qtimetadata></itemmetadata><presentation><material><mattext texttype="text/html">'
        '&lt;p&gt;See &lt;img src="$IMS-CC-FILEBASE$/red.png" alt="A field"&gt;. Which?&lt;/p&gt;</mattext></material>'
        '<response_lid ident="response1" rcardinality="Single"><render_choice>'
        + "".join(
            f'<response_label ident="{n}"><material><mattext>{n}th way</mattext></material></response_label>'
            for n in (4, 5, 6)
        )
        + "</render_choice></response_lid></presentation><resprocessing><outcomes>"
        '<decvar maxvalue="100" minvalue="0" varname="SCORE"/></outcomes><respcondition continue="No"><conditionvar>'
        '<varequal respident="response1">5</varequal></conditionvar><setvar action="Set" varname="SCORE">100</setvar>'
        "</respcondition></resprocessing></item></section></assessment></questestinterop>"
    )
    files = {"imsmanifest.xml": b"<manifest/>", "g/g.xml": item.encode(), "web_resources/red.png": picture()}
    parsed_file = registry.read(zipped(files), "export.imscc")
    assert content(single(parsed_file)).stem == f"See {markdown(RED.name, 'A field')}. Which?"
    assert names(parsed_file) == {RED.name}
