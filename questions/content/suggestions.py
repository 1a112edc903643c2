"""Which topic and point of the syllabus a question is probably about: by the words it shares with them.

A topic is the words of its title, summary, services and points, and of the questions that have it already. A shared
word counts by how few topics have it (log(topics / topics with the word)); what all of them say counts nothing. The
score is the sum over the different words that stem, key and explanation share with the topic, divided by the square
root of how many words the topic has, so that a topic with many questions does not win by its size. It is a guess and
is shown as one, with the words that it comes from.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from questions.content.prose import shown_words
from questions.content.schema import QuestionContent
from questions.content.syllabus import Syllabus

_SHORTEST = 3  # letters; shorter words say nothing, names of services such as S3 aside
_LEAST = 2  # shared words, or there is no suggestion
_TELLING = math.log(2)  # a word that half of the topics say, such as 'which' or 'are', is no reason for one


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic and a point by their codes, and the words that they share with the question, the weightiest first."""

    topic: str
    point: str | None
    words: tuple[str, ...]


class Suggester:
    """Built once of a syllabus and the questions that have a topic; then asked for one question after the other."""

    def __init__(self, syllabus: Syllabus, placed: Iterable[QuestionContent]) -> None:
        self._points: dict[str, dict[str, frozenset[str]]] = {}
        self._domain: dict[str, int] = {}
        said: defaultdict[str, set[str]] = defaultdict(set)
        for slug, topic in syllabus.topics.items():
            self._points[slug] = {point.id: _words(point.text) for point in topic.points}
            self._domain[slug] = syllabus.exam_domain_of_task[syllabus.task_of_topic[slug]]
            said[slug] |= _words(" ".join((topic.title, topic.summary, *topic.services)))
            said[slug].update(*self._points[slug].values())
        for draft in placed:
            if draft.topic in self._points:
                said[draft.topic] |= question_words(draft)
        self._words: Mapping[str, set[str]] = said
        in_topics = Counter(word for each in said.values() for word in each)
        self._weight = {word: math.log(len(said) / count) for word, count in in_topics.items()}
        self._telling = frozenset(word for word, weight in self._weight.items() if weight > _TELLING)

    def of(self, draft: QuestionContent, exam_domain: int | None = None) -> Suggestion | None:
        """The topic nearest to a question, of its exam domain where that is known; None where too little is shared."""
        own = question_words(draft) & self._telling
        best, shared = "", 0.0
        for slug, words in self._words.items():
            if exam_domain not in (None, self._domain[slug]) or len(own & words) < _LEAST:
                continue
            score = sum(self._weight[word] for word in own & words) / math.sqrt(len(words))
            if score > shared:
                best, shared = slug, score
        if not best:
            return None
        common = sorted(own & self._words[best], key=lambda word: (-self._weight[word], word))
        return Suggestion(best, self._point(best, own), tuple(common[:5]))

    def _point(self, topic: str, own: frozenset[str]) -> str | None:
        scores = {
            code: sum(self._weight[word] for word in own & words) / math.sqrt(len(words) or 1)
            for code, words in self._points[topic].items()
        }
        best = max(scores, key=lambda code: scores[code], default=None)
        return best if best and scores[best] > 0 else None


def question_words(draft: QuestionContent) -> frozenset[str]:
    """The words of stem, key and explanation: distractors are about something else on purpose."""
    return _words(" ".join((draft.stem, *(each.text for each in draft.keys), draft.explanation)))


def _words(text: str) -> frozenset[str]:
    found = {word.strip("%.,'’/") for word in shown_words(text)}
    return frozenset(_singular(word) for word in found if len(word) >= _SHORTEST or any(map(str.isdigit, word)))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
