"""The user model: everyone who signs in, candidates, authors and administrators alike."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Django's user with the name that people see.

    It lives in the lower app, so that `exams` depends on `questions` only. Who sits an exam is `exams.Candidate`.
    """

    display_name = models.CharField(_("name shown to others"), max_length=150, blank=True)

    def get_full_name(self) -> str:
        """The display name, else first and last name."""
        return self.display_name or super().get_full_name()

    def __str__(self) -> str:
        return self.display_name or self.get_username()
