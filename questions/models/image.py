"""Pictures of questions, in the database: web server and worker may not share a disk."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.models.constraints import check


class Image(models.Model):
    """A picture that was decoded and written again; texts name it by the hash of its content. Rows never change."""

    class Ending(models.TextChoices):
        PNG = "png", "PNG"
        JPEG = "jpg", "JPEG"
        WEBP = "webp", "WebP"

    sha256 = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4, choices=Ending)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()
    at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            check("image_ending_known", Q(ending__in=["png", "jpg", "webp"]), _("A picture is PNG, JPEG or WebP.")),
            check("image_has_pixels", Q(width__gte=1, height__gte=1), _("A picture has at least one pixel.")),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]
