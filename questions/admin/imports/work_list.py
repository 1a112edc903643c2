"""The work list of an import: assign suggested topics, find guessable keys, submit drafts for review."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from questions.admin.staff_page import current_user, log, render_page, staff_form, staff_page
from questions.content.suggestions import Suggester
from questions.content.typed_numbers import whole_number
from questions.imports import work_list
from questions.lint import RULES
from questions.models import ImportBatch, Point, Question, Topic
from questions.services import action_plans, approval, stored_bank, topic_assignment

VIEW, WRITE = "questions.view_importbatch", "questions.add_question"
ACT = (VIEW, WRITE)  # on one's own imports; those who approve questions on all
_TOPICS_PER_PAGE, _KEYS_PER_PAGE = 20, 50
_MAX_SUBMITTED = 200  # in one request, since each is compared with the whole bank
_MAX_BLOCKED_SHOWN = 5


def may_act(request: HttpRequest, batch: ImportBatch) -> bool:
    """Return whether the user may act on an import: its author, or anyone who approves questions."""
    user = current_user(request)
    return bool(user.has_perms(ACT) and (batch.by_id == user.pk or user.has_perm("questions.approve_question")))


def batch_or_404(pk: int) -> ImportBatch:
    return get_object_or_404(ImportBatch.objects.select_related("by"), pk=pk)


def batch_to_act_on(request: HttpRequest, pk: int) -> ImportBatch:
    """Return an import. Raise PermissionDenied if it is not one that the user may act on."""
    batch = batch_or_404(pk)
    if not may_act(request, batch):
        raise PermissionDenied
    return batch


def page(request: HttpRequest, step: str, title: str, **values: Any) -> HttpResponse:
    """Render the page of a step of an import."""
    return render_page(request, f"admin/questions/imports/{step}.html", {"title": title, "step": step, **values})


def current_work_list(batch: ImportBatch) -> work_list.WorkList:
    """Return the work list of an import, as of today."""
    return work_list.work_list(batch, timezone.localdate())


def log_of_undo(batch: ImportBatch) -> LogEntry | None:
    """Return who undid an import in the browser, and when."""
    rows = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(batch), object_id=str(batch.pk))
    return rows.filter(action_flag=CHANGE).select_related("user").order_by("-pk").first()


@staff_form(ACT)
def topics(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign topics to a page of questions, each with a suggestion."""
    batch = batch_to_act_on(request, pk)
    if request.method == "POST":
        _assign_topics(request, batch)
        return redirect("admin:questions_import_topics", pk)
    without_topic = Question.objects.filter(batch=batch, topic=None, status=Question.Status.DRAFT).order_by("code")
    rows_page = Paginator(without_topic, _TOPICS_PER_PAGE).get_page(request.GET.get("page"))
    exam = batch.settings["exam"]
    syllabus = stored_bank.syllabus(exam)
    suggester = None
    if syllabus and rows_page.object_list:
        placed = stored_bank.questions(Q(topic__task__exam_domain__exam=exam))
        suggester = Suggester(syllabus, (ours.content for ours in placed))
    questions = list(stored_bank.questions(Q(pk__in=[question.pk for question in rows_page])))
    suggestions = [suggester.suggest(ours.content, _domain(ours.question)) if suggester else None for ours in questions]
    points = {suggestion.point for suggestion in suggestions if suggestion and suggestion.point}
    texts = dict(Point.objects.filter(code__in=points).values_list("code", "text"))
    rows = [
        {
            "question": ours.question,
            "stem": ours.content.stem,
            "suggestion": suggestion,
            "suggested_title": syllabus.topics[suggestion.topic].title if syllabus and suggestion else "",
            "point": suggestion and texts.get(suggestion.point or ""),
        }
        for ours, suggestion in zip(questions, suggestions, strict=True)
    ]
    all_topics = Topic.objects.filter(task__exam_domain__exam=exam).select_related("task__exam_domain")
    return page(
        request,
        "topics",
        _("Topics for %(file)s") % {"file": batch.file},
        batch=batch,
        page=rows_page,
        rows=rows,
        topics=all_topics.order_by("task__exam_domain__number", "task__code", "ordinal"),
        remaining=rows_page.paginator.count,
    )


