"""The shipped flash cards ask questions that do not have their answers, and belong to exam domains."""

import re
import shutil
from pathlib import Path

import pytest

from exams.services.practice.flash_decks import GuideCard, guide_cards
from questions.content import syllabus as syllabus_file

BANKS = [path.parent for path in (Path(__file__).resolve().parents[4] / "questions" / "bank").glob("*/syllabus.yaml")]
MAX_WORDS = 60  # behind a card
# What a service does is said with such words, although a name has them too.
COMMON = {"amazon", "aws", "data", "service", "managed", "services", "cost", "logs", "quality", "savings", "streams"}


@pytest.fixture(scope="module", params=BANKS, ids=lambda path: path.name)
def cards(request: pytest.FixtureRequest) -> list[GuideCard]:
    syllabus, _faults = syllabus_file.read(request.param / "syllabus.yaml")
    assert syllabus
    return list(guide_cards(request.param, syllabus).values())


def test_each_card_asks_and_is_short(cards: list[GuideCard]) -> None:
    assert len(cards) > 500
    for card in cards:
        assert card.question.endswith("?"), card
        behind = " ".join(text for _name, text in card.sides)
        assert len(behind.split()) <= MAX_WORDS, card


def test_no_service_is_named_by_its_own_question(cards: list[GuideCard]) -> None:
    named = []
    for card in cards:
        if card.kind == "service":
            words = {word.casefold() for word in re.findall(r"\w{4,}", card.name)} - COMMON
            named += [(card.name, word) for word in words if re.search(rf"\b{word}\b", card.clue.casefold())]
    assert named == []


def test_a_pair_asks_which_of_the_two_fits_and_the_clue_seldom_names_it(cards: list[GuideCard]) -> None:
    """'How do they differ?' had as many answers as the reader, and two fragments behind."""
    pairs = [card for card in cards if card.kind == "pair"]
    assert pairs == cards[-len(pairs) :], "services and terms are learned before"
    named, asked_first = [], 0
    for card in pairs:
        (answer, text), (other, other_text) = card.sides
        assert card.clue.endswith(f"**{text}**")
        assert text != other_text
        assert min(len(text.split()), len(other_text.split())) > 1, "one word tells nothing apart"
        asked_first += card.question.casefold().startswith(answer.casefold())
        own = set(re.findall(r"\w{3,}", answer.casefold())) - set(re.findall(r"\w{3,}", other.casefold()))
        named += [card] if own & set(re.findall(r"\w{3,}", text.casefold())) else []
    assert len(named) <= 0.02 * len(pairs), named
    assert 0.4 < asked_first / len(pairs) < 0.6, "the place tells nothing"


def test_behind_a_service_stands_what_it_is_for_and_what_it_is_confused_with(cards: list[GuideCard]) -> None:
    behind = [card.sides[0] for card in cards if card.kind == "service"]
    told = [
        text
        for _name, text in behind
        if re.fullmatch(r"[^.]+\. Not to be confused with .+: [^.]+\.( Formerly .+)?", text)
    ]
    assert len(told) > 0.2 * len(behind)
    assert len(told) == sum("confused" in text for _name, text in behind)


def test_nearly_all_cards_belong_to_an_exam_domain_and_lead_to_a_topic(cards: list[GuideCard]) -> None:
    assert sum(card.exam_domain is None for card in cards) < 0.05 * len(cards)
    assert all(card.topics for card in cards if card.exam_domain is not None)
    assert all(card.topics for card in cards if card.kind != "term")


def test_the_cards_of_a_guide_are_made_once_until_one_of_its_files_changes(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    shutil.copytree(BANKS[0], bank)
    syllabus, _faults = syllabus_file.read(bank / "syllabus.yaml")
    again, _faults = syllabus_file.read(bank / "syllabus.yaml")
    assert syllabus
    assert again
    cards = guide_cards(bank, syllabus)
    assert guide_cards(bank, again) is cards
    glossary = bank / "guide" / "glossary.md"
    glossary.write_text(glossary.read_text() + "\n## Zebra\n\nAn animal with stripes.\n")
    assert guide_cards(bank, again).keys() - cards.keys() == {("term", "Zebra")}
