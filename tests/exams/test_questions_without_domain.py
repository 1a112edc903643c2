"""Test questions that are in no syllabus: from the editor through a class to every page, file and export."""

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Mode, Sitting, Star
from exams.services.analysis import item_analysis
from exams.services.attempt import ending
from exams.services.classes import sittings
from exams.services.progress.answers import past_answers
from exams.services.results import scoring
from questions.models import Blueprint, ItemStatistics, Question, User
from tests import authoring, factories
from tests.exams.services.results.key_rulings import audit_sentences
from tests.exams.test_access_matrix import ROUTES, address
from tests.html_forms import form_values, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.walk, pytest.mark.usefixtures("empty_cache")]

ADD = "/admin/questions/question/add/"
NEW_EXAM = "/admin/questions/blueprint/new/"
OUTLINE = "Warm up, 50%\n= course #easy\nRace, 50%\n= course #hard"
STEMS = (
    "A bakery weighs its loaves every night. Which loaf leaves the oven last?",
    "Three ferries cross a lake in the fog. Which of them sounds its horn?",
    "A violin loses its tune in the rain. What does the player do first?",
    "Nine goats share one meadow until June. Who moves the fence?",
    "The tower clock stands still at noon. Which wheel is worn?",
    "A library lends maps of the moon. Where are they stored?",
    "Two foxes share a den in the winter. Who digs?",
)
MINUTE = timedelta(minutes=1)
# What changes the session of the browser, or what is gone afterwards.
SKIPPED = ("accounts/", "^accounts", "leave/", "admin/logout/", "account/delete/", "admin/login/", "static", "healthz")


def write(client: Client, number: int, tag: str) -> Any:
    """Write a question of the collection in the editor without an exam domain, and submit it."""
    data = form_values(client.get(ADD), "write") | {
        "code": f"course-{number}", "stem": STEMS[number - 1], "tags": tag, "collection": "course", "rating": "60",
        "license": "CC0-1.0", "options-0-correct": "on", "_submit": "1",
    }  # fmt: skip
    for place, word in enumerate(("first", "second", "third", "fourth")):
        data |= {f"options-{place}-text": f"The {word} one of {number}."}
    return client.post(ADD, data, follow=True)


def make_exam(client: Client, title: str, outline: str, scored: int) -> Blueprint:
    data = form_values(client.get(NEW_EXAM), "make")
    data |= {"title": title, "code": title.upper(), "scored": str(scored), "outline": outline, "practices": "on"}
    client.post(NEW_EXAM, data | {"collections": "course"}, follow=True)
    return Blueprint.objects.get(code=title.upper())


def approve(client: Client, question: Question) -> Any:
    """Solve the question rightly as a reviewer, rate and approve it."""
    url = reverse("admin:approval", args=[question.pk])
    revision = question.revisions.get()
    for act in ({"act": "solve", "option": revision.key.bit_length() - 1}, {"act": "rate", "rating": "70"}):
        client.post(url, {**act, "lock_version": Question.objects.get(pk=question.pk).lock_version})
    version = Question.objects.get(pk=question.pk).lock_version
    return client.post(url, {"act": "approve", "ticked": revision.key, "lock_version": version}, follow=True)


def write_course(staff: Client) -> Blueprint:
    """Return an exam of two exam domains that draw by tags from six questions, written and approved in pages.

    A seventh one waits for its review.
    """
    reviewer = Client()
    reviewer.force_login(authoring.account("rita", "Reviewer"))
    for number in range(1, 7):
        write(staff, number, "easy" if number <= 3 else "hard")
    for question in Question.objects.order_by("code"):
        approve(reviewer, question)
    write(staff, 7, "hard")
    return make_exam(staff, "Course", OUTLINE, 4)


def sat(sitting: Sitting, name: str, right: int) -> Attempt:
    at = sitting.opens_at + MINUTE
    attempt = factories.class_attempt(sitting, name, now=at)
    factories.tick(attempt, right)
    attempt.responses.update(first_shown=at, seconds=40, saved_at=at + MINUTE)
    ending.finish(attempt, at + 9 * MINUTE)
    assert scoring.score(attempt.pk, at + 9 * MINUTE)
    return Attempt.objects.select_related("form__blueprint", "candidate", "report").get(pk=attempt.pk)


