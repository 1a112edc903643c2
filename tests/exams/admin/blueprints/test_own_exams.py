"""Test exams with their own exam domains and topics: made from an outline, filled, opened, changed."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt
from questions.formats import registry
from questions.imports import planner
from questions.imports.plan import ImportSettings
from questions.models import Blueprint, ExamDomain, Question, Revision, Task, Topic, User
from questions.services import lifecycle, revisions, stored_bank
from tests import factories, many_questions
from tests.authoring import NOW, account
from tests.html_forms import form_values, text
from tests.sitting import Guest

pytestmark = pytest.mark.django_db
NEW = "/admin/questions/blueprint/new/"
OUTLINE = "Everyday work, 50%\n- Commits\n- Branches\nRepair, 50%\n- Undo a change"


@pytest.fixture
def ina(client: Client) -> User:
    ina = account("ina", "Instructor")
    client.force_login(ina)
    return ina


def create(client: Client, outline: str = OUTLINE, **fields: str) -> Any:
    data = form_values(client.get(NEW), "make") | {"title": "Git quiz", "scored": "2", "outline": outline} | fields
    return client.post(NEW, data, follow=True)


def save(client: Client, **fields: str) -> Any:
    """Save the settings with these changes; "" unticks a box."""
    data = form_values(client.get(address("settings")), "make") | fields
    return client.post(address("settings"), {name: value for name, value in data.items() if value != ""}, follow=True)


@pytest.mark.usefixtures("ina")
def test_the_code_of_a_title_with_umlauts_keeps_its_letters(client: Client) -> None:
    create(client, title="Prüfung für André", outline="- Größen")
    made = Blueprint.objects.get(code="PRUEFUNG-FUER-ANDRE")
    assert list(Topic.objects.filter(task__exam_domain__exam=made.code).values_list("slug", flat=True)) == [
        "pruefung-fuer-andre-groessen"
    ]


def primary_actions(client: Client) -> list[str]:
    """Return what the page of the exam recommends."""
    return re.findall(r'class="button primary"\s+href="[^"]+">([^<]+)</a>', client.get(address("change")).text)


def address(name: str) -> str:
    newest = Blueprint.objects.current("GIT-QUIZ")
    assert newest is not None
    return reverse(f"admin:questions_blueprint_{name}", args=[newest.pk])


def add_question(author: User, domain: ExamDomain, topic: Topic | None) -> None:
    """Publish a question of this place in the collection of the exam."""
    n = Question.objects.count()
    code = f"git-{n}"
    row = Question.objects.create(
        code=code, exam_domain=domain, topic=topic, collection="git-quiz", rating=70, license="CC0", as_of=NOW.date()
    )
    revision = Revision(question=row, kind="multiple-choice", stem="")
    revisions.begin(revision, now=NOW, by=author)
    revisions.rewrite(revision, replace(many_questions.content(n), id=code), now=NOW, by=author)
    lifecycle.publish([revision], now=NOW, by=author, status=Question.Status.LIVE)


@pytest.mark.slow
def test_a_new_exam_has_its_own_exam_domains_and_topics_and_is_closed_until_filled(client: Client, ina: User) -> None:
    assert "New exam" in text(client.get(reverse("admin:questions_blueprint_changelist")))
    page = text(create(client))
    assert "“Git quiz” was created. It is closed: nobody can start it, except in a class." in page
    assert primary_actions(client) == ["Import questions for it"], "it has none yet"
    made = Blueprint.objects.get(code="GIT-QUIZ")
    exam = made.exam
    assert (made.offered, made.admits, made.origin) == (False, False, "local")
    assert (exam.minutes, exam.scored, exam.scale.min, exam.scale.passing, exam.scale.max) == (30, 2, 0, 60, 100)
    assert (exam.collections, exam.practice, exam.syllabus) == (("git-quiz",), (), None)
    assert [(row.number, row.title, row.weight) for row in exam.exam_domains] == [
        (1, "Everyday work", 50),
        (2, "Repair", 50),
    ]
    syllabus = stored_bank.syllabus("GIT-QUIZ")
    assert syllabus is not None
    assert list(syllabus.topics) == ["git-quiz-commits", "git-quiz-branches", "git-quiz-undo-a-change"]
    assert "1 Everyday work" in text(client.get(f"{reverse('admin:questions_import')}?exam=GIT-QUIZ"))
    assert "The bank has too few questions" in text(save(client, admits="on"))
    for domain in ExamDomain.objects.all():
        add_question(ina, domain, Topic.objects.filter(task__exam_domain=domain).first())
    assert primary_actions(client) == ["Settings"]
    page = text(save(client, admits="on"))
    assert "It is open. Anybody can start it, without an account. Only those who have its address find it." in page
    Guest.start(Client(), made)
    assert Attempt.objects.get().responses.count() == 2
    now = timezone.now()
    window = {"opens_at": now, "closes_at": now + timedelta(hours=1)}
    held = factories.sitting(Blueprint.objects.current("GIT-QUIZ"), owner=ina, **window)
    assert f"“{held.name}” holds 2 of them" in text(client.get(address("change")))
    assert primary_actions(client) == ["Settings"], "it needs no more questions"


def test_candidates_of_an_own_exam_practice_with_it_or_choose_extra_time_only_where_the_instructor_says_so(
    client: Client, ina: User
) -> None:
    page = client.get(NEW)
    assert not page.context["form"]["practices"].value()
    assert not page.context["form"]["self_allowance"].value()
    create(client, practices="on")
    assert Blueprint.objects.get(code="GIT-QUIZ").exam.practice == ("git-quiz",)


@pytest.mark.slow
def test_an_import_begins_with_the_collection_that_the_exam_draws_from(client: Client, ina: User) -> None:
    create(client)
    create(client, title="Other", code="A-FIRST")
    Blueprint.objects.filter(code="GIT-QUIZ").update(loaded_at=timezone.now())
    form = client.get(reverse("admin:questions_import")).context["form"]
    assert (form.exam, form["collection"].value()) == ("GIT-QUIZ", "git-quiz"), "the newest of her own"
    domain = ExamDomain.objects.get(exam="GIT-QUIZ", number=1)
    Question.objects.create(
        code="mine", exam_domain=domain, author=ina, collection="git-more", license="CC0", as_of=NOW.date()
    )
    form = client.get(reverse("admin:questions_import")).context["form"]
    assert (form.exam, form["collection"].value(), form["license"].value()) == ("GIT-QUIZ", "git-more", "CC0")
    form = client.get(reverse("admin:questions_import"), {"exam": "A-FIRST"}).context["form"]
    assert (form["collection"].value(), form["license"].value()) == ("a-first", "CC0"), "the license is kept"
    Question.objects.create(code="free", author=ina, collection="a-first", license="CC0", as_of=NOW.date())
    form = client.get(reverse("admin:questions_import")).context["form"]
    assert (form.exam, form["collection"].value()) == ("A-FIRST", "a-first"), "the exam that draws the last one"
    Question.objects.filter(code="free").delete()
    Blueprint.objects.filter(code="GIT-QUIZ").update(archived=True, offered=False, admits=False)
    form = client.get(reverse("admin:questions_import")).context["form"]
    assert form.exam == "A-FIRST", "an archived exam is not in use"
    client.force_login(account("lars", "Instructor"))
    assert "Which exam are the questions for?" in text(client.get(reverse("admin:questions_import")))


@pytest.mark.parametrize("outline", ["", "- Commits\n- Branches"])
def test_an_exam_without_exam_domains_has_one_that_takes_every_imported_question(
    client: Client, ina: User, outline: str
) -> None:
    create(client, outline)
    assert [(row.exam, row.title) for row in ExamDomain.objects.all()] == [("GIT-QUIZ", "Git quiz")]
    assert Topic.objects.count() == outline.count("-")
    lettered = "1. Which command writes a commit?\nA) git commit\nB) git push\nC) git pull\nAnswer: A\n"
    plan = planner.make_plan(registry.read(lettered.encode(), "git.txt"), ImportSettings("GIT-QUIZ"))
    assert [outcome.outcome for outcome in plan.outcomes] == ["created"]
    assert [planned.content.exam_domain for planned in plan.planned] == [1]
    assert plan.without_domain == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"outline": "One 50%\nTwo"}, "Line 2: 'Two' has no weight."),
        ({"outline": "One 50%\nTwo 40%"}, "The weights sum to 90. They must sum to 100."),
        ({"passing": "101"}, "101 is out of range: from 1 to 100."),
        ({"passing": "0"}, "0 is out of range: from 1 to 100."),
        ({"scoring": "equated", "passing": "100"}, "The pass mark 100 must be between min 0 and max 100."),
        ({"scoring": "equated", "lowest": ""}, "An equated exam needs both ends of its scale."),
        ({"collections": "Git Quiz"}, "use small letters, digits and single hyphens"),
        ({"title": ""}, "This field is required."),
        ({"minutes": "0"}, "0 is out of range"),
        ({"code": "OWN", "outline": "- Tags"}, "The blueprint OWN already exists. Choose another code."),
    ],
)
def test_faults_are_shown_at_their_field_and_nothing_is_stored(
    client: Client, ina: User, fields: dict[str, str], sentence: str
) -> None:
    create(client, code="OWN")
    answer = create(client, **fields)
    assert answer.status_code == 422
    assert sentence in text(answer).replace("&#x27;", "'")
    assert "The exam was not created." in text(answer)
    assert list(Blueprint.objects.values_list("code", flat=True)) == ["OWN"]
    assert set(ExamDomain.objects.values_list("exam", flat=True)) == {"OWN"}


@pytest.mark.slow
def test_the_outline_of_an_exam_is_changed_in_a_new_version(client: Client, ina: User) -> None:
    create(client)
    add_question(ina, ExamDomain.objects.get(number=1), Topic.objects.get(title="Commits"))
    form = form_values(client.get(address("outline")), "make")
    assert form["outline"].replace("\r", "").strip() == OUTLINE
    page = client.post(address("outline"), form | {"outline": "Daily work\n- Hooks\n- Branches\nTags"}, follow=True)
    assert page.status_code == 200
    assert "Version 2 of “Git quiz” was saved. It is closed" in text(page)
    newest = Blueprint.objects.current("GIT-QUIZ")
    assert newest is not None
    assert newest.version == 2
    assert [(row.number, row.title) for row in newest.exam.exam_domains] == [(1, "Daily work"), (2, "Tags")]
    titles = set(Topic.objects.values_list("title", flat=True))
    assert titles == {"Hooks", "Branches"}, "a topic renamed in its place keeps its questions"
    assert Question.objects.get().topic == Topic.objects.get(title="Hooks")
    assert not Task.objects.filter(topics=None).exists()
    older = Blueprint.objects.get(code="GIT-QUIZ", version=1)
    answer = client.post(reverse("admin:questions_blueprint_outline", args=[older.pk]), form | {"minutes": "9"})
    assert "Someone else created version 2 of GIT-QUIZ." in text(answer)


def test_an_exam_with_the_syllabus_of_another_has_no_outline_of_its_own(client: Client, ina: User) -> None:
    create(client)
    own = Blueprint.objects.get()
    copy = Blueprint.objects.create(
        code="COPY", version=1, spec=own.spec | {"code": "COPY", "syllabus": "GIT-QUIZ"}, sha256="0" * 64,
        origin="local", loaded_at=NOW,
    )  # fmt: skip
    assert client.get(reverse("admin:questions_blueprint_outline", args=[copy.pk])).status_code == 404
    assert "Change exam domains and topics" not in text(
        client.get(reverse("admin:questions_blueprint_change", args=[copy.pk]))
    )
