"""Test question files: strict reading with the line of each fault, and one form of writing."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.bank_files.question_yaml import dump, form_fault, path_in_bank, question_files, read
from questions.content.schema import ASKS, TEXTBOOK_PLACES, OptionContent, QuestionContent, Reference, Waiver, tidy
from tests.servers import AS_ROOT

BANK = Path(__file__).resolve().parents[3] / "questions" / "bank" / "mls-c01"
GOOD = """\
id: d3-some-question
revision: 2
status: live
task: "3.4"
topic: some-topic
points: [g102, "3.4.5"]
kind: multiple-choice
rating: 60
enemies: []
as_of: "2026-11-25"
license: CC-BY-SA-4.0
stem: |
  A company has # 2 models. Which one fits?
options:
  - id: a
    correct: true
    text: |
      The first.
    rationale: |
      It fits.
  - id: b
    correct: false
    text: |
      The second.
    rationale: |
      It does not.
explanation: |
  One fits.
references:
  - {title: "A page", url: "https://example.com/a#b", checked: "2026-11-25"}
"""


def faults_after(old: str, new: str, text: str = GOOD) -> list[tuple[int | None, str, str]]:
    assert old in text
    content, faults = read(text.replace(old, new, 1), "q.yaml")
    assert content is None
    assert all(fault.file == "q.yaml" for fault in faults)
    return [(fault.line, fault.field, fault.sentence) for fault in faults]


@pytest.mark.parametrize("path", question_files(BANK), ids=lambda path: path.stem)
def test_a_shipped_file_is_written_byte_for_byte(path: Path) -> None:
    content, faults = read(path)
    assert faults == []
    assert content is not None
    assert dump(content).encode() == path.read_bytes()
    assert path_in_bank(content) == f"{path.parent.name}/{path.name}"


def test_a_valid_file_is_read() -> None:
    content, faults = read(GOOD)
    assert faults == []
    assert content is not None
    assert (content.id, content.revision, content.task, content.exam_domain) == ("d3-some-question", 2, "3.4", None)
    assert content.points == ("g102", "3.4.5")
    assert content.stem == "A company has # 2 models. Which one fits?"
    assert content.options[1] == OptionContent("b", False, "The second.", "It does not.")
    assert content.references == (Reference("A page", "https://example.com/a#b", "2026-11-25"),)
    assert (content.lines["stem"], content.lines["options.b.text"]) == (12, 23)
    assert dump(content) == GOOD


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ("revision: 2", "revision: two", 2, "revision", "whole number"),
        ("revision: 2", 'revision: "2"', 2, "revision", "without quotes"),
        ("revision: 2", "revision: 0", 2, "revision", "out of range"),
        ("status: live", "status: published", 3, "status", "not one of: draft, review"),
        ('task: "3.4"', "task: 3.10", 4, "task", 'Put it in quotes: "3.10"'),
        ('task: "3.4"', 'task: "three"', 4, "task", "not allowed here"),
        ("some-topic", "no", 5, "topic", 'Put it in quotes: "no"'),
        ('"3.4.5"', "3.4.5", 6, "points.2", 'Put it in quotes: "3.4.5"'),
        ('"3.4.5"', "g102", 6, "points.2", "listed twice"),
        ('[g102, "3.4.5"]', "{g102: x}", 6, "points", "must be a list, not a mapping"),
        ("kind: multiple-choice", "kind: essay", 7, "kind", "not one of"),
        ("rating: 60", "rating: 60.5", 8, "rating", "whole number"),
        ("rating: 60", "rating: 99", 8, "rating", "from 5 to 97"),
        ('as_of: "2026-11-25"', "as_of: 2026-11-25", 10, "as_of", 'Put it in quotes: "2026-11-25"'),
        ('as_of: "2026-11-25"', 'as_of: "2026-11-31"', 10, "as_of", "not a date"),
        ("license: CC", "license: &anchor CC", 11, "license", "Anchors (&anchor)"),
        ("license: CC", "license: !!str CC", 11, "license", "Tags"),
        ("license: CC-BY-SA-4.0", "license: *other", 11, "license", "Aliases (*other)"),
        ("license: CC", "licence: CC", 11, "licence", "The key 'licence' is not known"),
        ("license:", "revision: 3\nlicense:", 11, "revision", "is already in line 2"),
        ("enemies: []", "enemies: [] # none", 9, "", "Comments are not kept"),
        ("stem: |", "stem: | # the stem", 12, "", "Comments are not kept"),
        ("options:\n", "# here\noptions:\n", 14, "", "Comments are not kept"),
        ("correct: true", "correct: yes", 16, "options.a.correct", "true or false"),
        ("    text: |\n      The first.\n", "", 15, "options.a.text", "The key 'text' is missing"),
        ("  - id: b", "  - id: a", 21, "options.a.id", "Two options have the id 'a'"),
        ("      The first.\n", "", 17, "options.a.text", "empty"),
        ("https://example.com/a#b", "javascript:alert(1)", 30, "references.1.url", "https://"),
        ('checked: "2026-11-25"', 'checked: "yes"', 30, "references.1.checked", "not a date"),
        ("kind: multiple-choice", "kind: multiple-choice\nexam_domain: 3", 8, "exam_domain", "either task and topic"),
        ("topic: some-topic\n", "", 1, "topic", "missing"),
        ('task: "3.4"\ntopic: some-topic\n', "", 1, "task", "The place in the syllabus is missing"),
        ("rating: 60\n", "", 1, "rating", "A live question needs the key 'rating'"),
        ("license:", "waivers: [{rule: key-longer, reason: ''}]\nlicense:", 11, "waivers.1.reason", "a reason"),
        ("license: CC-BY-SA-4.0", "license:", 11, "license", "empty"),
        ("id: d3-some-question", "---\nid: d3-some-question", 1, "", "one document"),
        ("id: d3-some-question", "id: [d3", 2, "", "not valid YAML"),
        ("The second.", "Thé \x07second.", 24, "", "not valid YAML"),
    ],
)
def test_each_kind_of_fault_names_its_line_and_field(old: str, new: str, line: int, field: str, expected: str) -> None:
    faults = faults_after(old, new)
    assert [(f[0], f[1]) for f in faults if expected in f[2]] == [(line, field)], faults


def test_all_faults_of_a_file_are_listed_by_line() -> None:
    broken = (
        GOOD.replace("revision: 2", "revision: x")
        .replace("correct: true", "correct: 1")
        .replace("rating: 60", "rating: no")
    )
    _, faults = read(broken, "q.yaml")
    assert [fault.line for fault in faults] == [2, 8, 16]
    assert str(faults[0]).startswith("q.yaml:2: revision: This must be a whole number")


@pytest.mark.parametrize(
    "text", ["", "\n", "- a\n- b\n", "just a line\n", "a: " + "[" * 200 + "]" * 200, "{}", "? " * 9000]
)
def test_a_file_that_is_not_a_question_is_a_fault(text: str) -> None:
    content, faults = read(text)
    assert content is None
    assert faults


def test_a_file_must_be_utf8_without_a_byte_order_mark_and_named_by_its_id(tmp_path: Path) -> None:
    path = tmp_path / "d3-some-question.yaml"
    path.write_bytes(GOOD.encode())
    assert read(path)[1] == []
    path.write_bytes(GOOD.replace("One fits", "Öne fits").encode("latin-1"))
    assert (read(path)[1][0].line, read(path)[1][0].sentence) == (28, "The file is not UTF-8. Save it as UTF-8.")
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert "byte-order mark" in read(path)[1][0].sentence
    other = tmp_path / "another-name.yaml"
    other.write_bytes(GOOD.encode())
    assert "Use the same name for both" in read(other)[1][0].sentence


def test_a_question_without_topic_has_its_exam_domain() -> None:
    text = GOOD.replace('task: "3.4"\ntopic: some-topic\npoints: [g102, "3.4.5"]\n', "exam_domain: 3\npoints: []\n")
    content, faults = read(text)
    assert faults == []
    assert content is not None
    assert (content.exam_domain, content.task, content.topic, content.points) == (3, None, None, ())
    assert dump(content) == text
    assert path_in_bank(content) == "3/d3-some-question.yaml"


def test_a_question_without_a_place_is_written_and_read_where_none_is_asked_for() -> None:
    text = GOOD.replace('task: "3.4"\ntopic: some-topic\npoints: [g102, "3.4.5"]\n', "points: []\n")
    content, faults = read(text, placed=False)
    assert faults == []
    assert content is not None
    assert (content.exam_domain, content.task, content.topic) == (None, None, None)
    assert dump(content) == text
    assert path_in_bank(content) == "no-exam-domain/d3-some-question.yaml"
    assert [fault.field for fault in read(text)[1]] == ["task"], "as every question of a bank needs one"


def test_waivers_are_written_only_if_there_are_any() -> None:
    content, _ = read(GOOD.replace("enemies: []\n", "enemies: []\nwaivers: []\n"))
    assert content is not None
    assert dump(content) == GOOD
    waived = GOOD.replace("enemies: []\n", 'enemies: []\nwaivers:\n  - {rule: key-longer, reason: "It must: #1."}\n')
    content, _ = read(waived)
    assert content is not None
    assert content.waivers == (Waiver("key-longer", "It must: #1."),)
    assert dump(content) == waived


def test_a_file_in_another_form_is_reported_with_its_first_line() -> None:
    loose = GOOD.replace("license: CC-BY-SA-4.0", "license: 'CC-BY-SA-4.0'")
    content, _ = read(loose)
    assert content is not None
    assert form_fault(GOOD, content) is None
    fault = form_fault(loose, content, "q.yaml")
    assert fault is not None
    assert (fault.line, fault.sentence) == (
        11,
        "The file does not have the format of the bank. Write 'license: CC-BY-SA-4.0'.",
    )
    assert form_fault(GOOD + "\n", content) is not None
    crlf = form_fault(GOOD.replace("\n", "\r\n"), content)
    assert crlf is not None
    assert "CRLF" in crlf.sentence


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(tidy)
WRITTEN = TEXTS.filter(str.strip)


@pytest.mark.slow
@given(
    stem=WRITTEN,
    first=WRITTEN,
    second=WRITTEN,
    rationale=TEXTS,
    explanation=TEXTS,
    title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
)
def test_any_text_survives_writing_and_reading(
    stem: str, first: str, second: str, rationale: str, explanation: str, title: str
) -> None:
    content = QuestionContent(
        id="q",
        exam_domain=1,
        stem=stem,
        explanation=explanation,
        license="x y: #",
        options=(OptionContent("a", True, first, rationale), OptionContent("b", False, second)),
        references=(Reference(title, "https://example.com/"),),
        waivers=(Waiver("key-longer", stem),),
    )
    again, faults = read(dump(content))
    assert faults == []
    assert again == content


def test_tables_code_fences_and_indentation_survive() -> None:
    stem = "  Indented.\n\n| a | b |\n|---|--:|\n| 1 | # 2 |\n\n```yaml\nkey: 'no'  # kept\n\n    deep\n```\n\nWhich?  "
    text = dump(
        QuestionContent("q", stem, (OptionContent("a", True, "x"), OptionContent("b", False, "y")), exam_domain=1)
    )
    content, faults = read(text)
    assert faults == []
    assert content is not None
    assert content.stem == stem


def test_ask_and_default_are_read_and_written_in_their_position() -> None:
    text = GOOD.replace("rating: 60\n", "rating: 60\nask: technique\ndefault: distractor\n")
    question, faults = read(text)
    assert faults == []
    assert question is not None
    assert (question.ask, question.default) == ("technique", "distractor")
    assert dump(question) == text, "byte for byte"
    assert form_fault(text, question) is None


def test_ask_and_default_are_optional() -> None:
    question, faults = read(GOOD)
    assert faults == []
    assert question is not None
    assert (question.ask, question.default) == (None, None)
    assert dump(question) == GOOD


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("default", TEXTBOOK_PLACES)
def test_every_known_value_of_ask_and_default_is_read(ask: str, default: str) -> None:
    question, faults = read(GOOD.replace("rating: 60\n", f"rating: 60\nask: {ask}\ndefault: {default}\n"))
    assert faults == []
    assert question is not None
    assert (question.ask, question.default) == (ask, default)


@pytest.mark.parametrize(
    ("line", "field", "sentence"),
    [
        ("ask: feeling", "ask", "'feeling' is not one of: service, technique, diagnosis, computation, setting."),
        ("default: nowhere", "default", "'nowhere' is not one of: key, distractor, absent."),
        ("ask: 3", "ask", 'Put it in quotes: "3".'),
    ],
)
def test_an_unknown_value_of_ask_or_default_is_a_fault_with_its_line(line: str, field: str, sentence: str) -> None:
    [fault] = faults_after("rating: 60\n", f"rating: 60\n{line}\n")
    assert fault[:2] == (9, field)
    assert fault[2].startswith(sentence)


def test_ask_after_default_is_another_form() -> None:
    text = GOOD.replace("rating: 60\n", "rating: 60\ndefault: key\nask: service\n")
    question, faults = read(text)
    assert faults == []
    assert question is not None
    fault = form_fault(text, question)
    assert fault is not None
    assert (fault.line, "ask: service" in fault.sentence) == (9, True)


def test_a_file_may_call_a_later_revision_the_same_item() -> None:
    content, faults = read(GOOD.replace("revision: 2\n", "revision: 2\nsame_item: true\n"), "q.yaml")
    assert content is not None, faults
    assert content.same_item
    assert "revision: 2\nsame_item: true\nstatus: live\n" in dump(content)


def test_a_first_revision_is_the_same_item_as_no_other() -> None:
    [(line, field, sentence)] = faults_after("revision: 2\n", "revision: 1\nsame_item: true\n")
    assert (line, field) == (3, "same_item")
    assert sentence.startswith("Revision 1 has no revision before it.")


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else, who may not read the folder")
def test_a_folder_that_cannot_be_read_is_no_folder_without_questions() -> None:
    with tempfile.TemporaryDirectory() as name:
        bank = Path(name)
        bank.chmod(0o755)
        (bank / "1.3").mkdir(mode=0o700)
        os.seteuid(65534)
        try:
            with pytest.raises(PermissionError):
                question_files(bank)
        finally:
            os.seteuid(0)
