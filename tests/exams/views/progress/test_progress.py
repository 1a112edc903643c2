"""Test the page of progress with no, one and several exams, with practice only, and its number of queries."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response, TopicMark
from exams.services.attempt import ending
from exams.services.attempt.answering import Sitter
from exams.services.practice import practice
from questions.models import Blueprint, Question
from questions.services import blueprints
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.other_exams import other_exam
from tests.factories import NOW, handed_in, scored
from tests.html_forms import forms
from tests.sitting import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint(settings: Any) -> Blueprint:
    return factories.small_blueprint(exams=8)


@pytest.fixture
def alice() -> Candidate:
    return factories.candidate()


def sat(alice: Candidate, blueprint: Blueprint, right: int, day: int = 0, *, repeats: bool = False) -> Attempt:
    attempt = handed_in(right, alice, blueprint, now=NOW + timedelta(days=day))
    attempt.responses.update(first_shown=attempt.started_at, repeat=repeats)
    return scored(attempt)


def page(client: Client, query: str = "") -> str:
    answer = client.get(reverse("progress") + query)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.slow
def test_without_a_session_the_page_offers_to_sign_in_and_to_try(client: Client, blueprint: Blueprint) -> None:
    html = page(client)
    assert "Sign in to see your progress." in html
    assert f"{reverse('account_login')}?next={reverse('progress')}" in html
    assert "Try 10 questions" in html


def test_without_an_answer_the_page_says_what_it_will_show(client: Client, blueprint: Blueprint) -> None:
    client.force_login(factories.user())
    html = page(client)
    assert "No answers yet." in html
    assert f'{reverse("practice")}?exam=TINY">Try 10 questions' in html
    assert '<svg class="chart' not in html  # no empty charts


@pytest.mark.slow
def test_one_exam_shows_a_dot_a_prediction_and_the_topics(alice: Candidate, blueprint: Blueprint) -> None:
    attempt = sat(alice, blueprint, right=3)
    html = page(browser(alice))
    assert "judging by one exam with new questions." in html
    assert html.count('class="dot" cx="50.0%"') == 1
    assert "From the second exam on" in html
    assert 'class="link"' not in html
    slug = attempt.responses.filter(correct=False)[0].revision.question.topic.slug  # type: ignore[union-attr]
    assert f'href="#t-{slug}"' in html
    assert f'id="t-{slug}"' in html
    assert "Too few answers: 0 right of 1." in html
    assert html.count('href="#t-') == Question.objects.count()  # a topic each
    assert f"{reverse('method')}?exam=TINY#mastery" in html


@pytest.mark.slow
def test_the_trend_has_words_under_each_pair_and_leaves_out_repeats(alice: Candidate, blueprint: Blueprint) -> None:
    for day, right in enumerate((0, 4, 4)):
        sat(alice, blueprint, right, day)
    sat(alice, blueprint, 4, 3, repeats=True)
    html = page(browser(alice))
    chart = html[html.index("<figure") : html.index("</figure>")]
    assert chart.count('class="link"') == 2
    assert chart.count('<circle class="dot"') == 3
    assert chart.count('<circle class="repeat"') == 1
    assert chart.count("more than chance</tspan>") == 1
    assert chart.count("within chance</tspan>") == 1
    assert "left out of the line" in chart
    assert "judging by your last 3 exams with new questions. The last of them was on 3 April 2026" in html
    table = html[html.index("<tbody") : html.index("</tbody>")]
    assert "+900</span>, more than chance" in table
    assert "4 repeats" in table


def test_two_answers_to_a_topic_are_too_few_for_a_verdict(alice: Candidate, blueprint: Blueprint) -> None:
    questions = list(Question.objects.filter(collection="tiny").order_by("pk"))[:2]
    Question.objects.filter(pk__in=[row.pk for row in questions]).update(topic=questions[0].topic)
    items = [row.pk for row in questions]
    quiz = practice.start(alice, blueprint, "quiz", items, feedback="end", timed=False, now=NOW).attempt
    quiz.responses.update(ticked=F("key"), first_shown=NOW, saved_at=NOW, correct=True)
    ending.finish(quiz, NOW + timedelta(minutes=5))
    (row,) = re.findall(rf'<tr id="t-{questions[0].topic.slug}">.*?</tr>', page(browser(alice)))  # type: ignore[union-attr]
    assert "<td>Too few answers</td><td></td>" in row
    assert "2 / 2" in row


def test_a_topic_that_is_done_does_not_say_that_it_was_not_seen(alice: Candidate, blueprint: Blueprint) -> None:
    """'Done' stood in one line with a verdict that told nothing."""
    questions = list(Question.objects.filter(collection="tiny").order_by("pk"))
    answered(alice, blueprint, [questions[0].pk], NOW, is_right=True)
    topic = questions[-1].topic
    assert topic
    TopicMark.objects.create(candidate=alice, topic=topic, done_at=NOW + timedelta(minutes=9))
    client = browser(alice)
    html, guide = page(client), client.get(reverse("guide")).text
    (row,) = re.findall(rf'<tr id="t-{topic.slug}">.*?</tr>', html)
    (bubble,) = re.findall(rf'href="#t-{topic.slug}" title="([^"]*)"', html)
    entry = guide[guide.rindex(f"/guide/{topic.slug}/") :].split("</li>")[0]
    for shown, words in ((row, "Worked through"), (bubble, "Worked through"), (entry, "✓ worked through")):
        assert words in shown
        assert "Not seen yet" not in shown


def test_all_that_is_below_the_standard_comes_first_and_what_was_new_has_not_moved(
    alice: Candidate, blueprint: Blueprint
) -> None:
    """Two topics below the standard were not among the six that are weak, and an exam domain in no list."""
    rows = list(Question.objects.filter(collection="tiny", exam_domain__number=1).order_by("pk"))[:14]
    low, near = rows[0].topic, rows[-1].topic
    assert low
    Question.objects.filter(pk__in=[row.pk for row in rows[:3]]).update(topic=low)
    Question.objects.filter(pk__in=[row.pk for row in rows[3:]]).update(topic=near)
    raise_bank_version()
    keys = [row.pk for row in rows]
    answered(alice, blueprint, keys[3:7], NOW, is_right=False)
    answered(alice, blueprint, keys[7:], NOW + timedelta(minutes=9), is_right=True)
    later = NOW + timedelta(days=8)
    answered(alice, blueprint, keys[:3], later, is_right=False)
    with time_machine.travel(later, tick=False):
        html = page(browser(alice))
    weak = html.partition('id="weak"')[2].partition("</section>")[0]
    assert re.search(r"<b>First things</b>: the exam domain is below the\s+standard", weak)
    assert f'href="/guide/{low.slug}/"' in weak
    assert "Only the 3 missed today can be asked again before 10 Apr." in " ".join(weak.split())
    changed = " ".join(re.sub("<[^>]+>", " ", html.partition('id="changed"')[2].partition("</section>")[0]).split())
    assert "Exam domain First things: Below the standard , before: Near the standard" in changed
    assert f"{low.title} :" not in changed, "it was new"
    assert "Not seen yet" not in changed


@pytest.mark.parametrize(("right", "words"), [(4, "Likely to pass."), (0, "Not there yet.")])
def test_the_page_begins_with_whether_one_is_ready(
    alice: Candidate, blueprint: Blueprint, right: int, words: str
) -> None:
    for day in range(3):
        sat(alice, blueprint, right, day)
    html = page(browser(alice))
    assert words in html.partition('id="ready"')[2].partition("</section>")[0]
    assert html.index('id="ready"') < html.index('id="weak"') < html.index('id="changed"') < html.index('id="map"')


def answered(alice: Candidate, blueprint: Blueprint, questions: list[int], at: datetime, *, is_right: bool) -> None:
    quiz = practice.start(alice, blueprint, "quiz", questions, feedback="end", timed=False, now=at).attempt
    for row in quiz.responses.all():
        mask = row.key if is_right else row.full ^ row.key
        quiz.responses.filter(pk=row.pk).update(ticked=mask, first_shown=at, saved_at=at)
    practice.finish(quiz, at)


def test_the_page_says_what_has_changed_in_a_week_and_only_verdicts_that_have(
    alice: Candidate, blueprint: Blueprint
) -> None:
    questions = list(Question.objects.filter(collection="tiny").order_by("pk")[:12])
    first, second = questions[0].topic, questions[6].topic
    Question.objects.filter(pk__in=[row.pk for row in questions[:6]]).update(topic=first)
    Question.objects.filter(pk__in=[row.pk for row in questions[6:]]).update(topic=second)
    raise_bank_version()
    keys = [row.pk for row in questions]
    answered(alice, blueprint, keys[:3], NOW, is_right=False)
    answered(alice, blueprint, keys[6:8], NOW, is_right=True)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert "This is your first week." in page(browser(alice))
    later = NOW + timedelta(days=9)
    answered(alice, blueprint, keys[8:11], later, is_right=False)
    with time_machine.travel(later + timedelta(hours=1), tick=False):
        html = page(browser(alice))
    changed = html.partition('id="changed"')[2].partition("</section>")[0]
    said = " ".join(re.sub(r"<[^>]+>", " ", changed).split())
    assert "3 questions answered, 0 right. The week before: 5 answered, 2 right." in said
    assert re.findall(r'href="/guide/([^/]+)/"', changed) == [second.slug], "the other stands where it stood"  # type: ignore[union-attr]
    weak = html.partition('id="weak"')[2].partition("</section>")[0]
    assert first
    assert f'href="/guide/{first.slug}/"' in weak
    assert f'name="topic" value="{first.slug}">Practice ' in weak
    with time_machine.travel(later + timedelta(days=30), tick=False):
        assert "You answered nothing in the last 7 days." in page(browser(alice))


def test_the_chance_says_that_practice_does_not_move_it_and_what_practice_has_moved(
    alice: Candidate, blueprint: Blueprint
) -> None:
    """After two days of practice the figure was what it was, without a word."""
    exam = sat(alice, blueprint, right=3)
    asked = exam.responses.values_list("revision__question", flat=True)
    others = list(Question.objects.filter(collection="tiny").exclude(pk__in=list(asked)).order_by("pk")[:12])
    low, high = others[0].topic, others[-1].topic
    assert low
    assert high
    Question.objects.filter(pk__in=[row.pk for row in others[:3]]).update(topic=low)
    Question.objects.filter(pk__in=[row.pk for row in others[3:]]).update(topic=high)
    raise_bank_version()
    answered(alice, blueprint, [others[3].pk], NOW - timedelta(days=1), is_right=False)

    def ready(at: datetime) -> str:
        with time_machine.travel(at, tick=False):
            part = page(browser(alice)).partition('id="ready"')[2].partition("</section>")[0]
        return " ".join(re.sub(r"<[^>]+>", " ", part).split())

    says = "This figure comes from your exams alone. Practice changes your topics; your next exam changes this figure."
    assert says in ready(NOW)
    assert "Since your last exam" not in ready(NOW)
    answered(alice, blueprint, [row.pk for row in others[:3]], NOW + timedelta(days=1), is_right=True)
    found = ready(NOW + timedelta(days=2))
    assert "Since your last exam you have practiced 3 questions: no topic has gone up yet." in found
    answered(alice, blueprint, [row.pk for row in others[4:]], NOW + timedelta(days=2), is_right=True)
    found = ready(NOW + timedelta(days=3))
    assert f"you have practiced 11 questions, and 1 of your topics went up: {high.title} ." in found
    sat(alice, blueprint, right=3, day=4)
    assert "Since your last exam" not in ready(NOW + timedelta(days=5))


@pytest.mark.slow
def test_exams_of_repeats_alone_predict_nothing(alice: Candidate, blueprint: Blueprint) -> None:
    sat(alice, blueprint, 4, repeats=True)
    assert "There is no prediction yet" in page(browser(alice))


def test_without_a_prediction_the_page_says_what_the_last_exam_lacked_and_nothing_else(
    alice: Candidate, blueprint: Blueprint
) -> None:
    """An exam of new questions that was rushed was told that it needs new questions."""
    needs = {
        "new": "at least nine tenths of the questions are new to you",
        "answered": "at least three quarters of the questions are answered",
        "read": "not answered faster than its questions can be read",
    }

    def says() -> set[str]:
        html = page(browser(alice))
        assert "There is no prediction yet" in html
        return {need for need, words in needs.items() if words in html}

    exam = sat(alice, blueprint, 4, repeats=True)
    assert says() == {"new"}
    Attempt.objects.filter(pk=exam.pk).update(submitted_at=exam.started_at + timedelta(seconds=20))
    assert says() == {"new", "read"}
    rushed = sat(alice, blueprint, 4, day=1)
    Attempt.objects.filter(pk=rushed.pk).update(submitted_at=rushed.started_at + timedelta(seconds=20))
    assert says() == {"read"}
    left_open = handed_in(1, alice, blueprint, now=NOW + timedelta(days=2))
    left_open.responses.filter(correct=False).update(ticked=0)
    left_open.responses.update(first_shown=left_open.started_at)
    scored(left_open)
    assert says() == {"answered"}


@pytest.mark.slow
def test_practice_alone_shows_the_topics_and_offers_an_exam(alice: Candidate, blueprint: Blueprint) -> None:
    questions = list(Question.objects.values_list("pk", flat=True)[:3])
    attempt = practice.start(alice, blueprint, "quiz", questions, feedback="end", timed=False, now=NOW).attempt
    factories.tick(attempt, 3)
    attempt.responses.update(first_shown=NOW)
    ending.finish(attempt, NOW + timedelta(minutes=5))
    html = page(browser(alice))
    assert "You have practiced, but no exam has a score yet." in html
    assert "Based on your first answers to 3 questions" in html
    assert 'id="pace"' not in html


@pytest.mark.slow
def test_a_topic_is_practiced_from_its_row(alice: Candidate, blueprint: Blueprint) -> None:
    attempt = sat(alice, blueprint, right=3)
    topic = attempt.responses.filter(correct=False)[0].revision.question.topic
    assert topic is not None
    client = browser(alice)
    answer = client.get(reverse("progress"))
    form = forms(answer)["practice-topic"]
    started = client.post(form.action, form.data(form.button("topic", topic.slug)), follow=True)
    assert started.status_code == 200
    asked = Attempt.objects.get(mode="practice").responses.values_list("revision__question__topic", flat=True)
    assert set(asked) == {topic.pk}


@pytest.mark.slow
def test_the_page_is_about_the_chosen_exam_and_links_to_those_off_the_start_page(
    alice: Candidate, blueprint: Blueprint
) -> None:
    sat(alice, blueprint, right=3)
    quiz = other_exam("QUIZ", "My own quiz")
    sat(alice, quiz, right=1, day=1)
    assert "This page is about" not in page(browser(alice)), "the header leads to the quiz"
    blueprints.offer(quiz, on=False)
    html = page(browser(alice))
    assert "This page is about Small." in html
    assert 'href="?exam=QUIZ"' in html
    html = page(browser(alice), "?exam=QUIZ")
    assert "This page is about My own quiz." in html
    assert 'href="?exam=TINY"' in html
    assert browser(alice).get(reverse("progress") + "?exam=NOPE").status_code == 404


@pytest.mark.slow
def test_exams_of_others_are_not_counted(alice: Candidate, blueprint: Blueprint) -> None:
    sat(factories.candidate(), blueprint, right=4)
    sat(alice, blueprint, right=1)
    assert "Score of 1 exam" in page(browser(alice))


@pytest.mark.slow
def test_confidence_shows_misconceptions_and_starts_practice_of_them(alice: Candidate, blueprint: Blueprint) -> None:
    assert "Practice asks how sure you are" not in page(browser(alice))
    questions = list(Question.objects.filter(code__in=["tiny-d1-001", "tiny-d1-002"]).values_list("pk", flat=True))
    attempt = practice.start(alice, blueprint, "quiz", questions, feedback="each", timed=False, now=NOW).attempt
    factories.tick(attempt, 1)
    for row in attempt.responses.all():
        sure = Response.Confidence.GUESS if row.correct else Response.Confidence.SURE
        checks = {row.position: practice.Check(row.ticked, sure)}
        practice.reveal(attempt.uuid, Sitter(alice.pk, alice.epoch), checks, NOW + timedelta(minutes=1))
    practice.finish(attempt, NOW + timedelta(minutes=2))
    client = browser(alice)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        html = page(client)
        assert 'name="state"' not in html, "they come back tomorrow"
        assert "1 of them was asked today and comes back from tomorrow on." in html
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        html = page(client)
    assert "1 answer was right although you guessed." in html
    assert "1 answer was wrong although you were sure." in html
    assert "asked today" not in html
    assert '<input type="hidden" name="state" value="unsure">' in html
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        found = forms(client.get("/progress/")).values()
        (form,) = [form for form in found if ("state", "sure-wrong") in form.fields]
        client.post(form.action, form.data())
    quiz = Attempt.objects.get(candidate=alice, mode="practice", status="open")
    wrong = attempt.responses.get(correct=False)
    assert [row.revision.question_id for row in quiz.responses.all()] == [wrong.revision.question_id], "and none else"
    assert quiz.title == "Sure but wrong, 1 question"


@pytest.mark.slow
def test_after_thirty_predictions_the_page_shows_how_they_came_true(alice: Candidate, blueprint: Blueprint) -> None:
    for number in range(30):
        sat(alice if number == 0 else factories.candidate(), blueprint, 4 * (number % 3 > 0))
    Attempt.objects.update(predicted=0.6)
    html = page(browser(alice))
    record = html[html.index('id="record"') :]
    assert '60–80%</th> <td class="n">30</td> <td class="n">18.0</td> <td class="n">20</td>' in record


@pytest.mark.slow
@pytest.mark.parametrize(("exams", "bank"), [(1, 3), (6, 8)])
def test_the_page_takes_a_constant_number_of_queries(
    alice: Candidate, settings: Any, exams: int, bank: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    blueprint = factories.small_blueprint(exams=bank)
    for day in range(exams):
        sat(alice, blueprint, day % 5, day)
    client = browser(alice)
    page(client)
    with django_assert_num_queries(22):
        page(client)
    factories.attempt(alice, blueprint, now=timezone.now())
    with django_assert_num_queries(29):  # and the questions in the open exam and their enemies; responses
        page(client)


@pytest.mark.slow
def test_topics_practiced_for_another_exam_are_shown_as_a_hint(alice: Candidate, settings: Any, tmp_path: Path) -> None:
    settings.BANKS_DIR = tmp_path
    for code in ("ONE", "TWO"):
        factories.one_form_blueprint(code)
    client = browser(alice)
    assert "What you bring along" not in page(client, "?exam=TWO")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "overlap.yaml").write_text(
        "points:\n  - {point: p1, topic: two-1-1, strength: partly, overlaps: [one-1-1, one-1-2]}\n"
    )
    assert "What you bring along" not in page(client, "?exam=TWO"), "nothing was practiced there"
    attempt = handed_in(0, alice, Blueprint.objects.current("ONE"))
    attempt.responses.update(first_shown=attempt.started_at)
    scored(attempt)
    html = page(client, "?exam=TWO")
    assert "No answers yet." in html
    assert "You have practiced 1 topic of this exam for another one." in html
    assert f'<a href="{reverse("guide_topic", args=["two-1-1"])}">Topic 1.1 1</a>' in html
    assert "a part of it" in html
    assert "0 / 2</td>" in html
    study_page = re.sub(r"\s+", " ", client.get(reverse("guide_topic", args=["two-1-1"])).text)
    assert "You have practiced a part of this for" in study_page
    assert "0 of 2 right. It does not count here." in study_page
    assert "For another exam" not in client.get(reverse("guide_topic", args=["two-1-2"])).text


def test_a_topic_without_questions_for_practice_has_no_button(alice: Candidate, blueprint: Blueprint) -> None:
    sat(alice, blueprint, right=2)
    first = Question.objects.order_by("pk")[0]
    Question.objects.filter(topic=first.topic).update(status="pilot")
    raise_bank_version()
    html = page(browser(alice))
    assert first.topic
    assert f'value="{first.topic.slug}"' not in html.partition('id="practice-topic"')[2].partition("</form>")[0]
    other = Question.objects.exclude(topic=first.topic).order_by("pk")[0]
    assert other.topic
    assert f'value="{other.topic.slug}"' in html.partition('id="practice-topic"')[2].partition("</form>")[0]


def test_what_was_guessed_is_offered_only_where_something_was(alice: Candidate, blueprint: Blueprint) -> None:
    attempt = sat(alice, blueprint, right=2)
    attempt.responses.update(confidence=3)
    assert "Practice what you guessed" not in page(browser(alice))
    raise_bank_version()
    attempt.responses.filter(position__lte=2).update(confidence=1)
    found = forms(browser(alice).get(reverse("progress"))).values()
    (form,) = [form for form in found if ("state", "unsure") in form.fields]
    assert dict(form.fields)["size"] == "2"


def test_an_exam_in_percent_without_practice_promises_no_prediction_and_asks_no_confidence(alice: Candidate) -> None:
    blueprint = factories.percent_blueprint()
    sat(alice, blueprint, 15)
    html = page(browser(alice), f"?exam={blueprint.code}")
    assert "Exams that are scored in percent have no prediction." in html
    assert "There is no prediction yet" not in html
    assert "How sure you are" not in html
