"""Start practice from any page: a form posts what to practice; the first question follows, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from exams import access, chosen_exam, rate_limits, sessions
from exams.browser_choices import zone_name
from exams.models import Attempt, Candidate, Mode
from exams.psychometrics.quiz_order import Group
from exams.rate_limits import Limit
from exams.services.attempt import attempt_log, disk_space
from exams.services.attempt.start_limit import TooManyStartsError
from exams.services.people import candidates
from exams.services.practice import practice, reminders, repetition, selection
from exams.services.practice.composition import composition, title
from exams.services.practice.filters import MAX_SIZE, FilterError, Filters
from exams.services.practice.selection import Selection
from exams.services.practice.study_records import study_records
from exams.views import pages
from exams.views.attempt import busy, start_limit
from exams.views.attempt.rules import StartToken
from exams.views.pages import SeeOther, form_page
from exams.views.practice.home import Again, practice_page
from exams.views.practice.today import zone_of
from questions.content.typed_numbers import whole_number
from questions.models import Blueprint

TRY_SIZE = 10
MAX_KEY = 2**63 - 1
LIKE_EXAM = (Attempt.PracticeKind.TRY, Attempt.PracticeKind.FULL)
KINDS = (
    Attempt.PracticeKind.QUIZ,
    Attempt.PracticeKind.TRY,
    Attempt.PracticeKind.FULL,
    Attempt.PracticeKind.MISTAKES,
    Attempt.PracticeKind.REPETITION,
    Attempt.PracticeKind.TODAY,
)


@dataclass(frozen=True, slots=True)
class PracticePost:
    """What a form asks for."""

    kind: str
    filters: Filters
    feedback: str
    timed: bool
    is_built: bool  # by the form of the builder, where the number of questions was typed
    questions: tuple[int, ...] = ()  # of the missed ones, those to practice; empty for the first of them

    @classmethod
    def read(cls, request: HttpRequest, blueprint: Blueprint) -> "PracticePost":
        """Read the fields of the form. Raise FilterError with a message for the candidate."""
        post = request.POST
        kind = post.get("kind") or Attempt.PracticeKind.QUIZ
        feedback = post.get("feedback") or practice.FEEDBACK_EACH
        if kind not in KINDS or feedback not in practice.FEEDBACKS:
            raise FilterError(_("This kind of practice does not exist. Choose again."))
        size = {Attempt.PracticeKind.TRY: TRY_SIZE, Attempt.PracticeKind.FULL: blueprint.exam.questions}.get(
            Attempt.PracticeKind(kind)
        )
        fields = dict(post.lists())
        filters = Filters(size=size, new="new" in post, rested="rested" in post) if size else Filters.read(fields)
        if kind == Attempt.PracticeKind.TODAY:
            filters = Filters(size=filters.size)  # never what is kept for mock exams
        if kind == Attempt.PracticeKind.FULL:
            feedback = practice.FEEDBACK_END
        typed = [whole_number(value, None, MAX_KEY) for value in post.getlist("question")[:MAX_SIZE]]
        return cls(kind, filters, feedback, "timed" in post, "feedback" in post, tuple(key or 0 for key in typed))

    def fields(self) -> list[tuple[str, str]]:
        """Return the fields to post again."""
        pairs = [("kind", self.kind), ("feedback", self.feedback), *self.filters.fields()]
        return [*pairs, ("timed", "yes")] if self.timed else pairs


@form_page
def practice_start(request: HttpRequest) -> HttpResponseBase:
    """Start practice on POST. Go to the page of practice on GET: after a sign-in, this address is opened again."""
    if request.method != "POST":
        return redirect("practice")
    now = timezone.now()
    blueprint = access.blueprint_or_404(request.POST.get("blueprint", ""))
    try:
        post = PracticePost.read(request, blueprint)
    except FilterError as error:
        return practice_page(request, blueprint, error.filters, status=400, notice=str(error))
    if "show" in request.POST:  # without JavaScript, this updates the numbers of the page
        return SeeOther(reverse("practice", query=[("exam", blueprint.code), *post.fields()]))
    if not blueprint.admits or not blueprint.exam.practice:
        notice = _("There is no practice for this exam.")
        return practice_page(request, blueprint, post.filters, status=409, notice=notice)
    if disk_space.is_nearly_full():  # what is left is for the answers of running exams
        notice = _("The server's disk is nearly full, so nothing new can start. Tell the person who runs this server.")
        return practice_page(request, blueprint, post.filters, status=507, notice=notice)
    if waiting := busy.refusal(request, now):
        return waiting
    candidate = access.candidate(request)
    token = StartToken.read(request.POST.get("pair", ""), request)
    if not settings.GUESTS and not request.user.is_authenticated:  # also for guests from before the setting changed
        return redirect(f"{reverse('account_login')}?next={reverse('practice')}")
    is_new_guest = candidate is None and not request.user.is_authenticated
    if is_new_guest and token is None:  # from a public page: the page of practice has a form for new guests
        return SeeOther(reverse("practice", query=[("exam", blueprint.code), *post.filters.fields()]))
    started = token.attempt if token else None
    if candidate and (refused := start_limit.refusal(request, candidate, now, but=started)):
        return refused
    if candidate and (zone := zone_name(request.COOKIES)):
        reminders.note_zone(candidate, zone, now)
    token = token or StartToken.new()
    chosen = _choose(request, candidate, blueprint, post, token.seed)
    if is_new_guest and chosen.questions and not rate_limits.count(request, Limit.NEW_GUEST):
        notice = _("Too many guests have started from your address. Wait a minute, then start again.")
        return practice_page(request, blueprint, post.filters, status=429, notice=notice)
    try:
        return _start(request, candidate, blueprint, post, chosen, token, now)
    except practice.NothingToPracticeError:  # also if an exam was started in another window meanwhile
        again = None if chosen.kept or chosen.questions else _again(request, candidate, blueprint, post, token.seed)
        notice = _nothing(post, chosen, is_resting=again is not None)
        return practice_page(request, blueprint, post.filters, status=409, notice=notice, again=again)
    except TooManyStartsError as error:  # other starts were sent at the same time
        return start_limit.too_many(request, error)


def _start(
    request: HttpRequest,
    candidate: Candidate | None,
    blueprint: Blueprint,
    post: PracticePost,
    chosen: Selection,
    token: StartToken,
    now: datetime,
) -> HttpResponseBase:
    is_new_here = candidate is None
    if is_new_here and not chosen.questions:  # of a candidate, they may rest since this form was sent before
        raise practice.NothingToPracticeError
    candidate = candidate or candidates.get_or_create_candidate(
        request.user, token.candidate, now, **chosen_exam.preference(blueprint)
    )
    candidates.note_zone(candidate, zone_name(request.COOKIES))
    started = practice.start(
        candidate,
        blueprint,
        post.kind,
        chosen.questions,
        feedback=post.feedback,
        timed=post.timed,
        now=now,
        beside=access.beside(request),
        limit=start_limit.limit_for(request, candidate),
        uuid=token.attempt,
        title=title(blueprint, post.kind, post.filters, len(chosen.questions)),
        seat=sessions.seat(request, token.attempt),
    )
    if started.created:
        sessions.remember_entry(request, token.attempt, now)
    if is_new_here:
        access.remember(request, candidate)
        if not started.created and started.attempt.uuid == token.attempt:
            attempt_log.note_second_click(started.attempt, access.seat(request), now)
    if started.created and post.is_built and len(chosen.questions) < post.filters.size:
        messages.info(request, _fewer(chosen))
    if started.created and any(chosen.groups.get(group) for group in selection.RESTED_GROUPS):
        messages.info(request, composition(chosen))
    response = pages.started(request, started.attempt.uuid)
    chosen_exam.remember(response, candidate, blueprint)
    return response


def _choose(
    request: HttpRequest, candidate: Candidate | None, blueprint: Blueprint, post: PracticePost, seed: str
) -> Selection:
    """Choose the questions. Without a candidate nothing was missed, and nothing is due."""
    if candidate and post.kind == Attempt.PracticeKind.REPETITION:
        repetition.update_cards(candidate.pk, zone=zone_of(request))
    records = study_records(candidate, blueprint, timezone.now(), access.beside(request), zone_of(request))
    if post.kind == Attempt.PracticeKind.MISTAKES:
        if post.questions:
            wanted = [question for question in post.questions if question in records.missed]
            return _first(records.pool.allowed(wanted, records.hidden), len(wanted), Group.MISSED)
        missed = records.sorted_missed
        return _first(missed.now, post.filters.size, Group.ASKED_TODAY if missed.again else Group.MISSED)
    if post.kind == Attempt.PracticeKind.REPETITION:
        return _first(records.due_now, post.filters.size, Group.DUE)
    return selection.select(
        records,
        post.filters,
        seed=seed,
        like_exam=post.kind in LIKE_EXAM,
        today=post.kind == Attempt.PracticeKind.TODAY,
    )


def _again(
    request: HttpRequest, candidate: Candidate | None, blueprint: Blueprint, post: PracticePost, seed: str
) -> Again | None:
    """Return the practice without the rest that leaves nothing to ask; None if that is not why."""
    if not post.filters.rested:
        return None
    post = replace(post, filters=replace(post.filters, rested=False))
    chosen = _choose(request, candidate, blueprint, post, seed)
    return Again(post.fields(), len(chosen.questions), chosen.matching) if chosen.questions else None


def _first(questions: Sequence[int], size: int, group: Group) -> Selection:
    chosen = tuple(questions[:size])
    return Selection(chosen, {group: len(chosen)}, len(questions))


def _nothing(post: PracticePost, chosen: Selection, *, is_resting: bool) -> str:
    """Return why there is nothing to ask; `is_resting` is whether there would be, but for the rest of the questions."""
    if post.kind == Attempt.PracticeKind.MISTAKES:
        return _("You have no missed questions to practice now.")
    if post.kind == Attempt.PracticeKind.REPETITION:
        return _("No question is due today.")
    if chosen.kept and post.kind in LIKE_EXAM:
        return ngettext(
            "The %(n)d question of the exam that you have not seen is kept for your mock exams. "
            "Build a quiz below and tick 'Also ask new ones that are kept'.",
            "The %(n)d questions of the exam that you have not seen are kept for your mock exams. "
            "Build a quiz below and tick 'Also ask new ones that are kept'.",
            chosen.kept,
        ) % {"n": chosen.kept}
    if chosen.kept:
        return ngettext(
            "The %(n)d question that matches is kept for your mock exams. Drop one filter, or also ask new ones.",
            "The %(n)d questions that match are kept for your mock exams. Drop one filter, or also ask new ones.",
            chosen.kept,
        ) % {"n": chosen.kept}
    if is_resting and post.filters.of_missed:
        return _("Every question that you missed there was asked today, or was right in the last 7 days.")
    if is_resting:
        return _("Every question that matches was asked today, or was right in the last 7 days.")
    if post.filters.of_missed:
        return _("Practice asks none of what you missed there: it is on trial, retired, or in an open exam.")
    return _("No question matches. Drop one filter.")


def _fewer(chosen: Selection) -> str:
    n = len(chosen.questions)
    if n < chosen.matching:
        text = _(
            "%(matching)d questions match, but only %(n)d can be asked together: the others are too much like these."
        )
        return text % {"matching": chosen.matching, "n": n}
    return ngettext(
        "Only %(n)d question matches, so this practice has %(n)d.",
        "Only %(n)d questions match, so this practice has %(n)d.",
        n,
    ) % {"n": n}


@require_POST
def discard(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Discard an open practice, with its answers kept if it has any, and return to the page of practice."""
    now = timezone.now()
    attempt = access.own_attempt(request, uuid, now)
    if attempt.mode == Mode.PRACTICE and attempt.status == Attempt.Status.OPEN:
        practice.discard(attempt, now, zone_of(request))
        if attempt.status == Attempt.Status.ABANDONED:
            messages.info(request, _("%(name)s is discarded.") % {"name": attempt.name})
        else:
            messages.info(request, _("%(name)s is ended. The answers that you gave count.") % {"name": attempt.name})
    return SeeOther(reverse("practice", query={"exam": attempt.blueprint_code}))
