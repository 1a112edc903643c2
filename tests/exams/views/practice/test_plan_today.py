"""Test what the plan has for today: the same topics as the page Today, by the day of the reader."""

import random
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db.models import F
from django.urls import reverse
from django.utils.formats import date_format

from exams.models import Response
from exams.services.practice import practice, selection, study_marks
from exams.services.practice.filters import Filters
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from questions.models import Blueprint, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.practice.planning import PLAN, large_exam, press, quiz, row, text
from tests.factories import NOW
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache", "planned_exam", "at_now")]


@pytest.mark.slow
def test_a_goal_of_questions_a_day_stays_when_the_date_changes_and_counts_what_was_answered_today() -> None:
    attempt = factories.scored(factories.handed_in(4))
    client = browser(attempt.candidate)
    assert "questions answered today" not in text(client.get(PLAN))
    client.post(PLAN, {"daily_questions": "20"})
    Response.objects.filter(attempt=attempt, ticked__gt=0).update(saved_at=NOW)
    answered = attempt.responses.filter(ticked__gt=0).count()
    assert f"{answered} of 20 questions answered today." in text(client.get(PLAN))
    assert f"{answered} of 20 questions answered today." in text(client.get("/"))
    client.post(PLAN, {"target": "2026-04-13"})
    goal = study_marks.goal(attempt.candidate, "TINY")
    assert (goal.target_date, goal.daily_questions) == (date(2026, 4, 13), 20)
    Response.objects.filter(attempt=attempt).update(saved_at=NOW - timedelta(days=1))
    assert "0 of 20 questions answered today." in text(client.get(PLAN))
    client.post(PLAN, {"target": "", "daily_questions": ""})
    assert not attempt.candidate.study_goals.exists()


def test_the_day_of_the_goal_is_that_of_the_reader() -> None:
    """An answer of 13 hours ago is of yesterday on the server, and of this morning in Tokyo."""
    attempt = factories.scored(factories.handed_in(4))
    client = browser(attempt.candidate)
    study_marks.set_goal(attempt.candidate, "TINY", None, 20)
    Response.objects.filter(attempt=attempt).update(saved_at=NOW - timedelta(hours=13))
    answered = attempt.responses.filter(ticked__gt=0).count()
    assert "0 of 20 questions answered today." in text(client.get(PLAN))
    client.cookies["zone"] = "Asia%2FTokyo"
    assert f"{answered} of 20 questions answered today." in text(client.get(PLAN))


def test_a_zone_that_no_browser_reports_is_no_error() -> None:
    """Python imports a folder for each part of such a name."""
    client = browser(factories.candidate())
    client.cookies["zone"] = "a%2F" * 300 + "b"
    assert client.get(PLAN).status_code == 200


@pytest.mark.slow
def test_what_is_due_today_counts_what_was_done_today() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", date(2026, 6, 1), None, NOW.date())
    client = browser(sitter)
    (due,) = re.findall(r'id="due-([^"]+)"', client.get(PLAN).text)
    page = press(client, "done", due)
    assert row(page, f"due-{due}").startswith("✓ Topic")
    assert "1 of 1 topic practiced today." in text(page)
    assert re.search(r"The topics of today are practiced\. Next: Topic .* on 2 Apr\.", text(page))


def test_the_day_of_the_plan_is_that_of_the_reader() -> None:
    """At 11 o'clock on the server, the next day has begun on Kiritimati."""
    sitter = factories.candidate()
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        client = browser(sitter)
        client.cookies["zone"] = "Pacific%2FKiritimati"
        page = client.post(PLAN, {"target": (NOW.date() + timedelta(days=1)).isoformat()})
        assert "Choose a day after today, within 3 years." in text(page)
        page = client.post(PLAN, {"target": (NOW.date() + timedelta(days=2)).isoformat()}, follow=True)
        assert "1 day left." in text(page)


def test_today_counts_the_topics_that_it_lists() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=5), None, NOW.date())
    client = browser(sitter)
    page = client.get(PLAN)
    topics = re.findall(r'id="due-([^"]+)"', page.text)
    n = len(topics)
    assert f"Today 0 of {n} topics practiced today." in text(page)
    press(client, "done", topics[1])
    page = client.get(PLAN)
    assert re.findall(r'id="due-([^"]+)"', page.text) == topics
    assert f"Today 1 of {n} topics practiced today." in text(page)
    assert "✓" in row(page, f"due-{topics[1]}")


def test_the_plan_of_a_day_and_today_have_the_same_topics_all_day_whatever_is_answered_and_ticked() -> None:
    """Three topics of the day were answered, and both pages had others an hour later."""
    blueprint = factories.small_blueprint(code="LARGE", exams=9, default=True)
    sitter = factories.candidate()
    rng, client = random.Random(5), browser(sitter)
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), None, NOW.date())
    for day in range(3):
        topics: list[str] = []
        for hour in range(4):
            now = NOW + timedelta(days=day, hours=hour)
            with time_machine.travel(now, tick=False):
                page, today = client.get(f"{PLAN}?exam=LARGE"), client.get("/?exam=LARGE")
                due = re.findall(r'id="due-([^"]+)"', page.text)
                topics = topics or due
                assert due == topics, (day, hour)
                if listed := re.search(r'<ul class="plan-today.*?</ul>', today.text, re.DOTALL):
                    assert re.findall(r'href="/guide/([^/]+)/\?from=today"', listed[0]) == topics
                    n_worked = listed[0].count('class="done"') + listed[0].count(", practiced")
                    assert f"{n_worked} of {len(topics)} topics practiced today." in text(page)
                    assert f"{n_worked} of {len(topics)} practiced today:" in text(today)
                press(client, "done", rng.choice(topics))
                records = study_records(sitter, blueprint, now)
                chosen = selection.select(records, Filters(size=9), seed=str(now), today=True).questions
                quiz = practice.start(sitter, blueprint, "today", chosen, feedback="end", timed=False, now=now).attempt
                for answered in quiz.responses.all():
                    ticked = answered.key if rng.random() < 0.6 else answered.full ^ answered.key
                    quiz.responses.filter(pk=answered.pk).update(ticked=ticked, first_shown=now, saved_at=now)
                practice.finish(quiz, now)
        assert len(topics) > 3


