"""The user model for everyone who signs in: candidates, authors and administrators."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A Django user with a display name.

    It belongs to the lower app, so that `exams` depends on `questions` only. Exams are taken by `exams.Candidate`.
    """

    display_name = models.CharField(_("name shown to others"), max_length=150, blank=True)
    had_role = models.BooleanField(_("has or had a role"), default=False, db_default=False, editable=False)
    idle_notice_at = models.DateTimeField(_("told that it is idle"), null=True, blank=True, editable=False)

    def get_full_name(self) -> str:
        """Return the display name, else first and last name."""
        return self.display_name or super().get_full_name()

    @property
    def full_label(self) -> str:
        """The display name with the user name where they differ: anybody can choose the first."""
        return f"{self} ({self.username})" if str(self) != self.username else self.username

    def __str__(self) -> str:
        return self.display_name or self.get_username()
