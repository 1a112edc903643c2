"""Test Udemy's CSV: 17 columns are written, variants of spreadsheets are read, refused rows get a reason."""

import codecs
import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.content.markdown import render
from questions.content.schema import MULTIPLE_RESPONSE, OptionContent, QuestionContent
from questions.formats.parsed import ParsedQuestion
from questions.formats.question_tables import COLUMNS, rows_with_reasons
from questions.formats.refusals import UnsupportedQuestions
from questions.formats.udemy_csv import read, write

HEADER = ",".join(COLUMNS)
GOOD = QuestionContent(
    id="",
    stem="A company has 2 models.\n\nWhich one is `fast`?",
    options=(
        OptionContent("a", False, "The first", "It is slow."),
        OptionContent("b", True, "The second", "It is fast."),
        OptionContent("c", False, "The third"),
    ),
    explanation="The second is **fast**.",
    exam_domain=3,
)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def row(**cells: str) -> str:
    sentences = {"Question": "Which one?", "Question Type": "multiple-choice", "Correct Answers": "2"}
    sentences |= {"Answer Option 1": "One", "Answer Option 2": "Two", "Answer Option 3": "Three", **cells}
    buffer = io.StringIO()
    csv.writer(buffer).writerow(sentences.get(column, "") for column in COLUMNS)
    return buffer.getvalue().strip()


def with_reasons(data: bytes, reasons: dict[int | None, str]) -> bytes:
    return rows_with_reasons(read(data, "x.csv"), reasons)


def only(*rows: str) -> ParsedQuestion:
    parsed_file = read("\n".join((HEADER, *rows)).encode(), "x.csv")
    assert parsed_file.faults == ()
    return parsed_file.questions[0]


def refusal(**cells: str) -> str:
    parsed = only(row(**{key.replace("_", " "): value for key, value in cells.items()}))
    assert parsed.content is None
    return " ".join(parsed.refusals)


def test_the_header_is_udemys() -> None:
    assert HEADER == (
        "Question,Question Type,Answer Option 1,Explanation 1,Answer Option 2,Explanation 2,Answer Option 3,"
        "Explanation 3,Answer Option 4,Explanation 4,Answer Option 5,Explanation 5,Answer Option 6,Explanation 6,"
        "Correct Answers,Overall Explanation,Domain"
    )


def test_a_written_file_has_17_columns_no_byte_order_mark_and_no_line_break_in_a_cell() -> None:
    several = replace(GOOD, kind=MULTIPLE_RESPONSE, options=(replace(GOOD.options[0], correct=True), *GOOD.options[1:]))
    data = write([GOOD, several], {3: "Modeling"})
    assert data.startswith(b'"Question",')
    rows = rows_of(data)
    assert [len(cells) for cells in rows] == [17, 17, 17]
    assert not any("\n" in cell or "\r" in cell for cells in rows for cell in cells)
    assert rows[1][0] == "<p>A company has 2 models.</p><p>Which one is <code>fast</code>?</p>"
    assert rows[1][2:6] == ["The first", "It is slow.", "The second", "It is fast."]
    assert [cells[1] for cells in rows[1:]] == ["multiple-choice", "multi-select"]
    assert [cells[14] for cells in rows[1:]] == ["2", "1,2"]
    assert rows[1][15:] == ["<p>The second is <strong>fast</strong>.</p>", "Modeling"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢"])
def test_no_spreadsheet_evaluates_a_cell_as_a_formula(start: str) -> None:
    question = replace(GOOD, stem=f"{start}HYPERLINK(1) is which?")
    data = write([question])
    assert rows_of(data)[1][0].startswith(f"'{start}")
    parsed = read(data, "x.csv").questions[0]
    assert parsed.content is not None
    assert render(parsed.content.stem) == render(question.stem)


def test_more_than_six_options_are_not_supported() -> None:
    question = replace(
        GOOD, id="many", options=tuple(OptionContent(code, code == "a", f"Is {code}") for code in "abcdefg")
    )
    with pytest.raises(UnsupportedQuestions, match="at most 6 options"):
        write([question])


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_variants_of_all_spreadsheets_are_read(mark: str, end: str, delimiter: str) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    writer.writerow(COLUMNS)
    writer.writerow(
        ['One; two, "three"?\nWhich?', "Multi Select", "A", "", "B", "", "C", "", *[""] * 6, "1, 3", "E", "D"]
    )
    parsed = read((mark + buffer.getvalue()).encode(), "x.csv").questions[0]
    assert parsed.content is not None
    assert parsed.content.stem.startswith('One; two, "three"?')
    assert parsed.content.kind == MULTIPLE_RESPONSE
    assert [option.id for option in parsed.content.keys] == ["a", "c"]
    assert parsed.domain == "D"


def test_the_former_template_is_read() -> None:
    options = "Answer Option 1,Answer Option 2,Answer Option 3"
    header = f"Question,Question Type,{options},Correct Response,Explanation,Knowledge Area"
    parsed = read(f"{header}\nWhich?,multiple-choice,A,B,C,3,Because.,Modeling\n".encode(), "x.csv").questions[0]
    assert parsed.content is not None
    assert ([option.id for option in parsed.content.keys], parsed.content.explanation, parsed.domain) == (
        ["c"],
        "Because.",
        "Modeling",
    )


def test_rows_are_identified_by_their_first_line() -> None:
    parsed_file = read("\n".join((HEADER, row(Question="A\nB\nC"), "", row())).encode(), "x.csv")
    assert [parsed.line for parsed in parsed_file.questions] == [2, 6]


def test_plain_text_stays_as_shown() -> None:
    parsed = only(row(Question="Is 2*3*4 < 5_a_b? `x`", **{"Answer Option 1": "1. One", "Answer Option 2": "# Two"}))
    assert parsed.content is not None
    assert render(parsed.content.stem) == "<p>Is 2*3*4 &lt; 5_a_b? `x`</p>"
    assert render(parsed.content.options[0].text) == "<p>1. One</p>"


def test_ignored_parts_are_reported() -> None:
    parsed = only(row(Question='Which? <img src="https://example.com/a.png">', **{"Explanation 5": "Of nothing"}))
    assert parsed.content is not None
    assert parsed.ignored == ("the picture https://example.com/a.png", "the explanation of option 5, which is empty")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"Question": " "}, "The stem is empty"),
        ({"Correct Answers": ""}, "Correct Answers is empty. Write the numbers of the correct options, such as 1,3."),
        ({"Correct Answers": "Four"}, "Correct Answers contains 'Four', which is no option."),
        ({"Correct Answers": "G"}, "names option 7, but the file has no column for it"),
        ({"Correct Answers": "1.3"}, "Correct Answers contains '1.3'"),
        ({"Correct Answers": "5"}, "names option 5, which is empty"),
        ({"Correct Answers": "9"}, "names option 9, but the file has no column for it"),
        ({"Correct Answers": "1,2"}, "The question type is multiple-choice, but Correct Answers names 2 options"),
        ({"Correct Answers": "1,2,3", "Question Type": "multi-select"}, "All options are marked as correct"),
        ({"Answer Option 3": ""}, "at least 3 are required"),
        ({"Answer Option 3": "two."}, "only in capitals"),
        ({"Answer Option 3": "All of the above"}, "Do not use 'all of the above' or 'none of the above'"),
        ({"Answer Option 3": "Both A and B"}, "refers to other options by letter"),
        ({"Question Type": "fill-in-the-blank"}, "The question type 'fill-in-the-blank' cannot be imported"),
        ({"Question": "Which? (Select TWO.)"}, "The stem asks for 2, but 1 are marked"),
        ({"Question": 'Which? <img src="a.png">'}, "The picture 'a.png' is not in the file"),
    ],
)
def test_an_invalid_row_is_refused_with_a_message(cells: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(**{key.replace(" ", "_"): value for key, value in cells.items()})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"x,y,z\n1,2,3\n", "The header has no column 'Question', 'Answer Option 1', 'Correct Answers'"),
        (HEADER.encode(), "a header but no question"),
        (f"{HEADER}\n".encode() + b"caf\xe9\x81", "The file is not text"),
        (f"{HEADER}\n".encode() + b'"open, and so on\n', "The quotes of a row"),
        (f"{HEADER},Domain\n{row()}".encode(), "The column 'domain' appears twice"),
    ],
)
def test_an_unreadable_file_gets_the_reason(data: bytes, sentence: str) -> None:
    parsed_file = read(data, "x.csv")
    assert parsed_file.questions == ()
    assert sentence in parsed_file.faults[0].sentence


