"""Who is let in at each address of the site: all URL patterns, read from the resolver, for each kind of user.

A pattern that is not listed here fails: add it, with the users who may see it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from exams.models import Attempt, KeyRuling, Outage
from exams.services.classes import rosters
from exams.services.classes.rosters import Person
from exams.services.results import question_reports
from questions.imports import steps
from questions.imports.plan import ImportSettings
from questions.models import Bank, ExamDomain, History, ImportFile, Job, PlanPart, Point, Topic, User
from questions.services import blueprints, images, revisions
from tests import authoring, factories, three_exams
from tests.factories import NOW, handed_in, scored
from tests.pictures import cleaned
from tests.questions.imports.importing import FIVE_BOATS
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

# One letter for each kind of user.
USERS = {
    "n": "nobody signed in",
    "c": "another candidate",
    "o": "the owner of the attempt",
    "a": "an author",
    "r": "a reviewer",
    "i": "an instructor",
    "d": "an administrator",
}
ALL, STAFF, WRITERS, APPROVERS = "ncoarid", "arid", "aid", "rid"
PAGES = {
    "healthz": ALL,
    "readyz": ALL,
    "metrics": "",  # without METRICS_TOKEN
    "admin/": STAFF,
    "admin/words/": STAFF,
    "admin/needs-attention/": STAFF,
    "admin/checks/": STAFF,
    "admin/bank-report/": STAFF,
    "admin/scales/": STAFF,
    "admin/scales/<int:number>/": STAFF,
    "admin/pilots/": STAFF,
    "admin/people/": "d",
    "admin/system/": "d",
    "admin/system/jobs/<int:pk>/": "d",
    "admin/people/add/": "d",
    "admin/people/<int:pk>/": "d",
    "admin/statistics/": STAFF,
    "admin/statistics/questions.csv": STAFF,
    "admin/statistics/analysis/": STAFF,
    "admin/statistics/<int:pk>/": STAFF,
    "admin/review/": STAFF,
    "admin/review/<int:pk>/": STAFF,
    "admin/preview/": STAFF,
    "admin/preview/<int:pk>/": STAFF,
    "admin/login/": STAFF,
    "admin/logout/": ALL,
    "admin/password_change/": STAFF,
    "admin/password_change/done/": STAFF,
    "admin/autocomplete/": "",
    "admin/jsi18n/": STAFF,
    "admin/r/<path:content_type_id>/<path:object_id>/": "",
    "admin/questions/importbatch/import/": WRITERS,
    "admin/questions/importbatch/import/look/": WRITERS,
    "admin/questions/importbatch/import/example/<str:format>/": WRITERS,
    "admin/questions/importbatch/export/": STAFF,
    "admin/questions/importbatch/<int:pk>/change/": STAFF,
    "admin/questions/importbatch/<int:pk>/again/": WRITERS,
    "admin/questions/importbatch/<int:pk>/go/": WRITERS,
    "admin/questions/importbatch/<int:pk>/drop/": WRITERS,
    "admin/questions/importbatch/<int:pk>/undo/": WRITERS,
    "admin/questions/importbatch/<int:pk>/refused/": STAFF,
    "admin/questions/importbatch/<int:pk>/topics/": WRITERS,
    "admin/questions/importbatch/<int:pk>/keys/": STAFF,
    "admin/questions/importbatch/<int:pk>/submit/": WRITERS,
    "admin/questions/question/add/lint/": WRITERS,
    "admin/questions/question/add/autosave/": WRITERS,
    "admin/questions/question/add/discard/": WRITERS,
    "admin/questions/question/places/": STAFF,
    "admin/questions/question/points/": STAFF,
    "admin/questions/question/picture/": WRITERS,
    "admin/questions/question/lookup/": STAFF,
    "admin/questions/question/bulk/<slug:name>/": WRITERS,
    "admin/questions/question/<int:pk>/change/": STAFF,
    "admin/questions/question/<int:pk>/lint/": WRITERS,
    "admin/questions/question/<int:pk>/autosave/": WRITERS,
    "admin/questions/question/<int:pk>/discard/": WRITERS,
    "admin/questions/question/<int:pk>/copy/": WRITERS,
    "admin/questions/question/<int:pk>/take-back/": WRITERS,
    "admin/questions/question/<int:pk>/conflict/": STAFF,
    "admin/questions/question/<int:pk>/versions/": STAFF,
    "admin/questions/question/<int:pk>/retire/": WRITERS,
    "admin/questions/question/<int:pk>/restore/": WRITERS,
    "admin/questions/question/<int:pk>/versions/back/": WRITERS,
    "admin/exams/attempt/<int:pk>/extra-time/": "d",
    "admin/exams/attempt/<int:pk>/change/": "d",
    "admin/exams/attempt/<int:pk>/paper/": "d",
    "admin/exams/attempt/outage/": "d",
    "admin/exams/outages/": "d",
    "admin/exams/attempt/<int:pk>/reopen/": "d",
    "admin/exams/outages/<int:pk>/": "d",
    "admin/exams/sitting/add/": "id",
    "admin/exams/sitting/<int:pk>/change/": "id",
    "admin/exams/sitting/<int:pk>/edit/": "id",
    "admin/exams/sitting/<int:pk>/people/": "id",
    "admin/exams/sitting/<int:pk>/sheet/": "id",
    "admin/exams/sitting/<int:pk>/links/": "id",
    "admin/exams/sitting/<int:pk>/paper/<int:position>/move/": "id",
    "admin/exams/sitting/<int:pk>/links/mail/": "id",
    "admin/exams/sitting/<int:pk>/links.csv": "id",
    "admin/exams/sitting/<int:pk>/archive/": "id",
    "admin/exams/sitting/<int:pk>/delete/": "id",
    "admin/exams/sitting/<int:pk>/release/": "id",
    "admin/exams/sitting/<int:pk>/results/": "id",
    "admin/exams/sitting/<int:pk>/results.csv": "id",
    "admin/exams/sitting/<int:pk>/results.xlsx": "id",
    "admin/exams/sitting/<int:pk>/results/questions/": "id",
    "admin/exams/sitting/<int:pk>/results/questions.csv": "id",
    "admin/exams/sitting/<int:pk>/results/<int:attempt>/": "id",
    "admin/exams/sitting/<int:pk>/board/": "id",
    "admin/exams/sitting/<int:pk>/board/window/": "id",
    "admin/exams/sitting/<int:pk>/board/joining/": "id",
    "admin/exams/sitting/<int:pk>/board/time/": "id",
    "admin/exams/sitting/<int:pk>/board/end/": "id",
    "admin/exams/sitting/<int:pk>/board/attempt/": "id",
    "admin/exams/sitting/<int:pk>/board/remove/": "id",
    "admin/exams/sitting/<int:pk>/board/let-in/": "id",
    "admin/exams/sitting/<int:pk>/board/pause/": "id",
    "admin/exams/sitting/<int:pk>/board/go-on/": "id",
    "admin/exams/sitting/<int:pk>/paper/": "id",
    "admin/exams/sitting/<int:pk>/paper/choose/": "id",
    "admin/exams/sitting/<int:pk>/paper/<int:position>/": "id",
    "admin/exams/roster/add/": "id",
    "admin/exams/roster/<int:pk>/change/": "id",
    "admin/exams/roster/<int:pk>/archive/": "id",
    "admin/exams/roster/<int:pk>/remove/": "id",
    "admin/questions/blueprint/<int:pk>/change/": STAFF,
    "admin/questions/blueprint/<int:pk>/make/": "id",
    "admin/questions/blueprint/<int:pk>/availability/": "id",
    "admin/questions/blueprint/<int:pk>/settings/": "id",
    "admin/questions/blueprint/<int:pk>/end/": "id",
    "admin/questions/blueprint/<int:pk>/restore/": "id",
    "admin/questions/blueprint/new/": "id",
    "admin/collections/": STAFF,
    "admin/collections/<slug:slug>/": "id",
    "admin/questions/blueprint/passes-at/": "id",
    "admin/questions/blueprint/import/": "id",
    "admin/questions/blueprint/<int:pk>/outline/": "id",
    "admin/questions/blueprint/<int:pk>/file/": STAFF,
    "admin/exams/keyruling/dispute/<int:pk>/": STAFF,
    "admin/exams/keyruling/dispute/<int:pk>/preview/": APPROVERS,
    "admin/exams/keyruling/dispute/<int:pk>/rule/": APPROVERS,
    "admin/exams/keyruling/answer/<int:pk>/": STAFF,
    "admin/questions/questionreport/<int:pk>/change/": STAFF,
    "admin/questions/user/<id>/password/": "",  # of an account with a role: superusers only
    "admin/^(?P<app_label>questions|exams|auth)/$": STAFF,
    "admin/(?P<url>.*)$": "",
    "": ALL,
    "exams/<slug:code>/": ALL,
    "attempts/<uuid:uuid>/": "o",
    "attempts/<uuid:uuid>/questions/<int:position>/": "o",
    "attempts/<uuid:uuid>/questions/<int:position>/report/": "o",
    "attempts/<uuid:uuid>/seat/": "o",
    "attempts/<uuid:uuid>/clock": "o",
    "attempts/<uuid:uuid>/paper/": "o",
    "attempts/<uuid:uuid>/sync/": "o",
    "attempts/<uuid:uuid>/worker.js": "",  # this exam is over; the owner of an open one: test_worker.py
    "attempts/<uuid:uuid>/certificate/": "",  # of a passed exam under a name: test_certificate.py
    "certificates/<slug:number>/": "",  # with an unknown number
    "certificates/<slug:number>/certificate.pdf": "",
    "attempts/<uuid:uuid>/summary/": "o",
    "attempts/<uuid:uuid>/finish/": "o",
    "attempts/<uuid:uuid>/report/": "o",
    "attempts/<uuid:uuid>/review/": "o",
    "attempts/<uuid:uuid>/review/<int:position>/": "o",
    "attempts/<uuid:uuid>/export.json": "o",
    "attempts/<uuid:uuid>/answers.csv": "o",
    "join/": ALL,
    "join/somebody-else/": ALL,
    "join/link/<slug:token>/": "",  # with an unknown link
    "join/<slug:code>/": "",  # with an unknown code
    "practice/": ALL,
    "practice/start/": ALL,
    "practice/<uuid:uuid>/discard/": "o",
    "today/": ALL,
    "cards/": ALL,
    "cards/<slug:deck>/": ALL,
    "plan/": ALL,
    "plan/mark/": ALL,
    "progress/": ALL,
    "history/": ALL,
    "notes/": ALL,
    "missed/": ALL,
    "missed/cards.csv": ALL,
    "guide/": ALL,
    "guide/services/": ALL,
    "guide/glossary/": ALL,
    "guide/search/": ALL,
    "guide/<slug:slug>/": ALL,
    "images/<str:file>": STAFF,  # a picture that no candidate has seen
    "method/": ALL,
    "return/": ALL,
    "leave/": ALL,
    "privacy/": ALL,
    "logo": "",  # without SITE_LOGO: test_logo.py
    "theme/": ALL,
    "exam/": ALL,
    "settings/": ALL,
    "account/": "coarid",
    "account/reminders/": "corid",  # who reviews gets mails without having practiced
    "calendar/<slug:token>.ics": "",  # with an unknown token
    "reminders/confirm/<str:token>/": ALL,
    "reminders/stop/<str:token>/": ALL,
    "account/data.zip": "coarid",
    "account/data/": "coarid",
    "account/delete/": "coarid",
    "account/sign-out-everywhere/": STAFF,
    "account/second-factor/": STAFF,
    "account/second-factor/app/": STAFF,
    "account/second-factor/app/remove/": "",
    "account/second-factor/passkeys/": ALL,
    "account/second-factor/passkeys/add/": STAFF,
    "account/second-factor/passkeys/<int:pk>/remove/": STAFF,
    "account/second-factor/codes/": "",
    "account/second-factor/codes/new/": STAFF,
    "account/second-factor/recovery-codes.txt": "",
    "account/confirm/": STAFF,
    "account/confirm/code/": STAFF,
    "account/confirm/passkey/": STAFF,
    "accounts/": ALL,
    "accounts/login/": ALL,
    "accounts/login/second-factor/": STAFF,
    "accounts/logout/": ALL,
    "accounts/signup/": ALL,
    "accounts/inactive/": ALL,
    "accounts/link/<str:token>/": ALL,
    "accounts/password/new/": STAFF,
    "accounts/password/change/": STAFF,
    "accounts/password/set/": STAFF,
    "accounts/password/reset/": ALL,
    "accounts/password/reset/done/": ALL,
    "^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": ALL,
    "accounts/password/reset/key/done/": ALL,
}
# Of the admin's own pages of a model: who may list and read, add, and delete.
MODELS = {
    "auth/group": ("d", "", ""),
    "exams/attempt": ("d", "", ""),
    "exams/candidate": ("d", "", ""),
    "exams/form": ("d", "", ""),
    "exams/keyruling": (APPROVERS, "", ""),
    "exams/roster": ("id", "id", ""),
    "exams/scorereport": ("d", "", ""),
    "exams/sitting": ("id", "id", "id"),
    "questions/bank": (STAFF, "", ""),
    "questions/blueprint": (STAFF, "", ""),
    "questions/examdomain": (STAFF, "", ""),
    "questions/history": (STAFF, "", ""),
    "questions/importbatch": (STAFF, "", ""),
    "questions/planpart": (STAFF, "", ""),
    "questions/point": (STAFF, "", ""),
    "questions/question": (STAFF, WRITERS, ""),
    "questions/questionreport": (STAFF, "", ""),
    "questions/revision": (STAFF, "", ""),
    "questions/task": (STAFF, "", ""),
    "questions/topic": (STAFF, "", ""),
    "questions/user": ("d", "d", ""),  # this account has a role: superusers alone delete it
}
_MODEL_PAGE = re.compile(r"admin/(\w+/\w+)/(|add/|<path:object_id>/(?:history/|delete/|change/|))\Z")


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Yield the routes of all patterns."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


ROUTES = tuple(dict.fromkeys(routes()))


def expected_users(route: str) -> str | None:
    """Return the letters of those who are let in; None if the route is not listed."""
    model_page = _MODEL_PAGE.match(route)
    if route in PAGES or model_page is None or model_page[1] not in MODELS:
        return PAGES.get(route)
    read, add, delete = MODELS[model_page[1]]
    pages = {"add/": add, "<path:object_id>/delete/": delete, "<path:object_id>/": STAFF}  # the last one redirects
    return pages.get(model_page[2], read)


def address(route: str, values: dict[str, Any]) -> str:
    """Return the path of a route, with the values of its parameters: `admin/exams/form:pk` goes before `pk`."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        specific = (values[key] for key in (f"{part}:{name}" for part in parts) if key in values)
        return str(next(specific, values.get(name)))

    parts = [route, "/".join(route.split("/")[:3])]
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)", value, route).replace("^", "").replace("$", "")


