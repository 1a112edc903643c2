"""Test whether the questions a day and the new ones suffice for a plan, and how many minutes it takes."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db.models import F
from django.urls import reverse

from exams.services.practice import practice, selection, study_marks
from exams.services.practice.filters import Filters
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.practice.planning import PLAN, text
from tests.factories import NOW
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache", "planned_exam", "at_now")]


def test_a_plan_that_is_behind_says_by_how_much_and_what_would_help() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=10), 10, NOW.date() - timedelta(days=4))
    page = text(browser(sitter).get(PLAN))
    assert re.search(r"Behind: At 10 questions a day you reach \d+ of 12 topics before the exam", page)
    assert page.count("questions a day you reach") == 1
    assert "20 a day reach all." in page
    client = browser(sitter)
    client.post(PLAN, {"daily_questions": "20"})
    assert "Behind" not in text(client.get(PLAN)), "a changed plan begins today"


def test_a_plan_that_reaches_all_topics_is_not_behind_and_says_what_moves_to_the_next_week() -> None:
    """'At 40 a day you reach all 117 topics' stood above 'Behind by 11 topics'."""
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=17), 10, NOW.date() - timedelta(days=4))
    page = text(browser(sitter).get(PLAN))
    assert re.search(
        r"At 10 questions a day you reach all 12 topics , the last one on \d+ Apr, though \d of this week"
        r" moves? to the next one\. (\d+ new questions|1 new question|New questions are used up)",
        page,
    )
    assert "Behind" not in page


def test_the_plan_says_whether_the_questions_a_day_suffice_and_what_they_are() -> None:
    sitter = factories.candidate()
    client = browser(sitter)
    client.post(PLAN, {"target": (NOW.date() + timedelta(days=9)).isoformat()})
    client.post(PLAN, {"daily_questions": "10"})
    page = client.get(PLAN)
    assert "At 10 questions a day you reach 7 of 12 topics before the exam" in text(page)
    assert "20 a day reach all." in text(page)
    assert "Not before the exam 5 topics At 10 questions a day, there is no room for these." in text(page)
    assert "20: 3 new topics, 130 minutes" in text(page)
    client.post(PLAN, {"daily_questions": "20"})
    page = text(client.get(PLAN))
    assert "At 20 questions a day you reach all 12 topics , the last one on" in page
    assert "Not before the exam" not in page


def test_minutes_are_those_of_the_exam_until_enough_answers_in_practice_are_timed() -> None:
    """45 seconds a question were said of an exam with two minutes, in which its explanation is read as well."""
    blueprint = factories.small_blueprint(code="LARGE", exams=9, default=True)
    exam = blueprint.exam
    pace, sitter = 60 * exam.minutes / exam.questions, factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=60), 40, NOW.date())
    client = browser(sitter)

    def estimated() -> tuple[float, int]:
        """Return the minutes that Today says for a question, and the plan for 40 a day without their pages."""
        today, plan = text(client.get(reverse("today"))), text(client.get(PLAN))
        [(n, minutes)] = re.findall(r"(\d+) questions: .* read, (\d+) for the questions\.", today)
        [(topics, a_day)] = re.findall(r"40: (\d+) new topics, (\d+) minutes", plan)
        return int(minutes) / int(n), int(a_day) - 3 * int(topics)

    in_exam = estimated()
    assert in_exam == (pytest.approx(pace / 60, abs=0.03), pytest.approx(40 * pace / 60, abs=2.5))
    asked = sorted(practice_pool(blueprint).items)[:30]
    timed = practice.start(sitter, blueprint, "quiz", asked, feedback="end", timed=False, now=NOW).attempt
    timed.responses.update(ticked=F("key"), first_shown=NOW, saved_at=NOW, seconds=2 * pace)
    timed.responses.filter(position=1).update(seconds=0)
    practice.finish(timed, NOW)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert estimated() == in_exam, "29 are timed"
    timed.responses.filter(position=1).update(seconds=1)
    raise_bank_version()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert estimated() == (pytest.approx(pace / 30, abs=0.03), pytest.approx(40 * pace / 30, abs=2.5))
    timed.responses.update(seconds=1)
    raise_bank_version()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert estimated() == (pytest.approx(pace / 120, abs=0.03), pytest.approx(40 * pace / 120, abs=2.5))


def test_no_more_mock_exams_are_promised_than_are_new() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=80), None, NOW.date())
    page = text(browser(sitter).get(PLAN))
    assert "80 days left. 2 mock exams." in page
    assert "2 mock exams are planned and kept unused. There would be time for 10 more:" in page
    assert "Week 12 repetition 13 Jun to 19 Jun mock exams: 15 Jun, 18 Jun" in page
    assert len(re.findall(r"mock exams?: \d", page)) == 1, "those of the last week"


def test_new_questions_are_spread_over_the_days_until_the_exam_and_the_plan_says_how_many_a_day_has() -> None:
    """All were gone after a week of three, and the plan said until when."""
    blueprint = factories.small_blueprint(code="LARGE", exams=10, default=True)
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), 20, NOW.date())
    said, new = [], []
    for number in range(16):
        now = NOW + timedelta(days=number)
        with time_machine.travel(now, tick=False):
            said += re.findall(
                r"(\d+) new questions are left until 21 Apr, about (\d+) a day\.", text(browser(sitter).get(PLAN))
            )
            records = study_records(sitter, blueprint, now)
            asked = selection.select(records, Filters(size=20), seed="x", today=True).questions
            new.append(len(asked) - len(records.newest.keys() & {*asked}))
            taken = practice.start(sitter, blueprint, "today", asked, feedback="end", timed=False, now=now).attempt
            taken.responses.update(ticked=F("key"), first_shown=now, saved_at=now)
            taken.responses.filter(position__gt=10).update(ticked=F("full") - F("key"))
            practice.finish(taken, now)
    assert all(new), "on the last days, too"
    assert max(new[3:]) < 14, "two thirds of a day"
    assert all(int(a_day) == max(3, -(-int(left) // (20 - day))) for day, (left, a_day) in enumerate(said))


def test_practice_leaves_the_mock_exams_of_the_plan_which_says_how_many_of_the_unused_ones_it_has() -> None:
    """Three were planned with four left, of which practice took half; and each day Today said that one goes."""
    blueprint = factories.small_blueprint(code="LARGE", exams=4, default=True)
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=34), 20, NOW.date())
    client, planned, costs = browser(sitter), set[date](), list[str]()
    for number in range(9):
        now = NOW + timedelta(days=number)
        with time_machine.travel(now, tick=False):
            page, today = text(client.get(PLAN)), text(client.get(reverse("today")))
            costs += re.findall(r"With these, \d unused mock exams remain instead of \d\. They are kept\.", today)
            assert today.count("unused mock exam") <= len(costs)
            records = study_records(sitter, blueprint, now)
            days = {day for week in records.plan.weeks for day in week.exam_days}
            planned = planned or days
            assert days == planned, "none of them is dropped or moved while practice goes on"
            assert len(days) <= records.unused_exams
            left = records.unused_exams - 4
            others = f"Practice uses up the questions of the other {left if left > 1 else 'one'}. " if left else ""
            assert f"4 mock exams are planned and kept unused. {others}There would be time for" in page
            asked = selection.select(records, Filters(size=20), seed="x", today=True).questions
            taken = practice.start(sitter, blueprint, "today", asked, feedback="end", timed=False, now=now).attempt
            taken.responses.update(ticked=F("key"), first_shown=now, saved_at=now)
            practice.finish(taken, now)
    assert len(costs) == 1, "said once, when it happens"


def test_below_when_all_topics_are_reached_stands_how_many_new_questions_there_are() -> None:
    """'You reach all 117 topics, the last one on 21 Dec' did not say that new questions do not suffice."""
    factories.small_blueprint(code="LARGE", exams=4, default=True)
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), 20, NOW.date())
    page = text(browser(sitter).get(PLAN))
    assert re.search(
        r"you reach all 48 topics , the last one on \d\d Apr ?\."
        r" \d+ new questions are left until 21 Apr, about \d+ a day\.",
        page,
    )
