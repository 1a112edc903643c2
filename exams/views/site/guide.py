"""The study guide: topics by the weeks of the plan and by exam domain, and the page of one topic."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exams import access
from exams.views.attempt.start import blueprint_or_404
from questions.bank_files import study_pages
from questions.content.syllabus import ExamDomain, Syllabus, Task
from questions.content.syllabus import Topic as SyllabusTopic
from questions.models import Blueprint, Question, Topic
from questions.services import stored


@dataclass(frozen=True, slots=True)
class Entry:
    """A topic in a list, with the number of questions that exams draw from."""

    topic: SyllabusTopic
    questions: int


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """One week of the plan (`?week=`, else the candidate's own, else the first), then all topics."""
    blueprint = blueprint_or_404(settings.FRONT_EXAM)
    syllabus = _syllabus_or_404(blueprint.code)
    candidate = access.candidate(request)
    weeks = sorted({week for part in syllabus.plan for week in part.weeks})
    current = _current_week(weeks, candidate.target_date if candidate else None, timezone.localdate())
    said = request.GET.get("week", str(current or ""))
    if "week" in request.GET and said not in map(str, weeks):
        raise Http404
    week = int(said) if said else None
    counts = _counts(blueprint)
    context = {
        "section": "guide",
        "exam": blueprint.exam,
        "weeks": weeks,
        "week": week,
        "part": next((part for part in syllabus.plan if week in part.weeks), None),
        "of_week": [Entry(each, counts[each.slug]) for each in syllabus.topics.values() if week in each.weeks],
        "exam_domains": [
            (domain, [(task, [Entry(each, counts[each.slug]) for each in task.topics]) for task in domain.tasks])
            for domain in syllabus.exam_domains
        ],
        "n_topics": len(syllabus.topics),
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/site/guide.html", context)


@require_safe
def guide_topic(request: HttpRequest, slug: str) -> HttpResponse:
    """The study page of a topic, or what the syllabus says of it where none is written."""
    row = get_object_or_404(Topic.objects.select_related("task__exam_domain"), slug=slug)
    blueprint = blueprint_or_404(row.task.exam_domain.exam)
    syllabus = _syllabus_or_404(blueprint.code)
    candidate = access.candidate(request)
    slugs = list(syllabus.topics)
    at = slugs.index(slug)
    domain, task = _place(syllabus, slug)
    context = {
        "section": "guide",
        "topic": syllabus.topics[slug],
        "task": task,
        "exam_domain": domain,
        "page": study_pages.page(settings.BANK_DIR, slug),
        "questions": _counts(blueprint)[slug],
        "previous": syllabus.topics[slugs[at - 1]] if at else None,
        "next": syllabus.topics[slugs[at + 1]] if at + 1 < len(slugs) else None,
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/site/guide_topic.html", context)


def _syllabus_or_404(exam: str) -> Syllabus:
    syllabus = stored.syllabus(exam)
    if syllabus is None:
        raise Http404
    return syllabus


def _counts(blueprint: Blueprint) -> Counter[str]:
    """How many questions exams draw from, by topic."""
    askable = Question.objects.askable(list(blueprint.exam.collections))
    return Counter(askable.filter(topic__isnull=False).values_list("topic__slug", flat=True))


def _place(syllabus: Syllabus, slug: str) -> tuple[ExamDomain, Task]:
    task = syllabus.tasks[syllabus.task_of_topic[slug]]
    number = syllabus.exam_domain_of_task[task.code]
    return next(domain for domain in syllabus.exam_domains if domain.number == number), task


def _current_week(weeks: list[int], target: date | None, today: date) -> int | None:
    """The week of the plan that leaves as many weeks as there are to the candidate's day; the first without one."""
    if not weeks or target is None:
        return weeks[0] if weeks else None
    left = max(0, (target - today).days) // 7
    return weeks[max(0, len(weeks) - 1 - left)]
