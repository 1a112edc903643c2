"""Download everything that is stored about the person of this session: at once, or as a file made in the background."""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.core.cache import caches
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from exams import access, person_data
from exams.models import Candidate
from exams.rate_limits import COUNTERS
from exams.services.people import person_data_files
from exams.views.pages import form_page, is_htmx, safe_page, see_other
from questions.models import User
from questions.services import job_state

BUSY_SECONDS = 60  # a process that was killed does not keep a person from the next try for longer
RETRY_AFTER_SECONDS = 5
FRESH = timedelta(minutes=10)  # so long a file that was made in the background is new enough


@dataclass(frozen=True, slots=True)
class _Visitor:
    """The account and the guest of this browser."""

    user: User | None
    owners: Sequence[Candidate]

    @classmethod
    def of(cls, request: HttpRequest) -> "_Visitor | None":
        user = request.user if isinstance(request.user, User) else None
        owners = [row for row in (access.candidate(request), access.pending_guest(request)) if row]
        return cls(user, owners) if user or owners else None

    @property
    def is_large(self) -> bool:
        return person_data_files.is_large(self.owners)

    @property
    def busy_key(self) -> str:
        return f"own-data:{f'user-{self.user.pk}' if self.user else self.owners[0].pk}"


@safe_page
def download(request: HttpRequest) -> HttpResponseBase:
    """Return one ZIP with the exams, practice and marks of account and guest; a person gets one at a time.

    None while another browser writes an exam of a class: the file would have its answers and notes.
    """
    visitor, now = _Visitor.of(request), timezone.now()
    if visitor is None:
        return redirect("account_login")
    access.check_seats(request, visitor.owners)
    if visitor.is_large:
        file = person_data_files.find(visitor.user, visitor.owners, now)
        return _zip(io.BytesIO(file.data), file.made_at) if file else redirect("person_data")
    if not caches[COUNTERS].add(visitor.busy_key, True, BUSY_SECONDS):
        response = render(request, "exams/people/person_data_busy.html", status=429)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    try:
        buffer = tempfile.SpooledTemporaryFile(person_data.MAX_BYTES_IN_MEMORY)  # noqa: SIM115  (the response closes it)
        person_data.write(buffer, visitor.user, visitor.owners, now)
    finally:
        caches[COUNTERS].delete(visitor.busy_key)
    buffer.seek(0)
    return _zip(buffer, now)


@form_page
def file_page(request: HttpRequest) -> HttpResponseBase:
    """Show whether the file of a person with many exams is there; POST makes a new one in the background."""
    visitor, now = _Visitor.of(request), timezone.now()
    if visitor is None:
        return redirect("account_login")
    if not visitor.is_large:
        return redirect("account")
    file, job = person_data_files.find(visitor.user, visitor.owners, now), person_data.newest_job(visitor.owners)
    is_busy = job is not None and job.state in job_state.OPEN
    is_fresh = file is not None and file.made_at > now - FRESH
    if request.method == "POST":
        if not is_fresh:
            person_data.request(visitor.user, visitor.owners, now)
        return see_other("person_data")
    if not is_busy and is_htmx(request):  # the page that waits shows what there is now
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {
        "section": "account",
        "file": file,
        "is_fresh": is_fresh,
        "deleted_at": file.made_at + person_data_files.RETENTION if file else None,
        "job": job,
        "is_busy": is_busy,
        "is_late": job_state.is_late(job, now),
    }
    return render(request, "exams/people/person_data.html", context)


def _zip(content: IO[bytes], made_at: datetime) -> FileResponse:
    name = f"mlsprep-{timezone.localdate(made_at).isoformat()}.zip"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")
