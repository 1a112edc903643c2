"""Send the mails of the day that candidates have asked for: a job that is repeated all day.

A mail is put off to the next day before it is sent. If the process dies in between, it is lost, and never sent twice.
"""

import logging
from datetime import timedelta

from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _

from exams.models import Reminders
from exams.services.people import mails
from exams.services.practice import reminders
from exams.services.practice.next_step import next_step
from exams.services.practice.next_step_words import step_words
from exams.services.practice.study_records import study_records
from questions.services.jobs import Work

log = logging.getLogger(__name__)

MAX_AT_ONCE = 1000
MIN_GAP = timedelta(hours=12)  # between two mails, when the zone or the hour changes
RETRY = timedelta(hours=1)  # after a mail server that asks to wait
SILENT = ("result", "done")  # steps that need no reminder


def send(work: Work) -> None:
    """Send the mails that are due. An address that the mail server refuses for good gets no more of them.

    A refused mail stops no other one; only a mail server that cannot be reached, or sends nothing at all, ends the try.
    """
    due = Reminders.objects.filter(mail_at__lte=work.now()).select_related("candidate__user").order_by("mail_at", "pk")
    for row in due[:MAX_AT_ONCE]:
        if not reminders.claim(row, work.now()):
            continue
        work.advance()
        message = _message(row, work)
        if message is None:
            continue
        try:
            refusal = mails.send(message)
        except Exception:
            reminders.put_off(row, work.now())
            raise
        if refusal is None:
            reminders.sent(row, work.now())
            continue
        log.warning("the mail server refuses the mail of reminders %d: %d", row.pk, refusal.code)
        if not refusal.is_final:
            reminders.put_off(row, work.now() + RETRY)
        elif refusal.of_address:  # otherwise the next one comes tomorrow
            reminders.refused(row)


def _message(row: Reminders, work: Work) -> EmailMessage | None:
    """Return the mail of today, None if there is nothing to say or the address is no longer that of the account."""
    now, candidate = work.now(), row.candidate
    blueprint = reminders.chosen_exam(candidate)
    if blueprint is None or candidate.user is None or candidate.user.email != row.email or not candidate.user.is_active:
        return None
    if row.mailed_at and now - row.mailed_at < MIN_GAP:
        return None
    step = next_step(study_records(candidate, blueprint, now, zone=reminders.zone_of(row)))
    if step.kind in SILENT:
        return None
    stop = reminders.stop_link(row)
    lines = [str(step_words(step, blueprint)), row.site + reverse("today").removeprefix("/")]
    body = "\n\n".join([_("Hello,"), *lines, _("No more of these mails: %(link)s") % {"link": stop}]) + "\n"
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    subject = _("%(exam)s: your questions of today") % {"exam": blueprint.exam.short_title}
    return EmailMessage(" ".join(subject.split()), body, to=[row.email], headers=headers)
