"""The only writer of Sitting: create, change, exchange questions of the paper, move the window, release, and delete."""

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt, Form, Participant, Roster, Sitting
from exams.models.attempt import answers_open
from exams.models.sitting import CODE_ALPHABET, CODE_LETTERS, JOINS_ALLOWED, MAX_ATTEMPTS, MAX_JOINS
from exams.services.attempt import papers
from exams.services.attempt.assembly import DrawnForm
from exams.services.classes import class_papers, participants
from exams.services.results import grades
from questions.models import Blueprint, User
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

SEE_ALL = "exams.view_attempt"  # who reads all attempts sees the sittings of others, too
MAX_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Terms:
    """What an instructor decides about a sitting. `minutes` None: those of the exam."""

    name: str
    opens_at: datetime
    last_start_at: datetime | None = None
    closes_at: datetime | None = None
    minutes: int | None = None
    attempts_allowed: int = 1
    who: str = Sitting.Who.GUEST
    roster: Roster | None = None
    review_opens_at: datetime | None = None
    before_release: str = Sitting.BeforeRelease.SCORE
    self_allowance: bool = False
    offline_reload: bool = True
    joins_allowed: int = JOINS_ALLOWED
    grades: str = ""
    shows_grades: bool = False
    own_order: bool = False  # counts with one paper for all; papers of their own have it anyway

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first and the last time set: what other classes hold back then should not be on this paper."""
        return self.opens_at, self.closes_at or self.last_start_at or self.opens_at


@dataclass(frozen=True, slots=True)
class Window:
    """The terms that can change while people write."""

    opens_at: datetime
    last_start_at: datetime | None
    closes_at: datetime | None
    review_opens_at: datetime | None


class TermsError(RefusedError):
    """The terms contradict each other. `faults` has a sentence by field of `Terms`."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


def visible_to(user: User) -> QuerySet[Sitting]:
    """Return the sittings that this user may see: her own, and all for administrators."""
    rows = Sitting.objects.select_related("blueprint", "owner", "roster")
    return rows if user.has_perm(SEE_ALL) else rows.filter(owner=user)


def create(
    blueprint: Blueprint, terms: Terms, owner: User | None, *, one_paper: bool = True, drawn: DrawnForm | None = None
) -> Sitting:
    """Create a sitting, with the drawn paper if all get the same; draw it if there is none.

    Raise TermsError, and exams.psychometrics.drawing.ShortageError when the bank cannot fill the blueprint.
    """
    check(terms, blueprint)
    # Drawn outside of the transaction; for a paper each, the draw shows that the bank is sufficient.
    drawn = drawn or class_papers.draw(blueprint, *terms.moments)
    with transaction.atomic():
        form = papers.store_paper(drawn) if one_paper else None
        sitting = Sitting(owner=owner, blueprint=blueprint, form=form, **_columns(terms))
        _save_with_new_code(sitting)
        participants.add_roster(sitting)
        refresh_latest_deadline(sitting)
    log.info("sitting %s created", sitting.uuid)
    return sitting


def _save_with_new_code(sitting: Sitting) -> None:
    while True:
        sitting.code = "".join(secrets.choice(CODE_ALPHABET) for _place in range(CODE_LETTERS))
        try:
            with transaction.atomic():
                return sitting.save(force_insert=True)
        except IntegrityError:
            if not Sitting.objects.filter(code=sitting.code).exists():
                raise


def change(sitting: Sitting, terms: Terms, now: datetime) -> None:
    """Change the terms. Once somebody has started, only the name, the numbers and the review can change.

    The review does not move once the answers are open: people who know them could start again. Raise TermsError. The
    window of a running sitting is moved by `move_window`.
    """
    check(terms, sitting.blueprint)
    with transaction.atomic():
        row = locked(sitting)
        columns = _columns(terms)
        if has_started(row):
            free = {"name", "attempts_allowed", "review_opens_at", "before_release", "joins_allowed"}
            free |= {"grades", "shows_grades"}
            fixed = [name for name, value in columns.items() if name not in free and getattr(row, name) != value]
            if fixed:
                raise TermsError({fixed[0]: _("People have started: move the window on the board instead.")})
            if row.review_opens_at != terms.review_opens_at and is_disclosed(row, now):
                raise TermsError({"review_opens_at": _("The answers are open, so this time stays.")})
        if (row.who, row.roster) != (terms.who, terms.roster):
            if row.participants.filter(candidate__isnull=False).exists():
                raise TermsError({"who": _("People have joined already. Create another exam for the others.")})
            participants.remove_all(row)
        _update(row, columns)
        sitting.refresh_from_db()
        participants.add_roster(sitting)
        refresh_latest_deadline(sitting)


