"""Export the candidate's own finished attempt: as JSON with all that the score rests on, or its answers as CSV."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from exams import access, disclosure
from exams.models import Attempt
from exams.services.attempt import disclosures
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results import review as reviews
from exams.services.results.export import Json, export_chunk
from exams.services.results.person_data import ANSWER_COLUMNS, answer_rows
from exams.views.pages import safe_page
from questions.formats.csv_tables import MEDIA_TYPE, table_for_people


class _WithheldError(Exception):
    """The keys of an attempt must not be shown. The message is for the candidate."""


@safe_page
def export(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Return the attempt; `score` is null until it is scored. Return 409 where keys must not be shown."""
    attempt = access.own_attempt(request, uuid, timezone.now(), with_report=True)
    try:
        content = _exported(request, attempt)
    except _WithheldError as error:
        return JsonResponse({"error": str(error)}, status=409)
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False}, headers=_as_file(attempt, "json"))


@safe_page
def export_answers(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Return the answers as a table, one row for each question. Return 409 where keys must not be shown."""
    attempt = access.own_attempt(request, uuid, timezone.now(), with_report=True)
    try:
        content = _exported(request, attempt)
    except _WithheldError as error:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    table = table_for_people([ANSWER_COLUMNS, *answer_rows(content)])
    return HttpResponse(table, content_type=MEDIA_TYPE, headers=_as_file(attempt, "csv"))


def _exported(request: HttpRequest, attempt: Attempt) -> Json:
    """Return an attempt as plain values. Raise _WithheldError where keys must not be shown."""
    if attempt.status == Attempt.Status.OPEN:
        raise _WithheldError(_("This exam is still running. Finish it first, then export it."))
    if attempt.status == Attempt.Status.ABANDONED:
        raise _WithheldError(_("You ended this exam without a score. There is nothing to export."))
    if not attempt.is_disclosed:
        raise _WithheldError(_("The answers of this exam have not been released yet. Export it after the release."))
    if not disclosures.note_disclosure(attempt, "export", timezone.now()):
        raise _WithheldError(_("This exam has been reopened. Finish it first."))
    open_questions = hidden_from(access.candidate_ids(request))
    rows = reviews.responses(attempt, questions=bool(open_questions))
    shown = {row for row in rows if disclosure.is_disclosed(attempt, row)}
    if not all(disclosure.is_disclosed(attempt, row, open_questions) for row in shown):
        message = _(
            "Some questions of this exam are also in an exam whose answers are still closed. They are hidden until you "
            "finish your exam; those of a class exam are hidden until the class exam ends. Export it afterwards."
        )
        raise _WithheldError(message)
    (content,) = export_chunk([attempt], {(attempt.pk, row.position) for row in rows if row not in shown})
    return content


def _as_file(attempt: Attempt, ending: str) -> dict[str, str]:
    """Return the header that names the file of an attempt."""
    day = timezone.localdate(attempt.started_at)
    name = f"{attempt.blueprint_code.lower()}-{day.isoformat()}-{str(attempt.uuid)[:8]}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
