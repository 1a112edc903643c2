"""Test the page of a question's statistics: what each number of answers allows, flags with buttons, and access."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from exams.admin.analysis import question_figures
from exams.models import KeyRuling
from exams.psychometrics.item_flags import Flag
from exams.services.analysis import item_analysis
from questions.models import ItemStatistics, Question, Revision, User
from questions.services import approval, ratings
from tests import authoring, factories
from tests.authoring import account
from tests.factories import NOW, handed_in
from tests.html_forms import text
from tests.statistics_rows import statistics

pytestmark = pytest.mark.django_db


@pytest.fixture
def revision() -> Revision:
    """Return a live revision with one key."""
    factories.small_blueprint()
    return Revision.objects.filter(choose=1, question__current__isnull=False).order_by("pk")[0]


@pytest.mark.parametrize(
    ("value", "shown"), [(0.456, ".46"), (-0.456, "−.46"), (-0.001, ".00"), (1.5, "1.50"), (10.05, "10.05")]
)
def test_a_number_has_no_leading_zero_and_loses_no_other(value: float, shown: str) -> None:
    assert question_figures.decimal(value) == shown


def address(revision: Revision) -> str:
    return reverse("admin:question_statistics", args=[revision.question_id])


def page(client: Client, of: Revision, **query: Any) -> str:
    answer = client.get(address(of), query)
    assert answer.status_code == 200
    shown = text(answer)
    assert not re.search(r"\b(nan|None|inf)\b", shown, re.IGNORECASE), shown
    return shown


def test_before_the_first_answer_it_says_so(client: Client, instructor: User, revision: Revision) -> None:
    shown = page(client, revision)
    assert "Revision 1: No candidate has answered this revision in a finished exam yet." in shown
    assert "Figures" not in shown


def test_few_answers_give_counts_only(client: Client, instructor: User, revision: Revision) -> None:
    statistics(revision, 12, 0.5)
    shown = page(client, revision)
    assert "Below 30 answers there are counts only" in shown
    assert "Chosen by" in shown
    for hidden in ("Share", "Discrimination −", "<svg", "Best third", "Nothing speaks"):
        assert hidden not in shown.split("Revisions")[0]


def test_thirty_answers_check_the_key(client: Client, instructor: User, revision: Revision) -> None:
    statistics(revision, 30, 0.6)
    shown = page(client, revision)
    assert "That is enough to check the key." in shown
    assert "Nothing speaks against the key." in shown
    assert "Share" in shown
    assert "Best third" not in shown


def test_a_hundred_answers_give_figures_and_charts_with_tables(
    client: Client, instructor: User, revision: Revision
) -> None:
    statistics(revision, 100, 0.6)
    html = client.get(address(revision)).content.decode()
    shown = page(client, revision)
    assert "Right 60% (50% to 69%)" in shown
    assert "Discrimination .30" in shown
    assert "At the standard 60% (50 to 69%)" in shown
    assert "Median time 1 min 35 s" in shown
    assert "Fit 1.00" not in shown, "200 answers are needed"
    assert html.count('role="img"') == 2
    assert html.count("<table") == 4, "figures, options, ability, revisions"
    assert "Nothing conspicuous was found." in shown


def test_two_hundred_answers_give_the_fit(client: Client, instructor: User, revision: Revision) -> None:
    statistics(revision, 200, infit=1.07)
    assert "Fit 1.07" in page(client, revision)


def test_a_withdrawn_question_is_not_called_inconspicuous(client: Client, instructor: User, revision: Revision) -> None:
    statistics(revision, 120)
    KeyRuling.objects.create(revision=revision, old_key=revision.key, withdrawn=True, reason="Two are right.", at=NOW)
    shown = page(client, revision)
    assert "It is withdrawn and counts in no score." in shown
    assert "What a ruling took out of the scores gets no flags." in shown
    assert "Nothing conspicuous was found." not in shown


@pytest.mark.parametrize(("p", "words"), [(0.0, "Nobody answered correctly."), (1.0, "All answered correctly.")])
def test_all_right_and_all_wrong_are_sentences(
    client: Client, instructor: User, revision: Revision, p: float, words: str
) -> None:
    statistics(revision, 120, p)
    shown = page(client, revision)
    assert words in shown
    assert "Not defined: all candidates did the same" in shown


def test_who_left_it_open_is_counted_apart(client: Client, instructor: User, revision: Revision) -> None:
    statistics(revision, 120, 0.5, omit=0.1)
    shown = page(client, revision)
    assert "120 candidates have seen it; 12 left it open." in shown
    assert "Answered by 108" in shown
    assert "Left open by 12" in shown
    assert "Right 50% (41% to 59%) Of all who saw it." in shown
    assert re.search(r"1 in use .*?2026 108 12 50%", shown), "the row of the revision"


@pytest.mark.slow
def test_one_real_exam_is_analyzed_and_shown(client: Client, instructor: User) -> None:
    factories.small_blueprint()
    sat = handed_in(2)
    left = sat.responses.filter(scored=True).earliest("position")
    sat.responses.filter(pk=left.pk).update(ticked=0)
    sat.responses.update(first_shown=NOW)
    item_analysis.analyze("TINY", lambda: NOW)
    sentences = "1 candidate has answered this revision.", "1 candidate has seen it; 1 left it open."
    for response in sat.responses.select_related("revision"):
        assert sentences[response == left] in page(client, response.revision)


@pytest.mark.parametrize("flag", list(Flag))
def test_each_flag_is_in_words_with_what_to_do(
    client: Client, instructor: User, revision: Revision, flag: Flag
) -> None:
    statistics(revision, 250, flags=[flag.value])
    shown = page(client, revision)
    name = str(ItemStatistics.Flag(flag.value).label)
    assert "What to look at" in shown
    assert name.capitalize() in shown
    assert flag.value not in shown.split() or flag.value in name


def test_names_of_flags_are_complete() -> None:
    assert list(ItemStatistics.Flag.values) == [flag.value for flag in Flag]


@pytest.mark.slow
def test_the_buttons_lead_to_the_dispute_the_editor_and_the_retirement(
    client: Client, instructor: User, revision: Revision
) -> None:
    statistics(revision, 250, flags=["key", "too_easy", "rating"])
    answer = client.get(address(revision))
    html = answer.content.decode()
    for name, args in (("exams_keyruling_dispute", revision.pk), ("questions_question_change", revision.question_id)):
        url = reverse(f"admin:{name}", args=[args])
        assert f'href="{url}"' in html
        assert client.get(url).status_code == 200
    retire = reverse("admin:questions_question_bulk", args=["retire"])
    assert f'action="{retire}"' in html
    value = re.search(r'name="question" value="([^"]+)"', html)
    assert value
    plan = client.post(retire, {"question": value[1]})
    assert revision.question.code in plan.content.decode()
    assert Question.objects.get(pk=revision.question_id).status == "live", "the next page asks"


def test_an_author_gets_no_button_to_retire_a_live_question(client: Client, revision: Revision) -> None:
    client.force_login(account("ada", "Author"))
    statistics(revision, 250, flags=["too_easy"])
    html = client.get(address(revision)).content.decode()
    assert "Very easy" in html
    assert reverse("admin:questions_question_bulk", args=["retire"]) not in html


def test_a_rating_in_review_stays_hidden_from_those_who_have_not_rated(client: Client) -> None:
    ada = account("ada", "Author")
    row = authoring.question(ada)
    ratings.rate([row], 35, now=NOW, by=ada)
    approval.submit([row], now=NOW, by=ada)
    revision = Revision.objects.get(question=row)
    Revision.objects.filter(pk=revision.pk).update(published_at=NOW)
    Question.objects.filter(pk=row.pk).update(status="draft")
    statistics(revision, 250)
    client.force_login(account("rob", "Reviewer"))
    assert "Its rating says" not in page(client, revision)
    client.force_login(ada)
    assert "Its rating says 35%" in page(client, revision)


def test_revisions_are_listed_and_chosen(client: Client, instructor: User, revision: Revision) -> None:
    statistics(revision, 140)
    newer = Revision.objects.get(pk=revision.pk)
    newer.pk, newer.number, newer.reason = None, 2, "clearer"
    newer.save(force_insert=True)
    Question.objects.filter(pk=revision.question_id).update(current=newer)
    shown = page(client, revision)
    assert "Revision 2: No candidate has answered" in shown
    assert re.search(r"2 in use .* 1 1 April 2026 140 0 60% \.30", shown)
    assert "140 candidates have answered it." in page(client, revision, revision=1)
    for unknown in ("3", "0", "x", "-1"):
        assert client.get(address(revision), {"revision": unknown}).status_code == 404


def test_the_page_takes_a_constant_number_of_queries(
    client: Client, instructor: User, revision: Revision, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    statistics(revision, 140, flags=["key"])
    client.get(address(revision))
    with django_assert_num_queries(13):
        client.get(address(revision))
    for number in (2, 3):
        newer = Revision.objects.get(pk=revision.pk)
        newer.pk, newer.number = None, number
        newer.save(force_insert=True)
        statistics(newer, 150)
    with django_assert_num_queries(13):
        client.get(address(revision))


def test_who_may_not_read_questions_is_refused(client: Client, revision: Revision) -> None:
    assert client.get(address(revision)).status_code == 302
    client.force_login(User.objects.create_user("eve", "eve@example.org", "x", is_staff=True))
    assert client.get(address(revision)).status_code == 403
    client.force_login(account("ines", "Instructor"))
    assert client.get(reverse("admin:question_statistics", args=[999_999])).status_code == 404


def test_the_editor_links_to_the_statistics(client: Client, instructor: User, revision: Revision) -> None:
    html = client.get(reverse("admin:questions_question_change", args=[revision.question_id])).content.decode()
    assert f'href="{address(revision)}"' in html
