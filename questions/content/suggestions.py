"""Suggest the topic and point of a question by the words that they share (no Django).

The words of a topic are those of its title, summary, services and points, and of the questions that have it already. A
shared word weighs log(topics / topics with the word). The score of a topic is the sum over the distinct words that it
shares with stem, key and explanation, divided by the square root of its number of words, so that a topic with many
questions has no advantage. Pages show the suggestion with the words it is based on.

Only a topic that shares distinctive words of its own text in the syllabus is suggested: the numbers and scenarios of
two questions may agree by chance. A suggestion is believed, so that pages choose it beforehand, if it shares several
such words and no other topic comes near. Of the shipped questions, each compared with the others, 70% of the
suggestions and 93% of the believed ones are right.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from questions.content.prose import shown_words
from questions.content.schema import QuestionContent
from questions.content.syllabus import Syllabus

_MIN_WORD_CHARS = 3  # shorter words are ignored, apart from names such as S3; so are numbers
_MIN_SYLLABUS_WORDS = 2  # shared with the syllabus text of the topic; with fewer, 1 suggestion in 10 is right
_BELIEVED_WORDS, _BELIEVED_WEIGHT = 3, 8.0  # shared with the syllabus text of a topic that is believed, and their sum
_BELIEVED_LEAD = 1.4  # the score of a topic that is believed, as a multiple of the second best
_MIN_WEIGHT = math.log(2)  # a word of half of the topics, such as 'which', is ignored
_MIN_SYLLABUS_WEIGHT = math.log(4)  # a word of a quarter of the topics is no reason for a suggestion


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic and a point by their codes, and the syllabus words shared with the question, the heaviest first.

    `is_believed` is whether it is right so often that a page may choose it beforehand.
    """

    topic: str
    point: str | None
    words: tuple[str, ...]
    is_believed: bool


class Suggester:
    """An index that suggests topics, built once from a syllabus and the questions that have a topic."""

    def __init__(self, syllabus: Syllabus, placed: Iterable[QuestionContent]) -> None:
        self._points: dict[str, dict[str, frozenset[str]]] = {}
        self._domain: dict[str, int] = {}
        words_by_topic: defaultdict[str, set[str]] = defaultdict(set)
        for slug, topic in syllabus.topics.items():
            self._points[slug] = {point.id: _words(point.text) for point in topic.points}
            self._domain[slug] = syllabus.exam_domain_of_task[syllabus.task_of_topic[slug]]
            words_by_topic[slug] |= _words(" ".join((topic.title, topic.summary, *topic.services)))
            words_by_topic[slug].update(*self._points[slug].values())
        syllabus_words = {slug: frozenset(words) for slug, words in words_by_topic.items()}
        for question in placed:
            if question.topic in self._points:
                words_by_topic[question.topic] |= question_words(question)
        self._words: Mapping[str, set[str]] = words_by_topic
        in_topics = Counter(word for terms in words_by_topic.values() for word in terms)
        self._weight = {word: math.log(len(words_by_topic) / count) for word, count in in_topics.items()}
        self._heavy = frozenset(word for word, weight in self._weight.items() if weight > _MIN_WEIGHT)
        self._evidence = {
            slug: frozenset(word for word in words if self._weight[word] > _MIN_SYLLABUS_WEIGHT)
            for slug, words in syllabus_words.items()
        }

    def suggest(self, question: QuestionContent, exam_domain: int | None = None) -> Suggestion | None:
        """Return the best topic for a question, of its exam domain if known; None without enough evidence."""
        own = question_words(question) & self._heavy
        best, first, second = "", 0.0, 0.0
        for slug, words in self._words.items():
            if exam_domain not in (None, self._domain[slug]):
                continue
            if len(own & self._evidence[slug]) < _MIN_SYLLABUS_WORDS:
                continue
            score = sum(self._weight[word] for word in own & words) / math.sqrt(len(words))
            if score > first:
                best, first, second = slug, score, first
            else:
                second = max(second, score)
        if not best:
            return None
        common = sorted(own & self._evidence[best], key=lambda word: (-self._weight[word], word))
        is_strong = len(common) >= _BELIEVED_WORDS and sum(map(self._weight.__getitem__, common)) >= _BELIEVED_WEIGHT
        is_believed = is_strong and first >= _BELIEVED_LEAD * second
        return Suggestion(best, self._point(best, own), tuple(common[:5]), is_believed)

    def _point(self, topic: str, own: frozenset[str]) -> str | None:
        scores = {
            code: sum(self._weight[word] for word in own & words) / math.sqrt(len(words) or 1)
            for code, words in self._points[topic].items()
        }
        best = max(scores, key=lambda code: scores[code], default=None)
        return best if best and scores[best] > 0 else None


def question_words(question: QuestionContent) -> frozenset[str]:
    """Return the words of stem, key and explanation. Distractors are about other topics on purpose."""
    return _words(" ".join((question.stem, *(option.text for option in question.keys), question.explanation)))


def _words(text: str) -> frozenset[str]:
    terms = {word.strip("%.,'’/") for word in shown_words(text)}
    return frozenset(_singular(word) for word in terms if any(map(str.isalpha, word)) and _is_long_enough(word))


def _is_long_enough(word: str) -> bool:
    return len(word) >= _MIN_WORD_CHARS or any(map(str.isdigit, word))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
