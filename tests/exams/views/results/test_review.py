"""Test the review: each question as shown, with key and rationales, and filters."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams import access
from exams.models import Attempt, Candidate, Note, Response
from exams.services.attempt import ending
from questions.models import Blueprint, Enemy, Option, Revision
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.sitting import browser
from tests.statistics_rows import statistics

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Return a scored small exam with two of four scored questions correct."""
    return scored(handed_in(2, blueprint=factories.small_blueprint()))


@pytest.fixture
def client(attempt: Attempt) -> Client:
    return browser(attempt.candidate)


def page(client: Client, attempt: Attempt, **query: Any) -> str:
    return client.get(reverse("review", args=[attempt.uuid]), query).content.decode()


def cards(html: str) -> dict[int, str]:
    """Return the part of the page for each question, by its anchor."""
    parts = re.split(r'id="q(\d+)"', html)[1:]
    return {int(number): part for number, part in zip(parts[::2], parts[1::2], strict=True)}


def positions(attempt: Attempt, **which: Any) -> set[int]:
    return set(attempt.responses.filter(**which).values_list("position", flat=True))


def test_every_question_is_shown_in_order_with_a_rationale_for_every_option(client: Client, attempt: Attempt) -> None:
    cards_by_number = cards(page(client, attempt))
    assert list(cards_by_number) == [1, 2, 3, 4, 5]
    for response in attempt.responses.select_related("revision__question"):
        card = cards_by_number[response.position]
        assert response.revision.stem_html in card
        assert f"The explanation of {response.revision.question.code}." in card
        assert card.count("it is") == len(response.bits)
        codes = dict(Option.objects.filter(revision=response.revision_id).values_list("bit", "code"))
        shown = re.findall(r"Option (\w) of", card)
        assert shown == [codes[bit] for bit in response.bits]  # in the order shown during the exam


def test_correct_wrong_and_unanswered_are_labeled_with_words(client: Client, attempt: Attempt) -> None:
    Response.objects.filter(attempt=attempt, position=1).update(ticked=0)
    cards_by_number = cards(page(client, attempt))
    for response in attempt.responses.all():
        word = "unanswered" if not response.ticked else "right" if response.correct else "wrong"
        assert word in cards_by_number[response.position].partition("</h2>")[0]
    assert "Correct, not selected by you" in cards_by_number[1]


def test_an_unscored_question_is_labeled_with_words(client: Client, attempt: Attempt) -> None:
    cards_by_number = cards(page(client, attempt))
    for response in attempt.responses.all():
        assert ("an unscored question" in cards_by_number[response.position]) is not response.scored


def test_a_withdrawn_question_is_marked_as_not_counted(client: Client, attempt: Attempt) -> None:
    Response.objects.filter(attempt=attempt, position=3).update(withdrawn=True)
    cards_by_number = cards(page(client, attempt))
    assert [number for number, card in cards_by_number.items() if "the question was withdrawn" in card] == [3]


def test_a_second_key_and_a_point_for_everybody_are_said_in_words(client: Client, attempt: Attempt) -> None:
    first, second = attempt.responses.filter(correct=False).order_by("position")[:2]
    Response.objects.filter(pk=first.pk).update(also=first.ticked)
    Response.objects.filter(pk=second.pk).update(credited=True)
    either = " or ".join(sorted(seen_letters(first, mask) for mask in (first.key, first.ticked)))
    on_one_page = cards(page(client, attempt))
    for html in (on_one_page[first.position], question_page(client, attempt, first)):
        assert f"{either} accepted" in html
        assert "Correct, not selected by you" not in html
        assert "Correct, selected by you" in html
    for html in (on_one_page[second.position], question_page(client, attempt, second)):
        assert "Everybody has the point for this question, with any answer." in html
        assert "yes, everybody has the point" in html


def question_page(client: Client, attempt: Attempt, response: Response) -> str:
    return client.get(reverse("review_question", args=[attempt.uuid, response.position])).text


def seen_letters(response: Response, mask: int) -> str:
    return ", ".join(letter for letter, bit in zip("ABCDE", response.bits, strict=False) if mask >> bit & 1)


