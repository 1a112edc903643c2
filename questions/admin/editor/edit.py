"""The page on which a question is edited, and its requests while typing: checks, points, look-up, autosave."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from questions.admin.editor import conflict, detail
from questions.admin.editor.finding_links import link_findings
from questions.admin.editor.key_change import describe
from questions.admin.editor.question_fields import FactsForm, points_of
from questions.admin.editor.question_form import QuestionForms, take_parts
from questions.admin.staff_page import current_user, log, render_page, staff_action, staff_form, staff_page
from questions.content.parts import NEEDED_FACTS, PARTS
from questions.content.typed_numbers import whole_number
from questions.imports.planner import new_code
from questions.lint.summary import summary
from questions.models import AutosavedEdit, Question
from questions.services import (
    approval,
    authorship,
    blueprints,
    editing,
    findings,
    key_changes,
    ratings,
    revisions,
    search,
    waivers,
)
from questions.services.errors import EditConflictError, QuestionDeletedError, ReasonRequiredError, RefusedError

ADD, CHANGE_QUESTION, VIEW = "questions.add_question", "questions.change_question", "questions.view_question"


def _edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The page of a question. A post saves and submits, or shows what was typed with the reasons for not saving."""
    if request.method == "POST":
        try:
            return _save(request, _question(pk))
        except (Http404, QuestionDeletedError):
            return _offer_as_new(request)
    question, user = _question(pk), current_user(request)
    if pk and not user.has_perm("questions.change_question"):
        return detail.page(request, question)
    autosaved_edit = AutosavedEdit.objects.filter(question=pk, user=user).first()
    if autosaved_edit and "draft" in request.GET:
        data = QueryDict(mutable=True)
        for name, values in autosaved_edit.data.items():
            data.setlist(name, values)
        return _page(request, question, QuestionForms(question, user, data), restored=True)
    like = None
    if not pk and "like" in request.GET:  # one's own, after which another one is written
        like = Question.objects.filter(pk=whole_number(request.GET["like"], 0), author=user).first()
    return _page(request, question, QuestionForms(question, user, like=like), autosaved_edit=autosaved_edit)


add, change = staff_form(ADD)(_edit), staff_page(VIEW, post=CHANGE_QUESTION)(_edit)


def _save(request: HttpRequest, question: Question) -> HttpResponse:
    user, now = current_user(request), timezone.now()
    data = request.POST.copy()
    for button, rows in (("_add", "options"), ("_add_reference", "references")):  # without JavaScript
        if button in data:
            data[f"{rows}-TOTAL_FORMS"] = str(whole_number(data.get(f"{rows}-TOTAL_FORMS"), 0) + 1)
            return _page(request, question, QuestionForms(question, user, data), restored=True)
    if "chosen" in data and question.pk and (response := _apply_choices(request, question, data)):
        return response
    question_forms = QuestionForms(question, user, data)
    if not question_forms.is_valid():
        return _page(request, question, question_forms, status=422)
    values, is_new, pk = question_forms.form.cleaned_data, not question.pk, question.pk
    if is_new:
        question.code = values["code"] or editing.unused_code(new_code(question_forms.content()))
    try:
        saved = editing.save(
            question,
            question_forms.content(),
            question_forms.links(),
            read_version=values["lock_version"] or 0,
            now=now,
            by=user,
            reason=values["reason"],
            same_item=values["same_item"],
        )
    except EditConflictError:
        typed = conflict.typed_values(data)
        editing.autosave(question, typed, now=now, by=user)
        return conflict.edit_conflict(request, question, question_forms)
    except QuestionDeletedError:
        raise
    except RefusedError as refusal:
        needs_reason = isinstance(refusal, ReasonRequiredError)
        context = {"refusal": str(refusal), "needs_reason": needs_reason}
        return _page(request, question, question_forms, status=422, **context)
    editing.discard_autosave(pk, user)
    change = key_changes.key_change(saved)
    if change and change.n_exams:
        messages.warning(request, describe(change, user))
    try:
        for name, reason in data.items():
            if name.startswith("waive-") and str(reason).strip():
                waivers.waive([saved], name.removeprefix("waive-"), str(reason), now=now, by=user)
        own_rating = saved.rater_ratings.filter(rater=user).values_list("value", flat=True).first()
        is_rated = bool(values["rating"]) and values["rating"] != own_rating
        if is_rated and ratings.rate([saved], values["rating"], now=now, by=user):
            messages.info(request, _("Candidates get this question. Your rating counts once a reviewer rates it."))
        if "_submit" in data:
            approval.submit([saved], now=now, by=user)
    except QuestionDeletedError:
        raise
    except RefusedError as refusal:
        messages.error(request, _("%(code)s is saved. %(refusal)s") % {"code": saved.code, "refusal": refusal})
    else:
        message = _("%s was submitted for review.") if "_submit" in data else _("%s is saved.")
        messages.success(request, message % saved.code)
    flag = ADDITION if is_new else CHANGE
    entry = _("Created the question.") if is_new else _("Saved the question.")
    log(request, saved, entry, flag)
    if data.get("_submit") == "another" and approval.is_in_review(saved):
        return redirect(f"{reverse('admin:questions_question_add')}?like={saved.pk}")
    return redirect("admin:questions_question_change", saved.pk)


