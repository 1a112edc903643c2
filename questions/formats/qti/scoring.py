"""Detection of all-or-nothing scoring and of partial credit in QTI items, by scoring every possible response.

`Processing` runs the response processing of QTI 2 and 3 with normalized names (see `questions.formats.qti.items`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from xml.etree.ElementTree import Element

from questions.formats.refusals import WRONG_TAKES_A_SHARE
from questions.formats.strict_xml import child, children, element_text, local_name

type Value = bool | float | str | frozenset[str] | None
ORIGINAL_NAME = "\x00name"  # attribute with the name of the element in the file
MAX_STEPS = 300_000  # about a tenth of a second
_TOLERANCE = 1e-6


class UnknownScoring(Exception):
    """The scoring uses an unsupported element; the message names it."""


def responses(choices: Sequence[str], *, single: bool, max_choices: int) -> Iterator[frozenset[str]]:
    """Yield all possible responses with up to `max_choices` options (0: any number)."""
    largest = 1 if single else min(max_choices or len(choices), len(choices))
    for size in range(largest + 1):
        yield from (frozenset(combination) for combination in combinations(choices, size))


@dataclass(frozen=True, slots=True)
class Rewarded:
    """The response that gets the whole credit, or None and the `reason`; with `partial`, others get a share of it.

    `also` is a second one that gets it beside the declared one. `ignored` is what of partial credit is not kept.
    """

    keys: frozenset[str] | None
    reason: str = ""
    partial: bool = False
    ignored: str = ""
    also: frozenset[str] = frozenset()


def find_rewarded_response(
    score: Callable[[frozenset[str]], float],
    choices: Sequence[str],
    *,
    single: bool,
    max_choices: int,
    size: int,
    declared: frozenset[str] = frozenset(),
) -> Rewarded:
    """Return the one response that gets the whole credit. All others must score nothing, or their share of the keys.

    A second one of the same size may get it too if the item says which is the correct one: `declared`. `size` is the
    number of elements to run for a response; scoring with more than MAX_STEPS is not tried.
    """
    count = len(choices) + 1 if single else 2 ** min(len(choices), 20)
    if count * size > MAX_STEPS:
        return Rewarded(None, "it is too complex to evaluate")
    scores = {response: score(response) for response in responses(choices, single=single, max_choices=max_choices)}
    if found := _partial_credit(scores):
        return found
    highest, lowest = max(scores.values()), min(scores.values())
    if highest - lowest < _TOLERANCE:
        return Rewarded(None, "it gives every response the same score")
    rewarded = [response for response, points in scores.items() if highest - points < _TOLERANCE]
    rewarded.sort(key=lambda response: response != declared)
    keys, *others = rewarded
    if others and (keys != declared or [len(response) for response in others] != [len(keys)]):
        return Rewarded(None, "more than one response gets the full score")
    if any(_TOLERANCE < points - lowest < highest - lowest - _TOLERANCE for points in scores.values()):
        negative = lowest < -_TOLERANCE and abs(scores[frozenset()] - lowest) > _TOLERANCE
        return Rewarded(None, "wrong responses lose points" if negative else "it gives partial credit")
    if abs(lowest) > _TOLERANCE:
        return Rewarded(None, "wrong responses lose points" if lowest < 0 else "wrong responses get points")
    return Rewarded(keys, also=others[0] if others else frozenset())


def _partial_credit(scores: Mapping[frozenset[str], float]) -> Rewarded | None:
    """Return the keys if each of them earns the same share, and each wrong choice takes one away, or nothing."""
    keys = frozenset(
        choice for chosen, points in scores.items() if len(chosen) == 1 and points > _TOLERANCE for choice in chosen
    )
    full = scores.get(keys, 0.0)
    if len(keys) < 2 or full < _TOLERANCE:
        return None

    def agree(wrong_share: int) -> bool:
        return all(
            abs(max(0.0, points) - max(0, len(chosen & keys) - wrong_share * len(chosen - keys)) * full / len(keys))
            < _TOLERANCE
            for chosen, points in scores.items()
        )

    if agree(1):
        below = min(scores.values()) < -_TOLERANCE
        return Rewarded(
            keys, partial=True, ignored="that a response can lose points: here it earns none" if below else ""
        )
    if agree(0):
        return Rewarded(keys, partial=True, ignored=WRONG_TAKES_A_SHARE)
    return None


class Processing:
    """Response processing of one response variable."""

    def __init__(self, item: Element, response: str, correct: frozenset[str], *, single: bool) -> None:
        self._rules = child(item, "responseprocessing")
        self._response = response
        self._correct = correct
        self._single = single
        declared = next(
            (
                declaration
                for declaration in children(item, "responsedeclaration")
                if declaration.get("identifier") == response
            ),
            None,
        )
        self.mapping = child(declared, "mapping")
        self._defaults = {
            declaration.get("identifier", ""): _default(declaration)
            for declaration in children(item, "outcomedeclaration")
        }

    def score(self, selected: frozenset[str]) -> float:
        """Return the SCORE of a response. Raise UnknownScoring."""
        self._selected = selected
        self._outcomes: dict[str, Value] = dict(self._defaults)
        with suppress(StopIteration):  # <exitResponse>
            self._run(self._rules if self._rules is not None else ())
        return to_number(self._outcomes.get("SCORE"), None)

    def mapped_score(self, selected: frozenset[str]) -> float:
        """Return the score of a response by the template map_response. Raise UnknownScoring."""
        self._selected = selected
        return self._mapped_score()

    def _run(self, rules: Element | Sequence[Element]) -> None:
        for rule in rules:
            name = local_name(rule.tag)
            if name == "responsecondition":
                self._condition(rule)
            elif name == "setoutcomevalue":
                self._outcomes[rule.get("identifier", "")] = self._value(_single_child(rule))
            elif name == "responseprocessingfragment":
                self._run(rule)
            elif name == "exitresponse":
                raise StopIteration
            elif name:
                raise UnknownScoring(element_name(rule))

    def _condition(self, condition: Element) -> None:
        for branch in children(condition):
            name = local_name(branch.tag)
            if name == "responseelse":
                self._run(branch)
                return
            if name not in ("responseif", "responseelseif") or not len(branch):
                raise UnknownScoring(element_name(branch))
            if self._value(branch[0]) is True:
                self._run(branch[1:])
                return

    def _value(self, element: Element) -> Value:
        name = local_name(element.tag)
        handler = _EXPRESSIONS.get(name)
        if handler is None:
            raise UnknownScoring(element_name(element))
        return handler(self, element)

    def _variable(self, element: Element) -> Value:
        name = element.get("identifier", "")
        if name == self._response:
            return self._as_value(self._selected)
        if name not in self._outcomes:
            raise UnknownScoring(f"{element_name(element)} of '{name[:40]}'")
        return self._outcomes[name]

    def _correct_response(self, element: Element) -> Value:
        self._check_variable(element)
        return self._as_value(self._correct)

    def _as_value(self, selected: frozenset[str]) -> Value:
        if not selected:
            return None
        return next(iter(selected)) if self._single and len(selected) == 1 else selected

    def _mapped_response(self, element: Element) -> Value:
        self._check_variable(element)
        return self._mapped_score()

    def _check_variable(self, element: Element) -> None:
        if element.get("identifier") != self._response:
            raise UnknownScoring(f"{element_name(element)} of '{element.get('identifier', '')[:40]}'")

    def _mapped_score(self) -> float:
        if self.mapping is None:
            raise UnknownScoring("a mapping that is missing")
        default = to_number(self.mapping.get("defaultvalue", "0"), self.mapping)
        entries = {
            entry.get("mapkey", ""): to_number(entry.get("mappedvalue"), entry)
            for entry in children(self.mapping, "mapentry")
        }
        total = sum(entries.get(choice, default) for choice in self._selected)
        if (low := self.mapping.get("lowerbound")) is not None:
            total = max(total, to_number(low, self.mapping))
        if (high := self.mapping.get("upperbound")) is not None:
            total = min(total, to_number(high, self.mapping))
        return total

    def _match(self, element: Element) -> Value:
        left, right = self._operands(element)
        if left is None or right is None:
            return None
        if isinstance(left, float) or isinstance(right, float):
            return abs(to_number(left, element) - to_number(right, element)) < _TOLERANCE
        return _container(left) == _container(right)

    def _member(self, element: Element) -> Value:
        left, right = self._operands(element)
        if left is None or right is None:
            return None
        return _container(left) <= _container(right)

    def _contains(self, element: Element) -> Value:
        left, right = self._operands(element)
        if left is None or right is None:
            return None
        return _container(right) <= _container(left)

    def _compare(self, element: Element) -> Value:
        left, right = self._operands(element)
        if left is None or right is None:
            return None
        difference = to_number(left, element) - to_number(right, element)
        return {
            "gt": difference > _TOLERANCE, "gte": difference > -_TOLERANCE, "lt": difference < -_TOLERANCE,
            "lte": difference < _TOLERANCE, "equal": abs(difference) < _TOLERANCE,
        }[local_name(element.tag)]  # fmt: skip

    def _logic(self, element: Element) -> Value:
        values = [self._value(part) for part in children(element)]
        if local_name(element.tag) == "and":
            return all(part is True for part in values)
        return any(part is True for part in values)

    def _not(self, element: Element) -> Value:
        value = self._value(_single_child(element))
        return None if value is None else value is not True

    def _sum(self, element: Element) -> Value:
        values = [self._value(part) for part in children(element)]
        if any(part is None for part in values):
            return None
        return sum(to_number(part, element) for part in values)

    def _multiple(self, element: Element) -> Value:
        choices: set[str] = set()
        for part in children(element):
            value = self._value(part)
            choices |= _container(value) if value is not None else set()
        return frozenset(choices) or None

    def _operands(self, element: Element) -> tuple[Value, Value]:
        operands = list(children(element))
        if len(operands) != 2:
            raise UnknownScoring(element_name(element))
        return self._value(operands[0]), self._value(operands[1])


_EXPRESSIONS: Mapping[str, Callable[[Processing, Element], Value]] = {
    "variable": Processing._variable,
    "correct": Processing._correct_response,
    "mapresponse": Processing._mapped_response,
    "basevalue": lambda _, element: _base_value(element_text(element), element.get("basetype", "")),
    "null": lambda _, element: None,
    "isnull": lambda run, element: run._value(_single_child(element)) is None,
    "match": Processing._match,
    "member": Processing._member,
    "contains": Processing._contains,
    "equal": Processing._compare,
    "gt": Processing._compare,
    "gte": Processing._compare,
    "lt": Processing._compare,
    "lte": Processing._compare,
    "and": Processing._logic,
    "or": Processing._logic,
    "not": Processing._not,
    "sum": Processing._sum,
    "multiple": Processing._multiple,
}


def element_name(element: Element) -> str:
    """Return the name of an element as in the file, for a message."""
    return f"<{element.get(ORIGINAL_NAME, local_name(element.tag))[:60]}>"


def _single_child(element: Element) -> Element:
    inner = list(children(element))
    if len(inner) != 1:
        raise UnknownScoring(element_name(element))
    return inner[0]


def _default(declaration: Element) -> Value:
    kind = declaration.get("basetype", "")
    values = [element_text(value) for value in children(child(declaration, "defaultvalue"), "value")]
    if declaration.get("cardinality") in ("multiple", "ordered"):
        return frozenset(values) or None
    if values and values[0]:
        return _base_value(values[0], kind)
    return 0.0 if kind in ("float", "integer") else None


def _base_value(text: str, kind: str) -> Value:
    if kind in ("float", "integer"):
        return to_number(text, None)
    return text.lower() in ("true", "1") if kind == "boolean" else text


def to_number(value: Value, element: Element | None) -> float:
    """Return a value as a number, 0 for None. Raise UnknownScoring."""
    if value is None:
        return 0.0
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        result = float("nan")
    if not -1e9 < result < 1e9:
        raise UnknownScoring(
            f"a value that is not a number in {element_name(element)}"
            if element is not None
            else "a value that is not a number"
        )
    return result


def _container(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset((str(value),))
