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

from questions import differences, findings, reviewing, writing
from questions.admin.form import Writing, points_of
from questions.lifecycle import Refused
from questions.models import Draft, History, Question

_NOT_KEPT = ("csrfmiddlewaretoken", "_save", "_submit", "_add")


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One question. A post saves (and submits), or comes back with what was typed and why it was not saved."""
    question = _question(request, pk, change=request.method == "POST")
    if request.method == "POST":
        return _save(request, question)
    draft = Draft.objects.filter(question=pk, user=_me(request)).first()
    if draft and "draft" in request.GET:
        data = QueryDict(mutable=True)
        for name, values in draft.data.items():
            data.setlist(name, values)
        return _page(request, question, Writing(question, _me(request), data), restored=True)
    return _page(request, question, Writing(question, _me(request)), left=draft)


def _save(request: HttpRequest, question: Question) -> HttpResponse:
    me, now = _me(request), timezone.now()
    data = request.POST.copy()
    if "_add" in data:  # one row more, for those without a script
        data["options-TOTAL_FORMS"] = str(_number(data.get("options-TOTAL_FORMS")) + 1)
        return _page(request, question, Writing(question, me, data))
    written = Writing(question, me, data)
    if not written.is_valid():
        return _page(request, question, written, status=422)
    said, is_new, pk = written.form.cleaned_data, not question.pk, question.pk
    if is_new:
        question.code = said["code"]
    try:
        saved = writing.save(
            question, written.draft(), written.facts(), read=said["lock_version"] or 0, now=now, by=me,
            reason=said["reason"], same_item=said["same_item"],
        )  # fmt: skip
    except writing.Overtaken as refusal:
        return _overtaken(request, question, written, str(refusal))
    except Refused as refusal:
        return _page(request, question, written, status=422, refusal=str(refusal))
    writing.end_draft(pk, me)
    try:
        mine = saved.rater_ratings.filter(rater=me).values_list("value", flat=True).first()
        if said["rating"] and said["rating"] != mine:
            reviewing.rate(saved, said["rating"], now=now, by=me)
        for name, reason in data.items():
            if name.startswith("waive-") and str(reason).strip():
                reviewing.waive(saved, name.removeprefix("waive-"), str(reason), now=now, by=me)
        if "_submit" in data:
            reviewing.submit(saved, now=now, by=me)
    except Refused as refusal:
        messages.error(request, _("%(code)s is saved. %(refusal)s") % {"code": saved.code, "refusal": refusal})
    else:
        done = _("%s waits for a reviewer now.") if "_submit" in data else _("%s is saved.")
        messages.success(request, done % saved.code)
    flag = ADDITION if is_new else CHANGE
    LogEntry.objects.log_actions(me.pk, [saved], flag, change_message="written", single_object=True)
    return redirect("admin:questions_question_change", saved.pk)


def _overtaken(request: HttpRequest, question: Question, written: Writing, refusal: str) -> HttpResponse:
    """Both versions, part by part. Saving again keeps what is typed here, for now somebody has seen the other."""
    me = _me(request)
    writing.keep_draft(question, _kept(request), read=question.lock_version, now=timezone.now(), by=me)
    theirs, mine = writing.stored(question), written.draft()
    data = request.POST.copy()
    data["lock_version"] = str(Question.objects.values_list("lock_version", flat=True).get(pk=question.pk))
    last = History.objects.filter(question=question).select_related("by").first()
    more = {"parts": differences.parts(theirs, mine) if theirs else [], "last": last, "refusal": refusal}
    return _page(request, question, Writing(question, me, data), status=409, **more)


@require_POST
def lint(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What the checks say of the text as typed; near duplicates only on saving. Writes nothing."""
    question = _question(request, pk, change=True)
    return render(
        request, "admin/questions/_checks.html", _checks(question, Writing(question, _me(request), request.POST))
    )


@require_safe
def points(request: HttpRequest) -> HttpResponse:
    """The points of a topic as checkboxes, with the ticks kept."""
    if not request.user.has_perm("questions.view_question"):
        raise PermissionDenied
    data = {"points": points_of(request.GET.get("topic")), "ticked": request.GET.getlist("points")}
    return render(request, "admin/questions/_points.html", data)


@require_POST
def autosave(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keeps what was typed as the author's own draft; says when somebody else has saved the question since."""
    question = _question(request, pk, change=True)
    now, read = timezone.now(), _number(request.POST.get("lock_version"))
    writing.keep_draft(question if question.pk else None, _kept(request), read=read, now=now, by=_me(request))
    at = timezone.localtime(now).strftime("%H:%M")
    if question.pk and question.lock_version != read:
        return JsonResponse({"at": at}, status=409)
    return JsonResponse({"at": at})


@require_POST
def discard(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Throws the author's own draft away."""
    question = _question(request, pk, change=True)
    writing.end_draft(question.pk, _me(request))
    return redirect("admin:questions_question_change", pk) if pk else redirect("admin:questions_question_add")


def _page(request: HttpRequest, question: Question, written: Writing, status: int = 200, **more: Any) -> HttpResponse:
    may = request.user.has_perm("questions.change_question")
    newest = writing.newest(question) if question.pk else None
    args = [question.pk] if question.pk else []
    rated = question.pk and question.rater_ratings.filter(rater=_me(request)).exists()
    others = Draft.objects.filter(question=question.pk).exclude(user=_me(request)).select_related("user")
    context = {
        **admin.site.each_context(request),
        **_checks(question, written),
        "title": question.code if question.pk else _("Write a question"),
        "question": question,
        "written": written,
        "revision": newest,
        "published": bool(newest and newest.published_at),
        "in_review": bool(question.pk) and reviewing.is_in_review(question),
        "rating_known": not question.pk or rated or question.status in ("pilot", "live", "retired"),
        "may_change": may,
        "others": others if question.pk else [],
        "urls": {
            name: reverse(f"admin:questions_question_{name}{'' if question.pk else '_new'}", args=args)
            for name in ("lint", "autosave", "discard")
        },
        **more,
    }
    response = TemplateResponse(request, "admin/questions/question/write.html", context, status=status)
    response._csp_config = _csp()  # type: ignore[attr-defined]
    return response


def _csp() -> dict[str, Any]:
    """The site's policy, which also lets this page hold the preview in a frame."""
    return {**settings.SECURE_CSP, "frame-src": settings.SECURE_CSP["connect-src"]}


def _checks(question: Question, written: Writing) -> dict[str, Any]:
    draft = written.draft()
    blank = not draft.stem and not draft.options
    shipped = question.origin == Question.Origin.SHIPPED
    found = [] if blank else findings.check(draft, written.exam(), timezone.localdate(), shipped=shipped, near=False)
    count = {letter: sum(each.severity == letter for each in found) for letter in "EWI"}
    return {"found": found, "count": count, "blank": blank, "keys": len(draft.keys), "draft": draft, "waivable": True}


def _question(request: HttpRequest, pk: int | None, *, change: bool) -> Question:
    """The question of the address, or a new one, for whoever may do this to it."""
    needed = ("add" if pk is None else "change") if change or pk is None else "view"
    if not request.user.has_perm(f"questions.{needed}_question"):
        raise PermissionDenied
    if pk is None:
        return Question()
    return get_object_or_404(Question.objects.select_related("exam_domain", "topic__task", "author", "current"), pk=pk)


def _kept(request: HttpRequest) -> dict[str, list[str]]:
    return {name: request.POST.getlist(name) for name in request.POST if name not in _NOT_KEPT}


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


def _me(request: HttpRequest) -> Any:
    return request.user
