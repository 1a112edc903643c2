"""Send the mails of the day that candidates and reviewers have asked for: a job that is repeated all day.

A mail is put off to the next day before it is sent. If the process dies in between, it is lost, and never sent twice.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Reminders
from exams.services.people import mails
from exams.services.practice import reminders
from exams.services.practice.next_step import next_step
from exams.services.practice.next_step_words import step_words
from exams.services.practice.study_records import study_records
from exams.services.results import question_reports
from questions.models import User
from questions.services import approval_queue
from questions.services.authorship import APPROVE
from questions.services.jobs import Work

log = logging.getLogger(__name__)

MAX_AT_ONCE = 1000
MIN_GAP = timedelta(hours=12)  # between two mails, when the zone or the hour changes
RETRY = timedelta(hours=1)  # after a mail server that asks to wait
SILENT = ("result", "review", "done")  # steps that need no reminder


class Part(NamedTuple):
    """What a mail says about practice, or about reviews; the first one gives its subject."""

    subject: str
    lines: list[str]


def may_review(user: User) -> bool:
    """Return whether mails about reviews and disputes are for this user."""
    return user.is_staff and user.has_perms((APPROVE, question_reports.ANSWER))


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
    now, user = work.now(), row.candidate.user
    if user is None or user.email != row.email or not user.is_active:
        return None
    if row.mailed_at and now - row.mailed_at < MIN_GAP:
        return None
    found = [part for part in (_practice(row, now), _reviews(row, user)) if part]
    if not found:
        return None
    stop = reminders.stop_link(row)
    lines = [line for part in found for line in part.lines]
    body = "\n\n".join([_("Hello,"), *lines, _("No more of these mails: %(link)s") % {"link": stop}]) + "\n"
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(" ".join(found[0].subject.split()), body, to=[row.email], headers=headers)


def _practice(row: Reminders, now: datetime) -> Part | None:
    """Return what there is to practice."""
    blueprint = reminders.chosen_exam(row.candidate) if row.practice else None
    if blueprint is None:
        return None
    step = next_step(study_records(row.candidate, blueprint, now, zone=reminders.zone_of(row)))
    if step.kind in SILENT:
        return None
    subject = _("%(exam)s: your questions of today") % {"exam": blueprint.exam.short_title}
    return Part(subject, [str(step_words(step, blueprint)), _address(row, "today")])


def _reviews(row: Reminders, user: User) -> Part | None:
    """Return how many reviews and disputes wait for this user, who may have lost the role."""
    if not row.reviews or not may_review(user):
        return None
    found = []
    if n := approval_queue.count_for(user):
        words = ngettext("%(n)d question to review", "%(n)d questions to review", n) % {"n": n}
        found.append((words, _address(row, "admin:approval_queue")))
    if n := question_reports.count_open_for(user):
        words = ngettext("%(n)d report of a candidate to answer", "%(n)d reports of candidates to answer", n) % {"n": n}
        found.append((words, _address(row, "admin:questions_questionreport_changelist") + "?status__exact=open"))
    lines = [f"{words}:\n{address}" for words, address in found]
    return Part(", ".join(words for words, _link in found), lines) if found else None


def _address(row: Reminders, page: str) -> str:
    return row.site + reverse(page).removeprefix("/")
