"""Signal receivers: claim a guest's exams at sign-in, end sessions when an account changes, and set the roles."""

from dataclasses import replace
from typing import Any

from allauth.account.signals import password_reset
from allauth.core import context
from django.apps import AppConfig
from django.contrib import messages
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from exams import access, roles, sessions
from exams.models import Candidate
from exams.services.people import accounts, candidates, staff_status
from exams.services.upkeep import person_erasure
from questions.models import User


@receiver(password_reset)
def confirm_address(user: User, **_: Any) -> None:
    """Note that a new password was set by a link that was mailed to the address of the account."""
    accounts.store_address(user, confirmed=True)


@receiver(user_logged_in)
def claim(request: HttpRequest, user: User, **_: Any) -> None:
    """On sign-in, move the guest's attempts in this browser to the account."""
    sessions.extend_for_user(request)
    guest = pending_guest = None
    if access.CANDIDATE_KEY in request.session:
        guest, pending_guest = access.candidate(request), access.pending_guest(request)
    result = candidates.claim(user, guest, access.seat(request))
    if pending_guest:
        second = candidates.claim(user, pending_guest, access.seat(request))
        result = replace(
            second,
            pending_guest=result.pending_guest or second.pending_guest,
            too_many=result.too_many or second.too_many,
        )
    if result.too_many:
        messages.warning(request, candidates.too_many_attempts(), fail_silently=True)
    elif guest and result.moved:
        text = ngettext(
            "%(n)d attempt is now in your account.", "%(n)d attempts are now in your account.", result.moved
        )
        messages.success(request, text % {"n": result.moved}, fail_silently=True)
    access.adopt(request, result)


@receiver(pre_save, sender=User)
def detect_session_end(instance: User, update_fields: Any = None, **_: Any) -> None:
    """Set a flag if this save changes the password or deactivates the account, for `end_sessions`."""
    instance._ends_sessions = False  # type: ignore[attr-defined]
    if instance.pk is None or (update_fields is not None and not {"password", "is_active"} & set(update_fields)):
        return
    stored = User.objects.filter(pk=instance.pk).values_list("password", "is_active").first()
    if stored:
        password, was_active = stored
        ends = password != instance.password or (was_active and not instance.is_active)
        instance._ends_sessions = ends  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def end_sessions(instance: User, **_: Any) -> None:
    """Invalidate the candidate's other sessions when the password changes or the account is deactivated."""
    if not getattr(instance, "_ends_sessions", False):
        return
    epoch = candidates.end_sessions(instance)
    request = context.request
    if epoch is None or request is None or access.CANDIDATE_KEY not in request.session:
        return
    if request.user.pk == instance.pk:
        request.session[access.EPOCH_KEY] = epoch


@receiver(post_save, sender=User)
def note_rights(instance: User, created: bool, **_: Any) -> None:
    """Remember who is made staff or a superuser without a role, for example on the command line."""
    if (instance.is_staff or instance.is_superuser) and not instance.had_role:
        staff_status.note_rights([instance.pk], are_new=created)
        instance.refresh_from_db(fields=["had_role", "password"])


@receiver(pre_delete, sender=User)
def erase_deleted_user(instance: User, **_: Any) -> None:
    """Erase the candidate of an account that is deleted, here and in the admin. Nobody could reach the data again."""
    keys = Candidate.objects.filter(user=instance, erased_at=None).values_list("pk", flat=True)
    person_erasure.erase_candidates(list(keys), timezone.now())


@receiver(m2m_changed, sender=User.user_permissions.through)
def note_permissions(action: str, instance: User | Permission, pk_set: set[int] | None, **_: Any) -> None:
    """Remember who was given a single permission, by either side of the relation."""
    if action == "post_add":
        staff_status.note_rights([instance.pk] if isinstance(instance, User) else list(pk_set or ()))


@receiver(m2m_changed, sender=User.groups.through)
def follow_roles(action: str, instance: User | Group, pk_set: set[int] | None, **_: Any) -> None:
    """Update the staff status of users whose roles have changed, by either side of the relation."""
    if action == "pre_clear" and isinstance(instance, Group):
        instance._cleared_users = list(instance.user_set.values_list("pk", flat=True))  # type: ignore[attr-defined]
    elif action in ("post_add", "post_remove", "post_clear"):
        if isinstance(instance, User):
            users = [instance.pk]
        else:
            users = list(pk_set) if pk_set is not None else instance._cleared_users  # type: ignore[attr-defined]
        staff_status.follow_roles(users)


@receiver(post_migrate)
def set_roles(sender: AppConfig, using: str, **_: Any) -> None:
    """Set the roles as part of every `migrate`.

    This is not a migration: Django creates permissions after all migrations have run, so on an empty database a
    migration would find none, and permissions of later tables would be missing.
    """
    if sender.name == "exams":  # after questions, whose permissions exist by then
        roles.set_roles(using)
