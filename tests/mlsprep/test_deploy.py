"""Test the files of deploy/: a restart behind the socket fails no request, and proxies log no tokens."""

import getpass
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
from tests.stack.parts import BEHIND_SOCKET

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


@pytest.mark.laptop
def test_no_request_fails_while_the_web_server_restarts_behind_the_socket_of_systemd(data_dir: Path) -> None:
    port, statuses, over = free_port(), [], threading.Event()
    with socket.create_server(("127.0.0.1", port), backlog=2048) as held:

        def start() -> subprocess.Popen[bytes]:
            variables = environment(data_dir, {"LISTEN_FDS": "1", "HELD": str(held.fileno())})
            command = [sys.executable, "-c", BEHIND_SOCKET, "-m", "gunicorn", "mlsprep.wsgi"]
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


TOKEN_PATHS = [
    *("/accounts/link/s3cret/", "/sub/accounts/link/s3cret/", "/join/link/s3cret", "/calendar/s3cret.ics"),
    *("/accounts/password/reset/key/1-s3cret/", "/reminders/confirm/s3cret/", "/reminders/stop/s3cret/?x=s3cret"),
    "/Accounts/LINK/s3cret/",
]
PATTERNS = {
    "deploy/nginx.conf": (r"~\*(\S+) +\$begin", "$mlsprep_path"),
    "Caddyfile": (r'request>uri regexp "(\S+)"', '"${1}..."'),
}


@pytest.mark.parametrize("file", PATTERNS)
@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_the_pattern_of_a_proxy_leaves_no_token_in_a_path(path: str, file: str) -> None:
    pattern, used = PATTERNS[file]
    text = (ROOT / file).read_text()
    match = re.search(pattern, text)
    assert match
    begin = re.match(match[1].replace("(?<", "(?P<"), path, re.IGNORECASE if "~*^" in text else 0)
    assert begin
    assert "s3cret" not in begin[1]
    assert used in text


def ports_of(config: str, tmp_path: Path) -> tuple[str, int]:
    """Return a configuration for one free port, with its logs in a directory and no web server behind it."""
    port, nothing = free_port(), free_port()
    config = config.replace("/var/log/nginx/", f"{tmp_path}/").replace("127.0.0.1:8000", f"127.0.0.1:{nothing}")
    return config.replace("web:8000", f"127.0.0.1:{nothing}").replace("PORT", str(port)), port


def nginx_config(tmp_path: Path) -> tuple[Path, int]:
    """Write the site for nginx without a certificate, and return its file and port."""
    servers = re.split(r"(?m)^server \{", (DEPLOY / "nginx.conf").read_text())
    site = re.sub(r"(?m)^.*(?:ssl_certificate|listen \[::\]).*$", "", f"{servers[0]}server {{{servers[-1]}")
    site, port = ports_of(site.replace("listen 443 ssl", "listen 127.0.0.1:PORT"), tmp_path)
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = tmp_path / "nginx.conf"
    begin = f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; events {{}}"
    file.write_text(f"{begin}\nhttp {{ {temporary} {site} }}")
    return file, port


def caddyfile() -> str:
    """Return the Caddyfile as the installed Caddy knows it: before 2.7 without `request_buffers`."""
    said = subprocess.run(["caddy", "version"], capture_output=True, text=True, timeout=60, check=True).stdout
    version = re.search(r"(\d+)\.(\d+)", said)
    text = (ROOT / "Caddyfile").read_text()
    is_old = version and (int(version[1]), int(version[2])) < (2, 7)
    return text.replace("request_buffers 4MiB", "") if is_old else text


