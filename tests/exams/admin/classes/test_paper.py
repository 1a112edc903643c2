"""Test the printed paper of a class."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import Question, Revision
from tests import factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = pytest.mark.django_db


def test_the_paper_says_how_many_to_choose_where_the_stem_does_not(client: Client) -> None:
    owner = account("ina", "Instructor")
    client.force_login(owner)
    sitting = factories.sitting(factories.one_form_blueprint(), owner=owner)
    several = Question.objects.filter(current__choose=2, status="live").values("current")
    assert sitting.form is not None
    asked = {slot["revision"] for slot in sitting.form.plan}
    n = Revision.objects.filter(pk__in=several).filter(pk__in=asked).count()
    assert n > 0
    page = text(client.get(reverse("admin:exams_sitting_paper", args=[sitting.pk])))
    assert page.count("Choose 2.") == n
