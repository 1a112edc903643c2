"""Test that a QTI 3.0 package follows its schema, and that all supported parts are restored."""

import io
import re
import zipfile
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.schema import OptionContent, QuestionContent
from questions.formats.qti import format as qti
from questions.formats.refusals import UnsupportedQuestions
from tests.questions.formats.carried_content import carried, carried_questions, shipped_questions

ITEM = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"
OPTIONS = (
    OptionContent("a", True, "One", "Right."),
    OptionContent("b", False, "Two"),
    OptionContent("c", False, "Three"),
)
DRAFT = QuestionContent(id="first", stem="Which is it?", options=OPTIONS, explanation="Why.", exam_domain=3)


def written(questions: list[QuestionContent]) -> dict[str, Element]:
    with zipfile.ZipFile(io.BytesIO(qti.write(questions))) as archive:
        return {name: fromstring(archive.read(name), forbid_dtd=True) for name in archive.namelist()}


def test_a_package_lists_its_items_with_their_places() -> None:
    files = written(
        [replace(DRAFT, exam_domain=None, task="3.4", topic="dropout", points=("g1",)), replace(DRAFT, id="2nd")]
    )
    assert list(files) == ["imsmanifest.xml", "items/first.xml", "items/_2nd.xml"]
    manifest = files["imsmanifest.xml"]
    space = "{http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1}"
    resources = list(manifest.iter(f"{space}resource"))
    assert [(resource.get("type"), resource.get("href")) for resource in resources] == [
        ("imsqti_item_xmlv3p0", "items/first.xml"),
        ("imsqti_item_xmlv3p0", "items/_2nd.xml"),
    ]
    texts = ["".join(resource.itertext()) for resource in resources[0].iter("{http://ltsc.ieee.org/xsd/LOM}string")]
    assert texts == ["topic:dropout", "point:g1", "Exam domain 3", "Task 3.4"]


ORDER = ("response-declaration", "outcome-declaration", "item-body", "response-processing", "modal-feedback")
BLOCKS = {"p", "ul", "ol", "pre", "table", "qti-choice-interaction"}


@pytest.mark.slow
def test_items_follow_the_order_and_the_names_of_the_schema() -> None:
    shipped = shipped_questions(60)
    for name, root in written([replace(DRAFT, explanation=""), *shipped]).items():
        if not name.startswith("items/"):
            continue
        assert root.tag == f"{ITEM}qti-assessment-item"
        parts = [ORDER.index(element.tag.removeprefix(f"{ITEM}qti-")) for element in root]
        assert parts == sorted(parts)
        body = root.find(f"{ITEM}qti-item-body")
        assert body is not None
        assert {element.tag.removeprefix(ITEM) for element in body} <= BLOCKS
        assert not (body.text or "").strip()
        names = [element.get("identifier", "") for element in root.iter()]
        assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in names if name)
        declared = {element.get("identifier") for element in root.iter(f"{ITEM}qti-outcome-declaration")}
        used = {element.get("outcome-identifier") for element in root.iter() if element.get("outcome-identifier")}
        assert used <= declared


def test_an_item_without_rationales_is_scored_by_the_template() -> None:
    root = written([replace(DRAFT, options=tuple(replace(option, rationale="") for option in OPTIONS))])[
        "items/first.xml"
    ]
    processing = root.find(f"{ITEM}qti-response-processing")
    assert processing is not None
    assert processing.get("template") == "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"


def test_the_number_of_keys_is_the_number_of_choices() -> None:
    options = (*OPTIONS, OptionContent("d", True, "Four"))
    root = written([replace(DRAFT, options=options)])["items/first.xml"]
    interaction = next(root.iter(f"{ITEM}qti-choice-interaction"))
    assert (interaction.get("min-choices"), interaction.get("max-choices")) == ("2", "2")


def test_the_same_questions_give_the_same_package() -> None:
    assert qti.write([DRAFT]) == qti.write([DRAFT])


def test_unsupported_content_is_reported() -> None:
    odd, keyless = replace(DRAFT, id="odd", stem="A \x07?"), replace(DRAFT, id="keyless", options=OPTIONS[1:])
    with pytest.raises(UnsupportedQuestions) as caught:
        qti.write([DRAFT, odd, keyless])
    assert list(caught.value.reasons) == ["odd", "keyless"]


def round_trip(questions: list[QuestionContent]) -> list[QuestionContent | None]:
    reading = qti.read(qti.write(questions), "q.zip")
    assert reading.faults == ()
    assert [parsed.refusals for parsed in reading.questions if parsed.refusals] == []
    return [parsed.content for parsed in reading.questions]


CODES = st.sampled_from(("x1", "3-tier", "a-b-c"))
OPTION_CODES = st.lists(st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True), min_size=9, max_size=9, unique=True)


@pytest.mark.slow
@settings(deadline=None)
@given(carried_questions(CODES, OPTION_CODES))
def test_all_supported_parts_are_restored(question: QuestionContent) -> None:
    assert round_trip([question]) == [question]


@pytest.mark.slow
def test_shipped_questions_are_restored() -> None:
    questions = shipped_questions(40)
    assert round_trip(questions) == [carried(question) for question in questions]
