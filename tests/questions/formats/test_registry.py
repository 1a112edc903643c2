"""Test the registry: every format is found by name, content and extension, and no bytes raise."""

import codecs
import importlib
import io
import pkgutil
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import questions.formats
from questions.content.schema import MULTIPLE_RESPONSE, OptionContent, QuestionContent
from questions.formats import parsed, question_tables, registry, udemy_csv
from questions.formats.registry import FORMATS, detect, losses, read

OPTIONS = tuple(OptionContent(code, code == "b", f"Way {code}", f"Since {code}.") for code in "abcd")
DRAFT = QuestionContent(id="which-way", stem="A company has data. Which way is best?", options=OPTIONS, exam_domain=3)


def test_every_module_of_a_format_is_registered_under_its_name() -> None:
    module_infos = pkgutil.walk_packages(questions.formats.__path__, f"{questions.formats.__name__}.")
    modules = [importlib.import_module(info.name) for info in module_infos]
    by_format = {module.FORMAT: module for module in modules if hasattr(module, "FORMAT") and hasattr(module, "LOSES")}
    assert by_format == {name: format.reader for name, format in FORMATS.items()}
    for name in ("yaml", "json", "csv", "gift", "moodle-xml", "qti3"):
        assert FORMATS[name].writes


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.writes])
def test_a_written_file_is_recognized_and_has_the_same_question(name: str) -> None:
    data, left_out = FORMATS[name].write([DRAFT])
    assert left_out == {}
    for file_name in (f"x{FORMATS[name].ending}", "x"):
        format = detect(data, file_name)
        assert format is not None, file_name
        assert format.name == name, file_name
    (question,) = read(data, "x").questions
    assert question.content is not None
    assert [option.text for option in question.content.options] == [option.text for option in OPTIONS]
    assert [option.text for option in question.content.keys] == ["Way b"]


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.writes])
def test_a_question_without_an_exam_domain_comes_back_without_one(name: str) -> None:
    data, left_out = FORMATS[name].write([replace(DRAFT, exam_domain=None)])
    assert left_out == {}
    assert b"None" not in data
    (question,) = read(data, f"x{FORMATS[name].ending}").questions
    assert question.refusals == ()
    assert question.content is not None
    assert (question.content.task, question.content.exam_domain, question.domain) == (None, None, "")


@pytest.mark.parametrize(
    "name", [name for name, format in FORMATS.items() if format.writes and format.ending != ".zip"]
)
def test_a_byte_order_mark_changes_nothing(name: str) -> None:
    data, _left_out = FORMATS[name].write([DRAFT])
    assert not data.startswith(codecs.BOM_UTF8)
    marked = read(codecs.BOM_UTF8 + data, f"x{FORMATS[name].ending}")
    assert marked == read(data, f"x{FORMATS[name].ending}")
    assert marked.faults == ()


def test_an_unsupported_question_is_left_out_with_a_reason() -> None:
    options = tuple(OptionContent(option.id, option.id in "ab", option.text) for option in OPTIONS)
    several = QuestionContent(id="several", stem="Which two?", options=options, kind=MULTIPLE_RESPONSE, exam_domain=3)
    data, left_out = FORMATS["aiken"].write([DRAFT, several])
    assert list(left_out) == ["several"]
    assert len(read(data, "x", "aiken").questions) == 1


def test_the_table_of_losses_names_every_written_format() -> None:
    table = {format.name: loses for format, loses in losses()}
    assert set(table) == {name for name, format in FORMATS.items() if format.writes}
    assert table["json"] == ()
    assert all("references" in " ".join(loses) for name, loses in table.items() if name not in ("json", "yaml"))


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"Question,Question Type,Answer Option 1\n", "x.txt", "csv"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- a --><quiz/>", "x", "moodle-xml"),
        (b"<assessmentItem xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1'/>", "x.xml", "qti3"),
        (b"<questestinterop/>", "x.xml", "qti3"),
        (b"<lom/>", "x.xml", None),
        (b"::Q:: Which? {=a ~b ~c}", "x.txt", "gift"),
        (b"Which?\nA. One\nB. Two\nANSWER: B\n", "x.txt", "aiken"),
        (b"1. Which?\nA) One\nB) Two\nAnswer: B, C\n", "x.txt", "lettered-text"),
        (b"# M\n1. Which?\n- [x] One\n- [ ] Two\n", "x.md", "checkbox-markdown"),
        (b"hello", "x.bin", None),
    ],
)
def test_a_file_is_recognized_by_its_content(data: bytes, name: str, expected: str | None) -> None:
    format = detect(data, name)
    assert (format.name if format else None) == expected


