"""The cells of the navigator as HTML, joined here for speed and size: they are on every page of the room."""

from collections.abc import Iterable

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from exams.disclosure import Cell


def sheet(cells: Iterable[Cell]) -> SafeString:
    """Return list items with submit buttons of the room form, so that a jump without JavaScript saves the ticks."""
    question, flagged = _("Question"), _("flagged")
    state_labels = {"answered": _("answered"), "incomplete": _("incomplete"), "unanswered": _("unanswered")}
    current = mark_safe(' aria-current="step"')
    return format_html_join(
        "\n",
        '<li><button class="cell {}{}" name="go" value="{}"{} aria-label="{} {}, {}{}">{}</button></li>',
        (
            (
                cell.state,
                " flagged" if cell.flagged else "",
                cell.position,
                current if cell.current else "",
                question,
                cell.position,
                state_labels[cell.state],
                f", {flagged}" if cell.flagged else "",
                cell.position,
            )
            for cell in cells
        ),
    )
