"""The page of practice: what is open, the kinds of practice, and the builder of quizzes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from exams import access
from exams.chosen_exam import chosen_exam, scope_of
from exams.models import Attempt
from exams.services.practice import practice, selection
from exams.services.practice.composition import composition, parts_of
from exams.services.practice.filters import (
    FLAGGED,
    STARRED,
    SURE_WRONG,
    UNANSWERED,
    UNSEEN,
    UNSURE,
    WRONG,
    FilterError,
    Filters,
)
from exams.services.practice.next_step_words import cost_words
from exams.services.practice.study_records import StudyRecords, study_records
from exams.services.results.history import has_begun
from exams.services.results.report import duration
from exams.views.attempt.rules import StartToken
from exams.views.pages import safe_page
from exams.views.practice.today import step_context, zone_of
from questions.models import Blueprint, Question
from questions.services.stored_bank import kept_syllabus

STATE_LABELS = {
    UNSEEN: gettext_lazy("New to you"),
    WRONG: gettext_lazy("Missed: wrong, or left open in an exam"),
    FLAGGED: gettext_lazy("Flagged at your last answer"),  # a later answer without the flag takes it off
    STARRED: gettext_lazy("Starred"),
    UNSURE: gettext_lazy("Guessed or unsure"),
    SURE_WRONG: gettext_lazy("Sure but wrong"),
    UNANSWERED: gettext_lazy("Not answered"),
}
NONE_OF_STATE = {  # of all questions
    UNSEEN: gettext_lazy("you have seen all"),
    WRONG: gettext_lazy("you have missed none"),
    FLAGGED: gettext_lazy("none was flagged then"),
    STARRED: gettext_lazy("you have starred none"),
    UNSURE: gettext_lazy("none that a quiz may ask"),
    SURE_WRONG: gettext_lazy("none that a quiz may ask"),
    UNANSWERED: gettext_lazy("you have answered all"),
}
NONE_BUT_ON_TRIAL = {
    FLAGGED: ngettext_lazy(
        "%(n)d flagged is on trial: practice never asks it", "%(n)d flagged are on trial: practice never asks them", "n"
    ),
    STARRED: ngettext_lazy(
        "%(n)d starred is on trial: practice never asks it", "%(n)d starred are on trial: practice never asks them", "n"
    ),
}
MAX_OPEN_SHOWN = 3  # at once, more on demand
WORKOUT_SIZE = 20
SESSION_SIZE = 20  # of repetition and of mistakes, at most


@dataclass(frozen=True, slots=True)
class Kind:
    """Practice that one button starts: its title, what it is, the text of the button, and the fields it posts.

    It has no button if it has no question to ask. `asks` says how many questions of it are new, due and so on, and
    `cost` how many unused mock exams they leave, if that is fewer than before.
    """

    title: str
    text: str
    button: str
    kind: str
    collection: str = ""
    size: int | None = None
    asks: str = ""
    cost: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of the filter `name`, with the number of questions that match it and all other filters.

    `why` says why there is none. What has none can be ticked only to untick it: a quiz of it would ask nothing.
    """

    name: str
    value: str
    label: str
    count: int
    chosen: bool
    why: str

    @property
    def html(self) -> SafeString:
        """The box to tick, joined here for speed: there are 150 on the page."""
        value, why = escape(self.value), f", {self.why}" if self.why else ""
        is_barred = not (self.count or self.chosen)
        return mark_safe(
            f'<label class="check{"" if self.count else " none"}"><input type="checkbox" name="{self.name}"'
            f' value="{value}"{" checked" * self.chosen}{" disabled" * is_barred} autocomplete="off"><span>'
            f'{escape(self.label)} <span class="count" data-count="{self.name}:{value}">{self.count}{escape(why)}'
            "</span></span></label>"
        )


class Again(NamedTuple):
    """A practice of `n` questions, `of` those that were asked today or were right lately, as the fields of a form."""

    fields: list[tuple[str, str]]
    n: int
    of: int


class TopicRow(NamedTuple):
    """One topic of the syllabus, with its exam domain and the code and the title of its task."""

    domain: int
    task: str
    task_title: str
    slug: str
    title: str


