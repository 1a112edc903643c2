"""Say in words what to do next: the same on the pages and in the mail of the day."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.psychometrics.study_plan import minutes_for
from exams.services.practice.composition import composition
from exams.services.practice.next_step import NextStep
from questions.models import Blueprint


@dataclass(frozen=True, slots=True)
class StepWords:
    """A sentence or two, of which pages set the `lead` in bold; it may be empty."""

    lead: str
    rest: str

    def __str__(self) -> str:
        return f"{self.lead} {self.rest}".strip()


def step_words(step: NextStep, blueprint: Blueprint) -> StepWords:
    """Return the words of a step of this exam: no query."""
    if step.kind == "result":
        return StepWords("", _("You have finished an exam. Its score is being computed."))
    if step.kind == "review":
        n, unread = step.missed, step.unread
        missed = ngettext("You missed %(n)d question of your exam.", "You missed %(n)d questions of your exam.", n)
        if unread < n:
            why = _("You have not read why of %(n)d yet.") % {"n": unread}
        else:
            why = _("Read why now, while you remember what you thought.")
        return StepWords(missed % {"n": n}, f"{why} {_minutes(step.minutes_of_review)}")
    if step.kind == "practice":
        assert step.attempt
        if step.attempt.is_answered:  # type: ignore[attr-defined]
            return StepWords(f"{step.attempt.name}.", _("All answered: end it to see the result."))
        values = {"answered": step.attempt.n_answered, "total": step.attempt.form.n_scored}  # type: ignore[attr-defined]
        begun = _("%(answered)d of %(total)d answered. You have begun it.") % values
        return StepWords(f"{step.attempt.name}.", begun)
    if step.kind == "today":
        lead = _("Today, continued.") if step.answered else _("Today.")
        about = (f"{composition(step.session)}.", _minutes_of(step), _later(step), _last_cost(step))
        return StepWords(lead, " ".join(filter(None, about)))
    if step.kind == "done":
        n = step.answered
        answered = ngettext("You have answered %(n)d question.", "You have answered %(n)d questions.", n) % {"n": n}
        if not step.left and step.due:
            all_of = ngettext(
                "Your %(n)d question of today is answered.", "Your %(n)d questions of today are answered.", n
            )
            return StepWords(all_of % {"n": n}, _still_due(step))
        if not step.left:
            return StepWords(_("Done for today."), answered)
        if step.due:
            answered = f"{answered} {_still_due(step)}"
        n = len(step.left)
        left = ngettext(
            "The plan has %(n)d more topic, if you like to go on.",
            "The plan has %(n)d more topics, if you like to go on.",
            n,
        )
        return StepWords(_("Done for today."), f"{answered} {left % {'n': n}}")
    exam = blueprint.exam
    sentences = [_("%(n)d questions, %(minutes)d minutes.") % {"n": exam.questions, "minutes": exam.minutes}]
    if step.days_since:
        text = _("Your plan has one a week, and the last one was %(days)d days ago.")
        sentences.append(text % {"days": step.days_since})
    elif step.has_plan:
        sentences.append(_("Your plan has one for this week."))
    return StepWords(_("A mock exam:") if exam.is_mock else _("An exam:"), " ".join(sentences))


def _minutes(n: int) -> str:
    return ngettext("About %(n)d minute.", "About %(n)d minutes.", n) % {"n": n}


def _minutes_of(step: NextStep) -> str:
    """Return how long today takes, and how much of it is for the pages to read."""
    if not (n := len(step.to_read)):
        return _minutes(step.minutes)
    text = ngettext(
        "About %(all)d minutes: %(pages)d for %(n)d page to read, %(rest)d for the questions.",
        "About %(all)d minutes: %(pages)d for %(n)d pages to read, %(rest)d for the questions.",
        n,
    )
    pages = minutes_for(0, step.seconds, n)
    return text % {"all": step.minutes, "pages": pages, "n": n, "rest": step.minutes - pages}


def _later(step: NextStep) -> str:
    """Return how many questions of the day are left after this session, else ""."""
    n = step.later
    text = ngettext("Your plan has %(n)d more for today.", "Your plan has %(n)d more for today.", n)
    return text % {"n": n} if n else ""


def cost_words(before: int, left: int) -> str:
    """Return how many unused mock exams new questions leave, if that is fewer than before, else ""."""
    if left >= before:
        return ""
    text = ngettext(
        "With these, %(n)d unused mock exam remains instead of %(before)d.",
        "With these, %(n)d unused mock exams remain instead of %(before)d.",
        left,
    )
    return text % {"n": left, "before": before}


def _last_cost(step: NextStep) -> str:
    """Return that the last mock exam goes that was not kept, else "": said once, when it happens."""
    n = step.exams_left
    if n > step.exams_kept or not (cost := cost_words(step.unused_exams, n)):
        return ""
    return f"{cost} {ngettext('It is kept.', 'They are kept.', n)}"


def _still_due(step: NextStep) -> str:
    """Say that questions are due when those of today are answered, and when they can be repeated."""
    values = {"n": step.due, "now": step.repeated, "minutes": step.minutes_of_due}
    if step.repeated < step.due:
        text = _("%(n)d more are due: repeat %(now)d now (about %(minutes)d min), the others from tomorrow on.")
        return text % values
    text = ngettext(
        "%(n)d more is due: repeat it now (about %(minutes)d min), or tomorrow.",
        "%(n)d more are due: repeat them now (about %(minutes)d min), or tomorrow.",
        step.due,
    )
    return text % values
