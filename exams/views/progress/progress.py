"""The page of progress: whether one is ready, what is weak, what has changed, each topic, pace and confidence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams import access
from exams.chosen_exam import chosen_exam, offered_exams
from exams.models import Candidate
from exams.psychometrics.mastery import ShownVerdict
from exams.psychometrics.precision import percent
from exams.psychometrics.quiz_order import group_of
from exams.psychometrics.readiness import MAX_EXAMS
from exams.services.practice import selection
from exams.services.practice.carried_over import carried_over
from exams.services.practice.filters import DEFAULT_SIZE, MAX_SIZE
from exams.services.practice.plan import PRACTICE_SIZE
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.progress.answers import Answer
from exams.services.progress.confidence import GUESS, SURE, UNSURE, Confidence, ConfidenceLevel, confidence
from exams.services.progress.mastery import DomainMastery, NextTopic
from exams.services.progress.pace import pace
from exams.services.progress.readiness import prediction_record, readiness
from exams.services.progress.trend import ScoredExam, exam_codes, scored_exams, trend
from exams.services.results.report import tenths
from exams.services.results.report_advice import hasty_words
from exams.services.results.shown_scores import shown_scores
from exams.views.pages import safe_page
from exams.views.practice.study_rows import StudyRow, study_rows
from exams.views.practice.today import step_context, zone_of
from exams.views.progress.changes import changes, since_exam
from exams.views.progress.mastery_rows import MasteryRows
from exams.views.progress.pace_chart import PaceChart
from exams.views.progress.topic_map import SEGMENTS, Estimate, topic_map
from exams.views.progress.trend_chart import TrendChart
from exams.views.progress.trend_rows import table_rows
from exams.views.verdicts import VERDICTS

WEAK_TOPICS = 6  # shown
LIKELY, EVEN = 8, 4  # times in 10 that an exam would be passed, from which a page says so
COUNTED: dict[ShownVerdict, str | Promise] = {
    "above": gettext_lazy("above the standard"),
    "probably_above": gettext_lazy("probably above it"),
    "near": gettext_lazy("near it"),
    "probably_below": gettext_lazy("probably below it"),
    "below": gettext_lazy("below the standard"),
    "few": gettext_lazy("with too few answers"),
    "unseen": gettext_lazy("not seen yet"),
}
LEVEL_LABELS = {GUESS: gettext_lazy("Guess"), UNSURE: gettext_lazy("Unsure"), SURE: gettext_lazy("Sure")}


@dataclass(frozen=True, slots=True)
class ConfidenceRow:
    """One level of confidence, with the share of right answers."""

    label: str
    figures: ConfidenceLevel
    percent: int


@safe_page
def progress(request: HttpRequest) -> HttpResponse:
    """Show the progress in the chosen exam."""
    candidate = access.candidate(request)
    codes = exam_codes(candidate) if candidate else []
    blueprint = chosen_exam(request)
    offered = [row.code for row in offered_exams(request)]
    in_header = {blueprint.code, *(offered if len(offered) > 1 else ())}
    context = {
        "section": "progress",
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "other_exams": [code for code in codes if code not in in_header],
        "is_signed_out": candidate is None and not request.user.is_authenticated,
        "practice_size": PRACTICE_SIZE,
        "carried_over": [],
    }
    if candidate:
        ids, beside, now = access.candidate_ids(request), access.beside(request), timezone.now()
        records = study_records(candidate, blueprint, now, beside, zone_of(request))
        context["carried_over"] = carried_over(ids, blueprint.exam.syllabus_code, records=records)
        if figures := _figures(candidate, records, beside):
            context |= figures | step_context(request, candidate, blueprint, now, records)
    return render(request, "exams/progress/progress.html", context)


def _figures(candidate: Candidate, records: StudyRecords, beside: list[int]) -> dict[str, object]:
    """Return what the page shows of the exams and answers of the candidate; nothing without any."""
    blueprint, hidden = records.blueprint, records.hidden
    exam = blueprint.exam
    taken = scored_exams(
        candidate, blueprint.code, shown_scores([candidate.pk, *beside], hidden), percent=blueprint.exam.is_percent
    )
    answers = records.known
    if not taken and not answers:
        return {}
    domains = records.domains
    chance = readiness(taken)
    timing = pace(taken, hidden)
    points = trend(taken)
    reliable = [row for row in taken if not row.unreliable]
    askable = records.pool.items.keys() - hidden
    newest = [answer for question, answer in records.newest.items() if question in askable]
    unsure = [row for row in newest if row.confidence in (GUESS, UNSURE)]
    sure_wrong = [row for row in newest if row.confidence == SURE and row.ticked and not row.correct]
    weak = {row.topic.slug: _share_of_exam(row) for row in records.below_or_weak[: 2 * WEAK_TOPICS]}
    counts = Counter(topic.told or "unseen" for topic in records.topics)
    topics, rows = topic_map(domains, records.by_slug), MasteryRows(practiced=records.pool.by_topic.keys())
    return {
        "has_data": True,
        "trend": TrendChart(points, exam.scale) if taken else None,
        "last_hasty": _hasty(taken[-1]) if taken else "",
        "trend_rows": table_rows(reversed(points)),
        "chance_known": chance is not None,
        "no_prediction": _no_prediction(taken[-1]) if taken else "",
        "tenths": tenths(chance) if chance is not None else None,
        "reliable_exams": min(MAX_EXAMS, len(reliable)),
        "reliable_until": reliable[-1].started_at if reliable and reliable[-1] is not taken[-1] else None,
        "is_ready": _in_words(tenths(chance)) if chance is not None else "",
        "below": [
            (domain, Estimate.of(domain.mastery))
            for domain in domains
            if domain.title and domain.mastery and domain.mastery.verdict == "below"
        ],
        "weak": list(islice((row for row in study_rows(records, weak, weak) if _is_of_use(records, row)), WEAK_TOPICS)),
        "changes": changes(records, answers, taken),
        "since_exam": since_exam(records, answers, taken) if chance is not None else None,
        "verdict_counts": [(n, words) for verdict, words in COUNTED.items() if (n := counts[verdict])],
        "map": topics,
        "tables": [(domain, rows.groups(domain)) for domain in topics],
        "segments": SEGMENTS,
        "verdicts": list(VERDICTS.items()),
        "n_answers": len({answer.question for answer in answers if not answer.is_rapid}),
        "pace": timing,
        "pace_chart": PaceChart(timing, exam.questions) if timing else None,
        **_confidence(confidence(answers), domains),
        "n_unsure": min(DEFAULT_SIZE, len(_askable(records, unsure))),
        "n_sure_wrong": min(MAX_SIZE, len(_askable(records, sure_wrong))),
        "n_sure_wrong_today": sum(row.at >= records.day_began for row in sure_wrong),
        "record": prediction_record(blueprint.code),
    }


def _hasty(exam: ScoredExam) -> str:
    """Return that the newest exam was answered too fast for its score to say much, if it was."""
    given = exam.deadline - exam.started_at
    return hasty_words(exam.submitted_at - exam.started_at, given, exam.unanswered, exam.n)


def _no_prediction(exam: ScoredExam) -> str:
    """Return what the newest exam lacks for a prediction; "" if it has all."""
    needs = (
        (exam.repetitive, _("It needs an exam of which at least nine tenths of the questions are new to you.")),
        (exam.hollow, _("It needs an exam of which at least three quarters of the questions are answered.")),
        (exam.hasty, _("It needs an exam that is not answered faster than its questions can be read.")),
    )
    return " ".join(text for is_lacking, text in needs if is_lacking)


def _in_words(times_in_ten: int) -> str:
    """Return whether one is ready for the exam."""
    if times_in_ten >= LIKELY:
        return _("Likely to pass.")
    return _("It could go either way.") if times_in_ten >= EVEN else _("Not there yet.")


def _is_of_use(records: StudyRecords, row: StudyRow) -> bool:
    """Return whether a topic has questions to ask today, or later, which its row says."""
    return not records.blueprint.exam.practice or row.drill > 0 or records.by_slug[row.slug].is_resting(records.today)


def _share_of_exam(row: NextTopic) -> str:
    """Return how many questions of an exam are about a topic."""
    if n := row.in_each_exam:
        text = ngettext("About %(n)d question of each exam.", "About %(n)d questions of each exam.", n)
    else:
        n = row.in_ten_exams
        text = ngettext("About %(n)d question in ten exams.", "About %(n)d questions in ten exams.", n)
    return text % {"n": n}


def _askable(records: StudyRecords, answers: Iterable[Answer]) -> list[int]:
    """Return the questions of these answers that one quiz can have, without those that rest or were asked today."""
    items = [records.pool.items[answer.question] for answer in answers]
    ready = [item for item in items if group_of(item, records.order, (), records.day) not in selection.RESTED_GROUPS]
    return records.pool.allowed((item.question for item in ready), records.hidden)


def _confidence(figures: Confidence, domains: Iterable[DomainMastery]) -> dict[str, object]:
    topics = {topic.key: topic for domain in domains for topic in domain.topics}
    misconceptions = [(topics[topic], n) for topic, n in figures.misconceptions if topic in topics]
    return {
        "confidence": figures,
        "confidence_rows": [
            ConfidenceRow(str(LEVEL_LABELS[level.level]), level, percent(level.right, level.n))
            for level in figures.levels
        ],
        "misconceptions": misconceptions,
    }
