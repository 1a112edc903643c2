"""The questions that a candidate missed: why, pages to read, one to print, practice, a file for flash-card programs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import access, disclosure, rate_limits
from exams.chosen_exam import ExamScope, exam_scope, find_chosen
from exams.disclosure import Card
from exams.models import Mode, Response
from exams.rate_limits import Limit
from exams.services.attempt import scoring_rules
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.practice.mistakes import Missed, sort_missed
from exams.services.practice.practice_pool import practice_pool
from exams.services.practice.study_days import day_start
from exams.services.results import review as reviews
from exams.services.results.missed import answered_at, missed_responses
from exams.views.pages import safe_page
from exams.views.practice.home import SESSION_SIZE
from exams.views.practice.today import zone_of
from questions.content.pictures import describe_images
from questions.content.word_search import plain
from questions.formats.csv_tables import MEDIA_TYPE, table_for_programs
from questions.models import Blueprint, Revision

QUESTIONS_PER_PAGE = 20
EXCERPT_WORDS = 20  # of the stem of a question that is folded
MAX_PRINTED = 100  # on one page, newest first; the file has all
Confidence = Response.Confidence
SURENESS = {
    Confidence.GUESS: gettext_lazy("a guess"),
    Confidence.UNSURE: gettext_lazy("unsure"),
    Confidence.SURE: gettext_lazy("you were sure"),
}
WHY: Mapping[str, str | Promise] = {
    "": gettext_lazy("All"),
    "wrong": gettext_lazy("Wrong"),
    "open": gettext_lazy("Left open"),
    "sure": gettext_lazy("Sure but wrong"),
}
# Anki reads these lines; with the id, a later file updates cards instead of adding them again.
ANKI_HEADER = ("#separator:Comma", "#html:true", "#columns:Id,Front,Back,Tags", "#guid column:1", "#tags column:4")


@dataclass(frozen=True, slots=True)
class MissedQuestion:
    """One question with its solution and the candidate's last answer."""

    code: str
    tags: str
    card: Card
    excerpt: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of the filter `name`, with the number of questions that have it and the chosen value of the other one.

    Without a value, the filter leaves out nothing.
    """

    name: str
    value: str
    label: str | Promise
    count: int
    chosen: bool

    @property
    def query(self) -> dict[str, str | None]:
        """What changes in the address of the page."""
        return {self.name: self.value or None, "page": None}


def _responses(candidates: Collection[int], hidden: Collection[int], scope: ExamScope) -> list[Response]:
    """Return the responses to the missed questions that may be shown now, newest first."""
    rows = missed_responses(candidates, scope.of_other_syllabuses) if candidates else []
    return [row for row in rows if disclosure.is_disclosed(row.attempt, row, hidden)]


def _questions(responses: Sequence[Response]) -> list[MissedQuestion]:
    """Return the questions of these responses with their solutions."""
    options = reviews.options_by_revision(responses)
    stems = dict(Revision.objects.filter(pk__in=options).values_list("pk", "stem"))
    missed = []
    for response in responses:
        card_options = options[response.revision_id]
        question = card_options[0].revision.question
        topic = [question.topic.slug] if question.topic else []
        card = disclosure.card(
            response.attempt, response, card_options, rule=scoring_rules.of_one_question(response.attempt)
        )
        missed.append(
            MissedQuestion(
                code=question.code,
                tags=" ".join(["mlsprep", response.attempt.blueprint_code.lower(), *topic]),
                card=card,
                excerpt=Truncator(plain(stems[response.revision_id])).words(EXCERPT_WORDS),
                reason=_reason(response, is_partly=bool(card.solution and card.solution.partly)),
            )
        )
    return missed


def _has(response: Response, why: str, domain: str) -> bool:
    """Return whether a question was missed for this reason and belongs to this exam domain; both may be empty."""
    is_sure = response.ticked and response.confidence == Confidence.SURE
    reasons = {"": True, "wrong": response.ticked, "open": not response.ticked, "sure": is_sure}
    return bool(reasons[why]) and domain in ("", str(response.exam_domain))


def _reason(response: Response, *, is_partly: bool) -> str:
    """Return in a sentence why a question is here."""
    attempt = response.attempt
    at = answered_at(response, attempt.submitted_at)
    day = formats.date_format(timezone.localtime(at), "DATE_FORMAT") if at else ""
    if not response.ticked:
        return _("Left open in the exam of %(day)s.") % {"day": day}
    chosen = response.ticked.bit_count()
    parts = [_("%(chosen)d of %(choose)d chosen")] if chosen < response.choose else []
    if response.confidence:
        parts.append(str(SURENESS[Confidence(response.confidence)]))
    if attempt.mode == Mode.EXAM:
        text = _("Partly right in the exam of %(day)s") if is_partly else _("Wrong in the exam of %(day)s")
    else:
        text = _("Wrong in practice on %(day)s")
    return ", ".join([text, *parts]) % {"day": day, "chosen": chosen, "choose": response.choose} + "."


def _sorted(
    request: HttpRequest, blueprint: Blueprint | None, responses: Sequence[Response], hidden: Collection[int]
) -> Missed:
    """Return what practice of this exam does with those of its questions that are among these."""
    if blueprint is None or not blueprint.exam.practice:
        return Missed()
    syllabus, day_began = blueprint.exam.syllabus_code, day_start(timezone.now(), zone_of(request))
    missed = {
        row.revision.question_id: answered_at(row, row.attempt.submitted_at) or day_began
        for row in responses
        if row.attempt.form.blueprint.exam.syllabus_code == syllabus
    }
    return sort_missed(missed, practice_pool(blueprint), hidden, day_began)


@safe_page
def missed(request: HttpRequest) -> HttpResponse:
    """Show the missed questions with their solutions in pages, or with ?page=all on one page, for print.

    `?why=` and `?domain=` leave out the others.
    """
    candidates = access.candidate_ids(request)
    hidden = hidden_from(candidates) if candidates else frozenset()
    scope = exam_scope(request)
    every = _responses(candidates, hidden, scope)
    blueprint = find_chosen(request)
    domains = (
        {} if scope.all_exams or blueprint is None else {str(d.number): d.title for d in blueprint.exam.exam_domains}
    )
    why, domain = request.GET.get("why", ""), request.GET.get("domain", "")
    why, domain = why if why in WHY else "", domain if domain in domains else ""
    responses = [row for row in every if _has(row, why, domain)]
    on_one_page = request.GET.get("page") == "all"
    size = MAX_PRINTED if on_one_page else QUESTIONS_PER_PAGE
    page = Paginator(responses, size).get_page(request.GET.get("page"))
    rows = list(page)
    practice = _sorted(request, blueprint, responses, hidden)
    context = {
        "section": "history",
        "scope": scope,
        "blueprint": blueprint,
        "n_missed": len(every),
        "reasons": [
            Choice("why", value, label, sum(_has(row, value, domain) for row in every), value == why)
            for value, label in WHY.items()
        ],
        "domains": [
            Choice("domain", value, label, sum(_has(row, why, value) for row in every), value == domain)
            for value, label in {"": _("All exam domains"), **domains}.items()
        ],
        "practiced": practice.now[:SESSION_SIZE] if len(practice.now) > 1 else (),  # one alone is read
        "practice_words": practice.words if practice.total == len(responses) else "",  # else other exams are among them
        "questions": _questions(rows),
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
