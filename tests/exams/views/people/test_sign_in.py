"""Test sign-in links, new passwords after a link, and password reset by e-mail."""

from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from exams.services.people import sign_in_links, usernames
from questions.models import User
from tests import factories
from tests.accounts import is_signed_in, log_in, sign_in_path
from tests.factories import PASSWORD
from tests.second_factors import protect

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.mark.slow
def test_a_sign_in_link_works_once_and_get_does_not_use_it_up(client: Client) -> None:
    alice = factories.user()
    link = sign_in_path(alice)
    for _ in range(2):
        assert "Sign in as alice" in client.get(link).text
    assert client.post(link)["Location"] == reverse("new_password")
    assert "alice" in client.get(reverse("account")).text
    again = Client()
    assert again.get(link).status_code == again.post(link).status_code == 410
    assert "is no longer valid" in again.get(link).text


@pytest.mark.slow
def test_the_first_link_of_an_administrator_leads_to_the_password_page(client: Client) -> None:
    link = urlsplit(sign_in_links.admin_link("http://testserver")).path
    page = client.post(link, follow=True)
    assert f'<a href="{reverse("admin:index")}">Not now</a>' in page.text
    answer = client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert answer["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200
    assert log_in(Client(), "admin").status_code == 302


@pytest.mark.slow
def test_a_new_password_without_the_old_one_is_possible_only_after_the_link(client: Client) -> None:
    alice, passwords = factories.user(), {"password1": "another one 42", "password2": "another one 42"}
    log_in(client)
    address = reverse("new_password")
    assert client.post(address, passwords)["Location"] == reverse("account_change_password")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(sign_in_path(User.objects.get(pk=alice.pk)))
        clock.shift(3601)
        assert client.post(address, passwords)["Location"] == reverse("account_change_password")
        client.post(sign_in_path(User.objects.get(pk=alice.pk)))
        assert client.post(address, passwords)["Location"] == reverse("account")
        assert client.get(reverse("account")).status_code == 200
    assert log_in(Client(), password="another one 42").status_code == 302


@pytest.mark.slow
def test_a_sign_in_link_moves_the_guests_exam(client: Client, open_attempt: Attempt) -> None:
    alice = factories.user()
    client.post(sign_in_path(alice))
    open_attempt.refresh_from_db()
    assert open_attempt.candidate.user == alice
    assert is_signed_in(client, open_attempt)


def test_without_a_mail_server_the_page_names_a_contact(client: Client, settings: Any) -> None:
    settings.OPERATOR_CONTACT = "Ms Lopez, room 12"
    factories.user(email="alice@example.org")
    for response in (
        client.get(reverse("account_reset_password")),
        client.post(reverse("account_reset_password"), {"email": "alice@example.org"}),
    ):
        assert "This server does not send email. Ask Ms Lopez, room 12." in response.text
    settings.OPERATOR_CONTACT = ""
    page = client.get(reverse("account_reset_password")).text
    assert "This server does not send email. Ask the operator of this server." in page


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: [Errno 111] Connection refused"),
        (SMTPAuthenticationError(535, b"Wrong password"), "SMTPAuthenticationError: (535, b'Wrong password')"),
        (
            SMTPRecipientsRefused({"alice@example.org": (550, b"No such user")}),
            "SMTPRecipientsRefused: the address was refused",
        ),
    ],
)
def test_a_mail_server_that_fails_is_said_on_the_page_and_why_in_the_log(
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: OSError,
    line: str,
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="alice@example.org")

    def fail(*_messages: Any, **_options: Any) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", fail)
    assert client.post(reverse("account_reset_password"), {"email": "alice@example.org"}).status_code == 503
    assert f"a mail was not sent: {line}" in caplog.text
    assert "alice@example.org" not in caplog.text


