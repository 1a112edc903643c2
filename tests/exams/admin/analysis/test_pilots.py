"""Test the page of pilots: bars, proposals with evidence, promotion and dropping by a human, drift, retirement."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.psychometrics.item_flags import Flag
from exams.services.attempt import question_pool
from questions.models import Blueprint, ItemStatistics, OptionStatistics, Question, User
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.authoring import account

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(scored=8, unscored=2, exams=3)


@pytest.fixture
def reviewer(client: Client) -> User:
    """Return a reviewer as whom `client` is signed in."""
    user = account("rita", "Reviewer")
    client.force_login(user)
    return user


@pytest.fixture
def pilots(blueprint: Blueprint) -> list[Question]:
    """Return three pilots with one key each."""
    rows = Question.objects.filter(collection="tiny", current__choose=1).order_by("pk")[:3]
    Question.objects.filter(pk__in=[row.pk for row in rows]).update(status=Question.Status.PILOT)
    raise_bank_version()
    return list(Question.objects.filter(status="pilot").select_related("current").order_by("pk"))


def answered(question: Question, n: int, *, flags: tuple[Flag, ...] = (), **figures: Any) -> ItemStatistics:
    """Store the statistics that an analysis of `n` answers of candidates would write: good ones, unless stated."""
    figures = {"p": 0.7, "r": 0.4, "b": -0.8, "se": 0.15, "infit": 1.0, "omit": 0.0, "not_reached": 0.0} | figures
    row = ItemStatistics.objects.create(revision=question.current, n=n, flags=[flag.value for flag in flags], **figures)
    assert question.current
    for bit in range(question.current.n_options):
        is_key = bool(question.current.key >> bit & 1)
        share = 0.7 if is_key else 0.1
        OptionStatistics.objects.create(
            statistics=row,
            bit=bit,
            count=round(share * n),
            mean=0.5 if is_key else -0.5,
            r=0.4 if is_key else -0.2,
            low=0.5 if is_key else 0.16,
            mid=0.7 if is_key else 0.1,
            high=0.9 if is_key else 0.03,
        )
    return row


def text(client: Client) -> str:
    html = client.get(reverse("admin:pilots")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def decide(client: Client, question: Question, decision: str, reason: str = "") -> str:
    data = {"question": question.pk, "version": question.lock_version, "decision": decision, "reason": reason}
    html = client.post(reverse("admin:pilots"), data, follow=True).content.decode()
    question.refresh_from_db()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_without_pilots_the_page_says_so(client: Client, reviewer: User, blueprint: Blueprint) -> None:
    page = text(client)
    assert "There is no pilot." in page
    assert "No live question. This needs 200 answers to a question." in page


def test_each_pilot_has_its_bar_and_what_is_missing(client: Client, reviewer: User, pilots: list[Question]) -> None:
    answered(pilots[0], 60)
    answered(pilots[1], 250, r=0.05)
    html = client.get(reverse("admin:pilots")).content.decode()
    assert re.findall(r'<progress value="(\d+)" max="(\d+)"', html) == [("250", "200"), ("60", "200"), ("0", "200")]
    page = text(client)
    assert "3 pilots are in exams without counting; 0 proposed for promotion." in page
    assert "140 more answers are needed" in page
    assert "200 more answers are needed" in page
    assert "Discrimination is below .15" in page
    assert "70%" in page
    assert "−.80 ± .15" in page


def test_a_good_pilot_is_proposed_and_promoted_with_its_evidence(
    client: Client, reviewer: User, blueprint: Blueprint, pilots: list[Question]
) -> None:
    answered(pilots[0], 200)
    assert "Proposed: nothing speaks against it" in text(client)
    page = decide(client, pilots[0], "promote")
    assert f"{pilots[0].code} counts in exams that start from now on." in page
    assert pilots[0].status == Question.Status.LIVE
    entry = pilots[0].history.first()
    assert entry is not None
    assert (entry.action, entry.by, entry.before) == ("promoted", reviewer, {"status": "pilot"})
    assert entry.after["status"] == "live"
    assert (
        entry.after["evidence"] | {"n": 200, "p": 0.7, "r": 0.4, "b": -0.8, "obstacles": []} == entry.after["evidence"]
    )
    assert not next(item for item in question_pool.pool_for(blueprint).items if item.question == pilots[0].pk).pilot


def test_pilots_that_no_exam_draws_are_told_apart(client: Client, reviewer: User, pilots: list[Question]) -> None:
    answered(pilots[0], 10)
    Question.objects.filter(pk=pilots[1].pk).update(collection="workouts")
    shown = text(client)
    assert "2 pilots are in exams without counting" in shown
    assert "1 pilot is in no exam: none draws such questions from its collection." in shown
    assert "No exam draws such questions from the collection workouts" in shown
    codes = [question.code for question in (pilots[0], pilots[2], pilots[1])]
    assert sorted(codes, key=shown.index) == codes


def test_a_pilot_without_a_proposal_is_promoted_for_a_reason_only(
    client: Client, reviewer: User, pilots: list[Question]
) -> None:
    page = decide(client, pilots[0], "promote")
    assert "Say why this question should count before its answers propose it." in page
    assert pilots[0].status == Question.Status.PILOT
    decide(client, pilots[0], "promote", "A small school never gets 200 answers.")
    assert pilots[0].status == Question.Status.LIVE
    entry = pilots[0].history.first()
    assert entry is not None
    assert entry.after["text"] == "A small school never gets 200 answers."
    assert entry.after["evidence"] == {"obstacles": ["n"]}


def test_a_pilot_is_dropped_for_a_reason(client: Client, reviewer: User, pilots: list[Question]) -> None:
    assert "Say why this question is dropped." in decide(client, pilots[0], "drop", " ")
    assert pilots[0].status == Question.Status.PILOT
    page = decide(client, pilots[0], "drop", "Two options are right.")
    assert f"{pilots[0].code} is in no exam that starts from now on." in page
    assert pilots[0].status == Question.Status.RETIRED
    entry = pilots[0].history.first()
    assert entry is not None
    assert (entry.action, entry.by, entry.after["text"]) == ("retired", reviewer, "Two options are right.")


def test_a_decision_on_an_outdated_page_changes_nothing(client: Client, reviewer: User, pilots: list[Question]) -> None:
    Question.objects.filter(pk=pilots[0].pk).update(lock_version=9)
    assert "Somebody else has changed this question" in decide(client, pilots[0], "drop", "Why not")
    assert pilots[0].status == Question.Status.PILOT
    assert "This page is outdated." in decide(client, pilots[0], "keep")


def test_an_author_reads_and_decides_nothing(client: Client, pilots: list[Question]) -> None:
    client.force_login(account("anna", "Author"))
    html = client.get(reverse("admin:pilots")).content.decode()
    assert pilots[0].code in html
    assert "<textarea" not in html
    data = {"question": pilots[0].pk, "version": pilots[0].lock_version, "decision": "drop", "reason": "No"}
    assert client.post(reverse("admin:pilots"), data).status_code == 403


def test_drift_from_the_scale_and_questions_that_measure_nothing_are_listed(
    client: Client, reviewer: User, blueprint: Blueprint
) -> None:
    live = list(Question.objects.filter(status="live", current__choose=1).select_related("current").order_by("pk"))
    answered(live[0], 150, flags=(Flag.DRIFT,), b=0.2)
    answered(live[1], 300, flags=(Flag.LOW_R, Flag.DISTRACTOR_UNUSED), r=0.02)
    answered(live[2], 150, flags=(Flag.LOW_R,), r=0.02)
    assert "No live question has become easier or harder" in text(client)  # there is no scale
    factories.active_scale(blueprint)
    page = text(client)
    assert "a few are here by chance" in page
    assert re.search(rf"{live[0].code} 150 was −?\d?\.\d\d, is \.20: harder now", page)
    assert re.search(rf"{live[1].code} 300 weak discrimination", page)
    assert live[2].code not in page


def test_the_number_of_queries_is_that_of_the_page_not_of_the_pilots(
    client: Client, reviewer: User, pilots: list[Question], django_assert_num_queries: Any
) -> None:
    answered(pilots[0], 200)
    with django_assert_num_queries(12):
        client.get(reverse("admin:pilots"))
    for question in pilots[1:]:
        answered(question, 120)
    with django_assert_num_queries(12):
        client.get(reverse("admin:pilots"))
