"""Test the name and the logo of the house."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from tests.pictures import cleaned

pytestmark = pytest.mark.django_db


def test_without_settings_pages_have_the_name_of_the_program_and_no_logo(client: Client) -> None:
    page = client.get("/").text
    assert "· mlsprep</title>" in page
    assert 'src="/logo' not in page
    assert client.get("/logo").status_code == 404


def test_the_name_and_the_logo_of_the_house_are_on_every_page(client: Client, settings: Any, tmp_path: Path) -> None:
    picture = cleaned()
    file = tmp_path / "logo.png"
    file.write_bytes(picture.data)
    settings.SITE_NAME, settings.SITE_LOGO = "Volkshochschule", str(file)
    page = client.get("/").text
    for words in ("· Volkshochschule</title>", 'src="/logo"', "Volkshochschule, start page"):
        assert words in page
    answer = client.get("/logo")
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert not [found for found in run_checks() if found.id == "exams.W005"]


@pytest.mark.parametrize("content", [b"no picture", b"<svg></svg>", None])
def test_a_logo_that_is_none_is_named_by_the_check_and_left_out(
    client: Client, settings: Any, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "logo.png"
    if content:
        file.write_bytes(content)
    settings.SITE_LOGO = str(file)
    assert client.get("/logo").status_code == 404
    [found] = [found for found in run_checks() if found.id == "exams.W005"]
    assert str(file) in found.msg
