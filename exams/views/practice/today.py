"""The parts that pages share about today: the next step, and what was answered day by day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from exams import access
from exams.browser_choices import reader_zone
from exams.chosen_exam import scope_of
from exams.models import Candidate
from exams.services.practice import study_days
from exams.services.practice.next_step import next_step
from exams.services.practice.next_step_words import step_words
from exams.services.practice.study_days import CalendarDay
from exams.services.practice.study_records import StudyRecords, study_records
from questions.models import Blueprint

FROM_TODAY = {"from": "today"}  # the query of a study page that was opened from Today


@dataclass(frozen=True, slots=True)
class DailyGoal:
    """`answered` questions since midnight of `of` a day: a number of one's choice, or what the date needs."""

    answered: int
    of: int
    is_by_date: bool

    @classmethod
    def of_day(cls, records: StudyRecords) -> "DailyGoal | None":
        """Return how far the goal of today is reached, None without a goal or a date: one query at most."""
        chosen = records.goal.daily_questions
        if not chosen and not (records.has_plan and records.blueprint.exam.practice):
            return None
        return cls(records.done_today, records.questions_a_day, is_by_date=not chosen)


@dataclass(frozen=True, slots=True)
class StudiedDays:
    """Twelve weeks of days, the questions answered in those of them until today, and the current run of days."""

    weeks: list[list[CalendarDay]]
    total: int
    run: int


def studied_days(records: StudyRecords) -> StudiedDays:
    """Return what was answered of this exam day by day in the reader's zone: one query at most.

    Today has also the answers that are still open: the daily goal counts them.
    """
    syllabus, today = records.blueprint.exam.syllabus_code, records.today
    moments = [answer.at for answer in records.answers if answer.ticked and answer.syllabus == syllabus]
    answered = study_days.answered_by_day(moments, records.zone)
    if records.answered_today:
        answered[today] = records.answered_today
    weeks = study_days.calendar(answered, today, records.goal.target_date)
    return StudiedDays(
        weeks, sum(day.answered for week in weeks for day in week), study_days.current_run(answered.keys(), today)
    )


def step_context(
    request: HttpRequest,
    candidate: Candidate | None,
    blueprint: Blueprint,
    now: datetime,
    records: StudyRecords | None = None,
    but: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return what the next step needs on a page; nothing without a candidate. `but` are codes of exams to leave out.

    There is no step where it would be an exam that nobody can start.
    """
    if candidate is None:
        return {}
    records = records or study_records(candidate, blueprint, now, access.beside(request), zone_of(request))
    others = scope_of(blueprint, request).other_codes if but is None else but
    step = next_step(records, others)
    if step.kind == "exam" and not blueprint.admits:
        return {"step": None, "blueprint": blueprint}
    tomorrow = records.today + timedelta(days=1)
    back = [due for question, due in records.due_at.items() if records.may_ask(question)]
    return {
        "step": step,
        "step_words": step_words(step, blueprint),
        "blueprint": blueprint,
        "back_tomorrow": sum(due.astimezone(records.zone).date() == tomorrow for due in back),
    }


def came_from_today(request: HttpRequest) -> bool:
    """Return whether a study page was opened from Today: its address says so, and the forms on it."""
    return (request.POST or request.GET).get("from") == FROM_TODAY["from"]


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the time zone that the browser last reported, that of the server without one."""
    return reader_zone(request.COOKIES) or timezone.get_current_timezone()
