"""The exam that pages are about: practice, progress, plan, guide and the others that the header leads to.

Candidates choose it in the header, or by starting an exam or practice. It is kept with the candidate
(`Candidate.preferences`) and in a cookie, for people without a candidate. An exam that is gone, or no longer on the
start page, is forgotten without a word.

Candidates who have taken only exams of the house, such as that of a class, and have chosen no other exam, are shown no
other exam either: their pages are about the newest of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from exams import access, browser_choices
from exams.models import Attempt, Candidate, Participant, StudyGoal
from exams.services.people import candidates
from questions.bank_files.directories import has_guide
from questions.models import Blueprint
from questions.models.blueprint import remembered_of

NAME = "exam"  # of the field of the query, the cookie and the preference
OTHERS = "others"  # of the field of the query that shows the other exams to candidates of the house


@dataclass(frozen=True, slots=True)
class ExamScope:
    """The exams on the start page that a list leaves out, by code; and those of them with another syllabus.

    What was done in an exam that is not on the start page, such as that of a class, is listed with any of them.
    """

    other_codes: frozenset[str] = frozenset()
    of_other_syllabuses: frozenset[str] = frozenset()
    all_exams: bool = False


@dataclass(frozen=True, slots=True)
class ExamPages:
    """Which pages an exam has beside itself: a quiz of one's own may have none. Links to others are left out."""

    practice: bool = False
    plan: bool = False
    guide: bool = False


def offered_exams(request: HttpRequest) -> list[Blueprint]:
    """Return the exams on the start page that this person is shown, those that can be booked today first.

    One query for all of a request, also for `chosen_exam`.
    """
    rows = open_to_choice(request)
    return [row for row in rows if row.is_of_house] if _house_exams(request) else rows


def open_to_choice(request: HttpRequest) -> list[Blueprint]:
    """Return all exams on the start page."""
    return [row for row in _exams(request) if row.offered]


def hides_others(request: HttpRequest) -> bool:
    """Return whether the start page has exams that this person is not shown."""
    return len(offered_exams(request)) < len(open_to_choice(request))


def chosen_exam(request: HttpRequest) -> Blueprint:
    """Return `find_chosen`. Raise Http404 for an unknown exam, and where there is none."""
    chosen = find_chosen(request)
    if chosen is None:
        raise Http404
    return chosen


def find_chosen(request: HttpRequest) -> Blueprint | None:
    """Return the exam of a page: that of `?exam=`, else the remembered one, else the default one.

    `?exam=` may name any exam here, such as a quiz of a class that is not on the start page. A view that needs the
    candidate asks for it first: this reads the row again only if it was not read.
    """
    if named := _named(request):
        chosen = next((row for row in _exams(request) if row.code == named), None)
    elif house := _house_exams(request):
        chosen = next((row for row in offered_exams(request) if row.code in _choices(request)), house[0])
    else:
        chosen = _remembered(request, offered_exams(request)) or Blueprint.objects.with_topics().default()
    request._chosen_exam = chosen  # type: ignore[attr-defined]
    return chosen


def exam_scope(request: HttpRequest) -> ExamScope:
    """Return which exams a list is about: the chosen one, or with `?all=yes` all of them."""
    chosen = find_chosen(request)
    if "all" in request.GET:
        return ExamScope(all_exams=True)
    return scope_of(chosen, request) if chosen else ExamScope()


def scope_of(chosen: Blueprint, request: HttpRequest) -> ExamScope:
    """Return the scope of a page about this exam."""
    others = [row for row in offered_exams(request) if row.code != chosen.code]
    foreign = (row.code for row in others if row.exam.syllabus_code != chosen.exam.syllabus_code)
    return ExamScope(frozenset(row.code for row in others), frozenset(foreign))


def page_query(request: HttpRequest, syllabus: str) -> dict[str, str]:
    """Return the query of a page that has to be about this exam: none if the remembered one has its exam domains."""
    remembered = _remembered(request, offered_exams(request))
    return {} if remembered and remembered.exam.syllabus_code == syllabus else {NAME: syllabus}


def remember(response: HttpResponseBase, candidate: Candidate | None, blueprint: Blueprint) -> None:
    """Let the pages of this browser and of its candidate be about this exam, if it is on the start page."""
    if not blueprint.offered:
        return
    browser_choices.remember(response, NAME, blueprint.code)
    if candidate and candidate.preferences.get(NAME) != blueprint.code:
        candidates.update_preferences(candidate.pk, candidate.epoch, {NAME: blueprint.code})


def preference(blueprint: Blueprint) -> dict[str, str]:
    """Return the preference of a new candidate who begins with this exam."""
    return {NAME: blueprint.code} if blueprint.offered else {}


