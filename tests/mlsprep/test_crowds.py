"""Test that a network with more than its share of the threads waits, and nobody else."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mlsprep import crowds
from mlsprep.crowds import ATTEMPT_BURST, CALM_SECONDS, OTHERS_SECONDS, START_BURST, Crowds
from tests import factories
from tests.html_forms import forms
from tests.sitting import browser

SCHOOL, CROWD = "192.0.2.7", "203.0.113.9"


class Clock:
    """A monotonic clock that moves when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr("mlsprep.crowds.time.monotonic", clock := Clock())
    return clock


@pytest.fixture
def here(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Crowds:
    """Return what this process counts, from now on."""
    monkeypatch.setattr(crowds, "crowds", here := Crowds())
    return here


def ask(here: Crowds, network: str, kind: str = "page", *, attempt: str = "", factor: int = 1) -> bool:
    """Ask for something that is answered at once; return whether it is answered."""
    slot = here.begin(network, "attempt" if attempt else kind, factor, attempt=attempt)
    if slot is None:
        here.refuse(network)
    here.end(network, slot, attempt if slot else "")
    return slot is not None


def occupy(here: Crowds, clock: Clock, *networks: str) -> None:
    """Let requests of these networks run for three seconds, and go on."""
    for network in networks:
        here.begin(network)
    clock.now += 3


def test_a_network_with_all_threads_waits_while_others_are_answered(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    assert not ask(here, CROWD)
    assert ask(here, SCHOOL)


def test_a_school_alone_is_never_refused(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    clock.now += OTHERS_SECONDS + 1
    occupy(here, clock, *[CROWD] * 8)
    assert ask(here, CROWD)


def test_a_rush_that_is_over_soon_is_none(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    slots = [here.begin(CROWD) for _ in range(8)]
    clock.now += 0.5
    assert ask(here, CROWD)
    for slot in slots:
        here.end(CROWD, slot)
    clock.now += 1
    occupy(here, clock, *[CROWD] * 2)
    assert ask(here, CROWD)


@pytest.mark.parametrize(
    ("networks", "is_refused"),
    [
        ([CROWD] * 4 + ["2001:db8::/48"] * 4, True),  # the two of one machine, beside somebody else
        ([CROWD] * 4, False),
        ([CROWD] * 2 + [f"198.51.100.{n}" for n in range(6)], False),  # others are as busy
    ],
)
def test_what_is_refused_is_more_than_a_share_of_a_busy_process(
    networks: list[str], is_refused: bool, here: Crowds, clock: Clock
) -> None:
    ask(here, SCHOOL)
    occupy(here, clock, *networks)
    assert ask(here, CROWD) is not is_refused
    assert ask(here, SCHOOL)


def test_a_crowd_gets_one_page_at_a_time_until_it_is_calm_or_the_process_has_little_to_do(
    here: Crowds, clock: Clock
) -> None:
    ask(here, SCHOOL)
    slots = [here.begin(CROWD) for _ in range(8)]
    clock.now += 3
    assert not ask(here, CROWD)
    for slot in slots[:5]:
        here.end(CROWD, slot)
    clock.now += CALM_SECONDS - 1
    assert not ask(here, CROWD), "three are still occupied"
    for slot in slots[5:]:
        here.end(CROWD, slot)
    clock.now += 2
    page = here.begin(CROWD)
    assert page, "nothing else runs"
    assert ask(here, CROWD), "one beside it is no crowd"


def test_two_networks_of_one_school_are_never_refused_if_nobody_else_asks(here: Crowds, clock: Clock) -> None:
    occupy(here, clock, *[CROWD, "2001:db8::/48"] * 4)
    assert ask(here, CROWD)
    assert ask(here, "2001:db8::/48")


def test_the_instructor_in_the_network_of_the_class_has_pages_of_the_admin(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    assert not ask(here, CROWD)
    assert ask(here, CROWD, "staff")
    for _ in range(crowds.AT_ONCE["staff"]):
        here.begin(CROWD, "staff")
    assert not ask(here, CROWD, "staff")


def test_the_page_before_a_start_does_not_wait_for_other_pages(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    assert not ask(here, CROWD)
    assert here.begin(CROWD, "start")
    assert not ask(here, CROWD, "start")


def test_the_log_names_a_crowd_once_a_minute(here: Crowds, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    for _ in range(5):
        assert not ask(here, CROWD)
    clock.now += 59
    ask(here, SCHOOL)
    assert not ask(here, CROWD)
    assert [record.getMessage() for record in caplog.records] == [
        "Network 203.0.113.9 has 9 requests at once: its pages wait."
    ]
    clock.now += 2
    assert not ask(here, CROWD)
    assert len(caplog.records) == 2


def test_an_exception_has_more_at_once(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    assert not ask(here, CROWD, factor=8)
    assert ask(here, CROWD, factor=9)


def test_exams_of_a_crowd_go_on_but_not_those_that_nobody_takes(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    ask(here, CROWD, attempt="mine")
    occupy(here, clock, *[CROWD] * 8)
    for _ in range(60):
        assert ask(here, CROWD, attempt="mine")
        clock.now += 1
        assert ask(here, SCHOOL)
        assert not ask(here, CROWD)
    assert not ask(here, CROWD, attempt="made up")
    assert ask(here, CROWD, attempt="mine")


def test_one_exam_cannot_be_asked_for_all_the_time(here: Crowds, clock: Clock) -> None:
    ask(here, SCHOOL)
    ask(here, CROWD, attempt="mine")
    occupy(here, clock, *[CROWD] * 8)
    answered = sum(ask(here, CROWD, attempt="mine") for _ in range(100))
    assert answered == ATTEMPT_BURST
    clock.now += 5
    assert sum(ask(here, CROWD, attempt="mine") for _ in range(100)) == 5


def test_networks_and_exams_that_have_gone_are_forgotten(here: Crowds, clock: Clock) -> None:
    for number in range(500):
        ask(here, f"10.0.{number // 250}.{number % 250}", attempt=f"attempt {number}")
    clock.now += crowds.ATTEMPTS_SECONDS + 1
    ask(here, SCHOOL)
    assert (list(here._networks), here._attempts, here._admitted) == ([SCHOOL], {}, {})


# --- What is refused, and the page for it --------------------------------------------------------


@pytest.fixture
def crowded(here: Crowds, clock: Clock) -> Client:
    """Return a browser in a network that is a crowd."""
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    return Client(REMOTE_ADDR=CROWD)


def words(page: Any) -> str:
    return " ".join(page.content.decode().split())


@pytest.mark.django_db
def test_a_page_is_refused_without_a_query_and_asks_again(crowded: Client, django_assert_num_queries: Any) -> None:
    crowded.cookies["sessionid"], crowded.cookies["theme"] = "k" * 32, "dark"
    with django_assert_num_queries(0):
        page = crowded.get("/guide/search/", {"q": 'a "b"'})
    assert page.status_code == 429
    assert f"This page tries again by itself in {page['Retry-After']} seconds." in words(page)
    assert forms(page)["start"].fields == [("q", 'a "b"')]
    assert 'data-theme="dark"' in words(page)
    assert int(page["Content-Length"]) == len(page.content)
    assert "Content-Security-Policy" in page
    assert Client(REMOTE_ADDR=SCHOOL).get("/privacy/").status_code == 200


@pytest.mark.django_db
def test_what_was_sent_is_not_repeated_by_itself(crowded: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        page = crowded.post(reverse("account_login"), {"login": "alice", "password": "secret-word"})
    assert page.status_code == 429
    assert "What you have just sent was not stored." in words(page)
    assert "secret-word" not in words(page)
    assert forms(page) == {}


@pytest.mark.parametrize(
    ("address", "is_start"),
    [
        ("/exams/some-exam/", True),
        ("/practice/start/", True),
        ("/join/somebody-else/", False),
        ("/practice/", False),
    ],
)
def test_starts_and_the_steps_to_them_send_themselves_again(
    here: Crowds, crowded: Client, address: str, is_start: bool
) -> None:
    here.begin(CROWD, "start")
    page = crowded.post(address, {"code": "ABCD"})
    assert page.status_code == 429
    assert ("Nothing has started yet." in words(page)) is is_start
    assert (forms(page)["start"].fields if is_start else forms(page)) == ([("code", "ABCD")] if is_start else {})


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/json"], ids=["form", "script"])
def test_one_device_keeps_nobody_from_starting_who_has_the_page(here: Crowds, clock: Clock, accept: str) -> None:
    blueprint = factories.small_blueprint()
    client, address = Client(REMOTE_ADDR=CROWD), reverse("exam", args=[blueprint.code])
    form = next(form for form in forms(client.get(address)).values() if "pair" in form.values)
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    here.begin(CROWD, "start")
    assert Client(REMOTE_ADDR=CROWD).post(address, form.data()).status_code == 429, "the page of another browser"
    started = client.post(address, form.data(), headers={"accept": accept})
    room = started["Location"] if accept == "text/html" else started.json()["location"]
    assert "This does not affect a running exam." in words(client.get("/privacy/"))
    unknown = client.get(reverse("attempt", args=["00000000-0000-4000-8000-000000000000"]))
    assert "The clock of a running exam continues, and saved answers are safe." in words(unknown)
    rooms = [client.get(room, follow=True).status_code for _ in range(6)]
    assert rooms == [200] * 6, "the exam is known since its start, and has what its room asks for"
    asked = [client.post(address, form.data()).status_code for _ in range(int(START_BURST))]
    assert asked[-1] == 429, "the page of a start cannot be sent all the time"


@pytest.mark.django_db
def test_one_device_keeps_no_class_from_starting(here: Crowds, clock: Clock) -> None:
    now = timezone.now()
    sitting = factories.sitting(factories.small_blueprint(), opens_at=now, closes_at=now + timedelta(hours=1))
    address = reverse("join_sitting", args=[sitting.code])
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    client = Client(REMOTE_ADDR=CROWD)
    assert client.get("/plan/").status_code == 429
    here.begin(CROWD, "join")
    page = client.get(address)
    form = next(form for form in forms(page).values() if "pair" in form.values)
    started = client.post(form.action or address, {**form.data(), "name": "Ana"}, follow=True)
    assert re.match(r"/attempts/", started.redirect_chain[-1][0]), "its room is known"
    assert started.status_code == 200


@pytest.mark.django_db
def test_what_a_crowd_has_to_wait_for_gives_no_minutes(here: Crowds, crowded: Client) -> None:
    here.begin(CROWD, "start")
    page = crowded.post("/exams/some-exam/", {"code": "ABCD"})
    assert "put_off" not in words(page)
    kept = crowded.post("/exams/some-exam/", {"code": "ABCD", "put_off": "signed"})
    assert ("put_off", "signed") in forms(kept)["start"].fields, "what a busy server has said before"


@pytest.mark.django_db
def test_a_running_exam_and_files_are_served(here: Crowds, clock: Clock) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())
    client = browser(attempt.candidate)
    client.defaults["REMOTE_ADDR"] = CROWD
    room = reverse("question", args=[attempt.uuid, 1])
    assert client.get(room).status_code == 200
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    for name in ("question", "clock", "paper", "worker", "summary", "finish", "seat", "sync"):
        args = [attempt.uuid, 1] if name == "question" else [attempt.uuid]
        assert client.get(reverse(name, args=args)).status_code not in (429, 503), name
    assert client.get(reverse("export", args=[attempt.uuid])).status_code == 429
    picture = reverse("image", args=[f"{'0' * 64}.png"])
    assert client.get(picture, headers={"referer": f"https://testserver{room}"}).status_code == 404, "asked for"
    assert client.get(picture).status_code == 429
    assert client.get("/static/css/base.css").status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_made_up_exams_keep_no_exam_waiting_that_another_process_has_started(here: Crowds, clock: Clock) -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())
    client = browser(attempt.candidate)
    client.defaults["REMOTE_ADDR"] = CROWD
    ask(here, SCHOOL)
    occupy(here, clock, *[CROWD] * 8)
    for number in range(8):
        made_up = reverse("clock", args=[f"00000000-0000-4000-8000-00000000000{number}"])
        assert client.get(made_up).status_code == 429
    assert not here._attempts
    last = here._networks[CROWD].refused_at
    clock.now += 1
    assert client.get(reverse("clock", args=[attempt.uuid])).status_code == 200
    assert here._networks[CROWD].refused_at == last, "an exam that is looked up is not refused"
    saved = [client.get(reverse("clock", args=[attempt.uuid])).status_code for _ in range(int(ATTEMPT_BURST))]
    assert saved == [200] * (int(ATTEMPT_BURST) - 1) + [429]
    digits = attempt.uuid.hex
    client.get(f"/attempts/{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:]}/clock")
    assert list(here._attempts) == [str(attempt.uuid)], "an attempt has one address"


@pytest.mark.django_db
def test_a_probe_is_nobody_else(here: Crowds, clock: Clock) -> None:
    Client(REMOTE_ADDR="127.0.0.1").get("/healthz")
    occupy(here, clock, *[CROWD] * 8)
    assert Client(REMOTE_ADDR=CROWD).get("/privacy/").status_code == 200


@pytest.mark.django_db
def test_a_trusted_network_and_one_without_an_address_are_answered(crowded: Client, settings: Any) -> None:
    settings.LIMIT_EXCEPTIONS = {ip_network("203.0.113.0/24"): 50}
    assert crowded.get("/privacy/").status_code == 200
    assert Client(REMOTE_ADDR="").get("/privacy/").status_code == 200