def test_refused_rows_are_returned_unchanged_with_a_reason() -> None:
    bad = row(Question="=Bad", **{"Correct Answers": ""})
    data = "\n".join((HEADER, row(), bad)).encode()
    back = with_reasons(data, {3: "No key."})
    assert back.startswith(codecs.BOM_UTF8), "spreadsheets need it"
    assert not write([]).startswith(codecs.BOM_UTF8), "Udemy refuses it"
    heads, only_row = rows_of(back)
    assert heads == [*COLUMNS, "Reason"]
    assert (only_row[0], only_row[-1]) == ("'=Bad", "No key.")
    again = read(back, "x.csv").questions[0]
    assert again.ignored == ()
    assert rows_of(with_reasons(back, {2: "Still none."}))[1][-1] == "Still none."


WORDS = st.text(st.sampled_from("abcxyz 019<>&=+-@'\"`*_|#;,.~()[]{}\\/é€"), min_size=1, max_size=30).filter(str.strip)


@pytest.mark.slow
@given(
    st.lists(WORDS, min_size=4, max_size=7, unique_by=lambda text: "".join(text.lower().split()).rstrip(".;,")),
    WORDS,
    st.data(),
)
def test_the_content_of_a_file_is_restored(texts: list[str], sentences: str, data: st.DataObject) -> None:
    """A file that is read, written and read again has the same texts, keys and rationales."""
    stem, *options = texts
    keys = data.draw(st.sets(st.integers(1, len(options)), min_size=1, max_size=len(options) - 1))
    kind = "multi-select" if len(keys) > 1 else "multiple-choice"
    cells = {
        "Question": stem,
        "Question Type": kind,
        "Correct Answers": ",".join(map(str, keys)),
        "Explanation 1": sentences,
    }
    cells |= {f"Answer Option {n}": text for n, text in enumerate((*options, "", "", "")[:6], 1)}
    parsed = only(row(**cells, **{"Overall Explanation": sentences}))
    if parsed.content is not None:
        again = read(write([parsed.content]), "y.csv").questions[0]
        assert again.content == parsed.content


@given(st.binary(max_size=300), st.text(max_size=200))
def test_no_bytes_raise(noise: bytes, text: str) -> None:
    read(noise, "x.csv")
    read(f"{HEADER}\n".encode() + noise, "x.csv")
    read(f"{HEADER}\n{text}".encode("utf-8", "replace"), "x.csv")
