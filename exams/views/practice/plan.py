"""The plan: what is due today, all topics by week, the goal, and the marks of topics."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from exams import access
from exams.chosen_exam import chosen_exam, offered_exams, page_query
from exams.models import Candidate, StudyGoal
from exams.psychometrics import study_plan
from exams.services.people import candidates
from exams.services.practice import plan as plans
from exams.services.practice import selection, study_marks
from exams.services.practice.next_step import next_page, todays_step
from exams.services.practice.plan import Plan, PlanWeek
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.practice.topic_records import topic_records
from exams.services.results.history import has_begun
from exams.views.attempt.booking import Booking
from exams.views.attempt.rules import StartToken
from exams.views.pages import SeeOther, form_page
from exams.views.people.newcomers import NewcomerError, SignInNeededError, candidate_or_new
from exams.views.practice.plan_rows import PlanRows
from exams.views.practice.today import FROM_TODAY, DailyGoal, came_from_today, step_context, zone_of
from questions.content.syllabus import Syllabus
from questions.models import Topic

MARK_BUTTONS = {  # the field of the button: which mark, and whether it is set or cleared
    "read": (study_marks.READ, True),
    "unread": (study_marks.READ, False),
    "done": (study_marks.DONE, True),
    "again": (study_marks.DONE, True),  # of a topic that came back
    "undone": (study_marks.DONE, False),
}


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the plan or of the course with its rows.

    `n_worked` of its topics are practiced or done, of a week of the course done. `part` is the focus that a week of the
    course begins, empty in the second week of a part. `planned` are the days and the mock exams of a week of the plan.
    """

    number: int
    rows: SafeString
    n_worked: int
    total: int
    is_open: bool
    part: str = ""
    planned: PlanWeek | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """That practice has so many `new` questions until the exam alone, about so many a day.

    Those of `kept` mock exams are kept for them.
    """

    new: int
    a_day: int
    kept: int

    @classmethod
    def of(cls, records: StudyRecords) -> "Supply | None":
        """Return it for a plan with a target date, None without one, or if they suffice: no query after the plan."""
        if not records.has_plan or not records.blueprint.exam.practice:
            return None
        new, days_left = selection.count_new(records), records.plan.days_left or 0
        if new >= days_left * study_plan.new_questions_in(records.plan.questions):
            return None
        return cls(new, min(new, study_plan.new_a_day(new, days_left)), records.reserved_exams)


@form_page
def plan(request: HttpRequest) -> HttpResponseBase:
    """Show the plan; POST sets the date or the questions a day, or removes the date. What is not sent stays.

    From Today, it leads back there; `undated` says that the exam is not booked, so that Today does not ask again.
    """
    if request.method != "POST":
        return plan_page(request)
    today = timezone.localdate(timezone=zone_of(request))
    if "undated" in request.POST and (candidate := access.candidate(request)):
        candidates.update_preferences(candidate.pk, candidate.epoch, {"undated": chosen_exam(request).code})
        return SeeOther(reverse("today"))
    typed = "" if "remove" in request.POST else request.POST.get("target", "").strip()
    exam = chosen_exam(request).exam.syllabus_code
    goal = study_marks.goal(access.candidate(request), exam)
    target, daily_questions = goal.target_date, goal.daily_questions
    try:
        if "target" in request.POST:
            target = _target(typed, today)
        if "daily_questions" in request.POST:
            daily_questions = _daily_questions(request.POST["daily_questions"])
        study_marks.set_goal(candidate_or_new(request, timezone.now()), exam, target, daily_questions, today)
    except ValueError as error:
        return plan_page(request, status=400, target_error=str(error), typed_target=typed)
    except NewcomerError as error:
        return plan_page(request, status=error.status, notice=str(error), typed_target=typed)
    except SignInNeededError:
        return redirect(f"{reverse('account_login')}?next={reverse('plan')}")
    if request.POST.get("page") == "today":
        return SeeOther(reverse("today"))
    return SeeOther(reverse("plan", query=page_query(request, exam)))


