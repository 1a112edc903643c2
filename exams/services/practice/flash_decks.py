"""The flash cards that the guide of an exam has: services, terms and pairs that are easily confused."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exams.models import FlashCard
from questions.bank_files import glossary, study_pages
from questions.bank_files.guide_search import guide_index
from questions.content import markdown
from questions.content.syllabus import Syllabus, Topic
from questions.lint.aws_services import services as known_services

Kind = FlashCard.Kind
Key = tuple[str, str]  # the kind and the name of a card
Sides = tuple[tuple[str, str], ...]  # names with what each is
MAX_TOPICS = 3  # to which a card leads
MIN_PAIR_WORDS = 2  # of each side: one word, such as "Business", tells nothing apart


@dataclass(frozen=True, slots=True)
class GuideCard:
    """A card of the guide: in front a question, with the `clue` below it; behind the answer, first of names with texts.

    All texts are Markdown. A name is empty if the question names it.
    """

    kind: str
    name: str  # of the card, among those of its kind
    question: str
    clue: str
    sides: Sides
    topics: tuple[Topic, ...]
    exam_domain: int | None

    @property
    def question_html(self) -> str:
        return markdown.render(self.question)

    @property
    def clue_html(self) -> str:
        return markdown.render(self.clue)

    @property
    def sides_html(self) -> list[tuple[str, str]]:
        return [(markdown.render(name), markdown.render(text)) for name, text in self.sides]


# The cards of each guide and language, with what they were made of: valid while the bank has the same.
_made: dict[tuple[Path, str], tuple[tuple[object, ...], Mapping[Key, GuideCard]]] = {}


def guide_cards(bank: Path, syllabus: Syllabus) -> Mapping[Key, GuideCard]:
    """Return all cards of a guide: pairs last, otherwise in an order that is always the same and tells nothing."""
    sources = (syllabus, glossary.services(bank), glossary.terms(bank), *study_pages.pages(bank, syllabus.topics))
    made = _made.get((bank, get_language()))
    if made is None or made[0] != sources:
        made = _made[bank, get_language()] = sources, MappingProxyType(_make(bank, syllabus))
    return made[1]


def _make(bank: Path, syllabus: Syllabus) -> dict[Key, GuideCard]:
    cards = [*_services(bank, syllabus), *_terms(bank, syllabus), *_pairs(bank, syllabus)]
    cards = [card for card in cards if len(card.name) <= FlashCard.MAX_NAME]
    return {(card.kind, card.name): card for card in sorted(cards, key=_place)}


def _place(card: GuideCard) -> tuple[bool, int]:
    return card.kind == Kind.PAIR, crc32(card.name.encode())


def _services(bank: Path, syllabus: Syllabus) -> Iterator[GuideCard]:
    topics: dict[str, list[Topic]] = defaultdict(list)
    for topic in syllabus.topics.values():
        for name in topic.services:
            topics[name].append(topic)
    confusions = _confusions(bank, syllabus)
    formerly = {row.name: ", ".join(row.former_names) for row in known_services()[1]}
    for service in glossary.services(bank):
        about = topics[service.name]
        counts = Counter(_exam_domain(syllabus, topic) for topic in about)
        most_common = counts.most_common(1)[0][0] if counts else None
        names = formerly.get(service.name)
        facts = [*confusions.get(service.name, ()), *([_("Formerly %(names)s.") % {"names": names}] if names else [])]
        sides = ((service.name, " ".join(facts)),)
        yield _card(Kind.SERVICE, service.name, _("Which service?"), service.definition, sides, about, most_common)


def _confusions(bank: Path, syllabus: Syllabus) -> dict[str, list[str]]:
    """Return by the name of a service what it is for, and what another is for that is easily confused with it."""
    found: dict[str, list[str]] = {}
    other = _("Not to be confused with %(name)s: %(text)s.")
    for topic, page in zip(syllabus.topics.values(), study_pages.pages(bank, syllabus.topics), strict=True):
        names = {name.removeprefix("Amazon ").removeprefix("AWS "): name for name in topic.services}
        for pair in page.pairs if page else ():
            sides = (pair.first, pair.of_first), (pair.second, pair.of_second)
            for (this, text), (another, of_another) in (sides, sides[::-1]):
                if name := names.get(this):
                    found.setdefault(name, [f"{text}.", other % {"name": another, "text": of_another}])
    return found


def _terms(bank: Path, syllabus: Syllabus) -> Iterator[GuideCard]:
    index = guide_index(bank, syllabus)
    for term in glossary.terms(bank):
        about = index.topics_of(term)
        exam_domain = _exam_domain(syllabus, about[0]) if about else None
        question = _("What does “%(term)s” mean?") % {"term": term.name}
        yield _card(Kind.TERM, term.name, question, "", (("", term.definition),), about, exam_domain)


def _pairs(bank: Path, syllabus: Syllabus) -> Iterator[GuideCard]:
    for topic, page in zip(syllabus.topics.values(), study_pages.pages(bank, syllabus.topics), strict=True):
        for pair in page.pairs if page else ():
            name = f"{topic.slug}: {pair.first} / {pair.second}"[: FlashCard.MAX_NAME]
            sides = (pair.first, pair.of_first), (pair.second, pair.of_second)
            if any(len(text.split()) < MIN_PAIR_WORDS for _name, text in sides):
                continue
            if crc32(name[::-1].encode()) % 2:  # that half of the cards ask for the second
                sides = sides[::-1]
            if _names_itself(*sides) and not _names_itself(*sides[::-1]):
                sides = sides[::-1]
            names = pair.names[0].upper() + pair.names[1:]
            question = _("%(pair)s: which one, and what is the other?") % {"pair": names}
            clue = f"{topic.title}: **{sides[0][1]}**"
            yield _card(Kind.PAIR, name, question, clue, sides, (topic,), _exam_domain(syllabus, topic))


def _names_itself(asked: tuple[str, str], other: tuple[str, str]) -> bool:
    """Return whether the text of a side has a word of its own name that the other name has not."""
    name, other_name, text = (set(re.findall(r"\w{3,}", of.casefold())) for of in (asked[0], other[0], asked[1]))
    return not text.isdisjoint(name - other_name)


def _card(
    kind: str,
    name: str,
    question: str,
    clue: str,
    sides: Sides,
    topics: Sequence[Topic],
    exam_domain: int | None,
) -> GuideCard:
    return GuideCard(kind, name, question, clue, sides, tuple(topics[:MAX_TOPICS]), exam_domain)


def _exam_domain(syllabus: Syllabus, topic: Topic) -> int:
    return syllabus.exam_domain_of_task[syllabus.task_of_topic[topic.slug]]
