"""Texts in which a search has found its words. They are joined here for speed: one page shows thousands of parts."""

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from questions.content.word_search import Segment

register = template.Library()


@register.filter
def marked(segments: Iterable[Segment]) -> SafeString:
    """Return the text with the words that were found in <mark>."""
    parts = (f"<mark>{escape(part.text)}</mark>" if part.is_match else escape(part.text) for part in segments)
    return mark_safe("".join(parts))
