"""The study guide: topics by week and by exam domain, and the study page of a topic."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from exams import access
from exams.access import blueprint_or_404, syllabus_or_404
from questions.bank_files import glossary, study_pages
from questions.content.syllabus import ExamDomain, Syllabus, Task
from questions.content.syllabus import Topic as SyllabusTopic
from questions.content.typed_numbers import whole_number
from questions.models import Blueprint, Question, Topic


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """A topic with the number of its questions in use."""

    topic: SyllabusTopic
    questions: int


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Show one week of the plan (`?week=`, else the candidate's current week), then all topics."""
    blueprint = blueprint_or_404(settings.FRONT_EXAM)
    syllabus = syllabus_or_404(blueprint.code)
    candidate = access.candidate(request)
    weeks = sorted({week for part in syllabus.plan for week in part.weeks})
    current = _current_week(weeks, candidate.target_date if candidate else None, timezone.localdate())
    typed_week = request.GET.get("week", str(current or ""))
    if "week" in request.GET and typed_week not in map(str, weeks):
        raise Http404
    week = whole_number(typed_week, None)
    counts = _counts(blueprint)
    context = {
        "section": "guide",
        "exam": blueprint.exam,
        "weeks": weeks,
        "week": week,
        "part": next((part for part in syllabus.plan if week in part.weeks), None),
        "week_entries": [
            TopicEntry(topic, counts[topic.slug]) for topic in syllabus.topics.values() if week in topic.weeks
        ],
        "exam_domains": [
            (
                domain,
                [(task, [TopicEntry(topic, counts[topic.slug]) for topic in task.topics]) for task in domain.tasks],
            )
            for domain in syllabus.exam_domains
        ],
        "n_topics": len(syllabus.topics),
        "has_services": any(topic.services for topic in syllabus.topics.values()),
        "has_glossary": bool(glossary.terms(settings.BANK_DIR)),
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/site/guide.html", context)


@require_safe
def guide_topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the study page of a topic; without one, its points of the syllabus."""
    row = get_object_or_404(Topic.objects.select_related("task__exam_domain"), slug=slug)
    blueprint = blueprint_or_404(row.task.exam_domain.exam)
    syllabus = syllabus_or_404(blueprint.code)
    candidate = access.candidate(request)
    slugs = list(syllabus.topics)
    index = slugs.index(slug)
    domain, task = _domain_and_task(syllabus, slug)
    context = {
        "section": "guide",
        "topic": syllabus.topics[slug],
        "task": task,
        "exam_domain": domain,
        "page": study_pages.page(settings.BANK_DIR, slug),
        "questions": _counts(blueprint)[slug],
        "previous": syllabus.topics[slugs[index - 1]] if index else None,
        "next": syllabus.topics[slugs[index + 1]] if index + 1 < len(slugs) else None,
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/site/guide_topic.html", context)


def _counts(blueprint: Blueprint) -> Counter[str]:
    """Return the number of questions in use by topic."""
    askable = Question.objects.askable(list(blueprint.exam.collections))
    return Counter(askable.filter(topic__isnull=False).values_list("topic__slug", flat=True))


def _domain_and_task(syllabus: Syllabus, slug: str) -> tuple[ExamDomain, Task]:
    task = syllabus.tasks[syllabus.task_of_topic[slug]]
    number = syllabus.exam_domain_of_task[task.code]
    return next(domain for domain in syllabus.exam_domains if domain.number == number), task


def _current_week(weeks: list[int], target: date | None, today: date) -> int | None:
    """Return the week that leaves enough weeks before the target date; without a date, the first week."""
    if not weeks or target is None:
        return weeks[0] if weeks else None
    weeks_left = max(0, (target - today).days) // 7
    return weeks[max(0, len(weeks) - 1 - weeks_left)]
