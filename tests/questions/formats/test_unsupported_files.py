"""Test files that users really upload: each is read, or refused with instructions, and never raises."""

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

from questions.formats import examples, registry, udemy_csv
from questions.formats.parsed import ParsedFile
from questions.formats.question_tables import COLUMNS, FACT_COLUMNS

CSV, GIFT, MOODLE, QTI, AIKEN, LETTERED = (
    examples.example_file(name)[1] for name in ("csv", "gift", "moodle-xml", "qti3", "aiken", "lettered-text")
)

HEADER, ROWS = CSV.split(b"\r\n", 1)
OPEN_QUOTE = HEADER + b"\r\n" + ROWS.replace(b'"\r\n', b"\r\n", 1) + b'"'


def delimited(delimiter: str) -> bytes:
    """Return the example CSV as spreadsheets of other countries save it."""
    buffer = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(CSV.decode(), newline=""))
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def one(
    stem: str = "Which?", options: tuple[str, ...] = ("One", "Two", "Three"), key: str = "1", columns: int = 6
) -> bytes:
    """Return a Udemy CSV of one question."""
    heads = [name for n in range(1, columns + 1) for name in (f"Answer Option {n}", f"Explanation {n}")]
    cells = [cell for n in range(columns) for cell in (options[n] if n < len(options) else "", "")]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(
        [
            ["Question", "Question Type", *heads, "Correct Answers", "Overall Explanation", "Domain"],
            [stem, "", *cells, key, "", "1"],
        ]
    )
    return buffer.getvalue().encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def inside(data: bytes, folder: str = "") -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {folder + name: package.read(name) for name in package.namelist()}


def qti12(texts: Callable[[str], str], score: str) -> bytes:
    """Return an item of QTI 1.2 with its texts and its score as a program writes them."""
    labels = "".join(f'<response_label ident="{ident}">{texts(ident)}</response_label>' for ident in ("aa", "bb", "cc"))
    return (
        '<?xml version="1.0"?><questestinterop><assessment title="Streams"><section><item ident="q1">'
        f"<presentation>{texts('&lt;p&gt;Which service streams?&lt;/p&gt;')}"
        f'<response_lid ident="r" rcardinality="Single"><render_choice>{labels}</render_choice></response_lid>'
        '</presentation><resprocessing><respcondition><conditionvar><varequal respident="r">aa</varequal>'
        f'</conditionvar><setvar action="Set">{score}</setvar></respcondition><respcondition><conditionvar><other/>'
        '</conditionvar><setvar action="Set">0</setvar></respcondition></resprocessing></item></section></assessment>'
        "</questestinterop>"
    ).encode()


CANVAS = qti12(lambda text: f'<material><mattext texttype="text/html">{text}</mattext></material>', "100")
BLACKBOARD = qti12(
    lambda text: (
        '<flow class="Block"><material><mat_extension>'
        f'<mat_formattedtext type="HTML">{text}</mat_formattedtext></mat_extension></material></flow>'
    ),
    "SCORE.max",
)
GOOGLE_DOC = (
    "\ufeffPractice questions\r\n\r\n1. A company’s “ferry” logs arrive late.\u00a0 Which service helps?\r\n\r\n"
    "   A. Kinesis\r\n   B. Glue\r\n   C. Athena\r\n\r\nAnswer: A\r\n\r\n2. Which one is columnar?\r\n"
    "   a. CSV\r\n   b. Parquet\r\n   c. JSON\r\nAnswer – B\r\n"
)
BOX_TABLE = "### Which?\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [ ] One\n- [x] Two\n- [ ] Three\n"

