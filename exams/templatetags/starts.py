"""What makes a form start an exam or practice once, also when the reply to it is lost."""

from django import template
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.views.attempt.rules import StartToken

register = template.Library()


@register.simple_tag(takes_context=True)
def start_field(context: RequestContext) -> SafeString:
    """Return the field with the attempt that the page reserves. templates/base.html then loads the script for it."""
    request = context.request
    request.has_starts = True  # type: ignore[attr-defined]
    pair = StartToken.of(request).signed(request)
    return format_html('<input type="hidden" name="pair" value="{}" autocomplete="off" data-starts>', pair)
