"""Test every page of the admin, found by walking its URLs: it opens, axe finds no fault, the policy refuses nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.conftest import REPORT_VIOLATIONS, assert_accessible, served
from tests.e2e.instructor import sign_in
from tests.mlsprep.processes import manage

# Not pages: signing in and the file of refused questions are tested elsewhere, bulk actions are posts from the list,
# the rest responds to scripts only.
LEFT_OUT = {
    "login", "logout", "password_change", "jsi18n", "autocomplete", "view_on_site", None,
    "questions_import_refused", "questions_question_bulk",
}  # fmt: skip

# Make rows with the services that write them, on the shipped bank; print the key of a row by model, and `named` ones.
ROWS = """
import json, random, sys
from dataclasses import replace
from datetime import timedelta
from django.contrib import admin
from django.contrib.auth.models import Group
from questions.models import User
from django.core.management import call_command
from django.utils import timezone
from exams.models import KeyRuling, Outage
from exams.services.analysis import simulation
from exams.services.classes import board, joining, rosters
from exams.services.results import question_reports, rulings, scoring
from exams.services.upkeep import outages
from questions.content import outline
from questions.services import blueprints, ratings, approval
from questions.formats import registry
from questions.models import Blueprint, Collection, Job, Question, ScaleVersion, Topic
from tests import authoring, factories
from tests.statistics_rows import statistics

authoring.place = lambda: Topic.objects.get(slug="imbalance-aware-metrics")
now, password = timezone.now(), "correct horse battery"
root = User.objects.create_superuser("root", "root@example.org", password)
ada, rob = authoring.account("ada", "Author"), authoring.account("rob", "Reviewer")
shipped_exam = Blueprint.objects.current("MLS-C01")
# Short, because axe takes half a minute for each page with 65 questions.
spec = replace(shipped_exam.exam, code="SHORT", title="A short exam", short_title="Short", default=False)
spec = replace(spec, syllabus="MLS-C01", scored=10, unscored=2)
exam = factories.opened(blueprints.make(spec, known_version=0, now=now))
attempt = factories.scored(factories.handed_in(4, blueprint=exam, now=now), now)
for theta in (-1.0, 0.0, 1.0):
    scoring.score(simulation.simulate_exam(exam, theta, random.Random(1), now).pk, now)
factories.attempt(blueprint=exam, now=now)
report = question_reports.send(attempt, 1, "Two options say the same.", now)
withdrawn = attempt.responses.get(position=2).revision
rulings.rule(withdrawn, KeyRuling.Kind.WITHDRAW, reason="Two options are right.", by=root, now=now)
waiting = authoring.question(ada, "own-waiting")
ratings.rate([waiting], 60, now=now, by=ada)
approval.submit([waiting], now=now, by=ada)
shipped = Question.objects.filter(origin="shipped", status="live").order_by("code")[5]
shipped.conflict = {"rating": 55, "explanation": "The shipped words."}
shipped.save()
with open(FILE, "wb") as file:
    draft = replace(authoring.CONTENT, id="", stem="An orchard counts all its pears each evening. Which step is right?")
    short = replace(draft, stem="An orchard counts its plums. Which step helps?", options=draft.options[:2])
    file.write(registry.FORMATS["csv"].write([draft, short])[0])
call_command(
    "import_questions", FILE, "--exam", "MLS-C01", "--exam-domain", "1", "--good-only", verbosity=0, stdout=sys.stderr
)
statistics(shipped.current, 240, flags=["key", "too_easy", "rating"])
people = [rosters.Person("Ana Silva", "ana@example.org", 30), rosters.Person("Ben Okoro")]
roster = rosters.create(root, "Class 7b", people)
window = {"opens_at": now - timedelta(minutes=5), "closes_at": now + timedelta(hours=3)}
sitting = factories.sitting(exam, owner=root, who="roster", roster=roster, **window)
ana, ben = sitting.participants.order_by("name")
for person in (ana, ben):
    joining.use_link(person, factories.candidate(), now)
    in_class = joining.start(person, now).attempt
