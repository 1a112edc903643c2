"""Collections: named parts of the bank, with the rules that their questions are held to."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from questions.content.house_rules import ENGLISH, HouseRules
from questions.models.constraints import unique


class Collection(models.Model):
    """`house_rules` lists the switches of `questions.content.house_rules` that are on.

    Questions and blueprints name a collection by its slug. One without a row, as of a file that was loaded, is strict.
    """

    slug = models.SlugField(max_length=40)
    title = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=8, default=ENGLISH)
    house_rules = models.JSONField(default=list, blank=True)
    practicable = models.BooleanField(default=True)

    class Meta:
        ordering = ["slug"]
        constraints = [unique("collection_slug_unique", ["slug"], _("There is a collection with this name already."))]

    def __str__(self) -> str:
        return self.title or self.slug

    @property
    def rules(self) -> HouseRules:
        return HouseRules.of(self.house_rules, self.language)


def language_of(path: str) -> Subquery:
    """Return an expression: the language of the questions of the collection at this path, null for English.

    Pages are in English, so that only other languages are declared in them.
    """
    other = Collection.objects.filter(slug=OuterRef(path)).exclude(language=ENGLISH)
    return Subquery(other.values("language")[:1])


def with_language(rows: Any, question: str) -> Any:
    """Return wordings or options with their `language`; `question` is the path from them to the question."""
    return rows.annotate(language=language_of(f"{question}__collection"))
