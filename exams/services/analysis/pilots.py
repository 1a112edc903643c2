"""When new questions rather start on trial, and how long until enough candidates have met one, at the present pace."""

from datetime import datetime, timedelta

from exams.models import Attempt
from exams.psychometrics import quotas
from exams.services.attempt import assembly
from questions.models import Blueprint, Question

ENOUGH = 500  # finished exams from which on new questions rather start on trial
MET = 200  # candidates who have to meet an unscored question before its figures decide
LEAST = 5  # finished exams before anything is foreseen
WINDOW = timedelta(days=30)


def finished() -> int:
    """How many exams of candidates were scored here, counted up to ENOUGH."""
    return Attempt.objects.real_exams_scored()[:ENOUGH].count()


def expected(question: Question, kind: str, now: datetime) -> timedelta | None:
    """How long until MET candidates have met this question, if it starts on trial now; None: not foreseeable.

    Each exam that draws from its collection gives its exam domain some unscored places, and the questions on trial
    there share them evenly.
    """
    seen, a_day = 0, 0.0
    for blueprint in Blueprint.objects.newest():
        exam, domain = blueprint.exam, question.exam_domain.number
        if question.collection not in exam.collections or kind not in exam.kinds:
            continue
        places = quotas.split(exam.unscored, {each.number: each.weight for each in exam.exam_domains}).get(domain, 0)
        pilots = [each for each in assembly.pool_for(blueprint).items if each.pilot and each.domain == domain]
        others = sum(each.question != question.pk for each in pilots)
        sat = Attempt.objects.real_exams_scored()
        n = sat.filter(blueprint_code=blueprint.code, submitted_at__gte=now - WINDOW, submitted_at__lte=now).count()
        seen += n
        a_day += n / WINDOW.days * min(1.0, places / (others + 1))
    return timedelta(days=MET / a_day) if seen >= LEAST and a_day else None