def caddy_config(tmp_path: Path) -> tuple[Path, int]:
    """Write the Caddyfile for HTTP, and return it with its port."""
    text = caddyfile().replace("{\n", "{\n\tadmin off\n", 1)
    text, port = ports_of(text.replace("{$PUBLIC_HOST}", "http://127.0.0.1:PORT"), tmp_path)
    file = tmp_path / "Caddyfile"
    file.write_text(text)
    return file, port


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_proxy_logs_no_token_even_if_no_web_server_responds(proxy: str, tmp_path: Path) -> None:
    if not shutil.which(proxy):
        pytest.skip(f"{proxy} is not installed")
    tmp_path.chmod(0o755)  # nginx runs its workers as nobody
    if proxy == "nginx":
        file, port = nginx_config(tmp_path)
        command = ["nginx", "-e", str(tmp_path / "error.log"), "-c", str(file)]
    else:
        file, port = caddy_config(tmp_path)
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]
    log = tmp_path / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "HOME": str(tmp_path)})
        try:
            for path in [*TOKEN_PATHS, "/seen/"]:
                assert ask_until_there(port, path) == 502
        finally:
            process.terminate()
            process.wait(timeout=30)
    lines = "".join(file.read_text() for file in tmp_path.glob("*.log"))
    assert "s3cret" not in lines
    assert "/seen/" in lines
    assert lines.count("/accounts/link/...") >= 2


