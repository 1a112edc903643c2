"""Merge three versions of a question field by field: the last loaded file, the database, and the new file (no Django).

Values are those of `questions.content.parts`: the wording (kind, stem, options, key) is one field.
"""

from dataclasses import dataclass
from typing import Any

from questions.content.parts import PART_NAMES, Values, stored
from questions.content.schema import ASKABLE_STATUSES, is_live_rating

_MERGED_TOGETHER = ("status", "rating", "wording", "rationales", "explanation")


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The values after the merge.

    `taken` fields get the value of the file, `kept` fields keep ours although the file differs, `conflicts` are the
    kept fields that the file has changed as well since it was last loaded.
    """

    values: dict[str, Any]
    taken: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[str, ...]


def merge(base: Values | None, ours: Values, theirs: Values, *, take_theirs: bool = False) -> MergeResult:
    """Merge our values and those of the file. Without a base, every differing field counts as changed by both."""
    base = None if base is None else stored(base)
    differing = [name for name in PART_NAMES if ours[name] != theirs[name]]
    ours_changed = {name for name in differing if base is None or ours[name] != base[name]}
    theirs_changed = {name for name in differing if base is None or theirs[name] != base[name]}
    kept = set() if take_theirs else ours_changed
    if "wording" in kept & theirs_changed:
        # Commentary on a wording that is not taken would explain another question.
        kept |= {"rationales", "explanation"} & set(differing)
    values = {name: (ours if name in kept else theirs)[name] for name in PART_NAMES}
    if not _is_storable(values):
        # Each side is possible, but their mixture is not: live with a rating or key that only the other side has.
        kept |= set(_MERGED_TOGETHER) & set(differing)
        values |= {name: ours[name] for name in _MERGED_TOGETHER}
    if "rationales" in kept and "wording" in differing and "wording" not in kept:
        values["rationales"] = _rationales(ours, theirs)
    return MergeResult(
        values,
        taken=tuple(name for name in differing if name not in kept),
        kept=tuple(name for name in differing if name in kept),
        conflicts=tuple(name for name in differing if name in kept & theirs_changed),
    )


def _is_storable(values: Values) -> bool:
    """Return whether the database accepts this status with this rating and key."""
    options = values["wording"]["options"]
    answerable = 0 < sum(option["correct"] for option in options) < len(options)
    if values["status"] in ASKABLE_STATUSES:
        return answerable and is_live_rating(values["rating"])
    return answerable or values["status"] != "retired"


def _rationales(ours: Values, theirs: Values) -> dict[str, str]:
    """Return rationales for the new wording of the file: ours for unchanged options, else those of the file."""
    before = {option["id"]: option for option in ours["wording"]["options"]}
    options = theirs["wording"]["options"]
    same = {option["id"] for option in options if before.get(option["id"]) == option}
    codes = [option["id"] for option in options]
    return {code: (ours if code in same else theirs)["rationales"].get(code, "") for code in codes}
