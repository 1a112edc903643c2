"""Wordings of questions with their options, immutable once published."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from questions.content.schema import LETTERS, MAX_OPTIONS
from questions.models.constraints import check, unique
from questions.models.question import Question
from questions.models.rendered_html import RenderedHtml


class Revision(models.Model):
    """One wording: kind, stem, options, key. Immutable once published (questions/models/immutability.py).

    `key` is a bit mask: bit b is set if the option with Option.bit = b is correct. Explanation, rationales and
    references are commentary, which may change in place, and so may `accepted`: the codes of the options that a key
    ruling accepts beside the key, here or where a file comes from. `facts` are those that decide scores, such as the
    points, where they change with the wording: of a published question, they wait for its approval, too.
    """

    class Kind(models.TextChoices):
        MULTIPLE_CHOICE = "multiple-choice", _("multiple choice")
        MULTIPLE_RESPONSE = "multiple-response", _("multiple response")

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    stem = models.TextField()
    stem_html = RenderedHtml(blank=True, editable=False)
    key = models.PositiveIntegerField()
    choose = models.PositiveSmallIntegerField()
    n_options = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)  # null again after it is sent back
    published_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    same_item = models.BooleanField(default=False, db_default=False, editable=False)  # as its file says
    same_item_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    explanation = models.TextField(blank=True)
    explanation_html = RenderedHtml(blank=True, editable=False)
    references = models.JSONField(default=list, blank=True)
    accepted = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    facts = models.JSONField(default=dict, db_default={}, blank=True, editable=False)  # by name of the column
    language: str | None = None  # not a column: `with_language` where the wording is shown

    class Meta:
        ordering = ["question_id", "number"]
        indexes = [
            # Used by the review queue, whose length each page of the admin shows.
            models.Index(fields=["question"], condition=Q(published_at=None), name="revision_unpublished"),
        ]
        constraints = [
            unique(
                "revision_number_unique",
                ["question", "number"],
                _("This question has a revision with this number already."),
            ),
            check(
                "revision_kind_known",
                Q(kind__in=["multiple-choice", "multiple-response"]),
                _("A question is multiple choice or multiple response."),
            ),
            check(
                "revision_options_at_most_30", Q(n_options__lte=MAX_OPTIONS), _("A question has at most 30 options.")
            ),
            check(
                "revision_key_possible",  # with all bits set every option would be a key
                Q(published_at=None) | Q(key__gt=0, key__lt=Value(1).bitleftshift(F("n_options")) - 1),  # type: ignore[arg-type]  # stubs
                _("A published question needs a key, and at least one option that is not a key."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} r{self.number}"

    @property
    def full(self) -> int:
        """The bit mask of all options: 2^n - 1."""
        return (1 << self.n_options) - 1

    @property
    def also(self) -> int:
        """The bit mask of the second answer that is accepted, 0 without one."""
        return self.mask_of(self.accepted) if self.accepted else 0

    def mask_of(self, codes: Collection[str]) -> int:
        """Return the bit mask of the options with these codes."""
        return sum(1 << option.bit for option in self.options.all() if option.code in codes)


class Option(models.Model):
    """One option. Forms use `bit`, which is drawn, so that it does not reveal the authored order to candidates."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="options")
    code = models.CharField(max_length=20)
    ordinal = models.PositiveSmallIntegerField()
    bit = models.PositiveSmallIntegerField()
    text = models.TextField()
    text_html = RenderedHtml(blank=True, editable=False)
    rationale = models.TextField(blank=True)
    rationale_html = RenderedHtml(blank=True, editable=False)
    language: str | None = None  # as of its revision

    class Meta:
        ordering = ["revision_id", "ordinal"]  # the column, because the relation would join a table
        constraints = [
            unique(
                f"option_{name}_unique",
                ["revision", name],
                _("Two options of a revision cannot share a code, place or bit."),
            )
            for name in ("code", "ordinal", "bit")
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.code}"

    @property
    def letter(self) -> str:
        """The letter on all pages for staff, which show options in the authored order."""
        return LETTERS[self.ordinal]
