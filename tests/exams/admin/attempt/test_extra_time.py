"""Test extra time in the admin: who may grant it, to whom, and the messages."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Candidate
from exams.services.attempt import ending
from questions.models import User
from tests import factories

pytestmark = pytest.mark.django_db

CHANGELIST = "admin:exams_attempt_changelist"


@pytest.fixture
def attempt() -> Attempt:
    return factories.attempt(blueprint=factories.small_blueprint(minutes=30, exams=3), now=timezone.now())


def signed_in(*permissions: str) -> Client:
    """Return a client of a staff member with these permissions of exams."""
    user = factories.user("-".join(permissions) or "staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="exams", codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def hidden(page: Any) -> dict[str, str]:
    return {"made": page.context["form"].initial["made"]}


def give(client: Client, address: str, **fields: str) -> Any:
    """Open the form and submit it."""
    data = hidden(client.get(address)) | {"minutes": "30", "reason": "Power cut"} | fields
    return client.post(address, data, follow=True)


def minutes(attempt: Attempt) -> int:
    attempt.refresh_from_db()
    return round((attempt.deadline - attempt.started_at).total_seconds() / 60)


def test_the_page_of_an_open_exam_links_to_the_form_that_grants_minutes(attempt: Attempt) -> None:
    proctor = signed_in("view_attempt", "change_attempt")
    address = reverse("admin:exams_attempt_extra_time", args=[attempt.pk])
    page = proctor.get(reverse("admin:exams_attempt_change", args=[attempt.pk])).content.decode()
    assert f'href="{address}"' in page
    answer = give(proctor, address)
    assert "30 minutes given to 1 exam." in answer.content.decode()
    assert minutes(attempt) == 60
    [row] = attempt.allowances.all()
    assert (row.reason, row.by) == ("Power cut", User.objects.get())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"minutes": "1441"}, "less than or equal to 1440"),
        ({"reason": " "}, "This field is required"),
    ],
)
def test_impossible_minutes_and_a_missing_reason_are_refused(
    attempt: Attempt, fields: dict[str, str], sentence: str
) -> None:
    address = reverse("admin:exams_attempt_extra_time", args=[attempt.pk])
    assert sentence in give(signed_in("change_attempt"), address, **fields).content.decode()
    assert minutes(attempt) == 30


def test_a_form_sent_twice_grants_once_with_a_message(attempt: Attempt) -> None:
    proctor = signed_in("change_attempt")
    address = reverse("admin:exams_attempt_extra_time", args=[attempt.pk])
    data = hidden(proctor.get(address)) | {"minutes": "30", "reason": "Power cut"}
    proctor.post(address, data)
    assert (
        "you gave it extra time after you opened this form" in proctor.post(address, data, follow=True).content.decode()
    )
    assert minutes(attempt) == 60


def test_an_ended_exam_gets_no_time_and_the_page_says_why(attempt: Attempt) -> None:
    ending.finish(attempt, timezone.now())
    address = reverse("admin:exams_attempt_extra_time", args=[attempt.pk])
    html = give(signed_in("change_attempt"), address).content.decode()
    assert "1 exam got no extra time because it has ended" in html
    assert "minutes given" not in html
    assert minutes(attempt) == 30


def test_several_exams_are_selected_in_the_list_and_confirmed_once(attempt: Attempt) -> None:
    proctor = signed_in("view_attempt", "change_attempt")
    other = factories.attempt(blueprint=attempt.form.blueprint, now=timezone.now())
    left_out = factories.attempt(blueprint=attempt.form.blueprint, now=timezone.now())
    chosen = {"action": "give_extra_time", "_selected_action": [str(attempt.pk), str(other.pk)]}
    page = proctor.post(reverse(CHANGELIST), chosen | {"index": "0"})
    assert str(attempt) in page.content.decode()
    assert (minutes(attempt), minutes(other)) == (30, 30)
    posted_fields: dict[str, Any] = {}
    for name, value in page.context["hidden_fields"]:
        posted_fields.setdefault(name, []).append(value)
    answer = proctor.post(
        reverse(CHANGELIST), posted_fields | hidden(page) | {"minutes": "5", "reason": "Noise"}, follow=True
    )
    assert "5 minutes given to 2 exams." in answer.content.decode()
    assert (minutes(attempt), minutes(other), minutes(left_out)) == (35, 35, 30)


def test_after_an_outage_all_open_exams_get_time(attempt: Attempt) -> None:
    proctor = signed_in("view_attempt", "change_attempt")
    address = reverse("admin:exams_attempt_outage")
    assert f'href="{address}"' in proctor.get(reverse(CHANGELIST)).content.decode()
    early = factories.attempt(blueprint=attempt.form.blueprint, now=timezone.now() - timedelta(minutes=20))
    moment = timezone.now() - timedelta(minutes=10)
    answer = give(proctor, address, moment=f"{moment:%Y-%m-%dT%H:%M}", minutes="7")
    assert "7 minutes given to 1 exam." in answer.content.decode()
    assert (minutes(early), minutes(attempt)) == (37, 30)
    ahead = timezone.now() + timedelta(hours=1)
    assert "Enter a time in the past" in give(proctor, address, moment=f"{ahead:%Y-%m-%dT%H:%M}").content.decode()


def test_users_who_may_only_view_cannot_grant_time(attempt: Attempt) -> None:
    viewer = signed_in("view_attempt", "view_candidate")
    one, all_ = reverse("admin:exams_attempt_extra_time", args=[attempt.pk]), reverse("admin:exams_attempt_outage")
    for address, link in ((reverse("admin:exams_attempt_change", args=[attempt.pk]), one), (reverse(CHANGELIST), all_)):
        html = viewer.get(address).content.decode()
        assert link not in html
        assert "give_extra_time" not in html
    assert viewer.get(one).status_code == viewer.get(all_).status_code == 403
    sent = {"action": "give_extra_time", "_selected_action": [str(attempt.pk)], "minutes": "30", "reason": "x"}
    viewer.post(reverse(CHANGELIST), sent | {"made": timezone.now().isoformat()})
    assert minutes(attempt) == 30
    candidate = reverse("admin:exams_candidate_change", args=[attempt.candidate_id])
    assert viewer.get(candidate).status_code == 200
    assert viewer.post(candidate, {"extra_percent": "50", "extra_minutes": "0"}).status_code == 403


def test_only_the_standing_extra_time_of_a_candidate_can_be_changed(attempt: Attempt) -> None:
    proctor = signed_in("view_candidate", "change_candidate")
    address = reverse("admin:exams_candidate_change", args=[attempt.candidate_id])
    before = Candidate.objects.get()
    fields = {"extra_percent": "25", "extra_minutes": "10", "epoch": "99", "uuid": "x", "user": "1"}
    assert proctor.post(address, fields).status_code == 302
    after = Candidate.objects.get()
    assert (after.extra_percent, after.extra_minutes) == (25, 10)
    assert (after.epoch, after.uuid, after.user) == (before.epoch, before.uuid, None)
    assert minutes(attempt) == 30
    refused = proctor.post(address, {"extra_percent": "301", "extra_minutes": "1441"})
    assert len(refused.context["adminform"].form.errors) == 2


def test_the_second_language_preset_never_reduces_time() -> None:
    proctor = signed_in("view_candidate", "change_candidate")
    none, more = factories.candidate(), factories.candidate()
    Candidate.objects.filter(pk=more.pk).update(extra_minutes=60)
    chosen = {"action": "grant_esl_time", "_selected_action": [str(none.pk), str(more.pk)], "index": "0"}
    answer = proctor.post(reverse("admin:exams_candidate_changelist"), chosen, follow=True)
    assert "1 candidate gets 30 more minutes" in answer.content.decode()
    none.refresh_from_db()
    more.refresh_from_db()
    assert (none.extra_minutes, more.extra_minutes) == (30, 60)


@pytest.mark.slow
def test_an_account_gets_extra_time_before_its_first_exam(attempt: Attempt) -> None:
    proctor = signed_in("change_candidate")
    staff = User.objects.get(username="change_candidate")
    staff.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    nina = factories.user("nina", display_name="Nina")
    address = reverse("admin:person", args=[nina.pk])
    names = {"save": "1", "username": "nina", "display_name": "Nina"}
    assert f'href="{address}"' in proctor.get(reverse("admin:questions_user_change", args=[nina.pk])).text
    assert not Candidate.objects.filter(user=nina).exists()
    assert proctor.get(address).status_code == 200
    assert not Candidate.objects.filter(user=nina).exists(), "a GET writes nothing"
    refused = proctor.post(address, names | {"extra_percent": "301", "extra_minutes": "0"})
    assert refused.status_code == 422
    page = proctor.post(address, names | {"extra_percent": "50", "extra_minutes": "10"}, follow=True)
    assert "Nina was saved." in page.text
    assert LogEntry.objects.latest("pk").change_message == "Extra time set to 50% and 10 minutes."
    later = factories.attempt(factories.candidate(nina))
    assert minutes(later) == 30 + 15 + 10
    assert 'value="50"' in proctor.get(address).text
    assert signed_in("view_attempt").get(address).status_code == 403
