"""Sign in without a password: sign-in links, and new passwords afterwards or by e-mail."""

import time

from allauth.account import views as allauth
from allauth.account.forms import SetPasswordForm
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from exams import access
from exams.services.people import sign_in
from questions.models import User

LINK_SIGN_IN_KEY = "by_link"  # session key: epoch seconds of the sign-in by link
NEW_PASSWORD_SECONDS = 3600  # after a sign-in by link
AUTH_BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Sign in on POST. GET does not use up the link, because chats and mail programs open links for previews."""
    if request.method != "POST":
        linked_user = sign_in.user_for_token(token)
        context = {"name": linked_user and linked_user.username}
        return render(request, "account/sign_in_link.html", context, status=200 if linked_user else 410)
    user = sign_in.redeem(token, timezone.now())
    if user is None:
        return render(request, "account/sign_in_link.html", status=410)
    auth.login(request, user, backend=AUTH_BACKEND)
    request.session[LINK_SIGN_IN_KEY] = time.time()
    return redirect("account" if access.PENDING_GUEST_KEY in request.session else "new_password")


@never_cache
@login_required
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponseBase:
    """Set a new password without the old one, for NEW_PASSWORD_SECONDS after a sign-in by link."""
    if time.time() - request.session.get(LINK_SIGN_IN_KEY, 0) > NEW_PASSWORD_SECONDS:
        return redirect("account_change_password")
    user = request.user
    assert isinstance(user, User)
    form = SetPasswordForm(data=request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        auth.update_session_auth_hash(request, user)
        request.session.pop(LINK_SIGN_IN_KEY)
        messages.success(request, _("Your password is set."))
        return redirect("admin:index" if user.is_staff else "account")
    return render(request, "account/password_set.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Reset the password by e-mail; without a working mail server, show whom to ask."""
    if not settings.EMAIL_URL:
        return render(request, "account/password_reset.html")
    try:
        response: HttpResponse = allauth.password_reset(request)
        return response.render() if hasattr(response, "render") else response
    except OSError:  # smtplib's errors too
        return render(request, "account/password_reset.html", {"failed": True}, status=503)