def is_let_in(client: Client, path: str, values: dict[str, Any]) -> bool:
    """Request a page, and undo what the request has written. A page that takes posts only gets one."""
    cookies = client.cookies
    client.cookies = SimpleCookie({name: cookie.value for name, cookie in cookies.items()})  # a page may sign out
    with transaction.atomic():
        response = client.get(path)
        if response.status_code == 405:
            response = client.post(path, {"revision": values["old_revision"]})
        transaction.set_rollback(True)
    client.cookies = cookies
    leads_to = response.headers.get("Location", "")
    is_led_away = "/login/" in leads_to or (leads_to == reverse("mfa_index") and path.startswith("/admin/"))
    return response.status_code not in (401, 403, 404) and not is_led_away


@pytest.fixture
def clients() -> dict[str, Client]:
    """Return a browser for each kind of user. The exam of all pages is one beside those that are shipped."""
    rivers, _shipped = three_exams.store()
    attempt = scored(handed_in(2, blueprint=rivers))
    clients = {"n": Client(), "c": browser(factories.candidate()), "o": browser(attempt.candidate)}
    for letter, role in zip(STAFF, ("Author", "Reviewer", "Instructor", "Administrator"), strict=True):
        clients[letter] = Client()
        clients[letter].force_login(authoring.account(role.lower(), role))
    return clients


