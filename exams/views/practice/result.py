"""The end page of a practice: how many answers were right, each question with its topic, and what to do next."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from exams import access
from exams.models import Attempt, Response
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.people import candidates
from exams.services.practice import practice, repetition, selection
from exams.services.practice.filters import Filters
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.progress.answers import disclosed
from exams.services.progress.mastery import MovedTopic, moved_topics
from exams.services.results import review as reviews
from exams.services.results.missed import answered_at
from exams.services.results.report import duration
from exams.views.practice.today import step_context, zone_of
from exams.views.verdicts import IN_PLAN, VERDICTS

STRONG_SHARE, STRONG_FROM = 0.9, 5  # right answers that earn a word, of so many at least
MAX_MOVED_TOPICS = 6  # shown at once, more on demand
MORE_SIZE = 10  # of another quiz of this kind, at most
MAX_ALIKE_TOPICS = 12  # of a quiz that is about some topics; another one is about the exam


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One question of a practice: the verdict in words, and when it is repeated, None if it is not."""

    response: Response
    verdict: str
    is_right: bool
    time: str
    sure: str
    comes_back: datetime | None


def result_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Render the result of a finished practice."""
    hidden = hidden_from(access.candidate_ids(request))
    result = practice.result(attempt, hidden)
    rows = _rows(attempt, hidden, zone_of(request))
    topics = dict.fromkeys(slug for row in rows if (slug := getattr(row.response, "topic_slug", None)))
    blueprint, now = attempt.form.blueprint, timezone.now()
    records = study_records(attempt.candidate, blueprint, now, access.beside(request), zone_of(request))
    alike = list(topics) if len(topics) <= MAX_ALIKE_TOPICS else []
    more = Filters(topic=tuple(alike), size=MORE_SIZE, rested=True)
    missed = [row.response.revision.question_id for row in rows if row.response.ticked and not row.is_right]
    moved = _moved(records, attempt, [row.response for row in rows])
    context = {
        "section": "practice",
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "result": result,
        "rows": rows,
        "alike": alike,
        "to_practice": len(records.pool.allowed(missed, records.hidden)),
        "missed_today": any(records.newest[question].at >= records.day_began for question in missed),
        "more": len(selection.select(records, more, seed="more", like_exam=not alike).questions),
        "is_strong": result.answered >= STRONG_FROM and result.right >= STRONG_SHARE * result.answered,
        "guest_code": candidates.shown_guest_code(attempt.candidate),
        "moved": moved[:MAX_MOVED_TOPICS],
        "moved_too": moved[MAX_MOVED_TOPICS:],
        **step_context(request, attempt.candidate, blueprint, now, records),
    }
    return render(request, "exams/practice/result.html", context)


def _moved(records: StudyRecords, attempt: Attempt, responses: Iterable[Response]) -> list[tuple[MovedTopic, str, str]]:
    """Return the topics that the answers of this practice have moved, with their verdicts now and the plan's words.

    Those with a wrong answer come first. One query.
    """
    given = {(row.revision.question_id, answered_at(row, attempt.submitted_at)) for row in responses if row.ticked}
    answers = disclosed(records.answers, records.blueprint.exam.syllabus_code, records.hidden)
    own = [answer for answer in answers if (answer.question, answer.at) in given]
    others = [answer for answer in answers if (answer.question, answer.at) not in given]
    moved = moved_topics(records.domains, others, {answer.topic for answer in own if answer.topic})
    missed = {answer.topic for answer in own if not answer.correct}
    result = []
    for row in sorted(moved, key=lambda row: row.topic.key not in missed):
        planned = records.by_slug[row.topic.slug]
        result.append((row, str(VERDICTS[planned.verdict]), str(IN_PLAN[planned.in_plan])))
    return result


def _rows(attempt: Attempt, hidden: Collection[int], zone: tzinfo) -> list[ResultRow]:
    """Return the questions that may be shown, in their order: eight queries at most."""
    responses = [row for row in reviews.responses(attempt, questions=True) if row.revision.question_id not in hidden]
    questions = [row.revision.question_id for row in responses if row.ticked]
    cards = repetition.current_cards(attempt.candidate_id, questions, zone) if questions else []
    due = {card.question_id: card.due for card in cards}
    return [
        ResultRow(
            row,
            _verdict(row),
            bool(row.ticked and row.correct),
            duration(row.seconds) if row.seconds else "",
            str(Response.Confidence(row.confidence).label) if row.confidence else "",
            due.get(row.revision.question_id) if row.ticked else None,
        )
        for row in responses
    ]


def _verdict(row: Response) -> str:
    if not row.ticked:
        return _("Not answered")
    if row.correct:
        return _("Right")
    chosen = row.ticked.bit_count()
    if chosen < row.choose:
        return _("Wrong: %(chosen)d of %(choose)d chosen") % {"chosen": chosen, "choose": row.choose}
    return _("Wrong")
