"""A column of tags: free labels of a question, which forms show and take as a text with commas."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from questions.content.schema import MAX_TAG_CHARS, MAX_TAGS


def split_tags(text: str) -> list[str]:
    """Return the tags in a text, each once."""
    return list(dict.fromkeys(tag for part in re.split(r"[,;\n]", text) if (tag := " ".join(part.split()))))


class TagsFormField(forms.CharField):
    """Take tags separated by commas."""

    default_error_messages = {
        "many": _("Enter at most 20 tags."),
        "long": _("A tag has at most 40 characters. Shorten “%(tag)s”."),
    }

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(value)

    def to_python(self, value: Any) -> Any:
        tags = split_tags(super().to_python(self.prepare_value(value)) or "")
        if len(tags) > MAX_TAGS:
            raise forms.ValidationError(self.error_messages["many"], code="many")
        if too_long := next((tag for tag in tags if len(tag) > MAX_TAG_CHARS), None):
            params = {"tag": f"{too_long[:MAX_TAG_CHARS]}…"}
            raise forms.ValidationError(self.error_messages["long"], code="long", params=params)
        return tags


class TagsField(models.TextField):
    """A list of tags, stored with a line break before, between and after them: `tagged` finds whole ones."""

    def from_db_value(self, value: str | None, *_args: object) -> list[str]:
        return split_tags(value or "")

    def to_python(self, value: Any) -> Any:
        return split_tags(value) if isinstance(value, str) else list(value or ())

    def get_prep_value(self, value: Any) -> str:
        return value if isinstance(value, str) else stored_tags(value or ())

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        return TagsFormField(label=kwargs.get("label"), required=False, help_text=self.help_text)


def stored_tags(tags: Iterable[str]) -> str:
    """Return the text of the column for these tags."""
    lines = "\n".join(tags)
    return f"\n{lines}\n" if lines else ""
