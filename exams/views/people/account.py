"""The account: its page, ways in without a password, and ways out."""

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
from django.views.decorators.http import require_http_methods, require_safe

from exams import access
from exams.forms import PasswordAgain
from exams.models import Attempt, Candidate
from exams.services.people import candidates, sign_in
from questions.models import User

BY_LINK_KEY, BY_LINK_SECONDS = "by_link", 3600
BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponseBase:
    """Who one is here: a user with an account, or a guest with a code."""
    candidate, beside = access.candidate(request), access.beside(request)
    if not request.user.is_authenticated and (candidate is None or candidate.user_id):
        return redirect("account_login")
    context = {
        "section": "account",
        "guest_code": _code(candidate if not request.user.is_authenticated else beside),
        "running": _running(candidate),
        "guest_running": _running(beside),
        "zone": settings.DISPLAY_TZ,
        "preferences": candidate.preferences if candidate else {},
    }
    return render(request, "exams/people/account.html", context)


def _code(candidate: Candidate | None) -> str:
    return candidates.guest_code(candidate) if candidate and candidate.user_id is None else ""


def _running(candidate: Candidate | None) -> list[Attempt]:
    if candidate is None:
        return []
    exams = Attempt.objects.exams_running().filter(candidate=candidate)
    return list(exams.select_related("form__blueprint").order_by("deadline"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Asks, naming exams that run on; then ends the session, the candidate's too."""
    if not request.user.is_authenticated:
        return redirect("leave" if access.candidate(request) else "front")
    if request.method == "POST":
        auth.logout(request)
        messages.success(request, _("You are signed out."))
        return redirect("front")
    beside = access.beside(request)
    running = _running(access.candidate(request)) + _running(beside)
    return render(request, "account/logout.html", {"running": running, "guest_code": _code(beside)})


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponseBase:
    """Ends the sessions of all other browsers: the same password in a new hash ends what hangs on the old one."""
    user = request.user
    assert isinstance(user, User)
    form = PasswordAgain(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data.get("password"))
        user.save(update_fields=["password"])
        auth.update_session_auth_hash(request, user)
        messages.success(request, _("All other browsers are signed out."))
        return redirect("account")
    return render(request, "exams/people/sign_out_everywhere.html", {"form": form, "section": "account"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where a sign-in link leads. Opening it uses nothing up: chats and mail programs open links by themselves."""
    if request.method != "POST":
        guest = sign_in.user_of(token)
        return render(request, "account/link.html", {"name": guest and guest.username}, status=200 if guest else 410)
    user = sign_in.redeem(token, timezone.now())
    if user is None:
        return render(request, "account/link.html", status=410)
    auth.login(request, user, backend=BACKEND)
    request.session[BY_LINK_KEY] = time.time()
    return redirect("account" if access.BESIDE_KEY in request.session else "new_password")


@never_cache
@login_required
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponseBase:
    """A new password without the old one, for an hour after a sign-in link: who asked for it may have forgotten."""
    if time.time() - request.session.get(BY_LINK_KEY, 0) > BY_LINK_SECONDS:
        return redirect("account_change_password")
    user = request.user
    assert isinstance(user, User)
    form = SetPasswordForm(data=request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        auth.update_session_auth_hash(request, user)
        request.session.pop(BY_LINK_KEY)
        messages.success(request, _("The password is set."))
        return redirect("account")
    return render(request, "account/password_set.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponseBase:
    """A new password by e-mail; without a mail server, or when it fails, whom to ask."""
    if not settings.EMAIL_URL:
        return render(request, "account/password_reset.html")
    try:
        response: HttpResponse = allauth.password_reset(request)
        return response.render() if hasattr(response, "render") else response
    except OSError:  # smtplib's errors too
        return render(request, "account/password_reset.html", {"failed": True}, status=503)
