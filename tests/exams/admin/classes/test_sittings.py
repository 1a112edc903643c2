"""Test exams for a class in the admin: the form, its times, the paper, personal links, the sheet, and the release."""

import csv
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import DELETION, LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exams.models import Form, KeyRuling, Participant, Roster, Sitting
from exams.services.attempt import ending, papers
from exams.services.classes import participants, rosters
from exams.services.classes.rosters import Person
from exams.services.results import rulings
from exams.services.upkeep import person_erasure
from questions.models import Blueprint, Job, Question, User
from tests import authoring, factories
from tests.factories import NOW
from tests.html_forms import forms

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LIST = "admin:exams_sitting_changelist"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW - 8 * MINUTE, tick=False) as traveller:
        yield traveller


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:exams_sitting_{name}", args=args)


def save(client: Client, path: str, **changes: Any) -> Any:
    """Submit the form of a page with some fields changed."""
    form = forms(client.get(path))["make"]
    return client.post(path, form.values | changes, follow=True)


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_new_exam_needs_only_a_name_and_an_exam(desk: Client, ines: User) -> None:
    page = save(desk, url("add"), name="Class 7b", exam="TINY")
    sitting = Sitting.objects.get()
    assert page.request["PATH_INFO"] == url("change", sitting.pk)
    assert (sitting.owner, sitting.name, sitting.who) == (ines, "Class 7b", "guest")
    assert (sitting.opens_at, sitting.last_start_at) == (NOW, NOW + 15 * MINUTE)
    assert sitting.latest_deadline == NOW + 45 * MINUTE
    assert sitting.form is not None
    for words in (sitting.code, f"http://testserver/join/{sitting.code}/", "0 people, 0 joined, 0 started"):
        assert words in text(page)


def test_an_exam_is_held_again_with_its_settings_and_without_its_people(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "7b", [Person("Ada")])
    data = {"who": "roster", "roster": roster.pk, "attempts_allowed": "2", "minutes": "25", "grades": "700 pass"}
    save(desk, url("add"), name="March", exam="TINY", paper="each", anyway="1", **data)
    first = Sitting.objects.get()
    assert "Hold again" in text(desk.get(url("change", first.pk)))
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        again = f"{url('add')}?again={first.pk}"
        assert "The settings are those of “March”, without its people." in text(desk.get(again))
        proposed = forms(desk.get(again))["make"].values
        assert (proposed["name"], proposed["exam"], proposed["paper"]) == ("March, again", "TINY", "each")
        assert proposed["roster"] == ""
        save(desk, again, anyway="1", roster=rosters.create(ines, "7c", [Person("Ben")]).pk)
    second = Sitting.objects.exclude(pk=first.pk).get()
    kept = ("who", "attempts_allowed", "minutes", "grades", "before_release", "blueprint")
    assert all(getattr(second, name) == getattr(first, name) for name in kept)
    assert second.opens_at > NOW + timedelta(days=7)
    assert second.last_start_at - second.opens_at == first.last_start_at - first.opens_at
    assert [person.name for person in second.participants.all()] == ["Ben"]


def test_a_resit_over_the_same_questions_says_what_it_hides_and_who_has_seen_them(desk: Client, ines: User) -> None:
    first = factories.sitting(factories.one_form_blueprint("ONE"), owner=ines, name="March")
    with time_machine.travel(NOW, tick=False):
        for name in ("Ana", "Ben"):
            attempt = factories.class_attempt(first, name)
            attempt.responses.update(first_shown=NOW)
            ending.finish(attempt, NOW)
        factories.joined(first, "Zoe")
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        again = f"{url('add')}?again={first.pk}"
        page = save(desk, again)
        assert "Of “March”, 2 people have seen all 12 questions of this paper." in text(page)
        assert "answers of these questions are hidden from them again, until the answers of this exam open" in text(
            page
        )
        assert Sitting.objects.count() == 1
        form = forms(page)["make"]
        desk.post(again, form.data(form.button("anyway")), follow=True)
    assert Sitting.objects.count() == 2


