"""Export the candidate's own finished attempt as one JSON object with everything the score is computed from."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from exams import access, disclosure
from exams.models import Attempt
from exams.services.attempt import disclosures
from exams.services.attempt.hidden_questions import hidden_from
from exams.services.results import review as reviews
from exams.services.results.export import export_chunk
from exams.views.pages import safe_page


@safe_page
def export(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Return the attempt; `score` is null until it is scored. Return 409 where keys must not be shown."""
    attempt = access.own_attempt(request, uuid, timezone.now(), with_report=True)
    if attempt.status == Attempt.Status.OPEN:
        message = _("This exam is still running. Finish it first, then export it.")
        return JsonResponse({"error": message}, status=409)
    if attempt.status == Attempt.Status.ABANDONED:
        message = _("You ended this exam without a score. There is nothing to export.")
        return JsonResponse({"error": message}, status=409)
    if not attempt.is_disclosed:
        message = _("The answers of this exam have not been released yet. Export it after the release.")
        return JsonResponse({"error": message}, status=409)
    if not disclosures.note_disclosure(attempt, "export", timezone.now()):
        return JsonResponse({"error": _("This exam has been reopened. Finish it first.")}, status=409)
    open_questions = hidden_from(access.candidate_ids(request))
    rows = reviews.responses(attempt, questions=bool(open_questions))
    shown = {row for row in rows if disclosure.is_disclosed(attempt, row)}
    if not all(disclosure.is_disclosed(attempt, row, open_questions) for row in shown):
        message = _(
            "Some questions of this exam are also in an exam whose answers are still closed. They are hidden until you "
            "finish your exam; those of a class exam are hidden until the class exam ends. Export it afterwards."
        )
        return JsonResponse({"error": message}, status=409)
    day = timezone.localdate(attempt.started_at)
    name = f"{attempt.blueprint_code.lower()}-{day.isoformat()}-{str(attempt.uuid)[:8]}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    (content,) = export_chunk([attempt], {(attempt.pk, row.position) for row in rows if row not in shown})
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False}, headers=headers)