class TaskChoice(NamedTuple):
    """A task of the syllabus with its topics. It `is_apart` if only other exam domains are chosen."""

    task: Choice
    topics: list[Choice]
    is_apart: bool

    @property
    def is_hidden(self) -> bool:
        """Whether it has nothing to tick, and nothing to untick."""
        return self.is_apart and not any(choice.chosen for choice in (self.task, *self.topics))


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """One filter: the name of its field and its choices."""

    name: str
    label: str
    choices: list[Choice]
    note: str


@safe_page
def home(request: HttpRequest) -> HttpResponse:
    """Show the page with the filters of the query."""
    blueprint = chosen_exam(request)
    try:
        filters = Filters.read(dict(request.GET.lists()))
    except FilterError as error:
        return practice_page(request, blueprint, error.filters, status=400, notice=str(error))
    return practice_page(request, blueprint, filters)


def practice_page(
    request: HttpRequest,
    blueprint: Blueprint,
    filters: Filters | None = None,
    *,
    status: int = 200,
    notice: str = "",
    again: Again | None = None,
) -> HttpResponse:
    """Render the page: first why a practice cannot start, if so, then the next step of people who have begun.

    With `again`, a button asks what the reason is about all the same.
    """
    topics = _topics(blueprint)
    filters = replace(filters or Filters(), rested=False)  # this page says what was asked today
    filters, unknown = filters.within(_filter_values(blueprint, topics))
    if unknown:  # of an old link: no box of the form shows it
        notice = notice or _("One of the filters does not exist. Choose again.")
    fields = request.POST if request.method == "POST" else request.GET
    candidate = access.read_candidate(request)
    ids = access.candidate_ids(request)
    now, others = timezone.now(), scope_of(blueprint, request).other_codes
    records = study_records(candidate, blueprint, now, access.beside(request), zone_of(request))
    token = StartToken.of(request)
    chosen = selection.select(records, filters, seed=token.seed, counted=True)
    pool = records.pool
    begun = candidate if candidate and pool.items and has_begun(candidate) else None
    context = step_context(request, begun, blueprint, now, records, others)
    step = context.get("step")
    still_open = [
        attempt
        for attempt in (practice.open_practices(ids, others) if ids else [])
        if not (step and step.kind == "practice" and attempt == step.attempt)  # it stands first already
    ]
    context |= {
        "section": "practice",
        "blueprint": blueprint,
        "exam": blueprint.exam,
        "notice": notice,
        "again": again,
        "kinds": [*_own_kinds(records), *_kinds(records, token.seed)],
        "pool_size": len(pool.items),
        "practicable": pool.exam_questions.total(),
        "exam_questions": pool.exam_questions.total() + len(pool.on_trial),
        "on_trial": len(pool.on_trial),
        "time_each": duration(round(blueprint.exam.minutes * 60 / blueprint.exam.questions)),
        "feedback": fields.get("feedback"),
        "timed": "timed" in fields,
        "newest_open": still_open[:MAX_OPEN_SHOWN],
        "older_open": still_open[MAX_OPEN_SHOWN:],
        "filters": filters,
        "groups": _groups(records, filters, chosen),
        "tasks": _tasks(topics, filters, chosen),
        "unused_after": records.unused_after(chosen.questions),
        "unused_exams_after": records.unused_after(chosen.with_kept) if chosen.kept else None,
        "records": records,
        "selection": chosen,
        "composition": composition(chosen),
    }
    return render(request, "exams/practice/home.html", context, status=status)