def test_a_paper_of_questions_that_no_class_has_seen_needs_no_caution(desk: Client, ines: User) -> None:
    factories.joined(factories.sitting(Blueprint.objects.get(code="TINY"), owner=ines, name="March"))
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        assert save(desk, url("add"), name="7b", exam="TINY").status_code == 200
    assert Sitting.objects.count() == 2


def test_an_exam_that_nobody_has_started_is_deleted_after_a_question_and_logged(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines, name="A mistake")
    factories.joined(sitting)
    paper = sitting.form_id
    assert url("delete", sitting.pk) in desk.get(url("change", sitting.pk)).content.decode()
    assert "1 person has joined and can no longer start it." in text(desk.get(url("delete", sitting.pk)))
    assert Sitting.objects.exists()
    assert "“A mistake” was deleted." in text(desk.post(url("delete", sitting.pk), follow=True))
    assert not Sitting.objects.exists()
    assert not Participant.objects.exists()
    assert not Form.objects.filter(pk=paper).exists()
    entry = LogEntry.objects.get(action_flag=DELETION)
    assert (entry.user, entry.object_repr) == (ines, "A mistake")


def test_an_exam_that_somebody_has_started_is_not_deleted(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    with time_machine.travel(NOW, tick=False):
        factories.class_attempt(sitting)
    assert url("delete", sitting.pk) not in desk.get(url("change", sitting.pk)).content.decode()
    for page in (desk.get(url("delete", sitting.pk)), desk.post(url("delete", sitting.pk), follow=True)):
        assert "Somebody has started this exam. End it on the board, then archive it." in text(page)
    assert Sitting.objects.get() == sitting
    assert not LogEntry.objects.filter(action_flag=DELETION).exists()


def test_a_class_is_archived_and_put_back_and_no_longer_offered(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "Class of 2025", [Person("Ada")])
    listed, archive = reverse("admin:exams_roster_changelist"), reverse("admin:exams_roster_archive", args=[roster.pk])
    desk.post(archive)
    assert "Class of 2025" not in text(desk.get(listed))
    assert "Class of 2025" in text(desk.get(listed, {"archived": "yes"}))
    assert "Class of 2025" not in text(desk.get(url("add")))
    desk.post(archive, {"restore": "yes"})
    assert "Class of 2025" in text(desk.get(listed))


def test_the_people_of_a_class_are_shown_by_last_name_or_in_the_order_of_the_list(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "7b", [Person("Zoe Abel"), Person("Ana Silva"), Person("Ben Ott")])
    sitting = factories.sitting(owner=ines, who="roster", roster=roster)
    for page in ("change", "sheet", "links"):
        names = re.findall("Zoe Abel|Ana Silva|Ben Ott", text(desk.get(url(page, sitting.pk))))
        assert list(dict.fromkeys(names)) == ["Zoe Abel", "Ben Ott", "Ana Silva"], page
        listed = re.findall("Zoe Abel|Ana Silva|Ben Ott", text(desk.get(url(page, sitting.pk), {"order": "list"})))
        assert list(dict.fromkeys(listed)) == ["Zoe Abel", "Ana Silva", "Ben Ott"], page


@pytest.mark.slow
def test_times_are_those_of_the_reader(desk: Client) -> None:
    times = {"opens_at": "2026-04-01T12:00", "last_start_at": "", "closes_at": "2026-04-01T14:00"}
    save(desk, url("add"), name="7b", exam="TINY", zone="Europe/Berlin", **times)
    assert Sitting.objects.get().opens_at == datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
    assert Sitting.objects.get().closes_at == datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
    edit = desk.get(url("edit", Sitting.objects.get().pk)).content.decode()
    assert 'data-moment="2026-04-01T10:00:00+00:00"' in edit
    refused = save(desk, url("add"), name="", zone="Europe/Berlin", **times)
    assert 'value="2026-04-01T12:00"' in refused.content.decode()
    assert 'value="Europe/Berlin"' in refused.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"closes_at": "2020-01-01T00:00"}, "The end for all must be after the opening."),
        ({"who": "roster"}, "Choose a class if, and only if"),
        ({"opens_at": "soon"}, "Enter a valid date/time."),
        ({"zone": "../etc"}, ""),
    ],
)
def test_a_form_with_faults_keeps_what_was_typed(desk: Client, changes: dict[str, str], sentence: str) -> None:
    page = save(desk, url("add"), name="" if not sentence else "Class 7b", exam="TINY", **changes)
    assert page.status_code == 422
    assert sentence in text(page)
    assert not Sitting.objects.exists()


