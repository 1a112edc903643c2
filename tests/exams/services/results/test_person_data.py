"""Test the ZIP with everything about a person, and that it shows no key that a page would not show."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries

from exams import disclosure
from exams.models import Attempt, Candidate, Note, RepetitionCard, Response, Star, TopicMark
from exams.services.attempt import ending, seats
from exams.services.attempt.answering import Sitter
from exams.services.classes import joining
from exams.services.people import candidates
from exams.services.practice import flash_cards, practice, reminders, repetition, study_marks
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import question_reports
from exams.services.results.person_data import WORK, Person, write_person
from questions.models import History, Question, QuestionReport, Topic, User
from tests import factories
from tests.factories import NOW, handed_in, scored

pytestmark = pytest.mark.django_db
FILES = ["README.txt", "person.json", "attempts.json", "attempts.csv", "answers.csv"]


class Files:
    """The files of a ZIP, as their reader gets them."""

    def __init__(self, data: bytes | Path) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)

    def text(self, name: str) -> str:
        return self.archive.read(name).decode("utf-8-sig")

    def json(self, name: str) -> Any:
        return json.loads(self.text(name))

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(name))))


def exported(candidate: Candidate, user: User | None = None) -> Files:
    buffer = io.BytesIO()
    is_disclosed = disclosure.for_candidates([candidate.pk])
    write_person(buffer, Person(user, [candidate]), is_disclosed, repetition.disclosed_cards, NOW)
    return Files(buffer.getvalue())


def test_it_has_the_account_the_marks_and_the_reports() -> None:
    user = factories.user(email="alice@example.org", display_name="Alice Liddell")
    candidate = factories.candidate(user)
    Candidate.objects.filter(pk=candidate.pk).update(preferences={"size": 2})
    study_marks.set_goal(candidate, "TINY", NOW.date(), 20)
    attempt = handed_in(2, candidate)
    question = Question.objects.all()[0]
    Star.objects.create(candidate=candidate, question=question, created_at=NOW)
    TopicMark.objects.create(candidate=candidate, topic=Topic.objects.all()[0], done_at=NOW)
    RepetitionCard.objects.create(candidate=candidate, question=question, due=NOW, stability=2.5)
    flash_cards.rate(candidate, "TINY", ("term", "Recall"), 4, "", NOW)
    question_reports.send(attempt, 1, "C is right.", NOW)
    reminders.start_feed(candidate, "Europe/Berlin")
    candidate.refresh_from_db()
    person = exported(candidate, user).json("person.json")
    account, (row,) = person["account"], person["candidates"]
    assert (account["name"], account["display_name"], account["email"]) == (
        "alice",
        "Alice Liddell",
        "alice@example.org",
    )
    assert (row["target_dates"], row["daily_questions"]) == ({"TINY": "2026-04-01"}, {"TINY": 20})
    assert row["preferences"] == {"size": 2}
    assert row["stars"] == [{"question": question.code, "at": "2026-04-01T09:00:00Z"}]
    assert row["topic_marks"][0]["done"] == "2026-04-01T09:00:00Z"
    assert (row["repetition_cards"][0]["stability"], row["repetition_cards"][0]["state"]) == (2.5, "learning")
    assert (row["flash_cards"][0]["name"], row["flash_cards"][0]["state"]) == ("Recall", "review")
    assert (row["reminders"][0]["zone"], row["reminders"][0]["hour"]) == ("Europe/Berlin", 18)
    assert row["reports"][0]["text"] == "C is right."
    assert "password" not in json.dumps(person)


def test_a_report_during_an_exam_tells_neither_the_code_of_the_question_nor_what_staff_said() -> None:
    candidate = factories.candidate()
    attempt = factories.attempt(candidate, factories.small_blueprint())
    question_reports.send(attempt, 1, "C is right.", NOW)
    QuestionReport.objects.update(outcome="No, B is.")
    with time_machine.travel(NOW, tick=False):
        (row,) = exported(candidate).json("person.json")["candidates"]
        assert [row["reports"][0][name] for name in ("text", "question", "outcome")] == ["C is right.", None, None]
        ending.finish(attempt, NOW)
        (row,) = exported(candidate).json("person.json")["candidates"]
    code = attempt.responses.get(position=1).revision.question.code
    assert [row["reports"][0][name] for name in ("question", "outcome")] == [code, "No, B is."]


def references_to(*models: type[Model]) -> set[tuple[str, str]]:
    """Return each foreign key to one of these tables, as table and column."""
    return {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model in models
    }


def test_every_table_with_a_reference_to_a_person_is_in_the_files() -> None:
    of_account = {(table._meta.label, column) for _name, table, column, _columns in WORK}
    of_account |= {("exams.Candidate", "user"), ("account.EmailAddress", "user"), ("mfa.Authenticator", "user")}
    of_candidate = {("exams.Attempt", "candidate"), ("exams.Star", "candidate"), ("exams.TopicMark", "candidate")}
    of_candidate |= {
        (f"exams.{name}", "candidate")
        for name in ("RepetitionCard", "FlashCard", "StudyGoal", "Participant", "Reminders")
    }
    of_attempt = {(f"exams.{name}", "attempt") for name in ("Response", "Note", "Allowance", "AttemptEvent")}
    of_attempt |= {("exams.ScoreReport", "attempt")}
    the_file_itself = {("exams.DataFile", column) for column in ("candidate", "user", "beside")}
    assert references_to(User) - the_file_itself == of_account
    assert references_to(Candidate) - the_file_itself == of_candidate
    assert references_to(Attempt) == of_attempt


def test_it_has_the_work_of_staff_and_all_addresses() -> None:
    user, blueprint = factories.user(), factories.small_blueprint()
    question = Question.objects.order_by("pk")[0]
    Question.objects.filter(pk=question.pk).update(author=user)
    History.objects.create(question=question, at=NOW, by=user, action="approved")
    EmailAddress.objects.create(user=user, email="alice@example.org", verified=True, primary=True)
    account = exported(factories.attempt(blueprint=blueprint).candidate, user).json("person.json")["account"]
    assert account["work"] == {
        "questions": [{"code": question.code}],
        "history": [{"question__code": question.code, "at": "2026-04-01T09:00:00Z", "action": "approved"}],
    }
    assert account["email_addresses"] == [{"email": "alice@example.org", "verified": True, "primary": True}]


def test_it_says_which_second_factors_there_are_without_their_secrets() -> None:
    user = factories.user()
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DP"}, created_at=NOW)
    person = exported(factories.candidate(user), user).text("person.json")
    assert json.loads(person)["account"]["second_factors"] == [
        {"type": "totp", "created_at": "2026-04-01T09:00:00Z", "last_used_at": None}
    ]
    assert "JBSWY3DP" not in person


def test_repetition_cards_are_as_the_last_answer_makes_them_and_tell_nothing_of_an_open_exam() -> None:
    attempt = handed_in(2)
    candidate = attempt.candidate
    attempt.responses.update(first_shown=NOW)
    missed = attempt.responses.filter(correct=False).values_list("revision__question__code", flat=True)
    (row,) = exported(candidate).json("person.json")["candidates"]
    assert {card["question"] for card in row["repetition_cards"]} == set(missed) != set()
    assert all(card["due"] > "2026-04-01" for card in row["repetition_cards"])
    assert not RepetitionCard.objects.exists()  # nothing is written
    factories.attempt(candidate, now=NOW)  # the bank has enough for one exam, so that it repeats some
    (row,) = exported(candidate).json("person.json")["candidates"]
    assert not {card["question"] for card in row["repetition_cards"]} & set(
        candidate.attempts.get(status="open").responses.values_list("revision__question__code", flat=True)
    )


def test_it_has_the_short_addresses_of_browsers_in_a_class_which_no_other_file_has() -> None:
    participant = factories.joined(factories.sitting(factories.small_blueprint()))
    attempt = joining.start(participant, NOW, seat="first", address="192.0.2.x").attempt
    candidate = attempt.candidate
    seats.take_over(attempt.uuid, Sitter(candidate.pk, candidate.epoch, seat="second"), NOW, "198.51.100.x")
    files = exported(candidate)
    (row,) = files.json("person.json")["candidates"]
    assert [(browser["attempt"], browser["kind"], browser["address"]) for browser in row["browsers"]] == [
        (str(attempt.uuid), "started", "192.0.2.x"),
        (str(attempt.uuid), "taken_over", "198.51.100.x"),
    ]
    assert "192.0.2" not in files.text("attempts.json"), "exports of attempts are passed on"


def test_each_attempt_is_there_as_json_and_as_tables() -> None:
    attempt = handed_in(3)
    Note.objects.create(attempt=attempt, position=1, text='=HYPERLINK("http://x")')
    Note.objects.create(attempt=attempt, position=0, text="scratch")
    Response.objects.filter(attempt=attempt, position=2).update(confidence=1)
    second = attempt.responses.get(position=3)
    Response.objects.filter(pk=second.pk).update(also=second.full ^ second.key, credited=True)
    files = exported(scored(attempt).candidate)
    assert files.archive.namelist() == FILES
    (one,) = files.json("attempts.json")
    assert (one["attempt"], len(one["slots"])) == (str(attempt.uuid), 5)
    (row,) = files.rows("attempts.csv")
    assert row["score"] == str(one["score"]["scaled"])
    assert (row["exam"], row["passed"], row["scratchpad"]) == ("TINY", "true", "scratch")
    answers = files.rows("answers.csv")
    assert [answer["correct"] for answer in answers] == [str(slot["correct"]).lower() for slot in one["slots"]]
    assert answers[0]["notes"] == '\'=HYPERLINK("http://x")'  # no formula in a spreadsheet
    assert answers[1]["confidence"] == "guess"
    assert answers[0]["key"] == letters(one["slots"][0], "key")
    assert (answers[0]["also"], answers[0]["credited"]) == ("", "false")
    assert answers[2]["also"] == letters(one["slots"][2], "also") != ""
    assert (answers[2]["credited"], answers[2]["correct"]) == ("true", "true")


def letters(slot: Any, name: str) -> str:
    """Return the letters that the page showed for the options of a slot."""
    return " ".join(sorted("ABCDEF"[slot["order"].index(code)] for code in slot[name]))


def test_a_running_exam_has_the_answers_and_no_key() -> None:
    attempt = factories.attempt()
    response = attempt.responses.get(position=1)
    Response.objects.filter(pk=response.pk).update(ticked=1 << response.bits[2], struck=1 << response.bits[0])
    files = exported(attempt.candidate)
    (one,) = files.json("attempts.json")
    slot = one["slots"][0]
    assert (slot["response"], slot["struck"]) == (["C"], ["A"])
    for field in ("key", "correct", "order", "question", "scored", "rating"):
        assert field not in slot
    row = files.rows("answers.csv")[0]
    assert (row["response"], row["key"], row["correct"], row["question"]) == ("C", "", "", "")


def test_a_question_of_a_running_exam_has_no_key_in_an_earlier_exam() -> None:
    blueprint = factories.small_blueprint()
    candidate = factories.candidate()
    for hour in (0, 1):
        handed_in(4, candidate, blueprint, now=NOW + timedelta(hours=hour))
    running = factories.attempt(candidate, blueprint, now=NOW + timedelta(hours=2))
    asked = set(running.responses.values_list("revision__question__code", flat=True))
    first, second, _running = exported(candidate).json("attempts.json")
    shown = {slot["question"] for slot in (*first["slots"], *second["slots"]) if "key" in slot}
    assert asked.isdisjoint(shown)
    assert 0 < len(shown) < 10


def test_practice_shows_what_was_revealed_and_an_ended_exam_what_was_shown() -> None:
    candidate, blueprint = factories.candidate(), factories.small_blueprint(exams=3)
    questions = list(practice_pool(blueprint).items)[:3]
    quiz = practice.start(candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW).attempt
    quiz.responses.filter(position=2).update(revealed_at=NOW, first_shown=NOW)
    exam = factories.attempt(candidate, blueprint)
    exam.responses.filter(position=1).update(first_shown=NOW)
    ending.abandon(exam, NOW)
    for one in exported(candidate).json("attempts.json"):
        keys = [slot["position"] for slot in one["slots"] if "key" in slot]
        assert keys == ([2] if one["mode"] == "practice" else [1])


@pytest.mark.parametrize("exams", [1, 3])
def test_the_number_of_queries_is_constant(exams: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    candidate, blueprint = factories.candidate(), factories.small_blueprint(exams=exams)
    for _ in range(exams):
        scored(handed_in(4, candidate, blueprint))
    is_disclosed = disclosure.for_candidates([candidate.pk])
    # Seven for the cards and their questions, stars, marks, classes, reports; attempts, disclosed, and five to six for
    # their content; the end of the attempts.
    with django_assert_num_queries(26):
        write_person(io.BytesIO(), Person(None, [candidate]), is_disclosed, repetition.disclosed_cards, NOW)


class TestTheCommand:
    def test_it_writes_the_file_of_an_account(self, tmp_path: Path) -> None:
        handed_in(1, factories.candidate(factories.user("alice")))
        out = io.StringIO()
        call_command("export_person", "alice", str(tmp_path / "alice.zip"), stdout=out)
        assert out.getvalue() == "Exams and practice written: 1.\n"
        files = Files(tmp_path / "alice.zip")
        assert files.json("person.json")["account"]["name"] == "alice"
        assert [path.name for path in tmp_path.iterdir()] == ["alice.zip"]

    def test_it_writes_the_file_of_a_guest_code(self, tmp_path: Path) -> None:
        guest = handed_in(1).candidate
        call_command("export_person", candidates.guest_code(guest), str(tmp_path / "guest.zip"), stdout=io.StringIO())
        files = Files(tmp_path / "guest.zip")
        assert files.json("person.json")["account"] is None
        assert len(files.json("attempts.json")) == Attempt.objects.count() == 1

    def test_an_unknown_person_and_an_impossible_place_are_reported(self, tmp_path: Path) -> None:
        factories.user("alice")
        with pytest.raises(CommandError, match="There is no account with the name bob"):
            call_command("export_person", "bob", str(tmp_path / "bob.zip"))
        with pytest.raises(CommandError, match="could not be written: No such file or directory"):
            call_command("export_person", "alice", str(tmp_path / "missing" / "alice.zip"))
        assert list(tmp_path.iterdir()) == []
