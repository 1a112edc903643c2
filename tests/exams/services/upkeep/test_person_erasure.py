"""Test that a person is erased at once: account, candidate and guest, with anonymous answers left."""

import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.utils import timezone

from exams.models import Allowance, Attempt, AttemptEvent, Candidate, Note
from exams.services.attempt import ending, extra_time, seats
from exams.services.attempt.answering import Sitter
from exams.services.classes import joining
from exams.services.people import candidates
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import audit, question_reports
from exams.services.upkeep.person_erasure import HasRoleError, erase_person
from questions.models import QuestionReport, User
from tests import authoring, factories
from tests.factories import NOW, handed_in, scored

pytestmark = pytest.mark.django_db


def erased(*rows: Candidate) -> bool:
    return all(Candidate.objects.get(pk=row.pk).erased_at == NOW for row in rows)


def test_the_account_goes_and_scores_answers_and_report_texts_stay_without_the_name() -> None:
    user = factories.user()
    candidate = factories.candidate(user)
    attempt = scored(handed_in(3, candidate))
    Note.objects.create(attempt=attempt, position=1, text="my sister's wedding")
    question_reports.send(attempt, 1, "C is right.", NOW)
    extra_time.set_standing_extra_time(candidate, 25, 0)
    erase_person(user, [candidate], NOW)
    assert not User.objects.exists()
    assert erased(candidate)
    row = Candidate.objects.get()
    assert (row.user, row.extra_percent, candidates.name(row)) == (None, 0, "Erased candidate")
    assert row.uuid != candidate.uuid
    assert QuestionReport.objects.get().candidate_uuid == row.uuid
    assert not Note.objects.exists()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.responses.count()) == ("scored", 5)


def test_a_running_exam_ends_without_a_score_and_open_practice_ends() -> None:
    guest, blueprint = factories.candidate(), factories.small_blueprint(exams=2)
    exam = factories.attempt(guest, blueprint)
    shown = set(exam.responses.values_list("revision__question", flat=True))
    questions = [question for question in practice_pool(blueprint).items if question not in shown][:2]
    quiz = practice.start(guest, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW).attempt
    erase_person(None, [guest], NOW + timedelta(minutes=5))
    for attempt, status in ((exam, "abandoned"), (quiz, "submitted")):
        attempt.refresh_from_db()
        assert attempt.status == status
    assert list(audit.differences(NOW + timedelta(minutes=5))) == []


def test_the_guest_beside_the_account_is_erased_with_it() -> None:
    user = factories.user()
    candidate, guest = factories.candidate(user), factories.candidate()
    code = candidates.guest_code(guest)
    erase_person(user, [candidate, guest], NOW)
    assert erased(candidate, guest)
    assert candidates.find_by_guest_code(code) is None


def test_the_reason_for_extra_time_is_erased_and_the_minutes_stay() -> None:
    staff, guest = factories.user("staff"), factories.candidate()
    attempt = factories.attempt(guest)
    extra_time.grant(attempt, 30, "Broken arm", staff, NOW)
    erase_person(None, [guest], NOW)
    allowance = attempt.allowances.get()
    assert (allowance.minutes, allowance.reason) == (30, "")
    assert AttemptEvent.objects.get(kind="allowance").data == {"minutes": 30}
    assert list(audit.differences(NOW)) == []


def test_the_reason_that_the_server_wrote_stays() -> None:
    guest = factories.candidate()
    attempt = factories.attempt(guest)
    extra_time.record_wait(attempt, 3, NOW)
    erase_person(None, [guest], NOW)
    assert attempt.allowances.get().reason == Allowance.PUT_OFF
    assert AttemptEvent.objects.get(kind="allowance").data == {"minutes": 3, "reason": Allowance.PUT_OFF}


def test_the_log_of_the_admin_forgets_the_name() -> None:
    staff, user = factories.user("staff"), factories.user("alice")
    LogEntry.objects.log_actions(staff.pk, [user], CHANGE, change_message="Name Alice", single_object=True)
    erase_person(user, [], NOW)
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == ("Erased account", "")


def test_an_account_with_a_role_is_refused_and_nothing_changes() -> None:
    author = authoring.account("author", "Author")
    candidate = factories.candidate(author)
    with pytest.raises(HasRoleError):
        erase_person(author, [candidate], NOW)
    assert Candidate.objects.get().erased_at is None
    with pytest.raises(CommandError, match="Remove its roles"):
        call_command("erase_person", "author")


def test_an_account_deleted_in_the_admin_is_erased_too() -> None:
    user = factories.user()
    attempt = factories.attempt(factories.candidate(user), now=timezone.now())
    Note.objects.create(attempt=attempt, position=0, text="my notes")
    user.delete()
    assert Candidate.objects.get().erased_at
    assert not Note.objects.exists()
    assert Attempt.objects.get().status == "abandoned"


class TestTheCommand:
    def run(self, person: str) -> str:
        out = io.StringIO()
        call_command("erase_person", person, stdout=out)
        return out.getvalue()

    def test_it_takes_the_name_of_an_account(self) -> None:
        factories.candidate(factories.user("alice"))
        assert self.run("Alice") == "Erased: the account alice. The answers are kept.\n"
        assert not User.objects.exists()
        assert Candidate.objects.get().erased_at

    def test_it_takes_an_account_that_never_started_anything(self) -> None:
        factories.user("alice")
        self.run("alice")
        assert not User.objects.exists()

    def test_it_takes_a_guest_code(self) -> None:
        guest = factories.attempt().candidate
        ending.finish(guest.attempts.get(), NOW + timedelta(minutes=1))
        assert self.run(candidates.guest_code(guest).lower()) == "Erased: the guest. The answers are kept.\n"
        assert Candidate.objects.get().erased_at

    def test_an_unknown_person_is_reported(self) -> None:
        with pytest.raises(CommandError, match="There is no account with the name bob, and no guest with this code"):
            call_command("erase_person", "bob")


def test_the_addresses_of_browsers_in_a_class_are_deleted_and_the_log_stays() -> None:
    participant = factories.joined(factories.sitting(factories.small_blueprint()))
    attempt = joining.start(participant, NOW, seat="first", address="192.0.2.x").attempt
    guest = attempt.candidate
    seats.take_over(attempt.uuid, Sitter(guest.pk, guest.epoch, seat="second"), NOW, "198.51.100.x")
    assert AttemptEvent.objects.filter(data__has_key="address").count() == 2
    erase_person(None, [guest], NOW + timedelta(minutes=5))
    assert not AttemptEvent.objects.filter(data__has_key="address").exists()
    assert [event.kind for event in attempt.events.all()] == ["started", "taken_over", "abandoned"]
    assert attempt.events.get(kind="started").data["minutes"] == attempt.form.blueprint.exam.minutes
