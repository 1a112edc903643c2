"""Flash cards are scheduled as questions are, each candidate and exam apart, and one rating of two is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from exams.models import Candidate, FlashCard
from exams.services.people import candidates
from exams.services.practice import flash_cards
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NAMES = ("Amazon S3", "AWS Glue", "Amazon Athena")


def rate(candidate: Candidate, name: str, rating: int = 3, *, exam: str = "TINY", at: datetime = NOW) -> bool:
    known = FlashCard.objects.filter(candidate=candidate, exam=exam, name=name).first()
    return flash_cards.rate(candidate, exam, "service", name, rating, flash_cards.version_of(known), at)


def queue(
    candidate: Candidate | None, *, exam: str = "TINY", at: datetime = NOW, zone: tzinfo = UTC
) -> tuple[Sequence[str], Sequence[str]]:
    found = flash_cards.queue("service", NAMES, flash_cards.rated_cards(candidate, exam), at, zone)
    return found.due, found.new


def test_a_rated_card_comes_back_the_later_the_better_it_was_known() -> None:
    candidate = factories.candidate()
    assert queue(candidate) == queue(None) == ((), NAMES)
    assert rate(candidate, "AWS Glue", 1)
    assert rate(candidate, "Amazon S3", 3)
    assert queue(candidate) == ((), ("Amazon Athena",))
    assert queue(candidate, at=NOW + DAY) == (("AWS Glue",), ("Amazon Athena",))
    assert queue(candidate, at=NOW + 2 * DAY) == (("AWS Glue", "Amazon S3"), ("Amazon Athena",))
    assert rate(candidate, "AWS Glue", 4, at=NOW + 2 * DAY)
    assert queue(candidate, at=NOW + 3 * DAY)[0] == ("Amazon S3",)


def test_the_intervals_on_the_buttons_are_those_that_a_rating_brings() -> None:
    candidate = factories.candidate()
    assert flash_cards.intervals(None, NOW) == [(1, 1), (2, 1), (3, 2), (4, 8)]
    for rating, days in flash_cards.intervals(None, NOW):
        assert rate(candidate, f"card {rating}", rating)
        assert FlashCard.objects.get(name=f"card {rating}").due == NOW + days * DAY
    known = FlashCard.objects.get(name="card 4")
    later = flash_cards.intervals(known, NOW + 8 * DAY)
    assert later[0] == (1, 1)
    assert later[3][1] > later[2][1] > later[1][1] >= 8
    assert known == FlashCard.objects.get(name="card 4"), "nothing is changed"


def test_a_day_is_that_of_the_reader() -> None:
    candidate = factories.candidate()
    rate(candidate, "AWS Glue", 1)  # due in 24 hours
    before = NOW + timedelta(hours=12)
    zones = {"UTC": UTC, "Pacific/Kiritimati": ZoneInfo("Pacific/Kiritimati")}
    local_days = {
        name: (NOW + DAY).astimezone(zone).date() == before.astimezone(zone).date() for name, zone in zones.items()
    }
    assert {name: bool(queue(candidate, at=before, zone=zone)[0]) for name, zone in zones.items()} == local_days
    assert any(local_days.values())
    assert not all(local_days.values())


def test_of_two_ratings_of_one_state_the_first_is_kept() -> None:
    candidate = factories.candidate()
    for version in ("", flash_cards.version_of(FlashCard(last_review=NOW))):
        at = NOW + DAY if version else NOW
        assert flash_cards.rate(candidate, "TINY", "service", "AWS Glue", 1, version, at)
        assert not flash_cards.rate(candidate, "TINY", "service", "AWS Glue", 4, version, at)
        assert FlashCard.objects.get().last_review == at
    assert not flash_cards.rate(candidate, "TINY", "service", "AWS Glue", 4, "tomorrow", NOW)


def test_exams_and_candidates_have_cards_of_their_own() -> None:
    candidate, other = factories.candidate(), factories.candidate()
    rate(candidate, "AWS Glue", 1)
    later = NOW + DAY
    assert queue(candidate, at=later)[0] == ("AWS Glue",)
    assert queue(candidate, exam="OTHER", at=later)[0] == queue(other, at=later)[0] == ()


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
    ],
)
def test_the_database_refuses_cards_that_contradict_themselves(name: str, fields: dict[str, object]) -> None:
    candidate = factories.candidate()
    rate(candidate, "AWS Glue")
    values = {"exam": "TINY", "kind": "service", "name": "Amazon S3", "last_review": NOW, "due": NOW + DAY} | fields
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        FlashCard.objects.create(candidate=candidate, **values)
    assert name in str(error.value) or "UNIQUE" in str(error.value)
