"""Accounts: sign-up, sign-in, links, passwords, and what becomes of a guest's exams and of sessions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate, Response
from exams.roles import INSTRUCTOR
from exams.services.attempt import attempts
from exams.services.people import candidates, sign_in
from questions.models import User
from tests import factories
from tests.factories import PASSWORD
from tests.sitting import Guest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def running(client: Client) -> Attempt:
    """The exam that `client` sits as a guest."""
    Guest.start(client, factories.small_blueprint(exams=3))
    return Attempt.objects.get()


def question(attempt: Attempt) -> str:
    return reverse("question", args=[attempt.uuid, 1])


def sign_up(client: Client, name: str = "alice", **fields: str) -> Any:
    return client.post(reverse("account_signup"), {"username": name, "password1": PASSWORD, **fields})


def log_in(client: Client, name: str = "alice", password: str = PASSWORD, **fields: str) -> Any:
    return client.post(reverse("account_login"), {"login": name, "password": password, **fields})


def link_for(user: User) -> str:
    return urlsplit(sign_in.sign_in_link(user, "http://testserver/")).path


# --- Sign-up and sign-in


def test_signing_up_needs_a_name_and_a_password_and_keeps_the_guests_exam(client: Client, running: Attempt) -> None:
    response = sign_up(client)
    assert response.status_code == 302
    alice = User.objects.get()
    assert (alice.username, alice.email) == ("alice", "")
    assert Candidate.objects.get().user == alice
    assert client.get(question(running)).status_code == 200
    assert "alice" in client.get(reverse("history")).text


def test_a_password_that_is_too_short_is_said_and_makes_nothing(client: Client) -> None:
    response = sign_up(client, password1="short")
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.text
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["admin", "Administrator"])
def test_nobody_signs_up_as_who_runs_the_server(client: Client, name: str) -> None:
    assert "This name is reserved." in sign_up(client, name).text
    assert not User.objects.exists()


def test_signing_up_with_a_known_address_says_no_more_than_with_an_unknown_one(client: Client) -> None:
    factories.user("bob", email="bob@example.org")
    assert sign_up(client, email="bob@example.org").status_code == 302
    assert sign_up(Client(), "carol", email="carol@example.org").status_code == 302


def test_closed_sign_up_is_said_and_makes_nothing(client: Client, settings: Any) -> None:
    settings.SIGNUP, settings.OPERATOR_CONTACT = False, "Ms Lopez, room 12"
    for response in (client.get(reverse("account_signup")), sign_up(client)):
        assert "you cannot create an account yourself. Ask Ms Lopez, room 12." in response.text
    assert "Create an account" not in client.get(reverse("account_login")).text
    assert not User.objects.exists()


def test_a_guest_is_not_invited_to_a_closed_sign_up(client: Client, running: Attempt, settings: Any) -> None:
    assert "create an account" in client.get(reverse("history")).text
    settings.SIGNUP = False
    page = client.get(reverse("history")).text
    assert "You can reach these results from this browser only." in page
    assert "create an account" not in page


def test_signing_in_elsewhere_goes_on_with_the_running_exam(client: Client, running: Attempt) -> None:
    sign_up(client)
    phone = Client()
    log_in(phone)
    assert phone.get(reverse("attempt", args=[running.uuid]))["Location"] == question(running)


def test_a_browser_signed_in_before_the_first_exam_began_elsewhere_finds_it(client: Client) -> None:
    factories.user()
    phone = Client()
    log_in(phone)
    log_in(client)
    Guest.start(client, factories.small_blueprint())
    attempt = Attempt.objects.get()
    assert phone.get(question(attempt)).status_code == 200
    assert phone.post(question(attempt), {"option": "0", "version": "0", "move": "next"}).status_code == 303


def test_a_wrong_password_gets_one_sentence_for_known_and_unknown_names(client: Client) -> None:
    factories.user()
    sentences = [log_in(client, name, "wrong").context["form"].non_field_errors() for name in ("alice", "nobody")]
    assert sentences == [["No account has this name and password. Check both."]] * 2


def test_five_failures_in_five_minutes_close_one_account_and_no_other(client: Client) -> None:
    factories.user("alice"), factories.user("bob")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            log_in(client, "alice", "wrong")
        assert "Wait five minutes" in log_in(client, "alice").text
        assert log_in(Client(), "bob").status_code == 302
        clock.shift(301)
        assert log_in(client, "alice").status_code == 302


def test_a_class_signs_up_and_in_from_one_address_within_a_minute() -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for n in range(60):
            assert sign_up(Client(), f"pupil{n}").status_code == 302
        for n in range(60):
            if n % 6 == 0:
                assert log_in(Client(), f"pupil{n}", "mistyped").status_code == 200
        for n in range(30):
            assert log_in(Client(), f"pupil{n}").status_code == 302


def test_too_many_tries_from_one_address_get_our_page(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    log_in(client, "nobody")
    response = log_in(client, "nobody")
    assert response.status_code == 429
    assert "A running exam is not affected." in response.text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_to_another_host_is_ignored(client: Client, target: str) -> None:
    factories.user()
    assert log_in(client, next=target)["Location"] == reverse("front")


def test_next_on_this_host_is_followed(client: Client) -> None:
    factories.user()
    assert log_in(client, next="/history/")["Location"] == "/history/"


def test_an_inactive_account_is_told_so(client: Client) -> None:
    factories.user(is_active=False)
    page = client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD}, follow=True).text
    assert "This account is not active" in page


# --- The claim at sign-in


def test_signing_in_brings_the_guests_exams_along(client: Client, running: Attempt) -> None:
    alice = factories.user()
    mine = factories.candidate(alice)
    log_in(client)
    running.refresh_from_db()
    assert running.candidate == mine
    assert client.get(question(running)).status_code == 200


@pytest.fixture
def two(client: Client, running: Attempt) -> tuple[Attempt, Attempt]:
    """`client` has signed in as alice: the exam sat as a guest before, and the one of her account, both running."""
    mine = factories.attempt(factories.candidate(factories.user()), running.form.blueprint, now=timezone.now())
    response = log_in(client, next="/history/")
    assert response["Location"] == reverse("account")
    return running, mine


def test_two_running_exams_are_both_offered_and_both_go_on(client: Client, two: tuple[Attempt, Attempt]) -> None:
    page = client.get(reverse("account")).text
    assert "Two of your exams are running, and both clocks go on." in page
    for attempt in two:
        assert reverse("attempt", args=[attempt.uuid]) in page
        assert client.get(question(attempt)).status_code == 200
        client.post(question(attempt), {"option": "0", "version": "0", "move": "next"})
        assert Response.objects.get(attempt=attempt, position=1).ticked == 1


def test_the_guests_exam_moves_into_the_account_when_it_is_finished(
    client: Client, two: tuple[Attempt, Attempt]
) -> None:
    guests, mine = two
    client.post(reverse("finish", args=[guests.uuid]), {"finish": "yes"})
    guests.refresh_from_db()
    assert guests.candidate == mine.candidate
    assert list(Candidate.objects.all()) == [mine.candidate]
    assert client.get(reverse("history")).text.count("/attempts/") == 2
    assert "Two of your exams" not in client.get(reverse("account")).text


def test_the_guests_exam_moves_after_it_was_closed_by_time(client: Client, two: tuple[Attempt, Attempt]) -> None:
    guests, mine = two
    assert attempts.finish(guests, guests.deadline + timedelta(minutes=1))
    client.post(question(mine), {"option": "0", "version": "0", "move": "next"})
    guests.refresh_from_db()
    assert guests.candidate == mine.candidate


def test_signing_out_between_two_running_exams_shows_the_guest_code(
    client: Client, two: tuple[Attempt, Attempt]
) -> None:
    assert candidates.guest_code(two[0].candidate) in client.get(reverse("account_logout")).text


# --- Sign-out, and the end of sessions


def test_sign_out_ends_the_candidates_session(client: Client, running: Attempt) -> None:
    sign_up(client)
    page = client.get(reverse("account_logout")).text
    assert "its clock does not stop" in page
    assert client.get(question(running)).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(question(running)).status_code == 404
    assert "No exams yet" in client.get(reverse("history")).text


def test_a_users_session_lasts_60_days(client: Client, running: Attempt) -> None:
    sign_up(client)
    left = Session.objects.get().expire_date - timezone.now()
    assert left / timedelta(days=1) == pytest.approx(60, abs=0.01)
    client.post(reverse("account_logout"))
    log_in(client)
    left = Session.objects.get().expire_date - timezone.now()
    assert left / timedelta(days=1) == pytest.approx(60, abs=0.01)


@pytest.fixture
def elsewhere(client: Client, running: Attempt) -> Client:
    """Another browser of alice, whose exam `client` sits too."""
    sign_up(client)
    other = Client()
    log_in(other)
    assert other.get(question(running)).status_code == 200
    return other


def still_in(browser: Client, attempt: Attempt) -> bool:
    shown = browser.get(question(attempt)).status_code
    saved = browser.post(question(attempt), {"option": "0", "version": "0", "move": "stay"}).status_code
    assert (shown == 200) == (saved == 303), (shown, saved)
    return shown == 200


def test_a_new_password_ends_other_browsers_and_not_this_one(
    client: Client, running: Attempt, elsewhere: Client
) -> None:
    passwords = {"oldpassword": PASSWORD, "password1": "another one 42", "password2": "another one 42"}
    page = client.post(reverse("account_change_password"), passwords, follow=True)
    assert page.request["PATH_INFO"] == reverse("account")
    assert still_in(client, running)
    assert elsewhere.get(question(running)).status_code == 401
    assert log_in(elsewhere, password="another one 42").status_code == 302
    assert still_in(elsewhere, running)


def test_a_password_changed_in_the_admin_ends_all_browsers(running: Attempt, elsewhere: Client) -> None:
    alice = User.objects.get()
    alice.set_password("another one 42")
    alice.save()
    response = elsewhere.post(question(running), {"option": "0", "version": "0", "move": "stay"})
    assert response.status_code == 401
    assert Response.objects.get(attempt=running, position=1).ticked == 0


def test_an_administrator_who_changes_her_own_password_in_the_admin_goes_on(client: Client) -> None:
    factories.user(is_staff=True, is_superuser=True)
    log_in(client)
    Guest.start(client, factories.small_blueprint())
    passwords = {"old_password": PASSWORD, "new_password1": "another one 42", "new_password2": "another one 42"}
    assert client.post(reverse("admin:password_change"), passwords).status_code == 302
    assert still_in(client, Attempt.objects.get())


def test_signing_out_everywhere_else_takes_the_password(client: Client, running: Attempt, elsewhere: Client) -> None:
    address = reverse("sign_out_everywhere")
    assert "This is not your current password." in client.post(address, {"password": "wrong"}).text
    assert still_in(elsewhere, running)
    assert client.post(address, {"password": PASSWORD}).status_code == 302
    assert still_in(client, running)
    assert elsewhere.get(question(running)).status_code == 401
    assert log_in(Client()).status_code == 302


def test_a_deactivated_account_is_asked_to_sign_in_and_keeps_its_answers(
    client: Client, running: Attempt, elsewhere: Client
) -> None:
    alice = User.objects.get()
    alice.is_active = False
    alice.save()
    assert [browser.get(question(running)).status_code for browser in (client, elsewhere)] == [401, 401]
    alice.is_active = True
    alice.save()
    assert client.get(question(running), follow=True).status_code == 200
    assert still_in(client, running)


def test_a_deleted_account_opens_nothing_any_more(client: Client, running: Attempt) -> None:
    sign_up(client)
    User.objects.get().delete()
    assert client.get(question(running)).status_code == 401
    assert Attempt.objects.get().responses.count() == 5


# --- Links


def test_a_sign_in_link_works_once_and_not_by_looking_at_it(client: Client) -> None:
    alice = factories.user()
    link = link_for(alice)
    for _ in range(2):
        assert "Sign in as alice" in client.get(link).text
    assert client.post(link)["Location"] == reverse("new_password")
    assert "alice" in client.get(reverse("account")).text
    again = Client()
    assert again.get(link).status_code == again.post(link).status_code == 410
    assert "does not work any more" in again.get(link).text


def test_the_administrators_first_link_leads_to_setting_a_password(client: Client) -> None:
    link = urlsplit(sign_in.admin_link("http://testserver")).path
    page = client.post(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert client.get(reverse("admin:index")).status_code == 200
    assert log_in(Client(), "admin").status_code == 302


def test_who_forgot_the_password_sets_a_new_one_after_the_link_and_only_then(client: Client) -> None:
    alice, passwords = factories.user(), {"password1": "another one 42", "password2": "another one 42"}
    log_in(client)
    address = reverse("new_password")
    assert client.post(address, passwords)["Location"] == reverse("account_change_password")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(link_for(User.objects.get(pk=alice.pk)))
        clock.shift(3601)
        assert client.post(address, passwords)["Location"] == reverse("account_change_password")
        client.post(link_for(User.objects.get(pk=alice.pk)))
        assert client.post(address, passwords)["Location"] == reverse("account")
        assert client.get(reverse("account")).status_code == 200
    assert log_in(Client(), password="another one 42").status_code == 302


def test_a_sign_in_link_brings_the_guests_exam_along(client: Client, running: Attempt) -> None:
    alice = factories.user()
    client.post(link_for(alice))
    running.refresh_from_db()
    assert running.candidate.user == alice
    assert still_in(client, running)


def make_links(browser: Client, *users: User) -> str:
    data = {"action": "make_sign_in_link", "_selected_action": [user.pk for user in users]}
    return browser.post(reverse("admin:questions_user_changelist"), data, follow=True).text


def test_staff_make_links_for_candidates_and_only_administrators_for_staff(client: Client) -> None:
    root, helper, alice = (
        factories.user("root1", is_staff=True, is_superuser=True),
        factories.user("helper", is_staff=True),
        factories.user(),
    )
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(helper)
    page = make_links(client, alice, root)
    assert page.count("/accounts/link/") == 1
    assert "Only an administrator can make a link for root1." in page
    client.force_login(root)
    assert make_links(client, alice, helper, root).count("/accounts/link/") == 3


# --- Roles


def test_the_admin_is_for_staff_and_has_one_door(client: Client) -> None:
    response = client.get(reverse("admin:index"), follow=True)
    assert response.request["PATH_INFO"] == reverse("account_login")
    factories.user()
    log_in(client)
    response = client.get(reverse("admin:index"), follow=True)
    assert response.status_code == 403
    assert "This page is for staff." in response.text


def test_instructors_write_questions_rule_on_keys_and_see_nothing_else() -> None:
    ruth = factories.user("ruth", is_staff=True)
    ruth.groups.add(Group.objects.get(name=INSTRUCTOR))
    assert ruth.has_perms(["questions.view_question", "questions.add_question", "questions.change_question"])
    assert not ruth.has_perm("questions.delete_question")
    others = {permission for permission in ruth.get_all_permissions() if permission.startswith(("exams.", "auth."))}
    assert others == {"exams.view_keyruling", "exams.add_keyruling", "exams.change_keyruling"}


# --- Forgotten passwords, and all pages


def test_without_a_mail_server_the_page_says_whom_to_ask(client: Client, settings: Any) -> None:
    settings.OPERATOR_CONTACT = "Ms Lopez, room 12"
    factories.user(email="alice@example.org")
    for response in (
        client.get(reverse("account_reset_password")),
        client.post(reverse("account_reset_password"), {"email": "alice@example.org"}),
    ):
        assert "This server sends no e-mail. Ask Ms Lopez, room 12." in response.text
    settings.OPERATOR_CONTACT = ""
    page = client.get(reverse("account_reset_password")).text
    assert "This server sends no e-mail. Ask the person who runs this server." in page


def test_with_a_mail_server_known_and_unknown_addresses_get_one_answer(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="alice@example.org")
    answers = [
        client.post(reverse("account_reset_password"), {"email": address}, follow=True).text
        for address in ("alice@example.org", "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert "Look into your mail" in answers[0]
    (link,) = [word for message in mail.outbox for word in message.body.split() if "/password/reset/key/" in word]
    form = client.get(urlsplit(link).path, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "another one 42", "password2": "another one 42"})
    assert log_in(Client(), password="another one 42").status_code == 302


@pytest.mark.parametrize(
    "name",
    [
        "account_login", "account_logout", "account_signup", "account_inactive", "account_change_password",
        "account_set_password", "new_password", "account_reset_password", "account_reset_password_done",
        "account_reset_password_from_key_done", "account", "sign_out_everywhere", "guest_code", "leave", "privacy",
    ],
)  # fmt: skip
@pytest.mark.parametrize("password", [PASSWORD, None])
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_page_wears_our_look(
    client: Client, settings: Any, name: str, password: str | None, signed_in: bool
) -> None:
    settings.FRONT_EXAM = factories.small_blueprint().code
    if signed_in:
        client.force_login(User.objects.create_user("alice", password=password))
    response = client.get(reverse(name), follow=True)
    assert response.status_code == 200
    assert "css/tokens.css" in response.text
    assert response.text.count('id="main"') == 1
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert "Menu:" not in response.text  # allauth's own layout


def test_a_broken_reset_link_is_said(client: Client) -> None:
    page = client.get(reverse("account_reset_password_from_key", args=["1", "set-password"])).text
    assert "This link does not work any more" in page
