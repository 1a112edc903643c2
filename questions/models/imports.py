"""A file on its way into the bank: the import, its files while they are needed, and what becomes of each question."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.lint import RULES


class ImportBatch(models.Model):
    """One import, from the upload to what can still be undone; all that works on it reads and writes this row.

    `result` holds the counts by outcome, `faults` for which the file could not be read, `unknown` names of exam
    domains, and `problem`: a sentence on what went wrong. `beat_at` is when its worker last said that it lives; null
    while nobody works on it.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked, not imported")
        WRITING = "writing", _("being written")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("failed, nothing was imported")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    file = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    settings = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    interrupted = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("import")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["checking", "checked", "writing", "done", "undoing", "undone", "failed"]),
                name="import_batch_state_known",
                violation_error_message=_("An import is being checked, checked, being written, done or undone."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} ({self.format})"

    @property
    def works(self) -> bool:
        """Whether something is going on."""
        return self.state in (self.State.CHECKING, self.State.WRITING, self.State.UNDOING)


class ImportFile(models.Model):
    """The upload, until it is imported or given up, and the refused questions with reasons, which stay.

    In the database, since a web server and a worker need not see the same disk.
    """

    class What(models.TextChoices):
        UPLOAD = "upload", _("upload")
        REFUSED = "refused", _("refused questions")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="files")
    what = models.CharField(max_length=10, choices=What)
    name = models.CharField(max_length=300)
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "what"],
                name="import_file_unique",
                violation_error_message=_("This import has such a file already."),
            ),
            models.CheckConstraint(
                condition=Q(what__in=["upload", "refused"]),
                name="import_file_what_known",
                violation_error_message=_("A file of an import is the upload or the refused questions."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.name}"


class ImportRow(models.Model):
    """What becomes of one question of the file. `said` holds reasons, notes and difference.

    `plan` is what would be written, kept until it is; `waits` while it is still to be written. `rules` are those of
    the lint that the question broke as it stood in the file, as "E:rule".
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    what = models.CharField(max_length=10)
    code = models.CharField(max_length=80, blank=True)
    alike = models.BooleanField(default=False)
    said = models.JSONField(default=dict)
    plan = models.JSONField(null=True, blank=True)
    waits = models.BooleanField(default=False)
    rules = models.JSONField(default=list)

    class Meta:
        ordering = ["batch_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number"],
                name="import_row_number_unique",
                violation_error_message=_("The file has one question with this number."),
            ),
            models.CheckConstraint(
                condition=Q(what__in=["created", "updated", "unchanged", "skipped", "refused"]),
                name="import_row_what_known",
                violation_error_message=_("A question is created, updated, unchanged, skipped or refused."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.number}"

    @property
    def findings(self) -> list[str]:
        """The definitions of the broken rules that somebody has to mend, or to keep with a reason."""
        return [RULES[each[2:]].definition for each in self.rules if each[0] in "EW" and each[2:] in RULES]
