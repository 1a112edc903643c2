"""Test the study guide: all topics and what is read, the page of a topic, and missing pages."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Response, TopicMark
from exams.services.practice import practice, study_marks
from questions.models import Blueprint, Point, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.questions.bank_files.test_study_pages import PAGE
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(settings: Any, tmp_path: Path) -> None:
    """Store a small exam of twelve topics; the first has a study page, the second an invalid one."""
    settings.BANKS_DIR = tmp_path
    factories.small_blueprint()
    factories.change_topics("TINY", "tiny-1-2", services=("AWS Glue", "Amazon S3"))
    Point.objects.create(topic=Topic.objects.get(slug="tiny-1-1"), code="g1", text="A crawler moves no data.")
    guide = tmp_path / "tiny" / "guide"
    guide.mkdir(parents=True)
    (guide / "tiny-1-1.md").write_text(PAGE, encoding="utf-8")
    (guide / "tiny-1-2.md").write_text("# Hello", encoding="utf-8")


def test_the_guide_shows_all_topics_once_in_their_exam_domains_and_begins_with_the_first(
    client: Client, exam: None
) -> None:
    html = client.get(reverse("guide")).text
    address = reverse("guide_topic", args=["tiny-1-1"])
    assert html.count(f'href="{reverse("guide_topic", args=["tiny-2-3"])}"') == 1
    assert html.count(f'href="{address}"') == 2, "also on the button"
    assert re.search(rf'<a class="button primary" href="{address}">Begin: Topic 1.1 1</a>', html)
    assert "Week" not in html, "weeks are those of the plan, which has a date"
    assert re.search(rf'<a href="{reverse("guide")}" aria-current="page">', html)


def test_the_guide_goes_on_at_the_first_page_that_is_not_read(exam: None) -> None:
    sitter = factories.candidate()
    topics = list(Topic.objects.filter(slug__startswith="tiny-1").order_by("slug"))
    TopicMark.objects.bulk_create(TopicMark(candidate=sitter, topic=topic, read_at=NOW) for topic in topics[1:])
    TopicMark.objects.create(candidate=sitter, topic=topics[0], done_at=NOW)
    client = browser(sitter)
    page = client.get(reverse("guide"))
    assert "Read on: Topic 1.1 1" in text(page)
    assert "5 of 12 pages read" in text(page)
    assert page.text.count("✓ worked through") == 1
    TopicMark.objects.filter(topic=topics[0]).update(read_at=NOW)
    assert "Read on: Topic 2.1 1" in text(client.get(reverse("guide")))
    rest = Topic.objects.exclude(slug__startswith="tiny-1")
    TopicMark.objects.bulk_create(TopicMark(candidate=sitter, topic=topic, read_at=NOW) for topic in rest)
    assert "You have read all 12 pages." in text(client.get(reverse("guide")))


def test_a_page_that_was_read_leads_to_the_next_one(exam: None) -> None:
    client = browser(factories.candidate())
    page = client.get(reverse("guide_topic", args=["tiny-1-1"]))
    assert "topic 1 of 12" in text(page)
    form = next(form for form in forms(page).values() if form.values.get("page") == "tiny-1-2")
    answer = client.post(form.action, form.data(form.button("read")))
    assert answer["Location"] == "/guide/tiny-1-2/"
    assert "1 of 12 pages read" in text(client.get("/guide/tiny-1-1/"))
    answer = client.post(form.action, {**form.data(form.button("read")), "page": "//example.org"})
    assert answer["Location"] == "/guide/tiny-1-1/#marks"


def test_the_list_has_the_verdict_of_progress_on_each_topic_with_answers(exam: None) -> None:
    candidate, rows = factories.candidate(), list(Question.objects.filter(exam_domain__number=1).order_by("pk")[:6])
    topic = rows[0].topic
    assert topic
    Question.objects.filter(pk__in=[row.pk for row in rows[:5]]).update(topic=topic)
    raise_bank_version()
    quiz = practice.start(
        *(candidate, Blueprint.objects.current("TINY"), "quiz", [row.pk for row in rows]),
        feedback="end",
        timed=False,
        now=NOW,
    ).attempt
    quiz.responses.update(ticked=F("full") - F("key"), first_shown=NOW, saved_at=NOW)
    practice.finish(quiz, NOW)
    client = browser(candidate)
    said = text(client.get(reverse("guide")))
    assert f"{topic.title} Below the standard" in said
    assert [said.count("the standard"), said.count("Too few")] == [1, 0], "none without enough answers"
    tasks = [task for domain in client.get("/progress/").context["map"] for task in domain.tasks]
    assert {cell.slug: cell.verdict for task in tasks for cell in task.topics}[topic.slug] == "below"
    assert "the standard" not in text(Client().get(reverse("guide")))


def own_topic_page(client: Client, slug: str) -> str:
    return " ".join(client.get(reverse("guide_topic", args=[slug])).content.decode().split())


@pytest.mark.slow
def test_a_page_is_marked_as_read_and_as_done_and_comes_back(exam: None) -> None:
    client = browser(factories.candidate())
    for name, other in (("read", "unread"), ("done", "undone")):
        for button, pressed in ((name, "true"), (other, "false")):
            form = forms(client.get(reverse("guide_topic", args=["tiny-1-1"])))["marks"]
            data = {**form.data(), button: "tiny-1-1"}
            answer = client.post(form.action, data)
            assert answer["Location"] == "/guide/tiny-1-1/#marks"
            next_button = other if pressed == "true" else name
            html = own_topic_page(client, "tiny-1-1")
            assert f'name="{next_button}" value="tiny-1-1" aria-pressed="{pressed}"' in html


def test_a_topic_shows_the_own_answers_and_starts_practice(exam: None) -> None:
    attempt = factories.scored(factories.handed_in(5))
    Response.objects.filter(attempt=attempt).update(first_shown=NOW)
    slug = attempt.responses.filter(correct=True)[0].revision.question.topic.slug
    html = own_topic_page(browser(attempt.candidate), slug)
    assert re.search(r"<dt>Your answers</dt> <dd>\s*1 seen, 1 right the last time\s*</dd>", html)
    assert f'<a href="/progress/#t-{slug}">Too few answers: 1 right of 1</a>' in html
    assert "Your answers" not in own_topic_page(Client(), slug)
    assert "Mastery" not in own_topic_page(Client(), slug)
    assert '<input type="hidden" name="size" value="5">' in html
    assert "Practice this topic" in html


def test_three_answers_to_a_topic_name_a_percentage(exam: None) -> None:
    attempt = factories.scored(factories.handed_in(5))
    right = [row.revision.question for row in attempt.responses.filter(correct=True, exam_domain=1)[:3]]
    topic = right[0].topic
    Question.objects.filter(pk__in=[question.pk for question in right]).update(topic=topic)
    html = own_topic_page(browser(attempt.candidate), topic.slug)
    assert re.search(rf'<a href="/progress/#t-{topic.slug}">\w+ .*the standard</a> <br>\d+%, from \d+ to \d+%', html)


def test_a_topic_shows_its_page_its_points_and_its_neighbors(client: Client, exam: None) -> None:
    html = " ".join(client.get(reverse("guide_topic", args=["tiny-1-1"])).content.decode().split())
    assert "<h1>Topic 1.1 1</h1>" in html
    assert [
        heading
        for heading in ("What to decide", "How it works", "The exam asks", "Do not confuse", "References")
        if f"<h2>{heading}</h2>" not in html
    ] == []
    assert "<p>You decide what a crawler does.</p>" in html
    assert html.index("How it works") < html.index("<p>The default is a crawler") < html.index("Do not confuse")
    assert '<a href="https://doi.org/10.1371/journal.pone.0118432" rel="noreferrer">A paper</a>' in html
    assert "A crawler moves no data." in html
    assert re.search(r"<dd>\s*1 question\s*</dd>", html)
    assert 'rel="prev"' not in html
    assert f'href="{reverse("guide_topic", args=["tiny-1-2"])}" rel="next"' in html
    assert 'style="' not in html


def test_a_topic_without_a_valid_page_shows_its_text_in_the_syllabus(client: Client, exam: None) -> None:
    for slug in ("tiny-1-2", "tiny-1-3"):
        html = " ".join(client.get(reverse("guide_topic", args=[slug])).content.decode().split())
        assert "This topic has no study page yet." in html
    html = " ".join(client.get(reverse("guide_topic", args=["tiny-1-2"])).content.decode().split())
    address = reverse("guide_services")
    assert f'<a href="{address}#aws-glue">AWS Glue</a>, <a href="{address}#amazon-s3">Amazon S3</a>' in html


def test_neighbors_lead_from_one_exam_domain_to_the_next(client: Client, exam: None) -> None:
    html = " ".join(client.get(reverse("guide_topic", args=["tiny-1-6"])).content.decode().split())
    assert f'href="{reverse("guide_topic", args=["tiny-2-1"])}" rel="next"' in html
    html = " ".join(client.get(reverse("guide_topic", args=["tiny-2-6"])).content.decode().split())
    assert 'rel="next"' not in html


def test_an_unknown_topic_and_a_guide_without_an_exam_are_a_404(client: Client) -> None:
    assert client.get(reverse("guide_topic", args=["no-such-topic"])).status_code == 404
    assert client.get(reverse("guide")).status_code == 404


def test_the_number_of_queries_does_not_grow_with_topics(
    client: Client, exam: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(reverse("guide_topic", args=["tiny-1-1"]))  # each process reads syllabus and pool of questions once
    with django_assert_num_queries(2):
        client.get(reverse("guide"))
    for slug in ("tiny-1-1", "tiny-2-6"):
        with django_assert_num_queries(4):
            client.get(reverse("guide_topic", args=[slug]))


def test_the_number_of_queries_of_a_candidate_does_not_grow_with_attempts(
    exam: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sitter = factories.candidate()
    client = browser(sitter)
    client.get(reverse("guide"))  # each process reads the pool of questions once
    for days in (1, 2):
        attempt = factories.scored(factories.handed_in(5, sitter, now=NOW + timedelta(days=days)))
        Response.objects.filter(attempt=attempt).update(first_shown=NOW + timedelta(days=days))
        with django_assert_num_queries(18):
            client.get(reverse("guide_topic", args=["tiny-1-1"]))
        with django_assert_num_queries(11):
            client.get(reverse("guide"))


def test_a_topic_of_an_exam_that_is_not_chosen_leads_to_the_guide_of_its_exam(client: Client, exam: None) -> None:
    factories.small_blueprint(code="AAA", default=True)
    html = client.get(reverse("guide_topic", args=["tiny-2-1"])).text
    assert f'href="{reverse("guide")}?exam=TINY#domain-2"' in html
    html = client.get(reverse("guide_topic", args=["aaa-2-1"])).text
    assert f'href="{reverse("guide")}#domain-2"' in html


def test_a_page_that_was_opened_from_today_leads_to_the_next_page_of_today_and_back_to_it(
    exam: None, settings: Any
) -> None:
    """'Mark as read, next topic' led on through the guide, and no link led back."""
    sitter = factories.candidate()
    client, today = browser(sitter), timezone.localdate()
    for topic in Topic.objects.filter(slug__startswith="tiny"):
        (settings.BANKS_DIR / "tiny" / "guide" / f"{topic.slug}.md").write_text(PAGE, encoding="utf-8")
    study_marks.set_goal(sitter, "TINY", today + timedelta(days=6), 20, today)
    page = client.get("/today/")
    topics = re.findall(r'href="(/guide/[^/]+/)\?from=today"', page.text.split('class="plan-today')[1])
    assert len(topics) == 3
    pages = page.text.partition("First read the 3 pages that are new to you:")[2].partition("</p>")[0]
    assert re.findall(r'href="(/guide/[^/]+/)\?from=today"', pages) == topics
    guide = client.get(reverse("guide"))
    assert f'class="button primary" href="{topics[0]}?from=today">Next page of today:' in guide.text
    page = client.get(f"{topics[0]}?from=today")
    for read, address in enumerate(topics):
        assert 'href="/today/">Back to Today</a>' in page.text
        assert 'rel="next"' not in page.text, "no second way on"
        form = next(form for form in forms(page).values() if ("page", "today") in form.fields)
        is_last = read == len(topics) - 1
        assert ("go to today's questions" if is_last else "next of today: Topic") in form.buttons[0].text
        page = client.post(form.action, {**form.data(), "read": address.split("/")[2]}, follow=True)
        (step,) = page.redirect_chain
        assert step == (("/today/", 303) if is_last else (f"{topics[read + 1]}?from=today", 303))
    assert "First read" not in text(page)
    assert "Read on: Topic" in text(client.get(reverse("guide"))), "those of today are read"
    page = client.get(f"{topics[0]}?from=today")
    assert 'class="button primary" href="/today/">Go to today\'s questions</a>' in page.text
    marks = forms(page)["marks"]
    page = client.post(marks.action, {**marks.data(), "unread": topics[0].split("/")[2]}, follow=True)
    assert page.redirect_chain == [(f"{topics[0]}?from=today#marks", 303)]
    assert "Back to Today" not in client.get(topics[0]).text


def test_a_session_has_as_many_questions_after_its_pages_are_read_and_the_guide_offers_no_other_page_of_today() -> None:
    """Twelve questions and two pages became sixteen questions and a third page."""
    factories.small_blueprint(code="LARGE", exams=9, default=True)
    sitter, today = factories.candidate(), timezone.localdate()
    client = browser(sitter)
    study_marks.set_goal(sitter, "LARGE", today + timedelta(days=20), None, today)
    step = client.get("/today/").context["step"]
    assert 0 < len(step.to_read) < len(step.of_day)
    guide = reverse("guide")
    for entry in step.to_read:
        assert f"Next page of today: {entry.title}" in text(client.get(guide))
        study_marks.set_mark(sitter, Topic.objects.get(slug=entry.slug), study_marks.READ, timezone.now())
    later = client.get("/today/").context["step"]
    assert (len(later.session.questions), later.to_read) == (len(step.session.questions), ())
    assert "Next page of today" not in text(client.get(guide))
    page = client.get(reverse("guide_topic", args=[step.to_read[-1].slug]), {"from": "today"})
    assert page.context["next_today"] is None
    assert 'class="button primary" href="/today/">Go to today\'s questions</a>' in page.text
