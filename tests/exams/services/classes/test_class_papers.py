"""Test the paper of a class: drawn without what other classes hold back, and what it leaves for everybody else."""

from datetime import timedelta

import pytest

from exams.models import Response, Sitting
from exams.services.attempt import ending
from exams.services.classes import class_papers
from exams.services.results import audit
from questions.models import Blueprint, Revision
from questions.services import revisions
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def questions(sitting: Sitting) -> set[int]:
    assert sitting.form
    return set(
        Revision.objects.filter(pk__in=[slot["revision"] for slot in sitting.form.plan]).values_list(
            "question", flat=True
        )
    )


def test_two_classes_at_the_same_time_share_no_question_if_the_bank_is_large_enough() -> None:
    blueprint = factories.small_blueprint(exams=4)
    assert not questions(factories.sitting(blueprint)) & questions(factories.sitting(blueprint))


@pytest.mark.slow
def test_a_paper_has_no_question_of_a_class_that_opens_later_but_before_its_end() -> None:
    blueprint = factories.small_blueprint(exams=4)
    later = factories.sitting(blueprint, opens_at=NOW + HOUR, closes_at=NOW + 3 * HOUR)
    assert not questions(later) & questions(factories.sitting(blueprint, closes_at=NOW + 2 * HOUR))
    small = factories.one_form_blueprint("SMALL")
    paper = [slot.revision for slot in class_papers.draw(small, NOW).plan.slots]
    factories.sitting(small, opens_at=NOW + HOUR, closes_at=NOW + 3 * HOUR)
    assert class_papers.unfilled_exams([], NOW) == []
    assert class_papers.unfilled_exams([], NOW, NOW + 2 * HOUR) == [small.exam.short_title]
    assert class_papers.unfilled_exams(paper, NOW) == [small.exam.short_title]


def test_a_small_bank_gives_the_second_class_the_same_questions() -> None:
    blueprint = factories.one_form_blueprint()
    assert questions(factories.sitting(blueprint)) == questions(factories.sitting(blueprint))


@pytest.mark.slow
def test_exams_that_the_bank_cannot_fill_while_a_paper_is_held_are_named_and_those_it_never_could_are_not() -> None:
    small, large = factories.one_form_blueprint(), factories.small_blueprint(code="LARGE", exams=3)
    factories.store(factories._shipped_spec(), (1, 1, 1, 1))
    paper = [slot.revision for slot in class_papers.draw(small, NOW).plan.slots]
    assert class_papers.unfilled_exams(paper, NOW) == [small.exam.short_title]
    paper = [slot.revision for slot in class_papers.draw(large, NOW).plan.slots]
    assert class_papers.unfilled_exams(paper, NOW) == []


@pytest.mark.slow
def test_a_closed_exam_is_named_only_while_a_class_draws_from_it() -> None:
    small = factories.one_form_blueprint()
    Blueprint.objects.filter(pk=small.pk).update(admits=False)
    paper = [slot.revision for slot in class_papers.draw(small, NOW).plan.slots]
    assert class_papers.unfilled_exams(paper, NOW) == []
    factories.sitting(small, one_paper=False)
    assert class_papers.unfilled_exams(paper, NOW) == [small.exam.short_title]


def test_what_another_class_holds_at_the_opening_counts_too() -> None:
    blueprint = factories.small_blueprint(scored=4, unscored=0)  # five questions a domain, of which an exam asks two
    alone = [slot.revision for slot in class_papers.draw(blueprint, NOW).plan.slots]
    assert class_papers.unfilled_exams(alone, NOW) == []
    factories.sitting(blueprint)
    paper = [slot.revision for slot in class_papers.draw(blueprint, NOW).plan.slots]
    assert class_papers.unfilled_exams(paper, NOW) == [blueprint.exam.short_title]
    assert class_papers.unfilled_exams(paper, NOW + 2 * HOUR) == []


@pytest.mark.parametrize("one_paper", [True, False])
@pytest.mark.parametrize("own_order", [True, False])
def test_a_second_answer_that_came_from_a_file_is_right_in_a_class(one_paper: bool, own_order: bool) -> None:
    blueprint = factories.small_blueprint()
    for revision in Revision.objects.prefetch_related("options"):
        others = [option.code for option in revision.options.all() if not revision.key >> option.bit & 1]
        revisions.set_accepted(revision, others[: revision.choose])
    attempt = factories.class_attempt(factories.sitting(blueprint, one_paper=one_paper, own_order=own_order))
    for response in attempt.responses.select_related("revision"):
        Response.objects.filter(pk=response.pk).update(ticked=response.revision.also)
    ending.finish(attempt, NOW)
    assert set(attempt.responses.values_list("correct", flat=True)) == {True}
    Response.objects.filter(attempt=attempt).update(also=0)
    faults = [difference.sentence for difference in audit.differences(NOW)]
    assert (
        faults.count(
            "Question 1: only the key counts, but the revision accepts a second answer. Accept it by a ruling."
        )
        == 1
    )
