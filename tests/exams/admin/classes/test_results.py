"""Test the results of a class in the admin: the table, the files, the questions, one paper, and who may see them."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from exams.admin.classes import results as results_page
from exams.models import Attempt, KeyRuling, Response, Sitting
from exams.services.attempt import ending, papers
from exams.services.results import rescoring, rulings
from questions.models import User
from tests import authoring, factories
from tests.factories import NOW
from tests.html_forms import text

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
PAGES = ("results", "results_csv", "results_xlsx", "result_questions", "questions_csv")


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW + 20 * MINUTE, tick=False) as traveller:
        yield traveller


def sat(sitting: Sitting, name: str, right: int) -> Attempt:
    attempt = factories.class_attempt(sitting, name)
    factories.tick(attempt, right)
    attempt.responses.update(seconds=75)
    ending.finish(attempt, NOW + 12 * MINUTE)
    return factories.scored(attempt, NOW + 12 * MINUTE)


@pytest.fixture
def sitting(ines: User) -> Sitting:
    """Ana has all right, Ben two, Cleo is writing, Dan has joined."""
    sitting = factories.sitting(owner=ines)
    sat(sitting, "Ana", 4)
    sat(sitting, "Ben", 2)
    factories.class_attempt(sitting, "Cleo")
    factories.joined(sitting, "Dan")
    return sitting


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:exams_sitting_{name}", args=args)


@pytest.mark.slow
def test_the_table_has_name_score_pass_domains_time_and_attempt(desk: Client, sitting: Sitting) -> None:
    words = text(desk.get(url("results", sitting.pk)))
    assert "2 exams are scored, 1 passed." in words
    assert "Ana 1000 passed 4 of 4 100% 100% 12 min 1" in words
    assert "Cleo – running – – – – 1" in words
    assert "Dan – not started – – – – –" in words
    assert "Score Exams 100–199 0" in words
    downwards = text(desk.get(url("results", sitting.pk), {"sort": "score"}))
    assert downwards.index("Ben ") < downwards.index("Ana ")
    assert 'aria-sort="ascending"' in desk.get(url("results", sitting.pk), {"sort": "score"}).content.decode()


@pytest.mark.slow
@pytest.mark.parametrize("number", ["9" * 5000, "²", "٣", "-1", ""])
def test_an_order_by_an_exam_domain_that_no_exam_has_is_the_order_by_name(
    desk: Client, sitting: Sitting, number: str
) -> None:
    by_name = text(desk.get(url("results", sitting.pk)))
    for order in (f"d{number}", f"-d{number}"):
        words = text(desk.get(url("results", sitting.pk), {"sort": order}))
        assert words.index("Ana ") < words.index("Ben ") < words.index("Cleo ")
        assert words.count("Ana ") == by_name.count("Ana ")


@pytest.mark.slow
def test_a_hundred_rows_are_on_a_page_in_the_order_of_all(
    desk: Client, sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert results_page.ROWS_ON_A_PAGE == 100
    monkeypatch.setattr(results_page, "ROWS_ON_A_PAGE", 3)
    first = desk.get(url("results", sitting.pk), {"sort": "-score"})
    assert "2 exams are scored, 1 passed." in text(first)
    assert "1–3 of 4" in text(first)
    assert "Dan not" not in text(first)
    assert 'href="?sort=-score&amp;page=2"' in first.text
    second = text(desk.get(url("results", sitting.pk), {"sort": "-score", "page": "2"}))
    assert "Dan – not started" in second
    assert "Ana" not in second
    assert "2 exams are scored, 1 passed." in second, "the figures are those of all"


def test_a_class_without_results_has_pages_too(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    assert "Nobody has joined yet." in text(desk.get(url("results", sitting.pk)))
    assert "Nobody has handed in yet." in text(desk.get(url("result_questions", sitting.pk)))


@pytest.mark.slow
def test_the_files_are_downloads(desk: Client, sitting: Sitting) -> None:
    for extension in ("csv", "xlsx"):
        answer = desk.get(url(f"results_{extension}", sitting.pk))
        assert answer["Content-Disposition"] == f'attachment; filename="results-{sitting.code}.{extension}"'
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet["A"]] == ["name", "Ana", "Ben", "Cleo", "Dan"]


@pytest.mark.slow
def test_the_questions_show_who_chose_what(desk: Client, sitting: Sitting) -> None:
    page = desk.get(url("result_questions", sitting.pk))
    orders = re.findall(r"/dispute/\d+/\?order=(\w+)\"", page.text)
    shown = Response.objects.filter(attempt__candidate__participations__name="Ana").order_by("position")
    assert orders == list(shown.values_list("order", flat=True)), "a dispute has the letters of the paper too"
    words = text(page)
    assert "100% right, 2 of 2" in words
    assert "50% right, 1 of 2" in words
    assert re.search("1 person chose [A-E] Ben", words)
    assert "Cleo" not in words


def test_the_statistics_of_the_questions_stand_above_them_and_are_sorted(desk: Client, sitting: Sitting) -> None:
    page = desk.get(url("result_questions", sitting.pk), {"sort": "right"})
    table = page.context["table"]
    assert [row.percent for row in table.rows] == [50, 50, 100, 100, 100]
    assert 'aria-sort="ascending"' in page.text
    assert page.text.index("<table") < page.text.index("<article")
    downwards = desk.get(url("result_questions", sitting.pk), {"sort": "-right"}).context["table"]
    assert [row.percent for row in downwards.rows] == [100, 100, 100, 50, 50]
    by_place = desk.get(url("result_questions", sitting.pk), {"sort": "no such column"}).context["table"]
    assert [row.place for row in by_place.rows] == [1, 2, 3, 4, 5]
    assert {row.points for row in by_place.rows} == {"1.00 / 1", "0.50 / 1"}
    assert all(f'id="question-{row.question}"' in page.text for row in table.rows), "each row leads to its question"
    assert all(row.stem and page.text.count(f'stem-start">{row.stem}<') for row in table.rows), "and says how it begins"


def test_the_statistics_of_the_questions_of_a_class_are_a_csv(desk: Client, sitting: Sitting) -> None:
    assert url("questions_csv", sitting.pk) in desk.get(url("results", sitting.pk)).text
    answer = desk.get(url("questions_csv", sitting.pk))
    assert answer["Content-Disposition"] == f'attachment; filename="questions-{sitting.code}.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    names = ["position", "question", "n", "p", "discrimination", "low", "high", "earned", "worth"]
    assert head == [*names, "answered", "left_open"]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert sorted(row[3] for row in rows) == ["0.5000", "0.5000", "1.0000", "1.0000", "1.0000"]
    assert {row[2] for row in rows} == {"2"}
    assert {row[8] for row in rows} == {"1.00"}
    assert {tuple(row[9:]) for row in rows} == {("2", "0")}


def test_who_left_a_question_open_has_not_answered_it(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    for name, right in (("Ana", 4), ("Ben", None), ("Cleo", None)):
        attempt = factories.class_attempt(sitting, name)
        if right is not None:
            factories.tick(attempt, right)
        ending.finish(attempt, NOW + timedelta(minutes=1))
    page = desk.get(url("result_questions", sitting.pk), {"sort": "-open"})
    assert {(row.answered, row.left_open, row.percent) for row in page.context["table"].rows} == {(1, 2, 33)}
    assert "33% right, 1 of 3" in text(page)
    assert "among all who handed in: left open counts as wrong" in text(page)
    _head, *rows = csv.reader(io.StringIO(desk.get(url("questions_csv", sitting.pk)).content.decode("utf-8-sig")))
    assert {(row[2], *row[9:]) for row in rows} == {("3", "1", "2")}


@pytest.mark.slow
def test_the_paper_of_one_person_has_her_name_selection_and_times(desk: Client, sitting: Sitting) -> None:
    attempt = Attempt.objects.get(candidate__participations__name="Ana")
    words = text(desk.get(url("result_paper", sitting.pk, attempt.pk)))
    assert "12 min, 1000 , 4 of 4 questions right, passed" in words
    assert "1 min 15 s" in words
    assert "Correct, selected" in words
    assert "Finished by the candidate" in words
    running = text(desk.get(url("result_paper", sitting.pk, Attempt.objects.get(status="open").pk)))
    assert "The exam is running" in running
    assert "Correct" not in running
    other = factories.class_attempt(factories.sitting(owner=sitting.owner), "Zoe")
    assert desk.get(url("result_paper", sitting.pk, other.pk)).status_code == 404


@pytest.mark.slow
def test_instructors_see_their_own_results_and_administrators_all(desk: Client) -> None:
    other = factories.sitting(owner=authoring.account("ivan", "Instructor"))
    attempt = sat(other, "Ana", 4)
    paths = [*(url(name, other.pk) for name in PAGES), url("result_paper", other.pk, attempt.pk)]
    administrator, author = Client(), Client()
    administrator.force_login(authoring.account("ada", "Administrator"))
    author.force_login(authoring.account("axel", "Author"))
    for path in paths:
        assert desk.get(path).status_code == 404
        assert administrator.get(path).status_code == 200
        assert author.get(path).status_code == 403


@pytest.mark.slow
def test_the_table_takes_the_same_queries_for_one_row_and_three(
    desk: Client, ines: User, django_assert_num_queries: Any
) -> None:
    sitting = factories.sitting(owner=ines)
    for names in (["Ana"], ["Ben", "Cleo"]):
        for name in names:
            sat(sitting, name, 2)
        desk.get(url("results", sitting.pk))
        with django_assert_num_queries(11):
            desk.get(url("results", sitting.pk))


def test_a_second_answer_that_a_ruling_accepts_is_told_with_the_scores_it_changed(desk: Client, ines: User) -> None:
    sitting = factories.sitting(factories.one_form_blueprint("FIXED"), owner=ines)
    question = next(row for row in papers.questions(sitting.form) if row.revision.choose == 1 and row.scored)
    bits = [option.bit for option in question.options]
    other = next(bit for bit in bits if 1 << bit != question.revision.key)
    ana = factories.class_attempt(sitting, "Ana")
    factories.tick(ana, 5)
    ana.responses.filter(revision=question.revision).update(ticked=1 << other, correct=False)
    ending.finish(ana, NOW + 12 * MINUTE)
    before = factories.scored(ana, NOW + 12 * MINUTE).report
    sat(sitting, "Ben", 10)
    key = "ABCDE"[bits.index(question.revision.key.bit_length() - 1)]
    place = question.position
    asked = text(desk.get(url("result_questions", sitting.pk)))
    assert f"Key: {key} " in asked.split(f"Question {place}, ")[1].split("Question ")[0]
    ruling = rulings.rule(
        question.revision, KeyRuling.Kind.ACCEPT, 1 << other, reason="Both hold.", by=ines, now=NOW + 15 * MINUTE
    )
    for _step in rescoring.steps(ruling, lambda: NOW + 15 * MINUTE):
        pass
    asked = text(desk.get(url("result_questions", sitting.pk)))
    either = " or ".join(sorted((key, "ABCDE"[bits.index(other)])))
    of_question = asked.split(f"Question {place}, ")[1].split("Question ")[0]
    assert f"Key: {either} " in of_question
    assert of_question.count("In an accepted answer") == 2
    words = text(desk.get(url("results", sitting.pk)))
    assert before
    after = Attempt.objects.get(pk=ana.pk).report
    assert after
    assert after.scaled > before.scaled
    assert f"Ana {after.scaled} {before.scaled} before a ruling" in words
    assert words.count("before a ruling") == 1, "the ruling changed nothing for Ben"
