"""The content of a question as a format for learning platforms can carry it, and questions to write in one."""

from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from questions.bank_files import question_yaml
from questions.content.schema import OptionContent, QuestionContent
from questions.formats.refusals import kind_for_keys


def carried(question: QuestionContent) -> QuestionContent:
    """Return the parts of a question that QTI supports."""
    return replace(
        question,
        kind=kind_for_keys(len(question.keys)),
        revision=1,
        status="draft",
        rating=None,
        ask=None,
        default=None,
        enemies=(),
        waivers=(),
        as_of=None,
        license=None,
        references=(),
        collection="",
    )


def carried_without_option_codes(question: QuestionContent) -> QuestionContent:
    """Return the parts of a question that GIFT and Moodle XML support: the options get new codes."""
    options = tuple(replace(option, id=code) for code, option in zip("abcdefghij", question.options, strict=False))
    return replace(carried(question), options=options)


def shipped_questions(count: int | None = None) -> list[QuestionContent]:
    """Return the first questions of the shipped bank, by default all."""
    bank = Path(__file__).resolve().parents[3] / "questions" / "bank" / "mls-c01"
    paths = question_yaml.question_files(bank)[:count]
    questions = [question for path in paths if (question := question_yaml.read(path)[0])]
    assert questions
    return questions


TEXTS = st.sampled_from(
    ("One", "`f(x) < 2`", "A **bold** one", "5 * 3", "]]>", "é — ü", "a & b", "- x\n- y", "1\\\n2", "p\n\nq")
)
PLACES: tuple[dict[str, object], ...] = (
    {"exam_domain": 2},
    {"task": "3.4", "topic": "dropout", "points": ("g156", "3.3.2")},
)


@st.composite
def carried_questions(
    draw: st.DrawFn, codes: st.SearchStrategy[str], option_codes: st.SearchStrategy[list[str]]
) -> QuestionContent:
    """Draw a question with a place, and all parts that QTI and Moodle XML support."""
    texts = draw(st.lists(TEXTS, min_size=3, max_size=9, unique=True))
    count, other = draw(st.integers(1, len(texts) - 1)), draw(st.one_of(st.just(""), TEXTS))
    place = draw(
        st.sampled_from(({"exam_domain": 2}, {"task": "3.4", "topic": "dropout", "points": ("g156", "3.3.2")}))
    )
    options = tuple(
        OptionContent(code, n < count, text, other)
        for n, (code, text) in enumerate(zip(draw(option_codes), texts, strict=False))
    )
    return QuestionContent(
        id=draw(codes),
        stem=f"{other}\n\nWhich?".strip("\n"),
        options=options,
        kind=kind_for_keys(count),
        explanation=other,
        **place,  # type: ignore[arg-type]
    )
