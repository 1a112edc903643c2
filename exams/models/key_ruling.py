"""A ruling of staff on the key of a published question."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from questions.models import Revision
from questions.models.constraints import check


class KeyRuling(models.Model):
    """A decision about the key. The ruling stores the old key; old reports keep their figures.

    `new_key` counts from now on, and `also` is a second key beside it (0: none). `credited` gives everybody the point,
    and `withdrawn` takes the question out of all scores; both leave the keys as they are.
    """

    class Kind(models.TextChoices):
        CORRECT = "correct", _("key corrected")
        ACCEPT = "accept", _("second key accepted")
        CREDIT = "credit", _("point for everybody")
        WITHDRAW = "withdraw", _("withdrawn")

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="rulings")
    old_key = models.PositiveIntegerField()
    new_key = models.PositiveIntegerField(null=True, blank=True)
    also = models.PositiveIntegerField(default=0)
    withdrawn = models.BooleanField(default=False)
    credited = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    progress = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            check(
                "key_ruling_decides_one_thing",
                Q(withdrawn=False, credited=False, new_key__isnull=False)
                | (Q(new_key=None) & (Q(withdrawn=True, credited=False) | Q(withdrawn=False, credited=True))),
                _("A ruling sets the key, gives everybody the point, or withdraws the question."),
            ),
            check(
                "key_ruling_second_key_differs",
                Q(new_key=None) | ~Q(also=F("new_key")),
                _("The second key must differ from the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"ruling on {self.revision_id}"

    @property
    def kind(self) -> Kind:
        if self.withdrawn:
            return self.Kind.WITHDRAW
        if self.credited:
            return self.Kind.CREDIT
        return self.Kind.ACCEPT if self.also else self.Kind.CORRECT

    @property
    def restores(self) -> bool:
        """Whether the ruling only takes back an earlier one: the key is the same, and the only one that counts."""
        return self.kind == self.Kind.CORRECT and self.new_key == self.old_key
