"""Columns of rendered HTML. What is stored names pictures relative to the site; what is read has their addresses."""

from typing import Any

from django.db import models
from django.urls import get_script_prefix

from questions.content.pictures import DIRECTORY

_STORED = f'src="{DIRECTORY}'


def with_addresses(html: str) -> str:
    """Return rendered HTML with pictures at the addresses of this site, which may have a path prefix."""
    return html.replace(_STORED, f'src="{get_script_prefix()}{DIRECTORY}') if _STORED in html else html


def without_addresses(html: str) -> str:
    """Return HTML of this site as it is stored."""
    return html.replace(f'src="{get_script_prefix()}{DIRECTORY}', _STORED) if DIRECTORY in html else html


class RenderedHtml(models.TextField):
    """HTML made by `questions.content.markdown`."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return with_addresses(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return without_addresses(value) if value else value

    def deconstruct(self) -> Any:
        """Return a plain text column for migrations: nothing about it differs in the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
