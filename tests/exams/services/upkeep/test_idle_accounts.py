"""Test that idle accounts of candidates are told and erased, and never one that has or had a role."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core import mail

from exams.models import (
    Attempt,
    Candidate,
    Participant,
    Reminders,
    RepetitionCard,
    Roster,
    RosterEntry,
    Star,
    TopicMark,
)
from exams.services.practice import flash_cards
from mlsprep.settings import mailer
from questions.models import Job, Question, Topic, User
from questions.services import jobs
from tests import factories
from tests.factories import NOW
from tests.mail_server import MailServer
from tests.mail_server import running as mail_server_running

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 400 * DAY


@pytest.fixture(autouse=True)
def installation(settings: Any) -> None:
    settings.ACCOUNT_DAYS = 365
    settings.EMAIL_URL = "smtp://mail.example.org"


def account(name: str = "alice", *, confirmed: bool = False, **fields: Any) -> User:
    user = factories.user(name, date_joined=NOW, **fields)
    if confirmed:
        EmailAddress.objects.create(user=user, email=f"{name}@example.org", verified=True, primary=True)
    return user


def run(now: datetime) -> Job:
    """Do the work of a day."""
    done = jobs.run(jobs.request("idle_accounts", now=now).pk, lambda: now)
    assert done is not None
    assert done.error == ""
    return done


def names() -> list[str]:
    return sorted(User.objects.values_list("username", flat=True))


def test_an_account_without_an_address_is_erased_after_its_days_with_its_candidate() -> None:
    candidate = factories.candidate(account())
    run(NOW + 364 * DAY)
    assert names() == ["alice"]
    run(NOW + 365 * DAY)
    assert names() == []
    candidate.refresh_from_db()
    assert candidate.erased_at == NOW + 365 * DAY


def test_without_the_setting_nobody_is_told_or_erased(settings: Any) -> None:
    settings.ACCOUNT_DAYS = 0
    account(confirmed=True)
    run(LATER)
    assert (names(), mail.outbox) == (["alice"], [])


def test_a_confirmed_address_is_told_once_30_days_before() -> None:
    account(confirmed=True)
    run(NOW + 334 * DAY)
    assert mail.outbox == []
    for day in (335, 336, 364):
        run(NOW + day * DAY)
    (notice,) = mail.outbox
    assert notice.to == ["alice@example.org"]
    assert "'alice' for a long time. It will be deleted after" in notice.body
    assert names() == ["alice"]
    run(NOW + 365 * DAY)
    assert names() == []


def test_an_address_to_which_reminders_may_come_is_told_as_long_as_it_is_that_of_the_account() -> None:
    for name, email in (("alice", "alice@example.org"), ("ben", "new@example.org")):
        candidate = factories.candidate(account(name, email=email))
        Reminders.objects.create(candidate=candidate, email=f"{name}@example.org")
    run(LATER)
    assert [message.to for message in mail.outbox] == [["alice@example.org"]]
    assert names() == ["alice"]


def test_who_was_told_late_has_30_days_from_then_on() -> None:
    account(confirmed=True)
    run(LATER)
    run(LATER + 29 * DAY)
    assert names() == ["alice"]
    run(LATER + 30 * DAY)
    assert names() == []


def test_who_comes_back_after_the_notice_is_told_again_before_anything_is_erased() -> None:
    user = account(confirmed=True)
    run(LATER)
    User.objects.filter(pk=user.pk).update(last_login=LATER + DAY)
    run(LATER + 30 * DAY)
    assert names() == ["alice"]
    run(LATER + 367 * DAY)
    assert (names(), len(mail.outbox)) == (["alice"], 2)
    run(LATER + 397 * DAY)
    assert names() == []


def test_a_confirmed_address_that_cannot_be_told_without_a_mail_server_keeps_its_account(settings: Any) -> None:
    settings.EMAIL_URL = ""
    account(confirmed=True)
    run(LATER)
    run(LATER + 400 * DAY)
    assert (names(), mail.outbox) == (["alice"], [])


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    with mail_server_running() as server:
        settings.MAILERS = {"default": mailer(f"smtp+plain://127.0.0.1:{server.server_address[1]}")}
        yield server


def told() -> list[str]:
    return sorted(User.objects.exclude(idle_notice_at=None).values_list("username", flat=True))


def test_a_refused_mail_stops_that_of_nobody_else_and_no_erasure(mail_server: MailServer) -> None:
    for name in ("full", "gone", "spam", "wait", "zoe"):
        account(name, confirmed=True)
    account("idle")
    run(LATER)
    assert mail_server.taken == ["zoe"]
    assert told() == ["gone", "zoe"], "an address that is refused for good cannot be told; the others are told later"
    assert "idle" not in names()


def test_an_account_with_one_address_that_is_refused_and_one_that_is_not_is_told_once(mail_server: MailServer) -> None:
    user = account("wait", confirmed=True)
    EmailAddress.objects.create(user=user, email="zoe@example.org", verified=True)
    run(LATER)
    run(LATER + DAY)
    assert (mail_server.taken, told()) == (["zoe"], ["wait"])


def test_a_mail_server_that_is_down_stops_no_erasure_and_tells_later(mail_server: MailServer) -> None:
    account("cleo", confirmed=True)
    account("idle")
    mail_server.is_down = True
    failed = jobs.run(jobs.request("idle_accounts", now=LATER).pk, lambda: LATER)
    assert failed is not None
    assert (failed.state, failed.error.partition(":")[0]) == ("waiting", "SMTPServerDisconnected")
    assert (names(), told()) == (["cleo"], [])
    mail_server.is_down = False
    run(LATER + DAY)
    assert mail_server.taken == ["cleo"]


def started(candidate: Candidate, at: datetime) -> None:
    attempt = factories.handed_in(1, candidate)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=at, deadline=at + DAY, submitted_at=at + timedelta(minutes=1)
    )


def reviewed(candidate: Candidate, at: datetime) -> None:
    factories.bank()
    RepetitionCard.objects.create(candidate=candidate, question=Question.objects.all()[0], due=at, last_review=at)


def starred(candidate: Candidate, at: datetime) -> None:
    factories.bank()
    Star.objects.create(candidate=candidate, question=Question.objects.all()[0], created_at=at)


def read(candidate: Candidate, at: datetime) -> None:
    factories.bank()
    TopicMark.objects.create(candidate=candidate, topic=Topic.objects.all()[0], read_at=at)


def rated(candidate: Candidate, at: datetime) -> None:
    flash_cards.rate(candidate, "TINY", ("term", "Recall"), 4, "", at)


@pytest.mark.parametrize("act", [started, reviewed, rated, starred, read])
def test_what_a_candidate_does_keeps_the_account(act: Callable[[Candidate, datetime], None]) -> None:
    act(factories.candidate(account()), NOW + 100 * DAY)
    run(LATER)
    assert names() == ["alice"]
    run(LATER + 100 * DAY)
    assert names() == []


def test_an_open_attempt_keeps_the_account() -> None:
    factories.attempt(factories.candidate(account()))
    run(LATER)
    assert names() == ["alice"]


CLASSES = {"opens": {"opens_at": LATER + DAY, "closes_at": None}, "is open": {"closes_at": LATER + DAY}}


@pytest.mark.parametrize("terms", CLASSES.values(), ids=CLASSES.keys())
def test_who_is_in_a_class_that_is_not_over_is_neither_told_nor_erased(terms: dict[str, Any]) -> None:
    sitting = factories.sitting(**terms)
    ana = factories.joined(sitting, "Ana", factories.candidate(account("ana", confirmed=True)))
    listed = account("ben", email="Ben@example.org")
    roster = Roster.objects.create(name="7b")
    entry = RosterEntry.objects.create(roster=roster, name="Ben", email="ben@example.org")
    Participant.objects.create(sitting=sitting, entry=entry, name="Ben")
    Participant.objects.filter(pk=ana.pk).update(joined_at=NOW)
    account("cleo")
    run(LATER)
    assert (names(), mail.outbox) == (["ana", "ben"], [])
    sitting.participants.filter(entry=entry).update(removed_at=LATER)
    run(LATER)
    assert names() == ["ana"]
    assert not User.objects.filter(pk=listed.pk).exists()
    run(LATER + 3 * DAY)
    run(LATER + 40 * DAY)
    assert names() == [], "the class is over, or has no end and has begun"


def test_joining_a_class_keeps_the_account() -> None:
    participant = factories.joined(factories.sitting(), "Ana", factories.candidate(account("ana")))
    Participant.objects.filter(pk=participant.pk).update(joined_at=LATER - DAY)
    run(LATER)
    assert names() == ["ana"]


def test_no_account_that_has_or_had_a_role_is_told_or_erased() -> None:
    author = Group.objects.get(name="Author")
    account("author", confirmed=True).groups.add(author)
    former = account("former", confirmed=True)
    former.groups.add(author)
    former.groups.clear()
    account("root", confirmed=True, is_superuser=True)
    account("staff", confirmed=True, is_staff=True)
    run(LATER)
    run(LATER + 400 * DAY)
    assert names() == ["author", "former", "root", "staff"]
    assert mail.outbox == []


def test_an_account_that_a_row_of_staff_names_is_kept() -> None:
    """A role may have been given past the signals, by hand in the database."""
    user = account()
    factories.sitting(owner=user)
    EmailAddress.objects.create(user=user, email="alice@example.org", verified=True)
    User.objects.update(had_role=False, is_staff=False)
    for day in (0, 31, 62):
        run(LATER + day * DAY)
    assert (names(), mail.outbox) == (["alice"], [])


def test_nobody_is_told_or_erased_while_the_date_is_in_doubt() -> None:
    jobs.sweep(lambda: NOW)
    account("alice")
    account("ben", confirmed=True)
    run(LATER)
    assert (names(), mail.outbox) == (["alice", "ben"], [])


def test_an_account_that_was_used_since_it_was_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    user = account()
    advance = jobs.Work.advance

    def signing_in(work: jobs.Work, **values: Any) -> None:
        User.objects.filter(pk=user.pk).update(last_login=LATER)
        advance(work, **values)

    monkeypatch.setattr(jobs.Work, "advance", signing_in)
    run(LATER)
    assert names() == ["alice"]
