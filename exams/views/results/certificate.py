"""The certificate of a passed exam: its page, which confirms the number to anybody who has it, and the PDF."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from exams import access, rate_limits
from exams.rate_limits import Limit
from exams.services.results import certificates
from exams.services.results.certificates import House
from exams.sign_in import site_url
from exams.views.pages import safe_page
from questions.content.picture_files import PictureError, picture_in
from questions.services.errors import RefusedError


@safe_page
def own_certificate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Send the owner of a passed exam to the page of its certificate."""
    attempt = access.own_attempt(request, uuid, timezone.now(), with_report=True)
    found = certificates.certificate(attempt)
    if found is None:
        raise Http404
    return redirect("certificate", number=found.number)


@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm a certificate: whom it is for, which exam, when. The number is known to whom its owner gave it."""
    found = certificates.find(number)
    response = render(request, "exams/results/certificate.html", {"certificate": found}, status=200 if found else 404)
    response["X-Robots-Tag"] = "noindex"
    return response


def _house() -> House:
    """Return the name and the logo of the house as far as it has them; a logo that cannot be read is left out."""
    name = "" if settings.SITE_NAME == "mlsprep" else settings.SITE_NAME
    try:
        return House(name, picture_in(settings.SITE_LOGO).data if settings.SITE_LOGO else b"")
    except (PictureError, OSError):
        return House(name)


@require_safe
def certificate_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Send the certificate as a PDF, a few times a minute."""
    found = certificates.find(number)
    if found is None:
        raise Http404
    if not rate_limits.count(request, Limit.CERTIFICATE, found.number):
        return rate_limits.refusal(request)
    address = site_url(request).rstrip("/") + reverse("certificate", args=[found.number])
    try:
        content = certificates.pdf(found, address, _house())
    except RefusedError as refused:
        messages.error(request, str(refused))
        return redirect("certificate", number=found.number)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="certificate-{found.number}.pdf"'
    return response