def move_window(sitting: Sitting, window: Window) -> None:
    """Write another window, also of a running sitting. Call it with the locked row; attempts are the caller's.

    Raise TermsError.
    """
    columns = asdict(window)
    check(terms_of(sitting, **columns), sitting.blueprint)
    for name, value in columns.items():
        setattr(sitting, name, value)
    _update(sitting, columns)
    refresh_latest_deadline(sitting)


def terms_of(sitting: Sitting, **changes: Any) -> Terms:
    """Return the terms of a stored sitting, with some of them changed."""
    values = {name: getattr(sitting, name) for name in Terms.__dataclass_fields__}
    return Terms(**values | changes)


def locked(sitting: Sitting) -> Sitting:
    """Return the row locked until the end of the transaction. A start that is under way is finished first."""
    rows = Sitting.objects.select_for_update(of=("self",)).select_related("blueprint", "form", "roster")
    return rows.get(pk=sitting.pk)


def has_started(sitting: Sitting) -> bool:
    """Return whether somebody has started."""
    return Attempt.objects.filter(sitting=sitting).exists()


def exchange_question(sitting: Sitting, position: int, revision: int) -> Form:
    """Put another question on the paper. Raise RefusedError once somebody has started it."""
    return _change_paper(sitting, position, lambda form: papers.exchanged(form, position, revision))


def move_question(sitting: Sitting, position: int, to: int) -> Form:
    """Put a question of the paper at another position. Raise RefusedError once somebody has started it."""
    if sitting.form is None or not 1 <= to <= len(sitting.form.plan):
        raise RefusedError(_("The paper has no question at this position."))
    return _change_paper(sitting, position, lambda form: papers.reordered(form, position, to))


def choose_paper(sitting: Sitting, revisions: Sequence[int]) -> Form:
    """Make a paper of these questions in their order. Raise RefusedError with all that hinders it."""
    return _change_paper(sitting, 1, lambda form: papers.chosen(form, revisions))


def _change_paper(sitting: Sitting, position: int, changed: Callable[[Form], Form]) -> Form:
    with transaction.atomic():
        row = locked(sitting)
        if row.form is None or has_started(row):
            raise RefusedError(_("Somebody has started this exam, so its paper stays as it is."))
        if not 1 <= position <= len(row.form.plan):
            raise RefusedError(_("The paper has no question at this position."))
        old, form = row.form, changed(row.form)
        _update(row, {"form": form})
        old.delete()
    sitting.form = form
    return form


def release(sitting: Sitting, now: datetime) -> None:
    """Disclose answers and results to the participants now; nobody can start any more.

    Raise RefusedError while somebody is writing.
    """
    with transaction.atomic():
        row = locked(sitting)
        writing = Attempt.objects.unfinished(now).filter(sitting=row).count()
        if writing:
            text = ngettext(
                "%(n)d person is still writing. Release the answers after the end of this exam.",
                "%(n)d people are still writing. Release the answers after the end of their exams.",
                writing,
            )
            raise RefusedError(text % {"n": writing})
        _update(row, {"released_at": row.released_at or now})
    sitting.refresh_from_db(fields=["released_at"])
    log.info("sitting %s released", sitting.uuid)


def close_joining(sitting: Sitting, now: datetime) -> None:
    """Admit nobody who has not joined yet, by code or personal link."""
    _update(sitting, {"joining_closed_at": now})
    sitting.joining_closed_at = now
    refresh_latest_deadline(sitting)


def open_joining(sitting: Sitting, now: datetime) -> None:
    """Let people join again. Answers that are open stay so."""
    _update(sitting, {"joining_closed_at": None})
    sitting.joining_closed_at = None
    if not sitting.admits_nobody(now):
        refresh_latest_deadline(sitting)


def archive(sitting: Sitting, now: datetime) -> None:
    """Take an exam that nobody can start or write any more out of the lists. Results stay. Raise RefusedError."""
    if not sitting.admits_nobody(now) or Attempt.objects.writable(now).filter(sitting=sitting).exists():
        raise RefusedError(_("People can still start or write this exam. Archive it when it is over."))
    _update(sitting, {"archived_at": now})
    sitting.archived_at = now


def delete(sitting: Sitting) -> None:
    """Delete an exam that nobody has started, with its people and its paper. Raise RefusedError."""
    with transaction.atomic():
        row = locked(sitting)
        if has_started(row):
            raise RefusedError(_("Somebody has started this exam. End it on the board, then archive it."))
        paper = row.form
        row.delete()
        if paper:
            paper.delete()
    log.info("sitting %s deleted", sitting.uuid)


def restore(sitting: Sitting) -> None:
    """Put an archived exam back into the lists."""
    _update(sitting, {"archived_at": None})
    sitting.archived_at = None


