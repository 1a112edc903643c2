"""Pages for requests that failed: nothing that was posted is thrown away."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render

# Never echoed: a password belongs in no page.
SECRET_FIELDS = {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword"}


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The posted form again with a fresh token, since sign-in in another tab makes the old token invalid."""
    get_token(request)
    fields = [(name, value) for name, values in request.POST.lists() if name not in SECRET_FIELDS for value in values]
    response = render(request, "403_csrf.html", {"fields": fields, "action": request.get_full_path()}, status=403)
    response["Cache-Control"] = "no-store"
    return response
