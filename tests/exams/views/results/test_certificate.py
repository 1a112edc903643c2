"""Test certificates: who gets one, that its number cannot be guessed, and the PDF."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Participant
from exams.services.attempt import ending
from exams.services.classes import joining, rosters, sittings
from exams.services.results import certificates
from exams.services.upkeep import person_erasure
from questions.models import Blueprint
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW
from tests.html_forms import text
from tests.pictures import picture
from tests.sitting import browser

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _no_files_counted() -> None:
    """The certificates of several tests have the same number."""
    caches["counters"].clear()


def sat(right: int, name: str = "Łukasz Żak", code: str = "CERT", **terms: Any) -> Attempt:
    """Return the scored and released exam of a class with `right` of four right answers; 3 pass."""
    sitting = factories.sitting(factories.percent_blueprint(60, scored=4, code=code), **terms)
    attempt = factories.class_attempt(sitting, name)
    factories.tick(attempt, right)
    ending.finish(attempt, NOW + MINUTE)
    attempt = factories.scored(attempt, NOW + MINUTE)
    sittings.release(sitting, NOW + 2 * MINUTE)
    return Attempt.objects.get(pk=attempt.pk)


def test_who_has_passed_gets_a_certificate_that_a_page_confirms(client: Client) -> None:
    attempt = sat(3)
    owner = browser(attempt.candidate)
    assert reverse("own_certificate", args=[attempt.uuid]) in owner.get(reverse("report", args=[attempt.uuid])).text
    page = owner.get(reverse("own_certificate", args=[attempt.uuid]))
    confirmed = client.get(page["Location"]).text
    for words in (
        "Łukasz Żak",
        attempt.form.blueprint.exam.title,
        "1 April 2026",
        "75%",
        "It is valid.",
    ):
        assert words in confirmed
    file = client.get(f"{page['Location']}certificate.pdf")
    assert (file["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert client.get(reverse("own_certificate", args=[attempt.uuid])).status_code == 404, "others have no number"


def test_a_certificate_has_no_address_behind_the_name(client: Client) -> None:
    """The list of a class puts it there to tell two people of one name apart."""
    roster = rosters.create(None, "7b", rosters.read("Ana Silva,ana@example.org\nAna Silva,a.silva@example.org"))
    sitting = factories.sitting(factories.percent_blueprint(60, scored=4), who="roster", roster=roster)
    person = sitting.participants.get(entry__email="ana@example.org")
    joining.use_link(person, factories.candidate(), NOW)
    attempt = joining.start(Participant.objects.get(pk=person.pk), NOW).attempt
    factories.tick(attempt, 4)
    ending.finish(attempt, NOW + MINUTE)
    factories.scored(attempt, NOW + MINUTE)
    sittings.release(sitting, NOW + 2 * MINUTE)
    found = certificates.find(certificates.number_of(attempt.pk))
    assert found
    assert found.name == "Ana Silva"


def test_a_passed_mock_exam_is_not_confirmed_as_a_certification(client: Client, blueprint: Blueprint) -> None:
    """TINY has a day on which its exam was retired: passing it here is practice."""
    attempt = factories.attempt(factories.candidate(factories.user("ada")), blueprint)
    factories.tick(attempt, blueprint.exam.questions)
    ending.finish(attempt, NOW + MINUTE)
    attempt = factories.scored(attempt, NOW + MINUTE)
    owner = browser(attempt.candidate)
    report = owner.get(reverse("report", args=[attempt.uuid])).text
    assert ("Confirmation" in report, "Certificate" in report) == (True, False)
    page = owner.get(reverse("own_certificate", args=[attempt.uuid]), follow=True)
    assert "This is practice, not a certification." in page.text
    assert f"passed a practice exam for <b>{blueprint.exam.title}</b>" in page.text
    assert "Not affiliated with, endorsed or checked by Amazon Web Services." in text(page)
    assert "ertificate" not in text(page), "neither in a heading nor in a sentence"


@pytest.mark.parametrize("number", ["1", "1-BCDFGHJKMN", "999-BCDFGHJKMN", "0-x", "9" * 40])
def test_a_number_that_was_never_given_confirms_nothing(client: Client, number: str) -> None:
    sat(3)
    answer = client.get(reverse("certificate", args=[number]))
    assert answer.status_code == 404
    assert "There is no certificate with this number." in answer.text
    assert client.get(reverse("certificate_pdf", args=[number])).status_code == 404


def test_there_is_none_without_passing_without_a_name_or_before_the_score_is_shown() -> None:
    failed = sat(2)
    assert certificates.certificate(failed) is None
    passed = sat(4, code="OTHER")
    number = certificates.number_of(passed.pk)
    assert certificates.find(number) is not None
    assert certificates.find(number.lower()) is not None, "typed by hand"
    Participant.objects.filter(sitting=passed.sitting_id).update(removed_at=NOW)
    assert certificates.find(number) is None
    Participant.objects.filter(sitting=passed.sitting_id).update(removed_at=None)
    person_erasure.erase_candidates([passed.candidate_id], NOW + 3 * MINUTE)
    assert certificates.find(number) is None
    alone = factories.attempt(factories.candidate(), factories.percent_blueprint(60, scored=4, code="ALONE"))
    factories.tick(alone, 4)
    ending.finish(alone, NOW + MINUTE)
    assert certificates.certificate(factories.scored(alone, NOW + MINUTE)) is None, "a guest has no name"


def test_a_name_that_the_font_cannot_write_is_refused_with_a_sentence(client: Client) -> None:
    attempt = sat(3, "王小明")
    found = certificates.certificate(attempt)
    assert found is not None
    with pytest.raises(RefusedError, match="The PDF has no letter"):
        certificates.pdf(found, "http://testserver/")
    answer = client.get(reverse("certificate_pdf", args=[found.number]), follow=True)
    assert "Print the page of the certificate instead." in answer.text


def test_the_name_that_an_account_gives_itself_stands_before_its_user_name(client: Client) -> None:
    user = factories.user("cand3")
    user.display_name = "Prof. Somebody Else"
    user.save()
    alone = factories.attempt(factories.candidate(user), factories.percent_blueprint(60, scored=4, code="ALONE"))
    factories.tick(alone, 4)
    ending.finish(alone, NOW + MINUTE)
    factories.scored(alone, NOW + MINUTE)
    page = client.get(reverse("certificate", args=[certificates.number_of(alone.pk)])).text
    assert "<b>Prof. Somebody Else (cand3)</b>" in page


def test_a_file_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = certificates.certificate(sat(3, "Once Only"))
    assert found is not None
    first = certificates.pdf(found, "http://testserver/once/")
    monkeypatch.setattr("fpdf.FPDF", None)
    assert certificates.pdf(found, "http://testserver/once/") == first


def test_each_address_of_the_site_makes_another_file_so_a_certificate_has_few_a_minute(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    pdf = certificates.pdf
    monkeypatch.setattr(certificates, "pdf", lambda found, address, house: made.append(address) or pdf(found, address))
    numbers = [certificates.number_of(sat(3, code=code).pk) for code in ("ONE", "TWO")]
    address, other = (reverse("certificate_pdf", args=[number]) for number in numbers)
    statuses = [client.get(address, headers={"Host": f"testserver:{port}"}).status_code for port in range(8000, 8030)]
    assert statuses == [200] * 10 + [429] * 20
    assert len(made) == 10
    assert client.get(other).status_code == 200, "of others behind the same address"


@pytest.mark.parametrize("shows", [True, False])
def test_a_certificate_is_one_page_and_has_the_grade_where_candidates_see_it(client: Client, shows: bool) -> None:
    found = certificates.certificate(sat(3, "Ada Silva", grades="60 3\n75 2", shows_grades=shows))
    assert found is not None
    assert ("75%, grade 2" in client.get(reverse("certificate", args=[found.number])).text) == shows
    file = client.get(reverse("certificate_pdf", args=[found.number])).content
    assert len(re.findall(rb"/Type /Page\b(?!s)", file)) == 1


def test_a_certificate_names_the_class_and_has_the_logo_of_the_house(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    found = certificates.certificate(sat(3, "Ada Silva"))
    assert found is not None
    assert "Class 7b" in client.get(reverse("certificate", args=[found.number])).text
    address = reverse("certificate_pdf", args=[found.number])
    plain = client.get(address).content
    settings.SITE_NAME = "School of Harbors"
    named = client.get(address).content
    (tmp_path / "logo.png").write_bytes(picture())
    settings.SITE_LOGO = str(tmp_path / "logo.png")
    with_logo = client.get(address).content
    assert (b"/Subtype /Image" in named, b"/Subtype /Image" in with_logo) == (False, True)
    assert len({plain, named, with_logo}) == 3
    settings.SITE_LOGO = str(tmp_path / "none.png")
    assert client.get(address).content == named, "a logo that is missing takes no certificate away"
