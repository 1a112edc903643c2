"""Test the names of static files: hashed where they were collected, in scripts and styles too, else as they are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client
from django.utils.functional import empty

from mlsprep.static_names import HashedNames

HASHED = re.compile(r"\.[0-9a-f]{12}\.")
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
COMMENT = re.compile(r"^\s*(?://|\*|/\*).*$", re.MULTILINE)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Collect the static files into a folder, as a release does."""
    folder = tmp_path_factory.mktemp("collected")
    patch = pytest.MonkeyPatch()
    storage = HashedNames(location=str(folder), base_url="/static/")
    patch.setattr(staticfiles_storage, "_wrapped", storage)
    call_command("collectstatic", interactive=False, verbosity=0)
    yield folder
    patch.setattr(staticfiles_storage, "_wrapped", empty)


@pytest.mark.slow
@pytest.mark.django_db
class TestAfterCollectstatic:
    def test_pages_name_files_that_exist_by_their_hash(self, collected: Path, client: Client) -> None:
        page = client.get("/").content.decode()
        names = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
        assert names
        assert [name for name in names if not HASHED.search(name)] == []
        assert [name for name in names if not (collected / name).is_file()] == []

    def test_scripts_import_each_other_by_the_hash(self, collected: Path) -> None:
        scripts = [path for path in (collected / "js").glob("*.js") if HASHED.search(path.name)]
        imports = {(path.name, name) for path in scripts for name in IMPORT.findall(COMMENT.sub("", path.read_text()))}
        assert len(imports) > 30
        assert {found for found in imports if not HASHED.search(found[1])} == set()
        assert {found for found in imports if not (collected / "js" / found[1]).is_file()} == set()

    def test_so_do_styles_name_pictures(self, collected: Path) -> None:
        for path in (collected / "css").glob("*.css"):
            if HASHED.search(path.name):
                for url in re.findall(r"url\(\"?([^)\"#]+)", path.read_text()):
                    assert url.startswith("data:") or (path.parent / url).is_file(), (path.name, url)

    def test_a_new_content_has_a_new_name(self, collected: Path, tmp_path: Path) -> None:
        (tmp_path / "js").mkdir()
        names = []
        for content in ("export const a = 1;", "export const a = 2;"):
            (tmp_path / "js" / "a.js").write_text(content)
            (tmp_path / "js" / "b.js").write_text('import { a } from "./a.js";\n')
            storage = HashedNames(location=str(tmp_path), base_url="/static/")
            files = {name: (storage, name) for name in ("js/a.js", "js/b.js")}
            assert not [error for _name, _hashed, error in storage.post_process(files) if isinstance(error, Exception)]
            names.append((storage.url("js/a.js"), storage.url("js/b.js")))
        assert len({*names[0], *names[1]}) == 4, "whatever imports it has a new name too"


def test_without_it_names_are_as_they_are(tmp_path: Path, client: Client, db: Any) -> None:
    storage = HashedNames(location=str(tmp_path), base_url="/static/")
    assert storage.url("js/room.js") == "/static/js/room.js"
    assert "/static/css/" in client.get("/").content.decode()