board.end_all([in_class], "Went home ill", root, now)
scoring.score(in_class.pk, now)
scale = ScaleVersion.objects.create(exam="MLS-C01", number=1, reference=[{"revision": shipped.current_id, "b": -0.8}])
domains, weights = outline.build(outline.read("Repair\\n- Undo")[0], "GIT", "Git", None)
spec = replace(shipped_exam.exam, code="GIT", title="Git", exam_domains=weights, collections=("git",), default=False)
blueprints.make(spec, known_version=0, now=now, syllabus=domains)
running = Job.objects.create(kind="import", key="1", state="running", due_at=now, claimed_at=now, progress=3, total=8)
failure = {"state": "failed", "error": "There are too few answers."}
Job.objects.create(kind="calibration", key="MLS-C01", due_at=now, claimed_at=now, **failure)
factories.attempt(blueprint=exam, now=now - timedelta(minutes=15))
for at in (now - timedelta(minutes=10), now):  # no sign of life between these two
    outages.beat(at, outages.ASK)
keys = {}
for model in admin.site._registry:
    first = model._default_manager.order_by("-pk").first()
    keys[model._meta.label_lower] = first and first.pk
named = {
    "person": root.pk,
    "approval": waiting.pk, "question_statistics": shipped.pk, "questions_question_conflict": shipped.pk,
    "exams_keyruling_dispute": report.revision_id, "exams_keyruling_preview": report.revision_id,
    "exams_keyruling_rule": report.revision_id, "exams_keyruling_answer": report.pk,
    "scale": scale.number, "exams_sitting_result_paper": [sitting.pk, in_class.pk],
    "question_preview": shipped.pk, "exams_attempt_change": attempt.pk, "questions_question_versions": shipped.pk,
    "exams_outage_decide": Outage.objects.latest("pk").pk, "system_run": running.pk,
    "collection": Collection.objects.order_by("pk")[0].slug,
}
print("ROWS", json.dumps({"keys": keys, "named": named}))
"""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL pattern of the admin with its name."""

    name: str
    route: str


def walk(patterns: list[Any], prefix: str = "") -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("admin/") and pattern.name not in LEFT_OUT:
            yield Address(pattern.name, route)


def distinct(addresses: Iterator[Address]) -> list[Address]:
    """Keep each name once; of Django's history and delete pages, which are all alike, those of one model."""
    alike = [
        f"{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model in admin.site._registry
        for page in ("history", "delete")
        if model is not Group
    ]
    return list({address.name: address for address in addresses if address.name not in alike}.values())


ADDRESSES = distinct(walk(get_resolver().url_patterns))
# Other arguments of URLs than the key of a row.
FILLED = {
    "app_list": "admin/questions/",
    "questions_import_example": "admin/questions/importbatch/import/example/csv/",
}


@dataclass(frozen=True, slots=True)
class Admin:
    """A server with rows in all tables, and a browser in which an administrator is signed in."""

    url: str
    rows: dict[str, dict[str, Any]]
    signed_in: StorageState

    def url_of(self, address: Address) -> str:
        """Return the URL with the key of a row of its model, or of the row that this page needs."""
        if address.name in FILLED:
            return f"{self.url}/{FILLED[address.name]}"
        parts, named = [], self.rows["named"].get(address.name)
        for part in address.route.split("/"):
            if part.startswith("<"):
                model = ".".join(address.route.split("/")[1:3])
                key = (named.pop(0) if isinstance(named, list) else named) or self.rows["keys"].get(model)
                assert key, f"{address.route} needs a row: make one in ROWS, or add the address to FILLED"
                part = str(key)
            parts.append(part)
        return f"{self.url}/{'/'.join(parts)}"


