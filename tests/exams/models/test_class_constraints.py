"""Test that the database refuses sittings, participants and class attempts that contradict themselves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from exams.models import Attempt, Participant, Roster, RosterEntry, Sitting
from questions.models import Blueprint
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def sitting(**fields: Any) -> Sitting:
    blueprint = Blueprint.objects.last() or factories.small_blueprint()
    n = Sitting.objects.count()
    return Sitting.objects.create(
        **{"code": f"BCDFG{'HJKMN'[n]}", "name": "Class 7b", "blueprint": blueprint, "opens_at": NOW} | fields
    )


def participant(**fields: Any) -> Participant:
    return Participant.objects.create(**{"sitting": Sitting.objects.last() or sitting(), "name": "Ana"} | fields)


def class_attempt(**fields: Any) -> Attempt:
    """Turn a new exam into one of a class: the row is what matters here."""
    attempt = Attempt.objects.last() or factories.attempt()
    values = {field.attname: getattr(attempt, field.attname) for field in Attempt._meta.concrete_fields}
    in_class = {"sitting_id": (Sitting.objects.last() or sitting()).pk}
    values |= {"id": None, "number": Attempt.objects.filter(sitting__isnull=False).count() + 1} | in_class | fields
    return Attempt.objects.create(**{name: value for name, value in values.items() if name != "uuid"})


def joined(**fields: Any) -> Participant:
    return participant(**{"candidate": factories.candidate(), "joined_at": NOW} | fields)


def twice(make: Callable[..., Any], **fields: Any) -> None:
    make(**fields)
    make(**fields)


BROKEN: dict[str, Callable[[], Any]] = {
    "sitting_last_start_after_opening": lambda: sitting(last_start_at=NOW),
    "sitting_closes_after_opening": lambda: sitting(closes_at=NOW),
    "sitting_last_start_before_closing": lambda: sitting(last_start_at=NOW + HOUR, closes_at=NOW + HOUR),
    "sitting_review_after_opening": lambda: sitting(review_opens_at=NOW - HOUR),
    "sitting_minutes_positive": lambda: sitting(minutes=0),
    "sitting_attempts_possible": lambda: sitting(attempts_allowed=11),
    "sitting_roster_iff_chosen": lambda: sitting(who="roster"),
    "sitting_before_release_known": lambda: sitting(before_release="answers"),
    "participant_candidate_unique": lambda: (
        first := joined(),
        joined(name="Ben", candidate=first.candidate),
    ),
    "participant_entry_unique": lambda: (
        first := participant(entry=RosterEntry.objects.create(roster=Roster.objects.create(name="7b"), name="Ana")),
        participant(name="Ben", entry=first.entry),
    ),
    "participant_name_unique": lambda: (participant(), participant(name="ANA")),
    "participant_removal_reason": lambda: participant(removal_reason="Not of this class"),
    "participant_joined_iff_candidate": lambda: participant(joined_at=NOW),
    "roster_name_unique": lambda: twice(Roster.objects.create, owner=factories.user(), name="7b"),
    "roster_entry_name_unique": lambda: twice(
        RosterEntry.objects.create, roster=Roster.objects.create(name="7b"), name="Ana"
    ),
    "attempt_one_open_in_sitting": lambda: twice(class_attempt),
    "attempt_number_in_sitting": lambda: (
        class_attempt(status="abandoned", submitted_at=NOW + HOUR, closed_by="candidate"),
        class_attempt(number=1),
    ),
    "attempt_number_from_one": lambda: class_attempt(number=0),
    "attempt_of_a_sitting_is_an_exam": lambda: class_attempt(mode="practice", practice_kind="quiz"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BROKEN[name]()
    constraints = [each for model in apps.get_app_config("exams").get_models() for each in model._meta.constraints]
    (constraint,) = [each for each in constraints if each.name == name]
    assert constraint.violation_error_message != constraint.default_violation_error_message


def test_a_private_exam_and_a_class_exam_of_one_blueprint_can_both_be_open() -> None:
    private = factories.attempt()
    assert class_attempt().candidate == private.candidate
    assert Attempt.objects.open_exams().count() == 2


def test_deleted_participants_have_no_name_in_common() -> None:
    joined(name="")
    joined(name="")
    assert Participant.objects.filter(name="").count() == 2
