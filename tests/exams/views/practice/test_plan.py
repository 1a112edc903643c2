"""Test the page of the plan: marks by POST only, guests who begin with it, the target date, and what bad input gets."""

import random
import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response, TopicMark
from exams.services.people import candidates
from exams.services.practice import practice, selection, study_marks
from exams.services.practice.filters import Filters
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from questions.models import Blueprint, PlanPart, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW
from tests.html_forms import forms
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
PLAN, MARK = "/plan/", "/plan/mark/"


@pytest.fixture(autouse=True)
def exam(settings: Any) -> Blueprint:
    blueprint = factories.small_blueprint()
    PlanPart.objects.create(exam="TINY", ordinal=1, weeks=[1, 2], focus="First things first")
    for week in (1, 2):
        slugs = Topic.objects.filter(slug__startswith=f"tiny-{week}").values_list("slug", flat=True)
        factories.change_topics("TINY", *slugs, weeks=(week,))
    return blueprint


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def row(response: Any, place: str) -> str:
    """Return the text of one row of the plan."""
    match = re.search(rf'<li class="plan-topic" id="{place}">(.*?)</li>', response.content.decode(), re.DOTALL)
    assert match is not None, place
    return " ".join(re.sub(r"<[^>]+>", " ", match[1]).split())


def press(client: Client, name: str, slug: str, **fields: str) -> Any:
    """Press a button of the plan as a browser does, and follow."""
    form = forms(client.get(PLAN))["marks"]
    return client.post(form.action, {**form.data(), name: slug, **fields}, follow=True)


def test_a_newcomer_sees_the_plan_and_a_get_creates_nobody(client: Client) -> None:
    page = client.get(PLAN)
    assert "0 of 12 topics of Small practiced, 0 done." in text(page)
    assert "Next" in text(page)
    assert 'id="due-tiny-1-3"' in page.content.decode()
    assert 'id="due-tiny-1-4"' not in page.content.decode()
    assert "Week 2 0 of 6 done" in text(page)
    assert client.get(MARK).status_code == 405
    assert not Candidate.objects.exists()


def test_a_tick_makes_a_newcomer_a_guest_and_a_second_click_the_same_one(client: Client) -> None:
    form = forms(client.get(PLAN))["marks"]
    fields = {**form.data(), "done": "tiny-1-1"}
    page = client.post(form.action, fields, follow=True)
    assert page.redirect_chain == [("/plan/?week=1#tiny-1-1", 303)]
    assert "1 of 12 topics of Small practiced, 1 done." in text(page)
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


@pytest.mark.parametrize("typed", ["0", "15", "-10", "many", "10" * 50])
def test_another_number_of_questions_a_day_is_refused(typed: str) -> None:
    response = browser(factories.candidate()).post(PLAN, {"daily_questions": typed})
    assert response.status_code == 400
    assert "Choose 10, 20 or 40 questions a day, or no goal." in text(response)


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
    assert "All topics are done." in text(browser(sitter).get(PLAN))


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


def large_exam() -> Blueprint:
    """Return an exam with questions beyond the reserve, of which one topic has four."""
    blueprint = factories.small_blueprint(code="LARGE", exams=4)
    topic = Topic.objects.get(slug="large-1-1")
    first = Question.objects.filter(topic__slug__startswith="large-1-").order_by("pk")[:4]
    Question.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(topic=topic)
    raise_bank_version()
    return blueprint


def quiz(candidate: Candidate, blueprint: Blueprint, number: int, days_ago: int, *, right: bool) -> None:
    """Answer one question of the topic large-1-1."""
    question, now = (
        Question.objects.filter(topic__slug="large-1-1").order_by("pk")[number],
        NOW - timedelta(days=days_ago),
    )
    attempt = practice.start(candidate, blueprint, "quiz", [question.pk], feedback="end", timed=False, now=now).attempt
    row = attempt.responses.get()
    wrong = next(1 << bit for bit in row.bits if not row.key >> bit & 1)
    attempt.responses.update(ticked=row.key if right else wrong, first_shown=now, saved_at=now)
    practice.finish(attempt, now)


def test_answers_make_a_topic_done_and_a_missed_question_brings_it_back() -> None:
    blueprint = large_exam()
    candidate = factories.candidate()
    for number in range(3):
        quiz(candidate, blueprint, number, days_ago=9 - number, right=True)
    client = browser(candidate)
    page = client.get(f"{PLAN}?exam=LARGE")
    assert "1 of 48 topics of Small practiced, 1 done." in text(page)
    assert "✓ Topic 1.1 1 Done by your answers" in row(page, "large-1-1")
    study_marks.set_mark(candidate, Topic.objects.get(slug="large-1-1"), study_marks.DONE, NOW - timedelta(days=9))
    quiz(candidate, blueprint, 0, days_ago=1, right=False)
    page = client.get(f"{PLAN}?exam=LARGE")
    assert "1 of 48 topics of Small practiced, 0 done." in text(page)
    assert "Came back: missed or guessed since it was done" in text(page)
    form = forms(page)["marks"]
    page = client.post(form.action, {**form.data(), "again": "large-1-1"}, follow=True)
    assert "1 of 48 topics of Small practiced, 1 done." in text(page)
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
        r" moves? to the next one\. New questions last until about",
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
    assert (
        "At 20 questions a day you reach all 12 topics , the last one on 4 Apr. New questions last until about" in page
    )
    assert "Not before the exam" not in page


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
        assert ", done" not in text(response)
        assert 'class="done"' not in response.text


