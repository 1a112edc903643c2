"""Test that personal links are sent by mail, each once, and that refused addresses are listed."""

from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from exams.models import Sitting
from exams.services.classes import link_mails, links, rosters
from exams.services.classes.rosters import Person
from mlsprep.settings import mailer
from questions.models import Job
from questions.services import jobs
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW
from tests.mail_server import running as mail_server_running

pytestmark = pytest.mark.django_db

BASE = "https://exams.example.org"


@pytest.fixture
def sitting(settings: Any) -> Sitting:
    settings.EMAIL_URL = "smtp://mail.example.org"
    people = [Person("Ana", "ana@example.org"), Person("Ben"), Person("Cleo", "cleo@example.org")]
    return factories.sitting(who="roster", roster=rosters.create(None, "7b", people))


def run(job: Job) -> Job:
    jobs.run(job.pk, lambda: NOW)
    return Job.objects.get(pk=job.pk)


def test_everybody_with_an_address_gets_her_link_once(sitting: Sitting) -> None:
    reachable, others = link_mails.addressed(sitting, BASE)
    assert ([str(person) for person in reachable], [str(person) for person in others]) == (["Ana", "Cleo"], ["Ben"])
    job = run(link_mails.request(sitting, BASE, NOW))
    assert (job.state, job.progress, job.total) == ("done", 2, 2)
    assert [message.to for message in mail.outbox] == [["ana@example.org"], ["cleo@example.org"]]
    assert mail.outbox[0].subject == "Your link to Class 7b"
    assert links.personal_link(reachable[0], BASE) in mail.outbox[0].body
    assert links.personal_link(reachable[1], BASE) not in mail.outbox[0].body


def test_a_refused_mail_is_listed_and_the_others_get_theirs(settings: Any) -> None:
    people = [Person(name.title(), f"{name}@example.org") for name in ("gone", "spam", "wait", "zoe")]
    sitting = factories.sitting(who="roster", roster=rosters.create(None, "7b", people))
    with mail_server_running() as server:
        settings.MAILERS = {"default": mailer(f"smtp+plain://127.0.0.1:{server.server_address[1]}")}
        settings.EMAIL_URL = "smtp://mail.example.org"
        job = run(link_mails.request(sitting, BASE, NOW))
    assert [(str(person), reason) for person, reason in link_mails.refused_people(job, sitting)] == [
        ("Gone", "550 of the test"),
        ("Spam", "554 of the test"),
        ("Wait", "451 of the test"),
    ]
    assert (job.state, server.taken) == ("done", ["zoe"])


def test_a_try_that_died_is_continued_without_sending_twice(sitting: Sitting) -> None:
    ana, _cleo = link_mails.addressed(sitting, BASE)[0]
    job = link_mails.request(sitting, BASE, NOW)
    Job.objects.filter(pk=job.pk).update(data=job.data | {"sent": [ana.pk]})
    run(job)
    assert [message.to for message in mail.outbox] == [["cleo@example.org"]]


def test_a_mail_during_which_the_process_died_is_not_sent_again_and_its_person_is_named(sitting: Sitting) -> None:
    ana, _cleo = link_mails.addressed(sitting, BASE)[0]
    job = link_mails.request(sitting, BASE, NOW)
    Job.objects.filter(pk=job.pk).update(data=job.data | {"unsure": [ana.pk]})
    job = run(job)
    assert [message.to for message in mail.outbox] == [["cleo@example.org"]]
    assert (job.progress, job.total, link_mails.unsure_people(job, sitting)) == (2, 2, [ana])


def test_a_mail_that_failed_is_sent_by_the_next_try(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    job = link_mails.request(sitting, BASE, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", lambda *arguments, **options: int("no server"))
        assert run(job).error.startswith("ValueError")
    jobs.run(job.pk, lambda: NOW)
    assert [message.to for message in mail.outbox] == [["ana@example.org"], ["cleo@example.org"]]


def test_nothing_is_sent_without_a_mail_server_or_without_addresses(sitting: Sitting, settings: Any) -> None:
    sitting.participants.filter(entry__email__isnull=False).update(link_used_at=NOW)
    with pytest.raises(RefusedError, match="Nobody whose link is unused has an e-mail address"):
        link_mails.request(sitting, BASE, NOW)
    settings.EMAIL_URL = ""
    with pytest.raises(RefusedError, match="This server sends no mails"):
        link_mails.request(sitting, BASE, NOW)
