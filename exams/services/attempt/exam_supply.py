"""Read how many mock exams are new to a candidate: the one number of all pages, and what practice may use up."""

from collections.abc import Collection

from exams.models import Candidate
from exams.psychometrics import quotas
from exams.psychometrics.exam_supply import ExamSupply
from exams.services.attempt import assembly
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.attempt.question_pool import QuestionPool
from questions.models import Blueprint


def exam_supply(blueprint: Blueprint, pool: QuestionPool, used: Collection[int]) -> ExamSupply:
    """Return what is left of the pool without the `used` questions: those shown, in open practice, or hidden now."""
    recipe = assembly.recipe_for(blueprint)
    live, pilots = pool.new_by_domain(used)
    return ExamSupply(
        live,
        pilots,
        pool.new_pairs(used),
        quotas.split(recipe.scored, recipe.weights),
        quotas.split(recipe.unscored, recipe.weights),
    )


def count_unused(blueprint: Blueprint, pool: QuestionPool, candidate: Candidate | None, shown: Collection[int]) -> int:
    """Return how many mock exams are new to a candidate who was `shown` these questions: two queries, or more."""
    used = set(shown)
    if candidate:
        used.update(assembly.questions_in_open_practice(candidate), hidden_from([candidate.pk]))
    return exam_supply(blueprint, pool, used).exams
