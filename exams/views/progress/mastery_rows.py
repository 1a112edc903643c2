"""The rows of the tables of mastery, joined here for speed: there are over a hundred on the page."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from exams.views.progress.topic_map import DomainRows, Estimate, TaskRow, TopicCell
from exams.views.verdicts import TopicWords


class MasteryRows:
    """Writes rows, with words and addresses that are looked up once for a page.

    Topics of `practiced` get a button: they have questions for practice.
    """

    def __init__(self, practiced: Collection[str]) -> None:
        self._practiced = practiced
        self._guide, self._practice, self._words = reverse("guide"), _("Practice"), TopicWords()

    def groups(self, domain: DomainRows) -> SafeString:
        """Return a group of rows for each task of an exam domain."""
        return mark_safe("\n".join(f"<tbody>{self._task(domain, task)}</tbody>" for task in domain.tasks))

    def _task(self, domain: DomainRows, task: TaskRow) -> str:
        rows = [self._topic(cell) for cell in task.topics]
        if domain.title and task.title != domain.title:
            head = f'<th scope="rowgroup">{escape(task.code)} {escape(task.title)}</th>'
            last = "<td></td>" * bool(self._practiced)
            label = self._words.verdicts[task.estimate.verdict if task.estimate else "unseen"]
            rows.insert(0, f'<tr class="task">{head}{self._figures(task.estimate, label)}{last}</tr>')
        return "\n".join(rows)

    def _topic(self, cell: TopicCell) -> str:
        title, button = escape(cell.title), "<td></td>" * bool(self._practiced)
        if cell.slug in self._practiced:
            button = (
                f'<td><button class="button plain small" name="topic" value="{cell.slug}">{self._practice}'
                f'<span class="visually-hidden">: {title}</span></button></td>'
            )
        return (
            f'<tr id="t-{cell.slug}"><th scope="row"><a href="{self._guide}{cell.slug}/">{title}</a>'
            + (f' <span class="small unit">{escape(self._words.in_plan[cell.in_plan])}</span>' if cell.in_plan else "")
            + "</th>"
            f"{self._figures(cell.estimate, cell.label, cell.missed)}{button}</tr>"
        )

    def _figures(self, estimate: Estimate | None, label: str, missed: int = 0) -> str:
        """Return the cells of the verdict, of the chance, as a bar with its interval, and of the right answers."""
        if estimate is None:
            return f'<td class="unit">{label}</td><td></td><td class="n"></td>'
        again = f'<br><span class="small unit">{self._words.missed(missed)}</span>' if missed else ""
        verdict, right = f"<td>{label}{again}</td>", f'<td class="n">{estimate.right} / {estimate.n}</td>'
        if estimate.is_vague:
            return f"{verdict}<td></td>{right}"
        mean, standard = estimate.mean, estimate.standard
        dot = f'<circle class="dot" cx="{mean}%" cy="9" r="4" fill="none" stroke="currentColor"/>'
        bar = "band" if estimate.verdict in ("below", "above") else "soft"
        return (
            f'{verdict}<td><span class="estimate {estimate.verdict}">'
            '<svg class="chart" width="100%" height="18" aria-hidden="true">'
            '<line class="grid" x1="0" x2="100%" y1="9" y2="9" stroke="currentColor"/>'
            f'<rect class="{bar}" x="{estimate.lo}%" y="6" width="{estimate.width}%" height="6" fill="currentColor"/>'
            f'<line class="cut" x1="{standard}%" x2="{standard}%" y1="1" y2="17" stroke="currentColor"/>'
            f"{dot}</svg>"
            f'<span class="figures">{mean}% <span class="unit">{estimate.lo}–{estimate.hi}</span></span>'
            f"</span></td>{right}"
        )
