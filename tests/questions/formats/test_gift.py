"""Test GIFT: choice questions are restored as written; ambiguous and unsupported questions are refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.content.markdown import render
from questions.content.pictures import describe_pictures, with_changed_texts
from questions.content.schema import OptionContent, QuestionContent
from questions.formats.gift import format as gift
from questions.formats.parsed import ParsedFile, ParsedQuestion
from questions.formats.refusals import WRONG_TAKES_A_SHARE, UnsupportedQuestions, kind_for_keys
from tests.questions.formats.carried_content import carried_without_option_codes, shipped_questions
from tests.questions.formats.parsed_questions import content, reasons, single
from tests.questions.formats.sample_files import sample_files


def read(text: str) -> ParsedFile:
    return gift.read(text.encode(), "q.gift")


def one(text: str) -> ParsedQuestion:
    return single(read(text))


def taken(text: str) -> QuestionContent:
    return content(one(text))


def refused(text: str) -> str:
    return reasons(one(text))


def test_one_key_and_its_comments_are_read() -> None:
    question = taken(
        "::Tomb:: Who lies\nthere?{\n~Grant#No,\nnot he.\n=no one #Right!\n~Lincoln\n####Nobody\nis buried.}"
    )
    assert question.stem == "Who lies there?"
    assert question.options == (
        OptionContent("a", False, "Grant", "No, not he."),
        OptionContent("b", True, "no one", "Right!"),
        OptionContent("c", False, "Lincoln"),
    )
    assert question.explanation == "Nobody is buried."
    assert (question.id, question.kind, question.status) == ("", "multiple-choice", "draft")
    assert (question.lines["stem"], question.lines["options.b.text"]) == (1, 5)


@pytest.mark.parametrize("keys", range(2, 7))
def test_several_keys_share_the_credit(keys: int) -> None:
    share = f"{100 / keys:.5f}"
    question = taken("Which fit?{" + "".join(f" ~%{share}%key {n}" for n in range(keys)) + " ~%-100%no}")
    assert (question.kind, len(question.keys), len(question.options)) == ("multiple-response", keys, keys + 1)


def test_every_escape_is_undone() -> None:
    question = taken(r"A \= b\: \{x\} \~ \# \\n?{=one\ntwo \\\\ ~C\# ~\=}")
    assert question.stem == r"A = b: {x} ~ # \n?"
    assert [render(option.text) for option in question.options] == [
        "<p>one<br>\ntwo \\\\</p>",
        "<p>C#</p>",
        "<p>=</p>",
    ]


def test_categories_ids_tags_and_comments_are_read() -> None:
    parsed_file = read(
        "// a list\n$CATEGORY: $course$/top/Quiz/and//or\n\n// question: 7  name: x\n// [id:My id] [tag:easy]\n"
        "::n::Which?{=a ~b\n// not an option ~z\n~c}\n\n"
        "$CATEGORY: $course$/top/Exam domain 3/Task 3.4\n"
        "// [id:d3-x] [tag:topic:dropout] [tag:point:3.4.5]\nWhich?{=a ~b ~c}\n"
    )
    first, second = parsed_file.questions
    assert first.content is not None
    assert second.content is not None
    assert (first.number, first.line, first.name, first.domain) == (1, 6, "n", "Quiz/and/or")
    assert (first.content.id, [option.text for option in first.content.options]) == ("my-id", ["a", "b", "c"])
    assert (first.content.tags, first.ignored) == (("easy",), ())
    assert (second.content.id, second.content.task, second.content.topic) == ("d3-x", "3.4", "dropout")
    assert (second.content.points, second.content.exam_domain, second.ignored) == (("3.4.5",), None, ())


def test_a_name_is_an_id_only_if_it_looks_like_one_of_ours() -> None:
    assert taken("::d3-some-question::Which?{=a ~b ~c}").id == "d3-some-question"
    assert taken("::Question 1::Which?{=a ~b ~c}").id == ""


def test_text_formats_are_converted_to_markdown() -> None:
    question = taken(
        "[html]<p>Which <b>one</b><br>fits &lt;here&gt;?</p>{=<code>a_b</code>#<i>yes</i> ~[plain]*x* `y` "
        "~[markdown]*x* `y` ####[moodle]a\\nb <b>c</b>}"
    )
    assert render(question.stem) == "<p>Which <strong>one</strong><br>\nfits &lt;here&gt;?</p>"
    assert [option.text for option in question.options] == ["`a_b`", r"\*x\* \`y\`", "*x* `y`"]
    assert question.options[0].rationale == "*yes*"
    assert render(question.explanation) == "<p>a<br>\nb <strong>c</strong></p>"


def test_backticks_in_text_without_a_format_are_code() -> None:
    assert taken("Which?{=`a_b*c*` ~2 * 3 ~List<int>}").options[0].text == "`a_b*c*`"


def test_answers_within_a_sentence_leave_a_blank() -> None:
    assert taken("Grant is {~here =there ~nowhere} now.").stem == "Grant is _____ now."
    assert taken("It equals {~1 =2 ~3}.").stem == "It equals _____."
    assert taken("What is it? {~1 =2 ~3}.").stem == "What is it?"


def test_questions_are_split_only_where_the_boundary_is_certain() -> None:
    within = read("Which?{\n=a\n\n~b\n\n~c}\n\nWhich too?{=a ~b ~c}").questions
    assert [(parsed.line, parsed.refusals) for parsed in within] == [(1, ()), (8, ())]
    close = read("Which?{=a ~b ~c}\n// [id:second-one]\nWhich too?{\n=a\n~b\n~c\n}\n").questions
    assert [parsed.content.id for parsed in close if parsed.content] == ["", "second-one"]
    unclosed = read("Which?{\n=a\n~b\n~c\n\nWhich too?{=a ~b ~c}").questions
    assert "brace of line 1 is not closed" in unclosed[0].refusals[0]
    assert unclosed[1].content is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write.{}", "essay question"),
        ("Write.{####Well done}", "essay question"),
        ("How many?{#1822:5}", "numerical question"),
        ("Match.{=a -> b =c -> d =e -> f}", "matching question"),
        ("Who?{=no one =nobody}", "short-answer question"),
        ("Who?{Nobody}", "short-answer question"),
        ("Only a text.", "description"),
        ("Which?{=a ~b ~c", "not closed"),
        ("Which?=a ~b ~c}", "without an opening one"),
        ("Which?{=a ~f{x} ~c}", "second pair of braces"),
        ("Which?{nothing ~b =c ~d}", "'nothing' is before the first option"),
        ("Which?{\n~y = 2x\n~z\n=w\n}", "Line 2: a bare = before '2x' starts a new option"),
        ("Which?{\n=about ~5 GB\n~1 GB\n~2 GB\n}", "Line 2: a bare ~ before '5 GB"),
        ("Which?{~x=1 ~y ~z ~w}", "a bare = before '1"),
        ("Which?{~x = 1 ~y ~z}", "a bare = before '1"),
        ("Which?{=a =b ~c ~d}", "2 options start with ="),
        ("Which?{=a ~%50%b ~c}", "partial credit"),
        ("Which?{=a ~%-50%b ~c}", "negative credit beside one key"),
        ("Which?{=%80%a ~b ~c}", "partial credit"),
        ("Which?{~%80%a ~b ~c}", "The key gets 80 percent"),
        ("Which?{~%60%a ~%40%b ~c}", "unequal credit"),
        ("Which?{=a ~b}", "has 2 options"),
        ("Which?{~a ~b ~c}", "No option is marked as correct"),
        ("Which?{~%50%a ~%50%b}", "All options are marked"),
        ("Which?{=a ~b ~A}", "differs from option A only in capitals"),
        ("Which?{=a ~b ~}", "Option C is empty"),
        ("{=a ~b ~c}", "The stem is empty"),
        ("Which?{=a ~b ~all of the above}", "all of the above"),
        ("Which? (Select THREE.){~%50%a ~%50%b ~c ~d}", "asks for 3, but 2"),
        ("Which?{" + "~x" * 40 + "=y}", "A question cannot have that many options"),
        ('[html]Which?<img src\\="a.png">{=a ~b ~c}', "The picture a.png of the stem is missing"),
        ("[markdown]Which?{=a ~![plot](img/b.png) ~c}", "The picture img/b.png of option B is missing"),
    ],
)
def test_unsupported_questions_are_refused_with_the_reason(text: str, expected: str) -> None:
    assert expected in refused(text) or expected in refused(text).replace(
        "Do not use 'all of the above' or 'none", "all of the above"
    )


def test_ignored_parts_are_reported() -> None:
    ignored = one('[html]Which?{~%50%a ~%50%b ~c ~d ####<img src\\="@@PLUGINFILE@@/3.png">Because.}').ignored
    assert ignored == (WRONG_TAKES_A_SHARE, "the picture 3.png")
    assert "100 percent for each of several" in one("Which?{~%100%a ~%100%b ~c}").ignored[0]


@pytest.mark.parametrize(
    ("data", "line", "expected"),
    [
        (b"Which?\n\x81{=a ~b ~c}", 2, "not text"),
        (b"Which?{=a\0 ~b ~c}", 1, "not text"),
        (b"$CATEGORY: x\n", None, "no question"),
        (b"", None, "no question"),
    ],
)
def test_a_file_that_is_not_gift_is_a_fault(data: bytes, line: int | None, expected: str) -> None:
    parsed_file = gift.read(data, "q.gift")
    assert parsed_file.questions == ()
    assert [(fault.file, fault.line) for fault in parsed_file.faults] == [("q.gift", line)]
    assert expected in parsed_file.faults[0].sentence


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_and_crlf_are_read(encoding: str) -> None:
    parsed_file = gift.read("Which é?{\r\n=a\r\n~b\r\n~c\r\n}\r\n".encode(encoding), "q.gift")
    assert [parsed.content.stem for parsed in parsed_file.questions if parsed.content] == ["Which é?"]


@pytest.mark.slow
def test_the_shipped_bank_is_restored() -> None:
    questions = shipped_questions()
    assert len(questions) > 100
    parsed_file = gift.read(gift.write(questions), "bank.gift")
    assert [parsed.content for parsed in parsed_file.questions] == [
        carried_without_option_codes(with_changed_texts(question, describe_pictures)) for question in questions
    ]
    assert [parsed.ignored for parsed in parsed_file.questions] == [()] * len(questions)


TEXT = st.text(
    st.one_of(st.sampled_from("\\:#={}~%[]n/>-\n`* "), st.characters(exclude_categories=["Cs", "Cc"])), min_size=1
).filter(lambda text: text == text.strip() and "![" not in text and "<img" not in text.lower())
CODE = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){1,3}", fullmatch=True)
TAGGED = st.sampled_from(["[html]x", "[markdown] y", "%50%z", "#### w", "::v::", "//u", "$CATEGORY: t", "\\n", "\\"])


@st.composite
def questions(draw: st.DrawFn) -> QuestionContent:
    text = st.one_of(TEXT, TAGGED)
    count = draw(st.integers(3, 10))
    texts = [f"{draw(text)} {number}" for number in range(count)]
    keys = draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
    options = tuple(
        OptionContent("abcdefghij"[number], number in keys, sentences, draw(st.one_of(st.just(""), text)))
        for number, sentences in enumerate(texts)
    )
    places = st.sampled_from([{}, {"exam_domain": 3}, {"task": "3.4", "topic": "dropout"}])
    place = draw(places)
    return QuestionContent(
        id=draw(CODE),
        stem=f"{draw(text)} Which?",
        options=options,
        kind=kind_for_keys(len(keys)),
        points=tuple(draw(st.sets(st.sampled_from(["g1", "3.4.5"])))),
        explanation=draw(st.one_of(st.just(""), text)),
        **place,
    )


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(questions(), min_size=1, max_size=3))
def test_written_questions_are_read_again(written: list[QuestionContent]) -> None:
    parsed_file = gift.read(gift.write(written), "q.gift")
    for question, parsed in zip(written, parsed_file.questions, strict=True):
        if parsed.refusals:  # two similar options: no problem of the format
            assert not any(word in parsed.refusals[0] for word in ("brace", "bare", "credit", "picture"))
        else:
            assert parsed.content == question


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text(st.sampled_from("\\:#={}~%[]/ \nTab$50.html<>"), max_size=80).map(str.encode)))
def test_no_bytes_raise(data: bytes) -> None:
    parsed_file = gift.read(data, "q.gift")
    assert parsed_file.questions or parsed_file.faults
    for parsed in parsed_file.questions:
        assert (parsed.content is None) == bool(parsed.refusals)


def test_a_question_with_an_empty_text_is_not_written() -> None:
    question = QuestionContent(
        id="q-1", stem="Which?", options=(OptionContent("a", True, "x"), OptionContent("b", False, " "))
    )
    with pytest.raises(UnsupportedQuestions) as error:
        gift.write([question, replace(question, id="q-2", options=question.options[:1])])
    assert list(error.value.reasons) == ["q-1"]


@pytest.mark.parametrize(
    ("answer", "key", "rationales"),
    [
        ("TRUE", "True", ("", "")),
        ("f", "False", ("", "")),
        ("T#It is.", "True", ("", "It is.")),
        ("FALSE#wrong#right####why", "False", ("wrong", "right")),
    ],
)
def test_true_false_questions_are_read_and_written_as_such(answer: str, key: str, rationales: tuple[str, str]) -> None:
    content = read(f"It is so.{{{answer}}}").questions[0].content
    assert content is not None
    assert [option.text for option in content.options] == ["True", "False"]
    assert [option.text for option in content.keys] == [key]
    by_text = {option.text: option.rationale for option in content.options}
    assert tuple(by_text.values()) == rationales
    assert content.explanation == ("why" if "why" in answer else "")
    written = gift.write([content]).decode()
    assert f"{{{key.upper()}" in written.replace(" ", "")
    again = read(written).questions[0].content
    assert again == content


TYPES = {
    "essay": ("own_essay.gift", "newlineAndLaTeX.gift", "tag_id.gift"),
    "numerical": ("own_numerical.gift",),
    "matching": ("own_matching.gift",),
    "short-answer": ("own_short_answer.gift",),
    "description": ("markdown.gift",),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in TYPES.items() for name in names])
def test_real_files_of_other_types_are_refused(kind: str, name: str) -> None:
    parsed_file = gift.read(sample_files("gift")[name].read_bytes(), name)
    assert parsed_file.questions
    assert all(kind in parsed.refusals[0] for parsed in parsed_file.questions)


def test_real_files_with_choice_questions_are_read() -> None:
    files = sample_files("gift")
    readings = {name: gift.read(path.read_bytes(), name) for name, path in files.items()}
    counts = {
        name: (sum(parsed.content is not None for parsed in parsed_file.questions), len(parsed_file.questions))
        for name, parsed_file in readings.items()
        if any(parsed.content for parsed in parsed_file.questions)
    }
    assert counts == {
        "multipleAnswersFloat.gift": (1, 1),
        "own_arrows.gift": (1, 2),
        "own_choice.gift": (4, 4),
        "own_escapes.gift": (2, 2),
        "own_feedback_formats.gift": (1, 1),
        "own_html_feedback.gift": (2, 2),
        "own_mixed_types.gift": (4, 10),
        "own_options.gift": (7, 14),
        "own_true_false.gift": (3, 3),
        "own_two_keys.gift": (1, 1),
        "symbolsAll.gift": (1, 1),
    }
    continents = readings["multipleAnswersFloat.gift"].questions[0].content
    assert continents is not None
    assert [option.text for option in continents.keys] == ["Africa", "Asia", "Antarctica"]