def test_all_faults_of_the_form_are_said_at_once(desk: Client) -> None:
    page = save(desk, url("add"), name="", exam="TINY", who="roster", people="Ana Silva, ana@example.org\nBo, bo@, x")
    assert "This field is required." in text(page)
    assert "is not an e-mail address." in text(page)


def test_the_form_begins_with_the_newest_exam_of_the_house(desk: Client) -> None:
    factories.small_blueprint(code="ZEBRA")
    Blueprint.objects.update(origin=Blueprint.Origin.SHIPPED)
    assert desk.get(url("add")).context["form"]["exam"].value() == "TINY"
    Blueprint.objects.filter(code="ZEBRA").update(origin=Blueprint.Origin.LOCAL)
    assert desk.get(url("add")).context["form"]["exam"].value() == "ZEBRA"


def test_a_bank_with_too_few_questions_is_a_sentence(desk: Client) -> None:
    few = factories.store(factories._shipped_spec(), (1, 1, 1, 1))
    page = save(desk, url("add"), name="7b", exam=few.code)
    assert "The bank has too few questions for this exam." in text(page)


@pytest.mark.slow
def test_a_paper_that_the_bank_cannot_spare_is_said_before_the_exam_is_saved(desk: Client) -> None:
    factories.one_form_blueprint("ONLY")
    page = save(desk, url("add"), name="7b", exam="ONLY")
    assert page.status_code == 422
    assert "Nothing was saved. The questions of this paper are hidden from everybody until the answers open." in text(
        page
    )
    assert "Meanwhile the bank cannot fill: Small." in text(page)
    assert not Sitting.objects.exists()
    form = forms(page)["make"]
    kept = desk.post(url("add"), form.data(form.button("anyway")), follow=True)
    assert kept.request["PATH_INFO"] == url("change", Sitting.objects.get().pk)
    assert Sitting.objects.get().name == "7b"


def test_a_paper_each_is_created_after_a_caution_that_a_second_browser_can_meet_its_questions(desk: Client) -> None:
    page = save(desk, url("add"), name="7b", exam="TINY", paper="each")
    assert page.status_code == 422
    assert "its questions can be practiced and drawn in Small." in text(page)
    assert "One paper for all hides its questions from everybody" in text(page)
    assert "participants see their scores as soon as nobody can start or write any more, as with one paper" in text(
        page
    )
    assert not Sitting.objects.exists()
    form = forms(page)["make"]
    desk.post(url("add"), form.data(form.button("anyway")), follow=True)
    assert Sitting.objects.get().form is None


@pytest.mark.slow
def test_other_exams_count_that_admit_candidates_and_ask_the_same_questions(desk: Client) -> None:
    factories.small_blueprint(code="CLOSED")
    Blueprint.objects.filter(code="CLOSED").update(admits=False)
    quiz = factories.small_blueprint(code="QUIZ")
    quiz.spec |= {"collections": ["quiz"], "practice": ["closed"], "short_title": "Quiz"}
    quiz.spec["syllabus"] = "CLOSED"
    Blueprint.objects.filter(pk=quiz.pk).update(spec=quiz.spec)
    page = save(desk, url("add"), name="7b", exam="CLOSED", paper="each")
    assert "can be practiced and drawn in Quiz." in text(page)
    Blueprint.objects.filter(code="QUIZ").update(admits=False)
    save(desk, url("add"), name="7b", exam="CLOSED", paper="each")
    assert Sitting.objects.get().name == "7b"


@pytest.mark.slow
def test_a_paper_each_that_nobody_else_can_meet_or_a_large_bank_needs_no_second_click(desk: Client) -> None:
    factories.one_form_blueprint("ONLY")
    Blueprint.objects.filter(code="ONLY").update(admits=False)
    save(desk, url("add"), name="7b", exam="ONLY", paper="each")
    factories.small_blueprint(code="LARGE", exams=3)
    save(desk, url("add"), name="8c", exam="LARGE")
    assert Sitting.objects.count() == 2


