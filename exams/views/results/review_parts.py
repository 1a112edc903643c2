"""What a review says about a question beside its solution, joined here for speed and size: 65 are on one page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from exams.disclosure import Card, Solution
from exams.models import Attempt, Mode
from questions.templatetags.reviewed import SolutionHtml


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """A card with its number, its states in words, and parts of it as HTML."""

    card: Card
    number: str
    states: str
    options: SafeString
    references: SafeString
    facts: SafeString


def reviewed_questions(attempt: Attempt, cards: Iterable[Card]) -> list[ReviewedQuestion]:
    """Return the cards for the templates of the review."""
    parts, html = _Parts(attempt), SolutionHtml()
    return [
        ReviewedQuestion(
            card,
            str(card.position),
            parts.states(card),
            html.options(card, answered=not card.is_right_by_either_key),
            html.references(card.solution.references),
            parts.facts(card.solution),
        )
        for card in cards
        if card.solution
    ]


class _Parts:
    """Words and addresses of a page, looked up once for all its questions."""

    def __init__(self, attempt: Attempt) -> None:
        self._is_exam = attempt.mode == Mode.EXAM
        self._guide = reverse("guide")
        self._unscored, self._flagged, self._starred = _("unscored"), _("flagged"), _("starred")
        self._scored = _("Scored")
        self._withdrawn, self._unscored_question = _("no, the question was withdrawn"), _("no, an unscored question")
        self._credited, self._key, self._accepted = _("yes, everybody has the point"), _("Key"), _("%s accepted")
        self._exam_domain, self._topic = _("Exam domain"), _("Topic")
        self._difficulty = _("Difficulty")
        self._levels = {"easy": _("easy"), "medium": _("medium"), "hard": _("hard")}
        self._time, self._slow, self._changed = _("Your time"), _("slow"), _("Changed")
        self._confidence = {1: _("guessing"), 2: _("unsure"), 3: _("sure")}
        self._you_were, self._new, self._repeat = _("You were"), _("New to you"), _("no, a repeat")

    def states(self, card: Card) -> str:
        words = [card.outcome]
        if card.solution and not card.solution.scored:
            words.append(self._unscored)
        if card.flagged:
            words.append(self._flagged)
        if card.starred:
            words.append(self._starred)
        return ", ".join(words)

    def facts(self, solution: Solution) -> SafeString:
        rows = []
        if self._is_exam:
            if solution.withdrawn:
                rows.append((self._scored, self._withdrawn))
            elif solution.credited:
                rows.append((self._scored, self._credited))
            elif not solution.scored:
                rows.append((self._scored, self._unscored_question))
        if solution.accepted:
            rows.append((self._key, self._accepted % solution.accepted))
        if solution.exam_domain:
            rows.append((self._exam_domain, escape(solution.exam_domain)))
        if solution.topic_slug:
            topic = f'<a href="{self._guide}{solution.topic_slug}/">{escape(solution.topic)}</a>'
            rows.append((self._topic, topic))
        if solution.difficulty:
            rows.append((self._difficulty, self._levels[solution.difficulty]))
        if solution.seconds:
            rows.append((self._time, f"{solution.time}, {self._slow}" if solution.slow else solution.time))
        if solution.changed:
            rows.append((self._changed, solution.changed))
        if solution.confidence:
            rows.append((self._you_were, self._confidence[solution.confidence]))
        if solution.repeat and self._is_exam:
            rows.append((self._new, self._repeat))
        return mark_safe("".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows))
