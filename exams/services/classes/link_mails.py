"""Send the personal links of a class by mail: a job with one step for each person who has an address.

The job has in its data whose mails were sent, and which the mail server refused. A person is `unsure` from before her
mail until its outcome is recorded: if the process dies in between, nobody knows whether the mail was sent. It is not
sent again, and the page names her.
"""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from exams.models import Participant, Sitting
from exams.services.classes.links import links_of, personal_link
from exams.services.people import mails
from questions.models import Job
from questions.services import jobs
from questions.services.errors import RefusedError
from questions.services.job_state import OPEN
from questions.services.jobs import Work

KIND = "link_mails"
MAX_REASON_CHARS = 200


def addressed(sitting: Sitting, base_url: str) -> tuple[list[Participant], list[Participant]]:
    """Return the people whose links were not used: those with an address on the list of the class, and the others."""
    people = [person for person, _link in links_of(sitting, base_url) if person.link_used_at is None]
    reachable = [person for person in people if person.entry and person.entry.email]
    return reachable, [person for person in people if person not in reachable]


def request(sitting: Sitting, base_url: str, now: datetime) -> Job:
    """Let a job send the links. Raise RefusedError without a mail server, or if nobody has an address."""
    if not settings.EMAIL_URL:
        raise RefusedError(_("This server sends no mails. Download the links, or print the sheet."))
    if not addressed(sitting, base_url)[0]:
        raise RefusedError(_("Nobody whose link is unused has an e-mail address on the list of the class."))
    return jobs.request(KIND, sitting.pk, now=now, base=base_url)


def message(person: Participant, sitting: Sitting, base_url: str) -> EmailMessage:
    """Return the mail to a person with an address."""
    assert person.entry
    assert person.entry.email
    values = {"name": person, "exam": sitting.name, "link": personal_link(person, base_url)}
    body = _(
        "Hello %(name)s,\n\nthis is your personal link to %(exam)s:\n\n%(link)s\n\n"
        "Open it in the browser in which you will write: it is for you alone, and it works in one browser.\n"
    )
    subject = _("Your link to %(exam)s") % values
    return EmailMessage(" ".join(subject.split()), body % values, to=[person.entry.email])


def send(work: Work) -> None:
    """Send the links that were not sent yet. Note refused mails; other errors end the try."""
    sitting = Sitting.objects.filter(pk=work.key).first()
    if sitting is None:
        return
    base_url: str = work.data["base"]
    sent: list[int] = list(work.data.get("sent", []))
    refused: dict[str, str] = dict(work.data.get("refused", {}))
    people, _others = addressed(sitting, base_url)
    unsure: list[int] = list(work.data.get("unsure", []))
    known = {*sent, *unsure, *map(int, refused)}
    waiting = [person for person in people if person.pk not in known]
    total = len(known) + len(waiting)

    def record(unsure: list[int]) -> None:
        data = {**work.data, "sent": sent, "refused": refused, "unsure": unsure}
        work.advance(progress=len(sent) + len(refused) + len(unsure), total=total, data=data)

    for person in waiting:
        record([*unsure, person.pk])
        try:
            refusal = mails.send(message(person, sitting, base_url))
        except Exception:
            record(unsure)  # the next try sends it
            raise
        if refusal:
            refused[str(person.pk)] = str(refusal)[:MAX_REASON_CHARS]
        else:
            sent.append(person.pk)
        record(unsure)


def unsure_people(job: Job, sitting: Sitting) -> list[Participant]:
    """Return the people of whose mails nobody knows whether they were sent, once no process sends any."""
    if job.state in OPEN:
        return []
    return list(sitting.participants.filter(pk__in=job.data.get("unsure", [])).select_related("entry"))


def refused_people(job: Job, sitting: Sitting) -> list[tuple[Participant, str]]:
    """Return the people whose mails the server refused, with its reasons."""
    refused = job.data.get("refused", {})
    people = sitting.participants.filter(pk__in=[int(key) for key in refused]).select_related("entry")
    return [(person, refused[str(person.pk)]) for person in people]