@pytest.mark.slow
def test_an_exam_without_an_end_is_saved_after_a_proposal_of_one(desk: Client, ines: User) -> None:
    page = save(desk, url("add"), name="7b", exam="TINY", last_start_at="", closes_at="", zone="UTC")
    assert "Without an end, participants see no score before you release the answers." in text(page)
    assert "Enter a last start, such as 09:15" in text(page)
    assert not Sitting.objects.exists()
    form = forms(page)["make"]
    desk.post(url("add"), form.data(form.button("anyway")), follow=True)
    sitting = Sitting.objects.get()
    assert sitting.latest_deadline is None
    assert "with the answers, since the exam has no end" in text(desk.get(url("change", sitting.pk)))

    for one_paper in (True, False):
        stored = factories.sitting(owner=ines, one_paper=one_paper)
        assert "Without an end" in text(save(desk, url("edit", stored.pk), closes_at=""))


@pytest.mark.slow
def test_how_many_can_join_is_said_in_the_form_and_changes_later(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    factories.class_attempt(sitting)
    assert "at most 60 people" in text(desk.get(url("change", sitting.pk)))
    assert "less than or equal to 1000" in text(save(desk, url("edit", sitting.pk), joins_allowed="1001"))
    save(desk, url("edit", sitting.pk), joins_allowed="90")
    assert "at most 90 people" in text(desk.get(url("change", sitting.pk)))


def test_a_list_of_two_thousand_names_is_refused_with_a_sentence_and_kept_in_the_form(desk: Client) -> None:
    names = "\n".join(f"Name {number}" for number in range(2000))
    page = desk.post(reverse("admin:exams_roster_add"), {"name": "All", "people": names}, follow=True)
    assert "A class has at most 500 people. Make two of this list." in text(page)
    assert "Name 1999" in page.content.decode()
    assert not Roster.objects.exists()


@pytest.mark.slow
def test_the_exam_is_changed_until_somebody_has_started(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    save(desk, url("edit", sitting.pk), minutes="20", name="8c")
    sitting.refresh_from_db()
    assert (sitting.minutes, sitting.name) == (20, "8c")
    factories.class_attempt(sitting)
    page = save(desk, url("edit", sitting.pk), minutes="25")
    assert "People have started: move the window on the board instead." in text(page)
    sitting.refresh_from_db()
    assert sitting.minutes == 20


def test_the_paper_shows_key_and_letters_of_all_participants(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    page = desk.get(url("paper", sitting.pk))
    first = papers.questions(sitting.form)[0]
    bits = [option.bit for option in first.options]
    keys = [letter for letter, bit in zip("ABCDE", bits, strict=False) if first.revision.key >> bit & 1]
    assert f"Answer key {', '.join(keys)}" in text(page)
    without = text(desk.get(url("paper", sitting.pk), {"key": "no"}))
    assert "Answer key" not in without
    assert first.options[0].text in without
    attempt = factories.class_attempt(sitting)
    assert attempt.responses.get(position=1).bits == bits
    assert "Exchange question" not in text(desk.get(url("paper", sitting.pk)))


def test_the_answer_key_of_a_paper_follows_the_rulings(desk: Client, ines: User) -> None:
    sitting = factories.sitting(factories.one_form_blueprint("FIXED"), owner=ines)  # ten of its questions have one key
    single = [row for row in papers.questions(sitting.form) if row.revision.choose == 1]
    second = next(option.bit for option in single[0].options if 1 << option.bit != single[0].revision.key)
    for row, kind, mask in ((single[0], "accept", 1 << second), (single[1], "credit", 0), (single[2], "withdraw", 0)):
        rulings.rule(row.revision, KeyRuling.Kind(kind), mask, reason="So.", by=ines, now=NOW)
    html = text(desk.get(url("paper", sitting.pk)))
    keys = html[html.index("Answer key") :]
    bits = [option.bit for option in single[0].options]
    either = single[0].revision.key | 1 << second
    letters = [letter for letter, bit in zip("ABCDE", bits, strict=False) if either >> bit & 1]
    for part in (" or ".join(letters), "everybody has the point", "withdrawn"):
        assert part in keys


@pytest.mark.slow
def test_a_question_is_exchanged_by_hand(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    page = desk.get(url("exchange", sitting.pk, 2))
    revisions = re.findall(r'name="revision" value="(\d+)"', page.content.decode())
    assert revisions
    done = desk.post(url("exchange", sitting.pk, 2), {"revision": revisions[-1]}, follow=True)
    assert "Question 2 was exchanged." in text(done)
    sitting = Sitting.objects.select_related("form").get()
    assert sitting.form.plan[1]["revision"] == int(revisions[-1])
    again = desk.post(url("exchange", sitting.pk, 2), {"revision": "x"}, follow=True)
    assert "cannot take this position any more" in text(again)
    assert desk.get(url("exchange", sitting.pk, 99)).status_code == 404


def test_each_person_of_a_class_has_a_personal_code_on_the_sheet(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "7b", [Person("Ana", None, 30), Person("Ben")])
    sitting = factories.sitting(owner=ines, who="roster", roster=roster)
    assert sitting.code not in text(desk.get(url("change", sitting.pk))), "it lets nobody in"
    sheet = desk.get(url("sheet", sitting.pk)).content.decode()
    assert sheet.count('class="qr"') == 2
    assert "style=" not in sheet.split('id="content-main"')[1]
    token = participants.link_token(sitting.participants.get(name="Ana"))
    assert f"{token[:4]} {token[4:8]} {token[8:]}" in sheet
    everybody = desk.get(url("sheet", factories.sitting(owner=ines).pk)).content.decode()
    assert everybody.count('class="qr"') == 1


def test_extra_time_links_and_newcomers(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "7b", [Person("Ana"), Person("Ben")])
    sitting = factories.sitting(owner=ines, who="roster", roster=roster)
    ana, ben = sitting.participants.order_by("name")
    saved = desk.post(url("people", sitting.pk), {f"extra-{ana.pk}": "20", f"extra-{ben.pk}": "a"}, follow=True)
    assert "Extra time of 1 person saved." in text(saved)
    assert "Not saved for Ben: enter whole minutes up to 600." in text(saved)
    ana.refresh_from_db()
    assert ana.extra_minutes == 20

    old = participants.link_token(ana)
    renewed = desk.post(url("people", sitting.pk), {"renew": ana.pk}, follow=True).content.decode()
    ana.refresh_from_db()
    assert participants.link_token(ana) != old
    assert f"http://testserver/join/link/{participants.link_token(ana)}/" in renewed

    rosters.replace(roster, "7b", [Person("Ana"), Person("Ben"), Person("Cleo")])
    added = desk.post(url("people", sitting.pk), {"newcomers": "yes"}, follow=True)
    assert "1 person was added." in text(added)
    assert Participant.objects.filter(sitting=sitting).count() == 3


def test_a_deleted_person_leaves_no_name_in_the_history(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    ana, anja = factories.joined(sitting, "Ana"), factories.joined(sitting, "Anja Ana")
    desk.post(url("people", sitting.pk), {f"extra-{ana.pk}": "20", f"extra-{anja.pk}": "10"})
    desk.post(url("people", sitting.pk), {"renew": ana.pk})
    person_erasure.erase_candidates([ana.candidate_id], NOW)
    history = unescape(text(desk.get(reverse("admin:exams_sitting_history", args=[sitting.pk]))))
    for words in ("20 extra minutes for 'Deleted'.", "New link for 'Deleted'.", "10 extra minutes for 'Anja Ana'."):
        assert words in history


def test_answers_are_released_once_nobody_writes(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines, opens_at=NOW - 10 * MINUTE)
    attempt = factories.class_attempt(sitting, now=NOW - 9 * MINUTE)
    assert "1 person is still writing." in text(desk.post(url("release", sitting.pk), follow=True))
    ending.finish(attempt, NOW - 8 * MINUTE)
    assert "The answers are released" in text(desk.post(url("release", sitting.pk), follow=True))
    sitting.refresh_from_db()
    assert sitting.released_at == NOW - 8 * MINUTE


def test_grades_are_shown_on_the_page_of_the_class_and_offered_for_the_next_one(desk: Client, ines: User) -> None:
    exam = factories.percent_blueprint(60)
    sitting = factories.sitting(exam, owner=ines, grades="92 1,0; 60 4,0")
    page = text(desk.get(url("change", sitting.pk)))
    assert "1,0 from 92%, 4,0 from 60%; only staff see them" in page
    offered = desk.get(url("add"), {"exam": exam.code}).content.decode()
    assert re.search(r"<textarea name=\"grades\"[^>]*>\s*92 1,0\n60 4,0</textarea>", offered)
    of_another_scale = factories.small_blueprint(code="OTHER")
    offered = desk.get(url("add"), {"exam": of_another_scale.code}).content.decode()
    assert "92 1,0" not in offered
    assert not re.search(r"name=\"shows_grades\"[^>]*checked", offered)


@pytest.mark.parametrize(
    ("typed", "warning"),
    [
        ("92 1,0\n55 4,0", "No grade begins at the pass mark of 60%: the nearest, '4,0', begins at 55%."),
        ("92 1,0\n70 4,0", "No grade begins at the pass mark of 60%: the nearest, '4,0', begins at 70%."),
        ("92 1,0\n60 4,0\n0 5,0", ""),
        ("", ""),
    ],
)
def test_grades_that_leave_out_the_pass_mark_are_saved_with_a_warning(desk: Client, typed: str, warning: str) -> None:
    exam = factories.percent_blueprint(60)
    made = unescape(text(save(desk, url("add"), name="7b", exam=exam.code, grades=typed)))
    sitting = Sitting.objects.get()
    assert sitting.grades == typed
    changed = unescape(text(save(desk, url("edit", sitting.pk), name="7c")))
    for page in (made, changed):
        assert warning in page
        assert ("No grade begins" in page) == bool(warning)


def test_faults_of_the_list_and_of_the_grades_are_told_together(desk: Client) -> None:
    exam = factories.percent_blueprint(60)
    people = "Ana Silva, ana@example.org\nBo, bo@, x"
    page = unescape(
        text(save(desk, url("add"), name="7b", exam=exam.code, who="roster", people=people, grades="200 A\nB"))
    )
    assert "is not an e-mail address." in page
    assert "200 is not a score of this exam" in page
    assert "'B' is no grade" in page


def test_a_release_asks_once_and_says_what_happens(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines, opens_at=NOW - 10 * MINUTE)
    factories.joined(sitting, "Ben")
    attempt = factories.class_attempt(sitting, now=NOW - 9 * MINUTE)
    page = desk.get(url("change", sitting.pk)).content.decode()
    assert f'href="{url("release", sitting.pk)}"' in page
    assert f'action="{url("release", sitting.pk)}"' not in page
    asked = text(desk.get(url("release", sitting.pk)))
    assert "1 person is still writing." in asked
    assert "Release the answers now" not in asked
    ending.finish(attempt, NOW - 8 * MINUTE)
    asked = text(desk.get(url("release", sitting.pk)))
    for words in (
        "1 person has handed in.",
        "They see their reports, and the correct answers of all their questions, at once.",
        "This closes the exam: nobody can start any more.",
        "1 person has not started.",
        "This cannot be undone.",
        "Release the answers now",
    ):
        assert words in asked
    sitting.refresh_from_db()
    assert sitting.released_at is None
    desk.post(url("release", sitting.pk))
    assert "The answers are open already." in text(desk.get(url("release", sitting.pk)))


@pytest.mark.slow
def test_instructors_see_their_own_exams_only(desk: Client, ines: User) -> None:
    own = factories.sitting(owner=ines, name="Mine")
    other = factories.sitting(owner=authoring.account("ivan", "Instructor"), name="Not mine")
    listed = text(desk.get(reverse(LIST)))
    assert "Mine" in listed
    assert "Not mine" not in listed
    for name in ("change", "edit", "paper", "sheet"):
        assert desk.get(url(name, own.pk)).status_code == 200
        assert desk.get(url(name, other.pk)).status_code == 404
    for name in ("people", "release"):
        assert desk.post(url(name, other.pk)).status_code == 404
    administrator = Client()
    administrator.force_login(authoring.account("ada", "Administrator"))
    assert "Not mine" in text(administrator.get(reverse(LIST)))


def test_the_list_takes_the_same_queries_for_one_row_and_three(
    desk: Client, ines: User, django_assert_num_queries: Any
) -> None:
    for n in (1, 3):
        while Sitting.objects.count() < n:
            factories.sitting(owner=ines)
        desk.get(reverse(LIST))
        with django_assert_num_queries(6):
            desk.get(reverse(LIST))


@pytest.mark.slow
def test_a_class_is_pasted_changed_and_deleted(desk: Client, ines: User) -> None:
    add = reverse("admin:exams_roster_add")
    refused = save(desk, add, name="7b", people="Ana\nana\nBen,x@y")
    assert refused.status_code == 422
    assert "Line 2: ana is on line 1 too." in text(refused)
    assert "Line 3" in text(refused)
    page = save(desk, add, name="7b", people="Ana Silva, ana@example.org, 30\n\nBen")
    assert "7b has 2 people." in text(page)
    roster = Roster.objects.get()
    change = reverse("admin:exams_roster_change", args=[roster.pk])
    assert "Ana Silva,ana@example.org,30" in desk.get(change).content.decode()
    save(desk, change, people="Ana Silva\nCleo")
    assert set(roster.entries.values_list("name", flat=True)) == {"Ana Silva", "Cleo"}
    assert "You have a class of this name already." in text(save(desk, add, name="7b", people="Ana"))
    desk.post(reverse("admin:exams_roster_remove", args=[roster.pk]))
    assert not Roster.objects.exists()


def test_a_class_comes_from_a_file(desk: Client, ines: User) -> None:
    form = forms(desk.get(reverse("admin:exams_roster_add")))["make"]
    file = SimpleUploadedFile("7b.csv", "Name;E-mail\r\nJos\u00e9;\r\n".encode("cp1252"))
    page = desk.post(reverse("admin:exams_roster_add"), form.values | {"name": "7b", "file": file}, follow=True)
    assert "was read as Windows-1252. Check accents" in text(page)
    assert Roster.objects.get().entries.get().name == "Jos\u00e9"


@pytest.mark.slow
def test_names_are_pasted_into_the_form_of_the_exam_and_kept_as_a_class(desk: Client, ines: User) -> None:
    values = {"name": "Class 7b", "exam": "TINY", "who": "roster", "people": "Ana, ana@example.org\nBen,no-address,x"}
    page = save(desk, url("add"), **values)
    assert "Line 2: 'no-address' is not an e-mail address." in unescape(text(page))
    assert 'value="Class 7b"' in page.content.decode(), "nothing typed is lost"
    assert not Sitting.objects.exists()
    assert not Roster.objects.exists()
    save(desk, url("add"), **values | {"people": "Ana, ana@example.org\nSilva, Ben"})
    sitting = Sitting.objects.get()
    assert sitting.roster is not None
    assert (sitting.roster.name, sitting.roster.owner) == ("Class 7b", ines)
    assert [person.name for person in sitting.participants.all()] == ["Ana", "Silva, Ben"]


def test_a_last_start_that_is_over_is_refused(desk: Client) -> None:
    past = {"opens_at": "2020-01-01T10:00", "last_start_at": "2020-01-01T11:00", "zone": "UTC"}
    page = save(desk, url("add"), name="Late", exam="TINY", **past)
    assert "This time is over, so nobody could start." in text(page)
    assert not Sitting.objects.exists()


def test_personal_links_are_copied_downloaded_and_renewed_in_their_row(desk: Client, ines: User) -> None:
    roster = rosters.create(ines, "7b", [Person("Ana", "ana@example.org"), Person("Ben")])
    sitting = factories.sitting(owner=ines, who="roster", roster=roster)
    ana, ben = sitting.participants.all()
    page = desk.get(url("links", sitting.pk)).content.decode()
    link = f"http://testserver/join/link/{participants.link_token(ana)}/"
    assert f"Ana\tana@example.org\t{link}" in page
    table = desk.get(url("links_csv", sitting.pk)).content.decode("utf-8-sig").splitlines()
    assert list(csv.reader(table))[:2] == [
        ["name", "email", "code", "link"],
        ["Ana", "ana@example.org", participants.link_token(ana), link],
    ]
    answer = desk.post(url("people", sitting.pk), {"renew": ben.pk})
    assert answer["Location"] == f"{url('change', sitting.pk)}?new={ben.pk}#person-{ben.pk}"
    ben.refresh_from_db()
    row = desk.get(answer["Location"]).content.decode().split(f'id="person-{ben.pk}"')[1].split("</tr>")[0]
    assert participants.link_token(ben) in row
    assert participants.link_token(ana) not in desk.get(answer["Location"]).content.decode()
    ivan = authoring.account("ivan", "Instructor")
    for name in ("links", "links_csv"):
        other = Client()
        other.force_login(ivan)
        assert other.get(url(name, sitting.pk)).status_code == 404


@pytest.mark.slow
def test_an_exam_that_is_over_is_archived_and_put_back(desk: Client, ines: User, clock: Any) -> None:
    sitting = factories.sitting(owner=ines, last_start_at=NOW + 15 * MINUTE)
    assert "planned" in text(desk.get(reverse(LIST)))
    assert "Archive it when it is over" in text(desk.post(url("archive", sitting.pk), follow=True))
    clock.move_to(NOW + timedelta(hours=3))
    assert "over" in text(desk.get(reverse(LIST)))
    desk.post(url("archive", sitting.pk))
    assert sitting.name not in text(desk.get(reverse(LIST)))
    assert sitting.name in text(desk.get(reverse(LIST), {"archived": "yes"}))
    desk.post(url("archive", sitting.pk), {"restore": "yes"})
    assert sitting.name in text(desk.get(reverse(LIST)))


def test_the_exchange_is_searched_and_moves_are_in_the_history(desk: Client, ines: User) -> None:
    sitting = factories.sitting(owner=ines)
    assert sitting.form is not None
    (first, *_others) = papers.replacements(sitting.form, 1)
    Question.objects.filter(pk=first.question).update(search_text="how bees find home")
    page = desk.get(url("exchange", sitting.pk, 1), {"q": "Home BEES"})
    assert [item for item, _revision, _credit in page.context["choices"]] == [first]
    assert "contains these words" in text(desk.get(url("exchange", sitting.pk, 1), {"q": "zzzz"}))
    moved = desk.post(url("move", sitting.pk, 1), {"to": "2"}, follow=True)
    assert "Question 1 is question 2 now." in text(moved)
    assert "Question 1 is question 2 now." in text(desk.get(reverse("admin:exams_sitting_history", args=[sitting.pk])))


def test_links_are_sent_by_mail_after_a_look_at_the_first_one(desk: Client, ines: User, settings: Any) -> None:
    roster = rosters.create(ines, "7b", [Person("Ana", "ana@example.org"), Person("Ben")])
    sitting = factories.sitting(owner=ines, who="roster", roster=roster)
    assert "By mail" not in text(desk.get(url("links", sitting.pk))), "without a mail server"
    settings.EMAIL_URL = "smtp://mail.example.org"
    page = text(desk.get(url("links", sitting.pk)))
    for words in ("Without an address: Ben.", "Your link to Class 7b", "Hello Ana,"):
        assert words in page
    desk.post(url("mail_links", sitting.pk))
    assert Job.objects.get(kind="link_mails").key == str(sitting.pk)
    assert "Personal links sent by mail." in text(desk.get(reverse("admin:exams_sitting_history", args=[sitting.pk])))
    ana = sitting.participants.get(entry__email="ana@example.org")
    Job.objects.filter(kind="link_mails").update(state="done", data={"sent": [], "unsure": [ana.pk]})
    page = text(desk.get(url("links", sitting.pk)))
    assert "Ask whether they came: Ana, ana@example.org" in " ".join(page.split())


def test_the_list_of_all_owners_names_their_accounts(admin_client: Client) -> None:
    factories.sitting(owner=factories.user("ines", display_name="admin"))
    assert "admin (ines)" in admin_client.get(reverse("admin:exams_sitting_changelist")).text
