"""Test the page of the plan: marks by POST only, guests who begin with it, the target date, and what bad input gets."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response, TopicMark
from exams.services.people import candidates
from exams.services.practice import practice, study_marks
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from questions.models import Blueprint, Topic
from tests import factories
from tests.exams.views.practice.planning import MARK, PLAN, large_exam, press, quiz, row, text
from tests.factories import NOW
from tests.html_forms import forms
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache", "planned_exam", "at_now")]


def test_a_newcomer_sees_the_plan_and_a_get_creates_nobody(client: Client) -> None:
    page = client.get(PLAN)
    assert "0 of 12 topics of Small practiced, 0 worked through." in text(page)
    assert "Next" in text(page)
    assert 'id="due-tiny-1-3"' in page.content.decode()
    assert 'id="due-tiny-1-4"' not in page.content.decode()
    assert "Week 2 0 of 6 worked through" in text(page)
    assert client.get(MARK).status_code == 405
    assert not Candidate.objects.exists()


def test_a_tick_makes_a_newcomer_a_guest_and_a_second_click_the_same_one(client: Client) -> None:
    form = forms(client.get(PLAN))["marks"]
    fields = {**form.data(), "done": "tiny-1-1"}
    page = client.post(form.action, fields, follow=True)
    assert page.redirect_chain == [("/plan/?week=1#tiny-1-1", 303)]
    assert "1 of 12 topics of Small practiced, 1 worked through." in text(page)
    mark = TopicMark.objects.get()
    assert (mark.topic.slug, mark.read_at, mark.done_at) == ("tiny-1-1", None, NOW)
    Client(headers={"Cookie": client.cookies.output(header="", sep=";")}).post(form.action, fields)
    assert Candidate.objects.count() == TopicMark.objects.count() == 1


@pytest.mark.slow
def test_a_tick_is_taken_back_and_the_row_goes_with_its_last_mark() -> None:
    client = browser(factories.candidate())
    for name, marks in (("read", (1, 0)), ("done", (1, 1)), ("unread", (0, 1)), ("undone", None), ("undone", None)):
        press(client, name, "tiny-2-1")
        mark = TopicMark.objects.first()
        assert (mark and (int(bool(mark.read_at)), int(bool(mark.done_at)))) == marks, name


@pytest.mark.slow
def test_a_mark_keeps_its_first_time() -> None:
    client = browser(factories.candidate())
    press(client, "done", "tiny-1-1")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        press(client, "done", "tiny-1-1")
    assert TopicMark.objects.get().done_at == NOW


@pytest.mark.parametrize("fields", [{}, {"done": "no-such-topic"}, {"done": ""}, {"star": "tiny-1-1"}])
def test_a_mark_without_a_topic_changes_nothing(fields: dict[str, str]) -> None:
    response = browser(factories.candidate()).post(MARK, fields)
    assert response.status_code == 400
    assert "This topic does not exist any more. Nothing was changed." in text(response)


@pytest.mark.slow
def test_an_old_page_and_too_many_newcomers_and_no_guests(client: Client, settings: Any) -> None:
    response = client.post(MARK, {"done": "tiny-1-1", "pair": "old"})
    assert (response.status_code, "This page was too old." in text(response)) == (400, True)
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "guest_start": "1/m/ip"}
    press(Client(), "done", "tiny-1-1")
    response = press(client, "done", "tiny-1-1")
    assert (response.status_code, "Too many guests" in text(response)) == (429, True)
    settings.GUESTS = False
    form = forms(client.get(PLAN))["marks"]
    response = client.post(form.action, {**form.data(), "done": "tiny-1-1"})
    assert response["Location"] == "/accounts/login/?next=/plan/"
    assert Candidate.objects.count() == 1


@pytest.mark.slow
def test_a_target_date_spreads_the_topics_and_can_be_removed() -> None:
    sitter = factories.candidate()
    client = browser(sitter)
    page = client.post(PLAN, {"target": "2026-04-13"}, follow=True)
    assert page.redirect_chain == [(PLAN, 303)]
    assert study_marks.goal(sitter, "TINY").target_date == date(2026, 4, 13)
    assert "12 days left." in text(page)
    assert 'value="2026-04-13"' in page.content.decode()
    assert "Today" in text(page)
    assert "2 Apr" in row(page, "tiny-1-3")
    assert "12 days left. 2 mock exams." in text(page)
    assert "2 mock exams are planned and kept unused. There would be time for 1 more:" in text(page)
    assert "1 more: on its day, the plan has topics." in text(page)
    assert "Week 1 0 of 10 practiced 1 Apr to 5 Apr" in text(page)
    assert "Week 2 2 new topics 6 Apr to 12 Apr mock exams: 8 Apr, 11 Apr" in text(page)
    assert "Week 3" not in text(page)
    client.post(PLAN, {"target": "2026-04-13", "remove": "yes"})
    assert study_marks.goal(sitter, "TINY").target_date is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("2026-02-30", "Enter the date as year-month-day, such as 2026-04-01."),
        ("13.4.2026", "Enter the date as year-month-day, such as 2026-04-01."),
        ("2026-04-01", "Choose a day after today, within 3 years."),
        ("2030-01-01", "Choose a day after today, within 3 years."),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_shown_again(typed: str, sentence: str) -> None:
    response = browser(factories.candidate()).post(PLAN, {"target": typed})
    assert response.status_code == 400
    assert sentence in text(response)
    assert f'value="{typed}"' in response.content.decode()


def test_a_day_that_has_passed_says_so_without_reproach() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", date(2026, 3, 31), 20)
    assert "This day has passed. Choose a new one, or remove it." in text(browser(sitter).get(PLAN))


@pytest.mark.parametrize("typed", ["0", "15", "-10", "many", "10" * 50])
def test_another_number_of_questions_a_day_is_refused(typed: str) -> None:
    response = browser(factories.candidate()).post(PLAN, {"daily_questions": typed})
    assert response.status_code == 400
    assert "Choose 10, 20 or 40 questions a day, or no goal." in text(response)


@pytest.mark.slow
def test_topics_show_how_many_of_their_questions_were_seen_and_right() -> None:
    attempt = factories.scored(factories.handed_in(4))
    Response.objects.filter(attempt=attempt).update(first_shown=NOW)
    topic = attempt.responses.filter(correct=True)[0].revision.question.topic
    page = browser(attempt.candidate).get(PLAN)
    assert topic is not None
    assert row(page, topic.slug).endswith("1 seen, 1 right the last time")
    seen = attempt.responses.values("revision__question__topic")
    other = Topic.objects.filter(slug__startswith="tiny").exclude(pk__in=seen)[0]
    assert "seen" not in row(page, other.slug)
    assert "No answers yet" not in text(page)  # untrue for a topic whose answers are hidden while an exam is open


def test_questions_of_an_open_exam_count_nowhere() -> None:
    first = factories.scored(factories.handed_in(4))
    Response.objects.update(first_shown=NOW)
    second = factories.scored(factories.handed_in(4, first.candidate))
    Response.objects.update(first_shown=NOW)
    third = factories.attempt(first.candidate, seed="third")

    def topics(*attempts: Attempt) -> set[str]:
        return set(
            Topic.objects.filter(questions__revisions__responses__attempt__in=attempts).values_list("slug", flat=True)
        )

    shared, others = topics(first, second) & topics(third), topics(first, second) - topics(third)
    page = browser(first.candidate).get(PLAN)
    assert shared
    assert [slug for slug in shared if "right" in row(page, slug)] == []
    assert [slug for slug in others if "right" not in row(page, slug)] == []


@pytest.mark.slow
def test_practice_starts_from_a_topic_also_for_a_newcomer(client: Client, settings: Any) -> None:
    factories.small_blueprint(code="BIG", exams=4)
    page = client.get(PLAN)
    (form,) = [form for form in forms(page).values() if ("topic", "big-1-2") in form.fields]
    response = client.post(form.action, form.data())
    attempt = Attempt.objects.get()
    assert response["Location"] == reverse("attempt", args=[attempt.uuid])
    assert set(attempt.responses.values_list("revision__question__topic__slug", flat=True)) == {"big-1-2"}


def test_the_chosen_week_is_open(client: Client) -> None:
    opened = re.compile(r'id="week-(\d)" open')
    for query, week in (({}, "1"), ({"week": "2"}, "2"), ({"week": "9"}, "1"), ({"week": "x"}, "1")):
        assert opened.findall(client.get(PLAN, query).content.decode()) == [week]


def test_all_done(client: Client) -> None:
    sitter = factories.candidate()
    TopicMark.objects.bulk_create(
        TopicMark(candidate=sitter, topic=topic, done_at=NOW) for topic in Topic.objects.all()
    )
    assert "All topics are worked through." in text(browser(sitter).get(PLAN))


def test_a_claim_keeps_what_either_has_marked() -> None:
    guest, owner = factories.candidate(), factories.candidate(factories.user())
    one, two, three = Topic.objects.order_by("pk")[:3]
    later = NOW + timedelta(days=1)
    TopicMark.objects.create(candidate=guest, topic=one, done_at=NOW)
    TopicMark.objects.create(candidate=guest, topic=two, read_at=NOW, done_at=later)
    TopicMark.objects.create(candidate=owner, topic=two, done_at=NOW)
    TopicMark.objects.create(candidate=owner, topic=three, read_at=NOW)
    candidates.claim(owner.user, guest)
    rows = TopicMark.objects.order_by("topic_id").values_list("candidate", "topic", "read_at", "done_at")
    assert list(rows) == [
        (owner.pk, one.pk, None, NOW),
        (owner.pk, two.pk, NOW, NOW),
        (owner.pk, three.pk, NOW, None),
    ]


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    attempt = factories.scored(factories.handed_in(4))
    Response.objects.filter(attempt=attempt).update(first_shown=NOW)
    client = browser(attempt.candidate)
    client.get(PLAN)  # the pool is read once
    with django_assert_num_queries(17):
        client.get(PLAN)
    TopicMark.objects.bulk_create(
        TopicMark(candidate=attempt.candidate, topic=topic, done_at=NOW) for topic in Topic.objects.all()[:9]
    )
    with django_assert_num_queries(17):
        client.get(PLAN)


def test_answers_make_a_topic_done_and_a_missed_question_brings_it_back() -> None:
    blueprint = large_exam()
    candidate = factories.candidate()
    for number in range(3):
        quiz(candidate, blueprint, number, days_ago=9 - number, right=True)
    client = browser(candidate)
    page = client.get(f"{PLAN}?exam=LARGE")
    assert "1 of 48 topics of Small practiced, 1 worked through." in text(page)
    assert "✓ Topic 1.1 1 Worked through by your answers" in row(page, "large-1-1")
    study_marks.set_mark(candidate, Topic.objects.get(slug="large-1-1"), study_marks.DONE, NOW - timedelta(days=9))
    quiz(candidate, blueprint, 0, days_ago=1, right=False)
    page = client.get(f"{PLAN}?exam=LARGE")
    assert "1 of 48 topics of Small practiced, 0 worked through." in text(page)
    assert "Came back: missed or guessed since it was worked through" in text(page)
    form = forms(page)["marks"]
    page = client.post(form.action, {**form.data(), "again": "large-1-1"}, follow=True)
    assert "1 of 48 topics of Small practiced, 1 worked through." in text(page)
    assert TopicMark.objects.get().done_at == NOW


def test_the_button_of_a_topic_gives_as_many_questions_as_it_says() -> None:
    large_exam()
    client = browser(factories.candidate())
    page = client.get(f"{PLAN}?exam=LARGE")
    assert re.findall(r">Practice (\d+)</button>", page.text) == ["4", "1", "1"]
    (form,) = [form for form in forms(page).values() if ("topic", "large-1-1") in form.fields]
    attempt_page = client.post(form.action, form.data(), follow=True)
    assert Attempt.objects.get().responses.count() == 4
    assert "Only" not in text(attempt_page)


def test_a_week_keeps_its_topics_and_the_next_one_says_what_moved() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=14), 10, NOW.date())
    client = browser(sitter)

    def week(page: Any) -> list[str]:
        return re.findall(r'<li class="plan-topic" id="([^"]+)"', page.text.split('id="week-')[1])

    first = client.get(PLAN)
    topics = week(first)
    assert len(topics) == 7, "a week without a mock exam has topics on each day"
    assert "Week 1 was planned on 1 Apr from your answers until then, and keeps its topics until a mock exam." in text(
        first
    )
    assert "From week 2 on, the plan is made again on 8 Apr, from your answers until then." in text(first)
    for place, slug in enumerate(topics[:4]):
        with time_machine.travel(NOW + timedelta(days=place), tick=False):
            press(client, "done", slug)
            page = client.get(PLAN)
            assert week(page) == topics
            assert f"Week 1 {place + 1} of 7 practiced" in text(page)
            assert "Moved from last week" not in text(page)
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        page = client.get(PLAN)
        moved = re.search(r"Moved from last week:(.*?)</p>", page.text, re.DOTALL)
        assert moved
        assert re.findall(r'href="#([^"]+)"', moved[1]) == topics[4:]
        assert {*topics[4:]} <= {*week(page)}


def test_each_topic_stands_once_and_the_numbers_of_the_weeks_are_those_of_the_rows() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=12), None, NOW.date())
    first, second, *_rest = Topic.objects.order_by("pk")
    study_marks.set_mark(sitter, first, study_marks.DONE, NOW)
    study_marks.set_mark(sitter, second, study_marks.DONE, NOW - timedelta(days=9))
    page = browser(sitter).get(PLAN)
    counts = re.findall(r"(Week 1) \d of (\d+) practiced|(Week 2|Practiced before) (\d+) (?:new )?topic", text(page))
    named = [(first or other, int(total or n)) for first, total, other, n in counts]
    assert [name for name, _n in named] == ["Week 1", "Week 2", "Practiced before"]
    rows = [len(re.findall(r'<li class="plan-topic"', part)) for part in page.text.split('class="plan-week"')[1:]]
    assert rows == [n for _name, n in named]
    assert sum(rows) == 12
    assert "Week 1 1 of" in text(page)


def test_a_topic_with_fewer_than_three_questions_says_how_many_make_it_done() -> None:
    large_exam()
    client = browser(factories.candidate())
    page = client.get(f"{PLAN}?exam=LARGE")
    assert "Only" not in row(page, "large-1-1")
    assert "Only 1 question to practice" in row(page, "large-2-1")
    assert "of a topic that has fewer questions, all are needed." in text(page)


def test_a_topic_whose_questions_were_all_asked_this_week_says_so_instead_of_a_button() -> None:
    blueprint = large_exam()
    candidate = factories.candidate()
    for number in range(4):
        quiz(candidate, blueprint, number, days_ago=1, right=True)
    topic = Topic.objects.get(slug="large-1-1")
    page = browser(candidate).get(f"{PLAN}?exam=LARGE")
    assert 'id="due-large-1-1"' not in page.text, "it waits for a question that may be asked"
    study_marks.set_goal(candidate, "LARGE", NOW.date() + timedelta(days=20), None, NOW.date())
    page = browser(candidate).get(f"{PLAN}?exam=LARGE")
    assert "Comes back" not in row(page, topic.slug), "the topics of tomorrow will not have it"


def test_with_a_date_the_plan_says_what_is_known_about_the_exam(planned_exam: Blueprint) -> None:
    notes = [{"text": "Until May candidates take the beta.", "checked": "2026-03-01"}]
    Blueprint.objects.filter(pk=planned_exam.pk).update(
        spec={**planned_exam.spec, "available_from": "2026-03-01", "notes": notes, "retired_on": None}
    )
    sitter = factories.candidate()
    assert "the beta" not in text(browser(sitter).get(PLAN))
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=5), None, NOW.date())
    assert "Until May candidates take the beta." in text(browser(sitter).get(PLAN))


def test_topics_whose_new_questions_are_in_an_open_quiz_say_so() -> None:
    """They were said to be asked, all of them, this week."""
    blueprint, sitter = large_exam(), factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), None, NOW.date())
    topic = study_records(sitter, blueprint, NOW).plan.due[0].slug
    questions = practice_pool(blueprint).questions_by_topic[topic]
    client = browser(sitter)
    assert "In your open quiz" not in row(client.get(f"{PLAN}?exam=LARGE"), f"due-{topic}")
    practice.start(sitter, blueprint, "today", questions, feedback="end", timed=False, now=NOW)
    with_quiz = row(client.get(f"{PLAN}?exam=LARGE"), f"due-{topic}")
    assert "In your open quiz" in with_quiz
    assert "All asked this week" not in with_quiz
