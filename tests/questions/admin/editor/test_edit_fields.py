"""Test how the editor explains its fields: license, what a review needs, Markdown, terms."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from questions.content.schema import MAX_OPTIONS
from questions.models import ExamDomain, Question, User
from tests import authoring, factories
from tests.html_forms import form_values, text
from tests.questions.admin.editor.question_pages import address, sent

pytestmark = pytest.mark.django_db

ADD = "/admin/questions/question/add/"


@pytest.mark.slow
def test_the_license_is_chosen_or_typed_and_remembered(client: Client, question: Question, author: User) -> None:
    url = address(question)
    assert '<option value="CC-BY-SA-4.0" selected>' in client.get(url).text
    refused = client.post(url, sent(client, url, license="other", license_other=" "))
    assert "Enter the other license, or choose one from the list." in refused.text
    client.post(url, sent(client, url, license="other", license_other="School only"))
    question.refresh_from_db()
    assert question.license == "School only"
    page = client.get(ADD).text
    assert '<option value="School only" selected>' in page, "the next question begins with it"
    client.post(url, sent(client, url, license="CC0-1.0", license_other="left over"))
    question.refresh_from_db()
    assert question.license == "CC0-1.0"


@pytest.mark.slow
def test_tags_and_the_order_of_options_are_set_in_the_editor_and_found_in_the_list(
    client: Client, question: Question, author: User
) -> None:
    url = address(question)
    client.post(url, sent(client, url, tags="week 3, Überblick,week 3", shuffle="on"))
    question.refresh_from_db()
    assert (question.tags, question.shuffle) == (["week 3", "Überblick"], False)
    page = client.get(url).text
    assert 'value="week 3, Überblick"' in page
    assert re.search(r'name="shuffle"[^>]* checked', page), "the box says that the order is fixed"
    answer = client.post(url, sent(client, url, tags="x" * 41))
    assert "A tag has at most 40 characters." in answer.text
    questions = Question.objects
    assert [questions.tagged(tag).count() for tag in ("week 3", "week", "Überblick", "k 3")] == [1, 0, 1, 0]
    listed = client.get("/admin/questions/question/", {"tag": "Überblick"})
    assert [row.code for row in listed.context["cl"].result_list] == [question.code]


@pytest.mark.slow
def test_what_a_review_needs_is_marked_and_refused_all_at_once(
    client: Client, question: Question, author: User
) -> None:
    url = address(question)
    page = text(client.get(url))
    for label in ("Facts checked on", "License"):
        assert f"{label} needed for the review" in page
    stem = "Which of these steps is right for the table of the bakery, then? (Select TWO.)"
    answer = client.post(url, sent(client, url, stem=stem, as_of="", license="", _submit="1"), follow=True)
    messages = [str(message) for message in answer.context["messages"]]
    assert messages == [
        "own-question is saved. The question needs: the date of the facts, a license. The question is not ready for "
        "review. Correct the errors. Keep a warning only with a reason."
    ]
    assert "The stem asks for 2, but 1 are marked as correct." in answer.text
    assert Question.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("stem", "Stem"),
        ("explanation", "Explanation"),
        ("options-1-text", "Option"),
        ("options-1-rationale", "Why it is right or wrong"),
    ],
)
def test_a_table_that_would_become_thousands_of_cells_is_refused_with_the_name_of_its_field(
    field: str, label: str, client: Client, question: Question, author: User
) -> None:
    url, before = address(question), question.lock_version
    table = "|a" * 256 + "|\n" + "|-" * 256 + "|\n" + "|a\n" * 256
    answer = client.post(url, sent(client, url, **{field: table}))
    assert f"<li>{label}: Rows of a table have many cells less than its head." in answer.text
    assert Question.objects.get().lock_version == before


def test_the_hint_to_select_two_is_silent_when_the_stem_says_it(client: Client, question: Question) -> None:
    url, hint = address(question), "The stem must end with it"
    lint = reverse("admin:questions_question_lint", args=[question.pk])
    two_keys = sent(client, url) | {"options-1-correct": "on"}
    assert hint in client.post(lint, two_keys).text
    said = two_keys | {"stem": f"{authoring.CONTENT.stem} (Select TWO.)"}
    page = client.post(lint, said).text
    assert hint not in page
    assert "candidates choose 2." in page
    assert hint in client.post(lint, two_keys | {"stem": f"{authoring.CONTENT.stem} (Select THREE.)"}).text


def test_the_fields_say_what_they_mean_and_that_they_take_markdown(client: Client, question: Question) -> None:
    page = text(client.get(address(question)))
    for words in (
        "Takes Markdown.", "Options and reasons take Markdown.", "Markdown help", "Questions that must not meet",
        "no exam may contain together with this one", "Syllabus points it tests",
        "The day on which you last compared the facts",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.slow
def assert_refused_unread(
    client: Client, question: Question, typed: Any, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Save, check and preview what was typed: each is refused with the sentence, and nothing makes it HTML."""

    def rendered(*_args: Any) -> None:
        raise AssertionError("the text was made HTML")

    monkeypatch.setattr("questions.content.markdown.render", rendered)
    monkeypatch.setattr("questions.services.findings.lint", rendered)
    for page in (
        address(question),
        reverse("admin:questions_question_lint", args=[question.pk]),
        reverse("admin:question_preview_new"),
    ):
        assert sentence in client.post(page, typed).text, page
    question.refresh_from_db()
    assert question.revisions.get().stem == authoring.CONTENT.stem