def _offer_as_new(request: HttpRequest) -> HttpResponse:
    """Show the typed text of a question that was deleted meanwhile as a new question, so that it is not lost."""
    if not current_user(request).has_perm(ADD):
        raise PermissionDenied
    question, data = Question(), request.POST.copy()
    data["lock_version"] = "0"
    advice = _("To keep your text, save it as a new question.")
    question_forms = QuestionForms(question, current_user(request), data)
    return _page(request, question, question_forms, 409, restored=True, refusal=f"{QuestionDeletedError()} {advice}")


def _apply_choices(request: HttpRequest, question: Question, data: QueryDict) -> HttpResponse | None:
    """Replace the typed values of the parts for which the colleague's version was chosen.

    Return a response if nothing is to be saved, else None.
    """
    user = current_user(request)
    if "_theirs" in data:
        editing.discard_autosave(question.pk, user)
        messages.info(request, _("%s was not changed.") % question.code)
        return redirect("admin:questions_question_change", question.pk)
    parts = set() if "_mine" in data else conflict.chosen_parts(data, "theirs")
    take_parts(data, question, user, parts)
    typed = conflict.typed_values(data)
    for name in [name for name in data if name not in typed]:
        del data[name]
    if "_write" not in request.POST:
        return None
    editing.autosave(question, conflict.typed_values(data), now=timezone.now(), by=user)
    return _page(request, question, QuestionForms(question, user, data), restored=True)