@pytest.fixture
def values(clients: dict[str, Client]) -> dict[str, Any]:
    """Return values for the parameters of all routes, which name rows of the test."""
    user = User.objects.get(username="author")
    instructor = User.objects.get(username="instructor")
    attempt = Attempt.objects.select_related("form__blueprint", "candidate").get()
    response = attempt.responses.select_related("revision__question")[0]
    revision, question = response.revision, response.revision.question
    revisions.revise(question, now=NOW, by=None)
    topic = Topic.objects.select_related("task").filter(task__exam_domain__exam=three_exams.RIVERS)[0]
    settings = ImportSettings(three_exams.RIVERS, exam_domain=1)
    batch = steps.receive_file(FIVE_BOATS, "x.json", settings, now=NOW, by=user)
    ImportFile.objects.create(batch=batch, kind=ImportFile.Kind.REFUSED, name="refused.json", data=b"[]")
    key = {"old_key": revision.key, "new_key": revision.key}
    rows: dict[str, Any] = {
        "auth/group": Group.objects.all()[0],
        "exams/attempt": attempt,
        "exams/candidate": attempt.candidate,
        "exams/form": attempt.form,
        "exams/keyruling": KeyRuling.objects.create(revision=revision, reason="So.", at=NOW, by=user, **key),
        "exams/roster": rosters.create(instructor, "7b", [Person("Ana")]),
        "exams/scorereport": attempt.report,
        "exams/sitting": factories.sitting(attempt.form.blueprint, owner=instructor),
        "questions/bank": Bank.objects.get(),
        "questions/blueprint": attempt.form.blueprint,
        "questions/examdomain": ExamDomain.objects.filter(exam=three_exams.RIVERS)[0],
        "questions/history": History.objects.create(question=question, at=NOW, action="commented"),
        "questions/importbatch": batch,
        "questions/planpart": PlanPart.objects.first(),
        "questions/point": Point.objects.create(topic=topic, code="p1", text="A point", ordinal=1),
        "questions/question": question,
        "questions/questionreport": question_reports.send(attempt, 1, "C is right.", NOW),
        "questions/revision": revision,
        "questions/task": topic.task,
        "questions/topic": topic,
        "questions/user": user,
    }
    values = {
        f"admin/{model}:{name}": row.pk for model, row in rows.items() if row for name in ("object_id", "pk", "id")
    }
    picture = cleaned()
    images.store([picture], now=NOW, by=None)
    own_exam = replace(attempt.form.blueprint.exam, code="OWN-EXAM")  # its outline is changed here
    made = blueprints.make(own_exam, known_version=0, now=NOW)
    own = {f"admin/questions/blueprint/<int:pk>/{name}/:pk": made.pk for name in ("outline", "end", "restore")}
    job = {"admin/system/jobs/<int:pk>/:pk": Job.objects.get(key=str(batch.pk)).pk}
    outage = Outage.objects.create(began_at=NOW, ended_at=NOW + timedelta(minutes=5), cause="silence")
    person = {"admin/people/<int:pk>/:pk": user.pk}
    outages = {"admin/exams/outages/<int:pk>/:pk": outage.pk}
    report = {"admin/exams/keyruling/answer/<int:pk>/:pk": rows["questions/questionreport"].pk}
    disputes = {route: revision.pk for route in ROUTES if route.startswith("admin/exams/keyruling/dispute/")}
    return {
        **values,
        **report,
        **job,
        **person,
        **outages,
        **own,
        **{f"{route}:pk": pk for route, pk in disputes.items()},
        "old_revision": 1,
        "admin/collections/<slug:slug>/:slug": question.collection,
        "admin/exams/sitting:attempt": factories.class_attempt(rows["exams/sitting"]).pk,
        "number": factories.active_scale(attempt.form.blueprint).number,
        "file": picture.name.removeprefix("images/"),
        "uuid": attempt.uuid, "position": 1, "pk": question.pk, "object_id": 1, "content_type_id": 1,
        "code": three_exams.RIVERS, "slug": topic.slug, "token": "none", "deck": "services",
        "uidb36": "1", "key": "set-password",
        "format": "gift", "name": "edit", "app_label": "questions", "url": "nowhere",
    }  # fmt: skip


