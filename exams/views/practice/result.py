"""The end page of a practice: how it went, what each topic and each question means now, and what to do next."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access
from exams.models import Attempt, Mode, Response
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.people import candidates
from exams.services.practice import practice, selection
from exams.services.practice.filters import Filters
from exams.services.practice.plan import PRACTICE_SIZE
from exams.services.practice.practice import PracticeResult
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.progress.answers import Answer, disclosed
from exams.services.progress.mastery import moved
from exams.services.results import review as reviews
from exams.services.results.missed import answered_at, is_missed
from exams.services.results.report import duration
from exams.views.practice.study_rows import StudyRow, study_rows
from exams.views.practice.today import step_context, zone_of
from exams.views.verdicts import VERDICTS

STRONG_SHARE, STRONG_FROM = 0.9, 5  # right answers that earn a word, of so many at least
MAX_TOPICS = 6  # shown at once, more on demand
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
    comes_back: date | None
    back_in_words: str

    @property
    def is_missed(self) -> bool:
        return is_missed(self.response, Mode.PRACTICE)


def result_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Render the result of a finished practice."""
    hidden = hidden_from(access.candidate_ids(request))
    result = practice.result(attempt, hidden)
    blueprint, now = attempt.form.blueprint, timezone.now()
    records = study_records(attempt.candidate, blueprint, now, access.beside(request), zone_of(request))
    rows = _rows(attempt, hidden, records)
    topics = dict.fromkeys(slug for row in rows if (slug := getattr(row.response, "topic_slug", None)))
    alike = list(topics) if len(topics) <= MAX_ALIKE_TOPICS else []
    more = Filters(topic=tuple(alike), size=MORE_SIZE, rested=True)
    missed = [row.response.revision.question_id for row in rows if row.is_missed]
    own, others = _answers(records, attempt, [row.response for row in rows])
    answered = {answer.topic for answer in own if answer.topic}
    changed = [row for row in moved(records.domains, others, answered) if row.was_seen]
    missed_topics, known_topics = _topics(records, rows, {row.slug for row in changed})
    seen = {answer.question: answer.at for answer in reversed(others)}
    context = {
        "section": "practice",
        "attempt": attempt,
        "exam": blueprint.exam,
        "result": result,
        "rows": rows,
        "alike": alike,
        "to_practice": len(records.pool.allowed(missed, records.hidden)),
        "missed_today": any(
            question in records.newest and records.newest[question].at >= records.day_began for question in missed
        ),
        "more": len(selection.select(records, more, seed="more", like_exam=not alike).questions),
        "time": duration(seconds) if (seconds := sum(row.response.seconds or 0 for row in rows)) else "",
        "praise": _praise(result, own, others),
        "guest_code": candidates.shown_guest_code(attempt.candidate),
        "moved": [(row, VERDICTS[row.before], VERDICTS[row.now]) for row in changed],
        "n_old": sum(answer.question in seen and seen[answer.question] < answer.at for answer in own),
        "topics": missed_topics[:MAX_TOPICS],
        "more_topics": missed_topics[MAX_TOPICS:],
        "known_topics": known_topics,
        "practice_size": PRACTICE_SIZE,
        "returns": _returns(rows, records.today),
        **step_context(request, attempt.candidate, blueprint, now, records),
    }
    step = context.get("step")
    context["is_solved"] = bool(step) and attempt.feedback == practice.FEEDBACK_EACH
    context["again_today"] = bool(
        step and step.kind == "done" and step.due and context["to_practice"] and context["missed_today"]
    )
    return render(request, "exams/practice/result.html", context)


def _answers(
    records: StudyRecords, attempt: Attempt, responses: Iterable[Response]
) -> tuple[list[Answer], list[Answer]]:
    """Return the answers of this practice, and all others."""
    given = {(row.revision.question_id, answered_at(row, attempt.submitted_at)) for row in responses if row.ticked}
    answers = disclosed(records.answers, records.blueprint.exam.syllabus_code, records.hidden)
    own = [answer for answer in answers if (answer.question, answer.at) in given]
    return own, [answer for answer in answers if (answer.question, answer.at) not in given]