READ: dict[str, tuple[bytes, str, int]] = {
    "a CSV with a wrong ending": (CSV, "x.xlsx", 2),
    "a CSV as text": (CSV, "x.txt", 2),
    "a CSV with a byte-order mark": (codecs.BOM_UTF8 + CSV, "x.csv", 2),
    "a CSV in UTF-16": (CSV.decode().encode("utf-16"), "x.csv", 2),
    "Excel's Unicode text": (delimited("\t").decode().encode("utf-16"), "x.txt", 2),
    "a CSV with line ends of an old Mac": (CSV.replace(b"\r\n", b"\r"), "x.csv", 2),
    "a CSV with semicolons": (delimited(";"), "x.csv", 2),
    "a CSV with tabs": (delimited("\t"), "x.tsv", 2),
    "a CSV that says its separator": (b"sep=;\r\n" + delimited(";"), "x.csv", 2),
    "a CSV with entities": (one("A &amp; B cost &euro;5 &lt;each&gt;: which?"), "x.csv", 1),
    "a CSV with a table": (one("<table><tr><th>a</th></tr><tr><td>1</td></tr></table><p>Which?</p>"), "x.csv", 1),
    "a CSV with nested lists": (one("<ul><li>a<ul><li>b</li></ul></li></ul><p>Which?</p>"), "x.csv", 1),
    "a CSV with a picture from elsewhere": (one('<p>See <img src="http://x/y.png">.</p><p>Which?</p>'), "x.csv", 1),
    "a CSV with a script": (one('<script>alert(1)</script><p onclick="x()">Which?</p>'), "x.csv", 1),
    "a CSV with a gap between options": (one(options=("One", "", "Three", "Four")), "x.csv", 1),
    "a CSV with seven options": (one(options=tuple("abcdefg"), columns=7), "x.csv", 1),
    "a CSV in Windows-1252": (one("Was f\u00fcr \u201eeine\u201c?").decode().encode("cp1252"), "x.csv", 1),
    "a CSV with letters as columns and key": (b"Question,A,B,C,Answer\nWhich?,1,2,3,B\n", "x.csv", 1),
    "a CSV with a formula": (one("'=1+1 is which?"), "x.csv", 1),
    "GIFT in UTF-16": (GIFT.decode().encode("utf-16"), "x.gift", 2),
    "GIFT with line ends of an old Mac": (GIFT.replace(b"\n", b"\r"), "x.gift", 2),
    "Moodle XML as text": (MOODLE, "x.txt", 2),
    "Moodle XML in UTF-16": (MOODLE.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "x.xml", 2),
    "Moodle XML in Latin-1": (
        MOODLE.replace(b"UTF-8", b"ISO-8859-1").replace(b"A harbor", b"A h\xe4rbor"),
        "x.xml",
        2,
    ),
    "Canvas QTI": (CANVAS, "quiz.xml", 1),
    "a Canvas package": (zipped({"imsmanifest.xml": b"<manifest/>", "g1/g1.xml": CANVAS}), "export.imscc", 1),
    "Blackboard QTI": (BLACKBOARD, "res1.dat", 1),
    "a Blackboard package": (zipped({"imsmanifest.xml": b"<manifest/>", "res1.dat": BLACKBOARD}), "bb.zip", 1),
    "a package in a folder": (zipped(inside(QTI, "quiz/")), "x.zip", 2),
    "a package with a Mac's notes": (zipped(inside(QTI) | {"__MACOSX/._imsmanifest.xml": b"\0\5\x16\7"}), "x.zip", 2),
    "Aiken with line ends of an old Mac": (AIKEN.replace(b"\n", b"\r"), "x.txt", 1),
    "Aiken with two answers": (b"Which?\nA) One\nB) Two\nC) Three\nANSWER: A, B\n", "x.txt", 1),
    "a document of Google": (GOOGLE_DOC.encode(), "x.txt", 2),
    "lettered bullets": ("1. Which?\n● A) One\n● B) Two\n● C) Three\nAnswer: A\n".encode(), "x.txt", 1),
    "lettered text in UTF-16": (LETTERED.decode().encode("utf-16"), "x.txt", 2),
    "a list of answers at the end": (
        b"1. Which?\nA) One\nB) Two\nC) Three\n\n2. What?\nA) One\nB) Two\nC) Three\n\nAnswers\n1. B\n2. C\n",
        "x.txt",
        2,
    ),
    "a starred key": (b"1. Which?\nA) One\n*B) Two\nC) Three\n", "x.txt", 1),
    "checkboxes below a table": (BOX_TABLE.encode(), "x.md", 1),
    "checkboxes of a numbered list": (b"1. Which?\n   - [ ] One\n   - [X] Two\n   - [ ] Three\n", "x.md", 1),
}

