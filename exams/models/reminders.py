"""What reminds a candidate on request alone: a calendar feed of practice, and a mail each day."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate
from questions.models.constraints import check


class Reminders(models.Model):
    """The reminders of a candidate: at an `hour` of the reader's day, in the `zone` that the browser last reported.

    `feed` is the token in the address of the calendar, null without one. `email` is an address whose owner has
    confirmed that mails may come, `mail_at` when the next one is due, null if none is wanted. They are about `practice`
    and, if a reviewer asks, `reviews` and disputes that wait. `site` is the address of this server for links in them.
    """

    HOURS = tuple(range(5, 24))

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, related_name="reminders")
    zone = models.CharField(max_length=64, default="", blank=True)
    hour = models.PositiveSmallIntegerField(default=18)
    feed = models.CharField(max_length=43, unique=True, null=True, blank=True)  # unique without ""
    email = models.EmailField(default="", blank=True)
    site = models.CharField(max_length=200, default="", blank=True)
    mail_at = models.DateTimeField(null=True, blank=True)
    practice = models.BooleanField(default=True, db_default=True)
    reviews = models.BooleanField(default=False, db_default=False)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "reminders"
        indexes = [
            # Used by the job that sends the mails.
            models.Index(fields=["mail_at"], condition=Q(mail_at__isnull=False), name="reminders_mail_due"),
        ]
        constraints = [
            check("reminders_hour_of_a_day", Q(hour__gte=0, hour__lte=23), _("An hour is from 0 to 23.")),
            check(
                "reminders_mail_to_an_address",
                Q(mail_at=None) | ~Q(email=""),
                _("Mails go to a confirmed address only."),
            ),
        ]

    def __str__(self) -> str:
        return f"reminders of {self.candidate_id}"
