"""Describe a changed key: both keys by the letters of these pages, the exams that keep the old one, the way to rule."""

from django.urls import reverse
from django.utils.html import format_html
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
        "<b>{}</b>", _("Key: %(old)s → %(new)s.") % {"old": _names(change.old), "new": _names(change.new)}
    )
    if not change.n_exams:
        return format_html("{} {}", keys, _("No exam has the old key."))
    text = ngettext("%(n)d exam keeps the old key.", "%(n)d exams keep the old key.", change.n_exams)
    sentence = format_html("{} {}", keys, text % {"n": change.n_exams})
    if not user.has_perms(_DISPUTE_PERMISSIONS):
        return sentence
    url = reverse("admin:exams_keyruling_dispute", args=[change.disputed.pk])
    return format_html('{} <a href="{}">{}</a>', sentence, url, _("If the old key is wrong, open the key dispute"))


def _names(options: tuple[Option, ...]) -> str:
    return "; ".join(
        f"{option.letter} {Truncator(option.text).chars(_MAX_OPTION_CHARS).rstrip('.')}" for option in options
    )
