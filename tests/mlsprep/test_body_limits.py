"""Test that request bodies above the limit of a page are refused unread, by the site and by both web servers."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mlsprep.body_limits import MAX_FORM_BYTES, MAX_IMPORT_BYTES, max_body_bytes
from mlsprep.serving import web
from tests import factories
from tests.mlsprep.processes import running_gunicorn
from tests.mlsprep.web_servers import serving
from tests.servers import free_port

SIGN_IN = "/accounts/login/"
IMPORT = "/admin/questions/importbatch/import/"


class Unreadable:
    """A request body that fails the test when it is read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def post_unread(path: str, announced: int) -> int:
    """Return the status of a POST that announces a body of this size."""
    return Client().generic("POST", path, **unreadable(announced)).status_code


def unreadable(announced: int) -> dict[str, Any]:
    """Return the WSGI environment of a form with files of this size. The client of tests sets no type without data."""
    kind = "multipart/form-data; boundary=x"
    return {"wsgi.input": Unreadable(), "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(announced)}


@pytest.mark.parametrize("path", [SIGN_IN, "/", "/return/", "/exams/TINY/", "/no-such-page/", "/admin/"])
def test_a_body_above_the_limit_is_refused_unread(path: str) -> None:
    assert post_unread(path, MAX_FORM_BYTES + 1) == 413
    assert post_unread(path, 1_500_000_000) == 413


def test_the_import_accepts_files_up_to_the_size_it_can_read() -> None:
    assert reverse("admin:questions_import") == IMPORT
    assert post_unread(IMPORT, MAX_IMPORT_BYTES) == 302  # sign in first
    assert post_unread(IMPORT, MAX_IMPORT_BYTES + 1) == 413


@pytest.mark.slow
@pytest.mark.django_db
def test_a_file_is_not_read_before_somebody_is_signed_in(client: Client) -> None:
    """The check of the form's token reads the form: Django would store the file of anybody."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["csrftoken"] = "t" * 32
    for cookie in ("", "x" * 32):
        strict.cookies["sessionid"] = cookie
        answer = strict.generic("POST", IMPORT, **unreadable(MAX_IMPORT_BYTES))
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{SIGN_IN}?next={IMPORT}")
    client.force_login(factories.user())
    strict.cookies["sessionid"] = client.cookies["sessionid"].value
    with pytest.raises(AssertionError, match="the body was read"):
        strict.generic("POST", IMPORT, **unreadable(MAX_IMPORT_BYTES))


@pytest.mark.parametrize("prefix", ["/sub", "/accounts"])
def test_the_path_may_have_the_prefix_of_the_public_url(settings: Any, prefix: str) -> None:
    settings.PATH_PREFIX = prefix
    assert max_body_bytes(prefix + IMPORT) == max_body_bytes(IMPORT) == MAX_IMPORT_BYTES
    assert max_body_bytes(prefix + "/admin/questions/question/picture/") == 5 * 2**20 + 1_000_000
    assert max_body_bytes(prefix + SIGN_IN) == max_body_bytes(SIGN_IN) == MAX_FORM_BYTES


@pytest.mark.django_db
def test_the_page_explains_what_to_do(client: Client) -> None:
    factories.small_blueprint()
    page = client.post(reverse("exam", args=["TINY"]), {"pair": "x" * MAX_FORM_BYTES})
    assert page.status_code == 413
    assert "larger than this page accepts" in page.text
    assert page["Content-Security-Policy"]


@pytest.fixture
def laptop_port() -> Iterator[int]:
    """The port of such a server."""
    with serving() as server:
        yield server.effective_port


def send(port: int, path: str, *, announced: int, sent: int) -> tuple[int, str]:
    """Post a multipart body; return status and text. The response may arrive before the whole body is sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        connection.sendall(f"{head}Content-Length: {announced}\r\n\r\n".encode())
        part = b"y" * 65536
        for _ in range(sent // len(part)):
            connection.sendall(part)
        response = connection.makefile("rb").read(100_000)
    return int(response.split()[1]), response.decode(errors="replace")


def test_the_web_server_of_a_laptop_stores_no_body_above_the_limit(laptop_port: int, monkeypatch: Any) -> None:
    stored: list[int] = []
    append = web.OverflowableBuffer.append
    monkeypatch.setattr(
        web.OverflowableBuffer, "append", lambda body, data: (stored.append(len(data)), append(body, data))
    )
    size = 20 * 65536 * 10
    connection = HTTPConnection("127.0.0.1", laptop_port, timeout=60)
    connection.request("POST", SIGN_IN, body=b"y" * size, headers={"Content-Type": "multipart/form-data; boundary=x"})
    response = connection.getresponse()
    assert (response.status, "larger than this page accepts" in response.read().decode()) == (413, True)
    connection.close()
    assert sum(stored) < 2 * MAX_FORM_BYTES  # the body, and the response


def test_the_web_server_of_a_laptop_ends_an_endless_upload_immediately(laptop_port: int) -> None:
    assert send(laptop_port, SIGN_IN, announced=1_500_000_000, sent=0)[0] == 413


@pytest.mark.laptop
def test_gunicorn_refuses_an_upload_without_reading_it(tmp_path: Path) -> None:
    with running_gunicorn(tmp_path / "data", free_port()) as server:
        status, page = send(server.port, SIGN_IN, announced=1_500_000_000, sent=0)
        assert status == 413
        assert "larger than this page accepts" in page
        assert server.get("/healthz")[0] == 200
