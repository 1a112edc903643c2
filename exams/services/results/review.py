"""Read a finished attempt for its review."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Subquery

from exams.models import Attempt, Response, Star
from exams.psychometrics.item_flags import MIN_N_KEY_CHECK
from questions.models import Option, OptionStatistics, Revision

REVISION_TEXTS = [
    f"revision__{name}" for name in ("stem", "stem_html", "explanation", "explanation_html", "references")
]


def responses(attempt: Attempt, *, questions: bool = False) -> list[Response]:
    """Return all responses by position: one query. With `questions`, their revisions name the question.

    Annotated with `topic_slug` and `topic_title` of the question, and with `starred`: whether the candidate has
    marked the question to come back to.
    """
    star = Star.objects.filter(candidate=attempt.candidate_id, question=OuterRef("revision__question"))
    topic = {f"topic_{name}": F(f"revision__question__topic__{name}") for name in ("slug", "title")}
    rows = Response.objects.filter(attempt=attempt).annotate(starred=Exists(star), **topic).order_by("position")
    return list(rows.select_related("revision").defer(*REVISION_TEXTS) if questions else rows)


class OptionText(NamedTuple):
    """The parts of an option that a review shows: a row is much cheaper than a model.

    `chosen_by` is the percentage of all candidates who chose it, None below MIN_N_KEY_CHECK candidates.
    """

    bit: int
    text_html: str
    rationale_html: str
    revision: Revision
    chosen_by: float | None


def options_by_revision(responses: list[Response]) -> dict[int, list[OptionText]]:
    """Return the options of these responses by revision, and set the revisions with question and topic: two queries."""
    options: dict[int, list[OptionText]] = defaultdict(list)
    rows = Revision.objects.select_related("question__topic").only(
        *("number", "key", "stem_html", "explanation_html", "references"),
        *("question__code", "question__topic__slug", "question__topic__title"),
    )
    revisions = rows.in_bulk([response.revision_id for response in responses])
    for response in responses:
        response.revision = revisions[response.revision_id]
    texts = Option.objects.filter(revision_id__in=revisions).annotate(chosen_by=_chosen_by())
    columns = ("revision_id", "bit", "text_html", "rationale_html", "chosen_by")
    for key, bit, text, rationale, chosen_by in texts.values_list(*columns):
        options[key].append(OptionText(bit, text, rationale, revisions[key], chosen_by))
    return options


def _chosen_by() -> Subquery:
    """Return the percentage of an option in the statistics of its revision, if enough real candidates answered it."""
    counted = OptionStatistics.objects.filter(
        statistics__revision=OuterRef("revision_id"),
        bit=OuterRef("bit"),
        statistics__synthetic=False,
        statistics__n__gte=MIN_N_KEY_CHECK,
    )
    return Subquery(counted.values(percent=F("count") * 100.0 / F("statistics__n")))
