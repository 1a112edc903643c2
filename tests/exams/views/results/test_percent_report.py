"""Test what pages say of an exam that is scored in percent: before it, on its report, to its instructor."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, KeyRuling
from exams.services.attempt import ending, pass_points
from questions.models import Blueprint, Question
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.authoring import account
from tests.exams.services.results.key_rulings import carry_out, decide
from tests.factories import NOW, handed_in, scored
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.percent_blueprint(60)


def words(client: Client, path: str, **query: Any) -> str:
    html = client.get(path, query).content.decode()
    main = html.partition("<main")[2].partition("</main>")[0] or html
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def report_text(attempt: Attempt) -> str:
    return words(browser(attempt.candidate), reverse("report", args=[attempt.uuid]))


def test_65_percent_right_passes_a_pass_mark_of_60(blueprint: Blueprint) -> None:
    page = report_text(scored(handed_in(13, blueprint=blueprint)))
    for sentence in (
        "Passed: 65% 60% is needed.",
        "13 of 20 points. This exam passes at 12 of 20. 13 of 20 scored questions are right.",
        "you would probably get between 54% and 75%: a rough estimate",
        "Dot: your share of the points.",
        "First things",
    ):
        assert sentence in page
    for word in ("standard", "How this score is estimated", "times in 10.", "pass line", "Ratings", "provisional"):
        assert word not in page.replace("(8 times in 10)", "")


def test_a_failed_report_says_how_many_points_are_missing(blueprint: Blueprint) -> None:
    page = report_text(scored(handed_in(11, blueprint=blueprint)))
    assert "Not passed: 55% 60% is needed." in page
    assert "11 of 20 points. This exam passes at 12 of 20: 1 more." in page


def test_points_and_partial_credit_are_shown_as_they_are(blueprint: Blueprint) -> None:
    Question.objects.update(worth=150)
    Question.objects.filter(current__choose=2).update(partial=True)
    raise_bank_version()
    attempt = handed_in(20, blueprint=blueprint)
    row = attempt.responses.filter(partial=True)[0]
    attempt.responses.filter(pk=row.pk).update(ticked=row.key & -row.key)
    page = report_text(scored(attempt))
    assert "Passed: 98%" in page
    assert "29.25 of 30 points. This exam passes at 18 of 30. 19 of 20 scored questions are right." in page


def test_a_report_after_a_ruling_has_the_points_that_count(blueprint: Blueprint) -> None:
    attempt = scored(handed_in(11, blueprint=blueprint))
    wrong = attempt.responses.filter(correct=False).select_related("revision")[0]
    carry_out(decide(wrong.revision, 0, KeyRuling.Kind.CREDIT))
    page = report_text(Attempt.objects.get(pk=attempt.pk))
    assert "Passed: 60%" in page
    assert "12 of 20 points. This exam passes at 12 of 20." in page


def test_the_page_about_scoring_speaks_of_the_exam_that_was_taken(client: Client, blueprint: Blueprint) -> None:
    attempt = scored(handed_in(13, blueprint=blueprint))
    html = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).content.decode()
    links = set(re.findall(r'href="(/method/[^"]*)"', html))
    assert links, "the report links to the page"
    for link in links:
        page = words(client, unescape(link))
        assert "is scored in percent of the points" in page
        assert "You pass with 60% of the points." in page
        assert "Passes at 12 of 20." in page
        assert "AWS" not in page
        assert "12 60% pass" in page
        assert "11 55% not passed" in page
        assert "1 correct, 0 wrong 0.5 0" in page


@pytest.mark.slow
def test_rules_page_join_page_and_class_say_how_many_points_pass(client: Client, blueprint: Blueprint) -> None:
    assert "60% of the points Passes at 12 of 20" in words(client, reverse("exam", args=[blueprint.code]))
    sitting = factories.sitting(blueprint, one_paper=True, owner=account("ina", "Instructor"))
    assert "Passes at 12 of 20" in words(client, reverse("join_sitting", args=[sitting.code]))
    client.force_login(account("max", "Administrator"))
    assert "Passes at 12 of 20" in words(client, reverse("admin:exams_sitting_change", args=[sitting.pk]))
    attempt = factories.class_attempt(sitting)
    factories.tick(attempt, 13)
    ending.finish(attempt, NOW)
    factories.scored(attempt)
    page = words(client, reverse("admin:exams_sitting_results", args=[sitting.pk]))
    assert "The mean score is 65%, the pass mark 60%. Passes at 12 of 20." in page
    assert "65% passed 13 of 20 13 of 20" in page
    page = words(client, reverse("admin:exams_attempt_change", args=[attempt.pk]))
    assert "13 of 20 points; 12 are needed." in page


def test_what_passes_depends_on_what_the_questions_are_worth(blueprint: Blueprint) -> None:
    def said() -> str | None:
        raise_bank_version()
        found = pass_points.before_start(blueprint)
        return found and found.sentence

    assert said() == "Passes at 12 of 20"
    Question.objects.update(worth=150)
    assert said() == "Passes at 18 of 30 points"
    Question.objects.filter(pk=Question.objects.filter(collection="percent")[0].pk).update(worth=200)
    assert said() is None, "each draw has other points"


@pytest.mark.parametrize(
    ("mark", "n", "sentence"),
    [(60, 21, "Passes at 13 of 21"), (100, 7, "Passes at 7 of 7"), (1, 20, "Passes at 1 of 20")],
)
def test_right_answers_that_pass_are_whole_ones(mark: int, n: int, sentence: str) -> None:
    assert pass_points.of_equal_questions(mark, n).sentence == sentence


def test_the_form_of_an_exam_says_what_passes_as_one_types(client: Client) -> None:
    client.force_login(account("ina", "Instructor"))
    assert "Passes at 12 of 20" in words(client, reverse("admin:questions_blueprint_new"))
    address = reverse("admin:questions_blueprint_passes_at")
    assert "Passes at 23 of 30" in words(client, address, scoring="percent", passing="75", scored="30")
    for values in ({"scoring": "equated"}, {"passing": "101"}, {"passing": "x"}, {"scored": "0"}):
        asked = {"scoring": "percent", "passing": "75", "scored": "30"} | values
        assert "Passes" not in words(client, address, **asked)
