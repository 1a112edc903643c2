"""Test what pages say of an exam that is scored in percent: before it, on its report, to its instructor."""

import re
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, KeyRuling, Response
from exams.services.attempt import ending, pass_points, scoring_rules
from exams.services.attempt.scoring_rules import Credit
from exams.services.classes import sittings
from questions.content.worth import in_short
from questions.models import Blueprint, Question
from questions.services import blueprints
from questions.services.bank_version import raise_bank_version
from tests import class_browsers, factories
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
        assert "Each question is worth 1 point." in page
        assert "There is no penalty for guessing." in page
        assert "partial credit" not in page.lower(), "no question of this exam gives any"


def test_the_page_about_scoring_reads_the_paper_that_was_sat(blueprint: Blueprint) -> None:
    """The questions of the bank have other points by now, and one of the paper was withdrawn."""
    attempt = scored(handed_in(13, blueprint=blueprint))
    wrong = attempt.responses.filter(correct=False).select_related("revision")[0]
    carry_out(decide(wrong.revision, 0, KeyRuling.Kind.WITHDRAW))
    Question.objects.update(worth=300, partial=True)
    raise_bank_version()
    owner = browser(attempt.candidate)
    html = owner.get(reverse("report", args=[attempt.uuid])).text
    for link in {unescape(link) for link in re.findall(r'href="(/method/[^"]*attempt[^"]*)"', html)}:
        page = words(owner, link)
        assert "Each question is worth 1 point." in page
        assert "Passes at 12 of 19." in page
        assert "partial credit" not in page.lower()
        assert "Each question is worth 3 points." in words(browser(factories.candidate()), link), "of nobody else"


def test_the_page_about_scoring_explains_partial_credit_where_there_is_some(client: Client) -> None:
    blueprint = factories.percent_blueprint(60, points=(100, 200), partial=True)
    page = words(client, reverse("method"), exam=blueprint.code)
    assert "A question is worth 1 to 2 points" in page
    assert "Questions with several answers give partial credit." in page
    assert "1 correct, 0 wrong 0.5 0" in page
    assert "1 correct, 1 wrong 0 0" in page
    assert "Any other answer earns nothing" not in page


NO_PENALTY = "earns no points. There is no penalty for guessing."
PARTIAL = "A question with several answers gives part of its points: (right − wrong) / number of answers, never below 0"


def before_and_during(blueprint: Blueprint) -> dict[str, str]:
    """Return what the pages of start, join, summary and finish say. One question is half done."""
    said = {"start": words(Client(), reverse("exam", args=[blueprint.code]))}
    sitting = factories.sitting(blueprint, owner=account("ina", "Instructor"))
    said["join"] = words(Client(), reverse("join_sitting", args=[sitting.code]))
    attempt = factories.class_attempt(sitting, now=timezone.now())
    row = attempt.responses.filter(choose=2)[0]
    attempt.responses.filter(pk=row.pk).update(ticked=row.key & -row.key)
    client = class_browsers.by_guest_code(attempt)
    said |= {name: words(client, reverse(name, args=[attempt.uuid])) for name in ("summary", "finish")}
    return said


@pytest.mark.slow
@pytest.mark.parametrize("partial", [False, True])
def test_pages_before_the_end_say_what_open_questions_earn(partial: bool) -> None:
    with time_machine.travel(NOW):
        said = before_and_during(factories.percent_blueprint(60, points=(100, 200), partial=partial, one_form=True))
    for name, page in said.items():
        assert (PARTIAL in page) == partial, name
        assert "as wrong" not in page, name
        assert (NO_PENALTY in page) == (not partial and name != "summary"), name
    assert "1 is incomplete." in said["finish"]


def test_an_equated_exam_counts_open_questions_as_wrong() -> None:
    with time_machine.travel(NOW):
        said = before_and_during(factories.one_form_blueprint())
    for name in ("start", "join"):
        assert "An unanswered question counts as wrong. There is no penalty for guessing." in said[name]
    assert "They count as wrong. There is no penalty for guessing." in said["finish"]


