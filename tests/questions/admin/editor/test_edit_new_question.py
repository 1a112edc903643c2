"""Test the page of a new question: what it starts with, saving and submitting it."""

import pytest
from django.test import Client
from django.urls import reverse

from questions.models import AutosavedEdit, Question, User
from tests import authoring
from tests.html_forms import form_values, text
from tests.questions.admin.editor.question_pages import sent

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_new_question_is_saved_and_submitted(client: Client, author: User) -> None:
    topic = authoring.place()
    url = reverse("admin:questions_question_add")
    data = sent(client, url, code="own-first", topic=topic.pk, points=["own1"], as_of="2026-11-01", license="CC0",
                rating="60", stem=authoring.CONTENT.stem, explanation=authoring.CONTENT.explanation)  # fmt: skip
    for place, option in enumerate(authoring.CONTENT.options):
        data |= {f"options-{place}-text": option.text, f"options-{place}-rationale": option.rationale}
    data |= {
        "options-0-correct": "on",
        "references-0-title": "JobSample",
        "references-0-url": "https://docs.aws.amazon.com/databrew/",
        "_submit": "1",
    }
    client.post(reverse("admin:questions_question_autosave_new"), data)
    answer = client.post(url, data, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["own-first was submitted for review."]
    made = Question.objects.get(code="own-first")
    revision = made.revisions.get()
    assert (made.status, made.author, made.rating, made.raters) == ("review", author, 60, 1)
    assert made.exam_domain == topic.task.exam_domain
    assert [point.code for point in made.points.all()] == ["own1"]
    assert (revision.kind, revision.choose, revision.n_options) == ("multiple-choice", 1, 4)
    assert [option.code for option in revision.options.all()] == list("abcd")
    assert revision.references == [{"title": "JobSample", "url": "https://docs.aws.amazon.com/databrew/"}]
    assert not AutosavedEdit.objects.exists(), "saving deletes the autosaved edit"


def test_a_new_question_gets_the_authors_last_collection_but_never_the_shipped_one(
    client: Client, author: User
) -> None:
    url = reverse("admin:questions_question_add")
    assert sent(client, url)["collection"] == "local"
    Question.objects.filter(pk=authoring.question(author).pk).update(collection="autumn-course")
    assert sent(client, url)["collection"] == "autumn-course"


def test_a_new_question_gets_the_license_and_collection_of_the_last_one(
    client: Client, question: Question, author: User
) -> None:
    Question.objects.update(license="CC0", collection="night-school")
    data = form_values(client.get(reverse("admin:questions_question_add")).text, "write")
    assert (data["license"], data["collection"]) == ("CC0", "night-school")


def test_a_question_of_ones_own_collection_has_no_exam_domain_unless_one_is_chosen(
    client: Client, author: User
) -> None:
    domain = authoring.place().task.exam_domain
    url = reverse("admin:questions_question_add")
    none = "None: the exam draws by collection, topic or tag"
    assert f'<option value="" selected>{none}</option>' in client.get(url).text
    typed = sent(client, url, code="own-first", stem="Which?", collection="course")
    typed |= {"options-0-text": "This", "options-0-correct": "on", "options-1-text": "That"}
    client.post(url, typed)
    made = Question.objects.get(code="own-first")
    assert (made.exam_domain, made.collection) == (None, "course")
    assert sent(client, url)["collection"] == "course", "the next one begins with it"
    page = client.post(url, typed | {"code": "own-second", "collection": "local"})
    assert "Choose a topic or an exam domain." in page.text, "this collection is strict"
    change = reverse("admin:questions_question_change", args=[made.pk])
    client.post(change, sent(client, change, exam_domain=domain.pk))
    made.refresh_from_db()
    assert made.exam_domain == domain
    listed = reverse("admin:questions_question_changelist")
    client.post(change, sent(client, change, exam_domain=""))
    page = client.get(listed, {"exam_domain__id__exact": "none"})
    assert [row.code for row in page.context["cl"].result_list] == ["own-first"]
    assert "no exam domain" in text(page)


def test_an_invalid_code_is_refused_with_a_message(client: Client, author: User) -> None:
    url = reverse("admin:questions_question_add")
    page = client.post(url, sent(client, url, code="My question!", stem="Which?")).text
    assert "letters without accents, digits, hyphens" in page


def test_without_a_code_one_is_made_from_the_stem(client: Client, author: User) -> None:
    topic = authoring.place()
    url = reverse("admin:questions_question_add")
    typed = sent(client, url, code="", topic=topic.pk, stem="Which of these tides is the highest?",
                 **{"options-0-text": "Spring", "options-1-text": "Neap", "options-0-correct": "on"})  # fmt: skip
    client.post(url, typed)
    first = Question.objects.get()
    assert first.code.startswith("which-of-these-tides-is-the-highest-")
    client.post(url, typed)
    assert Question.objects.exclude(pk=first.pk).get().code.endswith("-2"), "the same text again gets a code, too"
