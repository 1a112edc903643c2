"""The page on which a question is written and edited, and what it asks for while one types: checks, points, a draft."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from questions.admin import conflict, detail
from questions.admin.finding_links import pointed
from questions.admin.question_form import Writing, points_of, take
from questions.admin.typed import whole
from questions.models import AutosavedEdit, Question
from questions.services import (
    authorship,
    editing,
    findings,
    ratings,
    review,
    review_feedback,
    revisions,
    search,
    waivers,
)
from questions.services.errors import EditConflictError, RefusedError


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One question. A post saves (and submits), or comes back with what was typed and why it was not saved."""
    question = _question(request, pk, change=request.method == "POST")
    if request.method == "POST":
        return _save(request, question)
    if pk and not request.user.has_perm("questions.change_question"):
        return detail.page(request, question)
    draft = AutosavedEdit.objects.filter(question=pk, user=_me(request)).first()
    if draft and "draft" in request.GET:
        data = QueryDict(mutable=True)
        for name, values in draft.data.items():
            data.setlist(name, values)
        return _page(request, question, Writing(question, _me(request), data), restored=True)
    return _page(request, question, Writing(question, _me(request)), left=draft)


def _save(request: HttpRequest, question: Question) -> HttpResponse:
    me, now = _me(request), timezone.now()
    data = request.POST.copy()
    for button, rows in (("_add", "options"), ("_add_reference", "references")):  # one row more, without a script
        if button in data:
            data[f"{rows}-TOTAL_FORMS"] = str(whole(data.get(f"{rows}-TOTAL_FORMS")) + 1)
            return _page(request, question, Writing(question, me, data), restored=True)
    if "chosen" in data and question.pk and (answer := _chosen(request, question, data)):
        return answer
    written = Writing(question, me, data)
    if not written.is_valid():
        return _page(request, question, written, status=422)
    said, is_new, pk = written.form.cleaned_data, not question.pk, question.pk
    if is_new:
        question.code = said["code"]
    try:
        saved = editing.save(
            question, written.draft(), written.facts(), read_version=said["lock_version"] or 0, now=now, by=me,
            reason=said["reason"], same_item=said["same_item"],
        )  # fmt: skip
    except EditConflictError:
        editing.autosave(question, conflict.typed(data), read_version=question.lock_version, now=now, by=me)
        return conflict.overtaken(request, question, written)
    except RefusedError as refusal:
        return _page(request, question, written, status=422, refusal=str(refusal))
    editing.discard_autosave(pk, me)
    try:
        for name, reason in data.items():
            if name.startswith("waive-") and str(reason).strip():
                waivers.waive([saved], name.removeprefix("waive-"), str(reason), now=now, by=me)
        mine = saved.rater_ratings.filter(rater=me).values_list("value", flat=True).first()
        if said["rating"] and said["rating"] != mine:
            ratings.rate([saved], said["rating"], now=now, by=me)
        if "_submit" in data:
            review.submit([saved], now=now, by=me)
    except RefusedError as refusal:
        messages.error(request, _("%(code)s is saved. %(refusal)s") % {"code": saved.code, "refusal": refusal})
    else:
        done = _("%s waits for a reviewer now.") if "_submit" in data else _("%s is saved.")
        messages.success(request, done % saved.code)
    flag = ADDITION if is_new else CHANGE
    said_in_log = _("Wrote the question.") if is_new else _("Saved the question.")
    LogEntry.objects.log_actions(me.pk, [saved], flag, change_message=said_in_log, single_object=True)
    return redirect("admin:questions_question_change", saved.pk)


def _chosen(request: HttpRequest, question: Question, data: QueryDict) -> HttpResponse | None:
    """Puts the chosen parts of a colleague's version into what was typed; an answer where nothing is to be saved."""
    me = _me(request)
    if "_theirs" in data:
        editing.discard_autosave(question.pk, me)
        messages.info(request, _("%s stays as it was saved last.") % question.code)
        return redirect("admin:questions_question_change", question.pk)
    taken = set() if "_mine" in data else conflict.chosen(data, "theirs")
    take(data, question, me, taken)
    for name in [name for name in data if name not in conflict.typed(data)]:
        del data[name]
    if "_write" not in request.POST:
        return None
    read = whole(data.get("lock_version"))
    editing.autosave(question, conflict.typed(data), read_version=read, now=timezone.now(), by=me)
    return _page(request, question, Writing(question, me, data), restored=True)