@dataclass(frozen=True)
class Course:
    """An exam, its class, and the exam of Ana with three right answers of four."""

    staff: Client
    exam: Blueprint
    sitting: Sitting
    ana: Attempt


@pytest.fixture(scope="module")
def finished(module_rows: None, django_db_blocker: Any) -> Course:
    """Write the course and let a class sit it, once: it takes longer than most of the tests."""
    with django_db_blocker.unblock():
        for cache in caches.all():
            cache.clear()  # rate limits count requests of other tests
        ina, staff, now = authoring.account("ina", "Instructor"), Client(), timezone.now()
        staff.force_login(ina)
        exam = write_course(staff)
        sitting = factories.sitting(exam, owner=ina, opens_at=now - 40 * MINUTE, closes_at=now - 20 * MINUTE)
        sat(sitting, "Ben", 1)
        ana = sat(sitting, "Ana", 3)
        sittings.release(sitting, timezone.now())
        return Course(staff, exam, sitting, ana)


@pytest.fixture
def staff(finished: Course) -> Client:
    return finished.staff


@pytest.fixture
def course(finished: Course) -> Blueprint:
    return Blueprint.objects.get(pk=finished.exam.pk)


@pytest.fixture
def sitting(finished: Course) -> Sitting:
    return Sitting.objects.get(pk=finished.sitting.pk)


@pytest.fixture
def ana(finished: Course) -> Attempt:
    return Attempt.objects.select_related("form__blueprint", "candidate", "report").get(pk=finished.ana.pk)


def test_an_author_writes_questions_without_an_exam_domain_and_the_class_sits_them(
    course: Blueprint, ana: Attempt
) -> None:
    questions = Question.objects.order_by("code").values_list("code", "status", "collection", "exam_domain", "topic")
    assert list(questions) == [
        (f"course-{number}", "live" if number < 7 else "review", "course", None, None) for number in range(1, 8)
    ]
    drawn = ana.responses.values_list("exam_domain", "revision__question__tags").order_by("exam_domain")
    assert [(number, tags) for number, tags in drawn] == [
        (1, ["easy"]), (1, ["easy"]), (2, ["hard"]), (2, ["hard"])
    ]  # fmt: skip
    assert [(row.exam_domain, row.n) for row in ana.report.domains.order_by("exam_domain")] == [(1, 2), (2, 2)]
    assert audit_sentences() == []


def test_the_pages_of_the_class_and_of_the_candidate_say_the_exam_domains_that_drew(
    staff: Client, sitting: Sitting, ana: Attempt
) -> None:
    for page in ("board", "results", "result_questions", "paper"):
        assert staff.get(reverse(f"admin:exams_sitting_{page}", args=[sitting.pk])).status_code == 200, page
    words = text(staff.get(reverse("admin:exams_sitting_results", args=[sitting.pk])))
    assert "Warm up" in words
    assert "Race" in words
    client = browser(ana.candidate)
    for name in ("report", "review"):
        words = text(client.get(reverse(name, args=[ana.uuid])))
        assert "Warm up" in words, name
        assert "Race" in words, name
    slots = json.loads(client.get(reverse("export", args=[ana.uuid])).content)["slots"]
    assert sorted(slot["domain"] for slot in slots) == [1, 1, 2, 2]
    table = client.get(reverse("export_answers", args=[ana.uuid])).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table)))) >= 5
    file = io.BytesIO(staff.get(reverse("admin:exams_sitting_results_xlsx", args=[sitting.pk])).content)
    assert zipfile.is_zipfile(file)