def _domain(question: Question) -> int | None:
    return question.exam_domain.number if question.exam_domain else None


def _assign_topics(request: HttpRequest, batch: ImportBatch) -> None:
    choices = {}
    for name, slug in request.POST.items():
        key = name.removeprefix("topic-")
        if name.startswith("topic-") and (pk := whole_number(key, 0)) and slug:
            topic, _slash, point = request.POST.get(f"point-{key}", "").partition("/")
            version = whole_number(request.POST.get(f"version-{key}"), -1)
            choices[pk] = topic_assignment.TopicChoice(str(slug), point if topic == slug else None, version)
    user = current_user(request)
    assigned, left_out = topic_assignment.assign_topics(batch, choices, now=timezone.now(), by=user)
    if assigned:
        message = ngettext("%(count)d topic was assigned.", "%(count)d topics were assigned.", len(assigned))
        messages.success(request, message % {"count": len(assigned)})
        log(request, assigned, _("Assigned a topic from the work list of an import."))
    if not choices:
        messages.warning(request, _("No topic was chosen, so nothing was changed."))
    for code, reason in left_out.items():
        messages.warning(request, f"{code}: {reason}")


@staff_page(VIEW)
def keys(request: HttpRequest, pk: int) -> HttpResponse:
    """List the drafts of an import with a guessable key."""
    batch = batch_or_404(pk)
    linted, not_linted = work_list.linted_questions(batch, timezone.localdate())
    guessable = [
        entry for entry in linted if entry.guessable_key_rules and entry.question.status == Question.Status.DRAFT
    ]
    rows_page = Paginator(guessable, _KEYS_PER_PAGE).get_page(request.GET.get("page"))
    questions = stored_bank.questions(Q(pk__in=[entry.question.pk for entry in rows_page]))
    stems = {ours.question.pk: ours.content.stem for ours in questions}
    rows = [
        {
            "question": entry.question,
            "stem": stems.get(entry.question.pk, ""),
            "definitions": [RULES[name].definition for name in entry.guessable_key_rules],
        }
        for entry in rows_page
    ]
    title = _("Guessable keys of %(file)s") % {"file": batch.file}
    return page(request, "keys", title, batch=batch, page=rows_page, rows=rows, not_linted=not_linted)


@staff_form(ACT)
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Submit the drafts of an import without errors for review; a warning is kept only with a reason."""
    batch = batch_to_act_on(request, pk)
    today, user = timezone.localdate(), current_user(request)
    submittable = work_list.submittable_keys(batch, today)
    selected = submittable[:_MAX_SUBMITTED]
    reasons = {
        name.removeprefix("reason-"): str(reason) for name, reason in request.POST.items() if name.startswith("reason-")
    }
    plan = action_plans.plan_submission(action_plans.select(selected, user), today, reasons)
    if request.method == "POST":
        result = approval.submit(plan, now=timezone.now(), by=user)
        if result.changed:
            count = len(result.changed)
            message = ngettext(
                "%(count)d question was submitted for review.", "%(count)d questions were submitted for review.", count
            )
            messages.success(request, message % {"count": count})
            log(request, result.changed, _("Submitted for review from the work list of an import."))
        for blocked in result.left_out[:_MAX_BLOCKED_SHOWN]:
            messages.warning(request, f"{blocked.question.code}: {' '.join(blocked.reasons)}")
        return redirect("admin:questions_import_submit" if plan.warned else "admin:questions_importbatch_change", pk)
    rules = [
        {"name": name, "definition": RULES[name].definition, "count": count} for name, count in plan.rules.most_common()
    ]
    return page(
        request,
        "submit",
        _("Submit the questions of %(file)s") % {"file": batch.file},
        batch=batch,
        plan=plan,
        rules=rules,
        total=len(submittable),
        limit=_MAX_SUBMITTED,
        selected=len(selected),
    )