def _own_kinds(records: StudyRecords) -> list[Kind]:
    """Return the kinds that rest on earlier answers, those that have questions now."""
    kinds = []
    if n_due := len(records.due_now):
        kinds.append(
            Kind(
                title=ngettext("%(n)d due today", "%(n)d due today", n_due) % {"n": n_due},
                text=_("What you missed, guessed or were unsure of comes back."),
                button=(_("Repeat %(n)d") if n_due <= SESSION_SIZE else _("Repeat %(n)d of %(due)d"))
                % {"n": min(SESSION_SIZE, n_due), "due": n_due},
                kind=Attempt.PracticeKind.REPETITION,
                size=min(SESSION_SIZE, n_due),
            )
        )
    missed = records.sorted_missed
    if missed.total:
        size = min(SESSION_SIZE, len(missed.now))
        kinds.append(
            Kind(
                title=ngettext("%(n)d missed question", "%(n)d missed questions", missed.total) % {"n": missed.total},
                text=missed.words_of_now
                if missed.again or len(missed.now) < missed.total
                else _("Wrong the last time, or left open in an exam."),
                button=_("Practice %(n)d you missed") % {"n": size} if size else "",
                kind=Attempt.PracticeKind.MISTAKES,
                size=size,
            )
        )
    return kinds


def _kinds(records: StudyRecords, seed: str) -> list[Kind]:
    """Return the kinds that need no choice."""
    exam, pool = records.blueprint.exam, records.pool

    def chosen(size: int, *, like_exam: bool = False, collection: str = "") -> selection.Selection:
        filters = Filters(size=size, collection=(collection,) if collection else ())
        return selection.select(records, filters, seed=seed, like_exam=like_exam)

    ten, whole = chosen(10, like_exam=True), chosen(exam.questions, like_exam=True)
    like_exam = [
        Kind(
            title=_("Ten questions"),
            text=_("From all exam domains, each with its solution."),
            button=_("Try %(n)d") % {"n": len(ten.questions)} if ten.questions else "",
            kind=Attempt.PracticeKind.TRY,
            asks=parts_of(ten),
            cost=cost_words(records.unused_exams, records.unused_after(ten.questions)),
        ),
        Kind(
            title=_("A whole exam without a clock"),
            text=_("At your own pace, with the solutions at the end."),
            button=_("Start %(n)d questions") % {"n": len(whole.questions)} if whole.questions else "",
            kind=Attempt.PracticeKind.FULL,
            asks=parts_of(whole),
            cost=cost_words(records.unused_exams, records.unused_after(whole.questions)),
        ),
    ]
    counts = Counter(item.collection for item in pool.items.values())
    workouts = [
        Kind(
            title=_("Workout"),
            text=_("Puzzles that are longer than exam questions."),
            button=_("Start a workout of %(n)d") % {"n": min(WORKOUT_SIZE, counts[name])},
            kind=Attempt.PracticeKind.QUIZ,
            collection=name,
            size=min(WORKOUT_SIZE, counts[name]),
            asks=parts_of(chosen(WORKOUT_SIZE, collection=name)),
        )
        for name in exam.practice
        if name not in exam.collections and counts[name]
    ]
    return [*(like_exam if any(counts[name] for name in exam.collections) else []), *workouts]


def _groups(records: StudyRecords, filters: Filters, chosen: selection.Selection) -> list[ChoiceGroup]:
    """Return the filters with few choices."""
    blueprint, pool = records.blueprint, records.pool
    if filters.attempt:
        states = STATE_LABELS | {FLAGGED: _("Flagged")}
    else:
        states = {state: label for state, label in STATE_LABELS.items() if state != UNANSWERED}
    labels = {**dict(Question.Ask.choices), Question.Ask.SETTING: _("value of a setting")}
    in_pool = {item.ask for item in pool.items.values()}
    asks = {value: capfirst(str(label)) for value, label in labels.items() if value in in_pool}
    groups = (
        ("domain", _("Exam domain"), {str(domain.number): domain.title for domain in blueprint.exam.exam_domains}),
        ("state", _("Your answers"), states),
        ("ask", _("What is asked"), asks),
        ("collection", _("Questions from"), _collections(blueprint)),
    )
    notes, none_of_state = {}, _none_of_state(records)
    never = records.sorted_missed.never
    if never and not filters.attempt:
        notes["state"] = ngettext(
            "%(n)d more that you missed is on trial or retired.",
            "%(n)d more that you missed are on trial or retired.",
            never,
        ) % {"n": never}
    if not filters.attempt:  # what is kept for mock exams is taken off each of them
        notes["ask"] = _(
            "Each number is for that choice alone. Whichever you choose, some questions are kept for mock exams, so the"
            " numbers add up to more than match."
        )
    if not set(blueprint.exam.practice) <= set(blueprint.exam.collections):
        notes["collection"] = _("Workouts are puzzles that take longer than exam questions and do not look like them.")
    return [
        ChoiceGroup(
            name,
            title,
            [
                _choice(name, value, str(label), filters, chosen, none_of_state[value] if name == "state" else "")
                for value, label in labels.items()
            ],
            notes.get(name, ""),
        )
        for name, title, labels in groups
        if len(labels) > 1
    ]