def test_candidates_practice_with_them_and_see_their_progress(course: Blueprint, ana: Attempt) -> None:
    factories.opened(course)
    client = browser(ana.candidate)
    page = client.post(
        reverse("practice_start"),
        {"blueprint": course.code, "kind": "quiz", "size": "5", "feedback": "each"},
        follow=True,
    )
    assert page.status_code == 200
    practice = Attempt.objects.get(mode=Mode.PRACTICE)
    assert set(practice.responses.values_list("exam_domain", flat=True)) <= {1, 2}
    answers = past_answers(ana.candidate.pk)
    assert {(answer.syllabus, answer.exam_domain) for answer in answers} == {("COURSE", 1), ("COURSE", 2)}
    query = {"exam": course.code}
    for name in ("practice", "progress", "plan", "missed", "history", "notebook", "today", "cards", "method"):
        assert client.get(reverse(name), query, follow=True).status_code == 200, name
    missed = text(client.get(reverse("missed"), query))
    assert STEMS[0] in missed or any(stem in missed for stem in STEMS), "one answer was wrong"
    found = client.get(reverse("guide_search"), {**query, "q": "goats"})
    assert found.status_code == 200


def test_a_starred_question_becomes_a_card_of_the_exam_domain_that_drew_it(course: Blueprint, ana: Attempt) -> None:
    factories.opened(course)
    response = ana.responses.select_related("revision").get(position=1)
    Star.objects.create(candidate=ana.candidate, question_id=response.revision.question_id, created_at=timezone.now())
    client = browser(ana.candidate)
    decks = {1: "domain-1", 2: "domain-2"}
    for number, deck in decks.items():
        page = client.get(reverse("card_deck", args=[deck]), {"exam": course.code}, follow=True)
        assert (page.context["deck"].queue.total == 1) is (number == response.exam_domain), deck


def test_the_statistics_and_the_bank_report_of_the_exam_have_them(
    staff: Client, course: Blueprint, ana: Attempt
) -> None:
    item_analysis.analyze(course.code, timezone.now)
    assert ItemStatistics.objects.count() == 4
    page = staff.get(reverse("admin:bank_statistics"), {"exam": course.code})
    assert len(page.context["statistics"].rows) == 4
    assert staff.get(reverse("admin:question_statistics", args=[Question.objects.all()[0].pk])).status_code == 200


@pytest.mark.slow
def test_no_page_of_staff_or_candidate_fails_or_shows_none(
    staff: Client, course: Blueprint, sitting: Sitting, ana: Attempt
) -> None:
    factories.opened(course)
    question, waiting = Question.objects.get(code="course-1"), Question.objects.get(code="course-7")
    values = {
        "pk": question.pk, "object_id": question.pk, "slug": "course", "uuid": ana.uuid, "code": course.code,
        "position": 1, "deck": "all", "number": 1, "token": "none", "name": "edit", "format": "json", "file": "x",
        "uidb36": "1", "key": "set-password", "app_label": "questions", "url": "nowhere", "content_type_id": 1,
        "attempt": ana.pk, "old_revision": 1,
        "admin/review/<int:pk>/:pk": waiting.pk,
        **{f"admin/exams/sitting:{name}": sitting.pk for name in ("pk", "object_id")},
        **{f"admin/exams/attempt:{name}": ana.pk for name in ("pk", "object_id")},
        **{f"admin/questions/blueprint:{name}": course.pk for name in ("pk", "object_id")},
    }  # fmt: skip
    boss = Client()
    boss.force_login(User.objects.create_superuser("root", "", authoring.PASSWORD))
    faults = []
    for client in (boss, browser(ana.candidate)):
        for route in ROUTES:
            if route.startswith(SKIPPED):
                continue
            response = client.get(address(route, values), {"exam": course.code})
            body = "" if response.streaming else response.content.decode(errors="replace")
            words = re.sub(r"<script.*?</script>|<[^>]+>", " ", body, flags=re.DOTALL)
            if response.status_code == 200 and re.search(r"(?<![\w“])None(?![:.,\w]| of| yet| comes| is)", words):
                faults.append((route, re.findall(r".{40}\bNone\b.{20}", " ".join(words.split()))[:2]))
            assert response.status_code < 500, route
    assert faults == []
