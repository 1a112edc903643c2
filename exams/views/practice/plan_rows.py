"""The rows of topics in the plan, joined here for speed: there are over a hundred on the page."""

from collections.abc import Collection, Iterable, Mapping

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from exams.services.practice.plan_topics import PlanTopic
from exams.services.practice.topic_records import TopicRecord
from exams.views.verdicts import IN_PLAN, VERDICTS


class PlanRows:
    """Writes rows, with words and addresses that are looked up once for a page. `records` are by slug.

    Of the topics `in_quiz`, an open quiz has questions that are not answered.
    """

    def __init__(
        self, records: Mapping[str, TopicRecord], summaries: Mapping[str, str], in_quiz: Collection[str] = ()
    ) -> None:
        self._records, self._summaries, self._in_quiz = records, summaries, in_quiz
        self._guide, self._done, self._read = reverse("guide"), _("Worked through: %(title)s"), _("Page read")
        self._by_answers = _("Worked through by your answers")
        self._practiced, self._worked, self._back = _("Practiced today"), _("Practiced"), _("Comes back on %(day)s")
        self._few = (
            _("No questions yet: tick it when you know it"),
            _("Only 1 question to practice"),
            _("Only 2 questions to practice"),
        )
        self._resting = _("All asked this week: what you missed comes back when it is due")
        self._open = _("In your open quiz")
        self._kept = _("Its questions are kept for your mock exams: read its page")
        self._failed = _("Missed in your mock exam of %(day)s")
        self._record = _("%(seen)d seen, %(right)d right the last time")

    def of(self, entries: Iterable[PlanTopic]) -> SafeString:
        """Return the rows of a week, with the day of each topic."""
        return mark_safe("\n".join(f'<li class="plan-topic" id="{row.slug}">{self.row(row)}</li>' for row in entries))

    def row(self, entry: PlanTopic, *, is_due: bool = False, is_resting: bool = False) -> SafeString:
        """Return what a row says of a topic: with its summary if it is due, else with its day.

        Of one that `is_resting`, no question can be asked: all were right within a week, or asked today, or are in an
        open quiz, or are kept.
        """
        title, summary = escape(entry.title), self._summaries.get(entry.slug, "") if is_due else ""
        about = f'<p class="small quiet-text">{escape(summary)}</p>' if summary else ""
        facts = "".join(f"<span>{fact}</span>" for fact in self._facts(entry, is_due=is_due, is_resting=is_resting))
        origin = "?from=today" if is_due else ""
        return mark_safe(
            f'{self._tick(entry, title)}<div><a href="{self._guide}{entry.slug}/{origin}">{title}</a>{about}'
            + (f'<p class="small quiet-text plan-facts">{facts}</p></div>' if facts else "</div>")
            + (
                f'<span class="plan-day">{date_format(entry.day, "MONTH_DAY_FORMAT")}</span>'
                if entry.day and not is_due
                else ""
            )
        )

    def _tick(self, entry: PlanTopic, title: str) -> str:
        """Return the button, or a mark for what is done by answers: that is not taken back by a click."""
        is_done = entry.done_at is not None
        if is_done and not entry.is_ticked:
            return '<span class="tick" aria-hidden="true"><span>✓</span></span>'
        name = "undone" if is_done else "again" if entry.is_ticked else "done"
        return (
            f'<button class="tick" form="marks" name="{name}" value="{entry.slug}"'
            f' aria-pressed="{"true" if is_done else "false"}" aria-label="{self._done % {"title": title}}"><span'
            f' aria-hidden="true">{"✓" * is_done}</span></button>'
        )

    def _facts(self, entry: PlanTopic, *, is_due: bool, is_resting: bool) -> list[str]:
        facts = []
        if is_due and entry.is_practiced:
            facts.append(self._practiced)
        if not is_due and entry.in_week and not entry.done_at:
            facts.append(self._worked)
        if entry.done_at:
            facts += [] if entry.is_ticked else [self._by_answers]
        else:
            facts += [str(IN_PLAN["back"])] if entry.came_back else []
            if entry.failed_on:
                facts.append(self._failed % {"day": date_format(entry.failed_on, "MONTH_DAY_FORMAT")})
            facts += [] if entry.is_new and entry.verdict == "unseen" else [str(VERDICTS[entry.told or "unseen"])]
        if entry.back_on and not (entry.done_at or entry.is_new) and (entry.is_worked if is_due else not entry.day):
            facts.append(self._back % {"day": date_format(entry.back_on, "MONTH_DAY_FORMAT")})
        if is_resting and entry.needed and not entry.is_worked:
            in_quiz = entry.slug in self._in_quiz
            facts.append(self._open if in_quiz else self._kept if entry.is_kept else self._resting)
        elif entry.needed < len(self._few) and not (entry.done_at and entry.is_ticked):
            facts.append(self._few[entry.needed])
        if entry.read_at:
            facts.append(self._read)
        if (record := self._records.get(entry.slug)) and (is_due or not entry.is_new):
            facts.append(self._record % {"seen": record.seen, "right": record.right})
        return facts