def test_minutes_are_those_of_the_exam_until_enough_answers_in_practice_are_timed() -> None:
    """45 seconds a question were said of an exam with two minutes, in which its explanation is read as well."""
    blueprint = factories.small_blueprint(code="LARGE", exams=9, default=True)
    exam = blueprint.exam
    pace, sitter = 60 * exam.minutes / exam.questions, factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=60), 40, NOW.date())
    client = browser(sitter)

    def said() -> tuple[float, int]:
        """Return the minutes that Today says for a question, and the plan for 40 a day without their pages."""
        today, plan = text(client.get(reverse("today"))), text(client.get(PLAN))
        [(n, minutes)] = re.findall(r"(\d+) questions: .* read, (\d+) for the questions\.", today)
        [(topics, a_day)] = re.findall(r"40: (\d+) new topics, (\d+) minutes", plan)
        return int(minutes) / int(n), int(a_day) - 3 * int(topics)

    in_exam = said()
    assert in_exam == (pytest.approx(pace / 60, abs=0.03), pytest.approx(40 * pace / 60, abs=2.5))
    asked = sorted(practice_pool(blueprint).items)[:30]
    timed = practice.start(sitter, blueprint, "quiz", asked, feedback="end", timed=False, now=NOW).attempt
    timed.responses.update(ticked=F("key"), first_shown=NOW, saved_at=NOW, seconds=2 * pace)
    timed.responses.filter(position=1).update(seconds=0)
    practice.finish(timed, NOW)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert said() == in_exam, "29 are timed"
    timed.responses.filter(position=1).update(seconds=1)
    raise_bank_version()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert said() == (pytest.approx(pace / 30, abs=0.03), pytest.approx(40 * pace / 30, abs=2.5))
    timed.responses.update(seconds=1)
    raise_bank_version()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert said() == (pytest.approx(pace / 120, abs=0.03), pytest.approx(40 * pace / 120, abs=2.5))


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


def test_no_more_mock_exams_are_promised_than_are_new() -> None:
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=80), None, NOW.date())
    page = text(browser(sitter).get(PLAN))
    assert "80 days left. 2 mock exams." in page
    assert "2 mock exams are planned and kept unused. There would be time for 10 more:" in page
    assert "Week 12 repetition 13 Jun to 19 Jun mock exams: 15 Jun, 18 Jun" in page
    assert len(re.findall(r"mock exams?: \d", page)) == 1, "those of the last week"


def test_the_plan_says_when_practice_has_used_up_new_questions_and_what_it_does_then() -> None:
    """Practice takes 14 new questions of 20 a day, and leaves those of two mock exams."""
    blueprint = factories.small_blueprint(code="LARGE", exams=10, default=True)
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), 20, NOW.date())
    said = []
    for number in range(11):
        now = NOW + timedelta(days=number)
        with time_machine.travel(now, tick=False):
            page = text(browser(sitter).get(PLAN))
            said += re.findall(r"New questions (?:last|are).*?you read the page\.", page) or [""]
            records = study_records(sitter, blueprint, now)
            asked = selection.select(records, Filters(size=20), seed="x", today=True).questions
            assert ("New questions are used up." in page) == (records.newest.keys() >= {*asked}), number
            taken = practice.start(sitter, blueprint, "today", asked, feedback="end", timed=False, now=now).attempt
            taken.responses.update(ticked=F("key"), first_shown=now, saved_at=now)
            practice.finish(taken, now)
    then = "Today repeats what you missed and what you knew; of a topic that has nothing to repeat, you read the page."
    assert re.fullmatch(rf"New questions last until about \d+ Apr\. After that, {then}", said[0])
    days = [int(day) for sentence in said for day in re.findall(r"about (\d+) Apr", sentence)]
    assert max(days) - min(days) <= 2, "it was foretold from the first day on"
    assert said[max(days) :] == [f"New questions are used up. Now {then}"] * (len(said) - max(days))


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


def test_with_a_date_the_plan_says_what_is_known_about_the_exam(exam: Blueprint) -> None:
    notes = [{"text": "Until May candidates take the beta.", "checked": "2026-03-01"}]
    Blueprint.objects.filter(pk=exam.pk).update(
        spec={**exam.spec, "available_from": "2026-03-01", "notes": notes, "retired_on": None}
    )
    sitter = factories.candidate()
    assert "the beta" not in text(browser(sitter).get(PLAN))
    study_marks.set_goal(sitter, "TINY", NOW.date() + timedelta(days=5), None, NOW.date())
    assert "Until May candidates take the beta." in text(browser(sitter).get(PLAN))


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


def test_below_when_all_topics_are_reached_stands_when_new_questions_end() -> None:
    """'You reach all 117 topics, the last one on 21 Dec' did not say that they would be repeated from 6 Dec on."""
    factories.small_blueprint(code="LARGE", exams=4, default=True)
    sitter = factories.candidate()
    study_marks.set_goal(sitter, "LARGE", NOW.date() + timedelta(days=20), 20, NOW.date())
    page = text(browser(sitter).get(PLAN))
    assert re.search(
        r"you reach all 48 topics , the last one on \d\d Apr ?\. New questions last until about \d+ Apr\. After that,",
        page,
    )


def test_topics_that_were_missed_in_the_newest_mock_exam_come_first_and_say_so(exam: Blueprint) -> None:
    candidate = factories.scored(factories.handed_in(0, blueprint=exam, now=NOW - timedelta(days=1))).candidate
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
