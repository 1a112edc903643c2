"""Test `manage.py create_sitting`: the contract, the owner, a roster, and refusals as sentences."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from exams.models import Roster, Sitting
from tests import authoring, factories

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> str:
    output = io.StringIO()
    call_command("create_sitting", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture(autouse=True)
def blueprint() -> None:
    factories.small_blueprint()


def test_it_prints_uuid_code_and_link(settings: Any) -> None:
    ines = authoring.account("ines", "Instructor")
    window = ("--opens", "2026-04-01T09:00Z", "--last-start", "2026-04-01T09:15Z", "--closes", "2026-04-01T10:00Z")
    review = ("--review-opens", "2026-04-02T08:00Z")
    printed = json.loads(create("--name", "7b", "--exam", "tiny", *window, *review, "--paper", "each", "--json"))
    sitting = Sitting.objects.get()
    assert printed == {"uuid": str(sitting.uuid), "code": sitting.code, "link": f"/join/{sitting.code}/"}
    assert (sitting.owner, sitting.form, sitting.name) == (ines, None, "7b")
    assert [sitting.opens_at.hour, sitting.last_start_at.minute, sitting.closes_at.hour] == [9, 15, 10]
    settings.PUBLIC_URL = "https://exams.example.org"
    assert "https://exams.example.org/join/" in create("--name", "8c", "--exam", "TINY")
    assert Client().get(printed["link"]).status_code == 200


def test_a_roster_gives_personal_links_and_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "7b.csv"
    file.write_text("name,email,extra minutes\nAna,ana@example.org,30\n\nBen\n", encoding="utf-8")
    arguments = ("--name", "7b", "--exam", "TINY", "--roster", str(file), "--json")
    people = json.loads(create(*arguments))["people"]
    assert [person["name"] for person in people] == ["Ana", "Ben"]
    assert "Ana" in Client().get(people[0]["link"]).content.decode()
    create(*arguments)
    assert set(Roster.objects.values_list("name", flat=True)) == {"7b", "7b (2)"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--exam", "NONE"), "There is no exam with the code NONE."),
        (("--owner", "nobody"), "There is no account with the name nobody."),
        (("--closes", "2020-01-01"), "The end for all must be after the opening."),
        (("--roster", "/nowhere.csv"), "/nowhere.csv cannot be read"),
        (("--closes", "soon"), "'soon' is not a time"),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        create("--name", "7b", "--exam", "TINY", *arguments)
    assert not Sitting.objects.exists()


def test_of_several_instructors_one_is_named() -> None:
    for name in ("ines", "ivan"):
        authoring.account(name, "Instructor")
    with pytest.raises(CommandError, match="Name one with --owner"):
        create("--name", "7b", "--exam", "TINY")
    create("--name", "7b", "--exam", "TINY", "--owner", "ivan")
    assert Sitting.objects.get().owner.username == "ivan"
