"""Test reading under a time limit, and that the time of each reader grows linearly with repeated characters."""

import io
import time
import zipfile

import pytest

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import bounded_reading, json_file, registry
from questions.formats.parsed import ParsedFile

OPTIONS = tuple(OptionContent(code, code == "b", f"Way {code}") for code in "abc")
LARGE_FILE = json_file.write([QuestionContent(f"boat-{n}", f"What does boat {n} need?", OPTIONS) for n in range(60)])

CSV_HEAD = "Question,Answer Option 1,Answer Option 2,Answer Option 3,Correct Answers\n"
QUIZ = "<quiz><question type='multichoice'><questiontext format='{}'><text>"
QUIZ_END = "</text></questiontext><answer fraction='100'><text>a</text></answer></question></quiz>"
# Text before and after the repeated characters, so that they reach each part of a reader.
PLACES = {
    "": ("", "1. What is it?\n", "1. What is it?\nA) "),
    "lettered-text": (
        "1. What is it?\n",
        "1. What?\nA) a\nB) ",
        "1. What?\nA) a\nB) b\nAnswer: ",
        "1. What?\nA) a\nB) b\nAnswer: A\nExplanation: ",
    ),
    "checkbox-markdown": ("", "## ", "## What?\n- [x] a\n- [ ] b ", "## What?\n- [x] a\n- [ ] b\n\n"),
    "aiken": ("", "What?\nA) a\nB) ", "What?\nA) a\nB) b\nANSWER: "),
    "gift": ("", "::", "// [id:", "What? {=a ~", "What? {=a ~b # ", "What? {=a ~b} "),
    "csv": ("Question,", f"{CSV_HEAD}What?,a,b,c,1", f'{CSV_HEAD}"<p>'),
    "yaml": ("", "id: a\nstem: ", "id: a\nstem: |\n  ", "id: [", "id: {"),
    "json": ("[", '[{"stem": "'),
    "moodle-xml": ("<!--", "<quiz>", QUIZ.format("html"), QUIZ.format("html") + "<![CDATA[", QUIZ.format("markdown")),
    "qti3": ("<", "<assessmentItem>"),
}
REPEATED = (
    "\n", " ", " \n", "\t", "\u00a0", "\n\n ", "`", "``` ", "```\n", "*", "_", "**a", "[", "![", "](", "(", "(A)", "|",
    "<", "<!--", "<?", "<!a", "<p>", "<p ", "<br>", "<img src=", "<b>", "<table><tr><td>", "{", "}", "{=", "~", "=",
    "a", "A ", "a, ", "a: ", "1", "1. ", "1)", "A) ", "A)\n", "A. ", "- [ ] ", "- ", "---\n", "# ", "'", '"', "\\",
    "::", "#", "|-|\n", "$", "&", "(select ", "// \n", "//[id: ", "ANSWER: A\n",
)  # fmt: skip
ENDS = {"moodle-xml": ("", QUIZ_END, f"]]>{QUIZ_END}"), "json": ("", '"}]'), "csv": ("", '",a,b,c,1\n')}
SHORT, LONG = 1_000, 10_000  # characters
MIN_SECONDS = 0.05  # shorter times are mostly noise
MAX_GROWTH = 40  # ten times the characters take about ten times as long; quadratic reading takes a hundred times


def grows_too_fast(head: str, repeated: str, end: str, format: str) -> bool:
    """Compare a long with a short file, again if other programs may have disturbed the first comparison."""
    for _ in range(3):
        long = seconds_to_read(head, repeated, end, LONG, format)
        if long <= MIN_SECONDS or long <= MAX_GROWTH * seconds_to_read(head, repeated, end, SHORT, format):
            return False
    return True


def seconds_to_read(head: str, repeated: str, end: str, chars: int, format: str) -> float:
    """Return the least processor time of two readings (other programs disturb) of two files (parts are cached)."""
    times = []
    for count in (chars // len(repeated), chars // len(repeated) + 1):
        data = (head + repeated * count + end).encode()
        start = time.process_time()
        registry.read(data, "x.txt", format)
        times.append(time.process_time() - start)
        if times[-1] < MIN_SECONDS:
            break
    return min(times)


@pytest.mark.slow
@pytest.mark.parametrize("format", PLACES)
def test_the_time_of_every_reader_grows_linearly_with_repeated_characters(format: str) -> None:
    slow = [
        (head[-30:], repeated, end[:20])
        for head in PLACES[format]
        for end in ENDS.get(format, ("",))
        for repeated in REPEATED
        if grows_too_fast(head, repeated, end, format)
    ]
    assert slow == []


@pytest.mark.slow
def test_a_large_file_is_read_in_a_separate_process_with_the_same_result() -> None:
    assert len(LARGE_FILE) > bounded_reading.MAX_BYTES_IN_PROCESS
    assert bounded_reading.read(LARGE_FILE, "boats.json") == registry.read(LARGE_FILE, "boats.json")


def test_reading_that_takes_too_long_is_stopped_with_a_message() -> None:
    parsed_file = bounded_reading.read(LARGE_FILE, "boats.json", seconds=0.001)
    assert parsed_file.questions == ()
    assert [fault.sentence for fault in parsed_file.faults] == [
        "Reading the file took over 0.001 seconds, so it was stopped. Split it."
    ]


def test_a_small_package_is_stopped_as_well_since_it_can_hold_a_large_file() -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("quiz.txt", LARGE_FILE * 4)
    assert len(package.getvalue()) < bounded_reading.MAX_BYTES_IN_PROCESS
    parsed_file = bounded_reading.read(package.getvalue(), "quiz.zip", seconds=0.001)
    assert "so it was stopped" in parsed_file.faults[0].sentence


def test_reading_that_takes_too_much_memory_is_stopped_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_reading, "_MAX_MEMORY", 1 << 20)
    parsed_file = bounded_reading.read(b"What?\nA) a\nB) b\nANSWER: A\n\n" * 10_000, "many.txt", "aiken")
    assert [fault.sentence for fault in parsed_file.faults] == [
        "Reading the file took too much memory, so it was stopped. Split it."
    ]


def test_a_reader_that_crashes_is_a_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    parsed_file = bounded_reading.read(LARGE_FILE, "boats.json")
    assert isinstance(parsed_file, ParsedFile)
    assert "could not be read" in parsed_file.faults[0].sentence


def test_the_time_limit_grows_with_the_file_and_ends_before_another_worker_claims_the_import() -> None:
    assert bounded_reading.time_limit(20_000) == 10
    assert bounded_reading.time_limit(50 << 20) == 150
