"""The history of a question: its wordings and what changed word by word, every act, and the way back."""

from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from questions.admin.typed import whole
from questions.content import differences
from questions.content.merge import fields, from_fields
from questions.content.schema import QuestionContent
from questions.models import History, Question, Revision
from questions.services import editing, ratings, review, wordings
from questions.services.errors import RefusedError

SHOWN = 200  # acts, the newest first
_TEXTS = ("wording", "rationales", "explanation", "references")
_SECRET = ("rating", "raters")
_NAMES = {
    "status": gettext_lazy("status"), "exam_domain": gettext_lazy("exam domain"), "topic": gettext_lazy("topic"),
    "place": gettext_lazy("place in the syllabus"), "points": gettext_lazy("points"),
    "enemies": gettext_lazy("enemies"), "rating": gettext_lazy("rating"), "raters": gettext_lazy("raters"),
    "as_of": gettext_lazy("facts checked on"), "license": gettext_lazy("license"),
    "collection": gettext_lazy("collection"), "author": gettext_lazy("author"), "code": gettext_lazy("code"),
    "waivers": gettext_lazy("warnings that are kept"), "revision": gettext_lazy("revision"),
    "rule": gettext_lazy("rule"), "text": gettext_lazy("text"), "from": gettext_lazy("from"),
    "kept": gettext_lazy("ours kept"), "key": gettext_lazy("key"), "batch": gettext_lazy("import"),
}  # fmt: skip


@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """All wordings, the newest first, each beside the one before it; then all acts."""
    question = _question(request, pk, "view")
    rows = list(
        question.revisions.order_by("number").select_related("made_by", "same_item_as").prefetch_related("options")
    )
    drafts = [wordings.content_of(row) for row in rows]
    changes: list[list[differences.ChangedPart]] = [
        [],
        *(differences.changed_parts(*pair) for pair in pairwise(drafts)),
    ]
    me: Any = request.user
    known = ratings.knows_rating(me, question)
    acts = question.history.select_related("by")[:SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": _("History of %s") % question.code,
        "question": question,
        "revisions": list(zip(reversed(rows), reversed(changes), reversed(drafts), strict=True)),
        "acts": [{"act": act, "parts": _parts(act), "facts": _facts(act, known=known)} for act in acts],
        "in_work": rows[-1] if rows and not rows[-1].published_at else None,
        "in_review": review.is_in_review(question),
        "may_change": request.user.has_perm("questions.change_question"),
    }
    return TemplateResponse(request, "admin/questions/question/versions.html", context)


@require_POST
def roll_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Brings an older wording back as the revision in work."""
    question = _question(request, pk, "change")
    newer = Revision.objects.filter(question=question, number__gt=OuterRef("number"))
    older = Revision.objects.filter(Exists(newer), question=question)
    revision = get_object_or_404(older, number=whole(request.POST.get("revision")))
    me: Any = request.user
    try:
        editing.roll_back(
            question, revision, read_version=whole(request.POST.get("lock_version"), -1),
            reason=request.POST.get("reason", ""), now=timezone.now(), by=me,
        )  # fmt: skip
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:questions_question_versions", pk)
    said = _("Brought back the wording of revision %d.") % revision.number
    LogEntry.objects.log_actions(me.pk, [question], CHANGE, change_message=said, single_object=True)
    messages.success(request, _("The older wording is in work again. Submit it for review when it is right."))
    return redirect("admin:questions_question_change", pk)


def _parts(act: History) -> list[differences.ChangedPart]:
    """What an edit changed in the texts, word by word."""
    before, after = act.before or {}, act.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    names = [name for name in _TEXTS if name in before and name in after]
    if not names:
        return []
    one, two = (
        {**fields(QuestionContent("", "", ())), **{name: values[name] for name in names}} for values in (before, after)
    )
    if "wording" not in names and "rationales" in names:
        for values in (one, two):
            options = [{"id": code, "correct": False, "text": ""} for code in values["rationales"]]
            values["wording"] = {**values["wording"], "options": options}
    return differences.changed_parts(from_fields("", 1, one), from_fields("", 1, two))


def _facts(act: History, *, known: bool) -> list[tuple[str, str | None, str | None]]:
    """Name, value before and value after of the facts that an act changed; ratings only for those who may know."""
    before, after = (values if isinstance(values, dict) else {} for values in (act.before, act.after))
    names = [name for name in {**before, **after} if name not in _TEXTS and (known or name not in _SECRET)]
    return [(str(_NAMES.get(name, name)), _value(before.get(name)), _value(after.get(name))) for name in names]


def _value(value: Any) -> str | None:
    """A value as text; None where there was or is none."""
    return None if value is None else differences.plain_text(value).replace("\n", ", ") or "–"


def _question(request: HttpRequest, pk: int, action: str) -> Question:
    if not request.user.has_perm(f"questions.{action}_question"):
        raise PermissionDenied
    return get_object_or_404(Question, pk=pk)
