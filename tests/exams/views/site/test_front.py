"""Test the front page: without a bank, with an open exam, and when time is up."""

import re
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import ending
from exams.services.people import candidates
from exams.services.practice import practice, study_marks
from exams.services.practice.composition import composition
from exams.services.practice.next_step import NextStep
from exams.services.practice.next_step_words import step_words
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from exams.services.results.reviewed import note_opened
from questions.content.blueprint import Scale
from questions.models import Blueprint, Question, Topic, User
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW, handed_in, scored
from tests.html_forms import forms, text
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db


def address(blueprint: Blueprint) -> str:
    return reverse("exam", args=[blueprint.code])


def test_the_retirement_of_the_exam_is_mentioned_before_the_start(client: Client, blueprint: Blueprint) -> None:
    for page in (client.get("/"), client.get(address(blueprint))):
        html = page.content.decode()
        notice = html.index("AWS retired this exam on 31 March 2026. You can no longer book it.")
        assert notice < html.index("Start")
    assert len(blueprint.exam.successors) == 2
    assert all(successor.code in html for successor in blueprint.exam.successors)


def test_the_footer_speaks_of_the_exam(client: Client, blueprint: Blueprint) -> None:
    own = factories.small_blueprint(code="ZOO")
    Blueprint.objects.filter(pk=own.pk).update(origin=Blueprint.Origin.LOCAL)
    for path, is_own in (("/", False), (address(blueprint), False), (address(own), True)):
        footer = text(client.get(path)).partition("How scoring works")[0] if path == "/" else text(client.get(path))
        assert ("A small exam was made by the people who run this site." in footer) is is_own
        assert ("Not affiliated with, endorsed or checked by Amazon Web Services." in footer) is not is_own
        assert "All questions were written" not in footer
    assert "Amazon" not in text(client.get(reverse("join"))), "a page about no exam"
    sitting = factories.sitting(Blueprint.objects.get(pk=own.pk))
    assert "A small exam was made by the people who run this site." in text(
        client.get(reverse("join_sitting", args=[sitting.code]))
    )
    attempt = scored(handed_in(1, blueprint=own))
    report = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid]))
    assert "A small exam was made by the people who run this site." in text(report)


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        (Scale(100, 750, 1000), "a score of 739, 11 points below the pass mark."),
        (Scale(100, 720, 1000), "a score of 709, 11 points below the pass mark."),
        (Scale(0, 60, 100), "a score of 59, 1 point below the pass mark."),
    ],
)
def test_the_example_has_the_pass_mark_of_the_exam_that_is_shown(client: Client, scale: Scale, sentence: str) -> None:
    blueprint = factories.small_blueprint()
    Blueprint.objects.filter(pk=blueprint.pk).update(spec=asdict(replace(blueprint.exam, scale=scale)))
    page = text(client.get("/"))
    assert f"An example of TINY: {sentence}" in page
    assert f"The pass mark is {scale.passing}." in page


def test_an_installation_without_a_bank_gets_a_message(client: Client) -> None:
    assert client.get("/").status_code == 503


@pytest.mark.parametrize("code", ["GONE", "a b", "%20", "'"])
def test_an_address_with_an_exam_that_is_gone_is_not_found(client: Client, blueprint: Blueprint, code: str) -> None:
    assert client.get("/", {"exam": code}).status_code == 404
    assert client.get("/", {"exam": blueprint.code}).status_code == 200


def test_an_open_exam_is_offered_instead_of_a_second_start(client: Client, blueprint: Blueprint) -> None:
    guest = Guest.start(client, blueprint)
    guest.press("move", "next")
    for path in ("/", address(blueprint)):
        html = client.get(path).content.decode()
        assert "Back to question 2" in html
        assert "Start exam" not in html


def test_only_a_visitor_without_an_account_reads_that_none_is_needed(client: Client, blueprint: Blueprint) -> None:
    sentence = "You do not need an account."
    assert sentence in client.get("/").content.decode()
    client.force_login(User.objects.create_user("ada"))
    assert sentence not in client.get("/").content.decode()


