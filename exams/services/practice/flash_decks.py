"""The decks of flash cards that the guide of an exam has: services, terms and pairs that are easily confused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from exams.models import FlashCard
from questions.bank_files import glossary, study_pages
from questions.bank_files.glossary import Term
from questions.content import markdown
from questions.content.syllabus import Syllabus, Topic

Kind = FlashCard.Kind


@dataclass(frozen=True, slots=True)
class GuideCard:
    """A card of the guide: its names in front, and what each of them is behind, as Markdown."""

    name: str  # of the card, in its deck
    fronts: tuple[str, ...]
    backs: tuple[str, ...]
    topic: Topic | None = None

    @property
    def front_html(self) -> tuple[str, ...]:
        return tuple(markdown.render(text) for text in self.fronts)

    @property
    def sides(self) -> list[tuple[str, str]]:
        """Each name with what it is, as HTML."""
        return [
            (markdown.render(front), markdown.render(back)) for front, back in zip(self.fronts, self.backs, strict=True)
        ]


def guide_deck(bank: Path, syllabus: Syllabus, kind: str) -> dict[str, GuideCard]:
    """Return the cards of a deck by name, in an order that is always the same and tells nothing."""
    if kind == Kind.PAIR:
        cards = list(_pairs(bank, syllabus))
    else:
        rows = glossary.services(bank) if kind == Kind.SERVICE else glossary.terms(bank)
        cards = [_card(row) for row in rows if len(row.name) <= FlashCard.MAX_NAME]
    return {card.name: card for card in sorted(cards, key=lambda card: crc32(card.name.encode()))}


def guide_decks(bank: Path, syllabus: Syllabus) -> Mapping[str, dict[str, GuideCard]]:
    """Return all decks of the guide by kind; those without cards are empty."""
    return {kind: guide_deck(bank, syllabus, kind) for kind in (Kind.SERVICE, Kind.TERM, Kind.PAIR)}


def _card(term: Term) -> GuideCard:
    return GuideCard(term.name, (term.name,), (term.definition,))


def _pairs(bank: Path, syllabus: Syllabus) -> Iterator[GuideCard]:
    for topic in syllabus.topics.values():
        page = study_pages.page(bank, topic.slug)
        for pair in page.pairs if page else ():
            name = f"{topic.slug}: {pair.first} / {pair.second}"[: FlashCard.MAX_NAME]
            yield GuideCard(name, (pair.first, pair.second), (pair.of_first, pair.of_second), topic)
