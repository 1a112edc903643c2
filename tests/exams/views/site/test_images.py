"""Test who gets a picture: staff, and candidates who may see a text with it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from exams.models import Attempt, Response
from exams.services.attempt import ending
from exams.services.classes import joining
from questions.content.pictures import markdown
from questions.models import Option, User
from questions.services import images
from questions.services.wordings import compose, content_of
from tests import factories
from tests.authoring import account
from tests.factories import NOW
from tests.pictures import cleaned
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
PICTURE = cleaned()
TEXT = f"See {markdown(PICTURE.name, 'A curve')}"
PATH = f"/{PICTURE.name}"


@pytest.fixture(autouse=True)
def _stored() -> None:
    images.store([PICTURE], now=NOW, by=None)


def hold(attempt: Attempt, part: str) -> Response:
    """Ask another wording with the picture in a part as the first question of an attempt."""
    response = Response.objects.filter(attempt=attempt).select_related("revision__question").order_by("position")[0]
    content = content_of(response.revision)
    if part == "rationale":
        options = tuple(replace(option, rationale=TEXT) for option in content.options)
        content = replace(content, options=options)
    else:
        content = replace(content, **{part: TEXT})
    wording = compose(response.revision.question, content, 99)
    wording.revision.save()
    Option.objects.bulk_create(wording.options)
    response.revision = wording.revision
    response.save(update_fields=["revision"])
    return response


def status(client: Client) -> int:
    return client.get(PATH).status_code


def test_staff_get_a_picture_that_is_cached_for_good(client: Client) -> None:
    client.force_login(account("ada", "Author"))
    response = client.get(PATH)
    assert (response.status_code, response["Content-Type"], response.content) == (200, "image/png", PICTURE.data)
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [PATH.replace("png", "jpg"), f"/images/{'0' * 64}.png", "/images/x", "/images/..%2fx"])
def test_an_unknown_picture_is_not_found(client: Client, path: str) -> None:
    client.force_login(account("ada", "Author"))
    assert client.get(path).status_code == 404


def test_an_invented_name_searches_no_text(client: Client, open_attempt: Attempt) -> None:
    assert open_attempt.responses.exists()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/images/{'a' * 64}.png").status_code == 404
    assert queries
    assert not [query["sql"] for query in queries if "LIKE" in query["sql"]]


def steps(client: Client) -> int:
    """Return how many steps SQLite takes to refuse the picture."""
    taken: list[None] = []
    connection.connection.set_progress_handler(lambda: taken.append(None), 1)
    try:
        assert status(client) == 404
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(taken)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL does not count")
def test_a_wording_that_was_asked_many_times_is_searched_once() -> None:
    participant = factories.joined(factories.sitting(attempts_allowed=10))
    attempt = joining.start(participant, NOW).attempt
    client = browser(attempt.candidate)
    once = steps(client)
    for minute in range(1, 10):
        ending.finish(attempt, NOW + timedelta(minutes=minute))
        attempt = joining.start(participant, NOW + timedelta(minutes=minute)).attempt
    assert Response.objects.count() == 10 * Response.objects.values("revision").distinct().count()
    assert steps(client) < 4 * once, "ten times as many responses"


def test_only_those_who_are_asked_get_the_picture_of_a_question(client: Client, open_attempt: Attempt) -> None:
    hold(open_attempt, "stem")
    assert status(client) == 200
    other = Client()
    assert status(other) == 404
    Guest.seated(other, open_attempt.form.blueprint)
    assert status(other) == 404
    other.force_login(User.objects.create_user("pat"))
    assert status(other) == 404


@pytest.mark.parametrize("part", ["explanation", "rationale"])
def test_the_picture_of_a_solution_waits_for_the_end(client: Client, open_attempt: Attempt, part: str) -> None:
    hold(open_attempt, part)
    assert status(client) == 404
    client.post(reverse("finish", args=[open_attempt.uuid]), {"finish": "yes"})
    assert status(client) == 200


def test_the_owner_gets_the_picture_of_a_question(
    client: Client, open_attempt: Attempt, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    response = hold(open_attempt, "stem")
    status(client)
    with django_assert_max_num_queries(4):  # one less where sessions are in the cache
        assert status(client) == 200
    room = client.get(reverse("question", args=[open_attempt.uuid, response.position])).text
    assert f'<img src="{PATH}" width="8" height="6" alt="A curve">' in room
