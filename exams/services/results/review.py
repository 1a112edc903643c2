"""Read a finished attempt for its review."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef

from exams.models import Attempt, Response, Star
from exams.psychometrics.item_flags import MIN_N_KEY_CHECK
from questions.models import Option, OptionStatistics, Revision
from questions.models.collection import language_of

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


class TopicText(NamedTuple):
    """The parts of a topic that a review shows."""

    slug: str
    title: str


class QuestionText(NamedTuple):
    """The parts of a question that a review shows."""

    pk: int
    code: str
    topic: TopicText | None


class RevisionText(NamedTuple):
    """The parts of a revision that a review shows, named as those of the model: a row is much cheaper."""

    number: int
    key: int
    stem_html: str
    explanation_html: str
    references: list[dict[str, Any]]
    question: QuestionText
    language: str | None


class OptionText(NamedTuple):
    """The parts of an option that a review shows. `chosen_by` is the percentage of all candidates who chose it.

    It is None below MIN_N_KEY_CHECK candidates.
    """

    bit: int
    text_html: str
    rationale_html: str
    revision: RevisionText
    chosen_by: float | None

    @property
    def language(self) -> str | None:
        return self.revision.language


def options_by_revision(responses: Iterable[Response]) -> dict[int, list[OptionText]]:
    """Return the options of these responses by revision: three queries."""
    revisions = _revisions({response.revision_id for response in responses})
    shares = _shares(revisions)
    options: dict[int, list[OptionText]] = defaultdict(list)
    rows = Option.objects.filter(revision__in=revisions)
    for key, bit, text, rationale in rows.values_list("revision_id", "bit", "text_html", "rationale_html"):
        options[key].append(OptionText(bit, text, rationale, revisions[key], shares.get((key, bit))))
    return options


def _revisions(keys: Collection[int]) -> dict[int, RevisionText]:
    rows = Revision.objects.filter(pk__in=keys).values_list(
        *("pk", "number", "key", "stem_html", "explanation_html", "references"),
        *("question", "question__code", "question__topic__slug", "question__topic__title"),
        language_of("question__collection"),
    )
    revisions = {}
    for pk, number, key, stem, explanation, references, question, code, slug, title, language in rows:
        asked = QuestionText(question, code, TopicText(slug, title) if slug else None)
        revisions[pk] = RevisionText(number, key, stem, explanation, references, asked, language)
    return revisions


def _shares(revisions: Collection[int]) -> dict[tuple[int, int], float]:
    """Return by revision and bit the percentage of an option, where enough real candidates answered the question.

    A query of its own: as a subquery of the options, it takes longer to compile than it runs.
    """
    counted = OptionStatistics.objects.filter(
        statistics__revision__in=revisions, statistics__synthetic=False, statistics__n__gte=MIN_N_KEY_CHECK
    )
    rows = counted.values_list("statistics__revision", "bit", "count", "statistics__n")
    return {(revision, bit): count * 100 / n for revision, bit, count, n in rows}
