"""The addresses that an instructor hands out: of an exam of a class, and personal links."""

from urllib.parse import urlsplit

import segno
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from exams.models import Participant, Sitting
from exams.services.classes import participants
from exams.services.classes.participants import link_token
from questions.formats.csv_tables import table_for_people


def join_link(sitting: Sitting, base_url: str) -> str:
    """Return the link that everybody gets. Scheme, host and port are those of `base_url`; a path without it."""
    return absolute(reverse("join_sitting", args=[sitting.code]), base_url)


def personal_link(participant: Participant, base_url: str) -> str:
    """Return the link of one person."""
    return absolute(reverse("join_link", args=[link_token(participant)]), base_url)


def links_of(sitting: Sitting, base_url: str, *, as_listed: bool = False) -> list[tuple[Participant, str]]:
    """Return the people with a personal link and their links, by last name or `as_listed`: one query."""
    people = sitting.participants.present().exclude(link_hash=None).select_related("entry", "candidate__user")
    return [(person, personal_link(person, base_url)) for person in participants.in_order(people, as_listed=as_listed)]


def links_csv(sitting: Sitting, base_url: str) -> bytes:
    """Return name, e-mail address, code and link of each person as a table, for a mail merge."""
    rows = [
        [str(person), (person.entry and person.entry.email) or "", link_token(person), link]
        for person, link in links_of(sitting, base_url)
    ]
    return table_for_people([["name", "email", "code", "link"], *rows])


def absolute(path: str, base_url: str) -> str:
    """Return the address of a path of this site."""
    base = urlsplit(base_url)
    return f"{base.scheme}://{base.netloc}{path}" if base.netloc else path


def qr_code(text: str) -> SafeString:
    """Return a QR code as SVG without styles, which the content security policy allows."""
    return mark_safe(segno.make(text, error="m").svg_inline(scale=4, border=2, svgclass="qr", omitsize=True))
