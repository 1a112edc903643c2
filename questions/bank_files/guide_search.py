"""Search the guide of a bank: the topics of the syllabus with their study pages, and the glossary (no Django)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from questions.bank_files import glossary, study_pages
from questions.bank_files.glossary import Term
from questions.content.syllabus import Syllabus, Topic
from questions.content.word_search import Segment, WordSearch, plain

TITLE_WEIGHT, SERVICE_WEIGHT, SUMMARY_WEIGHT = 8, 4, 3  # of a word in this part of a topic; elsewhere 1
EXCERPT_CHARS = 220


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic that has all words, with the part of its text that shows them best."""

    topic: Topic
    title: list[Segment]
    excerpt: list[Segment]


def search_topics(bank: Path, syllabus: Syllabus, search: WordSearch) -> list[TopicMatch]:
    """Return the topics that have all words in title, summary, services, points or study page, best first."""
    if not search.words:
        return []
    ranked = []
    for topic in syllabus.topics.values():
        services = ", ".join(topic.services)
        points = " ".join(point.text for point in topic.points)
        page = study_pages.page(bank, topic.slug)
        text = page.text if page else points
        if not search.matches(topic.title, topic.summary, services, points, text):
            continue
        weight = (
            TITLE_WEIGHT * search.count(topic.title)
            + SERVICE_WEIGHT * search.count(services)
            + SUMMARY_WEIGHT * search.count(topic.summary)
            + search.count(text)
        )
        best = _first_with_most_words((topic.summary, text, points), search)
        match = TopicMatch(topic, search.segments(topic.title), search.excerpt(best, EXCERPT_CHARS))
        ranked.append((weight, match))
    ranked.sort(key=lambda pair: -pair[0])
    return [match for _weight, match in ranked]


def search_terms(bank: Path, search: WordSearch) -> list[tuple[Term, list[Segment], list[Segment]]]:
    """Return the terms of the glossary with all words, those with one in the name first: term, name, definition."""
    if not search.words:
        return []
    rows = [
        (term, search.segments(term.name), search.segments(plain(term.definition)))
        for term in glossary.terms(bank)
        if search.matches(term.name, term.definition)
    ]
    return sorted(rows, key=lambda row: -search.count(row[0].name))


def _first_with_most_words(texts: Iterable[str], search: WordSearch) -> str:
    return max(texts, key=search.count)
