"""A candidate: a guest known by a browser session, or the same row bound to a user."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class Candidate(models.Model):
    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="candidate"
    )
    epoch = models.PositiveIntegerField(default=0, help_text=_("Raised to end every session of this candidate."))
    code_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    extra_percent = models.PositiveSmallIntegerField(default=0)
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    preferences = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"candidate {str(self.uuid)[:8]}"

    @cached_property
    def in_class_exam(self) -> bool:
        """Whether an exam of a class is running; a query of its own, unless a page of an attempt has read it."""
        return bool(self.attempts.open().filter(sitting__isnull=False).exists())
