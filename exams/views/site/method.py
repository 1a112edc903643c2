"""The page that explains how scores are computed, with the numbers of this installation.

It speaks of one exam: one that is scored in percent of its points has a page without a pass line.
"""

import math
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams import access
from exams.chosen_exam import chosen_exam
from exams.models import Attempt
from exams.psychometrics import mastery, percent, precision, readiness, scaling, study_plan
from exams.psychometrics.percent import PointAnswer, Points
from exams.services.analysis.bank_statistics import live_figures
from exams.services.analysis.scale_versions import MIN_QUESTIONS, MIN_RESPONSES
from exams.services.attempt import pass_lines, pass_points, scoring_rules
from questions.content.blueprint import BlueprintSpec
from questions.content.worth import POINT, in_short
from questions.models import Blueprint
from questions.services.drawn_questions import drawn_by

RATING_ERROR = 0.05  # the example of an average error of the ratings
TWO_KEYS, FIRST_KEY, WRONG = 0b00011, 0b00001, 0b00100  # bits of the options of an example


def example_ratings(n: int) -> list[int]:
    """Return ratings of a form of `n` questions; fifty of them sum to 34.60."""
    harder = n * 2 // 5
    return [70] * (n - harder) + [68] * harder


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """Show the formulas with the numbers of the chosen exam, or of the one that the candidate sat as `?attempt=`."""
    chosen, attempt = chosen_exam(request), _finished(request)
    blueprint = attempt.form.blueprint if attempt else chosen
    exam = blueprint.exam
    context = {
        "section": "method",
        "exam": exam,
        "blueprint": blueprint,
        "topic_weight": f"{mastery.TOPIC_WEIGHT:g}",
        "task_weight": f"{mastery.TASK_WEIGHT:g}",
        "min_answers": mastery.MIN_ANSWERS,
        "min_part_answers": mastery.MIN_PART_ANSWERS,
        "probable": round(100 * mastery.PROBABLE),
        "timed_answers": study_plan.TIMED_ANSWERS,
        "reading_minutes": study_plan.READING_SECONDS // 60,
        "session_minutes": study_plan.SESSION_MINUTES,
    }
    if exam.is_percent:
        passing = exam.scale.passing
        context |= {
            "pass_points": pass_points.of_attempt(attempt, passing) if attempt else pass_points.before_start(blueprint),
            "rule": scoring_rules.of_attempt(attempt) if attempt else scoring_rules.before_start(blueprint),
        }
        context |= _percent_examples(exam)
        return render(request, "exams/site/method_percent.html", context)
    return render(request, "exams/site/method.html", context | _equated_figures(blueprint))


def _finished(request: HttpRequest) -> Attempt | None:
    """Return the candidate's exam that the address names, once it is over: before, its questions are not explained."""
    try:
        named = UUID(request.GET.get("attempt", ""))
    except ValueError:
        return None
    rows = Attempt.objects.finished_exams().filter(candidate__in=access.candidate_ids(request))
    return rows.select_related("form__blueprint").filter(uuid=named).first()


def _percent_examples(exam: BlueprintSpec) -> dict[str, Any]:
    mark, possible = exam.scale.passing, exam.scored * POINT
    needed = percent.needed(mark, possible, POINT)
    examples = []
    for earned in sorted({possible // 2 // POINT * POINT, max(0, needed - POINT), needed, possible}):
        points = Points(earned, possible, exam.scored)
        score, band = percent.score(points, mark), percent.band(points)
        row = {"points": in_short(earned), "scaled": score.scaled, "passed": score.passed}
        examples.append(row | {"lo": band.lo, "hi": band.hi})
    answers = []
    for ticked in (TWO_KEYS, FIRST_KEY, FIRST_KEY | WRONG, WRONG):
        partial, whole = (
            in_short(percent.total([PointAnswer(POINT, partial, TWO_KEYS, 0, False, ticked)]).earned)
            for partial in (True, False)
        )
        right, wrong = (ticked & TWO_KEYS).bit_count(), (ticked & ~TWO_KEYS).bit_count()
        answers.append({"right": right, "wrong": wrong, "partial": partial, "whole": whole})
    return {"examples": examples, "answers": answers}


def _equated_figures(blueprint: Blueprint) -> dict[str, Any]:
    exam = blueprint.exam
    line = scaling.rated_line(example_ratings(exam.scored))
    raw_cut = math.ceil(line.exact)
    scale = scaling.ScoreScale(exam.scale.min, exam.scale.passing, exam.scale.max)
    examples = []
    for raw in sorted({exam.scored * 3 // 5, raw_cut - 1, raw_cut, exam.scored * 4 // 5, exam.scored}):
        score, band = scaling.score(raw, line, scale), precision.band(raw, line, scale)
        examples.append({"raw": raw, "scaled": score.scaled, "passed": score.passed, "lo": band.lo, "hi": band.hi})
    askable = drawn_by(blueprint).askable()
    return {
        "pass_line_error": f"{exam.scored * RATING_ERROR:g}",
        "examples": examples,
        "pass_line": f"{float(line.exact):.2f}",
        "live": live_figures(blueprint),
        "calibrated_needed": math.ceil(exam.scored * pass_lines.MIN_CALIBRATED_SHARE),
        "min_questions": MIN_QUESTIONS,
        "min_responses": MIN_RESPONSES,
        "rated_by_several": askable.filter(raters__gte=2).count(),
        "max_exams": readiness.MAX_EXAMS,
        "predictions_for_record": readiness.PREDICTIONS_FOR_RECORD,
    }
