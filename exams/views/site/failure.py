"""The page for requests that fail the CSRF check. It keeps what was posted."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render

# Never repeated in a page.
SECRET_FIELDS = {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword"}


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the posted fields again with a new token: a sign-in in another tab makes the old one invalid."""
    get_token(request)
    fields = [(name, value) for name, values in request.POST.lists() if name not in SECRET_FIELDS for value in values]
    response = render(request, "403_csrf.html", {"fields": fields, "action": request.get_full_path()}, status=403)
    response["Cache-Control"] = "no-store"
    return response
