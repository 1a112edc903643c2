"""Test the upload of a picture in the editor."""

from contextlib import ExitStack

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from questions.formats import bounded_reading
from questions.models import Image, User
from tests.pictures import cleaned, picture

pytestmark = pytest.mark.django_db
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def upload(client: Client, data: bytes = b"", alt: str = "A [red] field", **headers: str) -> str:
    file = {"picture": SimpleUploadedFile("a.png", data)} if data else {}
    return client.post(reverse("admin:questions_question_picture"), {**file, "alt": alt}, headers=headers).text


def test_an_author_uploads_a_picture_and_gets_its_markdown(client: Client, author: User) -> None:
    client.force_login(author)
    page = upload(client, picture())
    assert f"<code data-markdown>![A (red) field]({cleaned().name})</code>" in page
    assert "<title>" in page
    stored = Image.objects.get()
    assert (stored.made_by, stored.width, stored.height) == (author, 8, 6)
    fragment = upload(client, picture(), **{"HX-Request": "true"})
    assert "data-markdown" in fragment
    assert "<title>" not in fragment
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "alt", "sentence"),
    [
        (b"", "A field", "Choose a file."),
        (picture(), " ", "Say what the picture shows"),
        (SVG, "A field", "SVG pictures are not accepted"),
        (b"\0" * (5 << 20) + b"\0", "A field", "At most 5 MB are allowed"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(
    client: Client, author: User, data: bytes, alt: str, sentence: str
) -> None:
    client.force_login(author)
    assert sentence in upload(client, data, alt)
    assert not Image.objects.exists()


def test_an_upload_does_not_wait_while_others_read_files(client: Client, author: User) -> None:
    client.force_login(author)
    with ExitStack() as others:
        for _ in range(bounded_reading.FILES_AT_ONCE):
            others.enter_context(bounded_reading.place())
        assert "Others are reading files now. Try again in a moment." in upload(client, picture())
    assert not Image.objects.exists()
    assert "data-markdown" in upload(client, picture())


def test_reviewers_do_not_upload(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    path = reverse("admin:questions_question_picture")
    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 405


def test_the_editor_reports_a_picture_that_is_not_stored(client: Client, author: User) -> None:
    client.force_login(author)
    typed = {
        "stem": f"See ![A curve]({cleaned().name}) and ![]({cleaned('blue').name}). Which?",
        "options-TOTAL_FORMS": "0", "options-INITIAL_FORMS": "0",
        "references-TOTAL_FORMS": "0", "references-INITIAL_FORMS": "0",
    }  # fmt: skip
    page = client.post(reverse("admin:questions_question_lint_new"), typed).text
    assert "There is no picture" in page
    assert "A picture has no alternative text." in page
