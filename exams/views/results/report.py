"""The score report, and the page that polls until the score is ready."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams import access
from exams.disclosure import is_disclosed
from exams.models import Attempt, Mode
from exams.psychometrics import drawing
from exams.psychometrics.mastery import ShownVerdict, shown_verdict
from exams.services.analysis import first_scores
from exams.services.attempt import disclosures
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.classes import participants, sittings
from exams.services.people import candidates
from exams.services.practice.filters import DEFAULT_SIZE
from exams.services.practice.next_step import NextStep
from exams.services.practice.next_step_words import step_words
from exams.services.practice.selection import count_unanswered
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.results import grades, report_advice
from exams.services.results import review as reviews
from exams.services.results.report import DomainRow, report_page
from exams.services.results.report_advice import MissedTopic, MissedTopics
from exams.services.results.review_filters import MISSED, review_items
from exams.services.results.reviewed import count_unread
from exams.services.results.shown_scores import shown_scores
from exams.services.upkeep import sweeper
from exams.views.pages import is_htmx, safe_page
from exams.views.practice.result import result_page
from exams.views.practice.today import step_context, zone_of
from exams.views.results.scale import ScaleChart
from exams.views.verdicts import IN_PLAN, VERDICTS

SHORT_WAIT_SECONDS = 3  # until then the page says that scores usually come this soon
LONG_WAIT_SECONDS = 20  # then the page says that scoring takes longer than usual


@safe_page
def report(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Show the report of a scored attempt, otherwise why there is no score."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now, with_report=True)
    if attempt.status == Attempt.Status.OPEN:
        return redirect("attempt", uuid=uuid)
    if attempt.mode == Mode.PRACTICE:
        return result_page(request, attempt)
    context = {
        "attempt": attempt,
        "exam": attempt.form.blueprint.exam,
        "section": "history",
        "guest_code": candidates.shown_guest_code(attempt.candidate),
    }
    if attempt.status != Attempt.Status.SCORED:
        waited = (now - attempt.submitted_at).total_seconds() if attempt.submitted_at else 0
        context |= {
            "long_wait": waited > LONG_WAIT_SECONDS,
            "soon": waited <= SHORT_WAIT_SECONDS and not sweeper.is_silent(now),
        }
        return render(request, "exams/results/report_pending.html", context)
    if is_htmx(request):  # the pending page has to load the report
        return HttpResponse(headers={"HX-Refresh": "true"})
    owners = access.candidate_ids(request)
    open_questions = hidden_from(owners, attempt.pk)
    shown = shown_scores(owners, open_questions, attempt.pk)
    context |= {"shows_score": shown.shows_score(attempt), "waits": shown.waits(attempt)}
    if attempt.sitting and not attempt.is_disclosed:
        row = attempt.sitting
        if context["shows_score"] and not disclosures.note_disclosure(attempt, "score", now):
            return redirect("attempt", uuid=uuid)
        context |= {
            "opens_at": sittings.review_opens_at(row),
            "now": now,
            "score_comes_first": row.before_release == "score"
            and row.last_possible_start
            and not (context["shows_score"] or context["waits"]),
        }
        return render(request, "exams/classes/held_back.html", context)
    if not shown.shows_report(attempt):
        return render(request, "exams/results/score_waits.html", context)
    if not disclosures.note_disclosure(attempt, "report", now):
        return redirect("attempt", uuid=uuid)
    page = report_page(attempt)
    assert attempt.report is not None
    shown_responses = [
        row
        for row in reviews.responses(attempt, questions=bool(open_questions))
        if is_disclosed(attempt, row, open_questions)
    ]
    items = review_items(attempt, shown_responses, noted=())
    blueprint = attempt.form.blueprint
    records = study_records(attempt.candidate, blueprint, now, owners[1:], zone_of(request))
    missed_topics = report_advice.missed_topics(items, blueprint.exam, [row.topic.slug for row in records.weak])
    missed_slugs = [topic.slug for group in missed_topics for topic in group.topics]
    practices_topics = bool(missed_topics and blueprint.exam.practice)
    offers_unanswered = attempt.closed_by == Attempt.ClosedBy.TIME or not practices_topics
    domain_rows = _domain_rows(page.domains, records)
    below = [row for row, standing, _label in domain_rows if page.line and standing == "below" and not page.unreliable]
    to_practice = count_unanswered(attempt, owners) if offers_unanswered else 0
    missed = [item.position for item in items if MISSED in item.states]
    is_of_today = bool(missed and attempt.submitted_at and attempt.submitted_at >= records.day_began)
    if is_of_today and (unread := count_unread(attempt, len(missed))):
        review = NextStep("review", attempt, len(missed), unread, seconds=records.seconds_a_question)
        context["review_words"] = step_words(review, blueprint)
    else:
        context |= step_context(request, attempt.candidate, blueprint, now, records)
    hasty = report_advice.hasty_words_of(attempt, page.unanswered, page.report.n)
    context |= {
        "page": page,
        "grade": grades.shown_grade(attempt),
        "class_name": participants.name_of(attempt),
        "chart": ScaleChart.of(attempt.report, blueprint.exam.scale, is_hasty=bool(hasty)),
        "missed_topics": [
            (group, *_with_labels(group, records, has_standard=not page.points)) for group in missed_topics
        ],
        "hasty": hasty,
        "below": below,
        "to_drill": {row.number for row in below},
        "missed_slugs": missed_slugs,
        "practice_size": max(DEFAULT_SIZE, len(missed_slugs)),
        "right_of_all": sum(row.correct for row in shown_responses)
        if len(shown_responses) == attempt.form.n_questions
        else None,
        "standing": first_scores.standing(attempt),
        "missed": missed,
        "pace": report_advice.time_per_question(attempt, items),
        "has_name": bool(attempt.sitting_id or attempt.candidate.user_id),
        "unused_exams": records.unused_exams,
        "domain_rows": domain_rows,
        "judged": bool(page.line and any(standing for _row, standing, _label in domain_rows)),
        "total": attempt.form.n_questions,
        "new_questions": page.report.n - page.report.repeats,
        "to_practice": to_practice,
        "relaxations": [relaxation_line(relaxation) for relaxation in attempt.form.relaxations],
    }
    return render(request, "exams/results/report.html", context)


def _with_labels(
    group: MissedTopics, records: StudyRecords, *, has_standard: bool
) -> tuple[list[tuple[MissedTopic, str]], list[tuple[MissedTopic, str]]]:
    """Return the topics with their verdict, if they have one, and with how they stand in the plan.

    The second list has those with one wrong answer that are not below the standard.
    """
    verdicts = {verdict: words for verdict, words in VERDICTS.items() if has_standard and verdict != "few"}
    known = {
        slug: (verdicts.get(topic.told or "", ""), IN_PLAN[topic.in_plan]) for slug, topic in records.by_slug.items()
    }
    weak = {slug for slug, topic in records.by_slug.items() if topic.verdict == "below"}
    shown: list[tuple[MissedTopic, str]] = []
    single: list[tuple[MissedTopic, str]] = []
    for topic in group.topics:
        words = ", ".join(str(part) for part in known.get(topic.slug, ()) if part)
        (single if topic.wrong == 1 and topic.slug not in weak else shown).append((topic, words))
    return shown, single


def _domain_rows(
    rows: Iterable[DomainRow], records: StudyRecords
) -> list[tuple[DomainRow, ShownVerdict | str, str | Promise]]:
    """Return the exam domains with the verdict on each by all answers of the candidate, as on Progress.

    It is "" where the bank does not know the exam domain.
    """
    verdicts = {domain.number: shown_verdict(domain.mastery) for domain in records.domains}
    found = [(row, verdicts.get(row.number, "")) for row in rows]
    return [(row, standing, VERDICTS.get(standing, "")) for row, standing in found]


def relaxation_line(relaxation: dict[str, Any]) -> str:
    """Describe a goal that the form does not meet."""
    value = relaxation["value"]
    if relaxation["rule"] == "repeats":
        return ngettext("%(n)d question was not new to you", "%(n)d questions were not new to you", value) % {
            "n": value
        }
    if relaxation["rule"] == drawing.PASS_LINE:
        return _("the pass line differs from the target by up to %(n)s questions") % {"n": f"{value / 100:.2f}"}
    if relaxation["rule"] == "topics":
        return _("up to %(n)d questions are about one topic") % {"n": value}
    return ngettext(
        "%(n)d scored question is used more often than intended",
        "%(n)d scored questions are used more often than intended",
        value,
    ) % {"n": value}
