"""Test the work list of an import: suggested topics, guessable keys, submission of all drafts without errors."""

import datetime
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import json_file, registry
from questions.imports import planner
from questions.imports.plan import ImportSettings
from questions.imports.steps import import_plan
from questions.models import Collection, ImportBatch, Question, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded_bank")]
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
OVERFITTED = (
    "A harbor trains a network on gulls with a dropout rate; early stopping waits for the patience of the validation "
    "loss and restores the best weights. What helps?"
)
THINGS = ("gulls", "ferries", "lanterns", "anchors", "buoys", "nets")


def draft(n: int, **changes: Any) -> QuestionContent:
    thing = THINGS[n % len(THINGS)]
    options = tuple(
        OptionContent(code, code == "b", f"{word} {thing}", f"It is {word}.")
        for code, word in zip("abc", ("count the", "drop all", "sort some"), strict=True)
    )
    stem = f"A harbor trains network {n} on {thing}; dropout and early stopping are possible. What helps with {thing}?"
    return replace(
        QuestionContent(id=f"harbor-{n}", stem=stem, options=options, exam_domain=3, explanation=f"So do {thing}."),
        **changes,
    )


def bring(*drafts: QuestionContent, by: User | None = None, **settings: Any) -> ImportBatch:
    plan = planner.make_plan(registry.read(json_file.write(drafts), "x.json"), ImportSettings("MLS-C01", **settings))
    batch = import_plan(plan, "x.json", "0" * 64, now=NOW, by=by)
    assert batch is not None
    return batch


def get(client: Client, what: str, batch: ImportBatch, query: str = "") -> str:
    return text(client.get(reverse(f"admin:questions_{what}", args=[batch.pk]) + query))


def text(page: HttpResponse) -> str:
    return " ".join(page.content.decode().split())


def fields(page: str) -> dict[str, str]:
    """Return the data that a browser would submit on the unchanged page of topics."""
    sent = dict(re.findall(r'type="hidden" name="(version-\d+)" value="(\d+)"', page))
    for name, options in re.findall(r'<select name="(topic-\d+)".*?>(.*?)</select>', page):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent | dict(re.findall(r'name="(point-\d+)" value="([^"]*)" checked', page))


@pytest.mark.slow
def test_suggested_topics_are_accepted_with_their_nearest_point(admin_client: Client) -> None:
    batch = bring(draft(1, stem=OVERFITTED))
    page = get(admin_client, "import_topics", batch)
    assert "Shared words:" in page
    assert "dropout" in page
    done = admin_client.post(reverse("admin:questions_import_topics", args=[batch.pk]), fields(page), follow=True)
    question = Question.objects.get(code="harbor-1")
    assert question.topic is not None
    assert question.topic.slug == "dropout-and-early-stopping"
    assert [point.topic for point in question.points.all()] == [question.topic]
    assert "1 topic was assigned." in text(done)
    assert "All questions of this import have a topic." in text(done)
    assert "Give a topic" not in get(admin_client, "importbatch_change", batch)


def test_another_topic_can_be_chosen_and_later_skips_the_question(admin_client: Client) -> None:
    batch = bring(draft(1), draft(2))
    sent = fields(get(admin_client, "import_topics", batch))
    one, two = Question.objects.order_by("pk").filter(batch=batch)
    sent |= {f"topic-{one.pk}": "glue-databrew", f"topic-{two.pk}": ""}
    admin_client.post(reverse("admin:questions_import_topics", args=[batch.pk]), sent)
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.topic is not None
    assert (one.topic.slug, one.exam_domain.number, two.topic) == ("glue-databrew", 1, None)
    assert not one.points.exists(), "the suggested point belongs to another topic"


def test_a_question_without_an_exam_domain_gets_that_of_its_topic(admin_client: Client) -> None:
    batch = bring(draft(1, exam_domain=None), collection="course")
    question = Question.objects.get(batch=batch)
    assert question.exam_domain is None
    sent = fields(get(admin_client, "import_topics", batch)) | {f"topic-{question.pk}": "glue-databrew"}
    admin_client.post(reverse("admin:questions_import_topics", args=[batch.pk]), sent)
    question.refresh_from_db()
    assert question.exam_domain is not None
    assert (question.topic.slug, question.exam_domain.number) == ("glue-databrew", 1)


def test_a_topic_that_is_not_believed_is_named_but_not_chosen(admin_client: Client) -> None:
    page = get(admin_client, "import_topics", bring(draft(1)))
    assert "Perhaps: Dropout and early stopping." in page
    assert [value for name, value in fields(page).items() if name.startswith("topic-")] == [""]


