"""Writes blueprints for instructors: a new exam, a new version of one, and whether exams of it can be started.

What is written takes the way through the form of a file and back, so that a blueprint made here obeys the rules of
a blueprint file and can travel as one. A code belongs to files or to here, never to both: then no load of a bank
meets a blueprint that was made here, and nothing made here stands in the way of a shipped one.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from questions.content.blueprint import BlueprintSpec, read
from questions.content.blueprint_yaml import dump
from questions.content.schema import Fault
from questions.models import Blueprint
from questions.services.errors import RefusedError

MAKE = "questions.make_blueprint"


class BlueprintFaultsError(RefusedError):
    """The blueprint breaks rules of the file; `faults` lists them by the fields of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = list(faults)


def check(spec: BlueprintSpec) -> BlueprintSpec:
    """The specification as its file is read again. Raises Faulty if that would be refused."""
    checked, faults = read(dump(spec))
    if checked is None:
        raise BlueprintFaultsError(faults)
    return checked


def make(spec: BlueprintSpec, *, seen: int, now: datetime.datetime) -> Blueprint:
    """Stores the blueprint as the next version of its code, and offers it; exams that run keep theirs.

    `seen` is the newest version that its author knows, 0 for a new code. What the newest version says already is not
    stored twice. Raises Faulty, or Refused with a sentence.
    """
    newest = Blueprint.objects.current(spec.code)
    if newest and newest.origin == Blueprint.Origin.SHIPPED:
        raise RefusedError(
            _("The blueprint %s comes with files, which keep it up to date. Choose another code.") % spec.code
        )
    if newest and newest.exam == replace(spec, version=newest.version):
        offer(newest, on=True)
        return newest
    _refuse_outdated(spec.code, newest, seen)
    checked = check(replace(spec, version=seen + 1))
    try:
        with transaction.atomic():
            return Blueprint.objects.create(
                code=checked.code,
                version=checked.version,
                spec=asdict(checked),
                sha256=hashlib.sha256(dump(checked).encode()).hexdigest(),
                origin=Blueprint.Origin.LOCAL,
                loaded_at=now,
            )
    except IntegrityError:  # the same version was made in this very moment
        _refuse_outdated(spec.code, Blueprint.objects.current(spec.code), seen)
        raise


def _refuse_outdated(code: str, newest: Blueprint | None, seen: int) -> None:
    if newest is None or newest.version == seen:
        return
    if not seen:
        raise RefusedError(_("There is a blueprint %s already. Choose another code.") % code)
    said = {"code": code, "version": newest.version}
    raise RefusedError(_("Somebody made version %(version)d of %(code)s meanwhile. Look at it first.") % said)


def offer(blueprint: Blueprint, *, on: bool) -> bool:
    """Puts the exam on the start page, or takes it off; True if this call did. Exams that run go on to their end."""
    if not on and blueprint.code == settings.FRONT_EXAM:
        raise RefusedError(_("The start page is about this exam. It cannot be taken off."))
    if Blueprint.objects.filter(code=blueprint.code, version__gt=blueprint.version).exists():
        raise RefusedError(_("There is a newer version of %s. Candidates get that one.") % blueprint.code)
    changed = Blueprint.objects.filter(pk=blueprint.pk).exclude(offered=on).update(offered=on)
    blueprint.offered = on
    return bool(changed)
