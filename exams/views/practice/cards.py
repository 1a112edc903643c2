"""Flash cards of an exam: the decks, and the card of a deck that is due first, with a button for each rating."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams import access, disclosure
from exams.chosen_exam import chosen_exam, page_query
from exams.disclosure import Card
from exams.models import FlashCard, Response
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.people import candidates
from exams.services.practice import flash_cards, study_marks
from exams.services.practice.flash_cards import DAY, Queue
from exams.services.practice.flash_decks import GuideCard, Key, guide_cards
from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.results import review as reviews
from exams.views.attempt.rules import StartToken
from exams.views.pages import SeeOther, form_page
from exams.views.people.newcomers import NewcomerError, SignInNeededError, candidate_or_new
from exams.views.practice.today import zone_of
from questions.bank_files.directories import bank_directory
from questions.models import Blueprint

Kind = FlashCard.Kind
ALL, STARS, DOMAIN = "all", "stars", "domain-"
NO_DOMAIN = 0  # of the cards that belong to no exam domain
KINDS: Mapping[str, tuple[Kind, str | Promise]] = {  # by the name in the address
    "services": (Kind.SERVICE, gettext_lazy("Services")),
    "glossary": (Kind.TERM, gettext_lazy("Glossary")),
    "pairs": (Kind.PAIR, gettext_lazy("Do not confuse")),
    STARS: (Kind.QUESTION, gettext_lazy("Starred questions")),
}
NEW_CARDS = 10  # a day, unless the candidate has chosen another number, or more are needed until the exam
SECONDS_A_CARD = 15
WORDS = {1: gettext_lazy("Again"), 2: gettext_lazy("Hard"), 3: gettext_lazy("Good"), 4: gettext_lazy("Easy")}
AnyCard = GuideCard | Response


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck with its cards of today, and the card of it whose last rating can be taken back."""

    slug: str
    title: str | Promise
    queue: Queue
    last: FlashCard | None

    @property
    def minutes(self) -> int:
        """How long the cards of today take, about."""
        return math.ceil(len(self.queue.keys) * SECONDS_A_CARD / 60)


class _Desk:
    """The flash cards of the person who asks: the cards of the exam, how they were rated, and the decks of them.

    Of a deck without starred questions, they are left out: they take queries. Among all cards, new ones of the topics
    of today come first. Of the `unseen` cards of the guide, `seen_until` are shown before the exam; with `needed` a
    day, all are, if any choice suffices. `records` are those of the page.
    """

    def __init__(
        self, request: HttpRequest, blueprint: Blueprint, slug: str = ALL, records: StudyRecords | None = None
    ) -> None:
        self._request, self.blueprint, self._records = request, blueprint, records
        self._candidate = access.read_candidate(request)
        self.now, self.zone = timezone.now(), zone_of(request)
        self.titles: dict[str, str | Promise] = {
            ALL: _("All cards"),
            **{slug: title for slug, (_kind, title) in KINDS.items()},
            **{f"{DOMAIN}{domain.number}": domain.title for domain in blueprint.exam.exam_domains},
        }
        self.rated = flash_cards.rated_cards(self._candidate, blueprint.exam.syllabus_code)
        of_guide = _guide_cards(blueprint)
        self.unseen = sum(key not in self.rated for key in of_guide)
        has_starred = slug not in KINDS or slug == STARS
        if records and self.unseen >= candidates.NEW_CARDS[-1]:  # else a star may be one of the new cards of today
            has_starred = any(kind == Kind.QUESTION for kind, _name in self.rated)
        starred = _starred(request, blueprint) if has_starred else {}
        questions = {(str(Kind.QUESTION), code): response for code, response in starred.items()}
        self.cards: dict[Key, AnyCard] = {**questions, **({} if slug == STARS else of_guide)}
        if any(_exam_domain(card) == NO_DOMAIN for card in self.cards.values()):  # the decks add up to all cards
            self.titles[f"{DOMAIN}{NO_DOMAIN}"] = _("Of no exam domain")
        self.n_rated, self.n_rated_new = flash_cards.rated_today(self.rated, self.now, self.zone)
        self.days_left = self._days_left()
        wanted = self.unseen + self.n_rated_new  # until the exam, with today
        self.needed = next((n for n in candidates.NEW_CARDS if n * self.days_left >= wanted), candidates.NEW_CARDS[-1])
        fitting = max(NEW_CARDS, self.needed) if self.days_left else NEW_CARDS
        self.new_a_day: int = access.preferences(request).get("new_cards", fitting)
        self.seen_until = min(self.unseen, max(0, self.new_a_day * self.days_left - self.n_rated_new))
        self.n_new = max(0, self.new_a_day - self.n_rated_new)  # left for today

    def _days_left(self) -> int:
        """Return the days until the exam, with today; 0 without a date, or after it: one query without records."""
        exam = self.blueprint.exam.syllabus_code
        target = (self._records.goal if self._records else study_marks.goal(self._candidate, exam)).target_date
        return max(0, (target - self.now.astimezone(self.zone).date()).days) if target else 0

    @cached_property
    def topics(self) -> Sequence[PlanTopic]:
        """The topics of today that have cards: the records of a candidate, no query without one."""
        if self._candidate is None:
            return ()
        records = self._records or study_records(
            self._candidate, self.blueprint, self.now, access.beside(self._request), self.zone
        )
        with_cards = {slug for card in self.cards.values() for slug in _topics(card)}
        return [entry for entry in records.of_today if entry.slug in with_cards]

    def deck(self, slug: str) -> Deck:
        belongs = self._belongs(slug)
        keys = [key for key, card in self.cards.items() if belongs(key, card)]
        if slug == ALL:
            of_today = {entry.slug for entry in self.topics}
            keys.sort(key=lambda key: of_today.isdisjoint(_topics(self.cards[key])))
        queue = flash_cards.queue(keys, self.rated, self.now, self.zone, self.n_new)
        rated = [self.rated[key] for key in keys if key in self.rated]
        return Deck(slug, self.titles[slug], queue, flash_cards.last_rated(rated, self.now))

    def _belongs(self, slug: str) -> Callable[[Key, AnyCard], bool]:
        """Return the test whether a card is in a deck."""
        if slug in KINDS:
            return lambda key, _card: key[0] == KINDS[slug][0]
        if slug.startswith(DOMAIN):
            return lambda _key, card: str(_exam_domain(card)) == slug.removeprefix(DOMAIN)
        return lambda _key, _card: True

    @property
    def context(self) -> dict[str, Any]:
        return {"section": "practice", "blueprint": self.blueprint, "exam": self.blueprint.exam, "desk": self}