@pytest.mark.slow
def test_filters_show_the_matching_questions(client: Client, attempt: Attempt) -> None:
    Response.objects.filter(attempt=attempt, position=2).update(flagged=True)
    missed = {response.position for response in attempt.responses.filter(scored=True) if not response.correct}
    assert len(missed) == 2
    topic = attempt.responses.get(position=4).revision.question.topic
    assert topic
    for query, expected in (
        ({}, {1, 2, 3, 4, 5}),
        ({"show": "missed"}, missed),
        ({"show": "wrong"}, missed),
        ({"show": "flagged"}, {2}),
        ({"show": ["flagged", "wrong"]}, {2} & missed),
        ({"show": "unscored"}, positions(attempt, scored=False)),
        ({"domain": "1"}, positions(attempt, exam_domain=1)),
        ({"domain": "2", "show": "wrong"}, positions(attempt, exam_domain=2) & missed),
        ({"topic": topic.slug}, {4}),
    ):
        assert set(cards(page(client, attempt, **query))) == expected, query


def test_a_filter_without_matches_gets_a_message_and_an_unknown_one_shows_all(client: Client, attempt: Attempt) -> None:
    html = page(client, attempt, show="flagged")
    assert not cards(html)
    assert "No question matches." in html
    for show in ("secret", "9", ""):
        assert len(cards(page(client, attempt, show=show))) == 5


def chips(html: str) -> dict[str, tuple[str, bool]]:
    """Return the address of each filter with its count, by its label, and whether it is chosen."""
    nav = html.partition('aria-label="Filter questions"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]*)"( aria-current="true")?>([^<]*)<span>(\d+)</span>', nav)
    return {f"{label.strip()} {count}": (unescape(href), bool(chosen)) for href, chosen, label, count in found}


@pytest.mark.slow
def test_counts_are_those_of_the_whole_exam_and_filters_add_up(client: Client, attempt: Attempt) -> None:
    Response.objects.filter(attempt=attempt, position__in=[1, 2]).update(flagged=True)
    first = chips(page(client, attempt))
    assert first["All 5"] == ("?", True)
    assert {"Missed 2", "Flagged 2", "Scored 4", "Unscored 1"} < set(first)
    assert not any(label.startswith(("Wrong", "Scored, without")) for label in first), "no second name of one set"
    for label, (href, _chosen) in first.items():
        html = client.get(reverse("review", args=[attempt.uuid]) + href).text
        assert len(cards(html)) == int(label.split()[-1])
        for second, (further, chosen) in chips(html).items():
            assert second in first, "counted alike under each filter"
            shown = client.get(reverse("review", args=[attempt.uuid]) + further).text
            assert chosen or 0 < len(cards(shown)) <= int(second.split()[-1]), (label, second)
            assert further == "?" or f"{len(cards(shown))} of 5 questions" in " ".join(shown.split())
    html = page(client, attempt, show=["flagged", "wrong"])
    assert {label.rpartition(" ")[0] for label, (_href, chosen) in chips(html).items() if chosen} == {
        "Flagged",
        "Wrong",
    }


def test_lost_counts_as_the_score_does_and_says_what_does_not_count(client: Client, attempt: Attempt) -> None:
    attempt.responses.filter(scored=False).update(ticked=0, first_shown=NOW)
    html = page(client, attempt, show="lost")
    assert len(cards(html)) == 2
    assert "1 more is wrong or unanswered, but does not count" in " ".join(html.split())
    assert "does not count" not in page(client, attempt, show="wrong")
    assert len(cards(page(client, attempt, show="missed"))) == 3, "as practice and the list of missed questions do"


def test_notes_scratchpad_highlights_and_strikes_are_shown(client: Client, attempt: Attempt) -> None:
    response = attempt.responses.get(position=3)
    Response.objects.filter(pk=response.pk).update(struck=1 << response.bits[0])
    Note.objects.create(attempt=attempt, position=0, text="First: <b>Kinesis</b>\nthen S3", version=1)
    Note.objects.create(attempt=attempt, position=3, text="Ask & read", highlights={"stem": [[2, 7]]}, version=2)
    html = page(client, attempt)
    assert "First: &lt;b&gt;Kinesis&lt;/b&gt;\nthen S3" in html
    by_number = cards(html)
    assert [number for number, card in by_number.items() if "Ask &amp; read" in card] == [3]
    assert "A <mark>small</mark> question" in by_number[3]
    assert [number for number, card in by_number.items() if "struck out: " in card] == [3]


def test_letters_stay_on_key_and_choice(client: Client, attempt: Attempt) -> None:
    for card in cards(page(client, attempt)).values():
        letters = re.findall(r'<span class="bubble">(.)</span>', card)
        assert letters == list("ABCDE"[: len(letters)])
        assert len(letters) >= 4


