"""Test that all pages count missed questions alike after random histories of exams, quizzes and leafing through."""

import csv
import random
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from exams.models import Attempt, Candidate, Response
from exams.services.attempt import ending
from exams.services.practice import practice
from exams.services.practice.filters import Filters
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.selection import select
from exams.services.practice.study_marks import DONE, set_goal, set_mark
from exams.services.practice.study_records import study_records
from exams.services.practice.topic_records import topic_records
from exams.services.results.missed import missed_responses
from exams.views.verdicts import IN_PLAN, VERDICTS
from questions.models import Blueprint, Enemy, Question, Topic
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.factories import NOW, scored
from tests.html_forms import forms, text
from tests.sitting import browser

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=60)


def walk(candidate: Candidate, blueprint: Blueprint, rng: random.Random) -> dict[int, bool]:
    """Live through some weeks. Return, for each question that counts, whether its newest answer is right."""
    newest: dict[int, bool] = {}
    now = NOW
    for _ in range(rng.randint(2, 7)):
        now += timedelta(hours=rng.randint(1, 90))
        exam = rng.random() < 0.4
        if exam:
            attempt = factories.attempt(candidate, blueprint, now=now)
        else:
            questions = rng.sample(sorted(practice_pool(blueprint).items), 6)
            feedback = rng.choice(["each", "end"])
            attempt = practice.start(
                candidate, blueprint, "quiz", questions, feedback=feedback, timed=False, now=now
            ).attempt
        answered = {row.revision.question_id: act(row, rng, attempt) for row in rows(attempt)}
        end = rng.choice(["finish", "finish", "abandon"]) if exam else "finish"
        (ending.abandon if end == "abandon" else ending.finish)(attempt, now + timedelta(minutes=9))
        if end == "finish":
            newest |= {question: right for question, right in answered.items() if right is not None}
    return newest


def rows(attempt: Attempt) -> list[Response]:
    return list(attempt.responses.select_related("revision"))


def act(row: Response, rng: random.Random, attempt: Attempt) -> bool | None:
    """Answer, half-answer, look at or skip a question. Return whether it is right, None if it does not count."""
    kind = rng.choice(["right", "wrong", "part", "look", "skip"])
    wrong = [bit for bit in row.bits if not row.key >> bit & 1]
    ticked = {"right": row.key, "wrong": sum(1 << bit for bit in wrong[: row.choose]), "part": 1 << wrong[0]}
    at = attempt.started_at + timedelta(minutes=row.position)
    shown = {} if kind == "skip" else {"first_shown": at}
    saved = {"ticked": ticked[kind], "saved_at": at} if kind in ticked else {}
    Response.objects.filter(pk=row.pk).update(flagged=rng.random() < 0.2, **shown, **saved)
    if kind == "look" and attempt.mode == "exam":
        return False
    return kind == "right" if kind in ticked else None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_missed_questions_are_counted_alike_everywhere(seed: int) -> None:
    blueprint = factories.small_blueprint(exams=2)
    candidate = factories.candidate()
    newest = walk(candidate, blueprint, random.Random(seed))
    missed = {question for question, right in newest.items() if not right}
    records = study_records(candidate, blueprint, LATER)
    chosen = select(records, Filters(size=100, new=True), seed="s", counted=True)
    assert {row.revision.question_id for row in missed_responses([candidate.pk])} == missed
    assert set(records.missed) == missed
    assert chosen.counts["state"]["wrong"] == len(missed)
    assert chosen.counts["state"]["unseen"] == len(records.pool.items) - len(newest)
    by_topic = topic_records([candidate.pk]).values()
    assert sum(topic.seen for topic in by_topic) == len(newest)
    assert sum(topic.seen - topic.right for topic in by_topic) == len(missed)
    with time_machine.travel(LATER, tick=False):
        client = browser(candidate)
        pages = [client.get(path).content.decode() for path in ("/missed/", "/practice/?exam=TINY")]
        cards = client.get("/missed/cards.csv").content.decode().splitlines()
    text = f"{len(missed)} missed question" if missed else "No missed questions."
    assert text in pages[0]
    assert (f"{len(missed)} missed question" in pages[1]) == bool(missed)
    assert len(list(csv.reader(line for line in cards if not line.startswith("#")))) == len(missed)


