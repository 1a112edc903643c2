"""Imports: the batch, its files while they are needed, and a row for each question of the file."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from questions.lint import RULES
from questions.models.constraints import check, unique


class ImportBatch(models.Model):
    """One import, from the upload to its undo; `at` is the time of the upload, then of the confirmation.

    `result` has the counts by outcome, the `faults` that prevented reading the file, the `warnings` about how it was
    read, `unknown_domains` to be mapped and `mapped_domains`, the number of questions `without_domain`, and a `problem`
    if the import failed. Its job (kind `import`, key: the id) has the progress.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("checking")
        CHECKED = "checked", _("checked, not imported")
        WRITING = "writing", _("writing")
        DONE = "done", _("done")
        UNDOING = "undoing", _("undoing")
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

    class Meta:
        ordering = ["-at"]
        verbose_name = _("import")
        constraints = [
            check(
                "import_batch_state_known",
                Q(state__in=["checking", "checked", "writing", "done", "undoing", "undone", "failed"]),
                _("The state of an import must be one of the known states."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} ({self.format})"

    @property
    def is_working(self) -> bool:
        """Whether a worker is checking, writing or undoing the batch."""
        return self.state in (self.State.CHECKING, self.State.WRITING, self.State.UNDOING)


class ImportFile(models.Model):
    """The upload, until it is imported or discarded, or the refused questions with reasons, which are kept.

    Stored in the database, since web server and worker may not share a disk.
    """

    class Kind(models.TextChoices):
        UPLOAD = "upload", _("upload")
        REFUSED = "refused", _("refused questions")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=300)
    data = models.BinaryField()

    class Meta:
        constraints = [
            unique("import_file_unique", ["batch", "kind"], _("An import has one file of each kind.")),
            check(
                "import_file_kind_known",
                Q(kind__in=["upload", "refused"]),
                _("A file of an import must be the upload or the refused questions."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.name}"


class ImportRow(models.Model):
    """The outcome of one question of the file; `details` has reasons, warnings, notes and difference.

    `plan` is what to write, kept until the import is done; `pending` until the row is written. `rules` are the lint
    rules that the question broke in the file, as "E:rule".
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10)
    code = models.CharField(max_length=80, blank=True)
    near_duplicate = models.BooleanField(default=False)
    details = models.JSONField(default=dict)
    plan = models.JSONField(null=True, blank=True)
    pending = models.BooleanField(default=False)
    rules = models.JSONField(default=list)

    class Meta:
        ordering = ["batch_id", "number"]
        constraints = [
            unique(
                "import_row_number_unique",
                ["batch", "number"],
                _("The number of a question must be unique in its file."),
            ),
            check(
                "import_row_outcome_known",
                Q(outcome__in=["created", "updated", "unchanged", "skipped", "waiting", "refused"]),
                _("The outcome must be one of the known outcomes."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.number}"

    @property
    def findings(self) -> list[str]:
        """The definitions of the broken rules of severity error and warning, each once."""
        broken = [RULES[rule[2:]].definition for rule in self.rules if rule[0] in "EW" and rule[2:] in RULES]
        return list(dict.fromkeys(broken))
