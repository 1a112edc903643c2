"""Certificates of passed exams: who gets one, its number, which a page confirms, and the PDF.

The number is derived from the attempt and never stored. It shows the name, so it cannot be guessed. fpdf2 is
imported where it is used: it imports fontTools, which no other page needs.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exams.models import Attempt, Mode, Participant
from exams.models.sitting import CODE_ALPHABET
from exams.services.people.name_order import without_address
from exams.services.results import grades
from exams.services.results.shown_scores import shown_scores
from questions.services.errors import RefusedError

TAG_LETTERS = 10  # 43 bits
_NUMBER = re.compile(rf"(\d{{1,18}})-([{CODE_ALPHABET}]{{{TAG_LETTERS}}})\Z")
_FONT = Path(__file__).parents[2] / "fonts" / "DejaVuSans.ttf"
_LOGO = (70, 20)  # millimeters: the largest width and height
_MAX_WIDTH = 247  # millimeters of a line on A4 in landscape, between margins of 25


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. A mock exam must not look like a real one.

    `score` is as reported, such as '85%', with the grade where candidates see it.

    `class_name` is that of the class, "" without one.
    """

    number: str
    name: str
    exam: str
    passed_at: datetime
    score: str
    is_mock: bool
    class_name: str = ""

    @property
    def title(self) -> str:
        return _("Practice exam passed") if self.is_mock else _("Certificate")


def certificate(attempt: Attempt) -> Certificate | None:
    """Return the certificate of this exam: passed, with its score shown, by somebody with a name. None otherwise."""
    report = attempt.report
    if attempt.mode != Mode.EXAM or report is None or not report.passed or attempt.submitted_at is None:
        return None
    name = _name(attempt)
    if not name or not shown_scores([attempt.candidate_id]).shows_score(attempt):
        return None
    exam = attempt.form.blueprint.exam
    return Certificate(
        number=number_of(attempt.pk),
        name=name,
        exam=exam.title,
        passed_at=attempt.submitted_at,
        score=_("%(score)s, grade %(grade)s") % {"score": report.shown_score, "grade": grade}
        if (grade := grades.shown_grade(attempt))
        else report.shown_score,
        is_mock=exam.is_mock,
        class_name=attempt.sitting.name if attempt.sitting else "",
    )


def find(number: str) -> Certificate | None:
    """Return the certificate with this number as it is now, after all rulings; None if there is none."""
    found = _NUMBER.match(number.strip().upper())
    if not found or not hmac.compare_digest(number_of(int(found[1])), found[0]):
        return None
    rows = Attempt.objects.select_related("report", "sitting", "candidate__user", "form__blueprint")
    attempt = rows.filter(pk=int(found[1])).first()
    return certificate(attempt) if attempt else None


def number_of(attempt: int) -> str:
    """Return the number of the certificate of an attempt by its key."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"certificate:{attempt}".encode(), "sha256")
    number, letters = int.from_bytes(digest[:16], "big"), ""
    for _place in range(TAG_LETTERS):
        number, digit = divmod(number, len(CODE_ALPHABET))
        letters += CODE_ALPHABET[digit]
    return f"{attempt}-{letters}"


def _name(attempt: Attempt) -> str:
    """Return the name in the class, or that of the account; "" for guests, who have none, and for people removed.

    People with an account can change what others see: the user name behind it says whose name that is.
    """
    if attempt.sitting_id:
        people = Participant.objects.present().filter(sitting=attempt.sitting_id, candidate=attempt.candidate_id)
        found = people.values_list("name", "entry__email").first()
        return without_address(*found) if found else ""
    user = attempt.candidate.user
    if user is None:
        return ""
    return f"{user.display_name} ({user.username})" if user.display_name else user.username


@dataclass(frozen=True, slots=True)
class House:
    """Who issues certificates: a name, "" for none, and the bytes of a logo."""

    name: str = ""
    logo: bytes = b""


NO_HOUSE = House()


def pdf(found: Certificate, address: str, house: House = NO_HOUSE) -> bytes:
    """Return the certificate as a PDF of one page; `address` confirms it. It is made once: that takes half a second.

    Raise RefusedError for a name in a script that the font does not have.
    """
    return _pdf(found, address, house, get_language() or "")


@lru_cache(maxsize=64)
def _pdf(found: Certificate, address: str, house: House, _language: str) -> bytes:
    from fpdf import FPDF

    page: Any = FPDF(orientation="landscape", format="A4")
    page.set_title(f"{found.exam}: {found.name}")
    page.set_creation_date(found.passed_at)
    page.set_margin(25)
    page.set_auto_page_break(False)  # the last lines stand within the lower margin
    page.add_font("DejaVu", fname=_FONT)
    page.set_font("DejaVu")
    if missing := {
        letter
        for letter in found.name + found.exam + found.class_name + house.name
        if ord(letter) not in page.current_font.cmap
    }:
        text = _("The PDF has no letter '%s'. Print the page of the certificate instead.")
        raise RefusedError(text % min(missing))
    page.add_page()
    page.set_line_width(0.6)
    page.rect(12, 12, page.w - 24, page.h - 24)
    if house.logo:
        page.image(
            BytesIO(house.logo), x=page.w / 2 - _LOGO[0] / 2, y=19, w=_LOGO[0], h=_LOGO[1], keep_aspect_ratio=True
        )
    page.set_y(41 if house.logo else 30)
    day = date(timezone.localtime(found.passed_at), "DATE_FORMAT")
    for size, height, text in (
        (14, 10, house.name),
        (20, 20, found.title),
        (34, 24, found.name),
        (14, 12, _("passed a practice exam for") if found.is_mock else _("passed the exam")),
        (24, 18, found.exam),
        (14, 10, found.class_name),
        (14, 12, _("on %(day)s with a score of %(score)s.") % {"day": day, "score": found.score}),
    ):
        if not text:
            continue
        page.set_font("DejaVu", size=size)
        page.set_font("DejaVu", size=size * min(1, _MAX_WIDTH / max(1, page.get_string_width(text))))
        page.cell(0, height, text, align="C", new_x="LMARGIN", new_y="NEXT")
    page.set_font("DejaVu", size=9)
    if not found.is_mock:
        page.set_line_width(0.3)
        page.line(page.w / 2 - 40, page.h - 47, page.w / 2 + 40, page.h - 47)
        page.set_y(-46)
        page.cell(0, 6, _("Signature"), align="C")
    page.set_y(-44 if found.is_mock else -34)
    if found.is_mock:
        page.cell(0, 6, _("This is practice, not a certification."), align="C", new_x="LMARGIN", new_y="NEXT")
    page.cell(0, 6, _("Number %s, confirmed at") % found.number, align="C", new_x="LMARGIN", new_y="NEXT")
    page.cell(0, 6, address, align="C", link=address)
    return bytes(page.output())