def test_questions_that_alone_give_partial_credit_are_marked() -> None:
    blueprint = factories.percent_blueprint(60)
    first = Question.objects.filter(collection="percent", current__choose=2)[0]
    Question.objects.filter(pk=first.pk).update(partial=True)
    Question.objects.exclude(pk=first.pk).filter(collection="percent", current__choose=1).update(partial=True)
    raise_bank_version()
    rule = scoring_rules.before_start(blueprint)
    assert rule.partial == "some"
    assert rule.credit_text(Credit(100, partial=True, choose=2)) == "partial credit"
    assert rule.credit_text(Credit(100, partial=True, choose=1)) == "", "one answer is right or wrong"
    assert "A question marked 'partial credit' gives part of its points" in words(
        Client(), reverse("exam", args=[blueprint.code])
    )


@pytest.mark.slow
def test_what_a_question_is_worth_is_shown_where_they_differ(client: Client) -> None:
    blueprint = factories.percent_blueprint(60, scored=10, points=(100, 250), one_form=True)
    assert "Points 1 to 2.5 a question" in words(client, reverse("exam", args=[blueprint.code]))
    sitting = factories.sitting(blueprint, owner=account("ina", "Instructor"))
    worths = [slot["worth"] for slot in sitting.form.plan]
    total = in_short(sum(worths))
    with time_machine.travel(NOW):
        assert f"Points {total}" in words(client, reverse("join_sitting", args=[sitting.code]))
        attempt = factories.class_attempt(sitting)
        sitter = class_browsers.by_guest_code(attempt)
        fragments = sitter.get(reverse("paper", args=[attempt.uuid])).json()["questions"]
        room = sitter.get(reverse("question", args=[attempt.uuid, 1])).content.decode()
    shown = [re.findall(r'<p class="credit">(.*?)</p>', row["html"]) for row in fragments]
    assert shown == [["1 point" if worth == 100 else "2.5 points"] for worth in worths]
    assert f'<p class="credit">{shown[0][0]}</p>' in room
    client.force_login(account("max", "Administrator"))
    for key in ("yes", "no"):
        page = words(client, reverse("admin:exams_sitting_paper", args=[sitting.pk]), key=key)
        assert page.count("2.5 points") == worths.count(250)
        assert f"{total} points in all. Passes at" in page
    page = words(client, reverse("admin:exams_sitting_choose", args=[sitting.pk]))
    assert "0 points so far" in page
    assert ", 2.5 points" in page


def test_points_are_not_shown_where_all_questions_have_one(client: Client) -> None:
    blueprint = factories.percent_blueprint(60)
    sitting = factories.sitting(blueprint, owner=account("ina", "Instructor"))
    with time_machine.travel(NOW):
        attempt = factories.class_attempt(sitting)
        html = class_browsers.by_guest_code(attempt).get(reverse("paper", args=[attempt.uuid])).content.decode()
    assert "credit" not in html
    client.force_login(account("max", "Administrator"))
    for name in ("paper", "choose"):
        page = words(client, reverse(f"admin:exams_sitting_{name}", args=[sitting.pk]))
        assert "1 point" not in page
        assert "points in all" not in page


def test_the_worth_of_questions_does_not_tell_which_are_unscored() -> None:
    blueprint = factories.percent_blueprint(60, scored=10, points=(100, 200))
    blueprint.spec = blueprint.spec | {"scored": 8, "unscored": 2}
    Blueprint.objects.filter(pk=blueprint.pk).update(spec=blueprint.spec)
    sitting = factories.sitting(Blueprint.objects.get(pk=blueprint.pk), owner=account("ina", "Instructor"))
    page = words(Client(), reverse("join_sitting", args=[sitting.code]))
    assert "Points 1 to 2 a question" in page
    assert "Passes at" not in page


