"""Test `manage.py serve` as a process: it creates its data, locks it, finds a port and stops in order."""

import re
import shutil
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mlsprep.processes import manage, running_server
from tests.servers import free_port

pytestmark = pytest.mark.laptop


def test_it_starts_from_nothing_and_prints_the_url_the_data_directory_and_the_admin_link(tmp_path: Path) -> None:
    data_dir = tmp_path / "nothing" / "yet"
    with running_server(data_dir, free_port()) as server:
        assert server.get("/healthz") == (200, "ok\n")
        assert server.ready() == {"ready": True, "faults": {}, "warnings": {}}
        assert server.get("/static/css/tokens.css")[0] == 200
        assert f"http://127.0.0.1:{server.port}/" in server.output
        assert str(data_dir) in server.output
        link = re.search(rf"http://127.0.0.1:{server.port}(/\S+)\n", server.output.partition("become administrator")[2])
        assert link
        assert server.get(link[1])[0] == 200
        with closing(sqlite3.connect(data_dir / "mlsprep.sqlite3")) as database:
            assert database.execute("SELECT count(*) FROM questions_question").fetchone()[0] >= 80
        assert (data_dir / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_order(data_dir: Path, signal_number: int) -> None:
    with running_server(data_dir, free_port()) as server:
        assert server.stop(signal_number) == 0
        assert "No exam is running." in server.output
        assert server.output.endswith("Stopped.\n")
        assert "Traceback" not in server.output


def test_a_second_server_on_the_same_data_directory_is_refused(data_dir: Path) -> None:
    with running_server(data_dir, free_port()) as server:
        second = manage(data_dir, "serve", "--port", str(free_port()))
        assert second.returncode == 1
        assert f"mlsprep is running on {data_dir} already" in second.stderr
        assert "Traceback" not in second.stderr
        assert server.ready()["ready"]


def test_it_starts_again_after_kill_9(data_dir: Path) -> None:
    with running_server(data_dir, free_port()) as server:
        server.stop(signal.SIGKILL)
    with running_server(data_dir, free_port()) as server:
        assert server.ready()["ready"]
        assert "become administrator" not in server.output  # printed once


def test_it_uses_the_next_free_port(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with running_server(data_dir, taken) as server:
            assert server.port > taken
            assert f"Port {taken} is in use, so mlsprep uses port {server.port}." in server.output
            assert server.get("/healthz")[0] == 200


@pytest.fixture(scope="module")
def without_exams(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared data directory whose database lacks the tables of the app exams."""
    data_dir = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("older") / "data"))
    assert manage(data_dir, "migrate", "exams", "zero").returncode == 0
    return data_dir


@pytest.fixture
def older_dir(without_exams: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(without_exams, tmp_path / "data"))


def test_it_copies_the_database_before_it_changes_tables(older_dir: Path) -> None:
    with closing(sqlite3.connect(older_dir / "mlsprep.sqlite3")) as database, database:
        database.execute("INSERT INTO auth_group (name) VALUES ('kept')")
    with running_server(older_dir, free_port()) as server:
        assert "Updating the database" in server.output
    (copy,) = (older_dir / "backups").glob("before-upgrade-*.sqlite3")
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM auth_group WHERE name = 'kept'").fetchone()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert "exams_attempt" not in tables


def test_a_failed_upgrade_prints_how_to_go_back(older_dir: Path) -> None:
    with closing(sqlite3.connect(older_dir / "mlsprep.sqlite3")) as database, database:
        database.execute("CREATE TABLE exams_candidate (id integer)")
    refused = manage(older_dir, "serve", "--port", str(free_port()))
    (copy,) = (older_dir / "backups").glob("before-upgrade-*.sqlite3")
    assert refused.returncode == 1
    assert 'could not be updated: table "exams_candidate" already exists' in refused.stderr
    assert f"To go back, run manage.py restore {copy}" in refused.stderr
    assert "Cannot write to" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_cannot_be_copied_is_not_changed(older_dir: Path) -> None:
    (older_dir / "backups").write_text("in the way")
    before = (older_dir / "mlsprep.sqlite3").read_bytes()
    refused = manage(older_dir, "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "The database could not be copied, so it was not changed" in refused.stderr
    assert "Cannot write to" not in refused.stderr
    assert (older_dir / "mlsprep.sqlite3").read_bytes() == before


def test_a_file_that_is_not_a_database_is_refused(data_dir: Path) -> None:
    (data_dir / "mlsprep.sqlite3").write_bytes(b"torn " * 1000)
    refused = manage(data_dir, "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "cannot be read: file is not a database" in refused.stderr
    assert "manage.py restore" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_data_directory_that_cannot_be_written_is_refused(data_dir: Path) -> None:
    (data_dir / "serve.lock").unlink(missing_ok=True)
    (data_dir / "serve.lock").mkdir()
    refused = manage(data_dir, "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    assert f"Cannot write to {data_dir}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_exams_work_if_the_address_file_cannot_be_written(data_dir: Path) -> None:
    (data_dir / "address").mkdir()
    with running_server(data_dir, free_port()) as server:
        assert server.get("/healthz")[0] == 200
        assert server.stop() == 0
        assert "Traceback" not in server.output


def test_an_uncounted_proxy_gives_a_warning_and_no_endless_redirect(data_dir: Path) -> None:
    port = free_port()
    with running_server(data_dir, port, PUBLIC_URL=f"https://exams.example.org:{port}") as server:
        assert "exams.W002" in server.output
        assert server.get("/")[0] == 200


def test_a_large_installation_is_refused(data_dir: Path) -> None:
    refused = manage(data_dir, "serve", REDIS_URL="redis://127.0.0.1:1/0")
    assert refused.returncode == 1
    assert "web and worker are processes of their own" in refused.stderr


def test_an_address_of_another_machine_is_refused(data_dir: Path) -> None:
    refused = manage(data_dir, "serve", "--host", "192.0.2.1", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "Cannot listen on 192.0.2.1" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("GUESTS", "maybe", "GUESTS is 'maybe'. Use on or off."),
        ("PUBLIC_URL", "exams.example.org", "It must look like https://exams.example.org."),
        ("MLSPREP_DATA_DIR", "/dev/null/data", "Cannot write to /dev/null/data"),
    ],
)
def test_an_invalid_environment_variable_is_refused(data_dir: Path, variable: str, value: str, sentence: str) -> None:
    refused = manage(data_dir, "serve", "--port", str(free_port()), **{variable: value})
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
