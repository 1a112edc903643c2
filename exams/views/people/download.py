"""Download everything that is stored about the person of this session."""

import tempfile
from functools import partial

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exams import access, disclosure
from exams.services.practice import repetition
from exams.services.results.export_person import Person, write_person
from questions.models import User

MAX_BYTES_IN_MEMORY = 4_000_000


@never_cache
@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """Return one ZIP with the exams, practice and marks of account and guest."""
    user = request.user if isinstance(request.user, User) else None
    owners = [row for row in (access.candidate(request), access.pending_guest(request)) if row]
    if user is None and not owners:
        return redirect("account_login")
    now = timezone.now()
    file = tempfile.SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115  (the response closes it)
    keys = [row.pk for row in owners]
    cards_of = partial(repetition.disclosed_cards, beside=keys)
    write_person(file, Person(user, owners), disclosure.for_candidates(keys), cards_of, now)
    file.seek(0)
    name = f"mlsprep-{timezone.localdate(now).isoformat()}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
