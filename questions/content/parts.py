"""The parts of a question, as QuestionContent declares them: what is merged, compared and recorded as one (no Django).

The values of the parts are plain JSON. The wording (kind, stem, options, key) is one part, the syllabus place another.
"""

from collections.abc import Mapping
from typing import Any

from questions.content.declarations import Approval, Field, Part, Store, declared, plain
from questions.content.schema import OptionContent, QuestionContent

type Values = Mapping[str, Any]

_OPTION = declared(OptionContent)


def _members() -> dict[str, tuple[Field, ...]]:
    """Return the fields of each part, the parts in the order of their last fields."""
    members: dict[str, tuple[Field, ...]] = {}
    for field in declared(QuestionContent):
        for one in (field, *(_OPTION if field.name == "options" else ())):
            if one.part:
                name = one.part.name or one.name
                members[name] = (*members.pop(name, ()), one)
    return members


def members(part: str) -> tuple[Field, ...]:
    """Return the fields that make a part."""
    return _MEMBERS[part]


def columns(store: Store) -> tuple[Field, ...]:
    """Return the fields of a question that are columns of this kind."""
    fields = declared(QuestionContent)
    return tuple(field for field in fields if field.part and field.part.store is store and field.name != "options")


_MEMBERS = _members()
PARTS: dict[str, Part] = {name: fields[-1].part for name, fields in _MEMBERS.items() if fields[-1].part}
LABELS = {field.name: field.part.label for fields in _MEMBERS.values() for field in fields if field.part} | {
    name: part.label for name, part in PARTS.items()
}
PART_NAMES = tuple(PARTS)
COMMENTARY = tuple(name for name, part in PARTS.items() if part.store is Store.COMMENTARY)
FACTS = tuple(field.name for field in columns(Store.FACT))
NEEDED_FACTS = tuple(name for name in FACTS if PARTS[name].needed)
NEEDED = tuple(name for name, part in PARTS.items() if part.needed)
SHOWN = frozenset(name for name, part in PARTS.items() if part.approval is Approval.SHOWN)
DRAWN = frozenset(name for name, part in PARTS.items() if part.approval is Approval.DRAWN)
SCORING_FACTS = tuple(name for name in FACTS if name in SHOWN)  # wait for approval like a wording
WAITING = ("accepted", *SCORING_FACTS)  # what a file changes of a published question only with a new revision
_OPTION_WORDING = tuple(field.name for field in _OPTION if field.part is None)


def fields(question: QuestionContent) -> dict[str, Any]:
    """Return a question as JSON values by part. Equal for equal questions, apart from the revision number."""
    values: dict[str, Any] = {}
    for name, members in _MEMBERS.items():
        if name == "rationales":
            values[name] = {option.id: option.rationale for option in question.options}
        elif len(members) == 1:
            values[name] = _plain(question, members[0])
        else:
            values[name] = {member.name: _plain(question, member) for member in members}
    return values


def _plain(question: QuestionContent, field: Field) -> Any:
    value = getattr(question, field.name)
    if field.name == "options":
        return [{name: getattr(option, name) for name in _OPTION_WORDING} for option in value]
    return None if value == "" and field.default is None else plain(value)


DEFAULTS = fields(QuestionContent("", "", ()))


def stored(values: Values) -> dict[str, Any]:
    """Return values that may have been stored before a field existed, with its default."""
    return {
        name: {**default, **values.get(name, {})} if isinstance(default, dict) else values.get(name, default)
        for name, default in DEFAULTS.items()
    }


def from_fields(code: str, revision: int, values: Values) -> QuestionContent:
    """Return the question with these values."""
    values = stored(values)
    rationales = values["rationales"]
    arguments: dict[str, Any] = {"id": code, "revision": revision}
    for name, members in _MEMBERS.items():
        for member in members:
            value = values[name][member.name] if len(members) > 1 else values[name]
            if member.name == "options":
                value = [{**option, "rationale": rationales.get(option["id"], "")} for option in value]
            if name != "rationales":
                arguments[member.name] = member.from_plain(value)
    return QuestionContent(**arguments)