def half_right(attempt: Attempt, worth: int) -> Response:
    """Tick one of two keys of a question, and return it."""
    row = attempt.responses.filter(choose=2, worth=worth)[0]
    attempt.responses.filter(pk=row.pk).update(ticked=row.key & -row.key)
    return row


@pytest.mark.slow
def test_the_review_says_partly_right_with_the_points(client: Client) -> None:
    blueprint = factories.percent_blueprint(60, points=(200, 100), partial=True, one_form=True)
    sitting = factories.sitting(blueprint, owner=account("ina", "Instructor"))
    with time_machine.travel(NOW):
        attempt = factories.class_attempt(sitting)
        factories.tick(attempt, 20)
        half = half_right(attempt, 200)
        wrong = attempt.responses.filter(worth=100).order_by("position")[0]
        attempt.responses.filter(pk=wrong.pk).update(ticked=0)
        ending.finish(attempt, NOW)
        factories.scored(attempt)
        sittings.release(sitting, NOW)
    right = attempt.responses.filter(correct=True, worth=200)[0]
    sitter = browser(attempt.candidate)
    review = words(sitter, reverse("review", args=[attempt.uuid]))
    assert f"Question {half.position} partly right: 1 of 2 points" in review
    assert f"Question {right.position} right: 2 of 2 points" in review
    assert f"Question {wrong.position} unanswered: 0 of 1 point" in review
    cells = sitter.get(reverse("review", args=[attempt.uuid])).content.decode()
    assert f'aria-label="Question {half.position}, partly right"' in cells
    missed = words(sitter, reverse("review", args=[attempt.uuid]), show="missed")
    assert f"Question {half.position} partly right" in missed
    client.force_login(account("max", "Administrator"))
    page = words(client, reverse("admin:exams_sitting_result_paper", args=[sitting.pk, attempt.pk]))
    assert "partly right: 1 of 2 points" in page
    assert "Correct, selected by Ana" in page
    assert "by you" not in page


@pytest.mark.parametrize("shown", [False, True])
def test_the_report_of_a_class_has_the_name_and_the_grade_if_candidates_see_theirs(shown: bool) -> None:
    blueprint = factories.percent_blueprint(60)
    sitting = factories.sitting(blueprint, grades="90 1,0\n60 4,0", shows_grades=shown)
    with time_machine.travel(NOW):
        attempt = factories.class_attempt(sitting, "Ana Silva")
        factories.tick(attempt, 13)
        ending.finish(attempt, NOW)
        factories.scored(attempt)
        sittings.release(sitting, NOW)
        report, review = (
            words(browser(attempt.candidate), reverse(name, args=[attempt.uuid])) for name in ("report", "review")
        )
    assert ("Grade: 4,0" in report) == shown
    assert "Ana Silva, Class 7b" in report
    for page in (report, review):
        assert "Ana Silva , Class 7b, Small" in page
        assert "Guest" not in page


def test_an_exam_that_is_closed_is_no_next_step(blueprint: Blueprint) -> None:
    attempt = scored(handed_in(20, blueprint=blueprint))
    assert "Start an exam" in report_text(attempt)
    blueprints.admit(blueprint, on=False)
    page = report_text(attempt)
    assert "Next best step" not in page
    assert "Start an exam" not in page
    assert "The bank has no further exam for you" not in page


def test_a_partly_right_answer_is_named_where_all_questions_have_one_point() -> None:
    blueprint = factories.percent_blueprint(60, partial=True, one_form=True)
    attempt = handed_in(20, blueprint=blueprint)
    half = half_right(attempt, 100)
    scored(attempt)
    review = words(browser(attempt.candidate), reverse("review", args=[attempt.uuid]))
    assert f"Question {half.position} partly right: 0.5 of 1 point" in review
    assert "right: 1 of" not in review


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
