"""Let simulated candidates sit exams one by one, through the services that the bulk path writes around."""

from collections.abc import Callable, Iterator
from datetime import datetime

from exams.services.analysis import simulation
from exams.services.analysis.simulated_items import simulated_items
from exams.services.analysis.simulation import Ability, Items, SimulatedExam
from exams.services.attempt import exposure, question_pool
from questions.models import Blueprint


def simulate_exams(
    blueprint: Blueprint,
    candidates: int,
    ability: Ability,
    seed: int,
    clock: Callable[[], datetime],
    items: Items | None = None,
) -> Iterator[SimulatedExam]:
    """Yield one exam by each of `candidates` new candidates, finished at the time of the clock, not scored.

    The same bank and seed give the same abilities, forms, answers and seconds. Attempts get new UUIDs, and so the
    order of their options differs.
    """
    items = items or simulated_items(blueprint)
    counts = exposure.count_simulated(question_pool.pool_for(blueprint).items)
    for number in range(candidates):
        theta, rng = simulation.draw_ability(ability, seed, number)
        exam = simulation.simulate_exam(blueprint, theta, rng, clock(), items=items, counts=counts)
        yield SimulatedExam(theta, exam)
