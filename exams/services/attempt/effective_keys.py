"""Find out what counts as a correct answer to a revision after the key rulings on it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from exams.models import KeyRuling, Response
from questions.models import Revision
from questions.services.key_letters import key_letters


@dataclass(frozen=True, slots=True)
class EffectiveKey:
    """What counts: `key` and `also` (0: no second key), any answer (`credited`), or the question not (`withdrawn`).

    `last` is the id of the newest ruling, 0 without any.
    """

    key: int
    also: int = 0
    withdrawn: bool = False
    credited: bool = False
    last: int = 0

    @property
    def columns(self) -> dict[str, int | bool]:
        """The columns of a response that a ruling writes."""
        return {"key": self.key, "also": self.also, "withdrawn": self.withdrawn, "credited": self.credited}

    def in_words(self, bits: Sequence[int]) -> str:
        """Return what counts, like "A, C", "A or C", or what a ruling says, for options with these bits in order."""
        if self.withdrawn:
            return _("withdrawn")
        return _("everybody has the point") if self.credited else either_key(bits, self.key, self.also)


def frozen_columns(response: Response) -> dict[str, int | bool]:
    """Return the same columns as they are in a response."""
    return {name: getattr(response, name) for name in ("key", "also", "withdrawn", "credited")}


def effective_key(revision: Revision) -> EffectiveKey:
    """Return what counts for this revision now."""
    return keys_in_force([revision])[revision.pk]


def keys_in_force(revisions: Collection[Revision]) -> dict[int, EffectiveKey]:
    """Return what counts by revision. Without a ruling, it is the key, and the second answer that came from a file."""
    ruled = effective_keys(KeyRuling.objects.filter(revision__in=[revision.pk for revision in revisions]))
    return {revision.pk: ruled.get(revision.pk) or EffectiveKey(revision.key, revision.also) for revision in revisions}


def effective_keys(rulings: Iterable[KeyRuling]) -> dict[int, EffectiveKey]:
    """Return what counts by revision. The newest ruling decides: each stores the key that it replaced."""
    keys: dict[int, EffectiveKey] = {}
    for ruling in sorted(rulings, key=lambda ruling: ruling.pk):
        key = ruling.old_key if ruling.new_key is None else ruling.new_key
        keys[ruling.revision_id] = EffectiveKey(key, ruling.also, ruling.withdrawn, ruling.credited, ruling.pk)
    return keys


def either_key(bits: Sequence[int], key: int, also: int) -> str:
    """Return the letters of the key, or of both, like "A, C" or "A or C", for options with these bits in order."""
    return key_letters(bits, [[bit for bit in bits if mask >> bit & 1] for mask in (key, also)])


def second_keys() -> dict[int, int]:
    """Return the second key of each revision with which a question in use accepts one."""
    accepting = Revision.objects.filter(question__current=F("pk")).exclude(accepted=[])
    return {revision.pk: revision.also for revision in accepting.only("accepted").prefetch_related("options")}
