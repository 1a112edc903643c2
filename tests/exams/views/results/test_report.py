"""Test the report: score, requirement, precision, and what to study, in this order."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Heartbeat, Outage, Response, ScoreReport
from exams.psychometrics import drawing
from exams.services.attempt import ending
from exams.services.attempt.attempt_log import record
from exams.services.practice import practice
from exams.services.results import report_advice, review
from exams.services.results.report import report_page
from exams.services.results.review_filters import review_items
from exams.services.upkeep import outages, sweeper
from exams.views.results.scale import ScaleChart
from exams.views.verdicts import VERDICTS
from questions.models import Question
from tests import factories
from tests.factories import NOW, handed_in, scored, worked_example
from tests.sitting import browser

pytestmark = pytest.mark.django_db
INNER_WORDS = re.compile(r"\b(kappa|theta|pilots?|posterior)\b", re.IGNORECASE)


def report_text(attempt: Attempt) -> str:
    """Return the text of the report page as its candidate reads it, on one line."""
    return text(browser(attempt.candidate), reverse("report", args=[attempt.uuid]))


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def assert_in_order(page: str, *sentences: str) -> None:
    places = [page.find(sentence) for sentence in sentences]
    assert -1 not in places, [sentence for sentence in sentences if sentence not in page]
    assert places == sorted(places), sentences


@pytest.mark.slow
def test_a_score_below_the_pass_mark(settings: Any) -> None:
    page = report_text(scored(worked_example(34)))
    assert_in_order(
        page,
        "Not passed: 739 750 is needed.",
        "34 of 50 scored questions right. This exam needed 35: 1 more.",
        "Your score on the scale from 100 to 1000 Scaled score 739. 68 percent band from 674 to 790.",
        "Fifty questions leave room for luck. Your level is probably (2 chances in 3) between 674 and 790.",
        "If you sat another exam like this now, you would pass about 5 times in 10. "
        "This figure comes from this exam alone.",
        "What next Practice the 16 topics with wrong answers",
        "Next exam: with repeats",
        "Review the 16 you missed",
        "Review all 65 questions",
        "Topics with wrong answers",
        "How this was worked out",
    )
    assert "How this score is estimated" in page
    assert "Probably too high" not in page
    assert page.count("Not passed") == 1, "the verdict stands once on the screen, beside the score"


def test_a_passing_score() -> None:
    page = report_text(scored(worked_example(35)))
    assert_in_order(
        page,
        "Passed: 756 750 is needed.",
        "35 of 50 scored questions right. This exam needed 35.",
    )
    assert "more." not in page.partition("This exam needed 35")[2][:10]


@pytest.mark.parametrize(("right", "chance"), [(0, "less than 1 time in 10"), (50, "more than 9 times in 10")])
def test_extreme_probabilities_are_clipped(right: int, chance: str) -> None:
    page = report_text(scored(worked_example(right)))
    assert f"If you sat another exam like this now, you would pass {chance}." in page


def test_without_wrong_answers_there_is_no_link_to_review_them() -> None:
    page = report_text(scored(worked_example(50)))
    assert "you missed" not in page
    assert "Review all 65 questions" in page


def test_all_questions_are_reviewed_one_by_one() -> None:
    """All on one page are 65 times as long as a screen; the review of one question leads there, for print."""
    attempt = scored(worked_example(35))
    html = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).text
    address = reverse("review_question", args=[attempt.uuid, 1])
    assert re.search(rf'href="{address}\?find=yes">\s*Review all 65 questions', html)
    assert reverse("review", args=[attempt.uuid]) in browser(attempt.candidate).get(address).text


def test_the_exam_domain_below_the_standard_is_recommended_for_study() -> None:
    attempt = worked_example(50)
    in_domain = attempt.responses.filter(exam_domain=3, scored=True)
    left_open = in_domain.values_list("pk", flat=True)[:12]
    in_domain.update(ticked=F("full") - F("key"))
    Response.objects.filter(pk__in=list(left_open)).update(ticked=0)
    page = report_text(scored(attempt))
    assert_in_order(
        page,
        *(
            "Next best step",
            "What next",
            "Next exam",
            "you missed",
            "By all your answers until today, you are below the standard in Modeling.",
        ),
        *("Modeling 36% of the exam", "Practice this exam domain"),
    )
    assert page.count("Practice this exam domain") == 1
    assert "topics with wrong answers" not in page
    assert "12 unanswered" in page
    table = page.partition("The exam domains")[2]
    near = "Near the standard" if "Near" in table else "Above the standard"
    assert_in_order(table, near, "Below the standard")


def test_an_exam_domain_has_one_verdict_that_of_progress() -> None:
    """The report judged the scored questions of its exam, and Progress all answers: one above, the other near."""
    attempt = worked_example(50)
    attempt.responses.filter(scored=True).update(ticked=F("key"))
    attempt.responses.filter(scored=False).update(ticked=F("full") - F("key"))
    attempt, client = scored(attempt), browser(attempt.candidate)
    report = client.get(reverse("report", args=[attempt.uuid]))
    progress = client.get(reverse("progress"), {"exam": attempt.blueprint_code})
    verdicts = [domain.estimate.verdict for domain in progress.context["map"]]
    assert [standing for _row, standing, _label in report.context["domain_rows"]] == verdicts
    assert attempt.report
    assert [row.verdict for row in attempt.report.domains.order_by("exam_domain")] != verdicts
    table = report_text(attempt).partition("The exam domains")[2]
    assert "The verdict is by all your answers until today, in exams and in practice, as on Progress." in table
    assert "Share of correct answers, 0 to 100% By all your answers until today" in table, "of the exam, and as of now"
    assert all(table.count(str(VERDICTS[verdict])) == verdicts.count(verdict) for verdict in verdicts)


def test_a_report_has_one_next_step_to_review_what_was_missed_or_that_of_the_other_pages() -> None:
    """Below 'Review the 25 you missed' stood 'Next best step: the goal of today is met'."""
    missed = scored(handed_in(0, now=timezone.now()))
    page = report_text(missed)
    told = re.search("What next You missed ([0-9]+) questions of your exam.*? Review the ([0-9]+) you missed", page)
    assert told
    assert told[1] == told[2]
    assert told[0].removeprefix("What next ") in text(browser(missed.candidate), "/"), "as on the start page"
    assert "Next best step" not in page
    Attempt.objects.filter(pk=missed.pk).update(submitted_at=timezone.now() - timedelta(days=1))
    html = " ".join(browser(missed.candidate).get(reverse("report", args=[missed.uuid])).text.split())
    assert html.index("Next best step") < html.index("What next") < html.index(f"Review the {told[1]} you missed</a>")
    buttons = re.findall(r'class="button primary"[^>]*>\s*([^<]+?)\s*<', html)
    assert len(buttons) == 1, "that of the next step"
    assert "Review" not in buttons[0]
    page = report_text(scored(handed_in(99, blueprint=missed.form.blueprint)))
    assert "you missed" not in page
    assert "Next best step" in page


def test_several_exam_domains_below_the_standard_are_counted_and_offered_where_their_topics_are() -> None:
    """Four sentences and four long buttons said that a candidate is below the standard in all of them."""
    attempt = worked_example(50)
    attempt.responses.filter(scored=True).update(ticked=F("full") - F("key"))
    page = report_text(scored(attempt))
    assert "By all your answers until today, you are below the standard in 4 of 4 exam domains." in page
    assert page.count("Practice this exam domain") == 4


def test_an_exam_with_one_exam_domain_shows_none() -> None:
    attempt = scored(handed_in(0, blueprint=factories.small_blueprint(scored=8, divided=False)))
    page = report_text(attempt)
    for words in ("exam domain", "Exam domain", "Practice Modeling", "you are below the standard"):
        assert words not in page, words
    assert "Topics with wrong answers" in page
    client = browser(attempt.candidate)
    review_page = client.get(reverse("review", args=[attempt.uuid])).text
    assert "Exam domain" not in review_page
    assert 'name="topic"' in review_page
    progress = text(client, f"{reverse('progress')}?exam=TINY")
    assert "A small exam" not in progress.partition("This page is about")[0]
    assert "All topics" in progress


def test_technical_terms_are_used_only_where_the_score_is_explained() -> None:
    first_screen, _, working = report_text(scored(worked_example(34))).partition("How this was worked out")
    assert not INNER_WORDS.search(first_screen)
    for words in (
        "34.60 of 50",
        "the expected score of a candidate exactly at the standard",
        "not yet calibrated (provisional)",
        "estimated by the authors, not by a panel",
    ):
        assert words in working
    assert re.search(r"At or above the standard \d+%", working)
    assert re.search(r"Would pass another exam \d+%", working)
    # 34 of 50 where 34.6 are expected at the standard: just below 0, and a prior around 0 moves it towards 0.
    estimates = re.search(r"Ability theta (-0\.\d\d) ± (0\.\d\d) logits .*\(Warm\): (-0\.\d\d) ± (0\.\d\d)", working)
    assert estimates
    mean, se, without_prior, its_se = map(float, estimates.groups())
    assert -0.2 < without_prior <= mean < 0
    assert 0.25 < se < its_se < 0.35


def test_live_questions_in_unscored_positions_are_mentioned() -> None:
    page = report_text(scored(worked_example(34)))
    assert "15 questions were unscored" in page
    assert "The question bank has no new questions to try out, so they are ordinary questions" in page


@pytest.mark.parametrize(("repeats", "doubted"), [(5, False), (6, True)])
def test_more_than_a_tenth_of_repeats_makes_a_score_unreliable(repeats: int, doubted: bool) -> None:
    attempt = worked_example(35)
    known = attempt.responses.filter(scored=True).values_list("pk", flat=True)[:repeats]
    Response.objects.filter(pk__in=list(known)).update(repeat=True)
    page = report_text(scored(attempt))
    assert (f"Probably too high: {repeats} of 50 questions were repeats." in page) is doubted
    assert f"{50 - repeats} of 50" in page


def test_a_score_with_many_repeats_claims_nothing_about_another_exam() -> None:
    attempt = worked_example(45)
    Response.objects.filter(attempt=attempt, scored=True).update(repeat=True)
    page = report_text(scored(attempt))
    assert_in_order(page, "Passed:", "Probably too high: 50 of 50 questions were repeats.", "no range and no chance")
    for claim in (
        "times in 10",
        "2 chances in 3",
        "68 percent band",
        "Above the standard",
        "below",
        "Would pass another exam",
    ):
        assert claim not in page


@pytest.mark.parametrize(("left_open", "hollow"), [(12, False), (13, True)])
def test_a_score_with_more_than_a_quarter_unanswered_claims_nothing(left_open: int, hollow: bool) -> None:
    attempt = worked_example(50)
    keys = attempt.responses.filter(scored=True).values_list("pk", flat=True)[:left_open]
    Response.objects.filter(pk__in=list(keys)).update(ticked=0)
    page = report_text(scored(attempt))
    sentence = f"{left_open} of 50 questions were not answered, so this score says little about your level."
    assert (sentence in page) is hollow
    for claim in ("times in 10", "2 chances in 3", "68 percent band", "By all your answers", "Would pass"):
        assert (claim in page) is not hollow, claim


def test_questions_left_open_are_no_missed_topics_but_are_offered_as_practice() -> None:
    attempt = worked_example(50)
    keys = attempt.responses.filter(scored=True).values_list("pk", flat=True)[:28]
    Response.objects.filter(pk__in=list(keys)).update(ticked=0)
    page = report_text(scored(attempt))
    assert "wrong answers" not in page
    assert "28 scored questions were not answered." in page
    assert "Continue with the 28 unanswered questions as practice" in page


def test_the_review_link_counts_what_the_filter_shows() -> None:
    attempt = worked_example(27)
    attempt.responses.filter(scored=False).update(ticked=0)
    attempt = scored(attempt)
    assert "Review the 23 you missed" in report_text(attempt)
    review = text(browser(attempt.candidate), reverse("review", args=[attempt.uuid]) + "?show=missed")
    assert len(re.findall(r"Question \d+ wrong", review)) == 23


def test_one_missed_question_is_not_a_number() -> None:
    assert "Review the one you missed" in report_text(scored(worked_example(49)))


def test_missed_topics_lead_to_their_study_page_their_questions_and_practice() -> None:
    attempt = worked_example(34)
    missed = [
        response
        for response in attempt.responses.filter(scored=True).select_related("revision__question__topic")
        if not response.correct
    ]
    attempt = scored(attempt)
    html = unescape(browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).text)
    assert f'href="{reverse("review_question", args=[attempt.uuid, 1])}?find=unread&show=missed"' in html
    for response in missed:
        topic = response.revision.question.topic
        assert topic
        assert f'href="{reverse("guide_topic", args=[topic.slug])}">{topic.title}</a>' in html
        assert f'href="{reverse("review", args=[attempt.uuid])}?show=missed&show=wrong&topic={topic.slug}">' in html
        assert f'name="topic" value="{topic.slug}"' in html
    assert html.count('name="topic"') == len(missed)
    assert "1 of 1 wrong" in html


def test_a_topic_of_an_unscored_question_is_among_those_with_wrong_answers() -> None:
    """18 were missed, and the topics had wrong answers to scored questions only, without a word."""
    attempt = handed_in(0, blueprint=factories.small_blueprint())
    row = attempt.responses.filter(scored=False).select_related("revision__question__topic").get()
    attempt.responses.filter(pk=row.pk).update(ticked=row.full ^ row.key, first_shown=NOW)
    attempt = scored(attempt)
    client, topic = browser(attempt.candidate), row.revision.question.topic
    assert topic
    page = client.get(reverse("report", args=[attempt.uuid]))
    assert topic.slug in page.context["missed_slugs"]
    review = client.get(reverse("review", args=[attempt.uuid]) + f"?show=missed&show=wrong&topic={topic.slug}")
    assert row.position in review.context["sheet"].positions


def test_topics_are_listed_with_their_misses_most_missed_first() -> None:
    attempt = scored(handed_in(1, blueprint=factories.small_blueprint()))
    rows = attempt.responses.filter(scored=True).order_by("position")
    topic = rows[0].revision.question.topic
    for row in rows[:2]:
        row.revision.question.topic = topic
        row.revision.question.save()
    rows.update(ticked=F("full") - F("key"))
    assert topic
    items = review_items(attempt, review.responses(attempt), noted=())
    in_one = replace(attempt.form.blueprint.exam, exam_domains=attempt.form.blueprint.exam.exam_domains[:1])
    [group] = report_advice.missed_topics(items, in_one)
    first, *others = group.topics
    assert (group.title, first.slug, first.wrong, first.n) == ("", topic.slug, 2, 2)
    assert [(other.wrong, other.n) for other in others] == [(1, 1), (1, 1)]
    [group] = report_advice.missed_topics(items, in_one, [others[1].slug, others[0].slug])
    assert [row.slug for row in group.topics] == [others[1].slug, others[0].slug, topic.slug], "weak by all answers"


def test_topics_are_grouped_by_exam_domain_the_costliest_first() -> None:
    page = report_text(scored(worked_example(0)))
    assert_in_order(
        page,
        "Topics with wrong answers",
        "Modeling 36% of the exam",
        "Exploratory Data Analysis 24% of the exam",
        "Data Engineering 20% of the exam",
        "Machine Learning Implementation and Operations 20% of the exam",
        "The exam domains",
    )


def test_the_score_of_all_questions_stands_beside_that_of_the_scored_ones() -> None:
    attempt = worked_example(34)
    right = sum(row.correct for row in attempt.responses.all())
    assert right == 34 + sum(row.correct for row in attempt.responses.filter(scored=False))
    assert f"Of all 65 questions, {right} are right." in report_text(scored(attempt))


def test_the_topics_with_one_wrong_answer_are_one_line_that_opens() -> None:
    """19 rows of '1 of 1 wrong' ranked nothing, and some of them above the line told no difference."""
    attempt = scored(worked_example(34))
    page = " ".join(browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).text.split())
    part = page.partition("Topics with wrong answers</h3>")[2].partition("The exam domains")[0]
    lines = [int(n) for n in re.findall(r"<summary>(\d+) topics? with one wrong answer</summary>", part)]
    shown = re.sub(r"<details>.*?</details>", "", part)
    assert sum(lines) == part.count("of 1 wrong") > 0
    assert "of 1 wrong" not in shown


def test_an_exam_faster_than_it_can_be_read_is_not_praised() -> None:
    attempt = worked_example(50)
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=attempt.started_at + timedelta(seconds=153))
    page = report_text(scored(Attempt.objects.get(pk=attempt.pk)))
    assert "It was answered in 2 min 33 s, faster than its questions can be read" in page.partition("Passed:")[0]
    assert "Well done" not in page
    assert not re.search("would pass|Your level is|68 percent band|Would pass another exam", page), "nor foretold"
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=attempt.started_at + timedelta(hours=2))
    assert re.search("would pass .* Would pass another exam", report_text(Attempt.objects.get(pk=attempt.pk)))


def test_what_the_score_of_a_rushed_exam_says_stands_beside_it_on_every_page() -> None:
    attempt = worked_example(50)
    client = browser(attempt.candidate)
    sentence = (
        "answered in 2 min 33 s, faster than its questions can be read, so the score says little about your level."
    )
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=attempt.started_at + timedelta(seconds=153))
    scored(Attempt.objects.get(pk=attempt.pk))
    pages = [reverse("report", args=[attempt.uuid]), reverse("today"), reverse("progress")]
    assert [sentence in text(client, path) for path in pages] == [True] * 3
    assert "percent band" not in text(client, reverse("today"))
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=attempt.started_at + timedelta(hours=2))
    assert ["faster than its questions" in text(client, path) for path in pages] == [False] * 3
    assert "percent band" in text(client, reverse("today"))


def test_a_pass_is_praised_and_looks_different() -> None:
    attempt = worked_example(50)
    Attempt.objects.filter(pk=attempt.pk).update(submitted_at=attempt.started_at + timedelta(hours=2))
    passed = scored(Attempt.objects.get(pk=attempt.pk))
    failed = scored(handed_in(0, blueprint=passed.form.blueprint))
    assert "Well done, that was a clear pass." in report_text(passed)
    assert "Well done" not in report_text(failed)

    def headers(attempt: Attempt) -> list[str]:
        html = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).text
        return re.findall(r'<header class="(result[^"]*)"', html)

    assert (headers(passed), headers(failed)) == (["result passed"], ["result"])


@pytest.mark.parametrize(("scaled", "shift"), [(100, 0), (120, 0), (400, -6), (800, 6), (1000, 0)])
def test_the_label_of_a_score_at_an_end_of_the_scale_stays_on_it(scaled: int, shift: int) -> None:
    assert ScaleChart(100, 750, 1000, scaled, None).label_shift == shift


def test_the_pace_is_stated_with_the_slow_questions() -> None:
    attempt = handed_in(2, blueprint=factories.small_blueprint())  # 5 questions in 30 minutes
    assert "Your pace" not in report_text(scored(attempt)), "no time is known"
    wrong = next(row for row in attempt.responses.filter(scored=True) if not row.correct)
    attempt.responses.filter(position__lte=2).update(seconds=200)
    assert "Your pace" not in report_text(attempt), "two of five times say nothing of the exam"
    attempt.responses.update(seconds=200)
    attempt.responses.filter(pk=wrong.pk).update(seconds=600)
    page = report_text(attempt)
    assert "Your pace: 4 min 40 s a question, of 6 min available." in page
    assert "1 question took more than 9 min, 1 of them without a right answer." in page


def test_the_bar_of_an_exam_domain_is_left_out_where_the_responses_are_not_those_of_the_report() -> None:
    attempt = scored(worked_example(34))
    record(attempt, "score_kept", NOW)
    assert all(row.hi is None for row in report_page(attempt).domains)
    assert "Probably between" not in report_text(attempt)


def test_report_and_privacy_page_say_where_the_notes_are() -> None:
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint()))
    assert "Your notes, scratchpad, highlights and struck-out options are in the review" in report_text(attempt)
    privacy = text(browser(attempt.candidate), reverse("privacy"))
    assert "After its end, you find them in the review of the exam and in its download." in privacy
    assert '"Forget me on this device" deletes nothing' in privacy
    assert "To show you the code, the server computes it again" in privacy, "only a hash is stored"


def test_the_privacy_page_says_what_a_class_sees() -> None:
    privacy = text(Client(), reverse("privacy"))
    assert "In an exam of a class: the name that you enter, or that of your account." in privacy
    assert "its instructors see your name, how far you are, your answers, your times, your score, and" in privacy
    assert "also the time and the first part of the network address, such as 192.0.2.x." in privacy
    assert "Network addresses are deleted with it." in privacy


def test_an_exam_closed_by_time_is_described_as_such() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    ending.close_if_overdue(attempt, NOW + timedelta(hours=1))
    page = report_text(scored(attempt))
    assert "30 min" in page
    assert "ended when time was up" in page


def test_the_end_of_a_class_exam_is_no_negative_extra_time() -> None:
    sitting = factories.sitting(factories.small_blueprint(minutes=30), review_opens_at=NOW + timedelta(hours=1))
    attempt = factories.class_attempt(sitting, now=NOW + timedelta(minutes=50))
    ending.finish(attempt, NOW + timedelta(minutes=55))
    scored(attempt)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        page = report_text(attempt)
    assert "Time available 10 minutes 20 less, as it ended for all" in page
    assert "Extra time" not in page


def test_the_outages_that_cost_minutes_are_named_with_what_was_given_back() -> None:
    def outage(*minutes: int, **fields: Any) -> Outage:
        began, ended = (NOW + timedelta(minutes=n) for n in minutes)
        return Outage.objects.create(began_at=began, ended_at=ended, cause="silence", **fields)

    attempt = factories.attempt(blueprint=factories.small_blueprint(minutes=30))
    outage(-20, -5)
    first = outage(5, 9)
    outages.give_back(first, None, "", NOW + timedelta(minutes=9), chosen=[attempt.pk])
    outage(12, 14)
    outage(15, 20, decision="void", decided_at=NOW)
    attempt.refresh_from_db()
    ending.close_if_overdue(attempt, NOW + timedelta(hours=1))
    page = report_text(scored(attempt))
    assert "The server could not be reached: 4 minutes of the exam 4 minutes given back," in page
    assert "The server could not be reached: 2 minutes of the exam no minutes given back," in page
    assert page.count("The server could not be reached") == 2


def test_relaxed_goals_of_the_form_are_listed() -> None:
    attempt = worked_example(35)
    attempt.form.relaxations = [{"rule": "repeats", "value": 2}, {"rule": drawing.PASS_LINE, "value": 100}]
    attempt.form.save()
    page = report_text(scored(attempt))
    assert "2 questions were not new to you" in page
    assert "the pass line differs from the target by up to 1.00 questions" in page


# --- Without a score


def test_a_pending_score_shows_a_page_that_explains_the_wait() -> None:
    page = report_text(handed_in(2, blueprint=factories.small_blueprint(), now=timezone.now()))
    assert_in_order(page, "Finished", "Scoring 4 answers.")
    assert "longer than usual" not in page
    assert "assed:" not in page


def test_a_long_wait_is_mentioned_with_the_note_that_answers_are_saved() -> None:
    attempt = handed_in(2, blueprint=factories.small_blueprint(), now=timezone.now() - timedelta(minutes=2))
    page = report_text(attempt)
    assert_in_order(page, "This takes longer than usual.", "Your answers are safe and will be scored.")


@pytest.mark.parametrize(
    ("silence", "waited", "shown"), [(10, 1, True), (50, 1, False), (None, 1, False), (10, 5, False)]
)
def test_less_than_three_seconds_is_promised_only_while_a_worker_runs(
    silence: int | None, waited: int, shown: bool
) -> None:
    attempt = handed_in(now=NOW)
    now = NOW + timedelta(seconds=waited)
    if silence is not None:
        Heartbeat.objects.create(name=sweeper.HEARTBEAT_NAME, beat_at=now - timedelta(seconds=silence))
    with time_machine.travel(now, tick=False):
        assert ("less than three seconds" in report_text(attempt)) is shown


def test_the_pending_page_reloads_with_and_without_script() -> None:
    attempt = handed_in(2, blueprint=factories.small_blueprint(), now=timezone.now())
    client, path = browser(attempt.candidate), reverse("report", args=[attempt.uuid])
    assert 'http-equiv="refresh"' in client.get(path).content.decode()  # without JavaScript
    assert "HX-Refresh" not in client.get(path, headers={"HX-Request": "true"})
    scored(attempt)
    assert client.get(path, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_failed_score_shows_a_page_that_does_not_reload() -> None:
    attempt = handed_in(2, blueprint=factories.small_blueprint())
    Attempt.objects.filter(pk=attempt.pk).update(status="scoring_failed")
    page = report_text(attempt)
    assert_in_order(page, "Finished, not scored", "The score could not be computed.", "Your answers are safe.")
    html = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).content.decode()
    assert "hx-get" not in html
    assert 'http-equiv="refresh"' not in html


def test_an_exam_ended_without_a_score_has_no_report() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint())
    ending.abandon(attempt, NOW)
    page = report_text(attempt)
    assert_in_order(page, "Ended without a score", "It does not count.", "Start a new exam")
    assert "750" not in page
    assert not ScoreReport.objects.exists()


def test_an_open_exam_has_no_report() -> None:
    attempt = factories.attempt(blueprint=factories.small_blueprint(), now=timezone.now())
    answer = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("attempt", args=[attempt.uuid]))


def test_a_guest_sees_the_guest_code_and_a_user_does_not() -> None:
    blueprint = factories.small_blueprint()
    code = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
    assert code.search(report_text(scored(handed_in(2, blueprint=blueprint))))
    assert not code.search(report_text(scored(handed_in(2, factories.candidate(factories.user()), blueprint))))


@pytest.mark.parametrize(("scored_questions", "unscored"), [(4, 1), (30, 10)])
def test_the_page_takes_a_constant_number_of_queries(
    scored_questions: int, unscored: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = scored(handed_in(2, blueprint=factories.small_blueprint(scored_questions, unscored)))
    client, path = browser(attempt.candidate), reverse("report", args=[attempt.uuid])
    client.get(path)  # each process reads the pool of questions once
    with django_assert_num_queries(24):
        client.get(path)


def test_the_verdict_on_an_exam_domain_moves_with_practice_and_its_counts_are_those_of_the_exam() -> None:
    attempt = worked_example(50)
    in_domain = attempt.responses.filter(exam_domain=3)
    in_domain.filter(scored=False).update(ticked=0)
    wrong = list(in_domain.filter(scored=True).values_list("pk", flat=True)[:6])
    in_domain.filter(pk__in=wrong).update(ticked=F("full") - F("key"))
    attempt, later = scored(attempt), NOW + timedelta(days=1)
    before = report_text(attempt).partition("The exam domains")[2]
    assert "Below the standard" not in before
    assert "12 of 18" in before
    shown = attempt.responses.values("revision__question")
    others = Question.objects.filter(exam_domain__number=3, status="live").exclude(pk__in=shown)
    questions = list(others.values_list("pk", flat=True))
    assert questions
    quiz = practice.start(
        attempt.candidate, attempt.form.blueprint, "quiz", questions, feedback="end", timed=False, now=later
    ).attempt
    quiz.responses.update(ticked=F("full") - F("key"), first_shown=later, saved_at=later)
    ending.finish(quiz, later)
    page = report_text(attempt).partition("The exam domains")[2]
    assert page.count("Below the standard") == 1
    assert "12 of 18" in page
    assert "Below the standard." in text(browser(attempt.candidate), reverse("progress"))