@pytest.mark.parametrize("today", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_practice_its_filter_and_the_missed_page_say_alike_what_is_asked_now_and_why_the_others_are_not(
    seed: int, today: bool
) -> None:
    """Practice had 11 missed and a button for 1, the filter 7, and the page of missed questions a button for 7."""
    rng = random.Random(seed)
    blueprint, candidate = factories.small_blueprint(exams=2), factories.candidate()
    walk(candidate, blueprint, rng)
    questions = sorted(practice_pool(blueprint).items)
    for at, chosen in ((LATER - timedelta(days=2), questions[::2]), (LATER, questions[1::3])):
        if at < LATER or today:
            quiz = practice.start(candidate, blueprint, "quiz", chosen, feedback="end", timed=False, now=at).attempt
            for row in quiz.responses.all():
                quiz.responses.filter(pk=row.pk).update(ticked=row.full ^ row.key, first_shown=at, saved_at=at)
            practice.finish(quiz, at)
    Question.objects.filter(pk__in=rng.sample(questions, 6)).update(status="pilot")
    pair_up(blueprint, rng)
    records = study_records(candidate, blueprint, LATER)
    missed = records.sorted_missed
    assert missed.total == len(records.missed)
    assert missed.never
    assert bool(missed.tomorrow) == today
    with time_machine.travel(LATER, tick=False):
        client = browser(candidate)
        pages = [client.get(path) for path in ("/practice/?exam=TINY", "/missed/")]
        for page in pages:
            assert f"{missed.total} missed questions" in text(page)
            assert f"Practice {min(20, len(missed.now))} you missed" in text(page)
        assert missed.words_of_now in text(pages[0])
        assert missed.words in text(pages[1])
        (state,) = [group for group in pages[0].context["groups"] if group.name == "state"]
        assert {choice.value: choice.count for choice in state.choices}["wrong"] == missed.total - missed.never
        assert f"{missed.never} more that you missed" in text(pages[0]), "filter and tile add up"
        for page in pages:
            (button,) = [form for form in forms(page).values() if ("kind", "mistakes") in form.fields]
            client.post(button.action, button.data())
            quiz = Attempt.objects.get(candidate=candidate, status="open")
            asked = set(quiz.responses.values_list("revision__question", flat=True))
            assert asked == set(missed.now[:20])
            practice.discard(quiz, LATER)


@pytest.mark.parametrize("seed", range(3))
def test_the_report_of_an_only_exam_counts_the_missed_questions_that_practice_and_the_list_have(seed: int) -> None:
    rng = random.Random(seed)
    attempt = factories.attempt(blueprint=factories.small_blueprint(exams=2))
    newest = {row.revision.question_id: act(row, rng, attempt) for row in rows(attempt)}
    missed = sum(right is False for right in newest.values())
    ending.finish(attempt, NOW + timedelta(minutes=9))
    scored(attempt)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        client = browser(attempt.candidate)
        report = client.get(reverse("report", args=[attempt.uuid]))
        review = client.get(reverse("review", args=[attempt.uuid]), {"show": "missed"})
        practiced = study_records(attempt.candidate, attempt.form.blueprint, NOW + timedelta(days=1)).missed
    assert len(report.context["missed"]) == len(practiced) == missed
    assert len(review.context["sheet"].matching) == missed


@pytest.mark.parametrize("seed", range(2))
def test_unused_mock_exams_are_counted_alike_everywhere_and_practice_takes_none_of_the_reserve(seed: int) -> None:
    rng = random.Random(seed)
    blueprint = factories.small_blueprint(exams=6)
    candidate = factories.candidate()
    pair_up(blueprint, rng)
    set_goal(candidate, "TINY", (NOW + timedelta(days=90)).date(), None, NOW.date())
    now = NOW
    before = at_first = study_records(candidate, blueprint, now).unused_exams
    for _ in range(6):
        now += timedelta(days=1)
        exam = rng.random() < 0.4
        if exam:
            attempt = factories.attempt(candidate, blueprint, now=now)
        else:
            records = study_records(candidate, blueprint, now)
            questions = select(records, Filters(size=rng.choice([8, 40])), seed=str(now)).questions
            attempt = practice.start(
                candidate, blueprint, "quiz", questions, feedback="end", timed=False, now=now
            ).attempt
        attempt.responses.update(ticked=1, first_shown=now, saved_at=now)
        ending.finish(attempt, now)
        if exam:
            scored(attempt)
            report = attempt
        records = study_records(candidate, blueprint, now)
        unused = records.unused_exams
        assert unused <= before
        assert exam or unused >= min(before, 2), "practice leaves two"
        assert records.plan.exams_open <= unused
        with time_machine.travel(now, tick=False):
            client = browser(candidate)
            pages = {name: " ".join(client.get(name).text.split()) for name in ("/exams/TINY/", "/plan/", "/practice/")}
            if exam:
                pages["report"] = " ".join(client.get(reverse("report", args=[report.uuid])).text.split())
        assert f"{unused} mock exam" in pages["/exams/TINY/"]
        assert f"{records.plan.exams_open} mock exam" in pages["/plan/"]
        assert f"of {unused} unused mock exam" in pages["/practice/"]
        if exam:
            assert f"Next exam: {unused} unused" in pages["report"]
        before = unused
    assert before < at_first


@pytest.mark.parametrize("seed", range(3))
def test_the_builder_says_how_many_questions_the_quiz_gets_and_what_leaves_out_the_others(seed: int) -> None:
    """A filter said 380, and its quiz had 378: two were too much like others, and two more rested."""
    rng = random.Random(seed)
    blueprint, candidate = factories.small_blueprint(exams=6), factories.candidate()
    pair_up(blueprint, rng)
    walk(candidate, blueprint, rng)
    client = browser(candidate)
    with time_machine.travel(LATER, tick=False):
        for new in ({}, {"new": "yes"}):
            page = client.get("/practice/", {"exam": "TINY", "size": "100", "rested": "yes", **new})
            choices = [choice for group in page.context["groups"] for choice in group.choices if choice.count]
            assert len(choices) > 3
            for choice in choices:
                fields = {"blueprint": "TINY", "size": "100", choice.name: choice.value, **new}
                shown = client.get("/practice/", {"exam": "TINY", **fields})
                n, words = shown.context["selection"].together, " ".join(shown.text.split())
                assert f'<b class="num">{choice.count}</b> question' in words
                assert (f"One quiz can have {n} of them" in words) == (n < choice.count)
                assert f"<b> {n} question{'s' * (n != 1)}: " in words
                pair = forms(shown)["builder"].values["pair"]
                client.post("/practice/start/", {**fields, "feedback": "end", "pair": pair})
                quiz = Attempt.objects.get(candidate=candidate, mode="practice", status="open")
                assert quiz.responses.count() == n
                practice.discard(quiz, LATER)


def pair_up(blueprint: Blueprint, rng: random.Random) -> None:
    """Make a third of the questions enemies of each other, two by two."""
    questions = rng.sample(sorted(practice_pool(blueprint).items), 24)
    for low, high in zip(questions[::2], questions[1::2], strict=True):
        Enemy.objects.create(low_id=min(low, high), high_id=max(low, high))
    raise_bank_version()


def test_the_mock_exams_that_are_counted_as_unused_repeat_no_question() -> None:
    for seed in range(3):
        blueprint = factories.small_blueprint(code=f"T{seed}", exams=6)
        pair_up(blueprint, random.Random(seed))
        candidate = factories.candidate()
        unused = study_records(candidate, blueprint, NOW).unused_exams
        assert unused >= 6
        while unused:
            attempt = factories.attempt(candidate, blueprint)
            assert not attempt.responses.filter(repeat=True).exists()
            ending.finish(attempt, NOW)
            left = study_records(candidate, blueprint, NOW).unused_exams
            assert left in (unused, unused - 1), "an exam uses up one at most"
            unused = left


@pytest.mark.parametrize("seed", range(3))
def test_each_topic_has_one_verdict_and_one_state_in_the_plan_on_all_pages(seed: int) -> None:
    """At 53 % a topic was 'Done', at 76 % another was 'Near': the one by the plan, the other by its answers."""
    rng = random.Random(seed)
    blueprint, candidate = factories.small_blueprint(exams=4), factories.candidate()
    topics = list(Topic.objects.filter(slug__in=[f"tiny-{domain}-{n}" for domain in (1, 2) for n in (1, 2, 3)]))
    questions = sorted(practice_pool(blueprint).items)
    for number, question in enumerate(Question.objects.filter(pk__in=questions).select_related("exam_domain")):
        slug = f"tiny-{question.exam_domain.number}-{number % 3 + 1}"
        Question.objects.filter(pk=question.pk).update(topic=next(topic for topic in topics if topic.slug == slug))
    raise_bank_version()
    share = {topic.pk: rng.choice([0.1, 0.5, 0.95]) for topic in topics}
    for days in range(4):
        now = NOW + timedelta(days=days)
        asked = questions if days else questions[::2]
        attempt = practice.start(candidate, blueprint, "quiz", asked, feedback="end", timed=False, now=now).attempt
        for row in attempt.responses.select_related("revision__question"):
            right = rng.random() < share[row.revision.question.topic_id] + 0.3 * days
            ticked = row.key if right else row.full ^ row.key
            attempt.responses.filter(pk=row.pk).update(ticked=ticked, first_shown=now, saved_at=now)
        practice.finish(attempt, now)
        if days == 1:
            set_mark(candidate, topics[0], DONE, now)
    later = NOW + timedelta(days=4)
    records = study_records(candidate, blueprint, later)
    known = {topic.slug: records.by_slug[topic.slug] for topic in topics}
    first_answers = {topic.slug: topic.mastery for domain in records.domains for topic in domain.topics}
    done = {slug for slug, entry in known.items() if entry.in_plan == "done"}
    assert done
    assert {row.topic.slug for row in records.weak}.isdisjoint(done)
    with time_machine.travel(later, tick=False):
        client = browser(candidate)
        plan, progress, guide, end = (
            client.get(path) for path in ("/plan/", "/progress/", "/guide/", f"/attempts/{attempt.uuid}/report/")
        )
        pages = {slug: text(client.get(f"/guide/{slug}/")) for slug in known}
    assert {topic.slug for topic in plan.context["plan"].done} >= done
    cells = {cell.slug: cell for domain in progress.context["map"] for task in domain.tasks for cell in task.topics}
    meanings = {
        row.slug: row.meaning for name in ("topics", "more_topics", "known_topics") for row in end.context[name]
    }
    moved = {row.slug: now for row, _before, now in end.context["moved"]}
    listed = {e.topic.slug: e for _domain, tasks in guide.context["exam_domains"] for _task, es in tasks for e in es}
    for slug, entry in known.items():
        mastery, label, state = first_answers[slug], str(VERDICTS[entry.verdict]), str(IN_PLAN[entry.in_plan])
        assert entry.verdict == (mastery.verdict if mastery else "unseen"), "where the interval is shown"
        assert (cells[slug].verdict, cells[slug].in_plan) == (entry.verdict, entry.in_plan)
        is_told = slug not in done or entry.verdict != "unseen"  # that tells nothing beside 'done'
        assert (label in cells[slug].description) == is_told, slug
        assert state in cells[slug].description
        assert meanings[slug].startswith(label) == (is_told and slug not in moved), "once on the page"
        assert slug not in moved or moved[slug] == label
        assert state in meanings[slug]
        is_to_go_over = any(row.slug == slug for row in (*end.context["topics"], *end.context["more_topics"]))
        reasons = ("Your tick counts until", "No question that practice asks of it is missed now.")
        explained = any(reason in meanings[slug] for reason in reasons)
        assert explained == (is_to_go_over and slug in done), "it is to be gone over, and done"
        assert listed[slug].is_done == (slug in done)
        assert (label in pages[slug]) == (is_told and mastery is not None), slug
        row = text_of_row(plan, slug)
        if slug in done:
            assert "✓" in row, slug
            assert not any(str(words) in row for words in (*VERDICTS.values(), IN_PLAN["back"])), "the plan says done"
        else:
            assert (label in row, "✓" in row) == (True, False), slug
            assert state in row


def text_of_row(page: Any, slug: str) -> str:
    match = re.search(rf'<li class="plan-topic" id="{slug}">(.*?)</li>', page.text, re.DOTALL)
    assert match
    return " ".join(re.sub(r"<[^>]+>", " ", match[1]).split())


@pytest.mark.parametrize("days", [None, 3, 30])
def test_the_topics_of_an_exam_are_as_many_on_all_pages_and_those_done_too(days: int | None) -> None:
    """The plan had 39 topics in a week and 41 after two were done."""
    blueprint, candidate = factories.small_blueprint(exams=4), factories.candidate()
    walk(candidate, blueprint, random.Random(7))
    for topic in Topic.objects.filter(slug__in=["tiny-1-1", "tiny-2-2"]):
        set_mark(candidate, topic, DONE, LATER)
    if days:
        set_goal(candidate, "TINY", LATER.date() + timedelta(days=days), 10, LATER.date())
    with time_machine.travel(LATER, tick=False):
        client = browser(candidate)
        pages = {path: client.get(path) for path in ("/plan/", "/progress/", "/guide/", "/guide/tiny-1-1/")}
    plan, n = pages["/plan/"].context["plan"], Topic.objects.filter(slug__startswith="tiny").count()
    n_done = len(plan.done)
    assert f"{plan.n_practiced} of {n} topics of Small practiced, {n_done} worked through." in text(pages["/plan/"])
    rows = re.findall(r'<li class="plan-topic" id="(?!due-)([^"]+)"', pages["/plan/"].text)
    due = {topic.slug for topic in plan.due}
    assert len(rows) == len({*rows})
    assert len({*rows} | due) == n
    domains = pages["/progress/"].context["map"]
    assert sum(domain.n_topics for domain in domains) == n
    assert sum(domain.n_done for domain in domains) == n_done
    assert f"each of the {n} topics of Small" in text(pages["/guide/"])
    assert text(pages["/guide/"]).count("✓ worked through") == n_done
    assert f"of {n}" in text(pages["/guide/tiny-1-1/"])
