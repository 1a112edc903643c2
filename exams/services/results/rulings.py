"""Writes key rulings: a wording's key is corrected, or the wording withdrawn; frozen responses are made to agree."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.models import Attempt, KeyRuling, Response
from questions import task_queue
from questions.models import Question, Revision
from questions.services import lifecycle
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

CHUNK = 100  # attempts whose responses one transaction makes to agree


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds for a wording after its rulings; `last` is the newest of them, 0 when there is none."""

    key: int
    withdrawn: bool
    last: int = 0


def in_force(revision: Revision) -> InForce:
    """The key that counts now, and whether the wording is withdrawn."""
    return newest(KeyRuling.objects.filter(revision=revision)).get(revision.pk, InForce(revision.key, False))


def newest(rulings: Iterable[KeyRuling]) -> dict[int, InForce]:
    """By revision: the newest ruling alone counts, as each keeps the key that it found."""
    found: dict[int, InForce] = {}
    for ruling in sorted(rulings, key=lambda each: each.pk):
        key = ruling.old_key if ruling.new_key is None else ruling.new_key
        found[ruling.revision_id] = InForce(key, ruling.withdrawn, ruling.pk)
    return found


def rule(
    revision: Revision,
    *,
    new_key: int | None,
    reason: str,
    by: Any,
    now: datetime,
    last: int | None = None,
) -> KeyRuling:
    """Corrects the key of a published wording, or withdraws it (`new_key` None), for all who sat it and will.

    In one transaction: the ruling; a new published revision with the right key, or the question retired, if the
    wording is the one in use; history. Responses and scores follow by `rescoring.rescore`, woken on commit.
    `last`: the newest ruling that whoever decides has seen (0: none). Raises Refused with a sentence.
    """
    with transaction.atomic():
        # The lock makes two rulings on one question take turns: the second sees what the first has decided.
        question = Question.objects.select_for_update().get(pk=revision.question_id)
        before = check(revision, new_key, reason, last)
        ruling = KeyRuling.objects.create(
            revision=revision,
            old_key=before.key,
            new_key=new_key,
            withdrawn=new_key is None,
            reason=reason.strip(),
            by=by,
            at=now,
        )
        _record(question, ruling, before, now)
        if question.current_id == revision.pk:
            _mend(question, revision, ruling, now)
        task_queue.send("exams.rescore", ruling.pk)
    log.info("ruling %d on %s revision %d", ruling.pk, question.code, revision.number)
    return ruling


def check(revision: Revision, new_key: int | None, reason: str, last: int | None = None) -> InForce:
    """What the ruling would find; raises Refused, with a sentence, for one that cannot stand."""
    before = in_force(revision)
    if last is not None and last != before.last:
        raise RefusedError(_("Somebody else has ruled on this question meanwhile. Look at the page again."))
    if revision.published_at is None:
        raise RefusedError(_("Nobody has sat this wording: it is not published. Change it instead."))
    if not reason.strip():
        raise RefusedError(_("Say why. The reason stays with the ruling."))
    if new_key is None:
        if before.withdrawn:
            raise RefusedError(_("This wording is withdrawn already."))
        return before
    if new_key == before.key and not before.withdrawn:
        raise RefusedError(_("This is the key already. Tick another."))
    if not 0 < new_key < revision.full:
        raise RefusedError(_("Tick the right options, and leave at least one that is wrong."))
    if new_key.bit_count() != revision.choose:
        said = ngettext(
            "Candidates were told to choose %(n)d option, so %(n)d can be right. Withdraw the question instead.",
            "Candidates were told to choose %(n)d options, so %(n)d can be right. Withdraw the question instead.",
            revision.choose,
        )
        raise RefusedError(said % {"n": revision.choose})
    return before


def codes(revision: Revision, mask: int) -> list[str]:
    """The authored codes of the options in this mask, sorted."""
    return sorted(option.code for option in revision.options.all() if mask >> option.bit & 1)


def _record(question: Question, ruling: KeyRuling, before: InForce, now: datetime) -> None:
    revision = ruling.revision
    said: dict[str, Any] = {"revision": revision.number, "reason": ruling.reason}
    after = said | ({"withdrawn": True} if ruling.new_key is None else {"key": codes(revision, ruling.new_key)})
    found = {"key": codes(revision, before.key)} | ({"withdrawn": True} if before.withdrawn else {})
    lifecycle.record(question, "key ruling", now=now, by=ruling.by, before=found, after=after)


def _mend(question: Question, revision: Revision, ruling: KeyRuling, now: datetime) -> None:
    """What new forms get: a new published revision with the right key, or nothing more of this question."""
    if ruling.new_key is None:
        lifecycle.retire(question, now=now, by=ruling.by)
        return
    if ruling.new_key == revision.key:  # a withdrawal is taken back
        return
    keys = codes(revision, ruling.new_key)
    draft = lifecycle.content_of(revision)
    options = tuple(replace(each, correct=each.id in keys) for each in draft.options)
    corrected = Revision(question=question, kind=revision.kind, reason=_("Key ruling: %s") % ruling.reason[:250])
    lifecycle.begin(corrected, now=now, by=ruling.by)
    lifecycle.rewrite(corrected, replace(draft, options=options), now=now, by=ruling.by)
    lifecycle.publish(corrected, now=now, by=ruling.by)


def settle(attempts: Sequence[int]) -> int:
    """Makes the frozen responses of these attempts say what the rulings say; returns how many had to change.

    Call it in a transaction that holds the locks of the attempts, and read the rulings under them: a score that is
    being written, an older ruling that is still at work and this one then take turns, and the newest ruling stands.
    """
    changed = 0
    wordings = Response.objects.filter(attempt__in=attempts).values("revision")
    rulings = KeyRuling.objects.filter(revision__in=wordings)
    for revision, now in newest(rulings).items():
        rows = Response.objects.filter(attempt__in=attempts, revision=revision)
        rows = rows.exclude(key=now.key, withdrawn=now.withdrawn)
        changed += rows.update(key=now.key, withdrawn=now.withdrawn)
    return changed


def settle_all(ruling: KeyRuling) -> int:
    """The same for everybody who has this wording, running exams included, in short transactions."""
    changed = 0
    while True:
        now = in_force(ruling.revision)
        rows = Response.objects.filter(revision=ruling.revision).exclude(key=now.key, withdrawn=now.withdrawn)
        keys = list(rows.order_by("attempt_id").values_list("attempt", flat=True)[:CHUNK])
        if not keys:
            return changed
        with transaction.atomic():
            lock(keys)
            changed += settle(keys)


def lock(attempts: Sequence[int]) -> list[Attempt]:
    """Locks these attempts until the end of the transaction, in one order, so that two who do it never embrace."""
    rows = Attempt.objects.filter(pk__in=attempts).order_by("pk")
    # Read once more under the lock: a join made while waiting for it would hold the report of before.
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related("form__blueprint", "report"))