def deck_of_today(request: HttpRequest, records: StudyRecords) -> Deck:
    """Return the cards of today: one query, four more if a starred question may be among them."""
    return _Desk(request, records.blueprint, ALL, records).deck(ALL)


def _topics(card: AnyCard) -> list[str]:
    return [topic.slug for topic in card.topics] if isinstance(card, GuideCard) else []


def _exam_domain(card: AnyCard) -> int:
    return card.exam_domain or NO_DOMAIN  # of a response, that of the exam that asked it


@form_page
def cards(request: HttpRequest) -> HttpResponseBase:
    """Show the decks of the exam with their cards of today; POST stores how many new cards a day has."""
    blueprint = chosen_exam(request)
    if request.method != "POST":
        return _decks_page(request, blueprint)
    numbers = {str(number): number for number in candidates.NEW_CARDS}
    if (typed := request.POST.get("new_cards", "")) not in numbers:
        return _decks_page(request, blueprint, status=400, notice=_("Choose one of the numbers. Nothing was changed."))
    try:
        candidate = candidate_or_new(request, timezone.now())
    except NewcomerError as error:
        return _decks_page(request, blueprint, status=error.status, notice=str(error))
    except SignInNeededError:
        return redirect(f"{reverse('account_login')}?next={reverse('cards')}")
    candidates.update_preferences(candidate.pk, candidate.epoch, {"new_cards": numbers[typed]})
    return SeeOther(reverse("cards", query=page_query(request, blueprint.exam.syllabus_code)))


def _decks_page(request: HttpRequest, blueprint: Blueprint, *, status: int = 200, notice: str = "") -> HttpResponse:
    desk = _Desk(request, blueprint)
    first, *decks = map(desk.deck, desk.titles)
    kinds, domains = decks[: len(KINDS)], decks[len(KINDS) :]
    context = {
        **desk.context,
        "deck": first,
        "groups": [(_("By kind"), kinds), (_("By exam domain"), domains)],
        "numbers": candidates.NEW_CARDS,
        "notice": notice,
        "start_token": StartToken.of(request).signed(request),
    }
    return render(request, "exams/practice/cards.html", context, status=status)


