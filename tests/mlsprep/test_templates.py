"""Tests of the loader of the templates."""

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
def test_a_page_has_none_of_the_indentation_of_its_templates(client: Client) -> None:
    html = client.get(reverse("privacy")).content.decode()
    assert "\n<main" in html
    assert "\n " not in html


def test_templates_of_django_and_allauth_are_found() -> None:
    assert get_template("admin/change_form.html")
    assert get_template("account/email/base_message.txt")