ENTITIES = (
    b'<!DOCTYPE q [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><quiz><question type="essay">&b;</question></quiz>'
)
OUTSIDE = b'<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz><question type="essay">&a;</question></quiz>'

REFUSED: dict[str, tuple[bytes, str, str]] = {
    "a binary Excel workbook": (zipped({"xl/workbook.bin": b"x"}), "x.xlsb", "Save it as .xlsx"),
    "a damaged Excel workbook": (zipped({"xl/workbook.xml": b"<workbook/>"}), "x.xlsx", "save its sheet as 'CSV UTF-8"),
    "a Word document": (zipped({"word/document.xml": b"<x/>"}), "x.docx", "paste them"),
    "slides": (zipped({"ppt/presentation.xml": b"<x/>"}), "x.pptx", "paste them"),
    "a document of LibreOffice": (
        zipped({"mimetype": b"x", "content.xml": b"<x/>", "META-INF/manifest.xml": b"<x/>"}),
        "x.odt",
        "Save a table",
    ),
    "an old Word document": (b"\xd0\xcf\x11\xe0" + b"\0" * 99, "x.doc", "a text as plain text"),
    "a rich text document": (b"{\\rtf1 1. Which?}", "x.rtf", "paste them"),
    "a PDF": (b"%PDF-1.7\n", "x.pdf", "paste them"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "x.png", "This is a picture."),
    "a web page": (b"<!DOCTYPE html><html><p>1. Which?", "x.html", "This is a web page."),
    "a compressed file": (b"7z\xbc\xaf\x27\x1c", "x.7z", "Unpack it"),
    "another XML": (b"<rss><channel/></rss>", "x.xml", "Choose one of: Udemy CSV"),
    "an empty file": (b" \r\n", "x.csv", "The file is empty."),
    "a CSV without its header": (
        CSV.split(b"\r\n", 1)[1],
        "x.csv",
        "Needed are 'Question'",
    ),
    "a CSV of another program": (
        b"Question,Points\nWhich?,1\n",
        "x.csv",
        "Correct, Key, Richtig)",
    ),
    "a CSV with an open quote": (OPEN_QUOTE, "x.csv", "Double each quote"),
    "a CSV with an endless cell": (one("x" * 200_000), "x.csv", "Check for a missing quote."),
    "a CSV without a key": (one(key=""), "x.csv", "Write the numbers of the correct options"),
    "a CSV with a word as key": (one(key="Four"), "x.csv", "Write the numbers of the correct options"),
    "a CSV whose key is empty": (one(options=("One", "", "Three", "Four"), key="2"), "x.csv", "which is empty."),
    "a CSV whose key is not there": (one(key="9"), "x.csv", "names option 9, but the file has no column for it."),
    "a CSV with all keys": (one(key="1,2,3"), "x.csv", "Add wrong options."),
    "a CSV with the same option twice": (one(options=("One", "one", "Three")), "x.csv", "Rewrite one of them, or put"),
    "a CSV with eleven options": (one(options=tuple("abcdefghijk"), columns=11), "x.csv", "at most 10"),
    "a CSV that asks for two": (one("Which? (Select TWO.)"), "x.csv", "Change one of them."),
    "GIFT with an open brace": (b"::a:: Which? {=One ~Two", "x.gift", "Add } after the answers."),
    "GIFT with a bare sign": (b"::a:: Which? {=One ~a=b ~Three}", "x.gift", "Write \\= if it belongs to the text"),
    "GIFT that is all braces": (b"{" * 50_000, "x.gift", "Add } after the answers."),
    "GIFT with an endless option": (b"::a:: Which? {=One ~" + b"x" * 99_999 + b"}", "x.gift", "shorten it"),
    "GIFT with other questions": (b"::a:: How many? {#3:1}", "x.gift", "Only choice questions can be imported."),
    "a bomb of entities": (ENTITIES, "x.xml", "The file has a DOCTYPE"),
    "an entity from outside": (OUTSIDE, "x.xml", "The file has a DOCTYPE"),
    "a broken Moodle XML": (MOODLE[:-99], "x.xml", "Export it again or correct it there."),
    "a deep Moodle XML": (b"<quiz>" + b"<a>" * 9_999 + b"</a>" * 9_999 + b"</quiz>", "x.xml", "more than 100 deep"),
    "a Moodle XML without its picture": (
        MOODLE.replace(b"[<p>A harbor", b'[<p><img src="@@PLUGINFILE@@/a.png">A harbor'),
        "x.xml",
        "Export it with its files.",
    ),
    "Blackboard's text": (
        b"MC\tWhich?\tOne\tcorrect\tTwo\tincorrect\n",
        "x.txt",
        "Export the test as a QTI package instead.",
    ),
    "a zip in a zip": (zipped({"quiz.zip": QTI}), "x.zip", "import these files separately: 'quiz.zip'"),
    "a CSV in a zip": (zipped({"x.csv": CSV}), "x.zip", "import these files separately: 'x.csv'"),
    "a bomb of a zip": (zipped({"a.xml": b"0" * 25_000_000}), "x.zip", "Nothing of the package was read."),
    "a zip that climbs out": (zipped({"../../etc/passwd": b"x"}), "x.zip", "points outside of the package"),
    "an empty zip": (zipped({}), "x.zip", "The package has no QTI items."),
    "half a zip": (QTI[: len(QTI) // 2], "x.zip", "Create the package again."),
    "Aiken with a stem of two lines": (
        b"A harbor has cameras.\nWhich?\nA) One\nB) Two\nC) Three\nANSWER: B\n",
        "x.txt",
        "Write it on one line.",
    ),
    "Aiken without spaces": (b"Which?\nA)One\nB)Two\nC)Three\nANSWER: B\n", "x.txt", "Write 'A) '."),
    "bullets without letters": ("• Which?\n\t○ One\n\t○ Two\n".encode(), "x.txt", "options such as 'A) Text'"),
    "lettered text without answers": (b"1. Which?\nA) One\nB) Two\nC) Three\n", "x.txt", "Add a line 'Answer: B'"),
    "all of the above": (b"1. Which?\nA) One\nB) Two\nC) All of the above\nAnswer: A\n", "x.txt", "are shuffled"),
    "Markdown without boxes": (b"# Title\n\nText\n", "x.md", "Options are lines such as '- [ ] wrong'"),
    "JSON that is broken": (b'[{"id": "a",}]', "x.json", "This is not valid JSON"),
    "JSON of another program": (b'{"results": [{"question": "Which?"}]}', "x.json", "a list of questions"),
    "JSON that is all brackets": (b"[" * 99_999, "x.json", "is nested too deeply"),
    "YAML with aliases": (b"id: &a x\noptions:\n- *a\n", "x.yaml", "not allowed"),
    "YAML that runs something": (b"id: !!python/object/apply:os.system [ls]\noptions:\n- a\n", "x.yaml", "not allowed"),
}


def sentences(parsed_file: ParsedFile) -> str:
    refusals = [sentence for parsed in parsed_file.questions for sentence in parsed.refusals]
    return " ".join([*(fault.sentence for fault in parsed_file.faults), *refusals])


@pytest.mark.parametrize("name", READ)
def test_the_file_is_read(name: str) -> None:
    data, file, count = READ[name]
    parsed_file = registry.read(data, file)
    assert sentences(parsed_file) == ""
    questions = [parsed.content for parsed in parsed_file.questions if parsed.content]
    assert len(questions) == count
    assert all(question.keys and question.stem for question in questions)
    assert "script" not in "".join(question.stem for question in questions)


@pytest.mark.parametrize("name", REFUSED)
def test_the_file_is_refused_with_instructions(name: str) -> None:
    data, file, sentence = REFUSED[name]
    assert sentence in sentences(registry.read(data, file))


@pytest.mark.parametrize("format", registry.FORMATS)
def test_no_reader_raises(format: str) -> None:
    for data, file, _ in (*READ.values(), *REFUSED.values()):
        parsed_file = registry.read(data, file, format)
        assert parsed_file.questions or parsed_file.faults


def test_headers_of_udemy_are_those_of_its_template() -> None:
    assert next(csv.reader(udemy_csv.write([]).decode().splitlines())) == list(COLUMNS)
    assert next(csv.reader(CSV.decode().splitlines())) == [*COLUMNS, *FACT_COLUMNS]
