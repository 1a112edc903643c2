"""Test the page of the bank's statistics: what is missing in words, figures, flagged questions, the file, the start."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.services.analysis import item_analysis
from exams.services.attempt import ending
from questions.models import AnalysisRun, Blueprint, Job, Question, Revision, User
from questions.services import approval, jobs, ratings
from questions.services.bank_version import raise_bank_version
from tests import authoring, factories
from tests.authoring import account
from tests.factories import NOW, handed_in
from tests.html_forms import text
from tests.statistics_rows import statistics

pytestmark = pytest.mark.django_db
PAGE = "/admin/statistics/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def blueprint(settings: Any) -> Blueprint:
    """Return the exam of the front page: 10 live questions, 4 in an exam."""
    return factories.small_blueprint(scored=4, unscored=0)


def page(client: Client, **query: Any) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    shown = text(answer)
    assert not re.search(r"\b(nan|None|inf)\b", shown, re.IGNORECASE), shown
    return shown


def live_revisions() -> list[Revision]:
    return list(Revision.objects.filter(question__status="live").order_by("pk"))


def test_without_a_bank_it_says_so(client: Client, instructor: User) -> None:
    shown = page(client)
    assert "There are no scored questions yet." in shown
    assert "No analysis has finished yet." in shown


def test_without_an_exam_it_says_what_is_needed(client: Client, instructor: User, blueprint: Blueprint) -> None:
    live = len(live_revisions())
    shown = page(client)
    assert f"First signals need about {-(-30 * live // 4)} finished exams; you have 0." in shown
    assert f"First signals: is a key wrong? 30 0 of {live}" in shown
    assert "Proposals for pilots" not in shown, "this exam asks none"
    assert "Analyze now" in shown
    for later in ("Questions to look at", "Precision of scores", "Exposure", "Download as CSV"):
        assert later not in shown


def test_few_exams_give_no_precision_and_no_ratings(client: Client, instructor: User, blueprint: Blueprint) -> None:
    for _ in range(2):
        handed_in(2, factories.candidate(), blueprint)
    item_analysis.analyze("TINY", lambda: NOW + timedelta(hours=2))
    shown = page(client)
    assert "you have 2." in shown
    assert "It used 2 exams with 8 answers" in shown
    assert "Reliability and the consistency of decisions need 30 exams." in shown
    assert "No question has 100 answers yet" in shown
    assert "In how many of the 2 finished exams" in shown
    in_no_exam = re.search(r"in no exam (\d+) 0 to 5% 0 .* over 25% (\d+)", shown)
    assert in_no_exam
    assert int(in_no_exam[1]) + int(in_no_exam[2]) == len(live_revisions()), "each question once"
    most = shown[shown.index("The questions that most exams contained") :]
    assert re.search(r"Question Exams Share tiny-d\d-\d+ [12] (50|100)%", most)


def test_the_table_of_the_questions_comes_first_and_is_sorted(
    client: Client, instructor: User, blueprint: Blueprint
) -> None:
    for right in (4, 1):
        handed_in(right, factories.candidate(), blueprint)
    item_analysis.analyze("TINY", lambda: NOW + timedelta(hours=2))
    answer = client.get(PAGE, {"sort": "-right", "exam": "TINY"})
    percents = [row.percent for row in answer.context["table"].rows if row.percent is not None]
    assert percents == sorted(percents, reverse=True)
    assert len(set(percents)) > 1
    assert 'href="?sort=right&amp;exam=TINY"' in answer.text
    shown = text(answer)
    assert shown.index("Discrimination says whether") < shown.index("What the answers can say")


def test_the_classes_of_an_exam_have_their_statistics_at_any_size(
    client: Client, instructor: User, blueprint: Blueprint
) -> None:
    sitting = factories.sitting(owner=instructor, blueprint=blueprint)
    assert "Of one class, at any size" not in page(client), "nobody has started"
    factories.class_attempt(sitting, "Ana")
    assert reverse("admin:exams_sitting_result_questions", args=[sitting.pk]) in client.get(PAGE).text
    other = factories.sitting(owner=account("ben", "Instructor"), blueprint=blueprint)
    factories.class_attempt(other, "Ben")
    assert reverse("admin:exams_sitting_result_questions", args=[other.pk]) not in client.get(PAGE).text


def test_with_enough_exams_the_sentence_names_what_is_left(
    client: Client, instructor: User, blueprint: Blueprint, monkeypatch: Any
) -> None:
    rows = live_revisions()
    for exams, words in (
        (30 * len(rows) // 4 + 1, "Discrimination and all flags need"),
        (9999, f"At the last analysis, {len(rows)} of {len(rows)} scored questions had fewer than 200 answers."),
    ):
        monkeypatch.setattr("exams.admin.analysis.bank_statistics.count_exams", lambda exam, exams=exams: exams)
        assert words in page(client)
    for revision in rows:
        statistics(revision, 200)
    assert "9999 finished exams are enough for all statistics." in page(client)


def test_pilots_have_their_own_number_of_exams(client: Client, instructor: User, settings: Any) -> None:
    factories.small_blueprint(scored=4, unscored=2)
    keys = [revision.question_id for revision in live_revisions()[:3]]
    Question.objects.filter(pk__in=keys).update(status="pilot")
    raise_bank_version()
    statistics(Revision.objects.get(question=keys[0], question__current=F("pk")), 200)
    assert "Proposals for pilots 200 1 of 3 300" in page(client)


def test_figures_are_shown_in_words_with_tables_beside_the_chart(
    client: Client, instructor: User, blueprint: Blueprint
) -> None:
    one, two, three, *_rest = live_revisions()
    Question.objects.filter(pk=one.question_id).update(rating=50)
    statistics(one, 200, 0.9, flags=["too_easy", "rating"])
    Question.objects.filter(pk=two.question_id).update(rating=62)
    statistics(two, 150, 0.6)
    statistics(three, 40, 0.2, flags=["key"])
    AnalysisRun.objects.create(
        exam="TINY",
        cause="night", requested_at=NOW, finished_at=NOW, exams=60, responses=240, total=3, reliability=0.8333,
        consistency=0.861,
    )  # fmt: skip
    shown = page(client)
    assert "Reliability .83" in shown
    assert "Same decision 86" in shown
    assert "2 questions have flags" in shown
    flagged = shown[shown.index("Questions to look at") :]
    assert re.search(rf"{three.question.code} key doubtful 40 0 – – .*{one.question.code} very easy, rating", flagged)
    assert "40 to 59% 1 50% 90% 1" in shown
    assert "60 to 79% 1 62% 60% 0" in shown
    html = client.get(PAGE).content.decode()
    assert html.count('class="question off"') == 1
    assert f'href="{reverse("admin:question_statistics", args=[one.question_id])}"' in html


def test_flagged_questions_are_listed_in_pages_while_they_are_in_use(
    client: Client, instructor: User, blueprint: Blueprint, monkeypatch: Any
) -> None:
    monkeypatch.setattr("exams.admin.analysis.bank_statistics.FLAGGED_PER_PAGE", 1)
    one, two, three, *_rest = live_revisions()
    for revision in (one, two, three):
        statistics(revision, 200, flags=["slow"])
    Question.objects.filter(pk=two.question_id).update(status="retired")
    codes = [revision.question.code for revision in (one, two, three)]
    first, second = page(client), page(client, page=2)

    def listed(shown: str) -> str:
        return shown.partition("Questions to look at")[2].partition("Exposure")[0]

    assert "2 questions have flags" in first
    assert [code in listed(first) for code in codes] == [True, False, False]
    assert [code in listed(second) for code in codes] == [False, False, True]
    assert "1–1 of 2 Next" in first


@pytest.mark.slow
def test_a_paper_of_a_class_has_its_kr20_and_its_name_for_those_who_see_this_class(
    client: Client, instructor: User
) -> None:
    sitting = factories.sitting(factories.small_blueprint(scored=8, unscored=1), owner=instructor)
    for number in range(12):
        attempt = factories.class_attempt(sitting, f"Person {number}")
        factories.tick(attempt, number % 7 + 1)
        ending.finish(attempt, NOW)
    item_analysis.analyze("TINY", lambda: NOW)
    assert re.search(r"Class 7b, 1 April 2026 12 \.\d\d", page(client))
    for name, role, sees in (("ada", "Author", False), ("ivo", "Instructor", False), ("adam", "Administrator", True)):
        client.force_login(account(name, role))
        shown = page(client)
        assert ("Class 7b" in shown) is sees, role
        assert bool(re.search(r"Class exam, 1 April 2026 12 \.\d\d", shown)) is not sees, role


def test_simulated_figures_say_that_they_are_simulated(client: Client, instructor: User, blueprint: Blueprint) -> None:
    row = statistics(live_revisions()[0], 40)
    assert "simulated" not in page(client)
    row.synthetic = True
    row.save()
    assert "The figures below are from simulated exams" in page(client)


def test_who_left_a_question_open_is_counted_apart(client: Client, instructor: User, blueprint: Blueprint) -> None:
    statistics(live_revisions()[0], 120, 0.1, omit=0.25, flags=["too_hard"])
    answer = client.get(reverse("admin:bank_statistics"))
    (row,) = [row for row in answer.context["table"].rows if row.n]
    assert (row.answered, row.left_open, row.percent) == (90, 30, 10)
    assert "very hard 90 30 10%" in text(answer)


def test_the_file_has_a_row_for_each_question_and_no_hidden_rating(client: Client, blueprint: Blueprint) -> None:
    one, two, *_rest = live_revisions()
    statistics(one, 200, flags=["too_easy", "rating"])
    statistics(two, 0)
    ada = account("ada", "Author")
    waiting = authoring.question(ada)
    ratings.rate([waiting], 35, now=NOW, by=ada)
    approval.submit([waiting], now=NOW, by=ada)
    revision = Revision.objects.get(question=waiting)
    Question.objects.filter(pk=waiting.pk).update(current=revision, exam_domain=one.question.exam_domain, topic=None)
    statistics(revision, 120, 0.5)
    client.force_login(account("rob", "Reviewer"))
    answer = client.get(reverse("admin:bank_statistics_table"))
    assert answer["Content-Disposition"].startswith('attachment; filename="mlsprep-statistics-')
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(answer.content.decode()))}
    assert set(rows) == {one.question.code, two.question.code, waiting.code}
    assert (rows[one.question.code]["p"], rows[one.question.code]["flags"]) == ("0.6000", "too_easy rating")
    assert rows[two.question.code]["p"] == ""
    assert (rows[waiting.code]["rating"], rows[waiting.code]["at_standard"]) == ("", "50")
    assert rows[one.question.code]["rating"] == str(one.question.rating)


def test_an_instructor_starts_an_analysis_and_sees_its_progress(
    client: Client, instructor: User, blueprint: Blueprint, monkeypatch: Any
) -> None:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr("questions.task_queue.send", lambda task, pk, _limit=None: sent.append((task, pk)))
    handed_in(2, factories.candidate(), blueprint)
    with time_machine.travel(NOW, tick=False):
        answer = client.post(reverse("admin:analysis_run"), follow=True)
        run = AnalysisRun.objects.get()
        job = Job.objects.get()
        assert (sent[-1:], job.data) == ([("questions.run_job", job.pk)], {"run": run.pk})
        assert (run.cause, run.by) == ("request", instructor)
        shown = text(answer)
        assert "Analysis waiting for a worker since 1 April 2026" in shown
        assert "Analyze now" not in shown
        assert 'http-equiv="refresh"' in answer.content.decode()
        client.post(reverse("admin:analysis_run"))
        assert AnalysisRun.objects.count() == 1, "it waits already"
        Job.objects.update(state="running", claimed_at=NOW, claims=1, tries=1, total=8, progress=2)
        progress = client.get(reverse("admin:analysis_run"), headers=HTMX)
        assert "Analysis running since 1 April 2026" in text(progress)
        assert "2 of 8" in text(progress)
        assert "has not reported progress" not in text(progress)
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        assert "has not reported progress" in text(client.get(reverse("admin:analysis_run"), headers=HTMX))
        assert jobs.run(job.pk, lambda: NOW + timedelta(minutes=6))
        done = client.get(reverse("admin:analysis_run"), headers=HTMX)
        assert done["HX-Refresh"] == "true"
        assert "Last analysis: 1 April 2026" in page(client)
        assert client.get(reverse("admin:analysis_run")).status_code == 302, "without a script, the page itself"


def test_an_author_reads_and_starts_nothing(client: Client, blueprint: Blueprint) -> None:
    client.force_login(account("ada", "Author"))
    assert "Analyze now" not in page(client)
    assert client.post(reverse("admin:analysis_run")).status_code == 403
    assert not AnalysisRun.objects.exists()


@pytest.mark.parametrize("name", ["bank_statistics", "bank_statistics_table", "analysis_run"])
def test_who_may_not_read_questions_is_refused(client: Client, name: str) -> None:
    assert client.get(reverse(f"admin:{name}")).status_code == 302
    client.force_login(User.objects.create_user("eve", "eve@example.org", "x", is_staff=True))
    assert client.get(reverse(f"admin:{name}")).status_code == 403


def test_the_page_takes_a_constant_number_of_queries(
    client: Client, instructor: User, blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = live_revisions()
    statistics(rows[0], 140, flags=["key"])
    AnalysisRun.objects.create(exam="TINY", cause="night", requested_at=NOW, finished_at=NOW, exams=60, reliability=0.8)
    page(client)
    with django_assert_num_queries(21):
        client.get(PAGE)
    for revision in rows[1:4]:
        statistics(revision, 150, flags=["rating"])
    with django_assert_num_queries(21):
        client.get(PAGE)


def test_the_list_of_questions_links_to_the_page(client: Client, instructor: User) -> None:
    html = client.get(reverse("admin:questions_question_changelist")).content.decode()
    assert f'<a href="{PAGE}">Statistics</a>' in html