def test_a_question_about_something_else_has_no_topic_preselected(admin_client: Client) -> None:
    stem = "A team of 12 cooks bakes 100 cakes in 30 minutes. How many eggs do 24 cakes of 0.5 kg need in 2024?"
    options = tuple(OptionContent(code, code == "b", text) for code, text in {"a": "10", "b": "24", "c": "512"}.items())
    batch = bring(draft(1, stem=stem, options=options, explanation=""))
    page = get(admin_client, "import_topics", batch)
    assert "No suggestion" in page
    assert [value for name, value in fields(page).items() if name.startswith("topic-")] == [""]
    done = admin_client.post(reverse("admin:questions_import_topics", args=[batch.pk]), fields(page), follow=True)
    assert "No topic was chosen, so nothing was changed." in text(done)


def test_a_question_changed_meanwhile_is_not_changed(admin_client: Client) -> None:
    batch = bring(draft(1, stem=OVERFITTED))
    sent = fields(get(admin_client, "import_topics", batch))
    Question.objects.filter(batch=batch).update(lock_version=9)
    page = admin_client.post(reverse("admin:questions_import_topics", args=[batch.pk]), sent, follow=True)
    assert "Someone else changed this question." in text(page)
    assert Question.objects.get(batch=batch).topic is None


def test_only_drafts_of_the_import_without_a_topic_get_one(client: Client, author: User) -> None:
    """An author moves no question that candidates get, nor that of somebody else."""
    batch, other = bring(draft(1), by=author), bring(draft(2))
    live = Question.objects.filter(status="live", topic__isnull=False, exam_domain__exam="MLS-C01").first()
    (mine,), (foreign,) = Question.objects.filter(batch=batch), Question.objects.filter(batch=other)
    assert live
    client.force_login(author)
    address = reverse("admin:questions_import_topics", args=[batch.pk])
    chosen = {row.pk: "glue-databrew" for row in (live, mine, foreign)}
    versions = {row.pk: row.lock_version for row in (live, mine, foreign)}

    def send() -> str:
        topics = {f"topic-{pk}": slug for pk, slug in chosen.items()}
        return text(client.post(address, topics | {f"version-{pk}": n for pk, n in versions.items()}, follow=True))

    before = {row.pk: (row.topic_id, row.exam_domain_id, row.lock_version) for row in (live, foreign)}
    page = send()
    assert "1 topic was assigned." in page
    assert f"{live.code}: Candidates get this question. Only a reviewer changes where it is drawn" in page
    assert f"{foreign.code}: Only a draft of this import that has no topic gets one here." in page
    for row in (live, foreign, mine):
        row.refresh_from_db()
    assert {row.pk: (row.topic_id, row.exam_domain_id, row.lock_version) for row in (live, foreign)} == before
    assert mine.topic
    chosen, versions = {mine.pk: "ground-truth"}, {mine.pk: mine.lock_version}
    assert "Only a draft of this import that has no topic gets one here." in send()


@pytest.mark.parametrize(("name", "value"), [("version", "²"), ("version", "9" * 40), ("topic-²", "glue-databrew")])
def test_invalid_numbers_change_nothing(admin_client: Client, name: str, value: str) -> None:
    batch = bring(draft(1))
    sent = fields(get(admin_client, "import_topics", batch))
    (question,) = Question.objects.filter(batch=batch)
    if name == "version":
        name = f"version-{question.pk}"
    else:
        del sent[f"topic-{question.pk}"]
    answer = admin_client.post(reverse("admin:questions_import_topics", args=[batch.pk]), {**sent, name: value})
    assert answer.status_code == 302
    assert Question.objects.get(batch=batch).topic is None