def newcomer_preference(request: HttpRequest) -> dict[str, str]:
    """Return the preference of a new candidate who begins with something else: the exam that the pages were about."""
    chosen = find_chosen(request)
    return preference(chosen) if chosen else {}


def class_preference(request: HttpRequest, blueprint: Blueprint) -> dict[str, str]:
    """Return the preference of a new candidate who joins a class: an exam of the house is about no other exam."""
    return preference(blueprint) if blueprint.is_of_house else newcomer_preference(request)


def context(request: HttpRequest) -> dict[str, Any]:
    """Return the exam of the page, and what the header offers instead; nothing where the page is not about it.

    `exam_query` keeps the exam that the address names in links to pages of the same exam. `exam_pages` says where
    links may lead, and `has_begun` whether to Today; they are read where a template asks.
    """
    chosen = getattr(request, "_chosen_exam", None)
    offered = offered_exams(request) if chosen else []
    return {
        "chosen_exam": chosen,
        "exam_choices": offered if len(offered) > 1 else [],
        "exam_query": f"?{NAME}={chosen.code}" if chosen and _named(request) else "",
        "exam_pages": SimpleLazyObject(lambda: _pages(request)),
        "has_begun": SimpleLazyObject(lambda: any(row.has_begun for row in _exams(request))),
    }


def _pages(request: HttpRequest) -> ExamPages:
    """Return the pages of the exam of the page, else of the remembered one; none if the start page has no exam."""
    chosen = getattr(request, "_chosen_exam", None)
    if chosen is None or not (chosen.offered or _named(request)):
        chosen = _remembered(request, offered_exams(request))
    if chosen is None:
        return ExamPages()
    practices = chosen.admits and bool(chosen.exam.practice)
    return ExamPages(practices, chosen.has_topics, chosen.has_topics and has_guide(chosen.exam))


def _named(request: HttpRequest) -> str:
    return request.GET.get(NAME, "").upper()


def _exams(request: HttpRequest) -> list[Blueprint]:
    """Return the exams on the start page, the one that the query names, and those `taken`, kept with the request.

    Each says whether this person `has_begun`, with any of them, and so has a page Today.
    """
    if not hasattr(request, "_exams"):
        owners = access.candidate_ids(request) if hasattr(request, "session") else []
        codes = Attempt.objects.filter(candidate__in=owners).values("blueprint_code")
        of_classes = Participant.objects.filter(candidate__in=owners).values("sitting__blueprint__code")
        taken = Q(code__in=codes) | Q(code__in=of_classes)
        has_begun = Exists(codes) | Exists(StudyGoal.objects.filter(candidate__in=owners))
        rows = Blueprint.objects.with_topics().with_house().newest()
        flags = {"taken": taken, "has_begun": has_begun}
        rows = rows.annotate(**{name: ExpressionWrapper(flag, BooleanField()) for name, flag in flags.items()})
        rows = rows.filter(Q(offered=True) | Q(code=_named(request)) | Q(taken=True))
        today = timezone.localdate()
        in_order = sorted(rows, key=lambda row: (not row.exam.is_bookable(today), row.code))
        request._exams = in_order  # type: ignore[attr-defined]
    exams: list[Blueprint] = request._exams  # type: ignore[attr-defined]
    return exams


def _house_exams(request: HttpRequest) -> list[Blueprint]:
    """Return the exams taken by somebody who took and chose only those of the house, the newest first; else none."""
    rows = _exams(request)
    taken = [row for row in rows if row.taken]
    chosen = {*_choices(request), _named(request)}
    if OTHERS in request.GET or not all(row.is_of_house for row in rows if row.taken or row.code in chosen):
        return []
    if len(taken) > 1:
        taken.sort(key=lambda row: row.code != _last_taken(request))
    return taken


def _last_taken(request: HttpRequest) -> str | None:
    """Return the code of the exam that was started last, kept with the request: the header and the page ask for it."""
    if not hasattr(request, "_last_taken"):
        attempts = Attempt.objects.filter(candidate__in=access.candidate_ids(request)).order_by("-started_at")
        request._last_taken = attempts.values_list("blueprint_code", flat=True).first()  # type: ignore[attr-defined]
    code: str | None = request._last_taken  # type: ignore[attr-defined]
    return code


def _choices(request: HttpRequest) -> tuple[object, object]:
    """Return the code of the exam that the candidate has chosen, then that of the cookie."""
    return access.preferences(request).get(NAME), request.COOKIES.get(NAME)


def _remembered(request: HttpRequest, offered: Sequence[Blueprint]) -> Blueprint | None:
    """Return the exam of the candidate, else of the cookie, else the default one of these; None without any.

    Newcomers prepare for an exam that they can book.
    """
    is_newcomer = access.read_candidate(request) is None
    return remembered_of(offered, _choices(request), timezone.localdate() if is_newcomer else None)
