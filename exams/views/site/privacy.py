"""The privacy page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what is stored about candidates, for how long, and who can see it."""
    context = {"guest_days": settings.GUEST_DAYS, "account_days": settings.ACCOUNT_DAYS}
    return render(request, "exams/site/privacy.html", context)