def check_ahead(terms: Terms, now: datetime) -> None:
    """Raise TermsError if nobody could start any more: for a new exam, and for one that nobody has started."""
    faults = {}
    for name in ("last_start_at", "closes_at"):
        at = getattr(terms, name)
        if at and at <= now:
            faults[name] = _("This time is over, so nobody could start. Choose a later one.")
    if faults:
        raise TermsError(faults)


def latest_deadline(sitting: Sitting) -> datetime | None:
    """Return when the last participant is through, with the extra time set before the start; None if there is none.

    Once the joining is closed, only people who have joined count.
    """
    if sitting.last_possible_start is None:
        return None
    rows = Participant.objects.filter(sitting=sitting) if sitting.pk else Participant.objects.none()
    if sitting.joining_closed_at:
        rows = rows.exclude(candidate=None)
    extra = rows.aggregate(most=Max("extra_minutes"))["most"]
    return sitting.end_of(sitting.last_possible_start) + timedelta(minutes=extra or 0)


def review_opens_at(sitting: Sitting) -> datetime | None:
    """Return when the answers are disclosed, unless somebody writes longer; None: when the instructor releases."""
    return sitting.review_opens_at or sitting.latest_deadline


def is_disclosed(sitting: Sitting, now: datetime) -> bool:
    """Return whether participants see the answers now, by the one rule."""
    return Sitting.objects.filter(answers_open(now), pk=sitting.pk).exists()


def refresh_latest_deadline(sitting: Sitting) -> None:
    """Store the latest deadline again, after a change of the window or of the extra time of a participant."""
    sitting.latest_deadline = latest_deadline(sitting)
    _update(sitting, {"latest_deadline": sitting.latest_deadline})


def set_extra_minutes(participant: Participant, minutes: int, now: datetime) -> None:
    """Set the extra time that this participant gets at the next start. A running exam keeps its deadline.

    So does the sitting once nobody can start.
    """
    participants.set_extra_minutes(participant, minutes)
    if not participant.sitting.admits_nobody(now):
        refresh_latest_deadline(participant.sitting)


def add_newcomers(sitting: Sitting) -> int:
    """Add who is on the roster by now, also those who had joined and were removed. Return how many are new."""
    participants.free_entries(sitting)
    count = participants.add_roster(sitting)
    refresh_latest_deadline(sitting)
    return count


def _update(row: Sitting, columns: dict[str, Any]) -> None:
    Sitting.objects.filter(pk=row.pk).update(**columns)


def _columns(terms: Terms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in Terms.__dataclass_fields__}


def check(terms: Terms, blueprint: Blueprint) -> None:
    """Raise TermsError if the terms contradict each other."""
    faults = dict(_faults(terms, blueprint))
    if faults:
        raise TermsError(faults)


def _faults(terms: Terms, blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """Yield field and sentence; of two for one field the last one counts."""
    if not terms.name.strip():
        yield "name", _("Enter a name, such as 'Class 7b, March'.")
    if terms.minutes is not None and not 1 <= terms.minutes <= MAX_MINUTES:
        yield "minutes", _("Enter 1 to %(most)d minutes.") % {"most": MAX_MINUTES}
        return
    if not 1 <= terms.attempts_allowed <= MAX_ATTEMPTS:
        yield "attempts_allowed", _("Enter 1 to %(most)d attempts.") % {"most": MAX_ATTEMPTS}
    if not 1 <= terms.joins_allowed <= MAX_JOINS:
        yield "joins_allowed", _("Enter 1 to %(most)d people.") % {"most": MAX_JOINS}
    try:
        grades.read(terms.grades, blueprint.exam.scale)
    except ValueError as fault:
        yield "grades", str(fault)
    if (terms.who == Sitting.Who.ROSTER) != (terms.roster is not None):
        yield "roster", _("Choose a class if, and only if, the exam is for the people of a class.")
    if terms.last_start_at and terms.last_start_at <= terms.opens_at:
        yield "last_start_at", _("The last start must be after the opening.")
    if terms.closes_at and terms.closes_at <= terms.opens_at:
        yield "closes_at", _("The end for all must be after the opening.")
    elif terms.closes_at and terms.last_start_at and terms.last_start_at >= terms.closes_at:
        yield "last_start_at", _("The last start must be before the end for all.")
    elif terms.review_opens_at:
        yield from _review_faults(terms, blueprint)


def _review_faults(terms: Terms, blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    end = latest_deadline(Sitting(blueprint=blueprint, **_columns(terms)))
    if end and terms.review_opens_at and terms.review_opens_at < end:
        yield "review_opens_at", _("The answers would open before the last person is through. Choose a later time.")