@pytest.mark.slow
def test_with_a_mail_server_known_and_unknown_addresses_get_the_same_response(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="alice@example.org")
    answers = [
        client.post(reverse("account_reset_password"), {"email": address}, follow=True).text
        for address in ("alice@example.org", "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert "Check your email" in answers[0]
    (link,) = [word for message in mail.outbox for word in message.body.split() if "/password/reset/key/" in word]
    form = client.get(urlsplit(link).path, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "another one 42", "password2": "another one 42"})
    assert log_in(Client(), password="another one 42").status_code == 302


@pytest.mark.slow
def test_one_mail_names_twenty_accounts_of_an_address_those_of_staff_first_then_the_oldest_and_the_newest(
    client: Client, settings: Any
) -> None:
    """Anybody can sign up with the address of somebody else, as often as the limits admit."""
    settings.EMAIL_URL = "smtp://mail.example.org"
    for n in range(3):
        factories.user(f"person{n}", email="Alice@example.org")
    User.objects.filter(username="person1").update(had_role=True)
    factories.user("gone", email="alice@example.org", is_active=False)
    for n in range(20):
        factories.user(f"mallory{n}", email="Alice@example.org")
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"}, HTTP_HOST="localhost:6666")
    (message,) = mail.outbox
    assert message.to == ["Alice@example.org"]
    assert [word for word in message.body.split() if word.startswith(("person", "mallory", "gone"))] == [
        "person1:", "person0:", "person2:", *(f"mallory{n}:" for n in range(7)),
        *(f"mallory{n}:" for n in range(19, 9, -1)),
    ]  # fmt: skip
    assert "This address has more accounts than a mail can name" in message.body
    links = [urlsplit(word) for word in message.body.split() if "/password/reset/key/" in word]
    assert len(links) == 19, "no mail opens an account that had a role"
    for name, link in zip(("person0", "person2"), links[:2], strict=True):
        set_by_link(Client(), link.path, "another one 42")
        assert log_in(Client(), name, password="another one 42").status_code == 302


def test_whoever_signed_up_with_her_address_before_her_keeps_her_from_no_new_password_and_no_sign_in(
    client: Client, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    for n in range(usernames.MAX_NAMED):
        User.objects.create_user(f"mallory{n}", "alice@example.org", "mine 42 mine")
    alice = factories.user(email="alice@example.org")
    assert log_in(Client(), "alice@example.org").status_code == 200, "one of four, and three passwords are checked"
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    (message,) = mail.outbox
    words = message.body.split()
    link = urlsplit(words[words.index("alice:") + 1]).path
    set_by_link(Client(), link, "another one 42")
    alice.refresh_from_db()
    assert alice.check_password("another one 42")
    assert log_in(Client(), "alice@example.org", password="another one 42").status_code == 302


@pytest.mark.parametrize("earlier", [usernames.MAX_MAILED - 1, usernames.MAX_MAILED])
def test_whoever_signed_up_many_times_before_her_keeps_her_from_no_new_password(
    client: Client, settings: Any, earlier: int
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    for n in range(earlier):
        factories.user(f"mallory{n}", email="alice@example.org")
    factories.user(email="alice@example.org")
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    (message,) = mail.outbox
    words = message.body.split()
    assert urlsplit(words[words.index("alice:") + 1]).path.startswith("/accounts/password/reset/key/")
    assert message.body.count(":\nhttp") == usernames.MAX_MAILED
    assert ("If yours is missing, ask a superuser" in message.body) is (earlier == usernames.MAX_MAILED)


def test_an_account_that_staff_made_is_signed_in_to_by_address_whoever_took_it_before(
    client: Client, settings: Any
) -> None:
    for n in range(usernames.MAX_NAMED):
        User.objects.create_user(f"mallory{n}", "alice@example.org", "mine 42 mine")
    client.force_login(User.objects.create_superuser("adam"))
    client.post("/admin/people/add/", {"people": "Alice Silva; alice@example.org"})
    made = User.objects.get(username="alice.silva")
    made.set_password(PASSWORD)
    made.save()
    assert log_in(Client(), "alice@example.org").status_code == 302


def test_addresses_that_only_a_database_takes_for_hers_keep_her_from_no_mail(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    for n in range(usernames.MAX_MAILED):
        factories.user(f"mallory{n}", email="m\u0131ke@example.org")
    factories.user("mike", email="mike@example.org")
    client.post(reverse("account_reset_password"), {"email": "mike@example.org"})
    assert [(message.to, "mike:" in message.body) for message in mail.outbox] == [(["mike@example.org"], True)]


def test_a_mailbox_gets_three_mails_whatever_capital_letters_others_have_signed_up_with(
    client: Client, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    for n in range(5):
        factories.user(f"mallory{n}", email="alice@example.org".replace("alice"[n], "ALICE"[n]))
    factories.user(email="alice@example.org")
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    assert len(mail.outbox) == 3
    assert mail.outbox[0].to == ["alice@example.org"]
    assert "alice:" in mail.outbox[0].body


def test_a_mail_goes_to_the_address_of_the_account_and_to_none_that_a_database_takes_for_the_same(
    client: Client, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="mike@example.org")
    client.post(reverse("account_reset_password"), {"email": "mıke@example.org"})
    assert not [message for message in mail.outbox if "/password/reset/key/" in message.body]


@pytest.mark.parametrize("typed", ["\u017fam@kite.example", "sam@\u212aite.example"])
def test_a_mail_goes_to_the_stored_address_and_not_to_one_that_is_equal_without_case(
    client: Client, settings: Any, typed: str
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user("sam", email="sam@kite.example"), factories.user("samuel", email="Sam@kite.example")
    client.post(reverse("account_reset_password"), {"email": typed})
    mails = {tuple(message.to): message.body for message in mail.outbox}
    if (typed,) in mails:  # the database takes the letters for two
        assert "/password/reset/key/" not in mails.pop((typed,))
    for (to,), body in mails.items():
        name = {"sam@kite.example": "sam:", "Sam@kite.example": "samuel:"}[to]
        assert [word for word in body.split() if word in ("sam:", "samuel:")] == [name]


def test_accounts_whose_stored_addresses_differ_get_a_mail_each(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user("sam", email="sam@kite.example"), factories.user("samuel", email="Sam@kite.example")
    client.post(reverse("account_reset_password"), {"email": "SAM@kite.example"})
    assert [(message.to, "sam:" in message.body, "samuel:" in message.body) for message in mail.outbox] == [
        (["sam@kite.example"], True, False), (["Sam@kite.example"], False, True),
    ]  # fmt: skip


def asked(client: Client, addresses: list[str], *, hours: float = 0) -> list[str]:
    """Ask for a mail to each of these addresses, two minutes apart; return to whom mails went."""
    mail.outbox.clear()
    with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False) as clock:
        for address in addresses:
            page = client.post(reverse("account_reset_password"), {"email": address}, follow=True)
            assert "Check your email" in page.text, "the same for all"
            clock.shift(120)
    return [recipient for message in mail.outbox for recipient in message.to]


@pytest.mark.parametrize("address", ["alice@example.org", "nobody@example.org"])
def test_one_mailbox_gets_five_mails_an_hour_and_ten_a_day(client: Client, settings: Any, address: str) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="alice@example.org")
    assert len(asked(client, [address.upper(), *[address] * 19])) == 5
    assert len(asked(client, [address] * 20, hours=2)) == 5
    assert asked(client, [address] * 20, hours=4) == []
    assert len(asked(client, [address], hours=27)) == 1


def test_addresses_with_a_plus_are_one_mailbox_and_leave_its_owner_a_link(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="alice@example.org")
    assert len(asked(client, [f"alice+{n}@example.org" for n in range(20)])) == 5, "none has an account"
    assert len(asked(client, ["a.lice@gmail.com", "al.ice@gmail.com", *["a.l.ice@googlemail.com"] * 5])) == 5
    for n in range(8):
        factories.user(f"mallory{n}", email=f"Alice+m{n}@example.org")
    assert len(asked(client, [f"alice+m{n}@example.org" for n in range(8)])) == 5
    assert asked(client, ["alice@example.org"]) == ["alice@example.org"]
    assert "/password/reset/key/" in mail.outbox[0].body


@pytest.mark.parametrize("address", ["anna.smith@gmail.com", "Anna.Smith@googlemail.com", "alice+exams@example.org"])
def test_accounts_made_for_a_mailbox_keep_no_mail_from_its_oldest_account(
    client: Client, settings: Any, address: str
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email=address)
    local, domain = usernames.mailbox(address).split("@")
    made = [f"{local}+{n}@{domain}" for n in range(8)]
    for n, other in enumerate(made):
        factories.user(f"mallory{n}", email=other)
    assert len(asked(client, made)) == 5, "they have one mailbox"
    assert asked(client, [address]) == [address]
    assert "/password/reset/key/" in mail.outbox[0].body
    assert len(asked(client, [address] * 20)) == 4, "five of its own an hour"


@pytest.mark.parametrize("address", ["alice@example.org", "nobody@example.org"])
def test_links_in_mails_begin_with_the_public_address(client: Client, settings: Any, address: str) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    settings.PUBLIC_URL = "https://exams.example.org"
    factories.user(email="alice@example.org")
    client.post(reverse("account_reset_password"), {"email": address}, HTTP_HOST="localhost:6666")
    (message,) = mail.outbox
    assert "https://exams.example.org/accounts/" in message.body
    assert "localhost" not in message.body + message.subject
    assert "6666" not in message.body + message.subject


@pytest.mark.slow
def test_a_link_for_a_new_password_ends_when_the_account_gets_a_role(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    alice = factories.user(email="alice@example.org")
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    (link,) = [word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word]
    assert "Set a new password" in client.get(urlsplit(link).path, follow=True).text
    alice.groups.add(Group.objects.get(name="Reviewer"))
    assert "This link is no longer valid" in Client().get(urlsplit(link).path, follow=True).text


def test_an_invalid_reset_link_gets_a_message(client: Client) -> None:
    page = client.get(reverse("account_reset_password_from_key", args=["1", "set-password"])).text
    assert "This link is no longer valid" in page


def mailed_link(address: str = "alice@example.org") -> str:
    """Ask for a new password, and return the path in the mail."""
    assert Client().post(reverse("account_reset_password"), {"email": address}).status_code == 302
    (link,) = [word for word in mail.outbox[-1].body.split() if "/password/reset/key/" in word]
    return urlsplit(link).path


def set_by_link(client: Client, link: str, password: str) -> Any:
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password})


@pytest.mark.slow
def test_of_several_mailed_links_one_sets_one_password_once(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    alice = factories.user(email="alice@example.org")
    links = [mailed_link() for _ in range(2)]
    forms = [Client() for _ in range(2)]
    pages = [browser.get(link, follow=True).request["PATH_INFO"] for browser, link in zip(forms, links, strict=True)]
    for n, (browser, page) in enumerate(zip(forms, pages, strict=True)):
        browser.post(page, {"password1": f"another one 4{n}", "password2": f"another one 4{n}"})
    alice.refresh_from_db()
    assert alice.check_password("another one 40")
    for link in links:
        set_by_link(Client(), link, "one more 77")
    alice.refresh_from_db()
    assert alice.check_password("another one 40")


@pytest.mark.parametrize("event", ["signed in", "deactivated"])
def test_a_mailed_link_ends_with_a_sign_in_and_with_the_account(settings: Any, event: str) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    alice = factories.user(email="alice@example.org")
    link = mailed_link()
    if event == "signed in":
        log_in(Client())
    else:
        User.objects.update(is_active=False)
    set_by_link(Client(), link, "one more 77")
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


@pytest.mark.slow
def test_a_new_password_by_mail_does_not_replace_the_second_factor(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    protect(factories.user(email="alice@example.org"))
    set_by_link(client, mailed_link(), "one more 77")
    assert client.get(reverse("account"))["Location"] == reverse("account_login")
    assert log_in(client, password="one more 77")["Location"] == reverse("mfa_authenticate")


@pytest.mark.slow
def test_nobody_fills_a_mailbox_with_links(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    factories.user(email="alice@example.org")
    with time_machine.travel(timezone.now(), tick=False):
        answers = [
            Client(REMOTE_ADDR=f"192.0.2.{n}").post(reverse("account_reset_password"), {"email": address}).status_code
            for n, address in enumerate(["alice@example.org", "ALICE@example.org"] * 4)
        ]
    assert answers == [302] * 5 + [429] * 3
    assert len(mail.outbox) == 5
