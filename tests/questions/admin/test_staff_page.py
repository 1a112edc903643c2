"""The decorator of the pages of staff, on a page, an action and a form of the site."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

PILOTS, ADD_PEOPLE, COPY = "admin:pilots", "admin:people_add", "admin:questions_question_copy"


def staff(*codenames: str) -> Client:
    user = factories.user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def test_whoever_is_not_signed_in_is_sent_to_sign_in() -> None:
    response = Client().get(reverse(PILOTS))
    assert (response.status_code, "/login/" in response.headers["Location"]) == (302, True)


def test_a_page_needs_its_permission() -> None:
    assert staff().get(reverse(PILOTS)).status_code == 403


def test_a_page_is_rendered_in_the_frame_of_the_admin_and_never_cached() -> None:
    response = staff("view_itemstatistics").get(reverse(PILOTS))
    assert "site_header" in response.context
    assert "no-store" in response.headers["Cache-Control"]


def test_a_post_needs_the_permission_to_write_too() -> None:
    assert staff("view_itemstatistics").post(reverse(PILOTS)).status_code == 403


def test_a_page_that_only_shows_takes_no_post() -> None:
    assert staff("view_question").post(reverse("admin:needs_attention")).status_code == 405


def test_an_action_takes_posts_only() -> None:
    assert staff("add_question").get(reverse(COPY, args=[1])).status_code == 405


def test_an_object_that_is_missing_is_not_told_from_one_that_is_forbidden() -> None:
    assert staff().post(reverse(COPY, args=[1])).status_code == 403


def test_faults_in_a_form_make_the_status_422() -> None:
    client = staff("add_user")
    assert client.get(reverse(ADD_PEOPLE)).status_code == 200
    assert client.post(reverse(ADD_PEOPLE), {"people": ""}).status_code == 422
