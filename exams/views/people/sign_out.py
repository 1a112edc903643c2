"""Sign out of this browser, or of all others."""

from django import forms
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from exams import access
from exams.services.attempt import attempts
from exams.services.people import candidates
from exams.sign_in import check_current_password
from exams.views.pages import form_page
from questions.models import User


class ConfirmPasswordForm(forms.Form):
    """Ask for the current password. An account without a password has no field."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False)

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request, self.user = request, user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        check_current_password(self.request, self.user, password)
        return password


@form_page
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ask on GET, with a warning about open exams; end the session of user and candidate on POST."""
    if not request.user.is_authenticated:
        return redirect("leave" if access.candidate(request) else "front")
    if request.method == "POST":
        auth.logout(request)
        rotate_token(request)  # the next person cannot start from a rules page in the history of this browser
        messages.success(request, _("You are signed out."))
        return redirect("front")
    guest = access.pending_guest(request)
    context = {
        "has_open_exam": bool(attempts.open_exams(access.candidate(request)) or attempts.open_exams(guest)),
        "guest": guest,
        "guest_code": candidates.shown_guest_code(guest),
    }
    return render(request, "account/logout.html", context)


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponseBase:
    """End the sessions of all other browsers by storing a new hash of the same password."""
    user = request.user
    assert isinstance(user, User)
    form = ConfirmPasswordForm(request, user)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data.get("password"))
        user.save(update_fields=["password"])
        auth.update_session_auth_hash(request, user)
        messages.success(request, _("All other browsers are signed out."))
        return redirect("account")
    return render(request, "exams/people/sign_out_everywhere.html", {"form": form, "section": "account"})
