"""How scores are made: the formulas with this installation's own numbers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams import access
from exams.psychometrics import precision, scaling
from exams.services import assembly
from exams.views.start import blueprint_or_404
from questions.models import Question

EXAMPLE_KAPPA_RATINGS = [70] * 30 + [68] * 20  # fifty ratings that sum to 34.60


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    blueprint = blueprint_or_404(settings.FRONT_EXAM)
    exam = blueprint.exam
    candidate = access.candidate(request)
    line = scaling.rated_line(EXAMPLE_KAPPA_RATINGS)
    scale = scaling.Scale(exam.scale.min, exam.scale.passing, exam.scale.max)
    examples = []
    for raw in (30, 34, 35, 40, 50):
        score, band = scaling.score(raw, line, scale), precision.band(raw, line, scale)
        examples.append({"raw": raw, "scaled": score.scaled, "passed": score.passed, "lo": band.lo, "hi": band.hi})
    askable = Question.objects.askable(list(exam.collections))
    context = {
        "section": "method",
        "exam": exam,
        "examples": examples,
        "kappa": f"{float(line.kappa):.2f}",
        "bank_size": len(assembly.pool_for(blueprint).items),
        "rated_by_several": askable.filter(raters__gte=2).count(),
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/method.html", context)