def test_a_topic_of_today_whose_answers_were_all_wrong_is_practiced_and_not_done() -> None:
    """It was ticked as done beside 'Below the standard', since its questions had been asked."""
    blueprint = factories.small_blueprint(code="LARGE", exams=9, default=True)
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=9), None, NOW.date())
    slug = "large-1-1"
    asked = Question.objects.filter(exam_domain__number=1, pk__in=practice_pool(blueprint).items).order_by("pk")[:5]
    asked = list(asked.values_list("pk", flat=True))
    Question.objects.filter(pk__in=asked).update(topic=Topic.objects.get(slug=slug))
    raise_bank_version()
    quiz = practice.start(sitter, blueprint, "quiz", asked, feedback="end", timed=False, now=NOW).attempt
    for answered in quiz.responses.all():
        wrong = answered.full ^ answered.key
        quiz.responses.filter(pk=answered.pk).update(ticked=wrong, first_shown=NOW, saved_at=NOW)
    practice.finish(quiz, NOW)
    client, tomorrow = browser(sitter), date_format(NOW.date() + timedelta(days=1), "MONTH_DAY_FORMAT")
    page, today = client.get(f"{PLAN}?exam=LARGE"), client.get("/?exam=LARGE")
    end = client.get(reverse("report", args=[quiz.uuid]))
    found = row(page, f"due-{slug}")
    assert "✓" not in found
    assert re.search(rf"Practiced today Below the standard Comes back on {tomorrow}", found)
    assert 'name="done"' in page.text.split(f'id="due-{slug}"')[1].split("</li>")[0], "it may be ticked by hand"
    n = len(re.findall(r'id="due-([^"]+)"', page.text))
    assert f"Today 1 of {n} topics practiced today." in text(page)
    for response, told in ((today, "5 questions come"), (end, "5 of these come")):
        assert f"1 of {n} practiced today:" in text(response)
        assert text(response).count(f"{told} back from tomorrow on.") == 1, "in total, not at one of the topics"
        assert text(response).count("back from tomorrow on.") == 1
        assert "comes back on" not in text(response)
        assert ", worked through" not in text(response)
        assert 'class="done"' not in response.text


def test_questions_that_practice_never_asks_do_not_come_back() -> None:
    """Of 25 questions that came back by the sentence, 19 were on trial or retired."""
    blueprint = large_exam()
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=9), None, NOW.date())
    asked = sorted(practice_pool(blueprint).items)[:5]
    missed = practice.start(sitter, blueprint, "quiz", asked, feedback="end", timed=False, now=NOW).attempt
    missed.responses.update(ticked=F("full") - F("key"), first_shown=NOW, saved_at=NOW)
    practice.finish(missed, NOW)
    Question.objects.filter(pk=asked[0]).update(status=Question.Status.RETIRED)
    Question.objects.filter(pk=asked[1]).update(status=Question.Status.PILOT)
    raise_bank_version()
    client = browser(sitter)
    for address, told in (("/?exam=LARGE", "3 questions"), (reverse("report", args=[missed.uuid]), "3 of these")):
        assert f"{told} come back from tomorrow on." in text(client.get(address))


def test_an_answer_of_an_earlier_day_that_comes_to_count_later_changes_the_topics_of_today() -> None:
    """What was known in the morning is kept all day, but an exam of a class may be released, a guest claimed."""
    blueprint, sitter = large_exam(), factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), None, NOW.date())
    first = [topic.slug for topic in study_records(sitter, blueprint, NOW).plan.due]
    assert "large-1-1" in first
    for number in range(3):
        quiz(sitter, blueprint, number, days_ago=9 - number, right=True)
    later = [topic.slug for topic in study_records(sitter, blueprint, NOW).plan.due]
    assert "large-1-1" not in later
    assert len(later) >= len(first) - 1


def test_topics_that_were_missed_in_the_newest_mock_exam_come_first_and_say_so(planned_exam: Blueprint) -> None:
    candidate = factories.scored(factories.handed_in(0, blueprint=planned_exam, now=NOW - timedelta(days=1))).candidate
    client = browser(candidate)
    for goal in ({"daily_questions": "20"}, {"target": "2026-04-20"}):
        client.post(PLAN, goal)
        page = client.get(PLAN)
        missed = [entry.slug for entry in page.context["plan"].due if entry.failed_on]
        assert missed == [entry.slug for entry in page.context["plan"].due][: len(missed)]
        assert missed
        day = date_format((NOW - timedelta(days=1)).date(), "MONTH_DAY_FORMAT")
        assert f"Missed in your mock exam of {day}" in row(page, f"due-{missed[0]}")
        assert f"missed in your mock exam of {day}" in text(client.get("/today/"))
