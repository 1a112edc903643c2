"""Test that all attempt pages of the admin open, for open and for scored exams."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Form, ScoreReport
from exams.services.attempt import attempts, extra_time
from exams.services.results import scoring
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_scored", [False, True])
def test_every_page_opens(admin_client: Client, is_scored: bool) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    extra_time.grant(attempt, 5, "Fire alarm", None, NOW)
    if is_scored:
        attempts.finish(attempt, NOW + timedelta(minutes=1))
        scoring.score(attempt.pk, NOW + timedelta(minutes=2))
    for model in (Attempt, Candidate, Form, ScoreReport):
        name = model._meta.model_name
        assert admin_client.get(reverse(f"admin:exams_{name}_changelist")).status_code == 200, name
        for row in model.objects.all():
            assert admin_client.get(reverse(f"admin:exams_{name}_change", args=[row.pk])).status_code == 200, name
    assert ScoreReport.objects.exists() is is_scored


def test_the_page_of_an_attempt_shows_its_log_and_the_reason_for_extra_time(admin_client: Client) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    extra_time.grant(attempt, 5, "Fire alarm", None, NOW)
    html = admin_client.get(reverse("admin:exams_attempt_change", args=[attempt.pk])).content.decode()
    for words in ("started", "allowance", "Fire alarm"):
        assert words in html
