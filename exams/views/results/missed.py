"""The questions that a candidate missed: a page to print, and a file for flash-card programs."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.disclosure import Card
from exams.models import Candidate
from exams.services.results import review as reviews
from exams.services.results.missed import missed_responses
from questions.content.pictures import describe_images
from questions.formats.csv_tables import table_for_programs

MAX_PRINTED = 100  # newest first; the file has all
# Anki reads these lines; with the id, a later file updates cards instead of adding them again.
ANKI_HEADER = ("#separator:Comma", "#html:true", "#columns:Id,Front,Back,Tags", "#guid column:1", "#tags column:4")


@dataclass(frozen=True, slots=True)
class MissedQuestion:
    """One question with its solution and the candidate's last answer."""

    code: str
    tags: str
    card: Card


def _missed(
    request: HttpRequest, candidate: Candidate | None, limit: int | None = None
) -> tuple[list[MissedQuestion], int]:
    """Return the missed questions that may be shown now, at most `limit`, and how many there are."""
    if candidate is None:
        return [], 0
    candidates = access.candidate_ids(request)
    is_disclosed = disclosure.for_candidates(candidates)
    responses = [row for row in missed_responses(candidates) if is_disclosed(row.attempt, row)]
    shown = responses[:limit]
    options = reviews.options_by_revision(shown)
    missed = []
    for response in shown:
        card_options = options[response.revision_id]
        question = card_options[0].revision.question
        topic = [question.topic.slug] if question.topic else []
        missed.append(
            MissedQuestion(
                code=question.code,
                tags=" ".join(["mlsprep", response.attempt.blueprint_code.lower(), *topic]),
                card=disclosure.card(response.attempt, response, card_options),
            )
        )
    return missed, len(responses)


@never_cache
@require_safe
def missed(request: HttpRequest) -> HttpResponse:
    """Show the missed questions with their solutions, for print."""
    candidate = access.candidate(request)
    questions, total = _missed(request, candidate, MAX_PRINTED)
    context = {
        "section": "history",
        "questions": questions,
        "total": total,
        "today": timezone.now(),
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/results/missed.html", context)


@never_cache
@require_safe
def missed_cards(request: HttpRequest) -> HttpResponse:
    """Return the missed questions as CSV for flash-card programs: question and options in front, solution behind."""
    questions, _total = _missed(request, access.candidate(request))
    rows = [
        (
            question.code,
            describe_images(render_to_string("exams/results/_flash_card_front.html", {"card": question.card}).strip()),
            describe_images(render_to_string("exams/results/_flash_card_back.html", {"card": question.card}).strip()),
            question.tags,
        )
        for question in questions
    ]
    header = "".join(f"{line}\r\n" for line in ANKI_HEADER).encode()
    name = f"mlsprep-missed-{timezone.localdate().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(header + table_for_programs(rows), content_type="text/csv; charset=utf-8", headers=headers)
