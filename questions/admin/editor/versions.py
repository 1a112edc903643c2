"""The history of a question: its revisions with word by word changes, all records, and going back to a revision."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from questions.admin.staff_page import current_user, log, staff_action, staff_page
from questions.content import differences
from questions.content.parts import COMMENTARY, LABELS, fields, from_fields
from questions.content.schema import ASKABLE_STATUSES, QuestionContent
from questions.content.typed_numbers import whole_number
from questions.lint import definition_of
from questions.models import History, Question, Revision
from questions.services import approval, editing, ratings, wordings
from questions.services.errors import RefusedError

MAX_HISTORY_ENTRIES = 200  # the newest first
_TEXT_FIELDS = ("wording", *COMMENTARY)
_RATING_FACTS = ("rating", "raters")
_WITH_REASON = ("waived", "promoted", "retired")  # actions whose text says why
_NAMES = LABELS | {
    "raters": gettext_lazy("raters"), "author": gettext_lazy("author"), "code": gettext_lazy("code"),
    "exam_domain": gettext_lazy("exam domain"), "topic": gettext_lazy("topic"), "revision": gettext_lazy("revision"),
    "rule": gettext_lazy("rule"), "text": gettext_lazy("text"), "from": gettext_lazy("from"),
    "kept": gettext_lazy("local version kept"), "key": gettext_lazy("key"), "batch": gettext_lazy("import"),
}  # fmt: skip
_OBSTACLES = {
    "n": gettext_lazy("too few answers"), "p": gettext_lazy("share of right answers"),
    "r": gettext_lazy("discrimination"), "key": gettext_lazy("key"), "distractors": gettext_lazy("wrong options"),
    "omitted": gettext_lazy("left unanswered"), "se": gettext_lazy("uncertain difficulty"),
    "infit": gettext_lazy("fit to the model"),
}  # fmt: skip


@staff_page("questions.view_question", "admin/questions/editor/versions.html")
def page(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Show all revisions, the newest first, each compared with the one before, and all records."""
    question = get_object_or_404(Question.objects.with_place(), pk=pk)
    rows = list(
        question.revisions.order_by("number").select_related("made_by", "same_item_as").prefetch_related("options")
    )
    contents = [wordings.content_of(row) for row in rows]
    changes: list[list[differences.ChangedPart]] = [
        [],
        *(differences.changed_parts(*pair) for pair in pairwise(contents)),
    ]
    user = current_user(request)
    knows_rating = ratings.knows_rating(user, question)
    records = question.history.select_related("by")[:MAX_HISTORY_ENTRIES]
    return {
        "title": _("History of %s") % question.code,
        "question": question,
        "is_asked": question.status in ASKABLE_STATUSES,
        "revisions": list(zip(reversed(rows), reversed(changes), reversed(contents), strict=True)),
        "history": [
            {"record": record, "parts": _parts(record), "facts": _facts(record, knows_rating=knows_rating)}
            for record in records
        ],
        "in_work": rows[-1] if rows and not rows[-1].published_at else None,
        "in_review": approval.is_in_review(question),
        "may_change": request.user.has_perm("questions.change_question"),
    }


@staff_action("questions.change_question")
def roll_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new revision of an older one."""
    question = get_object_or_404(Question.objects.with_place(), pk=pk)
    newer = Revision.objects.filter(question=question, number__gt=OuterRef("number"))
    older = Revision.objects.filter(Exists(newer), question=question)
    revision = get_object_or_404(older, number=whole_number(request.POST.get("revision"), 0))
    user = current_user(request)
    try:
        editing.roll_back(
            question, revision, read_version=whole_number(request.POST.get("lock_version"), -1),
            reason=request.POST.get("reason", ""), now=timezone.now(), by=user,
        )  # fmt: skip
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:questions_question_versions", pk)
    log(request, question, _("Restored revision %d.") % revision.number)
    messages.success(request, _("The older text is restored as a new revision. Submit it for review when it is ready."))
    return redirect("admin:questions_question_change", pk)


def _parts(record: History) -> list[differences.ChangedPart]:
    """Return the changes of texts in a record, for a word by word comparison."""
    before, after = record.before or {}, record.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    names = [name for name in _TEXT_FIELDS if name in before and name in after]
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


def _facts(record: History, *, knows_rating: bool) -> list[tuple[str, str | None, str | None]]:
    """Return name, value before and value after of the changed facts, ratings only if `knows_rating`."""
    before, after = (values if isinstance(values, dict) else {} for values in (record.before, record.after))
    hidden = {*_TEXT_FIELDS, "evidence", *(() if knows_rating else _RATING_FACTS)}
    names = _NAMES | ({"text": gettext_lazy("reason")} if record.action in _WITH_REASON else {})
    facts = [
        (_(str(names.get(name, name))), _value(name, before.get(name)), _value(name, after.get(name)))
        for name in {**before, **after}
        if name not in hidden
    ]
    return [*facts, *((name, None, value) for name, value in _evidence_facts(after.get("evidence")))]


def _value(name: str, value: Any) -> str | None:
    """Return a value as text, or None."""
    if name == "rule" and value is not None:
        return definition_of(value)
    return None if value is None else differences.part_text(name, value).replace("\n", ", ") or "–"


def _evidence_facts(evidence: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return name and value of each figure on which somebody decided about a pilot; nothing without evidence."""
    if not evidence:
        return []
    n, p, r, b, se, infit = (evidence.get(name) for name in ("n", "p", "r", "b", "se", "infit"))
    answers = _("%d, simulated") % (n or 0) if evidence.get("synthetic") else str(n or 0)
    facts = [(_("answers"), answers)]
    if p is not None:
        facts.append((_("right"), f"{p:.0%}"))
    if r is not None:
        facts.append((_("discrimination"), _number(r)))
    if b is not None:
        difficulty = _number(b) if se is None else _("%(b)s ± %(se)s") % {"b": _number(b), "se": _number(se)}
        facts.append((_("difficulty (0: an even chance at the pass line)"), difficulty))
    if infit is not None:
        facts.append((_("infit"), _number(infit)))
    obstacles = ", ".join(str(_OBSTACLES.get(name, name)) for name in evidence.get("obstacles", ()))
    facts.append((_("against promotion"), obstacles or _("nothing")))
    return facts


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