def _target(typed: str, today: date) -> date | None:
    """Return the typed date, None for an empty field. Raise ValueError with a message for the candidate."""
    if not typed:
        return None
    try:
        target = parse_date(typed)
    except ValueError:  # such as 30 February
        target = None
    if target is None:
        raise ValueError(_("Enter the date as year-month-day, such as %(date)s.") % {"date": today.isoformat()})
    latest = today + timedelta(days=365 * plans.MAX_YEARS)
    if not today < target <= latest:
        raise ValueError(_("Choose a day after today, within %(n)d years.") % {"n": plans.MAX_YEARS})
    return target


def _daily_questions(typed: str) -> int | None:
    """Return the number of questions each day, None for none. Raise ValueError with a message for the candidate."""
    numbers = {str(number): number for number in StudyGoal.DAILY_QUESTIONS}
    if typed and typed not in numbers:
        raise ValueError(_("Choose 10, 20 or 40 questions a day, or no goal."))
    return numbers.get(typed)


@require_POST
def mark_topic(request: HttpRequest) -> HttpResponseBase:
    """Set or clear a mark of a topic, and return to the page of the button."""
    now = timezone.now()
    button = next((name for name in MARK_BUTTONS if name in request.POST), "")
    topics = Topic.objects.select_related("task__exam_domain")
    topic = topics.filter(slug=request.POST.get(button, "")).first() if button else None
    if topic is None:
        return plan_page(request, status=400, notice=_("This topic does not exist any more. Nothing was changed."))
    try:
        candidate = candidate_or_new(request, now)
    except NewcomerError as error:
        return plan_page(request, status=error.status, notice=str(error))
    except SignInNeededError:
        return redirect(f"{reverse('account_login')}?next={reverse('plan')}")
    mark, is_set = MARK_BUTTONS[button]
    if button == "again":
        study_marks.clear_mark(candidate, topic, mark)
    if is_set:
        study_marks.set_mark(candidate, topic, mark, now)
    else:
        study_marks.clear_mark(candidate, topic, mark)
    if request.POST.get("page") == "today":
        return SeeOther(_todays_page(request, candidate, topic.task.exam_domain.exam))
    if page := request.POST.get("page"):
        return SeeOther(_guide_page(page, topic.slug, from_today=came_from_today(request)))
    query = {"week": min(topic.weeks, default=0), **page_query(request, topic.task.exam_domain.exam)}
    return SeeOther(reverse("plan", query=query, fragment=topic.slug))


def _guide_page(page: str, slug: str, *, from_today: bool) -> str:
    """Return where a mark that was set on the page of a topic leads: there, or to the topic that the form names."""
    if page != "guide" and Topic.objects.filter(slug=page).exists():
        return reverse("guide_topic", args=[page])
    return reverse("guide_topic", args=[slug], query=FROM_TODAY if from_today else None, fragment="marks")


def _todays_page(request: HttpRequest, candidate: Candidate, exam: str) -> str:
    """Return where a page that was opened from Today leads once it is read: to the next one of today, else to Today."""
    blueprint = next((row for row in offered_exams(request) if row.code == exam), None)
    if blueprint:
        records = study_records(candidate, blueprint, timezone.now(), access.beside(request), zone_of(request))
        if topic := next_page(todays_step(records)):
            return reverse("guide_topic", args=[topic.slug], query=FROM_TODAY)
    return reverse("today")


