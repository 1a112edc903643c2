"""Parts of a question with its solution: the options with verdicts and rationales, and the references.

They are joined here for speed and size: a review shows hundreds of them on one page.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from django import template
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


class DisclosedOption(Protocol):
    """An option whose verdict and rationale may be shown. Its HTML is made by questions/content/markdown.py."""

    @property
    def letter(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def ticked(self) -> bool: ...
    @property
    def struck(self) -> bool: ...
    @property
    def correct(self) -> bool | None: ...
    @property
    def rationale_html(self) -> str | None: ...
    @property
    def chosen_by(self) -> int | None: ...


class DisclosedCard(Protocol):
    @property
    def language(self) -> str | None: ...
    @property
    def options(self) -> Sequence[DisclosedOption]: ...


class SolutionHtml:
    """Writes parts of solutions, with words that are looked up once for a page. Staff read who has selected what."""

    def __init__(self, selected_by: str = "") -> None:
        by = {"by": escape(selected_by) or _("you")}
        self._key, self._missed = _("Key"), _("Correct, not selected by %(by)s") % by
        self._right, self._wrong = _("Correct, selected by %(by)s") % by, _("Incorrect, selected by %(by)s") % by
        self._chosen_by = _("Chosen by %d%%")
        self._key_changed = _("Key changed: check the rationale")
        self._struck, self._checked = _("struck out"), _("checked %(day)s")
        self._days: dict[str, str] = {}  # by ISO date; a page has few different ones

    def options(self, card: DisclosedCard, *, answered: bool = True, flipped: Container[str] = ()) -> SafeString:
        """Return list items. Without an answer the correct options are the key, and nobody has missed them.

        `flipped` has the letters of options that a new wording makes right or wrong.
        """
        unticked = self._missed if answered else self._key
        language = f' lang="{escape(card.language)}"' if card.language else ""
        english = ' lang="en"' if language else ""
        items = []
        for option in card.options:
            look, verdict, struck, chosen_by, hint = "", "", "", "", ""
            if option.correct:
                look, verdict = " right", self._right if option.ticked else unticked
            elif option.ticked:
                look, verdict = " wrong", self._wrong
            if verdict:
                verdict = f'<span class="verdict">{verdict}</span>'
            if option.chosen_by is not None:
                chosen_by = f"<small>{self._chosen_by % option.chosen_by}</small>"
            if option.struck:
                look, struck = f"{look} struck", f'<span class="visually-hidden"{english}>{self._struck}: </span>'
            if option.letter in flipped:
                hint = f'<p class="key-changed"{english}>▲ {self._key_changed}</p>'
            items.append(
                f'<li class="option{look}{" chosen" * option.ticked}"><span class="bubble">{option.letter}</span>'
                f'{verdict}<div class="option-text"{language}>{struck}{option.html}</div>{chosen_by}'
                f'<div class="rationale"{language}>{hint}{option.rationale_html or ""}</div></li>'
            )
        return mark_safe("\n".join(items))

    def references(self, rows: Iterable[Mapping[str, str]]) -> SafeString:
        """Return list items with links to the pages that were read, and when."""
        items = []
        for row in rows:
            checked = f" <small>{escape(self._checked_on(row['checked']))}</small>" if row.get("checked") else ""
            items.append(f'<li><a href="{escape(row["url"])}">{escape(row["title"])}</a>{checked}</li>')
        return mark_safe("\n".join(items))

    def _checked_on(self, day: str) -> str:
        if day not in self._days:
            self._days[day] = date_format(date.fromisoformat(day))
        return self._checked % {"day": self._days[day]}


@register.simple_tag
def reviewed_options(
    card: DisclosedCard, answered: bool = True, flipped: Container[str] = (), selected_by: str = ""
) -> SafeString:
    """Return the options of a card as list items."""
    return SolutionHtml(selected_by).options(card, answered=answered, flipped=flipped)


@register.simple_tag
def references(rows: Iterable[Mapping[str, str]]) -> SafeString:
    """Return the references of a question as list items."""
    return SolutionHtml().references(rows)
