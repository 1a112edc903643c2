"""Test the page of practice: the builder, its numbers, and practice that is open."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exams.models import Attempt, Star
from exams.services.attempt import ending
from exams.services.people import candidates
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from questions.models import Blueprint, Question
from questions.services.bank_version import raise_bank_version
from tests import factories
from tests.exams.views.practice.starting import page, start, with_workouts
from tests.factories import NOW
from tests.html_forms import forms, text
from tests.sitting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("after_the_exam")]


@pytest.mark.slow
def test_practice_of_workouts_alone_offers_nothing_like_the_exam(client: Client, blueprint: Blueprint) -> None:
    exam = factories.small_blueprint(code="BIG", default=True, exams=3)
    Question.objects.filter(collection="tiny").update(collection="workouts")
    Blueprint.objects.filter(pk=exam.pk).update(spec={**exam.spec, "practice": ["workouts"]})
    Blueprint.objects.filter(pk=blueprint.pk).update(spec={**blueprint.spec, "practice": ["workouts"]})
    raise_bank_version()
    kinds = {dict(form.fields).get("kind") for form in forms(client.get("/practice/", {"exam": "TINY"})).values()}
    assert "quiz" in kinds
    assert kinds.isdisjoint({"try", "full"})
    assert "Try 10" not in client.get("/").content.decode()


@pytest.mark.slow
def test_the_builder_says_what_workouts_are_and_preselects_nothing(blueprint: Blueprint) -> None:
    with_workouts(blueprint, code__endswith="1")
    client = browser(factories.candidate())
    html = " ".join(page(client, blueprint).split())
    assert "Workouts are puzzles that take longer than exam questions and do not look like them." in html
    fields = forms(client.get("/practice/", {"exam": "TINY"}))["builder"].data()
    assert not {"domain", "state", "ask", "collection", "task", "topic", "new"} & set(fields)


@pytest.mark.slow
def test_the_page_lists_open_practice_and_the_numbers_of_each_filter(blueprint: Blueprint) -> None:
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    client = browser(exam.candidate)
    start(client, blueprint, size="3")
    html = " ".join(page(client, blueprint, state="wrong").split())
    assert "0 of 3 answered" in html
    assert '<b class="num">2</b> questions match.' in html
    assert 'data-count="state:unseen">21<' in html
    html = " ".join(page(client, blueprint, state="unseen", size="20").split())
    unused = study_records(exam.candidate, blueprint, timezone.now()).unused_exams
    assert re.search(
        rf"Also ask new ones that are kept \(\d+\): of {unused} unused mock exams, [012] would be left<", html
    )


@pytest.mark.slow
def test_an_incomplete_answer_counts_as_in_the_room(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    start(client, blueprint, size="3")
    attempt = Attempt.objects.get()
    whole, half, _open = attempt.responses.order_by("position")
    attempt.responses.filter(pk=whole.pk).update(choose=2, ticked=0b101)
    attempt.responses.filter(pk=half.pk).update(choose=2, ticked=0b100)
    room = client.get(f"/attempts/{attempt.uuid}/questions/1/").text
    for html in (page(client, blueprint), client.get("/history/").text, room):
        assert re.search(r"1\s+of\s+3\s+answered", html)
    ending.finish(attempt, NOW + timedelta(minutes=25))
    assert "1 question was not answered." in " ".join(
        client.get(f"/attempts/{attempt.uuid}/", follow=True).text.split()
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "filters",
    [{"topic": "renamed-since"}, {"task": "9.9"}, {"domain": "77"}, {"ask": "taste"}, {"collection": "other"}],
)
def test_a_filter_of_an_old_link_that_does_not_exist_is_dropped_and_said(
    blueprint: Blueprint, filters: dict[str, str]
) -> None:
    html = " ".join(page(browser(factories.candidate()), blueprint, state="unseen", **filters).split())
    assert "One of the filters does not exist. Choose again." in html
    assert '<b class="num">0</b>' not in html
    assert "One of the filters" not in page(browser(factories.candidate()), blueprint, domain="1", state="starred")


@pytest.mark.slow
def test_the_page_says_once_how_many_exam_questions_can_be_practiced(client: Client, blueprint: Blueprint) -> None:
    total = Question.objects.count()
    assert f"{total} exam questions can be practiced." in text(client.get("/practice/"))
    Question.objects.filter(code__endswith="1").update(status="pilot")
    raise_bank_version()
    n = Question.objects.filter(status="pilot").count()
    sentence = f"{total - n} of {total} exam questions can be practiced: {n} are on trial, in mock exams only."
    assert text(client.get("/practice/")).count(sentence) == 1
    assert f"{total} exam questions" in text(client.get("/")), "the same bank on the first page"


def test_the_page_takes_the_same_queries_for_one_attempt_and_for_three(
    blueprint: Blueprint, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    client = browser(exam.candidate)
    for _ in range(2):
        page(client, blueprint)  # what is closed is read once
        with django_assert_num_queries(16):
            page(client, blueprint)
        for _ in range(2):
            factories.handed_in(2, exam.candidate, blueprint, now=NOW).responses.update(first_shown=NOW)


def test_without_javascript_a_button_updates_the_numbers(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    response = start(client, blueprint, domain="1", show="counts", size="20", feedback="end")
    assert response.status_code == 303
    html = " ".join(client.get(response.url).content.decode().split())
    said = " ".join(re.sub(r"<[^>]+>", "", html.partition('id="matching"')[2].partition("<button")[0]).split())
    assert "12 questions: 12 new. 12 questions match." in said
    assert "Also ask new ones that are kept (6): of" in " ".join(html.split())
    assert Question.objects.filter(exam_domain__number=1).count() == 18


@pytest.mark.parametrize(
    "filters", [{}, {"ask": "technique"}, {"task": "1.1"}, {"topic": "tiny-1-1"}, {"state": "unseen"}]
)
def test_the_builder_says_how_many_unused_mock_exams_a_quiz_leaves_whatever_is_chosen(
    blueprint: Blueprint, filters: dict[str, str]
) -> None:
    """With a filter that matches fewer than practice may take, nothing was said, as if those kept were used up."""
    Question.objects.filter(code__contains="-d1-").update(ask="technique")
    raise_bank_version()
    candidate = factories.candidate()
    response = browser(candidate).get("/practice/", {"exam": "TINY", "size": "20", **filters})
    records, chosen = study_records(candidate, blueprint, timezone.now()), response.context["selection"]
    after = records.unused_after(chosen.questions)
    assert after >= 2
    says = f"Of {records.unused_exams} unused mock exams, {after} would be left." in text(response)
    assert says == (after < records.unused_exams)
    assert says or filters.keys() & {"topic"}


def test_above_the_builder_is_one_short_sentence_and_how_a_quiz_is_chosen_is_folded(blueprint: Blueprint) -> None:
    """The page was a wall of text, and each tile a paragraph."""
    Question.objects.filter(code__contains="-d1-").update(ask="technique")
    Question.objects.filter(code__contains="-d2-").update(ask="setting")
    raise_bank_version()
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    response = browser(exam.candidate).get("/practice/", {"exam": "TINY"})
    html = " ".join(response.text.split())
    above, _summary, rest = html.partition("Build a quiz</h2>")[2].partition("How a quiz is chosen</summary>")
    assert len(re.sub(r"<[^>]+>", "", above).split()) < 12
    folded, _form, builder = rest.partition("</details>")
    for words in ("takes due questions first", "need not add up", "exam questions can be practiced"):
        assert words in folded
        assert words not in builder
    for kind in response.context["kinds"]:
        assert [len(kind.text) <= 50, len(kind.asks) <= 60] == [True, True], kind
    (ask,) = [group for group in response.context["groups"] if group.name == "ask"]
    assert ask.note.endswith("some questions are kept for mock exams, so the numbers add up to more than match.")


def test_a_tile_has_one_number_and_leads_to_all_that_was_missed(blueprint: Blueprint) -> None:
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    said = text(browser(exam.candidate).get("/practice/", {"exam": "TINY"}))
    assert re.search(
        r"(\d+) missed questions (?:\d+ can be asked (?:now|again today)\. )?.*?Practice \d+ you missed Read all", said
    )
    assert "Ten questions From all exam domains, each with its solution." in said


def test_missed_questions_that_are_on_trial_are_read_and_no_button_leads_nowhere(blueprint: Blueprint) -> None:
    exam = factories.handed_in(0, blueprint=blueprint, now=NOW)
    exam.responses.update(first_shown=NOW)
    asked = exam.responses.values_list("revision__question", flat=True)
    Question.objects.filter(pk__in=list(asked)).update(status="pilot")
    raise_bank_version()
    response = browser(exam.candidate).get("/practice/", {"exam": "TINY"})
    assert "4 missed questions" in text(response)
    assert "Practice 0" not in text(response)
    assert 'href="/missed/">Read what you missed' in response.text


def test_the_tick_for_what_is_kept_stays_under_each_filter_and_says_what_it_does(blueprint: Blueprint) -> None:
    """It vanished while it was ticked, so that a wider filter took what was kept without a word."""
    client = browser(factories.candidate())
    none = "Also ask new ones that are kept for mock exams: none matches"
    for narrow, ticked in (({}, False), ({"state": "starred"}, False), ({"state": "starred", "new": "yes"}, True)):
        response = client.get("/practice/", {"exam": "TINY", "size": "5", **narrow})
        (tick,) = re.findall(r'<label class="check"><input type="checkbox" name="new".*?>', response.text, re.DOTALL)
        assert ("checked" in tick) == ticked
        assert (none in text(response)) == bool(narrow)


def test_numbers_of_a_group_that_do_not_add_up_are_explained_beside_it(blueprint: Blueprint) -> None:
    """The exam domains added up to 261, what is asked to 380: each value alone could take what is not kept."""
    said = (
        "The number beside a filter is what a quiz of that value alone could take, so those of a group need not add up."
    )
    client = browser(factories.candidate())
    response = client.get("/practice/", {"exam": "TINY"})
    assert said in text(response)
    assert "Tasks and topics Each number is for that choice alone." in text(response)
    counts = response.context["selection"].counts
    assert sum(counts["topic"].values()) > sum(counts["domain"].values())
    for name in counts:
        value, n = max(counts[name].items())
        if value:
            alone = client.get("/practice/", {"exam": "TINY", name: value}).context["selection"].matching
            assert (name, alone) == (name, n)


def test_the_filter_of_flags_is_about_the_last_answer_and_says_so(blueprint: Blueprint) -> None:
    """Practice took the flags of an exam off, and the filter was called 'Flagged'."""
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    flagged = exam.responses.order_by("position")[0]
    exam.responses.update(first_shown=NOW)
    exam.responses.filter(pk=flagged.pk).update(flagged=True)
    client, later = browser(exam.candidate), timezone.now()
    assert "Flagged at your last answer 1" in text(client.get("/practice/", {"exam": "TINY"}))
    of_exam = {"exam": "TINY", "attempt": str(exam.uuid)}
    assert "Flagged 1" in text(client.get("/practice/", of_exam))
    quiz = practice.start(
        exam.candidate, blueprint, "quiz", [flagged.revision.question_id], feedback="end", timed=False, now=later
    ).attempt
    quiz.responses.update(ticked=1, first_shown=later, saved_at=later)
    practice.finish(quiz, later)
    assert "Flagged at your last answer 0, none was flagged then" in text(client.get("/practice/", {"exam": "TINY"}))
    assert "Flagged 1" in text(client.get("/practice/", of_exam)), "the exam keeps its flags"


def box(page: str, name: str, value: str) -> tuple[bool, str]:
    """Return whether the box of a filter can be ticked, and what stands beside it."""
    start = rf'<label class="check[^>]*><input type="checkbox" name="{name}" value="{value}"'
    (label,) = re.findall(rf"{start}.*?</label>", page, re.DOTALL)
    return " disabled" not in label, " ".join(re.sub(r"<[^>]+>", "", label).split())


def test_what_no_question_has_cannot_be_ticked_and_says_why(blueprint: Blueprint) -> None:
    candidate = factories.candidate()
    client = browser(candidate)
    assert box(page(client, blueprint), "state", "starred") == (False, "Starred 0, you have starred none")
    starred = Question.objects.filter(exam_domain__number=1)[0]
    Star.objects.create(candidate=candidate, question=starred, created_at=NOW)
    assert box(page(client, blueprint), "state", "starred") == (True, "Starred 1")
    html = page(client, blueprint, domain="2")
    assert box(html, "state", "starred") == (False, "Starred 0, none with the other filters")
    assert box(html, "domain", "1")[0]
    html = page(client, blueprint, domain="2", state="starred")
    assert box(html, "state", "starred")[0], "what is ticked can be unticked"


def test_tasks_of_other_exam_domains_are_hidden_while_one_is_chosen_but_what_is_ticked(blueprint: Blueprint) -> None:
    """Ninety rows of nothing stood under the exam domain, over six screens."""

    def hidden(**query: str) -> list[bool]:
        html = page(browser(factories.candidate()), blueprint, **query).partition("Tasks and topics")[2]
        tasks = re.findall(r"<fieldset( hidden)?>\s*<legend class=\"visually-hidden\">(\d)\.\d", html)
        return [bool(is_hidden) for is_hidden, number in tasks if number == "1"]

    assert hidden()[:1] == [False]
    assert all(hidden(domain="2"))
    assert not any(hidden(domain="1"))
    assert hidden(domain="2", topic="tiny-1-1").count(False) == 1, "so that it can be unticked"


def test_before_an_answer_nothing_is_said_of_answers(blueprint: Blueprint) -> None:
    """Somebody new read that she was sure of all, and that what she was sure of was right."""
    candidate = factories.candidate()
    client = browser(candidate)

    def beside(state: str) -> str:
        return box(page(client, blueprint), "state", state)[1].partition(" 0, ")[2]

    for state in ("wrong", "flagged", "unsure", "sure-wrong"):
        assert beside(state) == "no answers yet"
    first, second = Question.objects.order_by("pk").values_list("pk", flat=True)[:2]
    for question, confidence in ((first, None), (second, 3)):
        quiz = practice.start(
            candidate, blueprint, "quiz", [question], feedback="end", timed=False, now=timezone.now()
        ).attempt
        quiz.responses.update(ticked=F("key"), confidence=confidence, first_shown=NOW, saved_at=NOW)
        practice.finish(quiz, timezone.now())
        assert beside("wrong") == "you have missed none"
        sure_of = ("you have not said how sure you were",) * 2
        if confidence:
            sure_of = ("none that a quiz may ask",) * 2  # others may be on trial
        assert (beside("unsure"), beside("sure-wrong")) == sure_of


def test_what_is_starred_or_flagged_and_on_trial_is_not_said_to_be_none(blueprint: Blueprint) -> None:
    exam = factories.handed_in(2, blueprint=blueprint, now=NOW)
    answered = exam.responses.order_by("position")[0]
    exam.responses.filter(pk=answered.pk).update(first_shown=NOW, saved_at=NOW, flagged=True)
    factories.scored(exam)
    question = answered.revision.question
    Star.objects.create(candidate=exam.candidate, question=question, created_at=NOW)
    client = browser(exam.candidate)
    assert box(page(client, blueprint), "state", "starred") == (True, "Starred 1")
    assert box(page(client, blueprint), "state", "flagged") == (True, "Flagged at your last answer 1")
    Question.objects.filter(pk=question.pk).update(status="pilot")
    raise_bank_version()
    html = page(client, blueprint)
    says = "is on trial: practice never asks it"
    assert box(html, "state", "starred") == (False, f"Starred 0, 1 starred {says}")
    assert box(html, "state", "flagged") == (False, f"Flagged at your last answer 0, 1 flagged {says}")


def test_a_whole_exam_without_a_clock_says_how_many_unused_mock_exams_it_leaves(client: Client) -> None:
    large = factories.small_blueprint(code="LARGE", default=True, exams=6)
    html = text(client.get("/practice/", {"exam": "LARGE"}))
    records = study_records(None, large, timezone.now())
    before = records.unused_exams
    assert re.search(
        rf"A whole exam without a clock [^.]*\. 5 new\."
        rf" With these, {before - 1} unused mock exams remain instead of {before}\.",
        html,
    )


def test_what_is_all_kept_for_mock_exams_says_so_and_can_be_ticked_only_if_kept_ones_are_asked_too(
    blueprint: Blueprint,
) -> None:
    """It was offered, and the quiz had no question."""
    candidate = factories.candidate()
    client = browser(candidate)
    start(client, blueprint, size="100")
    quiz = Attempt.objects.get()
    quiz.responses.update(ticked=1, first_shown=NOW, saved_at=NOW)
    ending.finish(quiz, NOW)
    kept = Question.objects.exclude(pk__in=quiz.responses.values("revision__question")).select_related("topic")[0]
    assert kept.topic
    can_be_ticked, words = box(page(client, blueprint), "topic", kept.topic.slug)
    assert not can_be_ticked
    assert words.endswith(" 0, 1 kept for mock exams")
    can_be_ticked, words = box(page(client, blueprint, new="yes"), "topic", kept.topic.slug)
    assert can_be_ticked
    assert words.endswith(" 1")
    assert box(page(client, blueprint, topic=kept.topic.slug), "topic", kept.topic.slug)[0], "of a link, to untick it"


@pytest.mark.slow
def test_people_who_have_begun_find_the_next_step_first_as_on_the_start_page(blueprint: Blueprint) -> None:
    """Nothing on the page led to Today."""
    exam = factories.handed_in(0, blueprint=blueprint, now=NOW - timedelta(days=2))
    exam.responses.update(first_shown=NOW - timedelta(days=2))
    candidate = factories.scored(exam).candidate
    candidates.update_preferences(candidate.pk, candidate.epoch, {"undated": "TINY"})
    client = browser(candidate)
    start(client, blueprint, size="3")
    steps = []
    for path in ("/", "/practice/"):
        response = client.get(path, {"exam": "TINY"})
        assert response.context["step"].kind == "today"
        shown = response.text.partition('aria-labelledby="step"')[2].partition("</section>")[0]
        steps.append(re.sub(r'(?s)<input type="hidden" name="(?:pair|csrfmiddlewaretoken)"[^>]*>|\s', "", shown))
    assert steps[0] == steps[1]
    places = [response.text.index(f'id="{place}"') for place in ("step", "open", "kinds", "build")]
    assert places == sorted(places)
    (form,) = [form for form in forms(response).values() if ("kind", "today") in form.fields]
    assert client.post(form.action, form.data()).status_code == 303
    assert Attempt.objects.filter(practice_kind="today").count() == 1
    assert "Next best step" not in page(browser(factories.candidate()), blueprint), "to people who have not begun"


def test_what_is_asked_stays_on_the_page_when_another_filter_leaves_none_of_it(blueprint: Blueprint) -> None:
    Question.objects.filter(code__contains="-d1-").update(ask="technique")
    Question.objects.filter(code__contains="-d2-").update(ask="diagnosis")
    raise_bank_version()
    html = page(browser(factories.candidate()), blueprint, domain="2")
    assert box(html, "ask", "technique") == (False, "Technique, algorithm or metric 0, none with the other filters")


def test_the_sentence_before_the_start_says_what_the_quiz_asks(blueprint: Blueprint) -> None:
    said = text(browser(factories.candidate()).get("/practice/", {"exam": "TINY", "size": "6"}))
    assert "Number of questions" in said
    assert said.index("Number of questions") < said.index("6 questions: 6 new.")


def test_of_many_open_quizzes_the_newest_three_are_shown_at_once(blueprint: Blueprint) -> None:
    client = browser(factories.candidate())
    for size in ("1", "2", "3", "4"):
        start(client, blueprint, size=size)
    shown, _summary, folded = page(client, blueprint).partition("1 more is open")
    assert [shown.count("Continue<"), folded.count("Continue<")] == [3, 1]


@pytest.mark.slow
def test_a_quiz_that_is_built_takes_all_that_is_due_and_one_like_the_exam_its_shares(blueprint: Blueprint) -> None:
    """'Every quiz takes due questions first' stood above '7 of 9 due, 3 new'."""
    candidate, at = factories.candidate(), timezone.now() - timedelta(days=2)
    items = practice_pool(blueprint).items
    of_one_domain = [question for question, item in items.items() if item.frozen.exam_domain == 1][:9]
    quiz = practice.start(candidate, blueprint, "quiz", of_one_domain, feedback="end", timed=False, now=at).attempt
    for row in quiz.responses.all():
        quiz.responses.filter(pk=row.pk).update(ticked=row.full ^ row.key, first_shown=at, saved_at=at)
    practice.finish(quiz, at)
    shown = browser(candidate).get("/practice/", {"exam": "TINY", "new": "yes"})
    assert "10 questions: 9 due, 1 new" in text(shown)
    (like_exam,) = [kind for kind in shown.context["kinds"] if kind.title == "Ten questions"]
    assert re.search(r"\d of 9 due", like_exam.asks)
    assert "A quiz that you build takes due questions first" in text(shown)
    assert "Ten questions and a whole exam keep the shares of the exam domains" in text(shown)


def test_a_begun_quiz_stands_once_as_the_next_step_and_can_be_discarded_there(blueprint: Blueprint) -> None:
    candidate, now = factories.candidate(), timezone.now()
    items = [*practice_pool(blueprint).items]
    for name, questions in (("Begun", items[:3]), ("Untouched", items[3:6])):
        quiz = practice.start(
            candidate, blueprint, "quiz", questions, feedback="each", timed=False, now=now, title=name
        ).attempt
        if name == "Begun":
            quiz.responses.filter(position=1).update(ticked=F("key"), first_shown=now, saved_at=now)
            begun = quiz
    client = browser(candidate)
    response = client.get("/practice/")
    assert response.text.count("<b>Begun") == 1
    assert [attempt.name for attempt in response.context["newest_open"]] == ["Untouched"]
    (form,) = [
        form for form in forms(response).values() if form.action == reverse("practice_discard", args=[begun.uuid])
    ]
    assert "is ended. The answers that you gave count." in client.post(form.action, form.data(), follow=True).text
