"""A roster: the names of a class, kept to be used for several sittings."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import unique

MAX_NAME_CHARS = 80


class Roster(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="rosters"
    )
    name = models.CharField(max_length=MAX_NAME_CHARS)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            unique("roster_name_unique", ["owner", "name"], _("You have a class of this name already.")),
        ]

    def __str__(self) -> str:
        return self.name


class RosterEntry(models.Model):
    """One person of a class, at her `place` on the list; 0 on lists of earlier versions, which are sorted by name.

    `extra_minutes` are copied into every sitting made with the roster.
    """

    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(max_length=MAX_NAME_CHARS)
    email = models.EmailField(null=True, blank=True)  # noqa: DJ001  (null: none given)
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                F("roster"),
                Lower("name"),
                name="roster_entry_name_unique",
                violation_error_message=_("This name stands on the list already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
