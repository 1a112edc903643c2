"""Flash cards are scheduled as questions are, each candidate and exam apart, and the last ratings can be taken back."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from exams.models import Candidate, FlashCard
from exams.services.people import candidates
from exams.services.practice import flash_cards
from exams.services.practice.flash_cards import Queue
from exams.services.practice.repetition import FIELDS
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NAMES = ("Amazon S3", "AWS Glue", "Amazon Athena")


def rate(candidate: Candidate, name: str, rating: int = 3, *, exam: str = "TINY", at: datetime = NOW) -> bool:
    known = FlashCard.objects.filter(candidate=candidate, exam=exam, name=name).first()
    version = flash_cards.version_of(known)
    return flash_cards.rate(candidate, exam, ("service", name), rating, version, at)


def queue(
    candidate: Candidate | None, *, exam: str = "TINY", at: datetime = NOW, zone: tzinfo = UTC, n_new: int = 10
) -> Queue:
    keys = [("service", name) for name in NAMES]
    return flash_cards.queue(keys, flash_cards.rated_cards(candidate, exam), at, zone, n_new)


def shown(candidate: Candidate | None, **fields: Any) -> tuple[list[str], list[str], list[str]]:
    """Return the names of the cards that are due, new, and shown again."""
    found = queue(candidate, **fields)
    due, new, again = ([name for _kind, name in keys] for keys in (found.due, found.new, found.again))
    return due, new, again


def test_a_rated_card_comes_back_the_later_the_better_it_was_known() -> None:
    candidate = factories.candidate()
    assert shown(candidate) == shown(None) == ([], list(NAMES), [])
    assert rate(candidate, "AWS Glue", 2)
    assert rate(candidate, "Amazon S3", 3)
    assert shown(candidate) == ([], ["Amazon Athena"], [])
    assert shown(candidate, at=NOW + DAY) == (["AWS Glue"], ["Amazon Athena"], [])
    assert shown(candidate, at=NOW + 2 * DAY) == (["AWS Glue", "Amazon S3"], ["Amazon Athena"], [])
    assert rate(candidate, "AWS Glue", 4, at=NOW + 2 * DAY)
    assert shown(candidate, at=NOW + 3 * DAY)[0] == ["Amazon S3"]


def test_a_card_that_was_not_known_comes_back_in_the_same_session_after_all_others() -> None:
    candidate = factories.candidate()
    rate(candidate, "AWS Glue", 1)
    assert shown(candidate) == ([], ["Amazon S3", "Amazon Athena"], ["AWS Glue"])
    assert shown(candidate, at=NOW + timedelta(minutes=10))[0] == ["AWS Glue"], "then before new ones"
    rate(candidate, "AWS Glue", 3, at=NOW + timedelta(minutes=1))
    assert shown(candidate) == ([], ["Amazon S3", "Amazon Athena"], [])
    assert FlashCard.objects.get().due > NOW + DAY


def test_new_cards_are_no_more_than_are_left_of_the_number_for_a_day() -> None:
    candidate = factories.candidate()
    found = queue(candidate, n_new=1)
    assert (found.new, found.unseen, found.total) == ((("service", "Amazon S3"),), 3, 3)
    rate(candidate, "Amazon S3")
    rate(candidate, "AWS Glue", at=NOW + timedelta(minutes=1))
    rate(candidate, "AWS Glue", at=NOW + DAY)
    rated = flash_cards.rated_cards(candidate, "TINY")
    assert flash_cards.rated_today(rated, NOW, UTC) == (1, 1)
    assert flash_cards.rated_today(rated, NOW + DAY, UTC) == (1, 0)
    assert queue(candidate, n_new=0).new == ()


def test_a_queue_says_when_its_cards_return() -> None:
    candidate = factories.candidate()
    for name, rating in zip(NAMES, (2, 3, 4), strict=True):
        rate(candidate, name, rating)
    assert queue(candidate).returns == flash_cards.Returns(tomorrow=1, in_a_week=1, later=1)


def test_the_intervals_on_the_buttons_are_those_that_a_rating_brings() -> None:
    candidate = factories.candidate()
    expected = [(1, timedelta(minutes=10)), (2, DAY), (3, 2 * DAY), (4, 8 * DAY)]
    assert flash_cards.intervals(None, NOW) == expected
    for rating, after in expected:
        assert rate(candidate, f"card {rating}", rating)
        assert FlashCard.objects.get(name=f"card {rating}").due == NOW + after
    known = FlashCard.objects.get(name="card 4")
    later = flash_cards.intervals(known, NOW + 8 * DAY)
    assert later[0] == expected[0]
    assert later[3][1] > later[2][1] > later[1][1] >= 8 * DAY
    assert known == FlashCard.objects.get(name="card 4"), "nothing is changed"


def test_a_day_is_that_of_the_reader() -> None:
    candidate = factories.candidate()
    rate(candidate, "AWS Glue", 2)  # due in 24 hours
    before = NOW + timedelta(hours=12)
    zones = {"UTC": UTC, "Pacific/Kiritimati": ZoneInfo("Pacific/Kiritimati")}
    local_days = {
        name: (NOW + DAY).astimezone(zone).date() == before.astimezone(zone).date() for name, zone in zones.items()
    }
    found = {name: bool(queue(candidate, at=before, zone=zone).due) for name, zone in zones.items()}
    assert found == local_days
    assert any(local_days.values())
    assert not all(local_days.values())


def test_of_two_ratings_of_one_state_the_first_is_kept() -> None:
    candidate = factories.candidate()
    key = ("service", "AWS Glue")
    for version in ("", flash_cards.version_of(FlashCard(last_review=NOW))):
        at = NOW + DAY if version else NOW
        assert flash_cards.rate(candidate, "TINY", key, 1, version, at)
        assert not flash_cards.rate(candidate, "TINY", key, 4, version, at)
        assert FlashCard.objects.get().last_review == at
    assert not flash_cards.rate(candidate, "TINY", key, 4, "tomorrow", NOW)


def test_the_last_ratings_are_taken_back_one_after_the_other() -> None:
    candidate = factories.candidate()
    rate(candidate, "AWS Glue", 3)
    first = FlashCard.objects.values(*FIELDS).get()
    rate(candidate, "AWS Glue", 1, at=NOW + DAY)
    key, later = ("service", "AWS Glue"), NOW + DAY + timedelta(minutes=1)
    card = FlashCard.objects.get()
    assert flash_cards.last_rated([card], later) == card
    assert flash_cards.last_rated([card], later + DAY) is None
    assert not flash_cards.undo(candidate, "TINY", key, flash_cards.version_of(FlashCard(last_review=NOW)))
    assert flash_cards.undo(candidate, "TINY", key, flash_cards.version_of(card))
    assert FlashCard.objects.values(*FIELDS).get() == first
    assert flash_cards.undo(candidate, "TINY", key, flash_cards.version_of(FlashCard.objects.get()))
    assert not FlashCard.objects.exists()
    assert not flash_cards.undo(candidate, "TINY", key, "")


def test_only_the_last_rating_of_a_card_is_taken_back() -> None:
    candidate = factories.candidate()
    for days in range(3):
        rate(candidate, "AWS Glue", 3, at=NOW + days * DAY)
    key = ("service", "AWS Glue")
    assert flash_cards.undo(candidate, "TINY", key, flash_cards.version_of(FlashCard.objects.get()))
    second = FlashCard.objects.get()
    assert second.last_review == NOW + DAY
    assert not flash_cards.undo(candidate, "TINY", key, flash_cards.version_of(second))
    assert FlashCard.objects.get() == second


def test_exams_and_candidates_have_cards_of_their_own() -> None:
    candidate, other = factories.candidate(), factories.candidate()
    rate(candidate, "AWS Glue", 1)
    later = NOW + DAY
    assert shown(candidate, at=later)[0] == ["AWS Glue"]
    assert shown(candidate, exam="OTHER", at=later)[0] == shown(other, at=later)[0] == []


def test_of_the_cards_of_guest_and_account_the_one_rated_later_is_kept() -> None:
    alice = factories.user()
    owner, guest = factories.candidate(alice), factories.candidate()
    for candidate, name, at in (
        (owner, "first", NOW),
        (guest, "first", NOW + DAY),
        (owner, "second", NOW + DAY),
        (guest, "second", NOW),
        (guest, "third", NOW),
    ):
        assert rate(candidate, name, at=at)
    candidates.claim(alice, guest)
    assert dict(owner.flash_cards.values_list("name", "last_review")) == {
        "first": NOW + DAY,
        "second": NOW + DAY,
        "third": NOW,
    }
    assert FlashCard.objects.count() == 3


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("flash_card_unique", {"name": "AWS Glue"}),
        ("flash_card_state_known", {"state": 4}),
        ("flash_card_kind_known", {"kind": "verse"}),
        ("flash_card_is_named", {"name": ""}),
        ("flash_card_is_named", {"exam": ""}),
        ("flash_card_due_after_review", {"due": NOW}),
        ("flash_card_first_review_first", {"first_review": NOW + timedelta(seconds=1)}),
    ],
)
def test_the_database_refuses_cards_that_contradict_themselves(name: str, fields: dict[str, object]) -> None:
    candidate = factories.candidate()
    rate(candidate, "AWS Glue")
    values = {"exam": "TINY", "kind": "service", "name": "Amazon S3", "due": NOW + DAY}
    values |= {"first_review": NOW, "last_review": NOW} | fields
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        FlashCard.objects.create(candidate=candidate, **values)
    assert name in str(error.value) or "UNIQUE" in str(error.value)
