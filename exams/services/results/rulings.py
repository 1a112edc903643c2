"""Write key rulings, which correct or withdraw the key of a revision, and apply them to frozen responses."""

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
from questions.services import history, lifecycle, revisions, wordings
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

ATTEMPTS_PER_TRANSACTION = 100


@dataclass(frozen=True, slots=True)
class EffectiveKey:
    """The key of a revision after its rulings. `last` is the id of the newest ruling, 0 without any."""

    key: int
    withdrawn: bool
    last: int = 0


def effective_key(revision: Revision) -> EffectiveKey:
    """Return the key that counts now, and whether the revision is withdrawn."""
    return effective_keys(KeyRuling.objects.filter(revision=revision)).get(
        revision.pk, EffectiveKey(revision.key, False)
    )


def effective_keys(rulings: Iterable[KeyRuling]) -> dict[int, EffectiveKey]:
    """Return the effective key by revision. The newest ruling decides: each stores the key that it replaced."""
    keys: dict[int, EffectiveKey] = {}
    for ruling in sorted(rulings, key=lambda ruling: ruling.pk):
        key = ruling.old_key if ruling.new_key is None else ruling.new_key
        keys[ruling.revision_id] = EffectiveKey(key, ruling.withdrawn, ruling.pk)
    return keys


def rule(
    revision: Revision,
    *,
    new_key: int | None,
    reason: str,
    by: Any,
    now: datetime,
    last: int | None = None,
) -> KeyRuling:
    """Correct the key of a published revision, or withdraw the revision (`new_key` None), for all attempts.

    One transaction writes the ruling, the history, and, if the revision is the current one, a published revision
    with the corrected key or the retirement of the question. `rescoring.rescore` updates responses and scores, sent
    on commit. `last` is the newest ruling that the caller has seen (0: none). Raise RefusedError with a message.
    """
    with transaction.atomic():
        # The lock serializes two rulings on one question: the second sees the result of the first.
        question = Question.objects.select_for_update().get(pk=revision.question_id)
        before = check_ruling(revision, new_key, reason, last)
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
            _update_question(question, revision, ruling, now)
        task_queue.send("exams.rescore", ruling.pk)
    log.info("made ruling %d on %s revision %d", ruling.pk, question.code, revision.number)
    return ruling


def check_ruling(revision: Revision, new_key: int | None, reason: str, last: int | None = None) -> EffectiveKey:
    """Return the effective key before the ruling. Raise RefusedError with a message for an invalid ruling."""
    before = effective_key(revision)
    if last is not None and last != before.last:
        raise RefusedError(_("This question has a newer ruling. Reload the page, then decide."))
    if revision.published_at is None:
        raise RefusedError(_("This revision is not published. Edit the question instead."))
    if not reason.strip():
        raise RefusedError(_("Enter a reason. It is stored with the ruling."))
    if new_key is None:
        if before.withdrawn:
            raise RefusedError(_("This revision is already withdrawn."))
        return before
    if new_key == before.key and not before.withdrawn:
        raise RefusedError(_("This is already the key. Select a different option."))
    if not 0 < new_key < revision.full:
        raise RefusedError(_("Select the correct options. At least one option must stay unselected."))
    if new_key.bit_count() != revision.choose:
        message = ngettext(
            "Candidates had to choose %(n)d option, so the key must have %(n)d. Withdraw the question instead.",
            "Candidates had to choose %(n)d options, so the key must have %(n)d. Withdraw the question instead.",
            revision.choose,
        )
        raise RefusedError(message % {"n": revision.choose})
    return before


def option_codes(revision: Revision, mask: int) -> list[str]:
    """Return the authored codes of the options in this mask, sorted."""
    return sorted(option.code for option in revision.options.all() if mask >> option.bit & 1)


def _record(question: Question, ruling: KeyRuling, before: EffectiveKey, now: datetime) -> None:
    revision = ruling.revision
    context: dict[str, Any] = {"revision": revision.number, "reason": ruling.reason}
    after = context | (
        {"withdrawn": True} if ruling.new_key is None else {"key": option_codes(revision, ruling.new_key)}
    )
    old = {"key": option_codes(revision, before.key)} | ({"withdrawn": True} if before.withdrawn else {})
    history.record(question, "key ruling", now=now, by=ruling.by, before=old, after=after)


def _update_question(question: Question, revision: Revision, ruling: KeyRuling, now: datetime) -> None:
    """Publish a revision with the corrected key for new forms, or retire the withdrawn question."""
    if ruling.new_key is None:
        lifecycle.retire([question], now=now, by=ruling.by)
        return
    if ruling.new_key == revision.key:  # the ruling restores a withdrawn revision
        return
    keys = option_codes(revision, ruling.new_key)
    draft = wordings.content_of(revision)
    options = tuple(replace(option, correct=option.id in keys) for option in draft.options)
    corrected = Revision(question=question, kind=revision.kind, reason=_("Key ruling: %s") % ruling.reason[:250])
    revisions.begin(corrected, now=now, by=ruling.by)
    revisions.rewrite(corrected, replace(draft, options=options), now=now, by=ruling.by)
    lifecycle.publish([corrected], now=now, by=ruling.by)


def apply_rulings(attempts: Sequence[int]) -> int:
    """Update the frozen responses of these attempts to the effective keys. Return how many changed.

    Call it in a transaction that holds the locks of the attempts. The locks serialize scoring and concurrent
    rulings, so that the newest ruling prevails.
    """
    changed = 0
    revision_ids = Response.objects.filter(attempt__in=attempts).values("revision")
    rulings = KeyRuling.objects.filter(revision__in=revision_ids)
    for revision, effective in effective_keys(rulings).items():
        rows = Response.objects.filter(attempt__in=attempts, revision=revision)
        rows = rows.exclude(key=effective.key, withdrawn=effective.withdrawn)
        changed += rows.update(key=effective.key, withdrawn=effective.withdrawn)
    return changed


def apply_to_all_attempts(ruling: KeyRuling) -> int:
    """Apply the rulings to all attempts with this revision, open ones included, in short transactions."""
    changed = 0
    while True:
        effective = effective_key(ruling.revision)
        rows = Response.objects.filter(revision=ruling.revision).exclude(
            key=effective.key, withdrawn=effective.withdrawn
        )
        keys = list(rows.order_by("attempt_id").values_list("attempt", flat=True)[:ATTEMPTS_PER_TRANSACTION])
        if not keys:
            return changed
        with transaction.atomic():
            lock_attempts(keys)
            changed += apply_rulings(keys)


def lock_attempts(attempts: Sequence[int]) -> list[Attempt]:
    """Lock these attempts until the end of the transaction, in a fixed order to avoid deadlocks."""
    rows = Attempt.objects.filter(pk__in=attempts).order_by("pk")
    # Read again under the lock: a join made while waiting for the lock would return the old report.
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related("form__blueprint", "form__scale", "report"))
