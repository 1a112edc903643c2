"""Receivers: the claim at sign-in, the end of sessions when an account changes, and the groups of the admin."""

from dataclasses import replace
from typing import Any

from allauth.core import context
from django.apps import AppConfig
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from exams import access, roles, sessions
from exams.services.people import candidates
from questions.models import User


@receiver(user_logged_in)
def claim(request: HttpRequest, user: User, **_: Any) -> None:
    """Whoever signs in, by whatever door, takes along what this browser sat as a guest."""
    sessions.signed_in(request)
    known = access.CANDIDATE_KEY in request.session
    guest, other = (access.candidate(request), access.beside(request)) if known else (None, None)
    claimed = candidates.claim(user, guest)
    if other:
        claimed = replace(candidates.claim(user, other), beside=claimed.beside)
    access.adopt(request, claimed)


@receiver(pre_save, sender=User)
def notice(instance: User, update_fields: Any = None, **_: Any) -> None:
    """Remembers whether this save is one that ends sessions: a new password, or a deactivated account."""
    instance._ends_sessions = False  # type: ignore[attr-defined]
    if instance.pk is None or (update_fields is not None and not {"password", "is_active"} & set(update_fields)):
        return
    before = User.objects.filter(pk=instance.pk).values_list("password", "is_active").first()
    if before:
        password, was_active = before
        ends = password != instance.password or (was_active and not instance.is_active)
        instance._ends_sessions = ends  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def end_sessions(instance: User, **_: Any) -> None:
    """Raises the epoch together with Django's own end of sessions; the browser that changed the password goes on."""
    if not getattr(instance, "_ends_sessions", False):
        return
    epoch = candidates.end_sessions(instance)
    request = context.request
    if epoch is None or request is None or access.CANDIDATE_KEY not in request.session:
        return
    if request.user.pk == instance.pk:
        request.session[access.EPOCH_KEY] = epoch


@receiver(pre_delete, sender=User)
def let_go(instance: User, **_: Any) -> None:
    """Nobody goes on as the candidate of an account that is deleted."""
    candidates.end_sessions(instance)


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
        roles.update_staff_status(users)


@receiver(post_migrate)
def set_roles(sender: AppConfig, using: str, **_: Any) -> None:
    """Set the roles as part of every `migrate`.

    No migration of its own: Django creates permissions after all migrations have run, so on an empty database a
    migration would find none, and permissions of tables that come later would be given to nobody.
    """
    if sender.name == "exams":  # after questions, whose permissions exist by then
        roles.set_roles(using)