def _choice(name: str, value: str, label: str, filters: Filters, chosen: selection.Selection, none: str = "") -> Choice:
    count = chosen.counts[name][value]
    kept = chosen.counts_of_all[name][value] - count
    is_chosen = value in map(str, getattr(filters, name))
    why = "" if count else _why_none(name, filters, kept, none)
    return Choice(name, value, label, count, is_chosen, why)


def _none_of_state(records: StudyRecords) -> dict[str, str]:
    """Return for each state why no question at all has it.

    Those that are starred or flagged may be on trial: practice never asks them.
    """
    words = {state: str(none) for state, none in NONE_OF_STATE.items()}
    syllabus = records.blueprint.exam.syllabus_code
    answers = [answer for answer in records.newest.values() if answer.syllabus == syllabus]
    if not answers:
        words |= dict.fromkeys((WRONG, FLAGGED, UNSURE, SURE_WRONG), _("no answers yet"))
    elif all(answer.confidence is None for answer in answers):
        words |= dict.fromkeys((UNSURE, SURE_WRONG), _("you have not said how sure you were"))
    on_trial = records.pool.on_trial - records.hidden
    flagged = sum(answer.flagged for question, answer in records.newest.items() if question in on_trial)
    for state, n in ((STARRED, len(on_trial & records.stars)), (FLAGGED, flagged)):
        if n:
            words[state] = NONE_BUT_ON_TRIAL[state] % {"n": n}
    return words


def _why_none(name: str, filters: Filters, kept: int, none: str) -> str:
    """Return why no question has this value of a filter: `none` if that has to do with no other filter."""
    if kept:
        return ngettext("%(n)d kept for mock exams", "%(n)d kept for mock exams", kept) % {"n": kept}
    if filters.attempt or any(getattr(filters, other) for other in selection.GROUPS if other != name):
        return _("none with the other filters")
    return none or _("no question")


def _collections(blueprint: Blueprint) -> dict[str, str]:
    exam = blueprint.exam
    return {
        name: _("Mock exams") if name in exam.collections else _("Workouts, never in a mock exam")
        for name in exam.practice
    }


def _topics(blueprint: Blueprint) -> list[TopicRow]:
    """Return the topics of the syllabus: no query while the bank stays the same."""
    syllabus = kept_syllabus(blueprint.exam.syllabus_code)
    return [
        TopicRow(domain.number, task.code, task.title, topic.slug, topic.title)
        for domain in (syllabus.exam_domains if syllabus else ())
        for task in domain.tasks
        for topic in task.topics
    ]


def _filter_values(blueprint: Blueprint, topics: Iterable[TopicRow]) -> dict[str, set[str]]:
    """Return the values that each filter of the page can have."""
    return {
        "domain": {str(domain.number) for domain in blueprint.exam.exam_domains},
        "task": {topic.task for topic in topics},
        "topic": {topic.slug for topic in topics},
        "ask": set(Question.Ask.values),
        "collection": set(blueprint.exam.practice),
    }


def _tasks(topics: Iterable[TopicRow], filters: Filters, chosen: selection.Selection) -> list[TaskChoice]:
    """Return the tasks of the syllabus with their topics."""
    tasks: dict[str, TaskChoice] = {}
    for domain, code, task, slug, title in topics:
        if code not in tasks:
            is_apart = bool(filters.domain) and domain not in filters.domain
            tasks[code] = TaskChoice(_choice("task", code, f"{code} {task}", filters, chosen), [], is_apart)
        tasks[code].topics.append(_choice("topic", slug, title, filters, chosen))
    return list(tasks.values())
