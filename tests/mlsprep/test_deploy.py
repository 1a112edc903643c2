"""Test the files of deploy/: a restart behind the socket fails no request, and proxies log no tokens."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.mlsprep.processes import environment
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
# What systemd does for a service with a socket: the port is descriptor 3.
START = """
import os, sys
os.dup2(int(os.environ["HELD"]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.mark.laptop
def test_no_request_fails_while_the_web_server_restarts_behind_the_socket_of_systemd(data_dir: Path) -> None:
    port, statuses, over = free_port(), [], threading.Event()
    with socket.create_server(("127.0.0.1", port), backlog=2048) as held:

        def start() -> subprocess.Popen[bytes]:
            variables = environment(data_dir, {"LISTEN_FDS": "1", "HELD": str(held.fileno())})
            command = [sys.executable, "-c", START, "-m", "gunicorn", "mlsprep.wsgi"]
            return subprocess.Popen(command, cwd=ROOT, env=variables, pass_fds=[held.fileno()])

        def ask() -> None:
            while not over.is_set():
                connection = HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", "/healthz", headers={"Connection": "close"})
                statuses.append(connection.getresponse().status)
                connection.close()

        server = start()
        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        while len(statuses) < 50:
            time.sleep(0.05)
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
        before = len(statuses)
        server = start()
        while len(statuses) < before + 50:
            time.sleep(0.05)
        over.set()
        for thread in asking:
            thread.join(timeout=60)
        server.terminate()
        server.wait(timeout=60)
    assert set(statuses) == {200}


@pytest.mark.parametrize(
    "path",
    [
        *("/accounts/link/s3cret/", "/sub/accounts/link/s3cret/", "/join/link/s3cret", "/calendar/s3cret.ics"),
        *("/reminders/confirm/s3cret/", "/reminders/stop/s3cret/"),
    ],
)
def test_nginx_logs_no_last_part_of_a_path_with_a_token(path: str) -> None:
    pattern = re.search(r"~(\S+) +\$begin", (DEPLOY / "nginx.conf").read_text())
    assert pattern
    match = re.match(pattern[1].replace("(?<", "(?P<"), path)
    assert match
    assert "s3cret" not in match["begin"]
    assert "$mlsprep_path" in (DEPLOY / "nginx.conf").read_text()
    assert "$request " not in (DEPLOY / "nginx.conf").read_text()


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("mlsprep-*.*")), ids=lambda path: path.name)
def test_systemd_accepts_the_units(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for path in DEPLOY.glob("mlsprep-*.*"):  # with a program that exists here
        text = re.sub(r"/opt/mlsprep/.venv/bin/\w+", "/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    verify = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / unit.name], capture_output=True, text=True, timeout=60, check=False
    )
    assert [line for line in verify.stderr.splitlines() if "mlsprep-" in line] == []


def test_nginx_accepts_the_site(tmp_path: Path) -> None:
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    site = re.sub(
        r"(?m)^.*ssl_certificate.*$|listen 443 ssl",
        lambda m: "listen 8443" if "listen" in m[0] else "",
        (DEPLOY / "nginx.conf").read_text(),
    )
    site = site.replace("/var/log/nginx/mlsprep.log", str(tmp_path / "access.log"))
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/nginx.pid; events {{}} http {{ {site} }}")
    subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], check=True, timeout=60)


def test_the_settings_of_the_units_are_refused_until_the_samples_are_replaced() -> None:
    lines = [line for line in (DEPLOY / "mlsprep.env").read_text().splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines)
    check = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert check.returncode != 0
    assert "SECRET_KEY is the sample" in check.stderr
