"""The options of a question that is asked: inputs with their labels, and in the room a button to strike each out.

They are joined here for speed: the room's script gets all questions of an exam at once.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


# What stays on one line: a number with its unit, and a word with a hyphen or two, unless it is too long for a phone.
_UNITS = "%|[kKMGTP]?i?B|[KMG]bps|m?s|min|h|[kM]?Wh?|[MG]Hz|kg|k?m|USD|AM|PM|v?CPUs?|GPUs?|DPUs?"
_UNBROKEN = re.compile(
    rf"(?<![\w.,-])(?:\d[\d.,]*[ ](?:{_UNITS})|[A-Za-z0-9]{{1,12}}(?:-[A-Za-z0-9]{{1,12}}){{1,2}})(?![\w-])"
)
_FIGURE = re.compile(r"\d [A-Za-z%]")
_TAG = re.compile(r"(<[^<>]*>)")
_LITERAL = re.compile(r"<(/?)(?:code|pre|math)\b")  # whose content is left as it is


class AskedOption(Protocol):
    """An option as it is shown before the end. Its HTML is made by questions/content/markdown.py."""

    @property
    def letter(self) -> str: ...
    @property
    def bit(self) -> int: ...
    @property
    def html(self) -> str: ...
    @property
    def ticked(self) -> bool: ...
    @property
    def struck(self) -> bool: ...
    @property
    def strike(self) -> int: ...


class AskedCard(Protocol):
    @property
    def language(self) -> str | None: ...
    @property
    def options(self) -> Sequence[AskedOption]: ...
    @property
    def many(self) -> bool: ...


@register.filter
def unbroken(html: str) -> SafeString:
    """Return rendered HTML in which no line breaks inside "4 TB", "n-gram" or "real-time".

    This is done as a question is asked, so that it holds for revisions that were stored before; the text is the same.
    """
    if "-" not in html and not _FIGURE.search(html):  # most options
        return mark_safe(html)
    depth, parts = 0, []
    for part in _TAG.split(html):
        if literal := _LITERAL.match(part):
            depth += -1 if literal[1] else 1
        elif not depth and not part.startswith("<"):
            part = _UNBROKEN.sub(r'<span class="nb">\g<0></span>', part)
        parts.append(part)
    return mark_safe("".join(parts))


@register.filter
def named_ask(stem_html: str) -> SafeString:
    """Return a stem whose question itself has the id `ask`: it labels the options, without the whole story before."""
    return mark_safe(stem_html.replace('<p class="ask">', '<p class="ask" id="ask">', 1))


@register.simple_tag
def asked_options(card: AskedCard, tools: bool = False) -> SafeString:
    """Return the options of a card as list items. With `tools`, they can be struck out and highlighted."""
    kind, struck_out = "checkbox" if card.many else "radio", conditional_escape(_("struck out"))
    title = conditional_escape(_("Strike out %(letter)s"))
    strike_out = conditional_escape(_("Strike out option %(letter)s"))
    language = f' lang="{conditional_escape(card.language)}"' if card.language else ""
    items = []
    for option in card.options:
        letter, bit = option.letter, option.bit
        button, part = "", f' data-part="{bit}"' if tools else ""
        if tools:
            button = (
                f'<button class="strike" name="strike" value="{option.strike}" '
                f'aria-pressed="{"true" if option.struck else "false"}" title="{title % {"letter": letter}}" '
                f'aria-label="{strike_out % {"letter": letter}}">S</button>'
            )
        items.append(
            f'<li class="option{" struck" * option.struck}"><div><input type="{kind}" id="o{letter}" name="option" '
            f'value="{bit}"{" checked" * option.ticked} autocomplete="off"><label for="o{letter}">'
            f'<span class="bubble" aria-hidden="true">{letter}</span><span class="option-text">'
            f'<span class="visually-hidden">{letter}<span class="if-struck">, {struck_out}</span>: </span>'
            f"<span{part}{language}>{unbroken(option.html)}</span></span></label></div>{button}</li>"
        )
    return mark_safe("\n".join(items))
