"""The questions that a candidate missed: pages to read, one to print, and a file for flash-card programs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from exams import access, disclosure, rate_limits
from exams.chosen_exam import ExamScope, exam_scope
from exams.disclosure import Card
from exams.models import Response
from exams.rate_limits import Limit
from exams.services.attempt import scoring_rules
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results import review as reviews
from exams.services.results.missed import missed_responses
from exams.views.pages import safe_page
from questions.content.pictures import describe_images
from questions.formats.csv_tables import MEDIA_TYPE, table_for_programs

QUESTIONS_PER_PAGE = 20
MAX_PRINTED = 100  # on one page, newest first; the file has all
# Anki reads these lines; with the id, a later file updates cards instead of adding them again.
ANKI_HEADER = ("#separator:Comma", "#html:true", "#columns:Id,Front,Back,Tags", "#guid column:1", "#tags column:4")


@dataclass(frozen=True, slots=True)
class MissedQuestion:
    """One question with its solution and the candidate's last answer."""

    code: str
    tags: str
    card: Card


def _responses(candidates: Collection[int], hidden: Collection[int], scope: ExamScope) -> list[Response]:
    """Return the responses to the missed questions that may be shown now, newest first."""
    rows = missed_responses(candidates, scope.of_other_syllabuses) if candidates else []
    return [row for row in rows if disclosure.is_disclosed(row.attempt, row, hidden)]


def _questions(responses: Sequence[Response]) -> list[MissedQuestion]:
    """Return the questions of these responses with their solutions."""
    options = reviews.options_by_revision(responses)
    missed = []
    for response in responses:
        card_options = options[response.revision_id]
        question = card_options[0].revision.question
        topic = [question.topic.slug] if question.topic else []
        missed.append(
            MissedQuestion(
                code=question.code,
                tags=" ".join(["mlsprep", response.attempt.blueprint_code.lower(), *topic]),
                card=disclosure.card(
                    response.attempt, response, card_options, rule=scoring_rules.of_one_question(response.attempt)
                ),
            )
        )
    return missed


@safe_page
def missed(request: HttpRequest) -> HttpResponse:
    """Show the missed questions with their solutions in pages, or with ?page=all on one page, for print."""
    candidates = access.candidate_ids(request)
    hidden = hidden_from(candidates) if candidates else frozenset()
    scope = exam_scope(request)
    responses = _responses(candidates, hidden, scope)
    on_one_page = request.GET.get("page") == "all"
    size = MAX_PRINTED if on_one_page else QUESTIONS_PER_PAGE
    page = Paginator(responses, size).get_page(request.GET.get("page"))
    context = {
        "section": "history",
        "scope": scope,
        "questions": _questions(list(page)),
        "page": page,
        "on_one_page": on_one_page,
        "is_signed_out": not candidates and not request.user.is_authenticated,
        "some_hidden": bool(hidden),  # not how many: that would tell how many answers in a class exam are wrong
        "max_printed": MAX_PRINTED,
        "today": timezone.now(),
    }
    return render(request, "exams/results/missed.html", context)


@safe_page
def missed_cards(request: HttpRequest) -> HttpResponse:
    """Return the missed questions as CSV for flash-card programs: question and options in front, solution behind.

    It has all of them, so a candidate gets a few files a minute.
    """
    candidates = access.candidate_ids(request)
    if candidates and not rate_limits.count(request, Limit.FLASH_CARDS, str(candidates[0])):
        return render(request, "429.html", status=429)
    hidden = hidden_from(candidates) if candidates else frozenset()
    questions = _questions(_responses(candidates, hidden, exam_scope(request)))
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
    return HttpResponse(header + table_for_programs(rows), content_type=MEDIA_TYPE, headers=headers)
