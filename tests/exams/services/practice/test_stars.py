"""Test stars: a candidate marks questions to come back to."""

from datetime import timedelta

import pytest

from exams.models import Star
from exams.services.practice import stars
from questions.models import Question
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_a_star_is_added_once_and_removed() -> None:
    factories.small_blueprint()
    candidate, question = factories.candidate(), Question.objects.all()[0]
    stars.add(candidate, question, NOW)
    stars.add(candidate, question, NOW + timedelta(days=1))
    assert Star.objects.get().created_at == NOW
    stars.remove(candidate, question)
    stars.remove(candidate, question)
    assert not Star.objects.exists()


def test_stars_belong_to_one_candidate() -> None:
    factories.small_blueprint()
    one, other = factories.candidate(), factories.candidate()
    question = Question.objects.all()[0]
    stars.add(one, question, NOW)
    stars.add(other, question, NOW)
    stars.remove(other, question)
    assert Star.objects.get().candidate == one
