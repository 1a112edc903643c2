"""Test how people join a sitting and start: codes, names, personal links, the clock, and the paper for all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from exams.models import Attempt, Candidate, KeyRuling, Participant, Sitting
from exams.services.attempt import attempts, ending, papers
from exams.services.classes import board, joining, participants, rosters, sittings
from exams.services.people import candidates, erasure
from exams.services.results import audit, rulings, scoring
from exams.services.upkeep import person_erasure
from questions.models import Revision
from questions.services import lifecycle
from questions.services.errors import RefusedError
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def asked(attempt: Attempt) -> list[tuple[int, str]]:
    return list(attempt.responses.order_by("position").values_list("revision", "order"))


@pytest.fixture
def roster_sitting() -> Sitting:
    roster = rosters.create(factories.user("ines"), "7b", rosters.read("Ana,,30\nBen"))
    return factories.sitting(who="roster", roster=roster)


@pytest.mark.slow
def test_all_sit_the_same_paper_with_the_options_in_the_same_order() -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=5))
    ana, ben = (factories.class_attempt(sitting, name) for name in ("Ana", "Ben"))
    assert ana.form == ben.form == sitting.form
    assert asked(ana) == asked(ben)
    assert [[option.bit for option in question.options] for question in papers.questions(sitting.form)] == [
        response.bits for response in ana.responses.order_by("position")
    ]


def test_with_a_paper_each_the_forms_differ() -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=5), one_paper=False)
    ana, ben = (factories.class_attempt(sitting, name) for name in ("Ana", "Ben"))
    assert ana.form != ben.form
    assert asked(ana) != asked(ben)


def test_the_paper_stays_when_a_question_is_retired_or_rated_anew_and_rulings_apply() -> None:
    sitting = factories.sitting()
    early = factories.class_attempt(sitting, "Ana")
    scored = early.responses.filter(scored=True)
    retired, ruled = (Revision.objects.get(pk=response.revision_id) for response in scored.filter(choose=1)[:2])
    other = next(1 << bit for bit in range(ruled.n_options) if ruled.choose == 1 and not ruled.key >> bit & 1)
    lifecycle.retire([retired.question], now=NOW, by=None)
    rulings.rule(ruled, KeyRuling.Kind.CORRECT, other, reason="The other one is right.", by=factories.user(), now=NOW)
    type(retired.question).objects.filter(pk=ruled.question_id).update(rating=90)

    late = factories.class_attempt(sitting, "Ben", now=NOW + MINUTE)
    assert asked(late) == asked(early)
    for response in late.responses.all():
        key = other if response.revision_id == ruled.pk else response.key
        late.responses.filter(pk=response.pk).update(ticked=key, version=1, trail=f"{key}@1;")
    ending.finish(late, NOW + 2 * MINUTE)
    assert scoring.score(late.pk, NOW + 3 * MINUTE)
    late.refresh_from_db()
    assert late.report is not None
    assert late.report.raw == 4
    KeyRuling.objects.update(progress={"finished": "yes"})
    assert [difference.sentence for difference in audit.differences(NOW + 3 * MINUTE)] == []


@pytest.mark.parametrize(
    ("terms", "start", "extra_percent", "extra_minutes", "deadline"),
    [
        ({}, 0, 0, 0, 30),
        ({}, 40, 0, 0, 60),  # the end for all cuts the minutes
        ({}, 40, 50, 0, 75),  # per cent are of the minutes of the exam, and pass the end for all
        ({}, 40, 0, 10, 70),
        ({"minutes": 45}, 0, 0, 0, 45),
        ({"minutes": 45}, 0, 50, 10, 70),
        ({"closes_at": None}, 600, 0, 0, 630),
    ],
)
def test_the_deadline_is_the_earlier_of_minutes_and_end_for_all_plus_extra_time(
    terms: dict[str, Any], start: int, extra_percent: int, extra_minutes: int, deadline: int
) -> None:
    sitting = factories.sitting(**terms)
    participant = factories.joined(sitting)
    Candidate.objects.update(extra_percent=extra_percent)
    sittings.set_extra_minutes(participant, extra_minutes, NOW)
    participant = Participant.objects.select_related("candidate").get()
    attempt = joining.start(participant, NOW + start * MINUTE).attempt
    assert attempt.deadline == NOW + deadline * MINUTE
    assert attempt.events.get().data["deadline"] == (NOW + deadline * MINUTE).isoformat()
    assert list(audit.differences(NOW + start * MINUTE)) == []


def test_who_starts_late_is_told_how_much_time_is_left() -> None:
    sitting = factories.sitting()
    assert not joining.standing(sitting, None, NOW + 30 * MINUTE).starts_late
    late = joining.standing(sitting, None, NOW + 40 * MINUTE)
    assert (late.starts_late, late.clock.minutes, late.minutes) == (True, 20, 30)
    before = joining.standing(sitting, None, NOW - HOUR)
    assert (before.starts_late, before.clock.minutes, before.obstacle) == (False, 30, joining.Obstacle.EARLY)


@pytest.mark.parametrize(
    ("terms", "minute", "sentence"),
    [
        ({}, -1, "has not opened yet"),
        ({}, 60, "closed"),
        ({"last_start_at": NOW + 10 * MINUTE}, 10, "last start is over"),
        ({"closes_at": None, "review_opens_at": NOW + HOUR}, 60, "closed"),
    ],
)
def test_outside_of_the_window_nobody_starts(terms: dict[str, Any], minute: int, sentence: str) -> None:
    participant = factories.joined(factories.sitting(**terms))
    with pytest.raises(RefusedError, match=sentence):
        joining.start(participant, NOW + minute * MINUTE)
    assert not Attempt.objects.exists()


def test_a_second_start_goes_on_and_the_attempts_are_counted() -> None:
    sitting = factories.sitting(attempts_allowed=2)
    participant = factories.joined(sitting)
    first = joining.start(participant, NOW)
    again = joining.start(participant, NOW + MINUTE)
    assert (first.created, again.created, first.attempt) == (True, False, again.attempt)
    ending.finish(first.attempt, NOW + 2 * MINUTE)
    second = joining.start(participant, NOW + 3 * MINUTE).attempt
    assert second.number == 2
    assert asked(second) == asked(first.attempt)
    ending.finish(second, NOW + 4 * MINUTE)
    with pytest.raises(RefusedError, match="no attempt left"):
        joining.start(participant, NOW + 5 * MINUTE)
    participants.allow_another_attempt(participant)
    assert joining.start(participant, NOW + 5 * MINUTE).attempt.number == 3


def test_an_overdue_attempt_is_closed_before_the_next_one() -> None:
    participant = factories.joined(factories.sitting(attempts_allowed=2))
    joining.start(participant, NOW)
    assert joining.start(participant, NOW + 40 * MINUTE).attempt.number == 2


def test_a_private_exam_of_the_same_blueprint_goes_on_beside_the_class() -> None:
    candidate = factories.candidate()
    sitting = factories.sitting(factories.small_blueprint(exams=3))
    private = factories.attempt(candidate, sitting.blueprint)
    in_class = factories.class_attempt(sitting, candidate_=candidate)
    assert in_class != private
    assert attempts.open_exam(candidate, sitting.blueprint.code) == private
    assert {attempt.pk for attempt in attempts.open_exams(candidate)} == {private.pk, in_class.pk}


def test_the_code_is_read_as_people_type_it() -> None:
    sitting = factories.sitting()
    typed = f" {sitting.code[:3].lower()}-{sitting.code[3:]} "
    assert joining.find_sitting(typed) == sitting
    assert joining.find_sitting("BCDFGH"[::-1]) is None
    assert joining.find_sitting("") is None


def test_two_people_of_one_name_are_told_apart() -> None:
    sitting = factories.sitting()
    factories.joined(sitting, "Ana Silva")
    with pytest.raises(RefusedError, match="Somebody has joined as ana silva already"):
        factories.joined(sitting, "ana silva")
    account = factories.candidate(factories.user())
    assert factories.joined(sitting, "Ana Silva", account).name == "Ana Silva (2)"
    assert factories.joined(sitting, "Ana Silva", account).name == "Ana Silva (2)"


@pytest.mark.parametrize(("typed", "sentence"), [("  ", "Enter your name"), ("A" * 81, "at most 80 characters")])
def test_a_name_is_needed(typed: str, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        joining.checked_name(typed)


@pytest.mark.slow
def test_sixty_made_up_names_join_and_no_more_unless_the_instructor_says_so() -> None:
    sitting = factories.sitting()
    for number in range(60):
        factories.joined(sitting, f"Name {number}")
    with pytest.raises(RefusedError, match="This exam is full: 60 people have joined"):
        factories.joined(sitting, "One more")
    sittings.change(sitting, sittings.terms_of(sitting, joins_allowed=61), NOW)
    factories.joined(sitting, "One more")
    with pytest.raises(RefusedError, match="This exam is full: 61 people have joined"):
        factories.joined(sitting, "Another one")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_names_that_join_at_once_only_as_many_as_allowed_get_in() -> None:
    sitting = factories.sitting(joins_allowed=3)
    guests = [factories.candidate() for _guest in range(8)]

    def join(number: int) -> bool:
        try:
            joining.join(sitting, guests[number], f"Name {number}", NOW)
        except RefusedError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(join, range(8))) == 3
    assert Participant.objects.count() == 3


def test_a_name_has_no_characters_that_nobody_sees() -> None:
    assert joining.checked_name(" \u202eAna\u200b  Silva\u2069 ") == "Ana Silva"
    for hidden in ("\u034f", "\ufe0f", "\u17b4", "\U000e0041", "\u180b", "\ufffe", "\U0001ffff"):
        assert joining.checked_name(f"An{hidden}a Silva{hidden}") == "Ana Silva"
    for blank in ("\u3164", "\u2800", "\u115f", "\u1160", "\uffa0", "\x07"):
        assert joining.checked_name(f"Ana{blank}Silva{blank}") == "Ana Silva"
    assert joining.checked_name("김민준 2") == "김민준 2"
    for nothing in ("", "  ", "\u202e", "\u200b\u200d \ufeff", "\u3164", "\u2800\u2800", ".", "\u0301", "- _"):
        with pytest.raises(RefusedError, match="Enter your name"):
            joining.checked_name(nothing)


def test_a_closed_joining_keeps_out_who_has_not_joined_and_lets_the_others_start(roster_sitting: Sitting) -> None:
    ana, ben = roster_sitting.participants.order_by("name")
    guest = factories.candidate()
    assert joining.use_link(ana, guest, NOW) == guest
    sittings.close_joining(roster_sitting, NOW)
    ana, ben = roster_sitting.participants.select_related("sitting", "candidate").order_by("name")
    with pytest.raises(RefusedError, match="Joining is closed"):
        joining.use_link(ben, factories.candidate(), NOW)
    assert joining.use_link(ana, guest, NOW) == guest
    assert joining.start(ana, NOW).created
    sittings.open_joining(roster_sitting, NOW)
    ben = roster_sitting.participants.select_related("sitting").get(name="Ben")
    assert joining.use_link(ben, other := factories.candidate(), NOW) == other


def test_a_closed_joining_refuses_the_code() -> None:
    sitting = factories.sitting()
    sittings.close_joining(sitting, NOW)
    with pytest.raises(RefusedError, match="Joining is closed"):
        factories.joined(sitting)


def test_a_personal_link_binds_one_browser(roster_sitting: Sitting) -> None:
    ana = roster_sitting.participants.get(name="Ana")
    token = participants.link_token(ana)
    found = participants.find_by_link(f"{token[:4]}-{token[4:]}".lower())
    assert found == ana
    assert joining.use_link(ana, None, NOW) is None  # the caller creates a guest
    guest, stranger = factories.candidate(), factories.candidate()
    assert joining.use_link(ana, guest, NOW) == guest
    assert joining.use_link(ana, guest, NOW) == guest
    for other in (stranger, None):
        with pytest.raises(RefusedError, match="used in another browser"):
            joining.use_link(ana, other, NOW)
    attempt = joining.start(ana, NOW).attempt
    assert attempt.deadline == NOW + 60 * MINUTE

    new = participants.find_by_link(participants.renew_link(ana))
    assert new == ana
    assert participants.find_by_link(token) is None
    epoch = guest.epoch
    assert joining.use_link(new, None, NOW) == guest
    guest.refresh_from_db()
    assert guest.epoch == epoch + 1  # the lost browser is out
    assert joining.start(new, NOW + MINUTE).attempt == attempt


def test_one_browser_is_one_person_of_a_class(roster_sitting: Sitting) -> None:
    guest = factories.candidate()
    ana, ben = roster_sitting.participants.order_by("name")
    joining.use_link(ana, guest, NOW)
    with pytest.raises(RefusedError, match="Somebody else"):
        joining.use_link(ben, guest, NOW)
    ben.refresh_from_db()
    assert (ben.candidate, ben.link_used_at) == (None, None)


def test_a_renewed_link_takes_the_exam_from_an_account_and_nothing_else(roster_sitting: Sitting) -> None:
    ana = roster_sitting.participants.get(name="Ana")
    account, other = factories.candidate(factories.user()), factories.candidate()
    private = factories.attempt(account)
    joining.use_link(ana, account, NOW)
    attempt = joining.start(ana, NOW).attempt
    participants.renew_link(ana)
    assert joining.use_link(ana, None, NOW) is None, "the caller makes a guest"
    assert joining.use_link(ana, other, NOW + MINUTE) == other
    assert joining.start(ana, NOW + MINUTE).attempt == attempt
    assert list(other.attempts.all()) == [attempt]
    assert list(account.attempts.all()) == [private]
    assert not account.participations.exists()


def test_a_new_link_for_an_account_that_joined_by_the_code_asks_it_to_sign_in() -> None:
    person = factories.joined(factories.sitting(), candidate_=factories.candidate(factories.user()))
    participants.renew_link(person)
    for candidate in (None, factories.candidate()):
        with pytest.raises(RefusedError, match="Sign in, then open the link again"):
            joining.use_link(person, candidate, NOW)


def test_a_browser_with_exams_of_its_own_keeps_its_candidate_when_it_opens_a_renewed_link(
    roster_sitting: Sitting,
) -> None:
    ana, guest = roster_sitting.participants.get(name="Ana"), factories.candidate()
    joining.use_link(ana, guest, NOW)
    attempt = joining.start(ana, NOW).attempt
    participants.renew_link(ana)
    account = factories.candidate(factories.user())
    assert joining.use_link(ana, account, NOW + MINUTE) == account
    assert Attempt.objects.get().candidate == account
    epoch = guest.epoch
    guest.refresh_from_db()
    assert guest.epoch == epoch + 1, "the browser before learns that it is out"
    participants.renew_link(ana)
    assert joining.use_link(ana, guest, NOW + MINUTE) == guest
    assert Attempt.objects.get() == attempt


def test_after_a_removal_the_person_of_the_roster_gets_a_new_place(roster_sitting: Sitting) -> None:
    ana, impostor = roster_sitting.participants.get(name="Ana"), factories.candidate(factories.user())
    joining.use_link(ana, impostor, NOW)
    joining.start(ana, NOW)
    board.remove(ana, "Somebody else", roster_sitting.owner, NOW)
    sittings.change(roster_sitting, sittings.terms_of(roster_sitting, name="7b, again"), NOW)
    assert roster_sitting.participants.count() == 2, "not by a change of something else"
    assert sittings.add_newcomers(roster_sitting) == 1
    new = roster_sitting.participants.present().get(name="Ana")
    assert (new.extra_minutes, new.candidate) == (30, None)
    guest = factories.candidate()
    found = participants.find_by_link(participants.link_token(new))
    assert found
    assert joining.use_link(found, guest, NOW) == guest
    assert joining.start(found, NOW).created
    assert sittings.add_newcomers(roster_sitting) == 0
    with pytest.raises(RefusedError, match="Somebody else is here as Ana by now"):
        board.let_in(Participant.objects.get(pk=ana.pk), "A mistake", roster_sitting.owner, NOW)


def test_a_renewed_link_gives_a_place_in_which_nothing_was_started_to_the_next_browser(roster_sitting: Sitting) -> None:
    ana = roster_sitting.participants.get(name="Ana")
    first, second = factories.candidate(factories.user()), factories.candidate()
    joining.use_link(ana, first, NOW)
    stale = roster_sitting.participants.get(name="Ana")
    participants.renew_link(ana)
    with pytest.raises(RefusedError):
        joining.start(stale, NOW)
    assert joining.use_link(ana, second, NOW) == second
    assert joining.start(ana, NOW).attempt.candidate == second
    assert list(Attempt.objects.values_list("candidate", flat=True)) == [second.pk]


def test_nobody_loses_a_place_by_a_renewal_who_could_not_take_it_again(roster_sitting: Sitting) -> None:
    ana, guest = roster_sitting.participants.get(name="Ana"), factories.candidate()
    joining.use_link(ana, guest, NOW)
    sittings.close_joining(roster_sitting, NOW)
    participants.renew_link(ana := roster_sitting.participants.get(name="Ana"))
    assert joining.use_link(ana, None, NOW) == guest
    by_code = factories.joined(factories.sitting())
    candidate = by_code.candidate
    participants.renew_link(by_code)
    assert by_code.candidate == candidate, "nor who has no link but this one"


def test_a_claim_by_an_account_leaves_the_class_exam_with_the_participant() -> None:
    sitting = factories.sitting(factories.small_blueprint(exams=3))
    guest, alice = factories.candidate(), factories.user()
    owner = factories.candidate(alice)
    in_class = factories.class_attempt(sitting, candidate_=guest)
    private = factories.attempt(guest, sitting.blueprint)
    claim = candidates.claim(alice, guest)
    assert (claim.candidate, claim.pending_guest, claim.moved) == (owner, guest, 1)
    in_class.refresh_from_db()
    private.refresh_from_db()
    assert (in_class.candidate, private.candidate) == (guest, owner)
    assert Participant.objects.get().candidate == guest


def test_the_result_of_who_deletes_her_data_stays_without_a_name(roster_sitting: Sitting) -> None:
    ana = roster_sitting.participants.get(name="Ana")
    guest = factories.candidate()
    joining.use_link(ana, guest, NOW)
    attempt = joining.start(ana, NOW).attempt
    person_erasure.erase_candidates([guest.pk], NOW + MINUTE)
    ana.refresh_from_db()
    attempt.refresh_from_db()
    assert (str(ana), ana.entry, ana.link_hash) == ("Deleted", None, None)
    assert (attempt.sitting, attempt.status) == (roster_sitting, Attempt.Status.ABANDONED)


def test_who_deletes_her_data_at_the_moment_of_a_start_keeps_no_exam() -> None:
    ana = factories.joined(factories.sitting(factories.small_blueprint()))
    assert ana.candidate
    person_erasure.erase_candidates([ana.candidate.pk], NOW)  # the start has read her before
    with pytest.raises(attempts.ErasedError):
        joining.start(ana, NOW)
    assert not Attempt.objects.exists()


def test_an_unused_guest_who_has_joined_is_not_deleted() -> None:
    participant = factories.joined(factories.sitting())
    assert participant.candidate is not None
    assert not candidates.delete_unused(participant.candidate)
    assert erasure.erase_guests(NOW + timedelta(days=500)) == 1
    assert str(Participant.objects.get()) == "Deleted"


def test_two_accounts_of_one_name_of_any_length_join() -> None:
    sitting = factories.sitting()
    for name in ("ana", "ben"):
        account = factories.user(name, display_name="A" * 150)
        joining.join(sitting, factories.candidate(account), joining.account_name(account), NOW)
    assert sorted(len(person.name) for person in sitting.participants.all()) == [74, 78]


def test_names_are_given_for_the_exams_of_classes_that_one_may_see() -> None:
    sitting = factories.sitting()
    attempts = [factories.class_attempt(sitting, name) for name in ("Ana", "Ben")]
    alone = factories.attempt(factories.candidate(), sitting.blueprint)
    visible = Sitting.objects.all()
    assert participants.names_of([*attempts, alone], visible) == {attempts[0].pk: "Ana", attempts[1].pk: "Ben"}
    assert participants.names_of(attempts, visible.none()) == {}


def test_a_name_that_looks_like_another_one_does_not_join_beside_it() -> None:
    sitting = factories.sitting()
    typed = {"composed": "Jos\u00e9", "decomposed": "Jose\u0301"}
    assert joining.checked_name(typed["decomposed"]) == typed["composed"]
    joining.join(sitting, factories.candidate(), joining.checked_name(typed["composed"]), NOW)
    with pytest.raises(RefusedError, match="Somebody has joined as"):
        joining.join(sitting, factories.candidate(), joining.checked_name(typed["decomposed"]), NOW)
    with pytest.raises(RefusedError, match="letters of one script"):
        joining.checked_name("J\u043es\u00e9")  # its o is Cyrillic


@pytest.mark.parametrize(
    "typed",
    [
        "\U0001d5a1\U0001d5c8\U0001d5bb \U0001d5ac\U0001d5c2\U0001d5c5\U0001d5c5\U0001d5be\U0001d5cb",  # of mathematics
        "\uff22\uff4f\uff42\u3000\uff2d\uff49\uff4c\uff4c\uff45\uff52",  # of full width
    ],
)
def test_letters_in_another_shape_are_no_other_name(typed: str) -> None:
    sitting = factories.sitting()
    factories.joined(sitting, "Bob Miller")
    with pytest.raises(RefusedError, match="Somebody has joined as Bob Miller"):
        joining.join(sitting, factories.candidate(), joining.checked_name(typed), NOW)
    eve = factories.user("eve", display_name=typed)
    assert joining.account_name(eve) == "Bob Miller"
    assert factories.joined(sitting, joining.account_name(eve), factories.candidate(eve)).name == "Bob Miller (2)"


def test_an_account_whose_name_imitates_another_one_joins_with_its_user_name() -> None:
    eve = factories.user("eve", display_name="B\u043eb Miller")  # its o is Cyrillic
    assert joining.account_name(eve) == "eve"


@pytest.mark.parametrize(
    "name",
    [
        "Siobh\u00e1n O\u2019Brien-Smith 2",
        "\u0410\u043d\u043d\u0430 (Anna) \u041f\u0435\u0442\u0440\u043e\u0432\u0430",
        "\u5c71\u7530\u30a2\u30ad\u30e9",  # ideographs with katakana
        "\u0928\u093e\u0930\u093e\u092f\u0923",  # with vowel signs
        "Mar\u00eda de la Pe\u00f1a",
        "\ubc15\uc9c0\ubbfc",
    ],
)
def test_names_of_all_languages_join_as_they_are(name: str) -> None:
    assert joining.checked_name(name) == name
