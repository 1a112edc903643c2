"""Test the choice between two versions, part by part: an edit conflict, and a new shipped version."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from questions.bank_files.load import load
from questions.models import AutosavedEdit, Enemy, Question, Revision, User
from questions.services import question_rows, ratings, wordings
from tests import authoring
from tests.authoring import NOW, account
from tests.html_forms import form_values
from tests.questions.admin.editor.question_pages import address, sent

pytestmark = pytest.mark.django_db
MINE, THEIRS = "My own stem about loaves. Which is right?", "A stem of somebody else. Which is right?"


@pytest.fixture
def overtaken(client: Client, question: Question) -> str:
    """Return the page after ben saved another stem, rationale of b, an option e and CC0, while ada was editing."""
    url = address(question)
    typed = sent(client, url, stem=MINE, explanation="Mine.", **{"options-0-text": "Read all rows of it in the job."})
    ben = Client()
    ben.force_login(account("ben", "Author"))
    theirs = {"options-1-rationale": "Ben says so.", "license": "CC0"}
    theirs |= {"options-TOTAL_FORMS": "5", "options-4-text": "An option of ben."}
    assert ben.post(url, sent(ben, url, stem=THEIRS, **theirs)).status_code == 302
    answer = client.post(url, typed)
    assert answer.status_code == 409
    return answer.text


@pytest.mark.slow
def test_the_second_to_save_keeps_the_text_and_sees_both_versions(
    client: Client, question: Question, overtaken: str
) -> None:
    assert "while you were editing it" in overtaken
    assert f"<p>{MINE}</p>" in overtaken
    assert "<ins>" in overtaken
    assert Revision.objects.get().stem == THEIRS
    assert AutosavedEdit.objects.get().data["stem"] == [MINE]
    assert set(re.findall(r'name="part-([a-z-]+)"', overtaken)) == {
        "stem",
        "option-a",
        "option-b",
        "option-e",
        "explanation",
        "license",
    }


@pytest.mark.slow
def test_parts_changed_on_one_side_only_are_preselected(client: Client, question: Question, overtaken: str) -> None:
    data = form_values(overtaken, "choose")
    assert {name: side for name, side in data.items() if name.startswith("part-")} == {
        "part-stem": "mine",
        "part-option-a": "mine",
        "part-explanation": "mine",
        "part-option-b": "theirs",
        "part-option-e": "theirs",
        "part-license": "theirs",
    }
    unknown = client.post(
        address(question), {**sent(client, address(question), stem=MINE), "lock_version": "0", "opened": "["}
    )
    assert 'value="mine" checked' in unknown.text, "without the digests, the default keeps the typed text"


@pytest.mark.slow
def test_the_chosen_parts_of_both_versions_are_saved(client: Client, question: Question, overtaken: str) -> None:
    chosen = {"part-option-b": "theirs", "part-option-e": "theirs", "part-license": "mine", "_save": "choices"}
    assert client.post(address(question), {**form_values(overtaken, "choose"), **chosen}).status_code == 302
    question.refresh_from_db()
    draft = wordings.content_of(Revision.objects.get())
    assert (draft.stem, draft.explanation, question.license) == (MINE, "Mine.", "CC-BY-SA-4.0")
    assert [option.id for option in draft.options] == list("abcde")
    options = {option.id: option for option in draft.options}
    assert options["a"].text == "Read all rows of it in the job."
    assert options["a"].correct
    assert options["b"].rationale == "Ben says so."
    assert options["e"].text == "An option of ben."
    assert [point.code for point in question.points.all()] == ["own1"]
    assert not AutosavedEdit.objects.exists()


@pytest.mark.slow
def test_one_button_chooses_all_of_one_side(client: Client, question: Question, overtaken: str) -> None:
    data = {**form_values(overtaken, "choose"), "part-stem": "theirs"}
    client.post(address(question), {**data, "_mine": "1"})
    draft = wordings.content_of(Revision.objects.get())
    assert draft.stem == MINE
    assert [option.id for option in draft.options] == list("abcd")


@pytest.mark.slow
def test_choosing_all_of_theirs_saves_nothing(client: Client, question: Question, overtaken: str) -> None:
    before = Question.objects.get().lock_version
    client.post(address(question), {**form_values(overtaken, "choose"), "_theirs": "1"})
    assert Revision.objects.get().stem == THEIRS
    assert Question.objects.get().lock_version == before
    assert not AutosavedEdit.objects.exists()


@pytest.mark.slow
def test_editing_continues_with_the_chosen_parts(client: Client, question: Question, overtaken: str) -> None:
    data = {**form_values(overtaken, "choose"), "part-stem": "theirs", "_write": "1"}
    page = client.post(address(question), data).text
    assert Revision.objects.get().stem == THEIRS
    assert Revision.objects.get().explanation != "Mine."
    form = form_values(page, "write")
    assert (form["stem"], form["explanation"]) == (THEIRS, "Mine.")
    assert AutosavedEdit.objects.get().data["explanation"] == ["Mine."]
    assert client.post(address(question), form).status_code == 302
    assert Revision.objects.get().explanation == "Mine."


@pytest.mark.slow
def test_a_third_save_meanwhile_is_shown_as_another_conflict(
    client: Client, question: Question, overtaken: str
) -> None:
    question_rows.touch([question.pk])
    answer = client.post(address(question), form_values(overtaken, "choose"))
    assert answer.status_code == 409
    assert f"<p>{MINE}</p>" in answer.text


@pytest.mark.slow
def test_equal_changes_are_no_difference(client: Client, question: Question, author: User) -> None:
    """Files name enemies on one side and the page on both sides; points keep their order."""
    Enemy.objects.create(low=question, high=authoring.question(author, "another-question"))
    url = address(question)
    typed = sent(client, url, stem=MINE)
    question_rows.touch([question.pk])
    answer = client.post(url, typed)
    assert set(re.findall(r'name="part-([a-z-]+)"', answer.text)) == {"stem"}


@pytest.fixture
def shipped(bank: Path) -> Question:
    """Rating and explanation were changed here and in the files."""
    load(bank, now=NOW)
    row = Question.objects.get(code="blood-bank-profile")
    ratings.rate([row], 60, now=NOW, by=account("root", "Administrator"))
    assert row.current
    Revision.objects.filter(pk=row.current.pk).update(explanation="Ours explains it.")
    path = bank / "1.3/blood-bank-profile.yaml"
    text = path.read_text().replace("rating: 85", "rating: 80").replace("It reads all rows then.", "All are read.")
    path.write_text(text)
    load(bank, now=NOW)
    return Question.objects.get(pk=row.pk)


@pytest.fixture
def instructor(client: Client) -> User:
    """Return an instructor, who may approve, as whom `client` is signed in."""
    user = account("ina", "Instructor")
    client.force_login(user)
    return user


@pytest.mark.slow
def test_a_new_shipped_version_is_chosen_part_by_part(client: Client, instructor: User, shipped: Question) -> None:
    url = address(shipped, "conflict")
    assert url in client.get(address(shipped)).text
    page = client.get(url).text
    assert "2 parts differ" in page
    assert re.search(r"<del>60</del><ins>80</ins>", page)
    data = form_values(page, "choose")
    answer = client.post(url, {**data, "part-rating": "theirs", "act": "choices"}, follow=True)
    assert "Your choices for blood-bank-profile are saved." in answer.text
    shipped.refresh_from_db()
    assert (shipped.rating, shipped.conflict) == (80, None)
    assert shipped.current
    assert shipped.current.explanation == "Ours explains it."
    assert "blood-bank-profile has no conflict" in client.get(url, follow=True).text


@pytest.mark.slow
def test_the_page_takes_a_constant_number_of_queries(client: Client, author: User, shipped: Question) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(shipped, "conflict")).status_code == 200
        return len(queries)

    count_queries()
    many = count_queries()
    Question.objects.filter(pk=shipped.pk).update(conflict={"rating": 80})
    assert count_queries() == many


@pytest.mark.slow
def test_an_author_takes_no_rating_and_no_explanation_of_a_live_question(
    client: Client, author: User, shipped: Question
) -> None:
    url = address(shipped, "conflict")
    page = client.get(url).text
    assert page.count("Only an approver can take this version.") == 2
    data = form_values(page, "choose")
    client.post(url, {**data, "act": "theirs"})
    client.post(url, {**data, "act": "choices", "part-rating": "theirs", "part-explanation": "theirs"})
    shipped.refresh_from_db()
    assert shipped.current
    assert (shipped.rating, shipped.current.explanation) == (60, "Ours explains it.")
    assert Question.objects.with_newer_version().exists()


@pytest.mark.slow
def test_one_button_keeps_or_takes_all_parts(client: Client, instructor: User, shipped: Question) -> None:
    url = address(shipped, "conflict")
    client.post(url, {**form_values(client.get(url).text, "choose"), "act": "theirs"})
    shipped.refresh_from_db()
    assert shipped.current
    assert (shipped.rating, shipped.current.explanation) == (80, "All are read.")
    assert not Question.objects.with_newer_version().exists()


@pytest.mark.slow
def test_choices_are_not_saved_if_the_question_changed_meanwhile(
    client: Client, instructor: User, shipped: Question
) -> None:
    url = address(shipped, "conflict")
    data = {**form_values(client.get(url).text, "choose"), "part-rating": "theirs", "act": "choices"}
    question_rows.touch([shipped.pk])
    answer = client.post(url, data)
    assert answer.status_code == 409
    assert "Someone else changed this question." in answer.text
    assert form_values(answer.text, "choose")["part-rating"] == "theirs", "the choice is still there"
    assert Question.objects.with_newer_version().count() == 1


@pytest.mark.slow
def test_only_approvers_can_take_a_wording(client: Client, author: User, shipped: Question) -> None:
    wording = {**(shipped.base or {})["wording"], "stem": "The shipped stem?"}
    Question.objects.filter(pk=shipped.pk).update(conflict={"as_of": "2026-11-20", "wording": wording})
    url = address(shipped, "conflict")
    client.post(url, {**form_values(client.get(url).text, "choose"), "act": "theirs"})
    shipped.refresh_from_db()
    assert shipped.conflict == {"wording": wording}
    assert str(shipped.as_of) == "2026-11-20", "taking a date needs no approver"
    data = form_values(client.get(url).text, "choose")
    assert "part-wording" not in data, "nothing is chosen yet"
    client.post(url, {**data, "part-wording": "theirs", "act": "choices"})
    assert Question.objects.with_newer_version().exists()
    data["lock_version"] = Question.objects.get(pk=shipped.pk).lock_version
    client.post(url, {**data, "part-wording": "mine", "act": "choices"})
    assert not Question.objects.with_newer_version().exists()
    assert shipped.revisions.count() == 1


def test_users_who_may_only_view_cannot_choose(client: Client, shipped: Question) -> None:
    client.force_login(account("rob", "Reviewer"))
    url = address(shipped, "conflict")
    page = client.get(url).text
    assert "Save these choices" not in page
    assert client.post(url, {"act": "theirs", "lock_version": shipped.lock_version}).status_code == 403
    client.force_login(User.objects.create_user("candidate"))
    assert client.get(url).status_code == 302
    assert Question.objects.with_newer_version().count() == 1