def test_the_answer_sheet_names_right_and_wrong_questions_in_words(client: Client, attempt: Attempt) -> None:
    Response.objects.filter(attempt=attempt, position=2).update(flagged=True, ticked=0)
    html = page(client, attempt, show="scored")
    labels = re.findall(r'<a class="cell [^"]*" href="([^"]*)" aria-label="([^"]*)"', html)
    words = {int(href.split("/")[0]): label for href, label in labels}
    for response in attempt.responses.filter(scored=True).exclude(position=2):
        assert words[response.position] == f"Question {response.position}, {'right' if response.correct else 'wrong'}"
    if 2 in words:
        assert words[2] == "Question 2, unanswered, flagged"
    assert set(words) == positions(attempt, scored=True)
    assert all(href.endswith("/?show=scored") for href, _label in labels)


def test_a_question_with_a_new_wording_is_shown_as_it_was(client: Client, attempt: Attempt) -> None:
    before = cards(page(client, attempt))
    response = attempt.responses.select_related("revision__question").get(position=1)
    newer = Revision.objects.create(
        question=response.revision.question,
        number=2,
        kind="multiple-choice",
        stem="Other",
        stem_html="<p>Other</p>",
        key=0,
        choose=0,
        n_options=0,
    )
    response.revision.question.current = newer
    response.revision.question.save()
    assert cards(page(client, attempt)) == before


def test_without_a_score_only_questions_that_were_shown_are_disclosed() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    attempt.responses.filter(position__in=[1, 3]).update(first_shown=NOW)
    ending.abandon(attempt, NOW)
    html = page(browser(attempt.candidate), attempt)
    assert list(cards(html)) == [1, 3]
    for response in attempt.responses.exclude(position__in=[1, 3]).select_related("revision"):
        assert response.revision.stem_html not in html


def test_an_open_exam_has_no_review() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())
    answer = browser(attempt.candidate).get(reverse("review", args=[attempt.uuid]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("attempt", args=[attempt.uuid]))


@pytest.mark.parametrize("status", ["submitted", "scoring_failed"])
def test_the_review_does_not_wait_for_the_score(status: str) -> None:
    attempt = handed_in(2, blueprint=factories.small_blueprint())
    Attempt.objects.filter(pk=attempt.pk).update(status=status)
    assert len(cards(page(browser(attempt.candidate), attempt))) == 5


@pytest.mark.parametrize(("scored_questions", "unscored"), [(4, 1), (30, 10)])
def test_the_page_takes_a_constant_number_of_queries(
    scored_questions: int, unscored: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint(scored_questions, unscored)))
    client = browser(attempt.candidate)
    # session, attempt with score, open exams, responses, notes, revisions, what others chose, options, question reports
    with django_assert_num_queries(10):
        assert len(cards(page(client, attempt))) == scored_questions + unscored


def other_exam(attempt: Attempt, *, candidate: Candidate | None = None) -> Attempt:
    """Open an exam of another blueprint that draws from the same collection, with the same questions in part.

    An exam between the two has most of the other questions, so that this one has to repeat some.
    """
    blueprint = attempt.form.blueprint
    handed_in(0, attempt.candidate, blueprint, now=timezone.now() - timedelta(minutes=10))
    spec = {**blueprint.spec, "code": "OTHER", "syllabus": blueprint.code}
    other = Blueprint.objects.create(code="OTHER", version=1, spec=spec, sha256="0" * 64, loaded_at=NOW)
    return factories.attempt(candidate or attempt.candidate, other, now=timezone.now(), seed="another")


def question_keys(attempt: Attempt) -> set[int]:
    return set(attempt.responses.values_list("revision__question", flat=True))


def positions_of(attempt: Attempt, questions: set[int]) -> set[int]:
    return positions(attempt, revision__question__in=questions)


@pytest.mark.slow
def test_questions_of_an_unfinished_exam_of_the_same_candidate_are_hidden_with_the_reason(
    client: Client, attempt: Attempt
) -> None:
    running = other_exam(attempt)
    shared = positions_of(attempt, question_keys(running))
    assert shared, "the small bank makes the two exams share questions"
    html = page(client, attempt)
    assert set(cards(html)) == {1, 2, 3, 4, 5} - shared
    assert "exam whose answers are still closed" in html
    for response in attempt.responses.filter(position__in=shared).select_related("revision__question"):
        assert f"The explanation of {response.revision.question.code}." not in html
    ending.finish(running, timezone.now())
    html = page(client, attempt)
    assert len(cards(html)) == 5
    assert "exam whose answers are still closed" not in html


