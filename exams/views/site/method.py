"""The page that explains how scores are computed, with the numbers of this installation."""

import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams.chosen_exam import chosen_exam
from exams.psychometrics import mastery, precision, readiness, scaling
from exams.services.analysis.bank_statistics import live_figures
from exams.services.analysis.scale_versions import MIN_QUESTIONS, MIN_RESPONSES
from exams.services.attempt import pass_lines
from questions.models import Blueprint, Question

RATING_ERROR = 0.05  # the example of an average error of the ratings


def example_ratings(n: int) -> list[int]:
    """Return ratings of a form of `n` questions; fifty of them sum to 34.60."""
    harder = n * 2 // 5
    return [70] * (n - harder) + [68] * harder


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """Show the formulas with the numbers of the chosen exam."""
    blueprint = chosen_exam(request)
    exam = blueprint.exam
    line = scaling.rated_line(example_ratings(exam.scored))
    raw_cut = math.ceil(line.exact)
    scale = scaling.ScoreScale(exam.scale.min, exam.scale.passing, exam.scale.max)
    examples = []
    for raw in sorted({exam.scored * 3 // 5, raw_cut - 1, raw_cut, exam.scored * 4 // 5, exam.scored}):
        score, band = scaling.score(raw, line, scale), precision.band(raw, line, scale)
        examples.append({"raw": raw, "scaled": score.scaled, "passed": score.passed, "lo": band.lo, "hi": band.hi})
    askable = Question.objects.askable(list(exam.collections))
    context = {
        "section": "method",
        "exam": exam,
        "is_local": blueprint.origin == Blueprint.Origin.LOCAL,
        "pass_line_error": f"{exam.scored * RATING_ERROR:g}",
        "examples": examples,
        "pass_line": f"{float(line.exact):.2f}",
        "live": live_figures(blueprint),
        "calibrated_needed": math.ceil(exam.scored * pass_lines.MIN_CALIBRATED_SHARE),
        "min_questions": MIN_QUESTIONS,
        "min_responses": MIN_RESPONSES,
        "rated_by_several": askable.filter(raters__gte=2).count(),
        "topic_weight": f"{mastery.TOPIC_WEIGHT:g}",
        "task_weight": f"{mastery.TASK_WEIGHT:g}",
        "min_answers": mastery.MIN_ANSWERS,
        "max_exams": readiness.MAX_EXAMS,
        "predictions_for_record": readiness.PREDICTIONS_FOR_RECORD,
    }
    return render(request, "exams/site/method.html", context)