def ask_until_there(port: int, path: str) -> int:
    """Return the status, once the proxy listens."""
    for _try in range(200):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path, headers={"Referer": f"http://127.0.0.1{path}", "Connection": "close"})
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError("the proxy does not start")


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("mlsprep-*.*")), ids=lambda path: path.name)
def test_systemd_accepts_the_units(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for path in DEPLOY.glob("mlsprep-*.*"):  # with a program that exists here
        text = re.sub(r"/opt/mlsprep/(?:.venv/bin|deploy)/[\w.-]+", "/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    verify = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / unit.name], capture_output=True, text=True, timeout=60, check=False
    )
    assert [line for line in verify.stderr.splitlines() if "mlsprep-" in line] == []


def test_nginx_accepts_the_site(tmp_path: Path) -> None:
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    file, _port = nginx_config(tmp_path)
    subprocess.run(["nginx", "-t", "-e", tmp_path / "error.log", "-c", file], check=True, timeout=60)


def test_caddy_accepts_the_file(tmp_path: Path) -> None:
    if not shutil.which("caddy"):
        pytest.skip("caddy is not installed")
    file = tmp_path / "Caddyfile"
    file.write_text(caddyfile())
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", file]
    variables = {**os.environ, "PUBLIC_HOST": "exams.example.org"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_prometheus_accepts_the_alerts() -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    subprocess.run(["promtool", "check", "rules", DEPLOY / "alerts.yml"], check=True, timeout=60)
    subprocess.run(["promtool", "check", "config", "--syntax-only", DEPLOY / "prometheus.yml"], check=True, timeout=60)


def test_compose_accepts_its_file(tmp_path: Path) -> None:
    if not shutil.which("docker-compose"):
        pytest.skip("docker-compose is not installed")
    for name in ("docker-compose.yml", "Caddyfile"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    command = ["docker-compose", "--profile", "tls", "config", "--quiet"]
    variables = {"PATH": os.environ["PATH"], "POSTGRES_PASSWORD": "x", "PUBLIC_HOST": "exams.example.org"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def read_by_a_shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the settings of the units, as docs/operations.md reads them."""
    script = f"set -a && . {DEPLOY}/mlsprep.env && set +a; {command}"
    variables = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_settings_of_the_units_are_refused_until_the_samples_are_replaced() -> None:
    check = read_by_a_shell(f"{sys.executable} manage.py check")
    assert check.returncode != 0
    assert "SECRET_KEY is the sample" in check.stderr


def test_a_shell_reads_the_whole_address_of_the_database() -> None:
    lines = read_by_a_shell("env").stdout.splitlines()
    (url,) = [line for line in lines if line.startswith("DATABASE_URL=")]
    assert url.endswith("?tcp_user_timeout=10000&options=-c%20statement_timeout%3D30000")
    assert not [line for line in lines if line.startswith("options=")]


def test_a_shell_reads_every_sample_of_a_setting_once_it_is_no_comment(tmp_path: Path) -> None:
    file = tmp_path / "mlsprep.env"
    file.write_text(re.sub(r"(?m)^#(?=[A-Z_]+=)", "", (DEPLOY / "mlsprep.env").read_text()))
    done = subprocess.run(
        ["sh", "-euc", f"set -a; . {file}; env"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "OPERATOR_CONTACT=IT Help Desk, room 12" in done.stdout.splitlines()


@pytest.mark.parametrize("file", ["deploy/mlsprep.env", ".env.example"])
def test_a_sample_of_settings_names_each_once_with_its_own_comment(file: str) -> None:
    text = (ROOT / file).read_text()
    names = re.findall(r"(?m)^#?([A-Z_]+)=", text)
    assert sorted(set(names)) == sorted(names)
    comment = re.search(r"(?m)^# (.*)\n#OPERATOR_CONTACT=", text)
    assert comment
    assert "help" in comment[1]


def managed(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run deploy/manage as the user of the tests, in a shell that knows no settings."""
    return subprocess.run(
        [DEPLOY / "manage", *arguments],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable, "MLSPREP_USER": getpass.getuser(), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_command_of_an_administrator_has_the_settings_of_the_server(tmp_path: Path) -> None:
    settings = tmp_path / "mlsprep.env"
    settings.write_text(
        f'MLSPREP_DATA_DIR="{tmp_path}/data"\nSITE_NAME="House & Home"\nSECRET_KEY={"s" * 50}\n'
        'DATABASE_URL="postgresql://mlsprep:a%24b%25c%2Fd%40e@127.0.0.1:1/mlsprep"\n'
    )
    code = "from django.conf import settings as s; print(s.DATA_DIR, s.SITE_NAME, s.DATABASES['default']['PASSWORD'])"
    done = managed("shell", "--no-imports", "--command", code, MLSPREP_SETTINGS=str(settings))
    assert done.stdout.strip() == f"{tmp_path}/data House & Home a$b%c/d@e", done.stderr


def test_a_command_without_the_settings_of_the_server_does_nothing(tmp_path: Path) -> None:
    done = managed("migrate", MLSPREP_SETTINGS=str(tmp_path / "mlsprep.env"))
    assert done.returncode == 1
    assert "Nothing was done" in done.stderr


def test_the_manual_has_no_command_that_misses_the_settings_of_a_server() -> None:
    manual = (ROOT / "docs/operations.md").read_text()
    server = manual.partition("## On a Debian server")[2].partition("## Sizes")[0]
    commands = "\n".join(re.findall(r"(?ms)^```sh\n(.*?)^```", server))
    assert "manage.py" not in commands
    used = set(re.findall(r"deploy/[\w.-]+", commands))
    assert {"deploy/manage", "deploy/backup.sh", "deploy/restore.sh", "deploy/recover.sh"} <= used
    assert [name for name in used if not (ROOT / name).exists() and not name.endswith("-")] == []


def test_wherever_the_web_server_is_stopped_or_started_its_socket_is_too() -> None:
    texts = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *DEPLOY.iterdir()]
    commands = [
        command
        for file in texts
        for command in re.findall(r"systemctl (?:stop|start|enable --now) [^`#&|\n]*", file.read_text())
        if re.search(r"mlsprep-web(?!\.socket)", command)
    ]
    assert len(commands) >= 4
    assert [command for command in commands if "mlsprep-web.socket" not in command] == []


def test_the_code_is_fetched_so_that_the_user_of_the_service_can_read_it() -> None:
    manual = (ROOT / "docs/operations.md").read_text()
    assert 0 < manual.index("umask 022") < manual.index("git clone")
    assert "`umask 022`, `git pull`" in manual
