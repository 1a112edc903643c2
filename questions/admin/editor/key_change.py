"""Describe a changed key: both keys by the letters of these pages, the exams that keep the old one, the way to rule."""

from html import unescape

from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from questions.models import Option, User
from questions.services.key_changes import KeyChange

_MAX_OPTION_CHARS = 80
_DISPUTE_PERMISSIONS = ("questions.view_question", "questions.view_questionreport")


def describe(change: KeyChange, user: User) -> SafeString:
    """Return the change as a sentence, with a link to the key dispute if exams keep the old key."""
    keys = format_html(
        "<b>{}</b>", _("Key: %(old)s → %(new)s") % {"old": _names(change.old), "new": _names(change.new)}
    )
    if not change.n_exams:
        return format_html("{}; {}", keys, _("no exam has the old key."))
    text = ngettext("%(n)d exam keeps the old key.", "%(n)d exams keep the old key.", change.n_exams)
    sentence = format_html("{}; {}", keys, text % {"n": change.n_exams})
    if not user.has_perms(_DISPUTE_PERMISSIONS):
        return sentence
    url = reverse("admin:exams_keyruling_dispute", args=[change.disputed.pk])
    return format_html('{} <a href="{}">{}</a>', sentence, url, _("If the old key is wrong, open the key dispute"))


def _names(options: tuple[Option, ...]) -> str:
    return "; ".join(f"{option.letter} {Truncator(_plain(option)).chars(_MAX_OPTION_CHARS)}" for option in options)


def _plain(option: Option) -> str:
    """Return the text of an option without markup and final full stop."""
    return " ".join(unescape(strip_tags(option.text_html)).split()).rstrip(".")
