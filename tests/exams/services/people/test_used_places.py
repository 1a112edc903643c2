"""Attack the number of attempts in a class: erase yourself after the exam, and join as the same person again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from exams.models import Attempt, Candidate, Participant, Sitting
from exams.services.attempt import ending
from exams.services.classes import board, joining, participants, rosters, sittings
from exams.services.people import used_places
from exams.services.upkeep.person_erasure import erase_person
from questions.models import User
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
USED = "This place was used and erased"


@pytest.fixture
def sitting() -> Sitting:
    return factories.sitting()


def sit_and_erase(sitting: Sitting, name: str = "Ana", user: User | None = None) -> Participant:
    attempt = factories.class_attempt(sitting, name, factories.candidate(user))
    ending.finish(attempt, NOW + MINUTE)
    erase_person(user, [attempt.candidate], NOW + 2 * MINUTE)
    return Participant.objects.get(sitting=sitting, candidate=attempt.candidate)


@pytest.mark.parametrize("name", ["Ana", "ANA", " ana "])
def test_nobody_joins_by_the_name_of_a_place_that_was_used_and_erased(sitting: Sitting, name: str) -> None:
    place = sit_and_erase(sitting)
    with pytest.raises(RefusedError, match=USED):
        factories.joined(sitting, joining.checked_name(name))
    assert factories.joined(sitting, "Ben").name == "Ben"
    assert factories.joined(factories.sitting(), "Ana").name == "Ana", "another class has other hashes"
    kept = str(Participant.objects.filter(pk=place.pk).values().get()).lower()
    assert "ana" not in kept
    assert len(place.used_marks) == 1


def test_who_has_erased_an_account_does_not_join_with_another_one_of_its_name(sitting: Sitting) -> None:
    sit_and_erase(sitting, "ana", factories.user("ana"))
    again = factories.user("ana")
    with pytest.raises(RefusedError, match=USED):
        factories.joined(sitting, joining.account_name(again), factories.candidate(again))


@pytest.mark.parametrize("display_name", ["", "Bert Miller"])
def test_who_erases_a_place_under_the_name_of_an_account_keeps_no_account_out(
    sitting: Sitting, display_name: str
) -> None:
    bert = factories.user("bert", display_name=display_name)
    for name in (f"Account {bert.pk}", "bert", "Bert Miller"):
        sit_and_erase(sitting, name)
    assert factories.joined(sitting, joining.account_name(bert), factories.candidate(bert))


def test_who_erases_a_place_under_the_name_or_the_address_of_the_list_keeps_nobody_of_the_list_out() -> None:
    roster = rosters.create(factories.user("ines"), "7b", rosters.read("Bert,bert@example.org"))
    sitting = factories.sitting()
    sit_and_erase(sitting, "Bert")
    sit_and_erase(sitting, "bert@example.org")
    Sitting.objects.filter(pk=sitting.pk).update(who="roster", roster=roster)
    sitting.refresh_from_db()
    participants.add_roster(sitting)
    assert joining.use_link(
        linked(Participant.objects.get(sitting=sitting, candidate=None)), factories.candidate(), NOW
    )


def test_who_has_erased_a_place_of_the_list_does_not_come_back_with_an_account() -> None:
    roster = rosters.create(factories.user("ines"), "7b", rosters.read("Ana"))
    sitting = factories.sitting(who="roster", roster=roster)
    first = factories.candidate()
    joining.use_link(linked(Participant.objects.get(sitting=sitting)), first, NOW)
    joining.start(linked(Participant.objects.get(sitting=sitting)), NOW)
    erase_person(None, [first], NOW + 2 * MINUTE)
    participants.add_roster(sitting)
    again = linked(Participant.objects.get(sitting=sitting, candidate=None))
    with pytest.raises(RefusedError, match=USED):
        joining.use_link(again, factories.candidate(factories.user("ana")), NOW + 3 * MINUTE)


def test_a_removal_frees_the_place_and_the_name(sitting: Sitting) -> None:
    place, ines = sit_and_erase(sitting), factories.user("ines")
    board.remove(place, "An impostor", ines, NOW + 3 * MINUTE)
    assert factories.joined(sitting, "Ana").name == "Ana"


@pytest.mark.parametrize("listed", ["Ana,ana@example.org", "Ana Maria,ANA@example.org", "Ana"])
def test_a_new_link_for_the_same_entry_of_the_list_is_refused(listed: str) -> None:
    ines = factories.user("ines")
    roster = rosters.create(ines, "7b", rosters.read("Ana,ana@example.org"))
    sitting = factories.sitting(who="roster", roster=roster)
    first = factories.candidate()
    place = Participant.objects.get(sitting=sitting)
    joining.use_link(linked(place), first, NOW)
    ending.finish(joining.start(linked(place), NOW).attempt, NOW + MINUTE)
    erase_person(None, [first], NOW + 2 * MINUTE)
    rosters.replace(roster, "7b", rosters.read(listed))
    participants.add_roster(sitting)
    again = Participant.objects.get(sitting=sitting, candidate=None)
    with pytest.raises(RefusedError, match=USED):
        joining.use_link(linked(again), factories.candidate(), NOW + 3 * MINUTE)
    board.allow_another_attempt(place, "By mistake", ines, NOW + 4 * MINUTE)
    assert joining.use_link(linked(again), factories.candidate(), NOW + 5 * MINUTE)


@pytest.mark.parametrize("changed", ["", "Rui,family@example.org", "Ana,family@example.org\nRui,FAMILY@example.org"])
def test_who_shares_the_address_on_the_list_is_not_kept_out(changed: str) -> None:
    roster = rosters.create(
        factories.user("ines"), "7b", rosters.read("Ana,family@example.org\nRui,family@example.org")
    )
    sitting = factories.sitting(who="roster", roster=roster)
    ana = linked(Participant.objects.get(sitting=sitting, name="Ana"))
    joining.use_link(ana, first := factories.candidate(), NOW)
    ending.finish(joining.start(linked(ana), NOW).attempt, NOW + MINUTE)
    erase_person(None, [first], NOW + 2 * MINUTE)
    if changed:
        rosters.replace(roster, "7b", rosters.read(changed))
        participants.add_roster(sitting)
    for person in Participant.objects.filter(sitting=sitting, candidate=None):
        if person.name == "Rui":
            assert joining.use_link(linked(person), factories.candidate(), NOW + 3 * MINUTE)
        else:
            with pytest.raises(RefusedError, match=USED):
                joining.use_link(linked(person), factories.candidate(), NOW + 3 * MINUTE)


def linked(place: Participant) -> Participant:
    found = participants.find_by_link(participants.link_token(place))
    assert found
    return found


def test_the_instructor_frees_the_place_once_by_allowing_another_attempt(sitting: Sitting) -> None:
    place, ines = sit_and_erase(sitting), factories.user("ines")
    board.allow_another_attempt(place, "She erased herself by mistake", ines, NOW + 3 * MINUTE)
    assert factories.joined(sitting, "Ana").name == "Ana"
    ((event, _name),) = board.log_of(sitting)
    assert (event.kind, event.by) == ("another_attempt", ines)
    with pytest.raises(RefusedError, match="This person has deleted her data"):
        board.allow_another_attempt(place, "Again", ines, NOW + 3 * MINUTE)


def test_who_has_not_begun_can_join_again(sitting: Sitting) -> None:
    erase_person(None, [only(factories.joined(sitting, "Ana").candidate)], NOW)
    assert factories.joined(sitting, "Ana").name == "Ana"


def only(candidate: Candidate | None) -> Candidate:
    assert candidate
    return candidate


def released(sitting: Sitting) -> None:
    sittings.release(sitting, NOW + 3 * MINUTE)


@pytest.mark.parametrize(
    ("terms", "act", "kept_until"),
    [
        ({}, None, timedelta(hours=1)),
        ({}, released, 3 * MINUTE),
        ({"closes_at": None}, None, 14 * DAY + timedelta(minutes=20)),
    ],
)
def test_the_hashes_are_deleted_when_the_answers_open_or_two_weeks_after_the_end(
    terms: dict[str, Any], act: Callable[[Sitting], None] | None, kept_until: timedelta
) -> None:
    sitting = factories.sitting(**terms)
    place = sit_and_erase(sitting)
    if act:
        act(sitting)
    deadline = Attempt.objects.get().deadline - NOW
    end = NOW + (14 * DAY + deadline if kept_until > 13 * DAY else kept_until)
    used_places.forget(end - timedelta(seconds=1))
    place.refresh_from_db()
    assert place.used_marks
    used_places.forget(end)
    place.refresh_from_db()
    assert not place.used_marks


def test_an_erasure_after_the_answers_are_open_keeps_nothing(sitting: Sitting) -> None:
    attempt = factories.class_attempt(sitting)
    ending.finish(attempt, NOW + MINUTE)
    erase_person(None, [attempt.candidate], NOW + timedelta(hours=2))
    assert Participant.objects.get().used_marks == []
