"""Test the page at the end of a practice."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client

from exams.models import Attempt
from exams.services.attempt import ending
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_marks import DONE, set_goal, set_mark
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


@pytest.mark.parametrize(("feedback", "main"), [("each", "Start 4 questions"), ("end", "Review the one you missed")])
def test_where_each_solution_was_shown_the_next_step_is_the_main_button_and_the_review_a_link(
    blueprint: Blueprint, feedback: str, main: str
) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="1", feedback=feedback)
    attempt = Attempt.objects.get()
    wrong = attempt.responses.get()
    attempt.responses.update(ticked=wrong.full ^ wrong.key, first_shown=NOW, saved_at=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=5))
    html = " ".join(client.get(f"/attempts/{attempt.uuid}/", follow=True).text.split())
    assert re.findall(r'class="button primary"[^>]*>([^<]+)<', html) == [main]
    assert "Review the one you missed</a>" in html


@pytest.mark.slow
def test_a_question_that_was_withdrawn_is_not_missed_and_leaves_the_end_readable(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="2")
    attempt = Attempt.objects.get()
    for response in attempt.responses.all():
        attempt.responses.filter(pk=response.pk).update(first_shown=NOW, ticked=response.full ^ response.key)
    ending.finish(attempt, NOW + timedelta(minutes=30))
    withdrawn = attempt.responses.earliest("position")
    attempt.responses.filter(pk=withdrawn.pk).update(withdrawn=True)
    raise_bank_version()
    assert "Review the one you missed" in text(client.get(f"/attempts/{attempt.uuid}/", follow=True))


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
    rows = re.findall(r"<tr>.*?</tr>", end.text.partition('id="answers"')[2], re.DOTALL)[1:]
    words = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert ["✓&nbsp;Right" in words[0], "✗&nbsp;Wrong" in words[1], "sure" in words[1], "Not answered" in words[2]] == [
        True
    ] * 4
    assert ["1 min 5 s" in words[0], "tomorrow" in words[1], "tomorrow" in words[0]] == [True, True, False]
    assert "1 of these comes back from tomorrow on." in text(end)
    assert "Too few answers: 0 right of 1." in text(end)
    assert "Ask the one again today" in text(end)
    assert "Only the one missed today can be asked again before 2 Apr." in text(end), "it has no other"
    assert "No question of it can be asked" not in text(end)
    (button,) = [form for form in forms(end).values() if form.buttons and "more like these" in form.buttons[0].text]
    assert " ".join(button.buttons[0].text.split()) == "1 more like these", "what was not answered"
    assert (dict(button.fields)["size"], dict(button.fields)["rested"]) == ("1", "yes")
    assert sorted(value for name, value in button.fields if name == "topic") == topics


def practiced(client: Client, hours: int, *, is_right: bool) -> Any:
    """Practice one question of the first topic and return the end."""
    client.post("/practice/start/", {"blueprint": "TINY", "topic": ["tiny-1-1"], "size": "1", "new": "yes"})
    attempt = Attempt.objects.get(status="open")
    row, at = attempt.responses.get(), NOW + timedelta(hours=hours)
    mask = row.key if is_right else row.full ^ row.key
    attempt.responses.update(ticked=mask, first_shown=at, saved_at=at)
    ending.finish(attempt, at)
    return client.get(f"/attempts/{attempt.uuid}/", follow=True)


def test_only_topics_whose_verdict_has_changed_have_moved(blueprint: Blueprint) -> None:
    first = Topic.objects.get(slug="tiny-1-1")
    Question.objects.filter(exam_domain__number=1).update(topic=first)
    raise_bank_version()
    client = browser(factories.candidate())
    for size in (1, 2):
        few = text(practiced(client, size, is_right=False))
        assert "What moved No verdict has changed by these answers." in few, "they are too few"
    moved = text(practiced(client, 3, is_right=False)).partition("What moved")[2]
    assert re.search(r"Below the standard , before: Too few answers", moved)
    assert "No verdict has changed by these answers." in text(practiced(client, 4, is_right=False))


def test_each_missed_topic_says_what_it_means_and_leads_to_its_page_and_to_a_drill(blueprint: Blueprint) -> None:
    first = Topic.objects.get(slug="tiny-1-1")
    Question.objects.filter(exam_domain__number=1).update(topic=first)  # 18 questions
    raise_bank_version()
    client = browser(factories.candidate())
    client.post("/practice/start/", {"blueprint": "TINY", "domain": ["1", "2"], "size": "8", "new": "yes"})
    attempt = Attempt.objects.get()
    wrong = attempt.responses.filter(revision__question__topic=first)[:2]
    for row in attempt.responses.all():
        mask = row.full ^ row.key if row in wrong else row.key
        attempt.responses.filter(pk=row.pk).update(ticked=mask, first_shown=NOW, saved_at=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=20))
    end = client.get(f"/attempts/{attempt.uuid}/", follow=True)
    part = end.text.partition('id="topics"')[2].partition("</section>")[0]
    assert re.findall(r'href="/guide/(tiny-[^/]+)/"', part.partition("<details")[0]) == ["tiny-1-1"]
    answered = attempt.responses.filter(revision__question__topic=first).count()
    said = " ".join(re.sub(r"<[^>]+>", " ", part).split())
    assert f"{answered - 2} of {answered} right" in said
    drills = next(form for form in forms(end).values() if form.buttons and form.buttons[0].name == "topic")
    (button,) = drills.buttons
    assert button.value == "tiny-1-1"
    client.post(drills.action, drills.data(button))
    drilled = Attempt.objects.get(status="open")
    assert f"Practice {drilled.responses.count()}:" in button.text
    assert asked(attempt).isdisjoint(asked(drilled))


def test_praise_stands_only_where_it_is_earned(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    for number in range(1, 6):
        Question.objects.filter(topic__slug=f"tiny-1-{number}").update(topic=Topic.objects.get(slug="tiny-1-1"))
    raise_bank_version()

    def end(is_right: bool, at: Any, size: str = "5") -> str:
        client.post("/practice/start/", {"blueprint": "TINY", "topic": ["tiny-1-1"], "size": size, "new": "yes"})
        attempt = Attempt.objects.get(status="open")
        for row in attempt.responses.all():
            mask = row.key if is_right else row.full ^ row.key
            attempt.responses.filter(pk=row.pk).update(ticked=mask, first_shown=at, saved_at=at)
        ending.finish(attempt, at)
        return text(client.get(f"/attempts/{attempt.uuid}/", follow=True))

    missed = end(False, NOW)
    assert ("had missed" in missed, "All right" in missed, "strong" in missed) == (False, False, False)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        recovered = end(True, NOW + timedelta(days=2))
    assert "All right, well done." in recovered
    assert "5 that you had missed before are right now." in recovered


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
    (button,) = [form for form in forms(end).values() if form.buttons and "more like these" in form.buttons[0].text]
    assert " ".join(button.buttons[0].text.split()) == "4 more like these", "six are kept for two mock exams"
    room = client.post(button.action, button.data(), follow=True)
    second = Attempt.objects.get(status="open")
    assert second.responses.count() == 4
    assert asked(first).isdisjoint(asked(second))
    assert "Only" not in text(room)


def test_a_topic_to_go_over_that_is_done_in_the_plan_says_why(blueprint: Blueprint) -> None:
    """A tick counts until a later miss, so a topic can be worked through and yet have something to go over."""
    candidate = factories.candidate()
    client = browser(candidate)
    client.post("/practice/start/", {"blueprint": "TINY", "topic": "tiny-1-1", "size": "1"})
    quiz = Attempt.objects.get()
    row = quiz.responses.get()
    quiz.responses.update(ticked=row.full ^ row.key, first_shown=NOW, saved_at=NOW)
    ending.finish(quiz, NOW + timedelta(minutes=1))
    why = "Worked through. Your tick counts until a question of it is missed after that."
    assert why not in text(client.get(f"/attempts/{quiz.uuid}/report/"))
    set_mark(candidate, Topic.objects.get(slug="tiny-1-1"), DONE, NOW + timedelta(minutes=2))
    assert why in text(client.get(f"/attempts/{quiz.uuid}/report/"))


def test_what_was_missed_here_and_others_that_are_due_are_told_apart_in_one_sentence() -> None:
    """'Ask the 4 again today' stood beside '4 more are due' and 'Repeat 4', about other questions."""
    large, candidate = factories.small_blueprint(code="LARGE", exams=9, default=True), factories.candidate()
    pool = list(practice_pool(large).items)
    set_goal(candidate, "LARGE", None, 10)
    for questions, at in ((pool[:4], NOW - timedelta(days=3)), (pool[30:40], NOW)):
        quiz = practice.start(candidate, large, "quiz", questions, feedback="end", timed=False, now=at).attempt
        rows = quiz.responses.order_by("position")
        rows.update(ticked=F("full") - F("key"), first_shown=at, saved_at=at)
        if at == NOW:
            quiz.responses.filter(position__gt=4).update(ticked=F("key"))
        practice.finish(quiz, at)
    end = browser(candidate).get(f"/attempts/{quiz.uuid}/", follow=True)
    assert "Today you can be asked again what you missed here (4), and others that are due (4)." in text(end)
    assert [form.buttons[0].text for form in forms(end).values() if ("kind", "repetition") in form.fields] == [
        "Repeat 4 others"
    ]
