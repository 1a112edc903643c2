"""Receivers: the claim at sign-in, the end of sessions when an account changes, and the groups of the admin."""

import re
from dataclasses import replace
from typing import Any

from allauth.core import context
from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from exams import access, sessions
from exams.services.people import candidates
from questions.models import User

# Nothing is deleted: questions retire. Users are the exception, since people have a right to it.
# Whoever may publish a key may also rule that a published one is wrong, and answer those who reported it: a wrong key
# costs points from the first exam on and must not wait for an administrator. Author, reason and scores are recorded.
INSTRUCTORS = "Instructor"
_WRITE = r"questions\.(view|add|change)_(?!user)"
_JUDGE = r"questions\.(view_|approve_question|change_questionreport)|exams\.(view|add|change)_keyruling"
_MAKE = r"questions\.make_blueprint"
GROUPS = {
    "Author": _WRITE,
    "Reviewer": _JUDGE,
    INSTRUCTORS: rf"{_WRITE}|{_JUDGE}|{_MAKE}",  # author and reviewer in one, and makes exams
    "Administrator": rf"{_WRITE}|{_JUDGE}|{_MAKE}|exams\.(view|add|change)_|questions\.\w+_user$|auth\.view_group$",
}


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


@receiver(post_migrate)
def groups(sender: AppConfig, using: str, **_: Any) -> None:
    """Part of every `migrate`: the groups of the admin with what they may do; members need 'staff status' to enter it.

    No migration of its own: Django makes the permissions after all migrations have run, so on an empty database one
    would find none, and later ones that new tables bring would be given to nobody.
    """
    if sender.name != "exams":  # after questions, whose permissions exist by then
        return
    rows = Permission.objects.using(using).select_related("content_type")
    by_name = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    for name, allowed in GROUPS.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*[row for said, row in by_name.items() if re.match(allowed, said)])
