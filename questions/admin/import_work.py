"""The work list of an import: topics by suggestion, keys that can be guessed, and all without errors to review."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from questions.admin.typed import whole
from questions.content.suggestions import Suggester
from questions.imports import work_list
from questions.lint import RULES
from questions.models import ImportBatch, Point, Question, Topic
from questions.services import action_plans, review, stored, topic_assignment

_TOPICS_ON_A_PAGE, _ON_A_PAGE = 20, 50
_SUBMITTED = 200  # at once: each is compared with the whole bank while somebody waits


def me(request: HttpRequest) -> Any:
    """The signed-in user."""
    return request.user


def may(request: HttpRequest, batch: ImportBatch) -> bool:
    """Whether somebody may act on an import: who made it, and who approves questions."""
    user = request.user
    if not user.has_perm("questions.add_question"):
        return False
    return batch.by_id == user.pk or user.has_perm("questions.approve_question")


def batch_for(request: HttpRequest, pk: int, act: str) -> ImportBatch:
    """The import of the address for whoever may look at it ('view') or act on it ('act')."""
    if not request.user.has_perm("questions.view_importbatch"):
        raise PermissionDenied
    batch = get_object_or_404(ImportBatch.objects.select_related("by"), pk=pk)
    if act != "view" and not may(request, batch):
        raise PermissionDenied
    return batch


def page(request: HttpRequest, step: str, title: str, **context: Any) -> TemplateResponse:
    """One page of an import."""
    known = {**admin.site.each_context(request), "title": title, "opts": ImportBatch._meta, "step": step, **context}
    return TemplateResponse(request, f"admin/questions/importbatch/{step}.html", known)


def of(batch: ImportBatch) -> work_list.WorkList:
    """The work list of an import, as of today."""
    return work_list.work_list(batch, timezone.localdate())


@require_http_methods(["GET", "HEAD", "POST"])
def topics(request: HttpRequest, pk: int) -> HttpResponse:
    """Topics for twenty questions at a time, each with a suggestion to take or to change."""
    batch = batch_for(request, pk, "act")
    here = reverse("admin:questions_import_topics", args=[pk])
    if request.method == "POST":
        _set_topics(request)
        return HttpResponseRedirect(here)
    waiting = Question.objects.filter(batch=batch, topic=None, status=Question.Status.DRAFT).order_by("code")
    shown = Paginator(waiting, _TOPICS_ON_A_PAGE).get_page(request.GET.get("page"))
    exam = batch.settings["exam"]
    syllabus = stored.syllabus(exam)
    suggester = None
    if syllabus and shown.object_list:
        placed = stored.questions(Q(topic__task__exam_domain__exam=exam))
        suggester = Suggester(syllabus, (each.content for each in placed))
    here_now = list(stored.questions(Q(pk__in=[row.pk for row in shown])))
    guesses = [
        suggester.suggest(each.content, each.question.exam_domain.number) if suggester else None for each in here_now
    ]
    points = {each.point for each in guesses if each and each.point}
    texts = dict(Point.objects.filter(code__in=points).values_list("code", "text"))
    rows = [
        {
            "question": each.question,
            "draft": each.content,
            "found": found,
            "point": found and texts.get(found.point or ""),
        }
        for each, found in zip(here_now, guesses, strict=True)
    ]
    known = Topic.objects.filter(task__exam_domain__exam=exam).select_related("task__exam_domain")
    return page(
        request, "topics", _("Topics for %(file)s") % {"file": batch.file}, batch=batch, page=shown, rows=rows,
        topics=known.order_by("task__exam_domain__number", "task__code", "ordinal"), left=shown.paginator.count,
    )  # fmt: skip


def _set_topics(request: HttpRequest) -> None:
    chosen = {}
    for name, slug in request.POST.items():
        key = name.removeprefix("topic-")
        if name.startswith("topic-") and (pk := whole(key)) and slug:
            point = request.POST.get(f"point-{key}", "")
            topic, _slash, of_topic = point.partition("/")
            version = whole(request.POST.get(f"version-{key}"), -1)
            chosen[pk] = topic_assignment.TopicChoice(str(slug), of_topic if topic == slug else None, version)
    given, left = topic_assignment.assign_topics(chosen, now=timezone.now(), by=me(request))
    if given:
        said = ngettext("%(count)d question has a topic now.", "%(count)d questions have a topic now.", len(given))
        messages.success(request, said % {"count": len(given)})
        sentence = _("Gave it a topic, from the work list of an import.")
        LogEntry.objects.log_actions(me(request).pk, given, CHANGE, change_message=sentence)
    for code, reason in left.items():
        messages.warning(request, f"{code}: {reason}")


@require_safe
def keys(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions of an import whose key can be guessed, each with a link to where it is rewritten."""
    batch = batch_for(request, pk, "view")
    looked, unseen = work_list.linted_questions(batch, timezone.localdate())
    found = [each for each in looked if each.guessable_key_rules and each.question.status == Question.Status.DRAFT]
    shown = Paginator(found, _ON_A_PAGE).get_page(request.GET.get("page"))
    stems = {
        each.question.pk: each.content.stem for each in stored.questions(Q(pk__in=[row.question.pk for row in shown]))
    }
    rows = [
        {
            "question": each.question,
            "stem": stems.get(each.question.pk, ""),
            "why": [RULES[name].definition for name in each.guessable_key_rules],
        }
        for each in shown
    ]
    title = _("Guessable keys of %(file)s") % {"file": batch.file}
    return page(request, "keys", title, batch=batch, page=shown, rows=rows, unseen=unseen)


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """All drafts of an import without errors go to the reviewers; a warning is kept only with a reason."""
    batch = batch_for(request, pk, "act")
    today = timezone.localdate()
    chosen = work_list.submittable_keys(batch, today)
    reasons = {
        name.removeprefix("reason-"): str(said) for name, said in request.POST.items() if name.startswith("reason-")
    }
    plan = action_plans.plan_submission(action_plans.select(chosen[:_SUBMITTED], me(request)), today, reasons)
    if request.method == "POST":
        done = review.submit(plan, now=timezone.now(), by=me(request))
        if done.changed:
            said = ngettext("%(count)d question waits for a reviewer.", "%(count)d questions wait for a reviewer.",
                            len(done.changed))  # fmt: skip
            messages.success(request, said % {"count": len(done.changed)})
            sentence = _("Submitted it for review, from the work list of an import.")
            LogEntry.objects.log_actions(me(request).pk, done.changed, CHANGE, change_message=sentence)
        for held in done.left_out[:5]:
            messages.warning(request, f"{held.question.code}: {' '.join(held.reasons)}")
        if not plan.warned:
            return HttpResponseRedirect(reverse("admin:questions_importbatch_change", args=[pk]))
        return HttpResponseRedirect(reverse("admin:questions_import_submit", args=[pk]))
    rules = [{"name": name, "says": RULES[name].definition, "count": count} for name, count in plan.rules.most_common()]
    return page(
        request, "submit", _("Submit the questions of %(file)s") % {"file": batch.file}, batch=batch, plan=plan,
        rules=rules, all=len(chosen), most=_SUBMITTED, shown=min(len(chosen), _SUBMITTED),
    )  # fmt: skip
