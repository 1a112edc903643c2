"""Flash cards of an exam: the decks, and the card of a deck that is due first, with a button for each rating."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import access, disclosure
from exams.chosen_exam import chosen_exam, page_query
from exams.disclosure import Card
from exams.models import FlashCard, Response
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.practice import flash_cards
from exams.services.practice.flash_cards import Queue
from exams.services.practice.flash_decks import GuideCard, guide_deck, guide_decks
from exams.services.results import review as reviews
from exams.views.attempt.rules import StartToken
from exams.views.pages import SeeOther, form_page, safe_page
from exams.views.people.newcomers import NewcomerError, SignInNeededError, candidate_or_new
from exams.views.practice.today import zone_of
from questions.bank_files.directories import bank_directory
from questions.models import Blueprint

Kind = FlashCard.Kind
DECKS: Mapping[str, tuple[Kind, str | Promise]] = {  # by the name in the address
    "services": (Kind.SERVICE, gettext_lazy("Services")),
    "glossary": (Kind.TERM, gettext_lazy("Glossary")),
    "pairs": (Kind.PAIR, gettext_lazy("Do not confuse")),
    "stars": (Kind.QUESTION, gettext_lazy("Starred questions")),
}
WORDS = {1: gettext_lazy("Again"), 2: gettext_lazy("Hard"), 3: gettext_lazy("Good"), 4: gettext_lazy("Easy")}


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck with its cards of today."""

    slug: str
    title: str | Promise
    queue: Queue


@safe_page
def cards(request: HttpRequest) -> HttpResponse:
    """Show the decks of the exam: how many cards are due today, and how many are new."""
    blueprint = chosen_exam(request)
    now, zone = timezone.now(), zone_of(request)
    syllabus = access.syllabus_or_404(blueprint.exam.syllabus_code)
    names: dict[str, Iterable[str]] = {**guide_decks(bank_directory(blueprint.exam), syllabus)}
    names[Kind.QUESTION] = _starred(request, blueprint)
    rated = flash_cards.rated_cards(access.candidate(request), blueprint.exam.syllabus_code)
    decks = [
        Deck(slug, title, flash_cards.queue(kind, names[kind], rated, now, zone))
        for slug, (kind, title) in DECKS.items()
    ]
    context = {"section": "practice", "blueprint": blueprint, "exam": blueprint.exam, "decks": decks}
    return render(request, "exams/practice/cards.html", context)


@form_page
def deck(request: HttpRequest, deck: str) -> HttpResponseBase:
    """Show the card of a deck that is due first, then new ones; POST stores how well it was known."""
    if deck not in DECKS:
        raise Http404
    blueprint = chosen_exam(request)
    if request.method != "POST":
        return _deck_page(request, blueprint, deck)
    kind, _title = DECKS[deck]
    exam, name, typed = blueprint.exam.syllabus_code, request.POST.get("card", ""), request.POST.get("rating", "")
    if typed not in map(str, WORDS) or name not in _cards(request, blueprint, kind):
        notice = _("This card is no longer in the deck, or no rating was sent. Nothing was changed.")
        return _deck_page(request, blueprint, deck, status=400, notice=notice)
    try:
        candidate = candidate_or_new(request, now := timezone.now())
    except NewcomerError as error:
        return _deck_page(request, blueprint, deck, status=error.status, notice=str(error))
    except SignInNeededError:
        return redirect(f"{reverse('account_login')}?next={reverse('card_deck', args=[deck])}")
    version = request.POST.get("version", "")
    if not flash_cards.rate(candidate, exam, kind, name, int(typed), version, now, zone_of(request)):
        notice = _("This card was rated in another window meanwhile. That rating is kept.")
        return _deck_page(request, blueprint, deck, status=409, notice=notice)
    return SeeOther(reverse("card_deck", args=[deck], query=page_query(request, exam)))


def _deck_page(
    request: HttpRequest, blueprint: Blueprint, slug: str, *, status: int = 200, notice: str = ""
) -> HttpResponse:
    kind, title = DECKS[slug]
    now, zone = timezone.now(), zone_of(request)
    cards = _cards(request, blueprint, kind)
    rated = flash_cards.rated_cards(access.candidate(request), blueprint.exam.syllabus_code)
    queue = flash_cards.queue(kind, cards, rated, now, zone)
    context: dict[str, Any] = {
        "section": "practice",
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "deck": Deck(slug, title, queue),
        "notice": notice,
        "start_token": StartToken.new().signed(request),
    }
    if queue.first is not None:
        context |= _card_context(cards[queue.first], queue.first, rated.get((kind, queue.first)), now, zone)
    return render(request, "exams/practice/card.html", context, status=status)


def _card_context(
    card: GuideCard | Response, name: str, rated: FlashCard | None, now: datetime, zone: tzinfo
) -> dict[str, Any]:
    shown = {"card": _question(card)} if isinstance(card, Response) else {"guide_card": card}
    ratings = [(value, WORDS[value], days) for value, days in flash_cards.intervals(rated, now, zone)]
    return {**shown, "name": name, "version": flash_cards.version_of(rated), "ratings": ratings}


def _cards(request: HttpRequest, blueprint: Blueprint, kind: str) -> Mapping[str, GuideCard | Response]:
    """Return the cards of a deck by name, in the order in which new ones are shown."""
    if kind == Kind.QUESTION:
        return _starred(request, blueprint)
    syllabus = access.syllabus_or_404(blueprint.exam.syllabus_code)
    return guide_deck(bank_directory(blueprint.exam), syllabus, kind)


def _starred(request: HttpRequest, blueprint: Blueprint) -> dict[str, Response]:
    """Return the starred questions whose solution may be shown now: none of an open exam, or of a class that waits."""
    ids = access.candidate_ids(request) if access.candidate(request) else []
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