def test_every_pattern_is_listed_and_every_listed_pattern_exists() -> None:
    assert [route for route in ROUTES if expected_users(route) is None] == []
    assert [route for route in PAGES if route not in ROUTES] == []
    assert [model for model in MODELS if not any(route.startswith(f"admin/{model}/") for route in ROUTES)] == []


@pytest.mark.slow
@pytest.mark.walk
def test_every_pattern_lets_in_exactly_those_who_are_listed(clients: dict[str, Client], values: dict[str, Any]) -> None:
    differences = {}
    for route in ROUTES:
        path = address(route, values)
        users = "".join(letter for letter in USERS if is_let_in(clients[letter], path, values))
        if users != expected_users(route):
            differences[route] = (users, expected_users(route))
    assert differences == {}, "(who is let in, who should be)"


@pytest.mark.slow
@pytest.mark.walk
def test_staff_without_a_second_factor_get_what_candidates_with_an_account_get_where_it_is_required(
    clients: dict[str, Client], values: dict[str, Any], settings: Any
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    plain, administrator = Client(), clients["d"]
    plain.force_login(factories.user("plain"))
    paths = {route: address(route, values) for route in ROUTES}
    let_in = {
        route: (is_let_in(plain, path, values), is_let_in(administrator, path, values)) for route, path in paths.items()
    }
    assert [route for route, (candidate, staff) in let_in.items() if candidate != staff] == []
