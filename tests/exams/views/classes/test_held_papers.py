"""Attack the paper of a class that is sitting it: by practice, new exams and old reviews in a second browser."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exams.models import Attempt, Candidate, Note, Response, Sitting, Star
from exams.services.attempt import ending
from exams.services.attempt.answering import Sitter
from exams.services.classes import board
from exams.services.classes.sittings import Window
from exams.services.practice import practice, study_marks
from exams.services.practice.practice_pool import practice_pool
from exams.views.practice.cards import STARS
from questions.models import Blueprint, Enemy, Question, Revision
from tests import factories
from tests.exams.views.practice import starting
from tests.exams.views.practice.studying import check, enter, key_of
from tests.factories import NOW
from tests.html_forms import text
from tests.sitting import Guest, browser

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("empty_cache")]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ENDS = "hidden until the class exam ends"


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=3)


@pytest.fixture
def sitting(clock: Any, blueprint: Blueprint) -> Sitting:
    return factories.sitting(blueprint)


def paper(sitting: Sitting) -> set[int]:
    """Return the questions of the paper."""
    revisions = [slot["revision"] for slot in sitting.form.plan]
    return set(Revision.objects.filter(pk__in=revisions).values_list("question", flat=True))


def with_an_enemy(sitting: Sitting) -> int:
    """Give a question of the paper an enemy that is not on it, and return the enemy."""
    first, other = min(paper(sitting)), Question.objects.exclude(pk__in=paper(sitting)).earliest("pk").pk
    Enemy.objects.create(low_id=min(first, other), high_id=max(first, other))
    factories.start_versions()
    return other


def practiced(client: Client, blueprint: Blueprint, **fields: Any) -> set[int]:
    """Practice again and again in this browser, check each question, and return all questions asked."""
    asked: set[int] = set()
    for _round in range(4):
        starting.start(client, blueprint, pair=starting.pair(client, blueprint), **fields)
        attempt = Attempt.objects.filter(mode="practice", status="open").first()
        if attempt is None:
            break
        asked |= starting.asked(attempt)
        ending.finish(attempt, NOW)
    return asked


@pytest.mark.parametrize(
    "fields",
    [{"kind": "quiz", "size": 50, "new": "yes", "feedback": "each"}, {"kind": "try"}, {"kind": "full", "new": "yes"}],
)
def test_a_second_guest_is_asked_nothing_of_the_paper_in_practice(
    client: Client, sitting: Sitting, blueprint: Blueprint, fields: dict[str, Any]
) -> None:
    held = paper(sitting) | {with_an_enemy(sitting)}
    factories.class_attempt(sitting)
    asked = practiced(client, blueprint, **fields)
    assert asked, "there are other questions"
    assert not asked & held


def test_leaving_the_class_exam_and_coming_back_opens_no_practice_of_its_paper(
    sitting: Sitting, blueprint: Blueprint
) -> None:
    client = browser(factories.class_attempt(sitting).candidate)
    client.post(reverse("leave"))
    assert not practiced(client, blueprint, kind="quiz", size=50, new="yes") & paper(sitting)


def test_practice_from_before_the_opening_reveals_no_question_of_the_paper(clock: Any, blueprint: Blueprint) -> None:
    opened_early = factories.candidate()
    attempt = practice.start(
        *(opened_early, blueprint, "quiz", list(practice_pool(blueprint).items)),
        feedback="each",
        timed=False,
        now=NOW,
    ).attempt
    sitting = factories.sitting(blueprint)
    row = attempt.responses.filter(revision__question__in=paper(sitting)).earliest("position")
    room = enter(attempt, row.position)
    assert ENDS in text(room.response)
    assert not room.response.context["can_check"]
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    Response.objects.filter(pk=row.pk).update(ticked=row.key)
    assert not practice.reveal(attempt.uuid, sitter, {row.position: practice.Check(row.key, 3)}, NOW)
    clock.move_to(NOW + 61 * MINUTE)
    room = enter(attempt, row.position)
    check(room, key_of(attempt, row.position))
    assert attempt.responses.get(pk=row.pk).revealed_at


def test_the_pages_and_files_of_an_earlier_exam_hide_what_is_on_the_paper(clock: Any, settings: Any) -> None:
    blueprint = factories.one_form_blueprint()
    earlier = factories.scored(factories.handed_in(blueprint=blueprint, now=NOW - DAY), NOW - DAY)
    Response.objects.filter(attempt=earlier).update(first_shown=NOW - DAY)
    Note.objects.create(attempt=earlier, position=1, text="remember this")
    client = browser(earlier.candidate)
    sitting = factories.sitting(blueprint)
    assert paper(sitting) == set(earlier.responses.values_list("revision__question", flat=True))
    codes = Question.objects.filter(pk__in=paper(sitting)).values_list("code", flat=True)
    secrets = {*(f"The explanation of {code}." for code in codes), '"key"', "Correct, selected", "remember this"}

    def told() -> set[str]:
        pages = [reverse(name, args=[earlier.uuid]) for name in ("report", "review", "export")]
        pages += [reverse(name) for name in ("missed", "missed_cards", "notebook", "history", "progress", "practice")]
        pages.append(f"{reverse('guide_search')}?q=explanation")
        files = [*(client.get(page, follow=True).content.decode() for page in pages), data_zip(client)]
        return {secret for secret in secrets for file in files if secret in file}

    assert told() == {"remember this"}, "in data.zip alone, without its question"
    own_pages = [reverse("review", args=[earlier.uuid]), reverse("export", args=[earlier.uuid])]
    for page in (*own_pages, reverse("notebook"), reverse("missed")):
        assert ENDS in text(client.get(page))
    clock.move_to(NOW + 61 * MINUTE)
    assert {secret for secret in secrets if secret.startswith("The")} <= told()


@pytest.mark.parametrize("has_date", [True, False])
@pytest.mark.parametrize("page", ["plan", "today", "progress", "practice", "cards"])
def test_what_a_new_day_knows_tells_nothing_of_answers_to_the_paper(clock: Any, page: str, has_date: bool) -> None:
    """The topics of the day followed answers that were hidden, in a zone whose midnight came after them."""
    blueprint = factories.one_form_blueprint()
    begun = [factories.attempt(blueprint=blueprint, now=NOW - MINUTE) for _candidate in range(2)]
    factories.sitting(blueprint)
    for attempt, right in zip(begun, (0, 99), strict=True):
        factories.tick(attempt, right)
        Response.objects.filter(attempt=attempt).update(first_shown=NOW, saved_at=NOW)
        ending.finish(attempt, NOW + MINUTE)
        factories.scored(attempt, NOW + MINUTE)
    clock.move_to(NOW + 31 * MINUTE)
    pages = []
    for attempt in begun:
        if has_date:
            today = (NOW + 31 * MINUTE).date()
            study_marks.set_goal(attempt.candidate, blueprint.exam.syllabus_code, today + 20 * DAY, None, today)
        client = browser(attempt.candidate)
        client.cookies["zone"] = "Pacific/Marquesas"  # where the day begins at 9:30
        pages.append(text(client.get(reverse(page), follow=True)))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("feedback", ["each", "end"])
@pytest.mark.parametrize("held_when_ended", [True, False])
def test_an_old_practice_that_is_ended_hides_what_was_seen_and_is_on_the_paper(
    clock: Any, feedback: str, held_when_ended: bool
) -> None:
    """It shows the keys of questions that were seen but not answered, wherever answers are shown."""
    blueprint = factories.one_form_blueprint()
    clock.move_to(NOW - DAY)
    questions = list(practice_pool(blueprint).items)
    attempt = practice.start(
        *(factories.candidate(), blueprint, "quiz", questions), feedback=feedback, timed=False, now=NOW - DAY
    ).attempt
    client, rows = browser(attempt.candidate), list(attempt.responses.order_by("position"))
    for row in rows:
        assert client.get(reverse("question", args=[attempt.uuid, row.position])).status_code == 200
        Response.objects.filter(pk=row.pk).update(first_shown=NOW - DAY)
        Star.objects.create(candidate=attempt.candidate, question=row.revision.question, created_at=NOW - DAY)
    Note.objects.create(attempt=attempt, position=1, text="remember this")
    if not held_when_ended:
        ending.finish(attempt, NOW - DAY)
    sitting = factories.sitting(blueprint)
    clock.move_to(NOW)
    if held_when_ended:
        ending.finish(attempt, NOW)
    asked = {row.revision.question_id for row in rows}
    codes = set(Question.objects.filter(pk__in=paper(sitting) & asked).values_list("code", flat=True))

    def told() -> set[str]:
        pages = [reverse(name, args=[attempt.uuid]) for name in ("report", "review", "export")]
        names = ("missed", "missed_cards", "cards", "notebook", "history", "progress", "practice", "today")
        pages += [*(reverse(name) for name in names), reverse("card_deck", args=[STARS])]
        files = [*(client.get(page, follow=True).content.decode() for page in pages), data_zip(client)]
        return {code for code in codes for file in files if f"The explanation of {code}." in file}

    assert told() == set()
    clock.move_to(NOW + 61 * MINUTE)
    assert told() == codes != set()


def data_zip(client: Client) -> str:
    response: Any = client.get(reverse("download"))
    data = b"".join(response.streaming_content) if response.streaming else response.content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("attempts.json").decode() + archive.read("person.json").decode()


def test_an_exam_of_ones_own_draws_nothing_of_the_paper(sitting: Sitting, blueprint: Blueprint) -> None:
    held = paper(sitting) | {with_an_enemy(sitting)}
    for _exam in range(3):
        attempt = factories.attempt(factories.candidate(), blueprint, seed=str(_exam))
        assert not starting.asked(attempt) & held


def test_an_exam_that_cannot_do_without_the_paper_waits_and_leaves_no_guest(client: Client, clock: Any) -> None:
    blueprint = factories.one_form_blueprint()
    factories.sitting(blueprint)
    refused = Guest.start(client, blueprint)
    assert refused.response.status_code == 409
    assert "They are hidden until the class exam ends." in text(refused.response)
    assert not Attempt.objects.exists()
    assert not Candidate.objects.exists()
    clock.move_to(NOW + 61 * MINUTE)
    assert Guest.start(client, blueprint).path == reverse("question", args=[Attempt.objects.get().uuid, 1])


def test_a_window_that_moves_while_the_paper_is_held_holds_it_longer_and_loses_no_answer(
    clock: Any, sitting: Sitting, blueprint: Blueprint
) -> None:
    attempt = factories.class_attempt(sitting)
    factories.tick(attempt, 3)
    terms = Window(NOW, None, NOW + 120 * MINUTE, None)
    board.move_window(sitting, terms, factories.user("ines"), NOW + MINUTE)
    clock.move_to(NOW + 61 * MINUTE)
    assert not practiced(Client(), blueprint, kind="quiz", size=50, new="yes") & paper(sitting)
    assert Response.objects.filter(attempt=attempt, correct=True, scored=True).count() == 3
    clock.move_to(NOW + 121 * MINUTE)
    assert practiced(Client(), blueprint, kind="quiz", size=50, new="yes") & paper(sitting)


def test_with_a_paper_each_only_the_people_of_the_class_wait(clock: Any, blueprint: Blueprint) -> None:
    attempt = factories.class_attempt(factories.sitting(blueprint, one_paper=False))
    asked = starting.asked(attempt)
    assert practiced(Client(), blueprint, kind="quiz", size=50, new="yes") & asked
    assert not practiced(browser(attempt.candidate), blueprint, kind="quiz", size=50, new="yes") & asked
