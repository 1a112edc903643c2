"""The study guide: topics by exam domain, and the study page of a topic with the candidate's own record."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exams import access
from exams.access import blueprint_or_404, syllabus_or_404
from exams.chosen_exam import chosen_exam, find_chosen, offered_exams, page_query
from exams.models import Candidate, TopicMark
from exams.psychometrics.mastery import ShownVerdict
from exams.services.practice import study_marks
from exams.services.practice.carried_over import carried_over
from exams.services.practice.known_topics import KnownTopic, known_topics
from exams.services.practice.next_step import next_page, todays_step
from exams.services.practice.plan import PRACTICE_SIZE
from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_records import study_records
from exams.services.practice.topic_records import topic_records
from exams.views.attempt.rules import StartToken
from exams.views.practice.today import came_from_today, zone_of
from exams.views.progress.topic_map import Estimate
from exams.views.verdicts import IN_PLAN, VERDICTS
from questions.bank_files import glossary, study_pages
from questions.bank_files.directories import bank_directory
from questions.content.syllabus import ExamDomain, Syllabus, Task
from questions.content.syllabus import Topic as SyllabusTopic
from questions.content.word_search import MAX_CHARS
from questions.models import Blueprint, Topic
from questions.services.drawn_questions import drawn_by


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """A topic, whether the candidate has read its page, whether it is done, and the verdict if it has answers."""

    topic: SyllabusTopic
    is_read: bool
    is_done: bool
    verdict: ShownVerdict | None

    @property
    def label(self) -> str | Promise:
        """The verdict in words."""
        return VERDICTS[self.verdict] if self.verdict else ""


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Show all topics in the order of the guide, what is read and known, and the first unread one, of today first."""
    candidate = access.candidate(request)
    blueprint = chosen_exam(request)
    syllabus = syllabus_or_404(blueprint.exam.syllabus_code)
    if not syllabus.topics:
        titled = {"title": _("Study guide"), "blueprint": blueprint, "exam": blueprint.exam}
        return render(request, "exams/site/no_topics.html", titled)
    marks = study_marks.marks(candidate)
    known = _known(request, candidate, blueprint, marks)
    done = {slug for slug, entry in known.items() if entry.planned.done_at}
    verdicts = {slug: entry.planned.told for slug, entry in known.items() if entry.planned.is_known}
    entries = {
        slug: TopicEntry(topic, _is_read(marks, slug), slug in done, verdicts.get(slug))
        for slug, topic in syllabus.topics.items()
    }
    unread = [topic for slug, topic in syllabus.topics.items() if not _is_read(marks, slug)]
    of_today = _page_of_today(request, candidate, blueprint)
    context = {
        "section": "guide",
        "exam": blueprint.exam,
        "n_read": len(entries) - len(unread),
        "next_topic": of_today or next(iter(unread), None),
        "is_of_today": of_today is not None,
        "exam_domains": [
            (
                domain,
                [(task, [entries[topic.slug] for topic in task.topics]) for task in domain.tasks],
            )
            for domain in syllabus.exam_domains
        ],
        "n_topics": len(syllabus.topics),
        "has_services": any(topic.services for topic in syllabus.topics.values()),
        "max_chars": MAX_CHARS,
        "has_glossary": bool(glossary.terms(bank_directory(blueprint.exam))),
    }
    return render(request, "exams/site/guide.html", context)


@require_safe
def guide_topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the study page of a topic; without one, its points of the syllabus."""
    row = get_object_or_404(Topic.objects.select_related("task__exam_domain"), slug=slug)
    code = row.task.exam_domain.exam
    candidate = access.candidate(request)
    candidates = access.candidate_ids(request) if candidate else []
    find_chosen(request)  # for the header: the topic may be of another exam
    blueprint = next((row for row in offered_exams(request) if row.code == code), None) or blueprint_or_404(code)
    syllabus, guide_query = syllabus_or_404(code), page_query(request, code)
    slugs = list(syllabus.topics)
    index = slugs.index(slug)
    marks = study_marks.marks(candidate)
    domain, task = _domain_and_task(syllabus, slug)
    step = None
    if candidate and came_from_today(request):
        records = study_records(candidate, blueprint, timezone.now(), access.beside(request), zone_of(request))
        step = todays_step(records)
    known = _known(request, candidate, blueprint, marks).get(slug)
    context = {
        "section": "guide",
        "topic": syllabus.topics[slug],
        "task": task,
        "exam_domain": domain,
        "guide": reverse("guide", query=guide_query),
        "services": reverse("guide_services", query=guide_query),
        "page": study_pages.page(bank_directory(blueprint.exam), slug),
        "questions": _questions(blueprint, slug),
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "mark": marks.get(slug),
        "number": index + 1,
        "n_topics": len(slugs),
        "n_read": sum(_is_read(marks, other) for other in slugs),
        "record": topic_records(candidates, [slug]).get(slug),
        "carried_over": carried_over(candidates, blueprint.code, slug),
        "mastery": Estimate.of(known.mastery) if known and known.mastery else None,
        "planned": known and known.planned,
        "in_plan": IN_PLAN["back"] if known and known.planned.came_back else "",
        "practice_size": PRACTICE_SIZE,
        "start_token": StartToken.of(request).signed(request),
        "from_today": step is not None,
        "next_today": next_page(step, but=slug) if step else None,
        "asks_today": step is not None and step.kind == "today",
        "previous": syllabus.topics[slugs[index - 1]] if index else None,
        "next": syllabus.topics[slugs[index + 1]] if index + 1 < len(slugs) else None,
    }
    return render(request, "exams/site/guide_topic.html", context)


def _is_read(marks: Mapping[str, TopicMark], slug: str) -> bool:
    return slug in marks and marks[slug].read_at is not None


def _questions(blueprint: Blueprint, slug: str) -> int:
    """Return how many questions of a topic practice can ask, of an exam without practice how many are in use."""
    if blueprint.exam.practice:
        return len(practice_pool(blueprint).by_topic.get(slug, ()))
    return drawn_by(blueprint).askable().filter(topic__slug=slug).count()


def _known(
    request: HttpRequest, candidate: Candidate | None, blueprint: Blueprint, marks: Mapping[str, TopicMark]
) -> dict[str, KnownTopic]:
    if candidate is None:
        return {}
    return known_topics(candidate, blueprint, access.beside(request), marks, zone_of(request))


def _page_of_today(request: HttpRequest, candidate: Candidate | None, blueprint: Blueprint) -> PlanTopic | None:
    """Return the topic whose page Today says to read first, of a plan with a date: one query without a plan."""
    if candidate is None or study_marks.goal(candidate, blueprint.exam.syllabus_code).target_date is None:
        return None
    records = study_records(candidate, blueprint, timezone.now(), access.beside(request), zone_of(request))
    return next_page(todays_step(records)) if records.has_plan else None


def _domain_and_task(syllabus: Syllabus, slug: str) -> tuple[ExamDomain, Task]:
    task = syllabus.tasks[syllabus.task_of_topic[slug]]
    number = syllabus.exam_domain_of_task[task.code]
    return next(domain for domain in syllabus.exam_domains if domain.number == number), task