@form_page
def deck(request: HttpRequest, deck: str) -> HttpResponseBase:
    """Show the card of a deck that is due first, then new ones; POST stores a rating, or takes the last one back."""
    blueprint = chosen_exam(request)
    desk = _Desk(request, blueprint, deck)
    if deck not in desk.titles:
        raise Http404
    if request.method != "POST":
        return _deck_page(request, desk, deck)
    kind, _colon, name = request.POST.get("card", "").partition(":")
    key, typed = (kind, name), request.POST.get("rating", "")
    is_undo = "undo" in request.POST and key in desk.rated
    if (typed not in map(str, WORDS) and not is_undo) or key not in desk.cards:
        notice = _("This card is no longer in the deck, or no rating was sent. Nothing was changed.")
        return _deck_page(request, desk, deck, status=400, notice=notice)
    try:
        candidate = candidate_or_new(request, desk.now)
    except NewcomerError as error:
        return _deck_page(request, desk, deck, status=error.status, notice=str(error))
    except SignInNeededError:
        return redirect(f"{reverse('account_login')}?next={reverse('card_deck', args=[deck])}")
    exam, version = blueprint.exam.syllabus_code, request.POST.get("version", "")
    query = page_query(request, exam)
    if is_undo:
        is_stored = flash_cards.undo(candidate, exam, key, version)
        query["card"] = f"{kind}:{name}"
    else:
        is_stored = flash_cards.rate(candidate, exam, key, int(typed), version, desk.now, desk.zone)
    if not is_stored:
        notice = _("This card was rated in another window meanwhile. That rating is kept.")
        return _deck_page(request, _Desk(request, blueprint, deck), deck, status=409, notice=notice)
    return SeeOther(reverse("card_deck", args=[deck], query=query))


def _deck_page(request: HttpRequest, desk: _Desk, slug: str, *, status: int = 200, notice: str = "") -> HttpResponse:
    deck = desk.deck(slug)
    last = deck.last
    context: dict[str, Any] = {
        **desk.context,
        "deck": deck,
        "notice": notice,
        "undo": last and {"card": f"{last.kind}:{last.name}", "version": flash_cards.version_of(last)},
        "start_token": StartToken.of(request).signed(request),
    }
    wanted, keys = request.GET.get("card"), deck.queue.keys
    key = next((key for key in keys if ":".join(key) == wanted), next(iter(keys), None))
    if key is not None:
        is_last = len(keys) == 1
        context |= _card_context(desk.cards[key], key, desk.rated.get(key), desk.now, desk.zone, is_last=is_last)
    return render(request, "exams/practice/card.html", context, status=status)


def _card_context(
    card: AnyCard, key: Key, rated: FlashCard | None, now: datetime, zone: tzinfo, *, is_last: bool
) -> dict[str, Any]:
    shown = {"card": _question(card)} if isinstance(card, Response) else {"guide_card": card}
    ratings = [
        (value, WORDS[value], _in_words(after, is_last=is_last))
        for value, after in flash_cards.intervals(rated, now, zone)
    ]
    return {**shown, "key": ":".join(key), "version": flash_cards.version_of(rated), "ratings": ratings}


def _in_words(after: timedelta, *, is_last: bool) -> str:
    if after < DAY and is_last:
        return _("now, since it is the last")
    if after < DAY:
        n = round(after / timedelta(minutes=1))
        return ngettext("in %(n)d minute", "in %(n)d minutes", n) % {"n": n}
    return ngettext("in %(n)d day", "in %(n)d days", after.days) % {"n": after.days}


def _guide_cards(blueprint: Blueprint) -> Mapping[Key, GuideCard]:
    syllabus = access.syllabus_or_404(blueprint.exam.syllabus_code)
    return guide_cards(bank_directory(blueprint.exam), syllabus)


def _starred(request: HttpRequest, blueprint: Blueprint) -> dict[str, Response]:
    """Return the starred questions whose solution may be shown now: none of an open exam, or of a class that waits."""
    ids = access.candidate_ids(request) if access.read_candidate(request) else []
    responses = flash_cards.starred_responses(ids, blueprint.exam.syllabus_code) if ids else {}
    hidden = hidden_from(ids) if responses else frozenset()
    return {
        code: response
        for code, response in responses.items()
        if disclosure.is_disclosed(response.attempt, response, hidden)
    }


def _question(response: Response) -> Card:
    options = reviews.options_by_revision([response])[response.revision_id]
    return disclosure.card(response.attempt, response, options)