@pytest.mark.slow
def test_twenty_topics_are_assigned_at_a_time_in_a_constant_number_of_queries(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = bring(*(draft(n) for n in range(24)))
    with django_assert_max_num_queries(50):
        page = get(admin_client, "import_topics", batch)
    assert "24 questions have no topic yet." in page
    assert len(re.findall(r'<select name="topic-', page)) == 20
    assert page.count("Assign the chosen topics") == 1
    assert len(re.findall(r'<select name="topic-', get(admin_client, "import_topics", batch, "?page=2"))) == 4


def test_guessable_keys_are_counted_and_listed_with_the_reason(admin_client: Client) -> None:
    long = "drop all of them at once, since only this removes the cause and keeps the other properties of the set"
    options = tuple(replace(option, text=long) if option.correct else option for option in draft(1).options)
    batch = bring(draft(1, options=options), draft(2))
    work = get(admin_client, "importbatch_change", batch)
    assert "Rewrite 1 guessable key" in work
    page = get(admin_client, "import_keys", batch)
    assert "harbor-1" in page
    assert "harbor-2" not in page


def test_a_corrected_question_leaves_the_list_of_guessable_keys(admin_client: Client) -> None:
    from questions.models import Revision
    from questions.services import revisions

    long = "drop all of them at once, since only this removes the cause and keeps the other properties of the set"
    options = tuple(replace(option, text=long) if option.correct else option for option in draft(1).options)
    batch = bring(draft(1, options=options))
    revisions.rewrite(Revision.objects.get(question__batch=batch), draft(1), now=NOW, by=None)
    assert "guessable" not in get(admin_client, "importbatch_change", batch)


def test_the_work_list_shows_what_is_missing_before_review(admin_client: Client) -> None:
    work = get(admin_client, "importbatch_change", bring(draft(1), draft(2, license="CC0-1.0")))
    assert "No license: 1. No date of the facts: 2" in work
    assert "2 not rated" in work
    assert "2 without references" in work
    assert "Optional for your own questions" in work
    assert "Submit for review" not in work


def test_the_work_list_links_to_each_error_and_counts_near_duplicates(admin_client: Client) -> None:
    near = replace(draft(2), id="harbor-2-again", stem=draft(2).stem + " Think twice.")
    bad = [draft(n, stem=draft(n).stem + " <script>") for n in (1, 4)]
    batch = bring(*bad, draft(2), near, license="CC0-1.0", as_of="2026-11-01")
    work = get(admin_client, "importbatch_change", batch)
    assert "Correct 2 questions with errors" in work
    first, second = (
        f'<a href="{reverse("admin:questions_question_change", args=[Question.objects.get(code=code).pk])}">{code}</a>'
        for code in ("harbor-1", "harbor-4")
    )
    assert f"{first} · {second}" in work, "separated"
    assert "1 nearly the same as another question" in work
    assert "2 have warnings, and each warning needs a reason." in work


def test_unfinished_imports_are_not_in_the_filter_of_questions(admin_client: Client) -> None:
    bring(draft(1))
    ImportBatch.objects.create(at=NOW, file="broken.zip", sha256="0" * 64, format="", state="failed")
    page = text(admin_client.get(reverse("admin:questions_question_changelist")))
    assert "x.json, 25 Nov 2026" in page
    assert "broken.zip" not in page


@pytest.mark.slow
def test_all_drafts_without_errors_are_submitted_once_their_warnings_have_a_reason(admin_client: Client) -> None:
    batch = bring(draft(1), draft(2), draft(4), license="CC0-1.0", as_of="2026-11-01")
    assert "3 have warnings, and each warning needs a reason." in get(admin_client, "importbatch_change", batch)
    page = get(admin_client, "import_submit", batch)
    names = re.findall(r'name="(reason-[a-z-]+)"', page)
    assert "reason-missing-reference" in names
    here = reverse("admin:questions_import_submit", args=[batch.pk])
    admin_client.post(here)
    assert not Question.objects.filter(batch=batch, status="review").exists(), "a warning stays without a reason"
    done = admin_client.post(here, dict.fromkeys(names, "A set of our own."), follow=True)
    assert "3 questions were submitted for review." in text(done)
    assert Question.objects.filter(batch=batch, status="review").count() == 3
    page = get(admin_client, "importbatch_change", batch)
    assert "3 wait for their review" in page
    [address] = re.findall(r'href="([^"]+)">\s*Show questions in review', page)
    assert admin_client.get(unescape(address)).context["cl"].result_count == 3
    Question.objects.filter(batch=batch).update(status="retired")
    assert "No drafts are left." in get(admin_client, "importbatch_change", batch)


@pytest.mark.slow
def test_a_new_collection_of_ones_own_submits_what_its_work_list_says(admin_client: Client) -> None:
    given = {"license": "CC0-1.0", "as_of": "2026-11-01", "collection": "mine"}
    batch = bring(*(replace(draft(n), references=(), collection="") for n in (1, 2, 4)), **given)
    work = get(admin_client, "importbatch_change", batch)
    assert "3 pass all checks." in work
    assert "Submit 3" in work
    assert "reason-" not in get(admin_client, "import_submit", batch)
    done = admin_client.post(reverse("admin:questions_import_submit", args=[batch.pk]), follow=True)
    assert "3 questions were submitted for review." in text(done)
    assert Collection.objects.get(slug="mine").house_rules == []


def test_the_work_list_takes_a_constant_number_of_queries(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = bring(*(draft(n) for n in range(12)))
    with django_assert_max_num_queries(50):
        get(admin_client, "importbatch_change", batch)
    with django_assert_max_num_queries(40):
        get(admin_client, "import_keys", batch)
