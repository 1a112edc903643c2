"""The page that deletes the data of a guest or an account at once."""

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from exams import access
from exams.services.attempt import attempts
from exams.services.classes import participants
from exams.services.people import candidates
from exams.services.upkeep.person_erasure import HasRoleError, erase_person
from exams.views.pages import form_page, see_other
from exams.views.people.sign_out import ConfirmPasswordForm
from questions.models import User


@form_page
@sensitive_post_parameters("password")
def delete_data(request: HttpRequest) -> HttpResponseBase:
    """Say on GET what will be deleted and what stays; delete it on POST. Accounts confirm with their password."""
    user = request.user if isinstance(request.user, User) else None
    owners = [row for row in (access.candidate(request), access.pending_guest(request)) if row]
    if user is None and not owners:
        if request.method == "POST" and access.DATA_DELETED_KEY in request.session:  # a second click
            return see_other("front")
        return redirect("account_login")
    form = ConfirmPasswordForm(request, user) if user else None
    has_role = bool(user and (user.is_staff or user.is_superuser))
    if request.method == "POST" and (form is None or form.is_valid()):
        access.check_seats(request, owners)
        try:
            erase_person(user, owners, timezone.now())
        except HasRoleError:
            has_role = True
        else:
            auth.logout(request)
            access.note_deletion(request)
            rotate_token(request)  # the next person cannot start from a rules page in the history of this browser
            messages.success(request, _("Your data was deleted. Your answers remain without your name."))
            return see_other("front")
    context = {
        "section": "account",
        "form": form,
        "has_role": has_role,
        "has_open_exam": any(attempts.open_exams(owner) for owner in owners),
        "class_exams": participants.names_in_classes(owners),
        "has_guest": bool(owners) and owners[-1].user_id is None,
        "guest_code": candidates.shown_guest_code(owners[-1] if owners else None),
    }
    status = 200 if request.method != "POST" else 409 if has_role and not (form and form.errors) else 400
    return render(request, "exams/people/delete_data.html", context, status=status)
