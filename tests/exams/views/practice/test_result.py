"""Test the page at the end of a practice."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from exams.models import Attempt
from exams.services.attempt import ending
from questions.models import Blueprint, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.practice.starting import asked, start
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("after_the_exam")]


def test_the_end_of_a_practice_says_how_many_were_right(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint)
    attempt = Attempt.objects.get()
    for response in attempt.responses.order_by("position")[:7]:
        attempt.responses.filter(pk=response.pk).update(ticked=response.key, first_shown=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=30))
    html = " ".join(client.get(f"/attempts/{attempt.uuid}/", follow=True).content.decode().split())
    assert "7 of 7 right" in html
    assert "3 questions were not answered." in html


def test_the_end_leads_to_the_first_question_that_was_shown(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="4")
    attempt = Attempt.objects.get()
    attempt.responses.filter(position__gt=1).update(first_shown=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=30))
    html = client.get(f"/attempts/{attempt.uuid}/", follow=True).content.decode()
    (link,) = re.findall(r'href="([^"]+)">Review all<', html)
    response = client.get(link, follow=True)
    assert response.request["PATH_INFO"] == f"/attempts/{attempt.uuid}/review/2/"
    assert "is not in this review" not in response.content.decode()


@pytest.mark.slow
def test_the_end_offers_nothing_that_was_not_answered(blueprint: Blueprint) -> None:
    """A question that was only looked at is still new, not missed."""
    client = browser(factories.candidate())
    start(client, blueprint, size="4")
    first = Attempt.objects.get()
    right, wrong, *_looked_at = first.responses.order_by("position")
    first.responses.filter(pk=right.pk).update(ticked=right.key, first_shown=NOW)
    first.responses.filter(pk=wrong.pk).update(first_shown=NOW, ticked=wrong.full ^ wrong.key)
    ending.finish(first, NOW + timedelta(minutes=30))
    end = client.get(f"/attempts/{first.uuid}/", follow=True)
    (link,) = re.findall(r'href="([^"]+)">Review the one you missed<', " ".join(end.text.split()))
    review = client.get(link.replace("&amp;", "&"), follow=True)
    assert review.request["PATH_INFO"] == f"/attempts/{first.uuid}/review/2/"
    assert "1 of 1" in " ".join(review.text.split())
    (button,) = [form for form in forms(end).values() if dict(form.fields).get("state") == "wrong"]
    assert " ".join(button.buttons[0].text.split()) == "Ask the one again today"
    client.post(button.action, {**button.data(), "size": "4"})
    assert asked(Attempt.objects.get(status="open")) == {wrong.revision.question_id}


@pytest.mark.slow
def test_an_end_without_a_miss_offers_none(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="4")
    attempt = Attempt.objects.get()
    right = attempt.responses.order_by("position")[0]
    attempt.responses.filter(pk=right.pk).update(ticked=right.key, first_shown=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=30))
    assert "you missed" not in client.get(f"/attempts/{attempt.uuid}/", follow=True).text


@pytest.mark.slow
def test_the_end_offers_what_was_missed(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="4")
    first = Attempt.objects.get()
    answered = first.responses.order_by("position")[0]
    for row in first.responses.all():
        first.responses.filter(pk=row.pk).update(
            ticked=row.key if row == answered else row.full ^ row.key, first_shown=NOW
        )
    ending.finish(first, NOW + timedelta(minutes=30))
    end = client.get(f"/attempts/{first.uuid}/", follow=True)
    (button,) = [form for form in forms(end).values() if dict(form.fields).get("state") == "wrong"]
    assert " ".join(button.buttons[0].text.split()) == "Ask the 3 again today"
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        later = client.get(f"/attempts/{first.uuid}/", follow=True)
    assert "Practice the 3 you missed" in " ".join(later.text.split())
    client.post(button.action, button.data())
    assert asked(Attempt.objects.get(status="open")) == asked(first) - {answered.revision.question_id}


def test_each_question_has_its_verdict_and_more_are_about_the_same_topics(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    topics = ["tiny-1-1", "tiny-1-2", "tiny-1-3"]
    client.post("/practice/start/", {"blueprint": "TINY", "topic": topics, "size": "3"})
    attempt = Attempt.objects.get()
    right, wrong, _open = attempt.responses.order_by("position")
    answered = {"first_shown": NOW, "saved_at": NOW, "seconds": 65}
    attempt.responses.filter(pk=right.pk).update(ticked=right.key, **answered)
    attempt.responses.filter(pk=wrong.pk).update(ticked=wrong.full ^ wrong.key, confidence=3, **answered)
    ending.finish(attempt, NOW + timedelta(minutes=30))
    end = client.get(f"/attempts/{attempt.uuid}/", follow=True)
    rows = text(end).split("Comes back", 1)[1].split("Next best step")[0].split("Topic ")[1:]
    assert ["✓ Right" in rows[0], "✗ Wrong" in rows[1], "sure" in rows[1], "Not answered" in rows[2]] == [True] * 4
    (button,) = [form for form in forms(end).values() if "more like these" in form.buttons[0].text]
    assert " ".join(button.buttons[0].text.split()) == "1 more like these", "what was not answered"
    assert (dict(button.fields)["size"], dict(button.fields)["rested"]) == ("1", "yes")
    assert sorted(value for name, value in button.fields if name == "topic") == topics


def practiced(client: Client, hours: int, *, is_right: bool) -> str:
    """Practice one question of the first topic and return the part of the end about topics that moved."""
    client.post("/practice/start/", {"blueprint": "TINY", "topic": ["tiny-1-1"], "size": "1", "new": "yes"})
    attempt = Attempt.objects.get(status="open")
    row, at = attempt.responses.get(), NOW + timedelta(hours=hours)
    mask = row.key if is_right else row.full ^ row.key
    attempt.responses.update(ticked=mask, first_shown=at, saved_at=at)
    ending.finish(attempt, at)
    end = text(client.get(f"/attempts/{attempt.uuid}/", follow=True))
    return end.partition("Topics that moved")[2].partition("Next best step")[0]


def test_the_end_says_which_topics_moved_and_how_far(blueprint: Blueprint) -> None:
    first = Topic.objects.get(slug="tiny-1-1")
    others = [f"tiny-1-{number}" for number in (2, 3, 4)]
    Question.objects.filter(topic__slug__in=others).update(topic=first)  # four questions on one topic
    raise_bank_version()
    client = browser(factories.candidate())
    for number in (1, 2):
        few = practiced(client, number, is_right=False)
        assert "not enough answers yet" in few, "one answer or two say nothing"
        assert "%" not in few
    assert re.search(r"–\s+\d+%", practiced(client, 3, is_right=True)), "three are enough"
    before, now = map(int, re.findall(r"(\d+)%", practiced(client, 4, is_right=True)))
    assert now > before
    assert practiced(client, 5, is_right=True) == "", "all questions are known: it shows memory"


def test_more_like_these_gives_as_many_as_it_says_and_none_that_was_just_answered(blueprint: Blueprint) -> None:
    topic = Topic.objects.get(slug="tiny-1-1")
    Question.objects.filter(exam_domain__number=1).update(topic=topic)  # 18 questions
    raise_bank_version()
    client = browser(factories.candidate())
    start(client, blueprint, topic="tiny-1-1", size="8")
    first = Attempt.objects.get()
    first.responses.update(ticked=1, first_shown=NOW, saved_at=NOW)
    ending.finish(first, NOW + timedelta(minutes=20))
    end = client.get(f"/attempts/{first.uuid}/", follow=True)
    (button,) = [form for form in forms(end).values() if "more like these" in form.buttons[0].text]
    assert " ".join(button.buttons[0].text.split()) == "4 more like these", "six are kept for two mock exams"
    room = client.post(button.action, button.data(), follow=True)
    second = Attempt.objects.get(status="open")
    assert second.responses.count() == 4
    assert asked(first).isdisjoint(asked(second))
    assert "Only" not in text(room)


def test_of_the_topics_that_moved_those_answered_wrong_come_first_and_none_is_left_out(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    topics = [f"tiny-1-{number}" for number in range(1, 10)]
    client.post("/practice/start/", {"blueprint": "TINY", "topic": topics, "size": "9", "new": "yes"})
    attempt = Attempt.objects.get()
    wrong = attempt.responses.order_by("-position")[0]
    for row in attempt.responses.all():
        mask = row.full ^ row.key if row == wrong else row.key
        attempt.responses.filter(pk=row.pk).update(ticked=mask, first_shown=NOW, saved_at=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=30))
    moved = client.get(f"/attempts/{attempt.uuid}/", follow=True).text.partition('id="moved"')[2]
    slugs = re.findall(r'href="/guide/(tiny-[^/]+)/"', moved.partition('class="flow next-step"')[0])
    assert sorted(slugs) == topics
    assert slugs[0] == wrong.revision.question.topic.slug  # type: ignore[union-attr]
    assert "3 more topics" in " ".join(moved.split())