@pytest.mark.parametrize(
    ("data", "format", "sentence"),
    [
        (b" \n", "", "The file is empty."),
        (b"hello", "", "The format of the file is not recognized, or the file contains no question."),
        (b"hello", "docx", "The format 'docx' cannot be read. Choose one of: csv"),
    ],
)
def test_an_unreadable_file_is_a_fault_with_the_choices(data: bytes, format: str, sentence: str) -> None:
    assert read(data, "x", format).faults[0].sentence.startswith(sentence)


def test_a_hostile_package_is_refused_with_a_message() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../evil.xml", "<quiz/>")
    reading = read(buffer.getvalue(), "x.zip")
    assert reading.questions == ()
    assert "points outside of the package" in reading.faults[0].sentence


def test_a_file_over_the_limit_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("questions.formats.zip_packages.MAX_UPLOAD_BYTES", 10)
    assert "split it" in read(b"Question,Answer Option 1", "x.csv").faults[0].sentence


@given(st.binary(max_size=300), st.sampled_from(["x", "x.xml", "x.gift", "x.md", "x.txt", "x.zip", "x.yaml", "x.csv"]))
def test_no_bytes_make_any_format_raise(data: bytes, name: str) -> None:
    for format in ("", *(name for name in FORMATS)):
        read(data, name, format)


def test_a_file_with_too_many_questions_has_to_be_split(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (parsed, registry, question_tables):
        monkeypatch.setattr(module, "MAX_QUESTIONS_PER_FILE", 2)
    two = "1. Which?\nA) One\nB) Two\nC) Three\nAnswer: B\n\n2. What?\nA) Four\nB) Five\nC) Six\nAnswer: B\n\n"
    assert len(read(two.encode(), "q.txt").questions) == 2
    four = read((two + two.replace("1.", "3.").replace("2.", "4.")).encode(), "q.txt")
    assert four.questions == ()
    assert [fault.sentence for fault in four.faults] == [
        "The file has more than 2 questions, the limit for one file. Split it."
    ]
    rows = [replace(DRAFT, id="", stem=f"{DRAFT.stem} Way {n}.") for n in range(3)]
    assert len(read(udemy_csv.write(rows[:2]), "q.csv").questions) == 2
    assert read(udemy_csv.write(rows), "q.csv").faults == parsed.too_many_questions("csv", "q.csv").faults


def test_a_file_that_is_completely_aiken_is_read_as_aiken() -> None:
    first = "2.5 million rows are read at night. What is {n=1}?\nA) One\nB) Two\nC) Three\nANSWER: B\n"
    second = "What is read?\nA) Rows\nB) Columns\nC) Cells\nANSWER: A\n"
    reading = read(f"{first}\n{second}".encode(), "quiz.txt")
    assert (reading.format, len(reading.questions)) == ("aiken", 2)
    assert [question.refusals for question in reading.questions] == [(), ()]
    numbered = first.replace("2.5 million rows are read", "1. Rows are read").replace(" What is {n=1}?", "")
    assert read(numbered.encode(), "quiz.txt").format == "lettered-text"


AIKEN_OPTIONS = "A) One\nB) Two\nC) Three\nANSWER: B\n"


@pytest.mark.parametrize(
    ("stems", "format", "read_stems"),
    [
        (["1. Which?", "2. The 3.12 host?"], "lettered-text", ["Which?", "The 3.12 host?"]),
        (["1) Which is {n=1}?"], "lettered-text", ["Which is {n=1}?"]),
        (["Q1. Which?", "Q2. What?"], "lettered-text", ["Which?", "What?"]),
        (["2.5 million of {n=1}?"], "aiken", ["2.5 million of {n=1}?"]),
        (["1. Which?", "The 3.12 host?"], "aiken", ["1\\. Which?", "The 3.12 host?"]),
        (["1999. Which?", "1984. What?"], "aiken", ["1999\\. Which?", "1984\\. What?"]),
    ],
)
def test_numbers_before_all_stems_of_an_aiken_file_count_them_and_others_are_text(
    stems: list[str], format: str, read_stems: list[str]
) -> None:
    reading = read("\n".join(f"{stem}\n{AIKEN_OPTIONS}" for stem in stems).encode(), "quiz.txt")
    assert reading.format == format
    assert [question.content and question.content.stem for question in reading.questions] == read_stems