def _lint(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Check the typed text, except for near duplicates. Write nothing."""
    question = _question(pk)
    question_forms = QuestionForms(question, current_user(request), request.POST)
    context = _check_results(question, question_forms, with_near_duplicates=False)
    return render(request, "admin/questions/editor/_check_results.html", context)


@staff_page(VIEW)
def points(request: HttpRequest) -> HttpResponse:
    """The points of a topic as checkboxes."""
    context = {"points": points_of(request.GET.get("topic")), "ticked": request.GET.getlist("points")}
    return render(request, "admin/questions/editor/_points.html", context)


@staff_page(VIEW)
def places(request: HttpRequest) -> HttpResponse:
    """The exam domains and topics of the exams that draw from a collection, as lists to choose from."""
    exams = blueprints.exams_drawing(request.GET.get("collection", "")[:40])
    form = FactsForm(initial={name: request.GET.get(name) for name in ("topic", "exam_domain")}, exams=exams)
    return render(request, "admin/questions/editor/_places.html", {"form": form})


@staff_page(VIEW)
def lookup(request: HttpRequest) -> HttpResponse:
    """Search questions by words, to choose enemies."""
    results = search.search(request.GET.get("q", "")[:100], without=whole_number(request.GET.get("without"), 0))
    rows = [
        {
            "value": result.code,
            "text": result.beginning,
            "url": reverse("admin:questions_question_change", args=[result.pk]),
        }
        for result in results
    ]
    return JsonResponse({"results": rows})


def _autosave(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Store what was typed as the user's unsaved edit.

    Status 409 if the question was saved meanwhile, 410 and nothing stored if it was deleted.
    """
    now, read_version = timezone.now(), whole_number(request.POST.get("lock_version"), 0)
    typed = conflict.typed_values(request.POST)
    try:
        question = _question(pk)
        row = question if question.pk else None
        editing.autosave(row, typed, now=now, by=current_user(request))
    except (Http404, QuestionDeletedError):
        return JsonResponse({}, status=410)
    at = timezone.localtime(now).strftime("%H:%M")
    if question.pk and question.lock_version != read_version:
        return JsonResponse({"at": at}, status=409)
    return JsonResponse({"at": at})


def _discard(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Delete the user's unsaved edit."""
    question = _question(pk)
    editing.discard_autosave(question.pk, current_user(request))
    return redirect("admin:questions_question_change", pk) if pk else redirect("admin:questions_question_add")


lint, autosave, discard = map(staff_action(CHANGE_QUESTION), (_lint, _autosave, _discard))
lint_new, autosave_new, discard_new = map(staff_action(ADD), (_lint, _autosave, _discard))


def _page(
    request: HttpRequest, question: Question, question_forms: QuestionForms, status: int = 200, **extra: Any
) -> HttpResponse:
    user = current_user(request)
    may_change = user.has_perm("questions.change_question")
    newest = revisions.newest_revision(question) if question.pk else None
    args = [question.pk] if question.pk else []
    in_work = bool(newest and not newest.published_at)
    in_review = in_work and approval.is_in_review(question)
    other_edits = AutosavedEdit.objects.filter(question=question.pk).exclude(user=user).select_related("user")
    context = {
        **_check_results(question, question_forms, with_near_duplicates=in_work and not question_forms.form.is_bound),
        "title": question.code if question.pk else _("Write a question"),
        "question": question,
        "question_forms": question_forms,
        "revision": newest,
        "published": bool(newest and newest.published_at),
        "in_review": in_review,
        "rating_known": not question.pk or ratings.knows_rating(current_user(request), question),
        "rated_at": ratings.rated_at(question) if question.pk else None,
        "may_change": may_change,
        "may_approve": user.has_perm(authorship.APPROVE),
        "may_take_back": may_change
        and in_review
        and authorship.is_own_submission(question, revisions.revision_in_work(question), user),
        "free_code": editing.free_code(question.code) if question.pk else "",
        "other_edits": other_edits if question.pk else [],
        "feedback": approval.feedback(question) if in_work and not in_review else [],
        "urls": {
            name: reverse(f"admin:questions_question_{name}{'' if question.pk else '_new'}", args=args)
            for name in ("lint", "autosave", "discard")
        },
        **extra,
    }
    response = render_page(request, "admin/questions/editor/edit.html", context, status)
    response._csp_config = _csp()  # type: ignore[attr-defined]
    return response


def _csp() -> dict[str, Any]:
    """Return the policy of the site, extended for the preview in a frame."""
    return {**settings.SECURE_CSP, "frame-src": settings.SECURE_CSP["connect-src"]}


def _check_results(question: Question, question_forms: QuestionForms, *, with_near_duplicates: bool) -> dict[str, Any]:
    """Return the findings and their counts; the search for near duplicates compares with the whole bank."""
    if overlong := question_forms.overlong():
        return {"overlong": overlong, "findings": [], "summary": summary([]), "count": dict.fromkeys("EWI", 0)}
    content = question_forms.content()
    blank = not content.stem and not content.options
    shipped = question.origin == Question.Origin.SHIPPED
    results = []
    if not blank:
        results = findings.check(
            content,
            question_forms.exam(),
            timezone.localdate(),
            shipped=shipped,
            with_near_duplicates=with_near_duplicates,
        )
    return {
        "findings": link_findings(results, question_forms),
        "summary": summary(results),
        "count": {severity: sum(finding.severity == severity for finding in results) for severity in "EWI"},
        "blank": blank,
        "undrawn": "" if blank else blueprints.undrawn_place(content, question_forms.exam()),
        "needed": [_(PARTS[name].needed) for name in NEEDED_FACTS if not getattr(content, name)],
        "select_missing": any(finding.rule in ("select-missing", "choose-mismatch") for finding in results),
        "keys": len(content.keys),
        "can_waive": True,
    }


def _question(pk: int | None) -> Question:
    """Return the question of the address, or a new one."""
    return get_object_or_404(Question.objects.with_place(), pk=pk) if pk else Question()
