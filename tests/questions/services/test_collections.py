"""Test what collections hold their questions to: strict ones, those of one's own, and their switches."""

from dataclasses import replace

import pytest

from questions.content.house_rules import ERRORS_ONLY, STRICT, SWITCHES, HouseRules
from questions.lint import RULES, Context, lint
from questions.models import Collection, Question
from questions.services import collections
from questions.services.errors import RefusedError
from tests import factories
from tests.authoring import NOW
from tests.bank_rows import content

TODAY = NOW.date()


def found(house: HouseRules, *, stem: str = "Wie heißt das?", several: bool = True) -> set[str]:
    question = replace(content("one", several=several), stem=stem, references=(), explanation="")
    return {finding.rule for finding in lint(question, Context(TODAY, installed=True, house=house))}


def test_a_collection_of_ones_own_reports_errors_only() -> None:
    everything = found(STRICT)
    assert {"missing-reference", "missing-explanation", "select-missing", "topic-not-assigned"} <= everything
    assert found(HouseRules(ERRORS_ONLY)) == set()


def test_each_switch_turns_its_own_rules_on() -> None:
    for switch, names in SWITCHES.items():
        turned_on = found(HouseRules(frozenset({switch})))
        assert turned_on <= {*names} or switch == "style"
    assert found(HouseRules(frozenset({"references"}))) == {"missing-reference"}


def test_a_german_question_needs_no_english_words_even_where_rules_are_strict() -> None:
    german = HouseRules(language="de")
    assert "select-missing" not in found(german)
    assert "missing-reference" in found(german)


def test_no_switch_turns_errors_off() -> None:
    errors = {name for name, rule in RULES.items() if rule.installed == "E"}
    own = HouseRules(ERRORS_ONLY)
    silent = {name for name in errors if not own.applies(name, "E")}
    assert silent == {"select-missing", "exam-domain-missing"}, "the room says how many; exams draw by tags"
    assert {"no-key", "all-keys", "duplicate-options", "choose-mismatch"} <= errors - silent


@pytest.mark.django_db
def test_new_collections_are_of_ones_own_and_others_strict() -> None:
    factories.small_blueprint()
    ina = factories.user("ina")
    collections.ensure(["tiny", "mine", "local"], ina)
    rules = {row.slug: set(row.house_rules) for row in Collection.objects.all()}
    assert rules == {"mine": set(), "tiny": set(SWITCHES), "local": set(SWITCHES)}
    collections.ensure(["mine"], None)
    assert Collection.objects.get(slug="mine").owner == ina
    assert collections.rules_of(["mine", "tiny", "unheard"]) == {
        "mine": HouseRules(ERRORS_ONLY), "tiny": STRICT, "unheard": HouseRules(ERRORS_ONLY),
    }  # fmt: skip


@pytest.mark.django_db
def test_rules_of_the_shipped_bank_stay_strict() -> None:
    factories.small_blueprint()
    Question.objects.update(origin="shipped", base={"collection": "tiny"})
    collections.ensure(["tiny"])
    row = Collection.objects.get(slug="tiny")
    with pytest.raises(RefusedError, match="belongs to the shipped bank"):
        collections.change(row, title="", language="en", switches=["style"], practicable=True)
    collections.change(row, title="Tiny", language="en", switches=list(SWITCHES), practicable=False)
    assert collections.practicable(["tiny", "mine"]) == ["mine"]
