"""What the start page says about each exam that is offered: its facts, whether it can be booked, what can start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from exams.services.attempt import assembly
from exams.services.attempt.question_pool import QuestionPool, pools_for
from exams.views.attempt.booking import Booking
from questions.content.blueprint import BlueprintSpec
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class ExamCard:
    """An exam on the start page. `is_filled` is whether its bank can fill a mock exam."""

    blueprint: Blueprint
    booking: Booking
    bank_size: int
    is_filled: bool
    offers_try: bool

    @property
    def exam(self) -> BlueprintSpec:
        return self.blueprint.exam

    @property
    def code(self) -> str:
        return self.blueprint.code


def exam_cards(blueprints: Sequence[Blueprint], today: date, offered: Sequence[Blueprint]) -> list[ExamCard]:
    """Return the cards in this order. Successors among the `offered` exams are links to their rules."""
    codes = {row.code for row in offered}
    return [
        _card(row, pool, Booking.of(row.exam, today, codes))
        for row, pool in zip(blueprints, pools_for(blueprints), strict=True)
    ]


def _card(blueprint: Blueprint, pool: QuestionPool, booking: Booking) -> ExamCard:
    exam = blueprint.exam
    practices = not set(exam.practice).isdisjoint(exam.collections)
    return ExamCard(
        blueprint=blueprint,
        booking=booking,
        bank_size=len(pool.items),
        is_filled=assembly.find_shortage(assembly.recipe_for(blueprint), pool.live, pool.pilots) is None,
        offers_try=blueprint.admits and practices and bool(pool.live),
    )
