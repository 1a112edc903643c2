"""Test exams as files: what is downloaded can be imported, and a faulty file stores nothing."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from questions.models import Blueprint, ExamDomain, Point, Topic
from questions.services import stored_bank
from tests import factories
from tests.authoring import account
from tests.html_forms import text

pytestmark = pytest.mark.django_db
IMPORT = "/admin/questions/blueprint/import/"
FILE = """code: GIT-QUIZ
version: 7
title: "Git quiz"
short_title: "Git"
minutes: 20
counts: {scored: 10, unscored: 0}
scale: {min: 0, pass: 60, max: 100}
kinds: [multiple-choice]
exam_domains:
  - {number: 1, title: "Everyday work", weight: 60}
  - {number: 2, title: "Repair", weight: 40}
collections: [git]
own_syllabus:
  exam_domains:
    - number: 1
      title: "Everyday work"
      tasks:
        - code: "1.1"
          title: "Commit"
          topics:
            - slug: git-commits
              title: "Commits"
              points:
                - {id: git001, text: "A commit has a parent."}
    - number: 2
      title: "Repair"
"""


@pytest.fixture(autouse=True)
def _ina(client: Client) -> None:
    client.force_login(account("ina", "Instructor"))


def bring(client: Client, file: str) -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile("git.yaml", file.encode())}, follow=True)


def test_an_exam_is_imported_with_its_syllabus_and_downloaded_again(client: Client) -> None:
    page = bring(client, FILE)
    assert "“Git quiz” was created. It is closed: nobody can start it" in text(page)
    made = Blueprint.objects.get()
    assert (made.code, made.version, made.origin, made.admits) == ("GIT-QUIZ", 1, "local", False)
    syllabus = stored_bank.syllabus("GIT-QUIZ")
    assert syllabus is not None
    assert [domain.title for domain in syllabus.exam_domains] == ["Everyday work", "Repair"]
    assert (list(syllabus.topics), list(syllabus.points)) == (["git-commits"], ["git001"])
    file = client.get(reverse("admin:questions_blueprint_file", args=[made.pk])).content.decode()
    ExamDomain.objects.filter(number=2).delete()
    for rows in (Point, Topic, Blueprint):
        rows.objects.all().delete()
    bring(client, file)
    assert Blueprint.objects.get().exam == made.exam
    assert stored_bank.syllabus("GIT-QUIZ") == syllabus


def test_a_file_of_an_exam_made_here_becomes_its_next_version(client: Client) -> None:
    client.post(IMPORT, {"text": FILE})
    client.post(IMPORT, {"text": FILE.replace("minutes: 20", "minutes: 25").replace('"Commits"', '"Commit"')})
    assert list(Blueprint.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert Topic.objects.get().title == "Commit"


def test_a_blueprint_without_a_syllabus_has_exam_domains_without_topics(client: Client) -> None:
    bring(client, FILE.partition("own_syllabus")[0])
    assert list(ExamDomain.objects.values_list("exam", "title")) == [
        ("GIT-QUIZ", "Everyday work"),
        ("GIT-QUIZ", "Repair"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("scored: 10", "scored: ten", ["Line 6: counts.scored: This must be a whole number without quotes"]),
        ("weight: 40", "weight: 30", ["Line 9: exam_domains: The weights sum to 90. They must sum to 100."]),
        (
            "{number: 2,",
            "{number: 3,",
            ["Line 11: exam_domains.2.number: The syllabus has no exam domain 3. Known: 1, 2."],
        ),
        ("minutes: 20\n", "minutes: 0\nhours: 2\n", ["Line 5: minutes: 0 is out of range", "Line 6: hours: The key"]),
        ("git-commits", "Git Commits", ["Line 21: own_syllabus.exam_domains.1.tasks.1.topics.1.slug: 'Git Commits'"]),
        ('"Repair"\n', "Repair: it\n", ["Line "]),
        ("own_syllabus:", "syllabus: NONE-1\nown_syllabus:", ["Line 13: syllabus: Name the syllabus of another exam"]),
        (FILE, "", ["Choose a file or paste its text."]),
        (FILE, "- one", ["Line 1: The file must have keys with values"]),
    ],
)
def test_all_faults_are_shown_with_line_and_field_and_nothing_is_stored(
    client: Client, old: str, new: str, sentences: list[str]
) -> None:
    answer = client.post(IMPORT, {"text": FILE.replace(old, new)})
    assert answer.status_code == 422
    page = text(answer).replace("&#x27;", "'")
    assert "Nothing was imported." in page
    for sentence in sentences:
        assert sentence in page
    assert not Blueprint.objects.exists()
    assert not ExamDomain.objects.exists()


def test_an_exam_in_percent_needs_no_scale_in_its_file(client: Client) -> None:
    percent = FILE.replace("scale: {min: 0, pass: 60, max: 100}", "scoring: percent\npass_percent: 60")
    bring(client, percent)
    made = Blueprint.objects.get().exam
    assert (made.is_percent, made.pass_percent, made.scale.passing) == (True, 60, 60)
    file = client.get(reverse("admin:questions_blueprint_file", args=[Blueprint.objects.get().pk])).content.decode()
    assert "scoring: percent\npass_percent: 60\nscale: {min: 0, pass: 60, max: 100}\n" in file
    bring(client, file)
    assert Blueprint.objects.count() == 1, "the same exam"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("scoring: percent\npass_percent: 0", "Line 8: pass_percent: 0 is out of range: from 1 to 100."),
        ("scoring: percent\npass_percent: 101", "Line 8: pass_percent: 101 is out of range: from 1 to 100."),
        ("scoring: percent", "Line 1: pass_percent: The key 'pass_percent' is missing."),
        ("scoring: points", "Line 7: scoring: 'points' is not one of: percent, equated."),
        ("pass_percent: 60\nscale: {min: 0, pass: 60, max: 100}", "Line 7: pass_percent: An equated exam passes at"),
        ("minutes_more: 1", "scale: The key 'scale' is missing. Add it."),
        (
            "scoring: percent\npass_percent: 60\nscale: {min: 0, pass: 70, max: 100}",
            "Line 9: scale: In percent, the scale is {min: 0, pass: 60, max: 100}.",
        ),
    ],
)
def test_impossible_pass_marks_are_refused_with_their_line(client: Client, lines: str, sentence: str) -> None:
    answer = client.post(IMPORT, {"text": FILE.replace("scale: {min: 0, pass: 60, max: 100}", lines)})
    assert sentence in text(answer).replace("&#x27;", "'")
    assert not Blueprint.objects.exists()


def test_codes_of_topics_that_another_exam_has_are_refused(client: Client) -> None:
    client.post(IMPORT, {"text": FILE})
    answer = client.post(IMPORT, {"text": FILE.replace("GIT-QUIZ", "OTHER")})
    assert "The topic 'git-commits' belongs to another exam. Rename it." in text(answer).replace("&#x27;", "'")
    assert Blueprint.objects.count() == 1


def test_a_file_can_name_the_syllabus_of_an_exam_that_is_here(client: Client) -> None:
    factories.small_blueprint(exams=4)
    quiz = FILE.partition("own_syllabus")[0].replace("[git]", "[tiny]")
    assert "The exam 'NONE-1' is not here." in text(client.post(IMPORT, {"text": f"{quiz}syllabus: NONE-1\n"})).replace(
        "&#x27;", "'"
    )
    client.post(IMPORT, {"text": f"{quiz}syllabus: TINY\n"})
    made = Blueprint.objects.get(code="GIT-QUIZ")
    assert (made.exam.syllabus, made.admits, made.offered) == ("TINY", False, False), "closed though the bank fills it"
    assert "own_syllabus" not in client.get(reverse("admin:questions_blueprint_file", args=[made.pk])).content.decode()


def test_a_shipped_exam_is_not_replaced(client: Client) -> None:
    factories.small_blueprint()
    answer = client.post(IMPORT, {"text": FILE.replace("GIT-QUIZ", "TINY")})
    assert "The blueprint TINY is shipped with the application" in text(answer)
    assert Blueprint.objects.count() == 1


def test_a_file_that_is_not_text_is_refused_with_its_line(client: Client) -> None:
    file = SimpleUploadedFile("git.yaml", b"code: X\ntitle: \xff")
    assert "Line 2: the file is not UTF-8." in text(client.post(IMPORT, {"file": file}))


def test_of_many_faults_the_first_are_shown(client: Client) -> None:
    answer = client.post(IMPORT, {"text": FILE + "# a comment\n" * 20_000})
    assert "The file has 1001 faults. The first 100 are shown." in text(answer)
    assert answer.content.decode().count("Comments are not kept.") == 100


def test_a_file_that_is_larger_than_any_exam_is_not_read(client: Client) -> None:
    file = SimpleUploadedFile("git.yaml", FILE.encode() + b"#\n" * 150_000)
    page = text(client.post(IMPORT, {"file": file}))
    assert "The file is larger than 300 kB." in page
    assert "Comments are not kept." not in page
