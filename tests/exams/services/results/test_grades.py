"""Test the grades of a class: how they are typed, their faults, and which score gets which."""

import pytest

from exams.services.results.grades import Grade, GradeFaultsError, grade_of, read
from questions.content.blueprint import Scale

PERCENT = Scale(0, 60, 100)


@pytest.mark.parametrize("text", ["90 A, 75 B; 60 C", "60% C\n90 % A\nB 75", "A 90, B 75, C 60"])
def test_grades_are_read_in_any_order_and_separated_in_any_way(text: str) -> None:
    assert read(text, PERCENT) == [Grade(90, "A"), Grade(75, "B"), Grade(60, "C")]


def test_decimals_in_german_form_are_read_on_lines_and_between_semicolons() -> None:
    grades = [Grade(92, "1,0"), Grade(80, "1,7"), Grade(60, "4,0")]
    for text in ("92 1,0\n80 1,7\r\n60 4,0\n", "92 1,0; 80% 1,7; 60 4,0", "1,0 92\n1,7 80 %\n60 4,0"):
        assert read(text, PERCENT) == grades


def test_all_faults_are_told_together() -> None:
    with pytest.raises(GradeFaultsError) as refused:
        read("good\n101 A\n60 B\n60 C", PERCENT)
    assert [sentence[:12] for sentence in refused.value.sentences] == ["'good' is no", "101 is not a", "Two grades b"]


def test_a_score_gets_the_highest_grade_that_it_reaches() -> None:
    grades = read("90 1, 75 2, 60 sehr gut", PERCENT)
    scores = (100, 90, 89, 75, 60, 59, 0, None)
    assert [grade_of(score, grades) for score in scores] == ["1", "1", "2", "2", "sehr gut", "", "", ""]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A", "'A' is no grade"),
        ("101 A", "101 is not a score of this exam: from 0 to 100."),
        ("90 A, 90 B", "Two grades begin at 90"),
        ("90 " + "x" * 21, "too long"),
        (",".join(f"{n} g{n}" for n in range(21)), "at most 20 grades"),
    ],
)
def test_faulty_grades_are_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(text, PERCENT)
