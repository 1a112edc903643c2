"""Three versions of a question made one, field by field: what the last file said, what stands here, what the file says.

Pure: drafts and plain JSON values in, plain values out. The wording (kind, stem, options, key) is one field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from questions.content.schema import (
    ASKABLE_STATUSES,
    MAX_LIVE_RATING,
    MIN_LIVE_RATING,
    OptionContent,
    QuestionContent,
    Reference,
    Waiver,
)

FIELDS = (
    "status", "place", "points", "rating", "ask", "default", "enemies", "waivers", "as_of", "license",
    "wording", "rationales", "explanation", "references",
)  # fmt: skip

_TOGETHER = ("status", "rating", "wording", "rationales", "explanation")

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The values that stand after the merge, and how each field came about.

    `taken` are fields that change here, `kept` fields where ours stays though the file differs,
    `conflicts` those of `kept` that the file has changed too since it was last loaded.
    """

    values: dict[str, Any]
    taken: tuple[str, ...]
    kept: tuple[str, ...]
    conflicts: tuple[str, ...]


def fields(draft: QuestionContent) -> dict[str, Any]:
    """The draft as JSON values by field; equal if and only if the drafts say the same (number of revision aside)."""
    return {
        "status": draft.status,
        "place": {"task": draft.task, "topic": draft.topic, "exam_domain": draft.exam_domain},
        "points": list(draft.points),
        "rating": draft.rating,
        "ask": draft.ask,
        "default": draft.default,
        "enemies": list(draft.enemies),
        "waivers": [{"rule": each.rule, "reason": each.reason} for each in draft.waivers],
        "as_of": draft.as_of,
        "license": draft.license or None,
        "wording": {
            "kind": draft.kind,
            "stem": draft.stem,
            "options": [{"id": each.id, "correct": each.correct, "text": each.text} for each in draft.options],
        },
        "rationales": {each.id: each.rationale for each in draft.options},
        "explanation": draft.explanation,
        "references": [reference_json(each) for each in draft.references],
    }


def reference_json(reference: Reference) -> dict[str, str]:
    """A reference as it is stored: without `checked` where nobody has read the page."""
    stored = {"title": reference.title, "url": reference.url}
    return {**stored, "checked": reference.checked} if reference.checked else stored


def from_fields(code: str, revision: int, values: Values, collection: str = "") -> QuestionContent:
    """The draft that `fields` was made of."""
    wording, place = values["wording"], values["place"]
    return QuestionContent(
        id=code,
        revision=revision,
        status=values["status"],
        task=place["task"],
        topic=place["topic"],
        exam_domain=place["exam_domain"],
        points=tuple(values["points"]),
        kind=wording["kind"],
        rating=values["rating"],
        ask=values["ask"],
        default=values["default"],
        enemies=tuple(values["enemies"]),
        waivers=tuple(Waiver(**each) for each in values["waivers"]),
        as_of=values["as_of"],
        license=values["license"],
        stem=wording["stem"],
        options=tuple(
            OptionContent(each["id"], each["correct"], each["text"], values["rationales"].get(each["id"], ""))
            for each in wording["options"]
        ),
        explanation=values["explanation"],
        references=tuple(Reference(**each) for each in values["references"]),
        collection=collection,
    )


def merge(base: Values | None, ours: Values, theirs: Values, *, take_theirs: bool = False) -> Merged:
    """Ours and the file's made one; without a base, whatever differs is ours."""
    differing = [name for name in FIELDS if ours[name] != theirs[name]]
    ours_changed = {name for name in differing if base is None or ours[name] != base[name]}
    theirs_changed = {name for name in differing if base is None or theirs[name] != base[name]}
    kept = set() if take_theirs else ours_changed
    if "wording" in kept & theirs_changed:
        # Commentary on a wording that we do not take would explain another question.
        kept |= {"rationales", "explanation"} & set(differing)
    values = {name: (ours if name in kept else theirs)[name] for name in FIELDS}
    if not _stands(values):
        # Each side is sound, their mixture is not: live with a rating or a key that only the other side has.
        kept |= set(_TOGETHER) & set(differing)
        values |= {name: ours[name] for name in _TOGETHER}
    if "rationales" in kept and "wording" in differing and "wording" not in kept:
        values["rationales"] = _rationales(ours, theirs)
    return Merged(
        values,
        taken=tuple(name for name in differing if name not in kept),
        kept=tuple(name for name in differing if name in kept),
        conflicts=tuple(name for name in differing if name in kept & theirs_changed),
    )


def _stands(values: Values) -> bool:
    """Whether the database would take this status with this rating and this key."""
    options = values["wording"]["options"]
    answerable = 0 < sum(each["correct"] for each in options) < len(options)
    if values["status"] in ASKABLE_STATUSES:
        return answerable and values["rating"] is not None and MIN_LIVE_RATING <= values["rating"] <= MAX_LIVE_RATING
    return answerable or values["status"] != "retired"


def _rationales(ours: Values, theirs: Values) -> dict[str, str]:
    """Rationales of the file's new wording: ours where the option says the same as before, else the file's."""
    before = {each["id"]: each for each in ours["wording"]["options"]}
    options = theirs["wording"]["options"]
    same = {each["id"] for each in options if before.get(each["id"]) == each}
    return {each["id"]: (ours if each["id"] in same else theirs)["rationales"].get(each["id"], "") for each in options}