def test_an_overdue_exam_is_closed_by_the_front_page(client: Client, blueprint: Blueprint) -> None:
    Guest.start(client, blueprint)
    day = timedelta(days=1)
    attempt = Attempt.objects.get()
    Attempt.objects.update(started_at=attempt.started_at - day, deadline=attempt.deadline - day)
    assert "An exam is running" not in client.get("/").content.decode()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_by) == ("submitted", "time")


def test_somebody_with_results_sees_the_last_one_first(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    older = scored(handed_in(0, candidate, blueprint, now=NOW - timedelta(days=1)))
    newest = scored(handed_in(4, candidate, blueprint))
    page = browser(candidate).get("/").text
    assert reverse("report", args=[newest.uuid]) in page
    assert reverse("report", args=[older.uuid]) not in page
    assert f'href="{reverse("review_question", args=[newest.uuid, 1])}' in page
    assert f'href="{reverse("review", args=[newest.uuid])}"' not in page  # all questions on one page
    assert ">1000</span>" in page
    assert "Start another exam" in page
    for words in ("A full mock exam", "What you get at the end", "A sample question"):
        assert words not in page


def test_a_running_exam_comes_before_the_last_result(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    scored(handed_in(4, candidate, blueprint))
    factories.attempt(candidate, blueprint, now=timezone.now())
    page = browser(candidate).get("/").text
    assert page.index("An exam is running") < page.index("Your last result")
    assert page.count("button primary") == 1
    assert "Start another exam" not in page


def test_a_last_result_with_many_repeats_has_no_range(blueprint: Blueprint) -> None:
    attempt = handed_in(4, blueprint=blueprint)
    attempt.responses.update(repeat=True)
    page = " ".join(browser(scored(attempt).candidate).get("/").text.split())
    assert "Probably too high: 4 of 4 questions were repeats." in page
    assert "percent band" not in page


def test_the_sample_question_can_be_answered_without_javascript(client: Client, blueprint: Blueprint) -> None:
    page = client.get("/").text
    assert all(f'type="radio" name="sample" id="sample-{letter}" value="{letter}"' in page for letter in "ABCD")
    assert "98.8% is the accuracy" not in page
    for answer, verdict in (("B", "Correct, selected by you"), ("C", "Incorrect, selected by you")):
        page = client.get("/", {"sample": answer}).text
        assert verdict in page
        assert "98.8% is the accuracy" in page
    assert "Check the answer" in client.get("/", {"sample": "Z"}).text


class TestThoseWhoComeBack:
    """The page of candidates with attempts: what is open, the next step, the trend and the last result."""

    def page(self, candidate: Candidate) -> str:
        return text(browser(candidate).get("/"))

    @pytest.mark.slow
    def test_the_sales_page_is_for_newcomers_only(self, client: Client, blueprint: Blueprint) -> None:
        assert "A full mock exam with an honest score" in text(client.get("/"))
        assert "Sign in to see your attempts" in text(client.get("/"))
        newcomer = factories.candidate(factories.user())
        page = self.page(newcomer)
        assert "A full mock exam with an honest score" in page
        assert "Try 10 questions" in page
        ended = factories.attempt(newcomer, blueprint)
        ending.abandon(ended, NOW)
        page = self.page(newcomer)
        assert "A full mock exam with an honest score" not in page
        assert "No result yet" in page
        assert "Next best step" in page

    def test_the_questions_of_today_are_the_next_step_and_start(self, blueprint: Blueprint) -> None:
        attempt = handed_in(0, blueprint=blueprint)
        attempt.responses.update(first_shown=NOW)
        client = browser(scored(attempt).candidate)
        study_marks.set_goal(attempt.candidate, blueprint.code, None, 20)
        page = client.get("/")
        step = page.context["step"]
        assert step.kind == "today"
        assert page.text.count("button primary") == 1
        assert f"Today. {composition(step.session)}. About" in text(page)
        assert f"First topic: {step.topic.topic.title}" in text(page)
        assert re.search(r"missed in your mock exam of \d+ \w+\. Read its page first\.", text(page))
        assert text(client.get("/today/")) == text(page)
        (form,) = [form for form in forms(page).values() if ("kind", "today") in form.fields]
        assert client.post(form.action, form.data()).status_code == 303
        today = Attempt.objects.get(mode="practice")
        assert today.practice_kind == "today"
        assert today.title == f"Today, {len(step.session.questions)} questions"

    def test_practice_that_is_begun_is_the_next_step_and_untouched_practice_is_not(self, blueprint: Blueprint) -> None:
        candidate = scored(handed_in(0, blueprint=blueprint)).candidate
        questions = list(practice_pool(blueprint).items)[:3]
        quiz = practice.start(
            *(candidate, blueprint, "quiz", questions),
            feedback="each",
            timed=False,
            now=timezone.now(),
            title="First things, 3 questions",
        ).attempt
        assert "First things, 3 questions" not in self.page(candidate)
        row = quiz.responses.get(position=1)
        quiz.responses.filter(pk=row.pk).update(ticked=row.key)
        page = browser(candidate).get("/")
        assert "Next best step First things, 3 questions. 1 of 3 answered." in text(page)
        assert reverse("attempt", args=[quiz.uuid]) in page.text
        assert page.text.count("button primary") == 1

    @pytest.mark.parametrize("feedback", ["each", "end"])
    def test_practice_of_which_all_is_answered_leads_to_its_end(self, blueprint: Blueprint, feedback: str) -> None:
        """It led to its last question, with 'You have begun it'."""
        candidate = scored(handed_in(0, blueprint=blueprint)).candidate
        questions, now = list(practice_pool(blueprint).items)[:2], timezone.now()
        quiz = practice.start(
            candidate, blueprint, "quiz", questions, feedback=feedback, timed=False, now=now, title="First things"
        ).attempt
        revealed = now if feedback == "each" else None
        first, last = quiz.responses.order_by("position")
        quiz.responses.filter(pk=first.pk).update(ticked=first.key, revealed_at=revealed)
        quiz.responses.filter(pk=last.pk).update(ticked=last.key)
        client, ways = browser(candidate), [reverse(name, args=[quiz.uuid]) for name in ("attempt", "finish")]

        def leads_to(path: str) -> list[bool]:
            page = client.get(path).text
            return [f'href="{way}"' in page for way in ways]

        if feedback == "each":  # the solution of the last one waits
            assert [leads_to(path) for path in ("/", "/practice/")] == [[True, False]] * 2
            quiz.responses.filter(pk=last.pk).update(revealed_at=now)
        assert [leads_to(path) for path in ("/", "/practice/")] == [[False, True]] * 2
        assert "Next best step First things. All answered: end it to see the result. End practice" in text(
            client.get("/")
        )
        assert "questions are answered." in text(client.get(ways[1]))

    def test_when_the_questions_of_today_are_answered_it_says_so(self, blueprint: Blueprint) -> None:
        now = timezone.now()
        attempt = handed_in(0, blueprint=blueprint, now=now)
        study_marks.set_goal(attempt.candidate, "TINY", None, 10)
        attempt.responses.update(first_shown=now, saved_at=now)
        assert "questions of your exam. Read why now" in self.page(scored(attempt).candidate)
        questions = list(practice_pool(blueprint).items)[:6]
        quiz = practice.start(
            attempt.candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=now
        ).attempt
        later = now + timedelta(seconds=1)
        quiz.responses.update(ticked=1, first_shown=later, saved_at=later)
        ending.finish(quiz, later)
        assert "questions of your exam. Read why now" in self.page(attempt.candidate)
        missed = browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])).context["missed"]
        note_opened(attempt, missed[:-2], missed, now)
        for path in ("/", "/plan/", "/progress/"):
            page = text(browser(attempt.candidate).get(path))
            assert f"You missed {len(missed)} questions of your exam. You have not read why of 2 yet. About " in page
            assert "Review the 2 left" in page
        note_opened(attempt, missed, missed, now)
        page = self.page(attempt.candidate)
        assert "Done for today. You have answered 11 questions." in page
        assert "1 day in a row" in page

    def test_after_an_exam_that_was_clicked_through_the_day_goes_on(self, blueprint: Blueprint) -> None:
        """Its review was the next step, and the topics of the day were put off."""
        now = timezone.now()
        attempt = factories.attempt(None, blueprint, now=now - timedelta(seconds=20))
        factories.tick(attempt, 2)
        attempt.responses.update(seconds=1, first_shown=now, saved_at=now)
        ending.finish(attempt, now)
        candidate = scored(attempt).candidate
        study_marks.set_goal(candidate, "TINY", timezone.localdate() + timedelta(days=20), 10, timezone.localdate())
        page = self.page(candidate)
        assert "0 of 10 questions answered today." in page
        assert "faster than its questions can be read" in page
        assert "of your exam. Read why now" not in page
        assert "Done for today" not in page
        assert "You have taken a mock exam today" not in text(browser(candidate).get("/plan/"))

    def test_without_a_date_today_says_so_and_with_one_it_follows_the_plan_of_the_week(self) -> None:
        large = factories.small_blueprint(code="LARGE", exams=9, default=True)
        now = timezone.now()
        candidate = scored(handed_in(0, blueprint=large, now=now - timedelta(days=2))).candidate
        sentence = "There is no exam date, so this takes the topics where you can gain most."
        assert sentence not in self.page(candidate), "the page asks for it"
        candidates.update_preferences(candidate.pk, candidate.epoch, {"undated": "LARGE"})
        assert sentence in self.page(candidate)
        today = timezone.localdate()
        study_marks.set_goal(candidate, "LARGE", today + timedelta(days=20), None, today)
        page = browser(candidate).get("/")
        step, records = page.context["step"], study_records(candidate, large, now)
        topics = {topic.slug: topic.title for topic in records.plan.due}
        assert len(topics) > 3, "a hundred topics in twenty days"
        assert [topic.slug for topic in step.of_day] == [*topics]
        assert f"Your plan has {40 - len(step.session.questions)} more for today." in text(page)
        assert "0 of 40 questions answered today. Your target date sets this number." in text(page)
        first = {records.pool.items[question].topic for question in step.session.questions} & topics.keys()
        assert first == {topic.slug for topic in step.to_read}, "a page is read before its questions"
        study_marks.set_goal(candidate, "LARGE", today + timedelta(days=20), 40, today)
        page = browser(candidate).get("/")
        step, records = page.context["step"], study_records(candidate, large, now)
        topics = {topic.slug: topic.title for topic in records.plan.due}
        asked = {records.pool.items[question].topic for question in step.session.questions}
        assert {topic.slug for topic in step.of_day} == topics.keys() <= asked, "none is left out"
        planned = " ".join(topics.values())
        count = f"Your plan for today , 0 of {len(topics)} practiced today, first what you missed in your mock exam of"
        assert re.search(rf"{count} \d+ \w+: {planned}", text(page))
        assert f"First read the {len(topics)} pages that are new to you:" in text(page)
        of_week = {topic.slug for topic in records.plan.of_week}
        new = [question for question in step.session.questions if question not in records.newest]
        of_others = [question for question in new if records.pool.items[question].topic not in of_week]
        assert len(of_others) < len(new) / 5, "where those of the week are kept for mock exams"
        assert "There is no exam date" not in text(page)
        assert f"{len(step.session.questions)} questions" in text(page)
        pace = large.exam.minutes / large.exam.questions
        pages, asked = 3 * len(topics), round(pace * len(step.session.questions))
        reading = f"{pages} for {len(topics)} pages to read, {asked} for the questions."
        assert f"About {pages + asked} minutes: {reading}" in text(page)
        assert len(step.session.questions) == 40, "what was chosen"

    def answered(self, large: Blueprint, now: datetime, n: int, kind: str, goal: int | None) -> Candidate:
        """Return a candidate with an exam in 20 days who has answered `n` questions of one topic today."""
        today = timezone.localdate()
        candidate = factories.candidate()
        study_marks.set_goal(candidate, large.code, today + timedelta(days=20), goal, today)
        questions = list(practice_pool(large).items)[:n]
        Question.objects.filter(pk__in=questions).update(topic=Topic.objects.get(slug="large-1-1"))
        raise_bank_version()
        quiz = practice.start(candidate, large, kind, questions, feedback="end", timed=False, now=now).attempt
        quiz.responses.update(ticked=1, first_shown=now, saved_at=now)
        ending.finish(quiz, now)
        return candidate

    def test_when_its_goal_is_met_today_is_done_and_what_the_plan_has_left_is_optional(self) -> None:
        large = factories.small_blueprint(code="LARGE", exams=9, default=True)
        now = timezone.now()
        candidate = self.answered(large, now, 20, "quiz", goal=20)
        page = self.page(candidate)
        due = study_records(candidate, large, now).plan.due
        left = [topic for topic in due if not topic.is_worked]
        assert len(left) == len(due) - 1
        assert left
        wanted = f"The plan has {len(left)} more topics, if you like to go on."
        assert f"Done for today. You have answered 20 questions. {wanted}" in page
        assert all(page.count(topic.title) == 1 for topic in left), "each is named once"

    def test_without_a_goal_no_goal_is_met_after_a_mock_exam_and_each_topic_of_the_day_is_named_once(self) -> None:
        large = factories.small_blueprint(code="LARGE", exams=9, default=True)
        now = timezone.now()
        candidate = self.answered(large, now, 40, "full", goal=None)
        page = self.page(candidate)
        left = [topic for topic in study_records(candidate, large, now).plan.due if not topic.is_worked]
        assert left
        wanted = f"The plan has {len(left)} more topics, if you like to go on."
        assert f"Done for today. You have answered 40 questions. {wanted}" in page
        assert all(page.count(topic.title) == 1 for topic in left)

    def test_today_says_when_its_new_questions_cost_the_last_unused_mock_exam_that_is_not_kept(self) -> None:
        """Six unused mock exams were two after some days: nothing had said so, later it was said each day."""
        large, now = factories.small_blueprint(code="LARGE", exams=9, default=True), timezone.now()
        candidate = scored(handed_in(0, blueprint=large, now=now - timedelta(days=2))).candidate
        step, before = browser(candidate).get("/").context["step"], study_records(candidate, large, now).unused_exams
        practice.start(candidate, large, "today", step.session.questions, feedback="each", timed=False, now=now)
        after = study_records(candidate, large, now).unused_exams
        assert after < before
        assert step.exams_left == after > step.exams_kept
        assert "unused mock exam" not in str(step_words(step, large)), "practice has more than those that it leaves"
        last = replace(step, exams_left=2)
        sentence = f"With these, 2 unused mock exams remain instead of {before}. They are kept."
        assert sentence in str(step_words(last, large))

    @pytest.mark.parametrize("has_date", [True, False])
    def test_on_the_day_of_a_mock_exam_its_review_is_all_the_work(self, has_date: bool) -> None:
        """After 65 questions the plan had seven topics more for the day, and '10 more questions'."""
        large, now = factories.small_blueprint(code="LARGE", exams=9, default=True), timezone.now()
        attempt = scored(handed_in(0, blueprint=large, now=now))
        client = browser(attempt.candidate)
        if has_date:
            today = timezone.localdate()
            study_marks.set_goal(attempt.candidate, "LARGE", today + timedelta(days=20), None, today)
        missed = client.get(reverse("report", args=[attempt.uuid])).context["missed"]
        assert "Read why now" in text(client.get("/"))
        note_opened(attempt, missed, missed, now)
        for path in ("/", "/plan/"):
            page = client.get(path)
            assert "Done for today." in text(page)
            assert page.context["step"].kind == "done"
            assert not page.context["step"].of_day
            assert "more question" not in text(page)
            assert "if you like to go on" not in text(page)
        assert ("its review is the work of this day" in text(page)) == has_date

    def test_on_its_day_the_mock_exam_of_the_plan_is_the_next_step(self) -> None:
        large = factories.small_blueprint(code="LARGE", exams=9, default=True)
        candidate = scored(handed_in(0, blueprint=large, now=timezone.now() - timedelta(days=1))).candidate
        today = timezone.localdate()
        study_marks.set_goal(candidate, "LARGE", today + timedelta(days=20), None, today)
        assert "A mock exam:" not in self.page(candidate)
        with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
            assert "A mock exam:" not in self.page(candidate), "its day is tomorrow"
        with time_machine.travel(timezone.now() + timedelta(days=5), tick=False):
            assert "Your plan has one a week, and the last one was 6 days ago. Start an exam" in self.page(candidate)

    def test_who_has_set_a_date_and_answered_nothing_has_a_today(self, blueprint: Blueprint) -> None:
        candidate = factories.candidate()
        study_marks.set_goal(candidate, "TINY", timezone.localdate() + timedelta(days=20), None, timezone.localdate())
        client = browser(candidate)
        for path in ("/today/", "/", "/plan/"):
            assert "Next best step Today." in text(client.get(path)), path

    def test_today_asks_for_the_date_of_the_exam_until_it_is_set_or_not_booked(self, blueprint: Blueprint) -> None:
        question = "When is your exam?"
        for answer in ({"target": (timezone.localdate() + timedelta(days=20)).isoformat()}, {"undated": "yes"}):
            client = browser(scored(handed_in(0, blueprint=blueprint)).candidate)
            page = client.get("/today/")
            assert question in text(page)
            form = next(form for form in forms(page).values() if ("page", "today") in form.fields)
            page = client.post(form.action, {**form.data(), **answer}, follow=True)
            assert page.redirect_chain == [("/today/", 303)]
            assert question not in text(page)
            assert question not in text(client.get("/today/"))
            assert ("Your plan for today" in text(page)) == ("target" in answer)
            assert "With a date , it follows the plan" in text(page) or "target" in answer, "it can still be set"

    def test_the_calendar_has_what_a_running_exam_adds_to_the_goal(self, blueprint: Blueprint) -> None:
        now = timezone.now()
        candidate = scored(handed_in(0, blueprint=blueprint, now=now - timedelta(days=2))).candidate
        Response.objects.update(first_shown=now - timedelta(days=2), saved_at=now - timedelta(days=2))
        study_marks.set_goal(candidate, "TINY", None, 20)
        running = factories.attempt(candidate, blueprint, now=now)
        running.responses.update(ticked=1, first_shown=now, saved_at=now)
        n = running.responses.count()
        page = browser(candidate).get("/")
        assert f"{n} of 20 questions answered today." in text(page)
        before = Response.objects.exclude(attempt=running).exclude(ticked=0).count()
        assert re.search(rf"\b{before + n} questions answered since \d+ \w+\.", text(page))

    def test_what_is_due_comes_first_and_the_rest_of_it_when_the_day_is_done(self) -> None:
        large = factories.small_blueprint(code="LARGE", exams=9, default=True)
        now = timezone.now()
        candidate = factories.candidate()
        questions = list(practice_pool(large).items)[:23]
        quiz = practice.start(
            candidate, large, "quiz", questions, feedback="end", timed=False, now=now - timedelta(days=3)
        ).attempt
        at = now - timedelta(days=3)
        quiz.responses.update(ticked=F("full") - F("key"), first_shown=at, saved_at=at)
        ending.finish(quiz, at)
        page = self.page(candidate)
        assert "5 questions: 1 of 23 due, 4 new. About 30 minutes." in page
        study_marks.set_goal(candidate, "LARGE", None, 10)
        more = practice.start(
            *(candidate, large, "quiz", list(practice_pool(large).items)[30:40]), feedback="end", timed=False, now=now
        ).attempt
        more.responses.update(ticked=F("key"), first_shown=now, saved_at=now)
        ending.finish(more, now)
        done = browser(candidate).get("/")
        assert "Your 10 questions of today are answered. 23 more are due: repeat 20 now (about 120 min)" in text(done)
        assert "Done for today" not in text(done)
        (form,) = [form for form in forms(done).values() if ("kind", "repetition") in form.fields]
        assert form.buttons[0].text == "Repeat 20"
        assert "more questions" not in text(done), "one next step"

    def test_what_is_due_still_when_the_day_is_done_is_repeated_now_or_tomorrow(self, blueprint: Blueprint) -> None:
        """It said 'Done for today. 9 are due.'"""
        sentence = str(step_words(NextStep("done", answered=40, due=9, seconds=45), blueprint))
        assert sentence == (
            "Your 40 questions of today are answered. 9 more are due: repeat them now (about 7 min), or tomorrow."
        )
        assert str(step_words(NextStep("done", answered=40), blueprint)).startswith("Done for today.")

    def test_the_days_left_stay_beside_a_review_and_the_topics_of_today_beside_a_begun_quiz(
        self, blueprint: Blueprint
    ) -> None:
        now = timezone.now()
        candidate = scored(handed_in(0, blueprint=blueprint, now=now)).candidate
        study_marks.set_goal(candidate, "TINY", timezone.localdate() + timedelta(days=20), None, timezone.localdate())

        def frame(kind: str) -> str:
            page = browser(candidate).get("/")
            assert page.context["step"].kind == kind
            assert "days until your exam." in text(page)
            assert "Try 10 questions" not in text(page)
            return text(page)

        assert "practiced today" not in frame("review")
        with time_machine.travel(now + timedelta(days=1), tick=False):
            later = timezone.now()
            topics = [topic.title for topic in study_records(candidate, blueprint, later).plan.due]
            assert topics
            questions = list(practice_pool(blueprint).items)[:2]
            quiz = practice.start(
                *(candidate, blueprint, "quiz", questions), feedback="each", timed=False, now=later
            ).attempt
            row = quiz.responses.get(position=1)
            quiz.responses.filter(pk=row.pk).update(ticked=row.key, first_shown=later, saved_at=later)
            page = frame("practice")
        assert f"of {len(topics)} practiced today: {topics[0]}" in page
        assert all(topic in page for topic in topics)
        assert "19 days until your exam." in page

    def test_today_leads_newcomers_to_the_start_page(self, client: Client, blueprint: Blueprint) -> None:
        assert client.get("/today/").url == "/"

    def test_a_result_that_is_being_computed_is_the_next_step(self, blueprint: Blueprint) -> None:
        attempt = handed_in(2, blueprint=blueprint)
        page = browser(attempt.candidate).get("/")
        assert "Its score is being computed. View the result" in text(page)
        assert reverse("attempt", args=[attempt.uuid]) in page.text

    @pytest.mark.parametrize("at_once", [True, False])
    def test_the_review_of_an_exam_ends_as_the_next_step_when_it_was_gone_through(
        self, blueprint: Blueprint, at_once: bool
    ) -> None:
        """'Read why now' stayed all day after all was read, until something else was answered."""
        attempt = scored(handed_in(0, blueprint=blueprint, now=timezone.now()))
        client, asked = browser(attempt.candidate), "questions of your exam. You have not read why of 1 yet."
        report = reverse("report", args=[attempt.uuid])
        missed = client.get(report).context["missed"]
        for position in missed[:-1]:
            client.get(reverse("review_question", args=[attempt.uuid, position]), {"show": "missed"})
        for path in ("/", report):
            assert asked in text(client.get(path)), "the last one is not read"
        if at_once:
            client.get(reverse("review", args=[attempt.uuid]), {"show": "missed"})
        else:
            client.get(reverse("review_question", args=[attempt.uuid, missed[-1]]), {"show": "missed"})
        client.get(reverse("review", args=[attempt.uuid]))
        assert attempt.events.filter(kind="reviewed").count() == 1
        for path in ("/", report):
            assert asked not in text(client.get(path))
        assert text(client.get(report)).count("Next best step") == 1
        assert f"Review the {len(missed)} you missed" in text(client.get(report)), "it can be read again"

    def test_the_review_goes_on_where_it_stopped_in_every_browser_and_its_last_question_alone_does_not_end_it(
        self, blueprint: Blueprint
    ) -> None:
        """After 7 of 52 the button led back to the first, and a look at the last one ended the review."""
        attempt = scored(handed_in(0, blueprint=blueprint, now=timezone.now()))
        client, report = browser(attempt.candidate), reverse("report", args=[attempt.uuid])
        missed = client.get(report).context["missed"]
        assert len(missed) > 3

        def question(position: int) -> str:
            return reverse("review_question", args=[attempt.uuid, position])

        def goes_on_at() -> str:
            pages = [browser(attempt.candidate).get(path).text for path in ("/", "/plan/", report)]
            (link,) = {re.findall(rf'href="({question(1)}[^"]*)"', page)[0] for page in pages}
            read = attempt.events.get(kind="reviewing").data["opened"]
            words = [f"Review the {len(missed) - len(read)} left"] * 2 + [f"Review the {len(missed)} you missed"]
            assert all(word in " ".join(page.split()) for word, page in zip(words, pages, strict=True))
            return client.get(link.replace("&amp;", "&"))["Location"]

        client.get(question(missed[-1]), {"show": "missed"})
        assert "You have not read why of" in text(client.get("/"))
        assert goes_on_at() == f"{question(missed[0])}?show=missed"
        for position in missed[:2]:
            client.get(question(position), {"show": "missed"})
        assert goes_on_at() == f"{question(missed[2])}?show=missed"
        for position in missed[2:-1]:
            client.get(question(position), {"show": "missed"})
        assert "Read why now" not in text(client.get("/"))
        assert attempt.events.filter(kind__startswith="review").count() == 1

    def test_the_report_of_an_earlier_day_has_the_step_of_today(self, blueprint: Blueprint) -> None:
        attempt = scored(handed_in(0, blueprint=blueprint, now=NOW))
        with time_machine.travel(NOW + timedelta(days=2), tick=False):
            page = text(browser(attempt.candidate).get(reverse("report", args=[attempt.uuid])))
        assert "Read why now" not in page
        assert page.count("Next best step") == 1
        assert "you missed" in page

    def test_on_the_day_of_an_exam_its_review_is_the_next_step_until_it_is_read_whatever_else_is_answered(
        self, blueprint: Blueprint
    ) -> None:
        """After an exam with 49 misses the page said 'Done for today'."""
        attempt = scored(handed_in(0, blueprint=blueprint, now=timezone.now()))
        page = browser(attempt.candidate).get("/")
        found = re.search(
            r"You missed (\d+) questions of your exam\. Read why .*? About \d+ minutes\. Review the (\d+) you missed",
            text(page),
        )
        assert found
        assert found[1] == found[2]
        first = f"{reverse('review_question', args=[attempt.uuid, 1])}?find=unread&amp;show=missed"
        assert first in page.text
        for path in ("/progress/", "/plan/"):
            assert found[0] in text(browser(attempt.candidate).get(path)), path
        question = next(iter(practice_pool(blueprint).items))
        quiz = practice.start(
            *(attempt.candidate, blueprint, "quiz", [question]), feedback="each", timed=False, now=timezone.now()
        ).attempt
        later = timezone.now()
        quiz.responses.update(ticked=1, first_shown=later, saved_at=later)
        ending.finish(quiz, later)
        for path in ("/", "/progress/", "/plan/", reverse("report", args=[attempt.uuid])):
            assert found[0] in text(browser(attempt.candidate).get(path)), "the quiz is not the review"
        tomorrow = attempt.submitted_at + timedelta(days=1)
        other = scored(handed_in(0, blueprint=blueprint, now=timezone.now()))
        assert "of your exam" in self.page(other.candidate)
        with time_machine.travel(tomorrow):
            assert "of your exam" not in self.page(other.candidate)

    def test_a_first_running_exam_stands_alone(self, blueprint: Blueprint) -> None:
        candidate = factories.candidate()
        factories.attempt(candidate, blueprint, now=timezone.now())
        page = self.page(candidate)
        assert "An exam is running" in page
        assert "Next best step" not in page

    @pytest.mark.slow
    def test_a_running_exam_has_no_other_next_step(self, blueprint: Blueprint) -> None:
        candidate = scored(handed_in(0, blueprint=blueprint)).candidate
        assert "Next best step" in self.page(candidate)
        factories.attempt(candidate, blueprint, now=timezone.now())
        page = self.page(candidate)
        assert "An exam is running" in page
        assert "Next best step" not in page

    @pytest.mark.slow
    def test_the_trend_is_drawn_from_two_results_on(self, blueprint: Blueprint) -> None:
        candidate = factories.candidate()
        scored(handed_in(1, candidate, blueprint))
        assert "Scores so far" not in self.page(candidate)
        scored(handed_in(3, candidate, blueprint, now=NOW + timedelta(days=1)))
        page = self.page(candidate)
        assert page.index("Next best step") < page.index("Scores so far") < page.index("Your last result")
        assert "Scores of 2 exams" in page

    @pytest.mark.slow
    @pytest.mark.parametrize("exams", [2, 4])
    def test_the_page_takes_a_constant_number_of_queries(
        self, blueprint: Blueprint, exams: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        candidate = factories.candidate()
        for n in range(exams):
            attempt = handed_in(0, candidate, blueprint, now=NOW + timedelta(days=n))
            attempt.responses.update(first_shown=NOW)
            scored(attempt)
        client = browser(candidate)
        client.get("/")  # the pool is read once
        for address in ("/", reverse("today")):
            with django_assert_num_queries(25):
                client.get(address)
