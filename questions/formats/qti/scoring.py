"""Whether the scoring that a QTI item spells out is all or nothing, found by scoring every response it allows.

`Processing` runs the response processing of QTI 2 and 3, whose names are in small letters and without hyphens here (see
`questions.formats.qti.items`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from xml.etree.ElementTree import Element

from questions.formats.strict_xml import child, children, element_text, local_name

type Value = bool | float | str | frozenset[str] | None
NAME = "\x00name"  # where an element keeps the name it had in the file
MOST_STEPS = 300_000  # a tenth of a second or so
_NEAR = 1e-6


class NotUnderstood(Exception):
    """The scoring holds something that is not known here; the message names the element."""


def responses(choices: Sequence[str], *, single: bool, most: int) -> Iterator[frozenset[str]]:
    """All responses that a candidate can give; `most` options at once, 0 for any number."""
    largest = 1 if single else min(most or len(choices), len(choices))
    for size in range(largest + 1):
        yield from (frozenset(each) for each in combinations(choices, size))


def all_or_nothing(
    score: Callable[[frozenset[str]], float], choices: Sequence[str], *, single: bool, most: int, size: int
) -> tuple[frozenset[str] | None, str]:
    """The one response that scores, or None and why there is none; all others must score nothing.

    `size` is how many elements there are to run for a response; what would take too long is not tried.
    """
    count = len(choices) + 1 if single else 2 ** min(len(choices), 20)
    if count * size > MOST_STEPS:
        return None, "it is too long to be tried out"
    scores = {response: score(response) for response in responses(choices, single=single, most=most)}
    best, least = max(scores.values()), min(scores.values())
    if best - least < _NEAR:
        return None, "it gives every response the same score"
    full = [response for response, each in scores.items() if best - each < _NEAR]
    if len(full) > 1:
        return None, "more than one response gets the full score"
    if any(_NEAR < each - least < best - least - _NEAR for each in scores.values()):
        negative = least < -_NEAR and abs(scores[frozenset()] - least) > _NEAR
        return None, "wrong responses lose points" if negative else "it gives partial credit"
    if abs(least) > _NEAR:
        return None, "wrong responses lose points" if least < 0 else "wrong responses get points"
    return full[0], ""


class Processing:
    """Response processing of one response variable, run for a response at a time."""

    def __init__(self, item: Element, response: str, correct: frozenset[str], *, single: bool) -> None:
        self._rules = child(item, "responseprocessing")
        self._response = response
        self._correct = correct
        self._single = single
        declared = next(
            (each for each in children(item, "responsedeclaration") if each.get("identifier") == response), None
        )
        self.mapping = child(declared, "mapping")
        self._defaults = {each.get("identifier", ""): _default(each) for each in children(item, "outcomedeclaration")}

    def score(self, chosen: frozenset[str]) -> float:
        """The SCORE that a response gets. Raises NotUnderstood."""
        self._chosen = chosen
        self._outcomes: dict[str, Value] = dict(self._defaults)
        with suppress(StopIteration):  # <exitResponse>
            self._run(self._rules if self._rules is not None else ())
        return number(self._outcomes.get("SCORE"), None)

    def mapped(self, chosen: frozenset[str]) -> float:
        """The score by the template map_response."""
        self._chosen = chosen
        return self._map()

    def _run(self, rules: Element | Sequence[Element]) -> None:
        for rule in rules:
            name = local_name(rule.tag)
            if name == "responsecondition":
                self._condition(rule)
            elif name == "setoutcomevalue":
                self._outcomes[rule.get("identifier", "")] = self._value(_only(rule))
            elif name == "responseprocessingfragment":
                self._run(rule)
            elif name == "exitresponse":
                raise StopIteration
            elif name:
                raise NotUnderstood(named(rule))

    def _condition(self, condition: Element) -> None:
        for branch in children(condition):
            name = local_name(branch.tag)
            if name == "responseelse":
                self._run(branch)
                return
            if name not in ("responseif", "responseelseif") or not len(branch):
                raise NotUnderstood(named(branch))
            if self._value(branch[0]) is True:
                self._run(branch[1:])
                return

    def _value(self, element: Element) -> Value:
        name = local_name(element.tag)
        handler = _EXPRESSIONS.get(name)
        if handler is None:
            raise NotUnderstood(named(element))
        return handler(self, element)

    def _variable(self, element: Element) -> Value:
        name = element.get("identifier", "")
        if name == self._response:
            return self._given(self._chosen)
        if name not in self._outcomes:
            raise NotUnderstood(f"{named(element)} of '{name[:40]}'")
        return self._outcomes[name]

    def _right(self, element: Element) -> Value:
        self._own(element)
        return self._given(self._correct)

    def _given(self, chosen: frozenset[str]) -> Value:
        if not chosen:
            return None
        return next(iter(chosen)) if self._single and len(chosen) == 1 else chosen

    def _mapped(self, element: Element) -> Value:
        self._own(element)
        return self._map()

    def _own(self, element: Element) -> None:
        if element.get("identifier") != self._response:
            raise NotUnderstood(f"{named(element)} of '{element.get('identifier', '')[:40]}'")

    def _map(self) -> float:
        if self.mapping is None:
            raise NotUnderstood("a mapping that is missing")
        default = number(self.mapping.get("defaultvalue", "0"), self.mapping)
        entries = {
            each.get("mapkey", ""): number(each.get("mappedvalue"), each) for each in children(self.mapping, "mapentry")
        }
        total = sum(entries.get(each, default) for each in self._chosen)
        if (low := self.mapping.get("lowerbound")) is not None:
            total = max(total, number(low, self.mapping))
        if (high := self.mapping.get("upperbound")) is not None:
            total = min(total, number(high, self.mapping))
        return total

    def _match(self, element: Element) -> Value:
        left, right = self._two(element)
        if left is None or right is None:
            return None
        if isinstance(left, float) or isinstance(right, float):
            return abs(number(left, element) - number(right, element)) < _NEAR
        return _container(left) == _container(right)

    def _member(self, element: Element) -> Value:
        left, right = self._two(element)
        if left is None or right is None:
            return None
        return _container(left) <= _container(right)

    def _contains(self, element: Element) -> Value:
        left, right = self._two(element)
        if left is None or right is None:
            return None
        return _container(right) <= _container(left)

    def _compare(self, element: Element) -> Value:
        left, right = self._two(element)
        if left is None or right is None:
            return None
        difference = number(left, element) - number(right, element)
        return {
            "gt": difference > _NEAR, "gte": difference > -_NEAR, "lt": difference < -_NEAR,
            "lte": difference < _NEAR, "equal": abs(difference) < _NEAR,
        }[local_name(element.tag)]  # fmt: skip

    def _logic(self, element: Element) -> Value:
        values = [self._value(each) for each in children(element)]
        if local_name(element.tag) == "and":
            return all(each is True for each in values)
        return any(each is True for each in values)

    def _not(self, element: Element) -> Value:
        value = self._value(_only(element))
        return None if value is None else value is not True

    def _sum(self, element: Element) -> Value:
        values = [self._value(each) for each in children(element)]
        if any(each is None for each in values):
            return None
        return sum(number(each, element) for each in values)

    def _multiple(self, element: Element) -> Value:
        found: set[str] = set()
        for each in children(element):
            value = self._value(each)
            found |= _container(value) if value is not None else set()
        return frozenset(found) or None

    def _two(self, element: Element) -> tuple[Value, Value]:
        both = list(children(element))
        if len(both) != 2:
            raise NotUnderstood(named(element))
        return self._value(both[0]), self._value(both[1])


_EXPRESSIONS: Mapping[str, Callable[[Processing, Element], Value]] = {
    "variable": Processing._variable,
    "correct": Processing._right,
    "mapresponse": Processing._mapped,
    "basevalue": lambda _, element: _typed(element_text(element), element.get("basetype", "")),
    "null": lambda _, element: None,
    "isnull": lambda run, element: run._value(_only(element)) is None,
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


def named(element: Element) -> str:
    """An element as the file writes it, for a sentence."""
    return f"<{element.get(NAME, local_name(element.tag))[:60]}>"


def _only(element: Element) -> Element:
    inner = list(children(element))
    if len(inner) != 1:
        raise NotUnderstood(named(element))
    return inner[0]


def _default(declaration: Element) -> Value:
    kind = declaration.get("basetype", "")
    values = [element_text(each) for each in children(child(declaration, "defaultvalue"), "value")]
    if declaration.get("cardinality") in ("multiple", "ordered"):
        return frozenset(values) or None
    if values and values[0]:
        return _typed(values[0], kind)
    return 0.0 if kind in ("float", "integer") else None


def _typed(text: str, kind: str) -> Value:
    if kind in ("float", "integer"):
        return number(text, None)
    return text.lower() in ("true", "1") if kind == "boolean" else text


def number(value: Value, element: Element | None) -> float:
    """A value as a number, 0 for none. Raises NotUnderstood."""
    if value is None:
        return 0.0
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = float("nan")
    if not -1e9 < found < 1e9:
        raise NotUnderstood(
            f"a value that is no number in {named(element)}" if element is not None else "a value that is no number"
        )
    return found


def _container(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset((str(value),))
