"""Test the pages of scale versions: the preview in words and figures, and the decision."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.psychometrics import scaling
from questions.models import Blueprint, ItemParameter, Job, ScaleVersion, User
from questions.services import jobs
from tests import factories
from tests.authoring import account
from tests.factories import NOW, active_scale, handed_in, scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(scored=20, unscored=2)


@pytest.fixture
def draft(blueprint: Blueprint) -> ScaleVersion:
    """Return a version that is not in use; its questions are harder than their ratings."""
    active_scale(blueprint)
    ScaleVersion.objects.update(active=False)
    return ScaleVersion.objects.get()


def text(client: Client, address: str) -> str:
    html = client.get(address).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_without_a_version_the_page_says_so(client: Client, instructor: User) -> None:
    page = text(client, reverse("admin:scales"))
    assert "No scale is in use. The pass line of each exam comes from the ratings of its questions." in page
    assert "There is no version yet." in page


@pytest.mark.slow
def test_the_preview_says_in_words_and_figures_what_changes(
    client: Client, instructor: User, blueprint: Blueprint, draft: ScaleVersion
) -> None:
    for right in (12, 13, 14, 15):
        scored(handed_in(right, blueprint=blueprint))
    page = text(client, reverse("admin:scale", args=[draft.number]))
    assert "The newest 4 scored exams, if they had been drawn with this version (4 calibrated):" in page
    ratings = [rating for rating in draft.parameters.values_list("revision__question__rating", flat=True) if rating]
    assert scaling.rated_line(ratings).exact > scaling.calibrated_line([row.b for row in draft.parameters.all()]).exact
    assert re.search(r"the mean pass line goes from 1\d\.\d\d to 1\d\.\d\d questions", page)
    assert re.search(r"\d more would have passed, 0 would not have passed any more", page)
    passed = re.search(r"Passed (\d+) (\d+) %", page)
    assert passed
    assert 0 < int(passed[1]) < int(passed[2])
    assert "Use this version for new exams" in page


@pytest.mark.slow
def test_an_instructor_puts_a_version_to_use(
    client: Client, instructor: User, blueprint: Blueprint, draft: ScaleVersion
) -> None:
    page = client.post(reverse("admin:scale", args=[draft.number]), follow=True)
    draft.refresh_from_db()
    decision = draft.activations.get()
    assert draft.active
    assert draft.activated_by == decision.by == instructor
    assert "New exams use scale version 1. Exams that have started keep their pass line." in page.content.decode()
    assert "In use" in text(client, reverse("admin:scales"))
    assert factories.attempt(blueprint=blueprint).form.scale == draft
    again = text(client, reverse("admin:scale", args=[draft.number]))
    assert "Scale version 1 is active already." in again
    assert "Use this version for new exams" not in again
    assert "Your decision" not in again


def test_the_newest_version_comes_first(client: Client, instructor: User, blueprint: Blueprint) -> None:
    for number in (1, 2):
        active_scale(blueprint, number=number)
    page = text(client, reverse("admin:scales"))
    assert page.index("Version 2") < page.index("Version 1")


def test_the_decision_names_the_version_that_it_replaces(
    client: Client, instructor: User, blueprint: Blueprint, draft: ScaleVersion
) -> None:
    address = reverse("admin:scale", args=[draft.number])
    assert "This version takes the place of" not in text(client, address)
    active_scale(blueprint, number=2)
    assert "This version takes the place of version 2." in text(client, address)


def test_two_clicks_make_one_decision(client: Client, instructor: User, draft: ScaleVersion) -> None:
    client.post(reverse("admin:scale", args=[draft.number]))
    page = client.post(reverse("admin:scale", args=[draft.number]), follow=True)
    assert "is active already" in page.content.decode()
    assert draft.activations.count() == 1


def test_a_scale_from_simulated_exams_says_why_it_is_refused(
    client: Client, instructor: User, blueprint: Blueprint
) -> None:
    scored(handed_in(13, blueprint=blueprint))
    version = ScaleVersion.objects.create(exam="TINY", number=1, synthetic=True, made_at=NOW, reference=[])
    address = reverse("admin:scale", args=[1])
    assert "It cannot be used once real candidates have scores." in text(client, address)
    page = client.post(address, follow=True)
    assert "It cannot be used once real candidates have scores." in page.content.decode()
    version.refresh_from_db()
    assert not version.active


def test_an_author_reads_the_preview_and_decides_nothing(client: Client, draft: ScaleVersion) -> None:
    client.force_login(account("ada", "Author"))
    address = reverse("admin:scale", args=[draft.number])
    page = text(client, address)
    assert "There is no scored exam yet to compare with." in page
    assert "An administrator or an instructor decides" in page
    assert client.post(address).status_code == 403
    assert not ItemParameter.objects.filter(scale__active=True).exists()


def test_the_list_of_questions_links_to_the_scale(client: Client, instructor: User, blueprint: Blueprint) -> None:
    html = client.get(reverse("admin:questions_question_changelist")).content.decode()
    assert f'<a href="{reverse("admin:scales")}">Scale</a>' in html


def test_a_calibration_is_started_from_the_page_and_says_why_it_made_no_version(
    client: Client, instructor: User, blueprint: Blueprint
) -> None:
    assert "Calibrate now" in text(client, reverse("admin:scales"))
    client.post(reverse("admin:scales"))
    page = text(client, reverse("admin:scales"))
    assert "Waiting for a worker." in page
    assert "Calibrate now" not in page
    client.post(reverse("admin:scales"))
    job = Job.objects.get()
    jobs.run(job.pk, timezone.now)
    page = text(client, reverse("admin:scales"))
    assert "made no version. A first scale needs 100 scored questions with 50 responses each." in page
    assert "Calibrate now" in page


def test_those_who_only_read_start_no_calibration(client: Client, blueprint: Blueprint) -> None:
    client.force_login(account("anna", "Author"))
    assert "Calibrate now" not in text(client, reverse("admin:scales"))
    assert client.post(reverse("admin:scales")).status_code == 403
