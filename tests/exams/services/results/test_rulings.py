"""Test key rulings: effects on attempts, new exams and the question, and refusals."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db.models import Q

from exams.models import Attempt, KeyRuling, Response, ScoreReport
from exams.services.attempt import question_pool
from exams.services.attempt.effective_keys import effective_key
from exams.services.practice import practice
from exams.services.practice.practice_pool import practice_pool
from exams.services.results import figures as figures_of
from exams.services.results import rulings, score_reports
from questions.models import Blueprint, Question, Revision
from questions.services import revisions, stored_bank
from questions.services.bank_version import raise_bank_version
from questions.services.errors import RefusedError
from questions.services.wordings import content_of
from tests import factories
from tests.exams.services.results.key_rulings import (
    LATER,
    audit_sentences,
    carry_out,
    decide,
    figures,
    other_key,
    scored_attempts,
)
from tests.factories import NOW

ACCEPT, CREDIT = KeyRuling.Kind.ACCEPT, KeyRuling.Kind.CREDIT

pytestmark = pytest.mark.django_db


class TestRule:
    @pytest.mark.slow
    def test_a_corrected_key_gives_credit_and_the_old_report_is_kept(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10, 10))
        lucky = Attempt.objects.order_by("pk")[0]
        new = other_key(revision)
        lucky.responses.filter(revision=revision).update(ticked=new, trail=f"{new}@1;", version=1)
        rewrite_report(lucky)
        before = dict(Attempt.objects.values_list("pk", "report__raw"))
        ruling = decide(revision, new)
        carry_out(ruling)
        after = dict(Attempt.objects.values_list("pk", "report__raw"))
        assert after[lucky.pk] == before[lucky.pk] + 1 == 10
        assert sorted(after[pk] - before[pk] for pk in after) == [-1, 1]
        for attempt in Attempt.objects.select_related("report"):
            assert list(attempt.reports.values_list("number", "cause")) == [(1, "finish"), (2, "ruling")]
            assert attempt.report is not None
            assert (attempt.report.ruling, attempt.report.made_at) == (ruling, LATER)
            assert attempt.events.filter(kind="rescored", data__ruling=ruling.pk).count() == 1

    def test_a_second_answer_from_a_file_is_accepted_by_a_ruling_for_exams_that_were_scored_without_it(
        self, blueprint: Blueprint
    ) -> None:
        revision = scored_attempts(blueprint, (10, 10))
        lucky = Attempt.objects.order_by("pk")[0]
        second = other_key(revision)
        lucky.responses.filter(revision=revision).update(ticked=second, trail=f"{second}@1;", version=1)
        rewrite_report(lucky)
        before = dict(Attempt.objects.values_list("pk", "report__raw"))
        revisions.set_accepted(revision, rulings.option_codes(revision, second))
        assert any("Accept it by a ruling." in sentence for sentence in audit_sentences())
        carry_out(decide(revision, second, ACCEPT))
        after = dict(Attempt.objects.values_list("pk", "report__raw"))
        assert sorted(after[pk] - before[pk] for pk in after) == [0, 1]
        assert audit_sentences() == []
        with pytest.raises(RefusedError, match="already accepted"):
            decide(revision, second, ACCEPT)

    def test_a_withdrawn_question_is_removed_from_n_raw_and_the_pass_line(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10, 0))
        rating = Response.objects.filter(revision=revision)[0].rating
        before = figures()
        carry_out(decide(revision, None))
        for (pk, raw, n, pass_line, _), (_, new_raw, new_n, new_pass_line, _) in zip(before, figures(), strict=True):
            assert (new_n, new_pass_line) == (n - 1, pass_line - Decimal(rating) / 100)
            assert new_raw == (raw - 1 if raw else 0), pk

    def test_new_exams_use_a_new_published_revision_with_the_corrected_key(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        decide(revision, other_key(revision))
        question = Question.objects.select_related("current").get(pk=revision.question_id)
        assert question.current is not None
        assert question.current.pk != revision.pk
        assert (question.current.key, question.current.number, question.status) == (other_key(revision), 2, "live")
        assert question.current.published_at is not None
        assert Revision.objects.get(pk=revision.pk).key == revision.key
        assert question_pool.pool_for(blueprint).frozen[question.current.pk].key == other_key(revision)
        assert set(question.history.values_list("action", flat=True)) >= {"key ruling", "published"}

    def test_a_withdrawn_question_is_retired(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        decide(revision, None)
        assert Question.objects.get(pk=revision.question_id).status == "retired"

    def test_a_ruling_on_an_older_wording_does_not_change_the_current_one(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        decide(revision, other_key(revision))
        current = Question.objects.get(pk=revision.question_id).current_id
        decide(revision, None)
        question = Question.objects.get(pk=revision.question_id)
        assert (question.current_id, question.status) == (current, "live")

    @pytest.mark.slow
    def test_a_withdrawal_can_be_undone(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10, 3))
        before = figures()
        carry_out(decide(revision, None))
        assert figures() != before
        carry_out(decide(revision, revision.key))
        assert figures() == before
        assert audit_sentences() == []

    @pytest.mark.slow
    def test_a_second_key_gives_credit_and_leaves_the_pass_line(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10, 10, 0))
        lucky = Attempt.objects.order_by("pk")[0]
        second = other_key(revision)
        lucky.responses.filter(revision=revision).update(ticked=second, trail=f"{second}@1;", version=1)
        rewrite_report(lucky)
        before = figures()
        carry_out(decide(revision, second, ACCEPT))
        after = figures()
        assert [row[1] - old[1] for old, row in zip(before, after, strict=True)] == [1, 0, 1]
        assert [row[2:4] for row in after] == [row[2:4] for row in before]
        assert audit_sentences() == []

    @pytest.mark.slow
    def test_everybody_has_the_point_and_so_has_a_candidate_at_the_standard(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (10, 0))
        Response.objects.filter(attempt__report__raw=0, revision=revision).update(ticked=0)
        rating = Response.objects.filter(revision=revision)[0].rating
        before = figures()
        carry_out(decide(revision, 0, CREDIT))
        for (_, raw, n, pass_line, scaled), (_, new_raw, new_n, new_pass_line, new_scaled) in zip(
            before, figures(), strict=True
        ):
            assert (new_n, new_pass_line) == (n, pass_line + 1 - Decimal(rating) / 100)
            assert new_raw == (raw if raw else 1)
            assert (new_scaled > scaled) is (raw == 0)
        unanswered = Attempt.objects.get(report__raw=1).report
        assert unanswered is not None
        assert sum(unanswered.domains.values_list("unanswered", flat=True)) == 0
        assert audit_sentences() == []

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", [ACCEPT, CREDIT])
    def test_the_new_rulings_can_be_undone(self, blueprint: Blueprint, kind: KeyRuling.Kind) -> None:
        revision = scored_attempts(blueprint, (10, 3))
        Response.objects.filter(attempt__report__raw=3, revision=revision).update(ticked=other_key(revision))
        before = figures()
        carry_out(decide(revision, other_key(revision), kind))
        assert figures() != before
        ruling = decide(revision, revision.key)
        assert ruling.restores
        carry_out(ruling)
        assert figures() == before
        assert not Response.objects.filter(also__gt=0).exists()

    @pytest.mark.slow
    def test_new_exams_and_practice_accept_both_keys_of_the_same_revision(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        question_pool.pool_for(blueprint)
        practice_pool(blueprint)
        decide(revision, other_key(revision), ACCEPT)
        question = Question.objects.get(pk=revision.question_id)
        assert (question.current_id, question.status) == (revision.pk, "live")
        assert question_pool.pool_for(blueprint).frozen[revision.pk].also == other_key(revision)
        started = practice.start(
            factories.candidate(), blueprint, "quiz", [question.pk], feedback="each", timed=False, now=NOW
        )
        response = started.attempt.responses.get()
        Response.objects.filter(pk=response.pk).update(ticked=other_key(revision))
        response.refresh_from_db()
        assert (response.correct, response.choose) == (True, revision.choose)
        assert practice_pool(blueprint).items[question.pk].frozen.also == other_key(revision)

    def test_the_second_key_is_a_fact_of_the_revision_until_a_ruling_takes_it_back(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        decide(revision, other_key(revision), ACCEPT)
        revision.refresh_from_db()
        assert (revision.also, len(revision.accepted)) == (other_key(revision), 1)
        exported = next(stored_bank.questions(Q(pk=revision.question_id))).content
        assert list(exported.accepted) == revision.accepted
        decide(revision, revision.key)
        revision.refresh_from_db()
        assert revision.accepted == []

    @pytest.mark.slow
    def test_a_second_key_that_a_file_brought_counts_without_a_ruling(self, blueprint: Blueprint) -> None:
        for revision in Revision.objects.filter(choose=1):
            wrong = next(option for option in revision.options.all() if 1 << option.bit != revision.key)
            revisions.set_accepted(revision, [wrong.code])
            assert effective_key(revision).also == 1 << wrong.bit
        raise_bank_version()
        sat = factories.scored(factories.handed_in(5, blueprint=blueprint))
        response = sat.responses.filter(choose=1)[0]
        assert response.also == effective_key(response.revision).also
        assert audit_sentences() == []
        content = replace(content_of(response.revision), accepted=())
        revisions.improve(response.revision, content, now=NOW, by=factories.user())
        assert audit_sentences() == []

    def test_a_corrected_key_leaves_no_second_one_in_the_new_revision(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        decide(revision, other_key(revision), ACCEPT)
        decide(revision, other_key(revision))
        question = Question.objects.get(pk=revision.question_id)
        assert question.current is not None
        assert (question.current.number, question.current.accepted) == (revision.number + 1, [])

    def test_a_question_with_a_point_for_everybody_is_retired(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        decide(revision, 0, CREDIT)
        question = Question.objects.get(pk=revision.question_id)
        assert question.status == "retired"
        event = question.history.filter(action="key ruling").get()
        assert (event.before, event.after["credited"]) == ({"key": ["a"]}, True)

    @pytest.mark.slow
    def test_a_key_that_counts_for_everybody_leaves_no_pass_line_and_keeps_the_report(self) -> None:
        attempt = factories.scored(factories.handed_in(0, blueprint=factories.small_blueprint(scored=2)))
        for response in attempt.responses.filter(scored=True):
            carry_out(decide(response.revision, 0, CREDIT))
        assert KeyRuling.objects.order_by("pk").values_list("progress__retained", flat=True)[1] == 1
        assert audit_sentences() == []

    @pytest.mark.parametrize(
        ("first", "kind", "mask", "sentence"),
        [
            (None, ACCEPT, 0, "already accepted"),
            (ACCEPT, ACCEPT, 1, "already accepted"),
            (ACCEPT, ACCEPT, 2, "Two answers are accepted already"),
            (CREDIT, CREDIT, 0, "Everybody has the point already"),
        ],
    )
    def test_a_new_ruling_without_a_change_is_refused(
        self, blueprint: Blueprint, first: KeyRuling.Kind | None, kind: KeyRuling.Kind, mask: int, sentence: str
    ) -> None:
        """`mask` counts the options from the key on."""
        revision = scored_attempts(blueprint, (5,))
        others = [1 << bit for bit in range(revision.n_options) if 1 << bit != revision.key]
        masks = [revision.key, *others]
        if first:
            decide(revision, masks[1], first)
        with pytest.raises(RefusedError, match=sentence):
            decide(revision, masks[mask], kind)

    @pytest.mark.parametrize(
        ("new_key", "sentence"),
        [
            (0b0011, "had to choose 1 option"),
            (0, "Select the correct options"),
            (0b1111, "Select the correct options"),
            (0b10000, "Select the correct options"),
        ],
    )
    def test_a_key_that_candidates_could_not_tick_is_refused(
        self, blueprint: Blueprint, new_key: int, sentence: str
    ) -> None:
        revision = scored_attempts(blueprint, (5,))
        with pytest.raises(RefusedError, match=sentence):
            decide(revision, new_key)
        assert not KeyRuling.objects.exists()

    def test_a_ruling_without_a_change_is_refused(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        with pytest.raises(RefusedError, match="This is already the key"):
            decide(revision, revision.key)
        decide(revision, None)
        with pytest.raises(RefusedError, match="already withdrawn"):
            decide(revision, None)

    def test_a_reason_a_published_wording_and_the_latest_page_are_required(self, blueprint: Blueprint) -> None:
        revision = scored_attempts(blueprint, (5,))
        with pytest.raises(RefusedError, match="Enter a reason"):
            rulings.rule(revision, KeyRuling.Kind.WITHDRAW, reason="  ", by=None, now=NOW)
        first = decide(revision, other_key(revision), last=0)
        with pytest.raises(RefusedError, match="newer ruling"):
            decide(revision, None, last=0)
        decide(revision, None, last=first.pk)
        with pytest.raises(RefusedError, match="not published"):
            decide(Revision(pk=999_999, question=revision.question), None)

    def test_unscored_responses_get_the_key_without_a_new_report(self, blueprint: Blueprint) -> None:
        attempt = factories.scored(factories.handed_in(5, blueprint=blueprint))
        response = attempt.responses.filter(scored=False)[0]
        carry_out(decide(response.revision, None))
        response.refresh_from_db()
        assert response.withdrawn
        assert ScoreReport.objects.count() == 1
        assert audit_sentences() == []


def rewrite_report(attempt: Attempt) -> None:
    """Change the attempt's only report to the figures of its responses, which a test has changed."""
    attempt = Attempt.objects.select_related("form__blueprint", "report").get(pk=attempt.pk)
    old = attempt.report
    assert old is not None
    due = figures_of.figures(figures_of.read_counted([attempt.pk])[attempt.pk], figures_of.scoring_rules(attempt))
    score_reports.write_reports({attempt.pk: due}, cause="finish", now=NOW)
    old.domains.all().delete()
    old.delete()
    ScoreReport.objects.filter(attempt=attempt).update(number=1)
