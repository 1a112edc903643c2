"""The navigator's cells as HTML: 65 of them on every page of the room, so they are joined here, not in a template."""

from collections.abc import Iterable

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from exams.disclosure import Cell


def sheet(cells: Iterable[Cell]) -> SafeString:
    """List items with submit buttons of the room form: a jump saves the tick without a script."""
    question, flagged = _("Question"), _("flagged")
    words = {"answered": _("answered"), "incomplete": _("incomplete"), "unanswered": _("unanswered")}
    here = mark_safe(' aria-current="step"')
    return format_html_join(
        "\n",
        '<li><button class="cell {}{}" name="go" value="{}"{} aria-label="{} {}, {}{}">{}</button></li>',
        (
            (
                cell.state,
                " flagged" if cell.flagged else "",
                cell.position,
                here if cell.current else "",
                question,
                cell.position,
                words[cell.state],
                f", {flagged}" if cell.flagged else "",
                cell.position,
            )
            for cell in cells
        ),
    )
