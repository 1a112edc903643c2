"""Test the exam that pages are about: named in the address, remembered, or the default one."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate
from exams.services.practice import study_marks
from questions.models import Blueprint, Question, Topic
from questions.services import blueprints
from tests import factories
from tests.sitting import Guest, browser

pytestmark = pytest.mark.django_db

ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
FROM_GUIDE = {"Origin": "http://testserver", "Referer": "http://testserver/guide/?week=2"}


@pytest.fixture(autouse=True)
def exams() -> tuple[Blueprint, Blueprint]:
    """Return two exams on the start page, the default one first."""
    first = factories.small_blueprint(code="OLD", default=True, exams=2)
    return first, factories.small_blueprint(code="NEW", exams=2)


def choose(client: Client, code: str, referer: str = "/guide/?week=2", **headers: str) -> str:
    """Choose an exam in the header; return where that leads."""
    headers = {"Origin": "http://testserver", "Referer": f"http://testserver{referer}"} | headers
    response = client.post(reverse("exam_choice"), {"exam": code}, headers=headers)
    assert response.status_code == 303, response.status_code
    return str(response["Location"])


def chosen(client: Client, path: str = "/practice/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return str(response.context["chosen_exam"].code)


def test_without_a_choice_it_is_the_default_exam(client: Client) -> None:
    assert chosen(client) == "OLD"
    assert chosen(client, "/") == "OLD"


def test_newcomers_get_an_exam_that_can_be_booked_and_who_has_been_here_the_default_one(
    client: Client, exams: tuple[Blueprint, Blueprint]
) -> None:
    exams[1].spec |= {"retired_on": None}
    exams[1].save()
    assert chosen(client) == "NEW"
    assert chosen(client, "/practice/?exam=OLD") == "OLD"
    assert chosen(browser(factories.candidate())) == "OLD"
    choose(client, "OLD")
    assert chosen(client) == "OLD"


@pytest.mark.parametrize("path", ["/plan/", "/settings/"])
def test_a_newcomer_who_stores_something_keeps_the_exam_of_the_page(
    client: Client, exams: tuple[Blueprint, Blueprint], path: str
) -> None:
    exams[1].spec |= {"retired_on": None}
    exams[1].save()
    page = client.get(path)
    pair = re.search(r'name="pair" value="([^"]+)"', page.content.decode())
    assert pair
    day = timezone.localdate() + timedelta(days=20)
    stored = {"target": day.isoformat(), "theme": "", "size": "2", "keys": "on", "timer": "on", "sure": "on"}
    response = client.post(path, stored | {"pair": pair[1]}, headers={"Origin": "http://testserver"})
    assert response.status_code == 303, response.content.decode()
    assert Candidate.objects.get().preferences["exam"] == "NEW"
    assert chosen(client) == "NEW"


def test_the_header_offers_the_exams_and_marks_the_chosen_one(client: Client) -> None:
    buttons = {button["value"]: button["aria-pressed"] for button in switch(client.get("/practice/").text)}
    assert buttons == {"NEW": "false", "OLD": "true"}
    choose(client, "NEW")
    buttons = {button["value"]: button["aria-pressed"] for button in switch(client.get("/practice/").text)}
    assert buttons == {"NEW": "true", "OLD": "false"}


def switch(html: str) -> list[dict[str, str]]:
    """Return the attributes of the buttons in the header."""
    menu = html.split('id="exam-menu"')[1].split("</form>")[0]
    return [dict(ATTRIBUTE.findall(tag)) for tag in menu.split("<button ")[1:]]


def test_a_single_exam_has_nothing_to_switch_to(client: Client, exams: tuple[Blueprint, Blueprint]) -> None:
    blueprints.offer(exams[1], on=False)
    assert "exam-menu" not in client.get("/practice/").text


def test_a_choice_leads_back_and_holds_without_a_candidate(client: Client) -> None:
    assert choose(client, "NEW") == "/guide/"
    for path in ("/", "/practice/", "/progress/", "/guide/services/", "/method/"):
        assert chosen(client, path) == "NEW", path
    assert not Candidate.objects.exists()


@pytest.mark.parametrize(
    ("page", "target"),
    [
        ("/guide/search/?q=two+words&exam=OLD", "/guide/search/?q=two+words"),
        ("/practice/?exam=OLD&topic=old-1-1", "/practice/"),
        ("/practice/start/", "/practice/"),
        ("/plan/mark/", "/plan/"),
        ("/guide/old-1-1/", "/guide/"),
        ("/nowhere/", "/"),
    ],
)
def test_a_choice_leads_to_the_same_page_of_the_other_exam(client: Client, page: str, target: str) -> None:
    assert choose(client, "NEW", page) == target


def test_the_candidate_keeps_the_choice_in_another_browser() -> None:
    candidate = factories.candidate(factories.user())
    choose(browser(candidate), "NEW")
    other = browser(candidate)
    assert chosen(other) == "NEW"
    choose(other, "OLD")
    assert chosen(browser(candidate)) == "OLD"


def test_the_choice_of_the_account_comes_before_that_of_the_browser(client: Client) -> None:
    candidate = factories.candidate(factories.user())
    choose(browser(candidate), "NEW")
    shared = browser(candidate)
    shared.cookies["exam"] = "OLD"
    assert chosen(shared) == "NEW"


@pytest.mark.slow
def test_who_starts_an_exam_or_practice_has_chosen_it(client: Client, exams: tuple[Blueprint, Blueprint]) -> None:
    Guest.start(client, exams[1])
    assert chosen(client) == "NEW"
    assert Candidate.objects.get().preferences["exam"] == "NEW"
    client.post(reverse("practice_start"), {"blueprint": "OLD", "kind": "try"})
    assert Attempt.objects.filter(blueprint_code="OLD").count() == 1
    assert chosen(client) == "OLD"
    assert Candidate.objects.get().preferences["exam"] == "OLD"


def test_the_address_names_an_exam_for_one_page(client: Client) -> None:
    assert chosen(client, "/practice/?exam=new") == "NEW"
    assert chosen(client) == "OLD"
    assert client.get("/practice/", {"exam": "NONE"}).status_code == 404


def test_an_exam_that_is_gone_is_forgotten(client: Client, exams: tuple[Blueprint, Blueprint]) -> None:
    choose(client, "NEW")
    blueprints.offer(exams[1], on=False)
    assert chosen(client) == "OLD"
    for cookie in ("GONE", "NEW NEW", "x" * 3000):
        client.cookies["exam"] = cookie
        assert chosen(client) == "OLD"


def test_the_default_exam_off_the_start_page_is_not_chosen(client: Client, exams: tuple[Blueprint, Blueprint]) -> None:
    Blueprint.objects.filter(pk=exams[0].pk).update(offered=False)  # a new file may make it the default one later
    assert chosen(client) == "NEW"
    blueprints.offer(exams[1], on=False)
    assert chosen(client) == "OLD"


@pytest.mark.parametrize(
    ("code", "headers"),
    [("NONE", {}), ("old", {}), ("", {}), ("NEW", {"Origin": "https://elsewhere.example"})],
)
def test_unknown_exams_and_other_sites_are_refused(client: Client, code: str, headers: dict[str, str]) -> None:
    answer = client.post(reverse("exam_choice"), {"exam": code}, headers=FROM_GUIDE | headers)
    assert answer.status_code == 400
    assert "exam" not in client.cookies


@pytest.mark.parametrize("more", [0, 5])
def test_one_query_reads_all_exams(
    client: Client, more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(more):
        factories.small_blueprint(code=f"MORE-{number}")
    client.get("/guide/services/")  # each process reads the syllabus once
    with django_assert_num_queries(2):  # the exams, and the version of the bank
        assert client.get("/guide/services/").status_code == 200


def own_exam(code: str) -> Blueprint:
    """Return an open exam of the house that has no topics and no practice, as it is made without them."""
    row = factories.small_blueprint(code=code)
    Question.objects.filter(collection=code.lower()).update(topic=None)
    Topic.objects.filter(task__exam_domain__exam=code).delete()
    Blueprint.objects.filter(pk=row.pk).update(spec=row.spec | {"practice": []}, origin=Blueprint.Origin.LOCAL)
    return row


def navigation(html: str) -> str:
    """Return the words of the main navigation."""
    nav = html.split('<nav aria-label="Main">')[1].split("</nav>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", nav).split())


def test_the_navigation_offers_only_what_the_exam_of_the_page_has(client: Client) -> None:
    own_exam("OWN")
    assert navigation(client.get("/progress/?exam=OLD").text) == "Exams Practice Progress Plan History"
    for path in ("/", "/progress/", "/practice/", "/plan/", "/guide/", "/method/"):
        assert navigation(client.get(f"{path}?exam=OWN").text) == "Exams Progress History", path


def test_who_has_begun_has_today_in_the_navigation_and_a_newcomer_the_exams(client: Client) -> None:
    assert navigation(client.get("/?exam=OLD").text).startswith("Exams Practice")
    candidate = factories.candidate()
    begun = browser(candidate)
    assert navigation(begun.get("/progress/?exam=OLD").text).startswith("Exams ")
    study_marks.set_goal(candidate, "OLD", None, 10)
    for path in ("/progress/", "/practice/", "/plan/", "/today/", "/accounts/login/"):
        assert navigation(begun.get(f"{path}?exam=OLD").text).startswith("Today "), path
    assert '<a href="/today/?exam=OLD" aria-current="page">Today</a>' in begun.get("/today/?exam=OLD").text
    ended = factories.attempt(factories.candidate(factories.user("bo")), Blueprint.objects.current("OLD"))
    assert navigation(browser(ended.candidate).get("/progress/").text).startswith("Today ")


def test_where_only_exams_of_the_house_are_offered_no_page_offers_more_than_they_have(
    client: Client, exams: tuple[Blueprint, Blueprint]
) -> None:
    own = own_exam("OWN")
    for exam in exams:
        blueprints.offer(exam, on=False)
    assert [row.code for row in Blueprint.objects.filter(offered=True)] == [own.code]
    for path in ("/", "/history/", "/notes/", "/missed/", "/settings/", "/join/", "/privacy/"):
        html = client.get(path).text
        assert navigation(html) == "Exams Progress History", path
        assert "Try 10 questions" not in html, path
    front = client.get("/").text
    assert '<h1 class="hero">A small exam</h1>' in front
    assert "precision" not in front, "a sample question about machine learning"


def test_practice_of_a_closed_exam_is_not_offered(client: Client, exams: tuple[Blueprint, Blueprint]) -> None:
    blueprints.admit(exams[0], on=False)
    assert navigation(client.get("/progress/").text) == "Exams Progress Plan History"


@pytest.mark.parametrize("path", ["/plan/", "/guide/"])
def test_an_exam_without_topics_has_a_sentence_instead_of_plan_and_guide(client: Client, path: str) -> None:
    own_exam("OWN")
    page = client.get(f"{path}?exam=OWN")
    assert page.status_code == 200
    assert "Small has no topics." in page.text
    assert "of 0" not in page.text
