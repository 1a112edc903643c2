"""Rows of topics to study, alike on all pages: what the answers to a topic mean, its page, and a drill of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.services.practice import selection
from exams.services.practice.plan import PRACTICE_SIZE
from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.study_records import StudyRecords
from exams.views.verdicts import IN_PLAN, VERDICTS, few_words, missed_words


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A topic with a `fact` that the page knows of it; a drill of it has `drill` questions."""

    slug: str
    title: str
    fact: str
    meaning: str
    is_read: bool
    drill: int


def study_rows(
    records: StudyRecords, facts: Mapping[str, str], drilled: Collection[str], judged: Collection[str] = ()
) -> Iterator[StudyRow]:
    """Yield the rows of topics with these facts, by slug, with a drill of those `drilled` if it has questions.

    The page has the verdict on those `judged` elsewhere.
    """
    evidence = {
        topic.slug: topic.mastery.evidence for domain in records.domains for topic in domain.topics if topic.mastery
    }
    for slug, fact in facts.items():
        is_drilled = records.blueprint.exam.practice and slug in drilled
        drill = selection.sizes(records, [slug], PRACTICE_SIZE)[slug] if is_drilled else 0
        planned, known = records.by_slug[slug], evidence.get(slug)
        is_few = planned.told == "few"
        sentences = [f"{VERDICTS[planned.told]}."] if planned.told and not is_few and slug not in judged else []
        if known and is_few:
            sentences.append(f"{few_words(known.n, known.right)}.")
        elif known:
            sentences.append(_("%(right)d of %(n)d right the first time.") % {"right": known.right, "n": known.n})
        if planned.missed and not is_few:
            sentences.append(f"{missed_words(planned.missed)}.")
        if planned.in_plan:
            sentences.append(f"{IN_PLAN[planned.in_plan]}.")
        if planned.in_plan == "done" and slug in drilled:
            ticked = _("Your tick counts until a question of it is missed after that.")
            sentences.append(ticked if planned.is_ticked else _("No question that practice asks of it is missed now."))
        if drill and planned.told in ("below", "probably_below"):
            sentences.append(_("Read it, then drill it."))
        if is_drilled and not drill:
            sentences.append(_no_question(planned, records))
        yield StudyRow(slug, planned.title, fact, " ".join(sentences), bool(planned.read_at), drill)


def _no_question(planned: PlanTopic, records: StudyRecords) -> str:
    """Return that a topic has no question for today but those missed today, and from when on it has one, if known."""
    questions = records.pool.questions_by_topic.get(planned.slug, ())
    answers = [records.newest[question] for question in questions if question in records.newest]
    missed = [answer.question for answer in answers if not answer.correct and answer.at >= records.day_began]
    again = len(records.pool.allowed(missed, records.hidden))
    if planned.ready_on and planned.ready_on > records.today:
        day = date_format(planned.ready_on, "MONTH_DAY_FORMAT")
        if again:
            text = ngettext(
                "Only the one missed today can be asked again before %(day)s.",
                "Only the %(n)d missed today can be asked again before %(day)s.",
                again,
            )
            return text % {"n": again, "day": day}
        return _("No question of it can be asked before %(day)s.") % {"day": day}
    if again:
        text = ngettext(
            "Only the one missed today can be asked again.",
            "Only the %(n)d missed today can be asked again.",
            again,
        )
        return text % {"n": again}
    return _("No question of it can be asked today.")