@pytest.fixture(scope="module")
def administrator(browser: Browser, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    directory = tmp_path_factory.mktemp("admin")
    with served(prepared, directory) as site:
        made = manage(
            directory / "data",
            "shell",
            "--no-imports",
            "--verbosity",
            "0",
            "--command",
            f"FILE = {str(directory / 'own.csv')!r}\n{ROWS}",
        )
        assert "ROWS" in made.stdout, made.stderr
        rows = json.loads(made.stdout.partition("ROWS ")[2])
        yield Admin(site.url, rows, sign_in(browser, site, "root"))


@pytest.fixture(scope="module")
def window(browser: Browser, administrator: Admin) -> Iterator[Page]:
    """Yield the page behind `viewer`, in which the administrator is signed in."""
    with browser.new_context(storage_state=administrator.signed_in) as context:
        context.add_init_script(REPORT_VIOLATIONS)
        yield context.new_page()


def test_the_walk_finds_the_known_pages() -> None:
    names = {address.name for address in ADDRESSES}
    assert {"index", "approval_queue", "bank_report", "questions_question_change", "exams_keyruling_dispute"} <= names
    assert len(names) > 60


def the_page_starts(text: str) -> bool:
    return text.lstrip().lower().startswith("<!doctype html")


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_the_page_opens_without_faults(administrator: Admin, viewer: Page, address: Address) -> None:
    url = administrator.url_of(address)
    answer = viewer.context.request.get(url)
    if answer.status == 405:  # accepts posts only
        return
    if answer.status == 403 and address.name.endswith(("_add", "_delete")):  # tables without these pages
        return
    assert answer.status == 200, f"{url}: {answer.status}"
    if "attachment" in answer.headers.get("content-disposition", "") or not the_page_starts(answer.text()):
        return  # a file, or a fragment requested by a script
    viewer.goto(url)
    expect(viewer.locator("link[rel=icon]")).to_have_count(1)
    assert_accessible(viewer)


# The style of code in a stem: set by one sheet for all pages, while Django's own makes code small and gray.
STYLE_OF_CODE = """stem => {
  stem.innerHTML = '<p>Run <code>--dry-run</code></p><pre><code>SELECT 1</code></pre>';
  const names = ['fontFamily', 'fontSize', 'lineHeight', 'color', 'backgroundColor', 'padding', 'overflowWrap'];
  return [...stem.querySelectorAll('code, pre')].map(code => names.map(name => getComputedStyle(code)[name]));
}"""


def test_code_in_review_and_dispute_looks_as_in_the_exam(administrator: Admin, page: Page, viewer: Page) -> None:
    page.goto(f"{administrator.url}/exams/mls-c01/")
    page.get_by_role("button", name="Start exam").click()
    in_the_exam = page.locator(".stem").evaluate(STYLE_OF_CODE)
    for address in ADDRESSES:
        if address.name in ("approval", "exams_keyruling_dispute"):
            viewer.goto(administrator.url_of(address))
            assert viewer.locator(".stem").first.evaluate(STYLE_OF_CODE) == in_the_exam, address.name


@pytest.mark.parametrize("table", ["attempt", "scorereport"])
def test_a_list_of_exams_keeps_its_score_in_view_on_a_desktop(administrator: Admin, viewer: Page, table: str) -> None:
    viewer.set_viewport_size({"width": 1280, "height": 800})
    viewer.goto(f"{administrator.url}/admin/exams/{table}/")
    expect(viewer.locator("#result_list td.field-score").first).to_be_in_viewport(ratio=1)
    assert viewer.locator(".results").evaluate("list => list.scrollWidth <= list.clientWidth")


@pytest.mark.parametrize("name", ["approval", "exams_keyruling_dispute", "exams_attempt_change"])
def test_the_words_of_breadcrumbs_stand_apart(administrator: Admin, viewer: Page, name: str) -> None:
    viewer.goto(next(administrator.url_of(address) for address in ADDRESSES if address.name == name))
    boxes = [link.bounding_box() for link in viewer.locator(".breadcrumbs a").all()]
    assert len(boxes) > 1
    for left, right in pairwise(boxes):
        assert left
        assert right
        assert right["x"] >= left["x"] + left["width"] + 12, "room for a mark with a space on both sides"
