"""The account page of a user or a guest: name, email, password, sign-out and data in one place."""

from allauth.account.forms import ChangePasswordForm
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from exams import access
from exams.services.attempt import attempts
from exams.services.classes import participants
from exams.services.people import candidates, second_factor
from exams.services.people.accounts import update_profile
from exams.services.results.history import downloadable_exams
from exams.sign_in import check_current_password
from exams.views.pages import SeeOther, form_page
from exams.views.people.reminders import reminders_context
from questions.models import User


class ProfileForm(forms.Form):
    """Name and email address. A new address also takes the password, because it can receive a link for a new one."""

    display_name = forms.CharField(required=False, max_length=150)
    email = forms.EmailField(required=False)
    password = forms.CharField(widget=forms.PasswordInput, required=False, strip=False)

    def __init__(self, request: HttpRequest, user: User) -> None:
        data = request.POST if request.method == "POST" else None
        super().__init__(data, initial={"display_name": user.get_full_name(), "email": user.email})
        self.request, self.user = request, user
        if not settings.EMAIL_URL:  # the address would have no use
            del self.fields["email"]
        if not settings.EMAIL_URL or not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if self.cleaned_data.get("email") != self.user.email:
            check_current_password(self.request, self.user, password)
        return password


@form_page
@sensitive_post_parameters("password")
def account(request: HttpRequest) -> HttpResponseBase:
    """Show a user with an account, or a guest with a guest code.

    POST changes name and email of the user, or gives the guest a new code, which ends all other browsers of the guest.
    """
    candidate, pending_guest = access.candidate(request), access.pending_guest(request)
    user = request.user if isinstance(request.user, User) else None
    if user is None and candidate and request.POST.get("new_code") and candidates.shown_guest_code(candidate):
        if candidates.end_guest_sessions(candidate):
            access.remember(request, candidate)
            messages.success(request, _("This is your new guest code. The one before leads nowhere any more."))
        return SeeOther(request.path)
    if user is None and (request.method == "POST" or candidate is None or candidate.user_id):
        return redirect("account_login")
    profile = ProfileForm(request, user) if user else None
    if user and profile and profile.is_valid():
        update_profile(user, profile.cleaned_data["display_name"], profile.cleaned_data.get("email", user.email))
        messages.success(request, _("Your changes are saved."))
        return SeeOther(request.path)
    guest, guest_exams = pending_guest if user else candidate, attempts.open_exams(pending_guest)
    context = {
        "section": "account",
        "guest_code": candidates.shown_guest_code(guest),
        "open_exams": [*attempts.open_exams(candidate), *(exam for exam in guest_exams if exam.sitting_id)],
        "guest_open_exams": [exam for exam in guest_exams if not exam.sitting_id],  # they move when they are finished
        "guest_class_exams": participants.names_in_classes([pending_guest] if pending_guest else []),
        "downloads": downloadable_exams(candidate) if candidate else [],
        "profile": profile,
        "password_form": ChangePasswordForm(user=user) if user and user.has_usable_password() else None,
        "has_second_factor": bool(user and second_factor.is_on(user)),
        "time_zone": timezone.get_current_timezone_name(),
        **reminders_context(request, candidate),
    }
    return render(request, "exams/people/account.html", context, status=400 if profile and profile.errors else 200)
