"""A user with two open exams."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from tests import factories
from tests.accounts import log_in


@pytest.fixture
def two_open_exams(client: Client, open_attempt: Attempt) -> tuple[Attempt, Attempt]:
    """Sign in `client` as alice, with one open exam started as a guest and one of the account."""
    own_attempt = factories.attempt(
        factories.candidate(factories.user()), open_attempt.form.blueprint, now=timezone.now()
    )
    response = log_in(client, next="/history/")
    assert response["Location"] == reverse("account")
    return open_attempt, own_attempt