def plan_page(request: HttpRequest, *, status: int = 200, **texts: str) -> HttpResponse:
    """Render the plan, with the reason why nothing was changed if there is one."""
    candidate = access.candidate(request)
    blueprint = chosen_exam(request)
    syllabus = access.syllabus_or_404(blueprint.exam.syllabus_code)
    if not syllabus.topics:
        context: dict[str, Any] = {"title": _("Plan"), "blueprint": blueprint, "exam": blueprint.exam}
        return render(request, "exams/site/no_topics.html", context)
    ids, now = access.candidate_ids(request), timezone.now()
    records = study_records(candidate, blueprint, now, access.beside(request), zone_of(request))
    plan, goal, today = records.plan, records.goal, records.today
    summaries = {slug: topic.summary for slug, topic in syllabus.topics.items()}
    rows = PlanRows(topic_records(ids, records=records), summaries, records.topics_in_quizzes)
    sizes = selection.sizes(records, [entry.slug for entry in plan.due], plans.PRACTICE_SIZE)
    target = goal.target_date
    context = {
        "section": "plan",
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "plan": plan,
        "took_exam": records.took_exam,
        "target": target,
        "goal": goal,
        "daily_goal": DailyGoal.of_day(records),
        "daily_choices": [
            (number, study_plan.new_topics_in(number), study_plan.minutes_a_day(number, records.seconds_a_question))
            for number in goal.DAILY_QUESTIONS
        ],
        "session_minutes": study_plan.SESSION_MINUTES,
        "today": today,
        "first_day": today + timedelta(days=1),
        "supply": Supply.of(records),
        "exams_for_practice": max(0, records.unused_exams - plan.exams_open) if plan.exams_beyond else 0,
        "is_over": target is not None and target < today,
        "booking": Booking.of(blueprint.exam, today),
        "due": [
            (
                entry,
                rows.row(entry, is_due=True, is_resting=not sizes[entry.slug]),
                0 if entry.is_worked else sizes[entry.slug],
            )
            for entry in plan.due
        ],
        "weeks": _weeks(plan, rows, syllabus, request.GET.get("week", "")),
        "beyond": rows.of(plan.beyond),
        "earlier": rows.of(plan.earlier),
        "percent": round(100 * len(plan.done) / plan.total) if plan.total else 0,
        "percent_practiced": round(100 * plan.n_practiced / plan.total) if plan.total else 0,
        "start_token": StartToken.of(request).signed(request),
        **texts,
    }
    if candidate and has_begun(candidate):
        context |= step_context(request, candidate, blueprint, now, records)
    return render(request, "exams/practice/plan.html", context, status=status)


def _weeks(plan: Plan, rows: PlanRows, syllabus: Syllabus, chosen: str) -> list[Week]:
    """Return the weeks until the target date; without one, the weeks of the course.

    Open is the one of the query, else this week, or that of the next topic.
    """
    if not plan.weeks:
        return _course_weeks(plan, rows, syllabus, chosen)
    opened = chosen if chosen in {str(week.week.number) for week in plan.weeks} else str(plan.weeks[0].week.number)
    return [
        Week(
            week.week.number,
            rows.of(week.topics),
            week.n_worked,
            len(week.topics),
            str(week.week.number) == opened,
            planned=week,
        )
        for week in plan.weeks
        if week.topics or week.exam_days or week is plan.weeks[0]
    ]


def _course_weeks(plan: Plan, rows: PlanRows, syllabus: Syllabus, chosen: str) -> list[Week]:
    topics = {topic.slug: topic for topic in (*plan.open, *plan.done)}
    place = {slug: number for number, slug in enumerate(topics)}
    course = plans.course(syllabus)
    current = plans.course_week(syllabus, [topic.slug for topic in plan.done])
    opened = chosen if chosen in {str(week.number) for week in course} else str(current or 0)
    weeks = []
    focus = ""
    for week in course:
        entries = [topics[slug] for slug in sorted(set(week.slugs) & topics.keys(), key=lambda slug: place[slug])]
        n_done = sum(entry.done_at is not None for entry in entries)
        part = week.focus if week.focus != focus else ""
        weeks.append(Week(week.number, rows.of(entries), n_done, len(entries), str(week.number) == opened, part))
        focus = week.focus
    return weeks