def _praise(result: PracticeResult, own: Iterable[Answer], others: Iterable[Answer]) -> list[str]:
    """Return a word for what was earned: a strong quiz, and questions right that had been missed the last time."""
    praise = []
    if result.answered >= STRONG_FROM:
        if result.right == result.answered:
            praise.append(_("All right, well done."))
        elif result.right >= STRONG_SHARE * result.answered:
            praise.append(_("That was strong."))
    right = {answer.question: answer.at for answer in own if answer.correct}
    before = {row.question: row.correct for row in others if row.question in right and row.at < right[row.question]}
    if n := sum(not correct for correct in before.values()):
        text = ngettext(
            "One that you had missed before is right now.", "%(n)d that you had missed before are right now.", n
        )
        praise.append(text % {"n": n})
    return praise


def _topics(
    records: StudyRecords, rows: Iterable[ResultRow], changed: Collection[str]
) -> tuple[list[StudyRow], list[StudyRow]]:
    """Return the topics with a miss, those missed most and with most to gain first, and those without: no query.

    The page says the verdict of those `changed` before.
    """
    answered: dict[str, list[bool]] = {}
    for row in rows:
        slug = getattr(row.response, "topic_slug", None)
        if slug in records.by_slug and (row.is_right or row.is_missed):
            answered.setdefault(slug, []).append(row.is_right)
    order = {slug: place for place, slug in enumerate(records.by_slug)}
    slugs = sorted(answered, key=lambda slug: (-answered[slug].count(False), order[slug]))
    missed = [slug for slug in slugs if False in answered[slug]]
    text = _("%(right)d of %(n)d right here.")
    facts = {slug: text % {"right": answered[slug].count(True), "n": len(answered[slug])} for slug in slugs}
    found = list(study_rows(records, facts, missed, changed))
    return found[: len(missed)], found[len(missed) :]


def _returns(rows: Sequence[ResultRow], today: date) -> str:
    """Return how many of these questions come back, of all others apart, and when; empty if none does."""
    days = [(row.comes_back - today).days for row in rows if row.comes_back]
    when = Counter("today" if day < 1 else "tomorrow" if day == 1 else "week" if day <= 7 else "later" for day in days)
    if len(when) == 1:
        texts = {
            "today": ngettext("%(n)d of these comes back today.", "%(n)d of these come back today.", len(days)),
            "tomorrow": ngettext(
                "%(n)d of these comes back from tomorrow on.", "%(n)d of these come back from tomorrow on.", len(days)
            ),
            "week": ngettext(
                "%(n)d of these comes back within a week.", "%(n)d of these come back within a week.", len(days)
            ),
            "later": ngettext("%(n)d of these comes back later.", "%(n)d of these come back later.", len(days)),
        }
        return texts[next(iter(when))] % {"n": len(days)}
    parts = {
        "today": _("%(n)d today"),
        "tomorrow": _("%(n)d from tomorrow on"),
        "week": _("%(n)d within a week"),
        "later": _("%(n)d later"),
    }
    told = ", ".join(text % {"n": when[name]} for name, text in parts.items() if when[name])
    return _("%(n)d of these come back: %(when)s.") % {"n": len(days), "when": told} if days else ""


def _rows(attempt: Attempt, hidden: Collection[int], records: StudyRecords) -> list[ResultRow]:
    """Return the questions that may be shown, in their order: three queries at most."""
    responses = [row for row in reviews.responses(attempt, questions=True) if row.revision.question_id not in hidden]
    rows = []
    for row in responses:
        question = row.revision.question_id
        due = records.due_at.get(question) if row.ticked and question in records.pool.items else None
        back = due.astimezone(records.zone).date() if due else None
        rows.append(
            ResultRow(
                row,
                _verdict(row),
                bool(row.ticked and row.correct),
                duration(row.seconds) if row.seconds else "",
                str(Response.Confidence(row.confidence).label) if row.confidence else "",
                back,
                _day_in_words(back, records.today) if back else "",
            )
        )
    return rows


def _day_in_words(day: date, today: date) -> str:
    days = (day - today).days
    if days <= 1:
        return _("today") if days < 1 else _("tomorrow")
    return formats.date_format(day, "MONTH_DAY_FORMAT")


def _verdict(row: Response) -> str:
    if not row.ticked:
        return _("Not answered")
    if row.correct:
        return _("Right")
    chosen = row.ticked.bit_count()
    if chosen < row.choose:
        return _("Wrong: %(chosen)d of %(choose)d chosen") % {"chosen": chosen, "choose": row.choose}
    return _("Wrong")
