"""Test which answers count for mastery and confidence, and that only the first answer to a question does."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from exams.models import Attempt, Candidate, Form, Response
from exams.services.attempt import ending
from exams.services.attempt.answering import PostedAnswer, Sitter, save
from exams.services.practice import practice
from exams.services.progress.answers import Answer, disclosed_answers, past_answers
from exams.services.progress.confidence import confidence
from exams.services.progress.mastery import likely_questions, mastery_tree, next_topics
from exams.services.progress.trend import scored_exams
from exams.services.results.shown_scores import shown_scores
from questions.content.blueprint import DomainWeight, Draw
from questions.models import Blueprint, Question, Topic
from questions.services import blueprints
from questions.services.bank_version import bank_version, raise_bank_version
from tests import factories
from tests.exams.services.results.key_rulings import carry_out, decide, scored_attempts
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def blueprint() -> Blueprint:
    return factories.small_blueprint(exams=4)


@pytest.fixture
def alice() -> Candidate:
    return factories.candidate()


def sat(alice: Candidate, blueprint: Blueprint, right: int, *, shown: int = 5) -> Attempt:
    """Return a finished exam of five questions of which the first `shown` were shown."""
    attempt = factories.attempt(alice, blueprint)
    factories.tick(attempt, right)
    attempt.responses.filter(position__lte=shown).update(first_shown=NOW)
    attempt.responses.filter(position__gt=shown).update(ticked=0)
    ending.finish(attempt, NOW + timedelta(minutes=9))
    return attempt


def quiz(alice: Candidate, blueprint: Blueprint, questions: list[int], feedback: str = "each") -> Attempt:
    now = NOW + timedelta(days=1)
    return practice.start(alice, blueprint, "quiz", questions, feedback=feedback, timed=False, now=now).attempt


def answer(attempt: Attempt, position: int, *, right: bool, sure: int | None) -> None:
    """Answer a question of practice, and reveal its solution if `sure` is given."""
    sitter = Sitter(attempt.candidate_id, attempt.candidate.epoch)
    row = attempt.responses.get(position=position)
    wrong = [bit for bit in row.bits if not row.key >> bit & 1][: row.choose]
    mask = row.key if right else sum(1 << bit for bit in wrong)
    now = NOW + timedelta(days=1, minutes=position)
    assert save(attempt.uuid, sitter, position, PostedAnswer(mask, row.version), now).ok
    if sure:
        assert practice.reveal(attempt.uuid, sitter, {position: practice.Check(mask, sure)}, now)


def test_shown_questions_of_a_finished_exam_count_with_or_without_an_answer(
    alice: Candidate, blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = sat(alice, blueprint, right=0, shown=4)
    Response.objects.filter(attempt=attempt, position=1).update(ticked=0)
    with django_assert_num_queries(5):
        answers = disclosed_answers(alice, "TINY")
    assert len(answers) == 4
    assert sum(not row.ticked for row in answers) == 1


def test_answers_belong_to_the_exam_that_asked_them_wherever_the_questions_are_placed(
    alice: Candidate, blueprint: Blueprint
) -> None:
    domains = (DomainWeight(7, "All", 100, (Draw("tiny"),)),)
    spec = replace(blueprint.exam, code="OTHER", version=1, default=False, exam_domains=domains)
    other = blueprints.make(spec, known_version=0, now=NOW)
    Question.objects.filter(exam_domain__number=2).update(exam_domain=None, topic=None)
    raise_bank_version()
    attempt = sat(alice, other, right=3)
    assert disclosed_answers(alice, "TINY") == []
    answers = disclosed_answers(alice, "OTHER")
    assert {(row.syllabus, row.exam_domain) for row in answers} == {("OTHER", 7)}
    assert len(answers) == 5
    some = list(attempt.responses.values_list("revision__question", flat=True)[:2])
    assert {row.question: row.syllabus for row in past_answers(alice.pk, some)} == dict.fromkeys(some, "OTHER")
    spec = replace(blueprint.exam, code="QUIZ", version=1, default=False, syllabus="TINY", exam_domains=domains)
    quiz_of_tiny = blueprints.make(spec, known_version=0, now=NOW)
    Attempt.objects.filter(pk=attempt.pk).update(blueprint_code="QUIZ")
    Form.objects.filter(pk=attempt.form_id).update(blueprint=quiz_of_tiny)
    raise_bank_version()
    assert {row.syllabus for row in disclosed_answers(alice, "TINY")} == {"TINY"}, "a quiz shares those of its exam"
    assert {row.syllabus for row in past_answers(alice.pk, some)} == {"TINY"}


def test_a_topic_has_the_questions_of_the_exam_domain_that_draws_it(alice: Candidate) -> None:
    """The exam domain of the syllabus in which the topic is may draw nothing."""
    spec = factories.percent_blueprint(scored=6, code="FIRST").exam
    topics = Topic.objects.filter(task__exam_domain__exam="FIRST", task__exam_domain__number=1).order_by("pk")
    domains = (
        replace(spec.exam_domains[0], draws=(Draw("first", tags=("none",)),)),
        replace(spec.exam_domains[1], draws=(Draw("first", topics=(topics[0].slug,)),)),
    )
    spec = replace(spec, code="TOPICS", version=1, syllabus="FIRST", exam_domains=domains)
    row = blueprints.make(spec, known_version=0, now=NOW)
    tree = mastery_tree(row.exam, ())
    likely = likely_questions(row, [topic for domain in tree for topic in domain.topics], bank_version())
    assert likely == {topics[0].slug: 3}


def test_what_is_closed_is_read_once(
    alice: Candidate, blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sat(alice, blueprint, right=4)
    first = past_answers(alice.pk)
    with django_assert_num_queries(2):
        assert past_answers(alice.pk) == first
    sat(alice, blueprint, right=0)
    with django_assert_num_queries(4):
        assert past_answers(alice.pk)[:5] == first
    with django_assert_num_queries(2):
        assert len(past_answers(alice.pk)) == 10
    Attempt.objects.update(candidate=factories.candidate())
    assert past_answers(alice.pk) == []


def test_of_a_long_history_the_newest_attempts_are_read(
    alice: Candidate, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exams.models.attempt.MAX_STUDIED_ATTEMPTS", 2)
    attempts = [sat(alice, blueprint, right=4) for _ in range(4)]
    for number, attempt in enumerate(attempts):
        Attempt.objects.filter(pk=attempt.pk).update(started_at=NOW - timedelta(days=number))
    read = past_answers(alice.pk)
    assert len(read) == 10
    newest = Response.objects.filter(attempt__in=attempts[:2]).values_list("revision__question", flat=True)
    assert {answer.question for answer in read} == set(newest)
    assert past_answers(alice.pk, [answer.question for answer in read]) == read


def test_a_key_ruling_reaches_answers_that_were_read_before() -> None:
    revision = scored_attempts(factories.small_blueprint(), (3,))
    candidate = Candidate.objects.earliest("pk").pk
    assert revision.question_id in {answer.question for answer in past_answers(candidate)}
    carry_out(decide(revision, None))
    assert revision.question_id not in {answer.question for answer in past_answers(candidate)}


@pytest.mark.parametrize("fact", ["withdrawn", "credited"])
def test_ruled_questions_do_not_count(alice: Candidate, blueprint: Blueprint, fact: str) -> None:
    attempt = sat(alice, blueprint, right=0)
    Response.objects.filter(attempt=attempt, position=2).update(**{fact: True})
    assert len(disclosed_answers(alice, "TINY")) == 4


def test_exams_in_progress_or_ended_without_a_score_and_other_candidates_do_not_count(
    alice: Candidate, blueprint: Blueprint
) -> None:
    sat(factories.candidate(), blueprint, right=4)
    running = factories.attempt(alice, blueprint)
    factories.tick(running, 4)
    running.responses.update(first_shown=NOW)
    assert disclosed_answers(alice, "TINY") == []
    ending.abandon(running, NOW + timedelta(minutes=1))
    assert disclosed_answers(alice, "TINY") == []
    assert disclosed_answers(alice, "OTHER") == []


@pytest.mark.slow
def test_while_an_exam_is_open_earlier_answers_to_its_questions_are_left_out(
    alice: Candidate, blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = sat(alice, blueprint, right=4)
    running = factories.attempt(alice, blueprint, now=NOW + timedelta(days=1))
    repeated = attempt.responses.get(position=1).revision
    running.responses.filter(position=1).update(revision=repeated)
    with django_assert_num_queries(7):
        answers = disclosed_answers(alice, "TINY")
    assert len(answers) == 4
    assert repeated.question_id not in {row.question for row in answers}
    guest = factories.candidate()
    Attempt.objects.filter(pk=running.pk).update(candidate=guest)
    assert len(disclosed_answers(alice, "TINY")) == 5
    assert len(disclosed_answers(alice, "TINY", [guest.pk])) == 4


def test_practice_counts_once_its_solution_is_shown(alice: Candidate, blueprint: Blueprint) -> None:
    questions = list(Question.objects.order_by("pk").values_list("pk", flat=True)[:4])
    each = quiz(alice, blueprint, questions)
    answer(each, 1, right=True, sure=3)
    answer(each, 2, right=False, sure=None)
    assert [(row.correct, row.confidence) for row in disclosed_answers(alice, "TINY")] == [(True, 3)]
    each.responses.filter(position=3).update(first_shown=NOW)  # looked at, not answered
    ending.finish(each, NOW + timedelta(days=2))
    assert [row.correct for row in disclosed_answers(alice, "TINY")] == [True, False]
    end = quiz(alice, blueprint, questions[2:], feedback="end")
    answer(end, 1, right=True, sure=None)
    assert len(disclosed_answers(alice, "TINY")) == 2


def test_only_the_first_answer_to_a_question_counts_for_mastery(alice: Candidate, blueprint: Blueprint) -> None:
    attempt = sat(alice, blueprint, right=0)
    wrong = attempt.responses.filter(scored=True).values_list("revision__question", flat=True)[0]
    before = mastery_tree(blueprint.exam, disclosed_answers(alice, "TINY"))
    again = quiz(alice, blueprint, [wrong])
    answer(again, 1, right=True, sure=3)
    answers = disclosed_answers(alice, "TINY")
    assert len(answers) == 6
    assert mastery_tree(blueprint.exam, answers) == before


def test_the_tree_has_all_topics_of_the_syllabus_in_its_order(
    alice: Candidate, blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sat(alice, blueprint, right=4)
    answers = disclosed_answers(alice, "TINY")
    with django_assert_num_queries(2):  # the version of the bank, and the topics
        domains = mastery_tree(blueprint.exam, answers)
    with django_assert_num_queries(1):
        assert mastery_tree(blueprint.exam, answers) == domains
    assert [(domain.number, domain.title, len(domain.topics)) for domain in domains] == [
        (1, "First things", 24),
        (2, "Second things", 24),
    ]
    seen = [topic for domain in domains for topic in domain.topics if topic.mastery]
    assert len(seen) == 5
    assert {topic.mastery.verdict for topic in seen if topic.mastery} == {"probably_above"}
    factories.change_topics("TINY", "tiny-1-1", title="Another title")
    titles = [topic.title for domain in mastery_tree(blueprint.exam, answers) for topic in domain.topics]
    assert "Another title" in titles


def test_an_answer_to_a_question_that_was_moved_to_another_exam_domain_counts_where_it_was(
    alice: Candidate, blueprint: Blueprint
) -> None:
    sat(alice, blueprint, right=4)
    moved = Response.objects.filter(exam_domain=1, correct=True).values("revision__question")
    Question.objects.filter(pk__in=moved).update(topic=Topic.objects.get(slug="tiny-2-1"))
    raise_bank_version()
    domains = mastery_tree(blueprint.exam, disclosed_answers(alice, "TINY"))
    answered = [domain.mastery.evidence.n for domain in domains if domain.mastery]
    assert answered == [Response.objects.filter(exam_domain=number).count() for number in (1, 2)]
    assert "tiny-2-1" not in {topic.slug for topic in domains[1].topics if topic.mastery}


def test_answers_faster_than_they_can_be_read_are_no_evidence_in_an_exam_of_which_the_score_says_little(
    alice: Candidate, blueprint: Blueprint
) -> None:
    """An exam that was clicked through in two minutes moved verdicts, and the plan."""
    assert blueprint.exam.minutes == 30
    attempt = factories.scored(sat(alice, blueprint, right=0))
    attempt.responses.update(seconds=9)
    attempt.responses.filter(position=1).update(seconds=10)
    attempt.responses.filter(position=2).update(seconds=0)
    attempt.responses.filter(position=3).update(ticked=0)

    def counted(minutes: float) -> list[int]:
        Attempt.objects.filter(pk=attempt.pk).update(submitted_at=NOW + timedelta(minutes=minutes))
        read = [row.question for row in past_answers(alice.pk) if not row.is_rapid]
        domains = mastery_tree(blueprint.exam, disclosed_answers(alice, "TINY"))
        assert sum(domain.mastery.evidence.n for domain in domains if domain.mastery) == len(read)
        questions = attempt.responses.values_list("position", "revision__question")
        return [position for position, question in questions.order_by("position") if question in read]

    assert counted(5.9) == [1, 2, 3], "an unknown time and a question left open are no rapid guess"
    assert counted(6) == [1, 2, 3, 4, 5], "a fast answer in an exam that was read"
    attempt.responses.update(seconds=0)
    raise_bank_version()
    assert counted(5.9) == [1, 2, 3, 4, 5], "nobody has counted the seconds"


def test_an_exam_is_read_in_a_time_in_which_the_questions_that_were_answered_can_be_read(
    alice: Candidate, blueprint: Blueprint
) -> None:
    """The report called its score sound, and its fast answers counted for no verdict."""
    attempt = factories.attempt(alice, blueprint)
    factories.tick(attempt, 4)
    attempt.responses.update(first_shown=NOW, seconds=9)
    left_open = attempt.responses.filter(scored=True).order_by("position").values("pk")[:2]
    attempt.responses.filter(pk__in=list(left_open.values_list("pk", flat=True))).update(ticked=0)
    ending.finish(attempt, NOW + timedelta(minutes=9))
    factories.scored(attempt)

    def counted(minutes: float) -> tuple[int, bool]:
        """Return how many answers count, and whether the score does."""
        attempts = Attempt.objects.filter(pk=attempt.pk)
        attempts.update(submitted_at=NOW + timedelta(minutes=minutes))
        (exam,) = scored_exams(alice, "TINY", shown_scores([alice.pk]))
        return sum(not row.is_rapid for row in past_answers(alice.pk)), not exam.hasty

    assert counted(3) == (5, True), "half of the scored questions, in half of the time"
    assert counted(2.9) == (2, False), "those left open are no answers"


def test_the_next_topics_are_those_with_the_most_points_to_gain(
    alice: Candidate, blueprint: Blueprint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = sat(alice, blueprint, right=2)
    answers = disclosed_answers(alice, "TINY")
    next_up = next_topics(blueprint, mastery_tree(blueprint.exam, answers), bank_version())
    wrong = set(attempt.responses.filter(correct=False).values_list("revision__question__topic__slug", flat=True))
    assert {row.topic.slug for row in next_up} == wrong
    assert len(next_up) == 2
    # Two of five questions are from exam domain 1, three from exam domain 2, or the other way round.
    asked = Counter(attempt.responses.values_list("exam_domain", flat=True))
    gains = [
        asked[row.topic.exam_domain] * (1 - row.topic.mastery.mean) for row in next_up if row.topic.mastery is not None
    ]
    assert gains == sorted(gains, reverse=True)


def test_confidence_shows_lucky_guesses_and_misconceptions() -> None:
    def row(topic: int, *, correct: bool, sure: int | None, ticked: int = 1) -> Answer:
        return Answer(1, 1, "TINY", topic, 1, 70, ticked, correct, sure, False, NOW)

    figures = confidence(
        [
            row(1, correct=True, sure=1),
            row(1, correct=False, sure=1),
            row(2, correct=False, sure=3),
            row(2, correct=False, sure=3),
            row(3, correct=False, sure=3),
            row(3, correct=True, sure=3),
            row(4, correct=True, sure=None),
        ]
    )
    assert [(level.level, level.n, level.right) for level in figures.levels] == [(1, 2, 1), (3, 4, 1)]
    assert (figures.lucky_guesses, figures.sure_and_wrong) == (1, 3)
    assert figures.misconceptions == [(2, 2), (3, 1)]
    assert confidence([]).levels == []
