"""Read a finished attempt for its review."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Q

from exams.models import Attempt, Response, Star
from questions.models import Enemy, Option, Revision

REVISION_TEXTS = [
    f"revision__{name}" for name in ("stem", "stem_html", "explanation", "explanation_html", "references")
]


def responses(attempt: Attempt) -> list[Response]:
    """Return all responses by position, each with its revision but without the texts of it: one query.

    Annotated with `topic_slug` and `topic_title` of the question, and with `starred`: whether the candidate has
    marked the question to come back to.
    """
    star = Star.objects.filter(candidate=attempt.candidate_id, question=OuterRef("revision__question"))
    topic = {f"topic_{name}": F(f"revision__question__topic__{name}") for name in ("slug", "title")}
    rows = Response.objects.filter(attempt=attempt).select_related("revision").defer(*REVISION_TEXTS)
    return list(rows.annotate(starred=Exists(star), **topic).order_by("position"))


def options_by_revision(responses: list[Response]) -> dict[int, list[Option]]:
    """Return the options of these responses by revision, and set the revisions with question and topic: two queries."""
    options: dict[int, list[Option]] = defaultdict(list)
    rows = Revision.objects.select_related("question__topic").only(
        *("number", "key", "stem_html", "explanation_html", "references"),
        *("question__code", "question__topic__slug", "question__topic__title"),
    )
    revisions = rows.in_bulk([response.revision_id for response in responses])
    for response in responses:
        response.revision = revisions[response.revision_id]
    for option in Option.objects.filter(revision_id__in=revisions).only(
        "revision_id", "bit", "text_html", "rationale_html"
    ):
        option.revision = revisions[option.revision_id]
        options[option.revision_id].append(option)
    return options


def questions_in_open_exams(candidates: Collection[int]) -> frozenset[int]:
    """Return keys of the questions in the open exams of these candidates, and of the enemies of those questions."""
    rows = Response.objects.filter(attempt__in=Attempt.objects.open_exams().filter(candidate__in=candidates))
    questions = set(rows.order_by().values_list("revision__question", flat=True))
    if not questions:
        return frozenset()
    pairs = Enemy.objects.filter(Q(low__in=questions) | Q(high__in=questions)).values_list("low", "high")
    return frozenset(questions.union(*pairs))
