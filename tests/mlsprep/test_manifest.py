"""Test the web app manifest: linked on every page, allowed by the policy, with icons of the sizes that it states."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db


def found(name: str) -> Path:
    path = finders.find(name)
    assert path, f"no static file {name}"
    return Path(path)


def test_pages_link_a_manifest_that_the_policy_allows(client: Client) -> None:
    page = client.get("/")
    [address] = re.findall(r'<link rel="manifest" href="([^"]+)">', page.text)
    assert address.endswith(".webmanifest")
    assert "manifest-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("prefix", ["", "/exams"])
def test_the_manifest_opens_the_front_page_below_any_path_prefix(prefix: str) -> None:
    manifest = json.loads(found("manifest.webmanifest").read_text())
    for field in ("start_url", "scope"):
        assert urljoin(f"https://a.test{prefix}/static/manifest.webmanifest", manifest[field]) == (
            f"https://a.test{prefix}/"
        )


def test_the_icons_have_the_sizes_that_the_manifest_states() -> None:
    icons = json.loads(found("manifest.webmanifest").read_text())["icons"]
    assert {icon.get("purpose", "any") for icon in icons} == {"any", "maskable"}
    for icon in icons:
        image = found(icon["src"]).read_bytes()
        assert image.startswith(b"\x89PNG")
        width, height = (int.from_bytes(image[start : start + 4]) for start in (16, 20))
        assert icon["sizes"] == f"{width}x{height}"
