"""The admin of questions: facts, and the way to a next wording, written with history."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from questions import lifecycle
from questions.models import Blueprint, History, Question, Revision
from tests import authoring

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(bank: Path) -> Question:
    call_command("load_bank", bank, verbosity=0)
    return Question.objects.get(code="blood-bank-profile")


def filled(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back unchanged from an admin page."""
    page = client.get(url).context
    data: dict[str, Any] = {}
    forms = [page["adminform"].form]
    for inline in page["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = bound.field.widget.format_value(value) if value is not True else "on"
    return {key: value[0] if isinstance(value, list) else value for key, value in data.items() if value is not None}


def test_every_page_of_the_bank_opens(admin_client: Client, question: Question) -> None:
    for model in ("question", "revision", "examdomain", "task", "topic", "point", "planpart", "blueprint", "bank"):
        page = admin_client.get(reverse(f"admin:questions_{model}_changelist"))
        assert page.status_code == 200, model
    page = admin_client.get(reverse("admin:questions_question_changelist"), {"q": "Blood-BANK-profile"})
    assert [row.code for row in page.context["cl"].result_list] == [question.code]


def test_the_question_leads_to_its_wordings(admin_client: Client, question: Question) -> None:
    page = admin_client.get(reverse("admin:questions_question_change", args=[question.pk])).text
    assert reverse("admin:questions_revision_change", args=[question.current_id]) in page
    assert "revision 1, published" in page


def test_the_points_of_a_question_stand_under_their_name(admin_client: Client, question: Question) -> None:
    page = admin_client.get(reverse("admin:questions_question_change", args=[question.pk])).text
    assert "Points of the syllabus" in page


def test_changing_a_fact_is_recorded_and_raises_the_bank(admin_client: Client, question: Question) -> None:
    version = lifecycle.bank_version()
    url = reverse("admin:questions_question_change", args=[question.pk])
    answer = admin_client.post(url, {**filled(admin_client, url), "rating": "55"})
    assert answer.status_code == 302
    question.refresh_from_db()
    assert question.rating == 55
    entry = History.objects.filter(question=question).first()
    assert entry is not None
    assert (entry.what, entry.before, entry.after) == ("edited", {"rating": "85"}, {"rating": "55"})
    assert entry.by
    assert lifecycle.bank_version() == version + 1


def test_saving_without_a_change_records_nothing(admin_client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_change", args=[question.pk])
    before = History.objects.count()
    assert admin_client.post(url, filled(admin_client, url)).status_code == 302
    assert History.objects.count() == before


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("rating", "3", "needs a rating from 5 to 97"),
        ("rating", "", "needs a rating from 5 to 97"),
        ("as_of", "", "A live or pilot question needs this"),
        ("exam_domain", "other", "belongs to another exam domain"),
    ],
)
def test_what_cannot_stand_is_refused_with_a_sentence(
    admin_client: Client, question: Question, field: str, value: str, sentence: str
) -> None:
    url = reverse("admin:questions_question_change", args=[question.pk])
    if value == "other":
        value = str(Question.objects.exclude(exam_domain=question.exam_domain).values_list("exam_domain", flat=True)[0])
    answer = admin_client.post(url, {**filled(admin_client, url), field: value})
    assert answer.status_code == 200
    assert sentence in answer.text


def test_a_new_question_is_a_draft_whatever_is_posted(admin_client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_add")
    data = {**filled(admin_client, url), "code": "local-one", "exam_domain": str(question.exam_domain_id)}
    assert admin_client.post(url, {**data, "status": "live", "rating": "60"}).status_code == 302
    made = Question.objects.get(code="local-one")
    blueprint = Blueprint.objects.current("MLS-C01")
    assert blueprint
    assert (made.status, made.origin, made.collection) == ("draft", "local", blueprint.exam.collections[0])


def test_submit_says_what_stands_in_the_way_or_hands_it_over(client: Client) -> None:
    ada = authoring.account("ada", "Author")
    made = authoring.question(ada)
    client.force_login(ada)
    url = reverse("admin:questions_question_submit", args=[made.pk])
    Question.objects.filter(pk=made.pk).update(license="")
    assert "It still needs: a license." in client.post(url, follow=True).text
    Question.objects.filter(pk=made.pk).update(license="CC-BY-SA-4.0")
    page = client.post(url, follow=True)
    assert [str(m) for m in page.context["messages"]] == ["own-question waits for a reviewer now."]
    made.refresh_from_db()
    assert made.status == "review"
    client.force_login(authoring.account("rob", "Reviewer"))
    assert client.post(url).status_code == 403


def test_revise_makes_one_copy_to_work_on(admin_client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_revise", args=[question.pk])
    first = admin_client.post(url)
    copy = Revision.objects.get(question=question, number=2)
    assert first.url == reverse("admin:questions_revision_change", args=[copy.pk])  # type: ignore[attr-defined]
    assert copy.published_at is None
    assert question.current
    assert [o.text for o in copy.options.all()] == [o.text for o in question.current.options.all()]
    admin_client.post(url)
    assert question.revisions.count() == 2
    assert admin_client.get(url).status_code == 405


def test_retire_is_an_action(admin_client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_changelist")
    admin_client.post(url, {"action": "retire", "_selected_action": [question.pk]})
    question.refresh_from_db()
    assert question.status == "retired"


def test_permissions_are_django_s_own(client: Client, question: Question) -> None:
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_question"))
    client.force_login(reader)
    page = client.get(reverse("admin:questions_question_change", args=[question.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.text
    assert "Revise" not in page.text
    client.post(reverse("admin:questions_question_revise", args=[question.pk]))
    assert question.revisions.count() == 1
    assert client.get(reverse("admin:questions_blueprint_changelist")).status_code == 403


def test_candidates_and_strangers_see_no_admin(client: Client, question: Question) -> None:
    url = reverse("admin:questions_question_change", args=[question.pk])
    assert client.get(url).status_code == 302
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(url).status_code == 302
    client.post(reverse("admin:questions_question_revise", args=[question.pk]))
    assert question.revisions.count() == 1


@pytest.mark.parametrize("model", ["blueprint", "topic", "history"])
def test_what_files_say_is_read_only(admin_client: Client, question: Question, model: str) -> None:
    assert admin_client.get(reverse(f"admin:questions_{model}_add")).status_code == 403
