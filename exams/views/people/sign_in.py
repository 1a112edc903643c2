"""Sign in without a password: sign-in links, and new passwords afterwards or by e-mail."""

import time

from allauth.account import views as allauth
from allauth.account.forms import SetPasswordForm
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from exams import rate_limits, sign_in
from exams.rate_limits import Limit
from exams.services.people import second_factor, sign_in_links
from exams.views.pages import form_page
from questions.models import User

NEW_PASSWORD_SECONDS = 3600  # after a sign-in by link


@sensitive_post_parameters("password")
def sign_in_page(request: HttpRequest) -> HttpResponseBase:
    """Sign in by name and password. A form without one of them is not refused: it tries no password.

    The account adapter counts the passwords that are checked.
    """
    is_try = all(request.POST.get(field, "").strip() for field in ("login", "password"))
    if is_try and rate_limits.is_reached(request, Limit.SIGN_IN):
        return rate_limits.refusal(request)
    response: HttpResponseBase = allauth.login(request)
    return response


@form_page
def sign_in_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Sign in on POST, and ask for the second factor of an account that has one.

    GET does not use up the link, because chats and mail programs open links for previews.
    """
    if request.method != "POST":
        linked_user = sign_in_links.user_for_token(token)
        ends_password = linked_user and sign_in_links.ends_password(linked_user)
        context = {"name": linked_user and linked_user.username, "ends_password": ends_password}
        return render(request, "account/sign_in_link.html", context, status=200 if linked_user else 410)
    user = sign_in_links.redeem(token, timezone.now())
    if user is None:
        return render(request, "account/sign_in_link.html", status=410)
    if request.user.is_authenticated and (request.user != user or second_factor.is_on(user)):
        auth.logout(request)  # the second factor is asked of nobody who is signed in
    return perform_login(request, user, redirect_url=reverse("new_password"), signal_kwargs={sign_in.BY_LINK: True})


@never_cache
@login_required
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponseBase:
    """Set a new password without the old one, for NEW_PASSWORD_SECONDS after a sign-in by link."""
    if time.time() - request.session.get(sign_in.BY_LINK, 0) > NEW_PASSWORD_SECONDS:
        return redirect("account_change_password")
    user = request.user
    assert isinstance(user, User)
    form = SetPasswordForm(data=request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        auth.update_session_auth_hash(request, user)
        request.session.pop(sign_in.BY_LINK)
        messages.success(request, _("Your password is set."))
        return redirect("admin:index" if user.is_staff else "account")
    return render(request, "account/password_set.html", {"form": form})


@form_page
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Reset the password by e-mail; without a working mail server, show whom to ask."""
    if not settings.EMAIL_URL:
        return render(request, "account/password_reset.html")
    try:
        response: HttpResponse = allauth.password_reset(request)
        return response.render() if hasattr(response, "render") else response
    except OSError as error:  # smtplib's errors too
        sign_in.log_unsent_mail(error)
        return render(request, "account/password_reset.html", {"failed": True}, status=503)