@require_POST
def lint(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What the checks say of the text as typed; near duplicates only on saving. Writes nothing."""
    question = _question(request, pk, change=True)
    found = _checks(question, Writing(question, _me(request), request.POST), near=False)
    return render(request, "admin/questions/_checks.html", found)


@require_safe
def points(request: HttpRequest) -> HttpResponse:
    """The points of a topic as checkboxes, with the ticks kept."""
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    data = {"points": points_of(request.GET.get("topic")), "ticked": request.GET.getlist("points")}
    return render(request, "admin/questions/_points.html", data)


@require_safe
def lookup(request: HttpRequest) -> HttpResponse:
    """Questions that hold the words typed, to name one as an enemy."""
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    found = search.search(request.GET.get("q", "")[:100], without=whole(request.GET.get("without")))
    rows = [{"value": each.code, "text": each.beginning, "url": _address(each.pk)} for each in found]
    return JsonResponse({"found": rows})


def _address(pk: int) -> str:
    return reverse("admin:questions_question_change", args=[pk])


@require_POST
def autosave(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keeps what was typed as the author's own draft; says when somebody else has saved the question since."""
    question = _question(request, pk, change=True)
    now, read = timezone.now(), whole(request.POST.get("lock_version"))
    editing.autosave(
        question if question.pk else None, conflict.typed(request.POST), read_version=read, now=now, by=_me(request)
    )
    at = timezone.localtime(now).strftime("%H:%M")
    if question.pk and question.lock_version != read:
        return JsonResponse({"at": at}, status=409)
    return JsonResponse({"at": at})


@require_POST
def discard(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Throws the author's own draft away."""
    question = _question(request, pk, change=True)
    editing.discard_autosave(question.pk, _me(request))
    return redirect("admin:questions_question_change", pk) if pk else redirect("admin:questions_question_add")


def _page(request: HttpRequest, question: Question, written: Writing, status: int = 200, **more: Any) -> HttpResponse:
    may = request.user.has_perm("questions.change_question")
    newest = revisions.newest_revision(question) if question.pk else None
    args = [question.pk] if question.pk else []
    in_work = bool(newest and not newest.published_at)
    in_review = in_work and review.is_in_review(question)
    others = AutosavedEdit.objects.filter(question=question.pk).exclude(user=_me(request)).select_related("user")
    context = {
        **admin.site.each_context(request),
        **_checks(question, written, near=in_work and not written.form.is_bound),
        "title": question.code if question.pk else _("Write a question"),
        "question": question,
        "written": written,
        "revision": newest,
        "published": bool(newest and newest.published_at),
        "in_review": in_review,
        "rating_known": not question.pk or ratings.knows_rating(_me(request), question),
        "rated_at": ratings.rated_at(question) if question.pk else None,
        "may_change": may,
        "may_take_back": may
        and in_review
        and authorship.is_own_submission(question, revisions.revision_in_work(question), _me(request)),
        "free_code": editing.free_code(question.code) if question.pk else "",
        "others": others if question.pk else [],
        "given_back": review_feedback.feedback(question) if in_work and not in_review else [],
        "urls": {
            name: reverse(f"admin:questions_question_{name}{'' if question.pk else '_new'}", args=args)
            for name in ("lint", "autosave", "discard")
        },
        **more,
    }
    response = TemplateResponse(request, "admin/questions/question/edit.html", context, status=status)
    response._csp_config = _csp()  # type: ignore[attr-defined]
    return response


def _csp() -> dict[str, Any]:
    """The site's policy, which also lets this page hold the preview in a frame."""
    return {**settings.SECURE_CSP, "frame-src": settings.SECURE_CSP["connect-src"]}


def _checks(question: Question, written: Writing, *, near: bool) -> dict[str, Any]:
    """The findings, and what is said above them; `near` also compares with the whole bank, which takes longer."""
    draft = written.draft()
    blank = not draft.stem and not draft.options
    shipped = question.origin == Question.Origin.SHIPPED
    found = (
        []
        if blank
        else findings.check(draft, written.exam(), timezone.localdate(), shipped=shipped, with_near_duplicates=near)
    )
    count = {letter: sum(each.severity == letter for each in found) for letter in "EWI"}
    return {
        "found": pointed(found, written),
        "count": count,
        "blank": blank,
        "keys": len(draft.keys),
        "draft": draft,
        "waivable": True,
    }


def _question(request: HttpRequest, pk: int | None, *, change: bool) -> Question:
    """The question of the address, or a new one, for whoever may do this to it."""
    needed = ("add" if pk is None else "change") if change or pk is None else "view"
    if not request.user.has_perm(f"questions.{needed}_question"):
        raise PermissionDenied
    if pk is None:
        return Question()
    return get_object_or_404(Question.objects.select_related("exam_domain", "topic__task", "author", "current"), pk=pk)


def _me(request: HttpRequest) -> Any:
    return request.user
