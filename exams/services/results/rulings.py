"""Write key rulings on published revisions, and apply them to frozen responses.

A ruling corrects the key, accepts a second one, gives everybody the point, or withdraws the question. None of them
changes how many options may be ticked.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.models import Attempt, KeyRuling, Response
from exams.services.attempt.effective_keys import EffectiveKey, effective_key, effective_keys
from questions.models import Question, Revision
from questions.services import history, jobs, lifecycle, revisions, wordings
from questions.services.bank_version import raise_bank_version
from questions.services.errors import RefusedError

log = logging.getLogger(__name__)

KIND = "ruling"  # of the job that applies it
ATTEMPTS_PER_TRANSACTION = 500  # locked while their responses are updated, which takes a tenth of a second
SETS_KEYS = (KeyRuling.Kind.CORRECT, KeyRuling.Kind.ACCEPT)  # the others leave the keys as they are
_NO_CHANGE = {
    KeyRuling.Kind.CORRECT: gettext_lazy("This is already the key. Select a different option."),
    KeyRuling.Kind.ACCEPT: gettext_lazy("This answer is already accepted. Select a different one."),
    KeyRuling.Kind.CREDIT: gettext_lazy("Everybody has the point already."),
    KeyRuling.Kind.WITHDRAW: gettext_lazy("This revision is already withdrawn."),
}


class KeyStates(NamedTuple):
    """What counts before and after a ruling."""

    before: EffectiveKey
    after: EffectiveKey


def rule(
    revision: Revision,
    kind: KeyRuling.Kind,
    mask: int = 0,
    *,
    reason: str,
    by: Any,
    now: datetime,
    last: int | None = None,
) -> KeyRuling:
    """Rule on the key of a published revision, for all attempts: `mask` is the new key, or the second one to accept.

    One transaction writes the ruling, the history, the second answer that the revision accepts, and, if the revision
    is the current one, what follows for new exams: a published revision with the corrected key, both keys of the same
    revision, or the retirement of the question. A job updates responses and scores (`rescoring.carry_on`). `last` is
    the newest ruling that the caller has seen (0: none). Raise RefusedError with a message.
    """
    with transaction.atomic():
        # The lock serializes two rulings on one question: the second sees the result of the first.
        question = Question.objects.select_for_update().get(pk=revision.question_id)
        change = check_ruling(revision, kind, mask, reason, last)
        ruling = KeyRuling.objects.create(
            revision=revision,
            old_key=change.before.key,
            new_key=change.after.key if kind in SETS_KEYS else None,
            also=change.after.also,
            withdrawn=change.after.withdrawn,
            credited=change.after.credited,
            reason=reason.strip(),
            by=by,
            at=now,
        )
        _record(question, ruling, change, now)
        if kind in SETS_KEYS:
            accepted = option_codes(revision, ruling.also) if ruling.new_key == revision.key else []
            revisions.set_accepted(revision, accepted)
        if question.current_id == revision.pk:
            _update_question(question, revision, ruling, now)
        jobs.request(KIND, ruling.pk, now=now)
    log.info("made ruling %d on %s revision %d", ruling.pk, question.code, revision.number)
    return ruling


def check_ruling(
    revision: Revision, kind: KeyRuling.Kind, mask: int, reason: str, last: int | None = None
) -> KeyStates:
    """Return what counts before and after the ruling. Raise RefusedError with a message for an invalid ruling."""
    before = effective_key(revision)
    if last is not None and last != before.last:
        raise RefusedError(_("This question has a newer ruling. Reload the page, then decide."))
    if revision.published_at is None:
        raise RefusedError(_("This revision is not published. Edit the question instead."))
    if not reason.strip():
        raise RefusedError(_("Enter a reason. It is stored with the ruling."))
    if kind in SETS_KEYS:
        _check_mask(revision, mask)
    after = _after(before, kind, mask)
    if after == before and not _is_news(revision, after):
        raise RefusedError(str(_NO_CHANGE[kind]))
    return KeyStates(before, after)


def _is_news(revision: Revision, after: EffectiveKey) -> bool:
    """Return whether answers were given when a second one did not count yet that came with a file, without a ruling."""
    return not after.last and Response.objects.filter(revision=revision).exclude(**after.columns).exists()


def is_restored(before: EffectiveKey, after: EffectiveKey) -> bool:
    """Return whether a ruling only takes back an earlier one: the key stays, and is the only one that counts."""
    return after == EffectiveKey(before.key, last=before.last)


def _after(before: EffectiveKey, kind: KeyRuling.Kind, mask: int) -> EffectiveKey:
    match kind:
        case KeyRuling.Kind.WITHDRAW:
            return replace(before, withdrawn=True, credited=False)
        case KeyRuling.Kind.CREDIT:
            return replace(before, withdrawn=False, credited=True)
        case KeyRuling.Kind.CORRECT:
            return EffectiveKey(mask, last=before.last)
        case KeyRuling.Kind.ACCEPT:
            if mask == before.key:
                raise RefusedError(str(_NO_CHANGE[kind]))
            if before.also not in (0, mask):
                raise RefusedError(_("Two answers are accepted already. Give everybody the point instead."))
            return EffectiveKey(before.key, mask, last=before.last)


def _check_mask(revision: Revision, mask: int) -> None:
    if not 0 < mask < revision.full:
        raise RefusedError(_("Select the correct options. At least one option must stay unselected."))
    if mask.bit_count() != revision.choose:
        message = ngettext(
            "Candidates had to choose %(n)d option, so the key must have %(n)d. Give everybody the point instead.",
            "Candidates had to choose %(n)d options, so the key must have %(n)d. Give everybody the point instead.",
            revision.choose,
        )
        raise RefusedError(message % {"n": revision.choose})


def option_codes(revision: Revision, mask: int) -> list[str]:
    """Return the authored codes of the options in this mask, sorted."""
    return sorted(option.code for option in revision.options.all() if mask >> option.bit & 1)


def _record(question: Question, ruling: KeyRuling, change: KeyStates, now: datetime) -> None:
    revision = ruling.revision
    after = {"revision": revision.number, "reason": ruling.reason, **_state(revision, change.after)}
    history.record(question, "key ruling", now=now, by=ruling.by, before=_state(revision, change.before), after=after)


def _state(revision: Revision, state: EffectiveKey) -> dict[str, Any]:
    """Return what counts as the history stores it: option codes, and the states that apply."""
    also = {"also": option_codes(revision, state.also)} if state.also else {}
    states = {name: True for name in ("withdrawn", "credited") if getattr(state, name)}
    return {"key": option_codes(revision, state.key)} | also | states


def _update_question(question: Question, revision: Revision, ruling: KeyRuling, now: datetime) -> None:
    """Publish a revision with the corrected key for new forms, accept both keys there, or retire the question."""
    if ruling.new_key is None:
        lifecycle.retire([question], now=now, by=ruling.by, evidence={"ruling": ruling.pk})
        return
    if ruling.new_key == revision.key:  # new forms freeze the same key, with or without a second one
        raise_bank_version()
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
        changed += rows.exclude(**effective.columns).update(**effective.columns)
    return changed


def apply_to_all_attempts(ruling: KeyRuling) -> Iterator[None]:
    """Apply the rulings to all attempts with this revision, open ones included; yield after each short transaction."""
    while True:
        effective = effective_key(ruling.revision)
        rows = Response.objects.filter(revision=ruling.revision).exclude(**effective.columns)
        keys = list(rows.order_by("attempt_id").values_list("attempt", flat=True))
        if not keys:
            raise_bank_version()  # processes know answers of closed attempts as they were
            return
        for chunk in batched(keys, ATTEMPTS_PER_TRANSACTION):
            with transaction.atomic():
                lock_attempts(chunk)
                # Read again under the lock: of two concurrent rulings, the newer prevails.
                effective = effective_key(ruling.revision)
                rows.filter(attempt__in=chunk).update(**effective.columns)
            yield


def lock_attempts(attempts: Sequence[int]) -> None:
    """Lock these attempts until the end of the transaction. The fixed order avoids deadlocks."""
    rows = Attempt.objects.filter(pk__in=attempts).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
