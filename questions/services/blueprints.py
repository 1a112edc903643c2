"""Write blueprints for instructors: a new exam, a new version of one, where it is shown, whether it is open; its end.

A new exam is closed and not on the start page, whatever it was made from.

A blueprint is written as a file and read again before it is stored, so that it obeys the rules of a blueprint file and
can be exported as one. A code belongs either to files or to this installation, so that loading a bank never conflicts
with a blueprint made here.
"""

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from questions.content.blueprint import BlueprintSpec, read
from questions.content.schema import Fault, QuestionContent
from questions.content.syllabus import Syllabus
from questions.content.yaml_text import dump
from questions.models import Blueprint, ExamDomain, Question, User
from questions.services import collections, drawn_questions, syllabus_rows
from questions.services.content_columns import facts_of
from questions.services.errors import RefusedError

MAKE = "questions.make_blueprint"
_UNDRAWN_ADVICE = gettext_lazy("Add a tag that an exam draws, or choose an exam domain.")
_MAX_CODE_ROOT_CHARS = 36  # leaves room for the number of a copy


class BlueprintFaultsError(RefusedError):
    """The blueprint breaks rules of the file format; `faults` lists them by fields of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = list(faults)


def check(spec: BlueprintSpec) -> BlueprintSpec:
    """Return the specification as read from its file. Raise BlueprintFaultsError if the file has faults."""
    checked, faults = read(dump(spec))
    if checked is None:
        raise BlueprintFaultsError(faults)
    return checked


def make(
    spec: BlueprintSpec, *, known_version: int, now: datetime.datetime, syllabus: Syllabus | None = None,
    by: User | None = None,
) -> Blueprint:  # fmt: skip
    """Store the blueprint as the next version of its code. Running exams keep their version.

    `syllabus` is stored with an exam that has its own. A new exam is closed, and not on the start page; a new
    version keeps both switches of the one before it. `known_version` is the newest
    version that its author has seen, 0 for a new code. A blueprint that equals the newest version is not stored again.
    Raises BlueprintFaultsError, or RefusedError.
    """
    newest = Blueprint.objects.current(spec.code)
    if newest and newest.origin == Blueprint.Origin.SHIPPED:
        raise RefusedError(
            _("The blueprint %s is shipped with the application and updated with it. Choose another code.") % spec.code
        )
    is_known = known_version > 0 or syllabus is None
    if newest and is_known and newest.exam == replace(spec, version=newest.version):
        _write_syllabus(spec.code, syllabus)
        return newest
    _refuse_outdated(spec.code, newest, known_version)
    if newest and newest.archived:
        raise RefusedError(_("The exam %s is archived. Restore it first.") % spec.code)
    checked = check(replace(spec, version=known_version + 1))
    if faults := drawn_questions.overlaps(checked):
        raise BlueprintFaultsError(faults)
    _refuse_second_default(checked)
    try:
        with transaction.atomic():
            _write_syllabus(checked.code, syllabus)
            collections.ensure((*checked.collections, *checked.practice), by)
            return Blueprint.objects.create(
                code=checked.code,
                version=checked.version,
                spec=asdict(checked),
                sha256=hashlib.sha256(dump(checked).encode()).hexdigest(),
                origin=Blueprint.Origin.LOCAL,
                offered=newest.offered if newest else False,
                admits=newest.admits if newest else False,
                loaded_at=now,
            )
    except IntegrityError:  # the same version was made at the same time
        _refuse_outdated(spec.code, Blueprint.objects.current(spec.code), known_version)
        raise


def free_code(code: str) -> str:
    """Return the code with the next number that is free, for a copy."""
    root = re.sub(r"-[0-9]{1,2}\Z", "", code)[:_MAX_CODE_ROOT_CHARS].rstrip("-")
    taken = {*Blueprint.objects.values_list("code", flat=True), *ExamDomain.objects.values_list("exam", flat=True)}
    return next(name for n in count(2) if (name := f"{root}-{n}") not in taken)


def _refuse_second_default(spec: BlueprintSpec) -> None:
    if not spec.default:
        return
    for row in Blueprint.objects.newest().exclude(code=spec.code):
        if row.exam.default:
            sentence = _("%s is the default exam here. Leave 'default' out of the file.") % row.code
            raise BlueprintFaultsError([Fault("", None, "default", sentence)])


def _write_syllabus(code: str, syllabus: Syllabus | None) -> None:
    """Store the syllabus of an exam that has its own. Raise BlueprintFaultsError for codes of another exam."""
    if syllabus is None:
        return
    if faults := syllabus_rows.foreign_codes(code, syllabus, (), ""):
        raise BlueprintFaultsError(faults)
    with transaction.atomic():
        syllabus_rows.write_syllabus(code, syllabus)


def _refuse_outdated(code: str, newest: Blueprint | None, known_version: int) -> None:
    if newest is None or newest.version == known_version:
        return
    if not known_version:
        raise RefusedError(_("The blueprint %s already exists. Choose another code.") % code)
    values = {"code": code, "version": newest.version}
    raise RefusedError(
        _("Someone else created version %(version)d of %(code)s. Check that version, then try again.") % values
    )


def offer(blueprint: Blueprint, *, on: bool) -> bool:
    """Put the exam on the start page or take it off; return whether this call did.

    The main exam can be taken off only if another one is there.
    """
    others = Blueprint.objects.newest().filter(offered=True).exclude(code=blueprint.code)
    if not on and blueprint.exam.default and not others.exists():
        raise RefusedError(_("This is the main exam of the start page. Put another exam there first."))
    return _switch(blueprint, "offered", on=on)


def admit(blueprint: Blueprint, *, on: bool) -> bool:
    """Open the exam to new candidates or close it; return whether this call did. Running exams continue."""
    return _switch(blueprint, "admits", on=on)


def _switch(blueprint: Blueprint, field: str, *, on: bool) -> bool:
    if Blueprint.objects.filter(code=blueprint.code, version__gt=blueprint.version).exists():
        raise RefusedError(_("A newer version of %s exists. Candidates get the newer version.") % blueprint.code)
    if on and blueprint.archived:
        raise RefusedError(_("The exam %s is archived. Restore it first.") % blueprint.code)
    changed = Blueprint.objects.filter(pk=blueprint.pk).exclude(**{field: on}).update(**{field: on})
    setattr(blueprint, field, on)
    return bool(changed)


def archive(blueprint: Blueprint, *, on: bool) -> None:
    """Take an exam out of all lists and close it, or restore it, closed. What was taken of it stays."""
    _refuse_shipped(blueprint)
    if on:
        offer(blueprint, on=False)
        admit(blueprint, on=False)
    Blueprint.objects.filter(code=blueprint.code).update(archived=on)
    blueprint.archived = on


def delete(blueprint: Blueprint) -> None:
    """Delete all versions of an exam that was never used, with exam domains of its own that have no questions.

    Raise RefusedError for a used one: it can be archived.
    """
    _refuse_shipped(blueprint)
    code, has_own_syllabus = blueprint.code, blueprint.exam.syllabus is None
    try:
        with transaction.atomic():
            Blueprint.objects.filter(code=code).delete()
            if has_own_syllabus:
                if Blueprint.objects.with_syllabus(code).exists():
                    raise RefusedError(_("Another exam uses the exam domains of %s. Archive it instead.") % code)
                syllabus_rows.delete_syllabus(code)
    except ProtectedError:
        raise RefusedError(_("%s was used, or has questions. Archive it instead.") % code) from None


def _refuse_shipped(blueprint: Blueprint) -> None:
    if blueprint.origin == Blueprint.Origin.SHIPPED:
        raise RefusedError(_("The blueprint %s is shipped with the application.") % blueprint.code)


def undrawn_warning(questions: Iterable[Question]) -> str:
    """Return a sentence that names the collections of these questions from which no exam draws, "" if there is none.

    Of collections that exams draw from, it names the questions without exam domain that none of them draws.
    """
    rows, exams = list(questions), [blueprint.exam for blueprint in Blueprint.objects.newest()]
    drawn = {name for exam in exams for name in exam.collections}
    names = sorted({question.collection for question in rows} - drawn)
    text = ngettext(
        "No exam draws from the collection %(names)s.", "No exam draws from the collections %(names)s.", len(names)
    )
    sentences = [text % {"names": ", ".join(names)}] if names else []
    codes = [row.code for row in rows if row.exam_domain_id is None and row.collection in drawn]
    missed = [row.code for row in rows if row.code in codes and not _draws_any(exams, facts_of(row))]
    if missed:
        sentences.append(_("No exam draws %(codes)s.") % {"codes": ", ".join(missed)} + " " + _UNDRAWN_ADVICE)
    return " ".join(sentences)


def exams_drawing(collection: str) -> set[str]:
    """Return the codes of the syllabuses of which exams in use draw questions from this collection."""
    return {row.exam.syllabus_code for row in Blueprint.objects.in_use() if collection in row.exam.collections}


def _draws_any(exams: Iterable[BlueprintSpec], facts: Mapping[str, Any]) -> bool:
    return any(drawn_questions.draws(exam, facts) for exam in exams)


def undrawn_place(content: QuestionContent, syllabus: str) -> str:
    """Return a sentence if no exam draws a question of this collection and syllabus, "" if one does.

    A question without a place is drawn by its collection or tags, if exams draw from its collection at all.
    """
    collection, exams = content.collection, [row.exam for row in Blueprint.objects.in_use()]
    if not syllabus:
        exams = [exam for exam in exams if collection in exam.collections]
        facts = {"collection": collection, "tags": content.tags}
        return (
            f"{_('No exam draws this question.')} {_UNDRAWN_ADVICE}" if exams and not _draws_any(exams, facts) else ""
        )
    if any(drawn_questions.draws_from(exam, collection, syllabus) for exam in exams):
        return ""
    values = {"collection": collection, "exam": syllabus}
    return _("No exam draws questions of %(exam)s from the collection %(collection)s.") % values