def test_enemies_of_questions_of_an_unfinished_exam_are_hidden(client: Client, attempt: Attempt) -> None:
    running = other_exam(attempt)
    foreign = sorted(question_keys(running) - question_keys(attempt))[0]
    own = sorted(question_keys(attempt) - question_keys(running))[0]
    Enemy.objects.create(low_id=min(own, foreign), high_id=max(own, foreign))
    assert not positions_of(attempt, {own}) & set(cards(page(client, attempt)))


def chosen(card: str) -> list[int]:
    return [int(percent) for percent in re.findall(r"<small>Chosen by (\d+)%</small>", card)]


def test_what_others_chose_stands_at_each_option_from_30_answers_on(
    client: Client, attempt: Attempt, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [response.revision for response in attempt.responses.select_related("revision").order_by("position")]
    statistics(rows[0], 30, 0.6)
    statistics(rows[1], 29, 0.6)
    statistics(rows[2], 300, 0.6, synthetic=True)
    with django_assert_num_queries(10):
        by_number = cards(page(client, attempt))
    assert [number for number, card in by_number.items() if chosen(card)] == [1]
    assert "counts all candidates" in page(client, attempt)
    first = attempt.responses.get(position=1)
    shares = dict(zip(first.bits, chosen(by_number[1]), strict=True))
    assert {shares[bit] for bit in first.bits if rows[0].key >> bit & 1} == {60}
    assert all(0 < shares[bit] < 45 for bit in first.bits if not rows[0].key >> bit & 1)


@pytest.mark.slow
def test_what_others_chose_stays_hidden_with_its_question(client: Client, attempt: Attempt) -> None:
    for response in attempt.responses.select_related("revision"):
        statistics(response.revision, 40)
    assert page(client, attempt).count("<small>Chosen by ") >= 5 * 4
    running = other_exam(attempt)
    shared = positions_of(attempt, question_keys(running))
    html = page(client, attempt)
    assert all(chosen(card) for card in cards(html).values())
    assert not shared & set(cards(html))
    room = client.get(reverse("question", args=[running.uuid, 1])).text
    assert "Question 1" in room
    assert "Chosen by" not in room


def test_questions_in_the_open_exam_of_the_guest_beside_an_account_are_hidden(attempt: Attempt) -> None:
    guest = factories.candidate()
    running = other_exam(attempt, candidate=guest)
    client = browser(attempt.candidate)
    session = client.session
    session[access.PENDING_GUEST_KEY] = [guest.pk, guest.epoch]
    session.save()
    assert set(cards(page(client, attempt))) == {1, 2, 3, 4, 5} - positions_of(attempt, question_keys(running))


def test_an_exam_that_shares_questions_with_an_unfinished_one_is_not_exported(client: Client, attempt: Attempt) -> None:
    running = other_exam(attempt)
    refused = client.get(reverse("export", args=[attempt.uuid]))
    assert refused.status_code == 409
    assert "Export it afterwards" in refused.json()["error"]
    ending.finish(running, timezone.now())
    assert client.get(reverse("export", args=[attempt.uuid])).status_code == 200


def test_a_printed_review_names_candidate_score_and_filter() -> None:
    user = factories.user(first_name="Ana", last_name="Silva")
    attempt = scored(handed_in(1, factories.candidate(user), factories.small_blueprint()))
    client = Client()
    client.force_login(user)
    shown = " ".join(re.sub(r"<[^>]*>", " ", page(client, attempt, show="missed")).split())
    assert "Ana Silva , Small," in shown
    assert f"score {attempt.report.scaled}, not passed" in shown
    assert ": 3 questions" in shown


def test_after_time_up_the_review_offers_the_unanswered_questions() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    factories.tick(attempt, 4)
    attempt.responses.filter(position__gte=4).update(ticked=0)
    ending.close_if_overdue(attempt, NOW + timedelta(hours=1))
    html = " ".join(page(browser(attempt.candidate), attempt).split())
    assert "Continue with the 2 unanswered questions as practice" in html


def test_without_unscored_questions_no_filter_speaks_of_scored_ones() -> None:
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint(scored=5, unscored=0)))
    html = page(browser(attempt.candidate), attempt)
    assert {label.rpartition(" ")[0] for label in chips(html)} == {"All", "Missed"}
