"""A blueprint: one exam as data, an immutable row made from a file."""

from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy as _

from questions.interchange.blueprint import BlueprintSpec, from_json


class BlueprintQuerySet(models.QuerySet["Blueprint"]):
    def current(self, code: str) -> "Blueprint | None":
        """The newest version of this exam, or None; older ones stay for the forms made under them."""
        return self.filter(code=code).order_by("-version").first()


class Blueprint(models.Model):
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    objects = BlueprintQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="blueprint_code_version_unique",
                violation_error_message=_("This version of the blueprint exists already. Raise its version."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @cached_property
    def exam(self) -> BlueprintSpec:
        """What this exam is: counts, minutes, scale, exam domains."""
        return from_json(self.spec)
