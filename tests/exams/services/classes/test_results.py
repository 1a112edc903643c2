"""Test the results of a sitting: a row for each attempt, the orders, the distribution, and the files."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook

from exams.models import Attempt, ScoreReport, Sitting
from exams.services.attempt import ending, papers
from exams.services.classes import board, joining, participants, results, results_files, rosters
from exams.services.classes.rosters import Person
from exams.services.results import scoring
from exams.services.upkeep import person_erasure
from questions.content.schema import LETTERS
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LAST = ["right", "questions", "earned", "possible", "needed", "email", "grade", "q1", "q2", "q3", "q4", "q5", "account"]
HEAD = ["name", "attempt", "status", "started", "submitted", "score", "passed", "First things", "Second things", *LAST]


def sat(sitting: Sitting, name: str, right: int, minutes: int = 10) -> Attempt:
    """Return a scored exam with `right` of four scored questions."""
    attempt = factories.class_attempt(sitting, name)
    factories.tick(attempt, right)
    ending.finish(attempt, NOW + minutes * MINUTE)
    return factories.scored(attempt, NOW + minutes * MINUTE)


@pytest.fixture
def sitting() -> Sitting:
    """Ana has all right, ben two, =Cleo is writing, and Dan has joined."""
    sitting = factories.sitting()
    sat(sitting, "Ana", 4, 12)
    sat(sitting, "ben", 2)
    factories.class_attempt(sitting, "=Cleo")
    factories.joined(sitting, "Dan")
    return sitting


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_each_attempt_is_a_row_and_each_participant_without_one(sitting: Sitting) -> None:
    rows = results.results(sitting)
    assert [(row.name, row.status) for row in rows] == [
        ("=Cleo", "open"), ("Ana", "scored"), ("ben", "scored"), ("Dan", "not started"),
    ]  # fmt: skip
    ana, ben = rows[1:3]
    assert ana.attempt
    assert ana.attempt.report
    assert (ana.score, ana.passed, ana.time, ana.percents) == (1000, True, 12 * MINUTE, {1: 100, 2: 100})
    assert sum(percent or 0 for percent in ben.percents.values()) == 100  # two of two times two
    assert (rows[0].score, rows[0].time, rows[3].attempt) == (None, None, None)


def test_the_order_is_that_of_a_column_and_empty_cells_come_last(sitting: Sitting) -> None:
    rows = results.results(sitting)

    def names(order: str) -> list[str]:
        return [row.name for row in results.in_order(rows, order)]

    assert names("-score") == ["Ana", "ben", "=Cleo", "Dan"]
    assert names("score")[:2] == ["ben", "Ana"]
    assert names("time")[:2] == ["ben", "Ana"]
    assert names("-name")[0] == "Dan"
    assert names("-d2")[0] == "Ana"
    assert names("passed")[0] == "ben"
    assert names("attempt")[3] == "Dan"
    for unknown in ("d99", "d", "-", "x", ""):
        assert sorted(names(unknown)) == sorted(row.name for row in rows)


def test_the_distribution_covers_the_scale_and_counts_each_score(sitting: Sitting) -> None:
    bins = results.distribution(results.results(sitting), sitting)
    assert (bins[0].low, bins[0].high, bins[-1].low, bins[-1].high, len(bins)) == (100, 199, 900, 1000, 9)
    assert bins[-1].n == 1
    assert sum(bin.n for bin in bins) == 2
    assert results.distribution([], sitting) == []


def test_the_files_have_the_columns_of_the_contract_and_no_formulas(sitting: Sitting) -> None:
    rows = table(results_files.csv_for_programs(sitting))
    assert rows[0] == HEAD
    assert rows[1] == ["'=Cleo", "1", "open", "2026-04-01T09:00:00Z", *[""] * 18]
    assert rows[2][:16] == [
        "Ana", "1", "scored", "2026-04-01T09:00:00Z", "2026-04-01T09:12:00Z", "1000", "true", "100", "100",
        "4", "4", "", "", "", "", "",
    ]  # fmt: skip
    assert rows[4] == ["Dan", "", "not started", *[""] * 19]
    for_people = table(results_files.csv_for_people(sitting))
    assert for_people[2][3:5] == ["2026-04-01 09:00", "2026-04-01 09:12"]
    assert [row[:3] + row[5:] for row in for_people] == [row[:3] + row[5:] for row in rows]
    assert results_files.csv_for_people(sitting).startswith(b"\xef\xbb\xbf")

    sheet = load_workbook(io.BytesIO(results_files.xlsx(sitting))).active
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert cells[0] == HEAD
    assert cells[1][0] == "'=Cleo"
    assert cells[2][3:5] == [datetime(2026, 4, 1, 9, 0), datetime(2026, 4, 1, 9, 12)]  # noqa: DTZ001  (as in the sheet)
    assert cells[2][5:14] == [1000, True, 100, 100, 4, 4, None, None, None]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b", "d"}


def test_the_files_have_what_each_person_chose_with_the_letters_of_the_paper(sitting: Sitting) -> None:
    assert sitting.form
    keys = [
        "".join(LETTERS[index] for index, option in enumerate(question.options) if question.key.key >> option.bit & 1)
        for question in papers.questions(sitting.form)
        if question.scored
    ]
    head, _cleo, ana, ben, _dan = table(results_files.csv_for_programs(sitting))
    scored = [place for place, question in enumerate(papers.questions(sitting.form)) if question.scored]
    first = head.index("q1")
    assert [ana[first + place] for place in scored] == keys
    assert [ben[first + place] == key for place, key in zip(scored, keys, strict=True)].count(True) == 2


def test_grades_and_addresses_are_in_the_files() -> None:
    people = [Person("Ana", "ana@example.org"), Person("Ben")]
    roster = rosters.create(None, "7b", people)
    exam = factories.percent_blueprint(60, scored=4)
    sitting = factories.sitting(exam, who="roster", roster=roster, grades="75 pass, 60 enough")
    for person, right in zip(sitting.participants.all(), (3, 1), strict=True):
        participants.bind(person, candidate := factories.candidate(), NOW)
        attempt = factories.class_attempt(sitting, str(person), candidate)
        factories.tick(attempt, right)
        ending.finish(attempt, NOW + MINUTE)
        factories.scored(attempt, NOW + MINUTE)
    head, ana, ben = table(results_files.csv_for_programs(sitting))
    place = head.index("email")
    assert (ana[place : place + 2], ben[place : place + 2]) == (["ana@example.org", "pass"], ["", ""])


def test_the_files_name_the_account_of_each_row_whatever_name_it_was_joined_with() -> None:
    sitting, eve, bob = factories.sitting(), factories.user("eve"), factories.user("bob", display_name="Bob Miller")
    eve.display_name = "Bob Miller"
    for user in (eve, bob):
        factories.joined(sitting, joining.account_name(user), factories.candidate(user))
    factories.joined(sitting, "eve")  # a guest
    eve.display_name = ""
    eve.save()
    expected = [("Bob Miller", "eve"), ("Bob Miller (2)", "bob"), ("eve", "")]
    for data in (results_files.csv_for_programs(sitting), results_files.csv_for_people(sitting)):
        rows = table(data)
        assert rows[0][-1] == "account"
        assert {(row[0], row[-1]) for row in rows[1:]} == {*expected}
    cells = [*load_workbook(io.BytesIO(results_files.xlsx(sitting))).active.iter_rows(values_only=True)]
    assert cells[0][-1] == "account"
    assert {(row[0], row[-1] or "") for row in cells[1:]} == {*expected}


def test_the_best_or_the_last_attempt_of_each_person_counts(sitting: Sitting) -> None:
    rows = results.results(sitting)
    ana = next(row for row in rows if row.name == "Ana")
    assert ana.attempt
    again = Attempt(number=2, candidate_id=ana.attempt.candidate_id, report=ScoreReport(scaled=300, passed=False))
    rows.append(replace(ana, attempt=again))
    scores = {
        which: [row.score for row in results.counting(rows, which) if row.name == "Ana"]
        for which in (results.ALL, results.BEST, results.LAST)
    }
    assert scores == {"all": [1000, 300], "best": [1000], "last": [300]}
    assert len(results.counting(rows, results.BEST)) == 4, "who has not started stays"


def test_the_files_of_an_exam_in_percent_have_its_points_at_the_end() -> None:
    sitting = factories.sitting(factories.percent_blueprint(60, scored=4, points=(250,)))
    sat(sitting, "Ana", 3)
    (head, row) = table(results_files.csv_for_programs(sitting))
    assert dict(zip(head, row, strict=True))["score"] == "75"
    assert row[9:14] == ["3", "4", "7.50", "10.00", "6.00"]
    assert {row[7], row[8]} == {"100", "50"}, "percent of the points by exam domain"


def test_the_workbook_of_an_exam_in_percent_has_numbers_the_points_of_each_question_and_the_key() -> None:
    exam = factories.percent_blueprint(60, scored=10, points=(100, 150), partial=True, one_form=True)
    sitting = factories.sitting(exam, grades="100 1,0; 60 2.3; 20 x")
    attempt = factories.class_attempt(sitting, "Ana")
    factories.tick(attempt, 4)
    half = attempt.responses.filter(choose=2)[0]
    attempt.responses.filter(pk=half.pk).update(ticked=half.key & -half.key)
    ending.finish(attempt, NOW + MINUTE)
    factories.scored(attempt, NOW + MINUTE)
    sat(sitting, "Ben", 10)
    book = load_workbook(io.BytesIO(results_files.xlsx(sitting)))
    head, ana, ben = ([*row] for row in book["Results"].iter_rows(values_only=True))
    assert sitting.form
    worths = [slot["worth"] / 100 for slot in sitting.form.plan]
    of_ben = dict(zip(head, ben, strict=True))
    assert of_ben["possible"] == of_ben["earned"] == sum(worths)
    assert (of_ben["percent"], of_ben["grade"]) == (100, 1)
    assert [of_ben[f"q{n} points"] for n in range(1, 11)] == worths
    of_ana = dict(zip(head, ana, strict=True))
    report = Attempt.objects.get(pk=attempt.pk).report
    assert report
    assert of_ana["earned"] == report.earned / 100
    assert of_ana["percent"] == round(100 * report.earned / report.possible, 2)
    assert sum(of_ana[f"q{n} points"] for n in range(1, 11)) == of_ana["earned"]
    key = [[*row] for row in book["Key"].iter_rows(values_only=True)]
    assert key[0] == ["question", "code", "key", "points", "partial credit"]
    questions = papers.questions(sitting.form)
    assert [row[:4] for row in key[1:]] == [
        [f"q{n}", question.revision.question.code, question.key.in_words([o.bit for o in question.options]), worth]
        for n, (question, worth) in enumerate(zip(questions, worths, strict=True), 1)
    ]
    assert [row[2] for row in key[1:]] == [", ".join(of_ben[row[0]]) for row in key[1:]]


@pytest.mark.parametrize("character", ["\x07", "\ufffe", "\uffff"])
def test_a_name_with_characters_that_no_workbook_takes_is_written_without_them(character: str) -> None:
    sitting = factories.sitting()
    factories.joined(sitting, f"A{character}na")
    sheet = load_workbook(io.BytesIO(results_files.xlsx(sitting))).active
    assert sheet["A2"].value == "Ana"


def test_a_second_attempt_and_a_deleted_person(sitting: Sitting) -> None:
    board.allow_another_attempt(
        sitting.participants.get(name="Ana"), "Alarm", factories.user("ines"), NOW + 15 * MINUTE
    )
    joining.start(sitting.participants.select_related("candidate").get(name="Ana"), NOW + 20 * MINUTE)
    person_erasure.erase_candidates([sitting.participants.get(name="ben").candidate_id], NOW + 20 * MINUTE)
    rows = table(results_files.csv_for_programs(sitting))
    assert [row[:3] for row in rows[1:]] == [
        ["'=Cleo", "1", "open"],
        ["Ana", "1", "scored"],
        ["Ana", "2", "open"],
        ["Dan", "", "not started"],
        ["Deleted", "1", "scored"],
    ]


def test_people_are_sorted_by_their_last_names_and_those_deleted_come_last() -> None:
    sitting = factories.sitting()
    for name in ("Anna Zander", "Erika Gone", "Bert Ahlers"):
        factories.joined(sitting, name)
    person_erasure.erase_candidates([sitting.participants.get(name="Erika Gone").candidate_id], NOW)
    rows = results.results(sitting)
    assert [row.name for row in rows] == ["Bert Ahlers", "Anna Zander", "Deleted"]
    assert [row[0] for row in table(results_files.csv_for_people(sitting))[1:]] == [row.name for row in rows]


def test_an_exam_with_one_exam_domain_has_no_column_for_it() -> None:
    blueprint = factories.small_blueprint()
    Blueprint.objects.update(spec=blueprint.spec | {"exam_domains": [{"number": 1, "title": "All", "weight": 100}]})
    sitting = factories.sitting(Blueprint.objects.get())
    sat(sitting, "Ana", 4)
    assert [row[5:12] for row in table(results_files.csv_for_programs(sitting))] == [
        ["score", "passed", *LAST[:5]],
        ["1000", "true", "4", "4", "", "", ""],
    ]


def test_an_exam_that_is_not_scored_yet_has_no_score() -> None:
    sitting = factories.sitting()
    attempt = factories.class_attempt(sitting)
    ending.finish(attempt, NOW + MINUTE)
    assert [(row.status, row.score) for row in results.results(sitting)] == [("submitted", None)]
    scoring.score(attempt.pk, NOW + MINUTE)
    assert results.results(sitting)[0].score is not None