@pytest.mark.parametrize("field", ["stem", "explanation", "options-0-text", "options-0-rationale"])
def test_a_text_above_the_limit_is_refused_before_anything_reads_it(
    client: Client, question: Question, author: User, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, limit = address(question), 20_000 if field in ("stem", "explanation") else 4_000
    typed = sent(client, url, **{field: ("*a " * 300_000)[:800_000]})
    sentence = f"At most {limit} characters are allowed, and this has "
    assert_refused_unread(client, question, typed, sentence, monkeypatch)


@pytest.mark.slow
def test_thirty_options_of_the_longest_text_are_refused_before_anything_reads_them(
    client: Client, question: Question, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(question)
    options = {f"options-{n}-text": f"{n} {'**a*' * 900}" for n in range(MAX_OPTIONS)}
    typed = sent(client, url, **options, **{"options-TOTAL_FORMS": str(MAX_OPTIONS)})
    sentence = "Shorten them: a question has at most 50,000."
    assert_refused_unread(client, question, typed, sentence, monkeypatch)


@pytest.mark.slow
def test_the_checks_say_when_no_exam_draws_from_the_chosen_collection(
    client: Client, question: Question, author: User
) -> None:
    factories.small_blueprint(code="TINY")
    domain = ExamDomain.objects.get(exam="TINY", number=1)
    url, lint = address(question), reverse("admin:questions_question_lint", args=[question.pk])
    placed = {"topic": "", "exam_domain": str(domain.pk)}
    page = client.post(lint, sent(client, url, collection="nobodys", **placed)).text
    assert "No exam draws questions of TINY from the collection nobodys." in page
    assert "No exam draws" not in client.post(lint, sent(client, url, collection="tiny", **placed)).text
    assert f"TINY · {domain}" in client.get(url).text, "exam domains name their exam"


def test_submit_and_write_another_leads_to_an_empty_form(client: Client, question: Question, author: User) -> None:
    url = address(question)
    answer = client.post(url, sent(client, url, _submit="another"))
    assert answer["Location"] == f"{ADD}?like={question.pk}"
    assert Question.objects.get(pk=question.pk).status == "review"


def test_the_next_question_of_a_series_keeps_the_facts_of_the_one_before(
    client: Client, question: Question, author: User
) -> None:
    authoring.question(author, "another-one")
    Question.objects.filter(pk=question.pk).update(collection="autumn", tags=["week 1"], worth=250, license="CC0")
    data = form_values(client.get(ADD, {"like": question.pk}).text, "write")
    assert (data["topic"], data["exam_domain"]) == (str(question.topic_id), str(question.exam_domain_id))
    assert (data["collection"], data["tags"], data["worth"], data["license"]) == ("autumn", "week 1", "2.5", "CC0")
    assert (data["code"], data["stem"]) == ("", "")
    Question.objects.filter(pk=question.pk).update(author=authoring.account("ben", "Author"))
    assert form_values(client.get(ADD, {"like": question.pk}).text, "write")["tags"] == "", "a series is one's own"


def test_topics_and_exam_domains_are_those_of_the_exams_that_draw_from_the_collection(
    client: Client, question: Question, author: User
) -> None:
    factories.small_blueprint(code="TINY")
    factories.small_blueprint(code="OTHER")
    assert "OTHER · " in client.get(ADD).text, "no exam draws from the collection local"
    Question.objects.filter(pk=question.pk).update(
        collection="tiny", topic=None, exam_domain=ExamDomain.objects.get(exam="TINY", number=1)
    )
    page = client.get(ADD, {"like": question.pk}).text
    assert "TINY · " in page
    assert "OTHER · " not in page
    lists = reverse("admin:questions_question_places")
    assert "OTHER · " not in client.get(lists, {"collection": "tiny"}).text
    chosen = ExamDomain.objects.get(exam="OTHER", number=2)
    page = client.get(lists, {"collection": "tiny", "exam_domain": chosen.pk}).text
    assert f'<option value="{chosen.pk}" selected>OTHER · ' in page, "what is chosen stays"


def test_points_that_a_new_question_keeps_are_not_folded_away(client: Client, question: Question, author: User) -> None:
    folded = '<details class="more-facts">'
    Question.objects.filter(pk=question.pk).update(author=author, worth=100, tags=[])
    assert folded in client.get(f"{ADD}?like={question.pk}").text
    Question.objects.filter(pk=question.pk).update(worth=300)
    assert '<details class="more-facts" open>' in client.get(f"{ADD}?like={question.pk}").text
