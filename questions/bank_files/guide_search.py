"""Search the guide of a bank: the topics of the syllabus with their study pages, services and glossary (no Django)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from questions.bank_files import glossary, study_pages
from questions.bank_files.glossary import Term
from questions.bank_files.study_pages import StudyPage
from questions.bank_files.typed_words import typed_words
from questions.content.syllabus import Syllabus, Topic
from questions.content.word_index import Part, WordIndex
from questions.content.word_search import Segment, WordSearch, plain

TITLE_WEIGHT, SERVICE_WEIGHT, SUMMARY_WEIGHT = 8, 4, 3  # of a word in this part of a topic; elsewhere 1
EXCERPT_CHARS = 220
MAX_SHOWN = 20  # topics, and terms
MAX_NEAREST = 5  # texts that have only some of the words
MAX_EXPLAINING = 2  # topics to which a term of the glossary leads
_MAKERS = ("Amazon ", "AWS ")


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic that has all words, with the part of its text that shows them best."""

    topic: Topic
    title: list[Segment]
    excerpt: list[Segment]


@dataclass(frozen=True, slots=True)
class TermMatch:
    """A term of the glossary, or a service, that has all words."""

    term: Term
    name: list[Segment]
    definition: list[Segment]
    is_service: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The best MAX_SHOWN topics and terms of each kind, and how many there are.

    `named` are the services and terms that the words name: they are a name, a short form, or what is typed for it.
    """

    topics: Sequence[TopicMatch] = ()
    n_topics: int = 0
    named: Sequence[TermMatch] = ()
    services: Sequence[TermMatch] = ()
    terms: Sequence[TermMatch] = ()

    def __bool__(self) -> bool:
        return bool(self.topics or self.named or self.services or self.terms)


class GuideIndex:
    """The guide of one exam with the index of its words."""

    def __init__(
        self,
        topics: Sequence[Topic],
        pages: Sequence[StudyPage | None],
        services: Sequence[Term],
        terms: Sequence[Term],
    ) -> None:
        self._topics, self._services, self._terms = topics, services, terms
        typed = typed_words()
        self._typed = {name: typed.get(name, ()) for name in (row.name for row in (*services, *terms))}
        self._points = [" ".join(point.text for point in topic.points) for topic in topics]
        self._texts = [page.text if page else points for page, points in zip(pages, self._points, strict=True)]
        rows: list[Sequence[Part]] = [
            (
                Part(topic.title, TITLE_WEIGHT, is_title=True),
                Part(", ".join(typed.get(topic.slug, ())), TITLE_WEIGHT, is_title=True),
                Part(", ".join(topic.services), SERVICE_WEIGHT),
                Part(topic.summary, SUMMARY_WEIGHT),
                Part(text),
                Part(points, 0),
            )
            for topic, text, points in zip(topics, self._texts, self._points, strict=True)
        ]
        rows += [
            (
                Part(term.name, TITLE_WEIGHT, is_title=True),
                Part(", ".join(self._typed[term.name]), TITLE_WEIGHT, is_title=True),
                Part(plain(term.definition)),
            )
            for term in (*services, *terms)
        ]
        self._words = WordIndex(rows)

    def search(self, search: WordSearch) -> Found:
        """Return what has all words, best first; nothing without words."""
        return self._found(self._words.find(search), search)

    def nearest(self, search: WordSearch) -> Found:
        """Return what has all words that the guide has; else first what has most of them, then the rarest ones."""
        unknown = self.unknown(search)
        known = WordSearch(" ".join(word for word in search.main_words if word not in unknown))
        if unknown and (found := self.search(known)):
            return found
        nearest = dict.fromkeys([*self._words.with_most(search), *self._words.nearest(search)])
        return self._found(list(nearest)[:MAX_NEAREST], search)

    def unknown(self, search: WordSearch) -> list[str]:
        """Return the words that nothing in the guide has."""
        return self._words.unknown(search)

    def most(self, search: WordSearch) -> Sequence[TopicMatch]:
        """Return the topics that have most of the words, but not all."""
        topics = [number for number in self._words.with_most(search) if number < len(self._topics)]
        return [self._topic_match(number, search) for number in topics[:MAX_NEAREST]]

    def _found(self, numbers: Sequence[int], search: WordSearch) -> Found:
        topics = [number for number in numbers if number < len(self._topics)]
        first_term = len(self._topics) + len(self._services)
        services = [self._services[n - len(self._topics)] for n in numbers if len(self._topics) <= n < first_term]
        terms = [self._terms[n - first_term] for n in numbers if n >= first_term]
        named = [term for term in (*services, *terms) if self._is_named(term, search)]
        return Found(
            topics=[self._topic_match(number, search) for number in topics[:MAX_SHOWN]],
            n_topics=len(topics),
            named=self._term_matches(sorted(named, key=lambda term: not search.matches(term.name)), search),
            services=self._term_matches([term for term in services if term not in named], search),
            terms=self._term_matches([term for term in terms if term not in named], search),
        )

    def _is_named(self, term: Term, search: WordSearch) -> bool:
        """Return whether the words are a whole name of a term: without its maker, without or in its brackets."""
        name, _bracket, short = term.name.removesuffix(")").partition(" (")
        names = [term.name, name, short, *(name.removeprefix(maker) for maker in _MAKERS), *self._typed[term.name]]
        return any(len(name.split()) == len(search.words) and search.matches(name) for name in names)

    def _term_matches(self, terms: Sequence[Term], search: WordSearch) -> list[TermMatch]:
        return [
            TermMatch(term, search.segments(term.name), search.segments(plain(term.definition)), term in self._services)
            for term in terms[:MAX_SHOWN]
        ]

    def corrected(self, search: WordSearch) -> WordSearch | None:
        """Return the search without its typos; None if no word is unknown, or nothing resembles it."""
        corrected = self._words.corrected(search)
        return WordSearch(corrected) if corrected else None

    def topics_of(self, term: Term) -> Sequence[Topic]:
        """Return the topics that explain a term: those that name it in the title or the summary, or most often."""
        return self._topics_of_terms.get(term.name, ())

    @cached_property
    def _topics_of_terms(self) -> dict[str, Sequence[Topic]]:
        return {term.name: self._explaining(term) for term in self._terms}

    def _explaining(self, term: Term) -> Sequence[Topic]:
        name, _bracket, short = term.name.removesuffix(")").partition(" (")
        for search in (WordSearch(name, whole=True), WordSearch(short, whole=True)):
            ranks = {n: self._rank_of_name(n, search) for n in self._words.find(search) if n < len(self._topics)}
            best = sorted((n for n, rank in ranks.items() if any(rank)), key=lambda n: ranks[n], reverse=True)
            if best:
                return [self._topics[number] for number in best[:MAX_EXPLAINING]]
        return []

    def _rank_of_name(self, number: int, name: WordSearch) -> tuple[int, ...]:
        """Return how well a topic explains a name; zeros if the words of the name are only spread over its text."""
        topic = self._topics[number]
        in_one = [name.matches(text) for text in (topic.title, topic.summary, *(point.text for point in topic.points))]
        return in_one[0], in_one[1], name.times(self._texts[number]), any(in_one)

    def _topic_match(self, number: int, search: WordSearch) -> TopicMatch:
        topic = self._topics[number]
        best = max((topic.summary, self._texts[number], self._points[number]), key=search.count)
        return TopicMatch(topic, search.segments(topic.title), search.excerpt(best, EXCERPT_CHARS))


def guide_index(bank: Path, syllabus: Syllabus) -> GuideIndex:
    """Return the index of a bank, which is made once for all requests until a file changes."""
    topics = tuple(syllabus.topics.values())
    pages = tuple(study_pages.pages(bank, syllabus.topics))
    return _cached_index(topics, pages, glossary.services(bank), glossary.terms(bank))


@lru_cache(maxsize=8)
def _cached_index(
    topics: tuple[Topic, ...], pages: tuple[StudyPage | None, ...], services: tuple[Term, ...], terms: tuple[Term, ...]
) -> GuideIndex:
    return GuideIndex(topics, pages, services, terms)
