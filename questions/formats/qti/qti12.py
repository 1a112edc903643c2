"""Choice items of QTI 1.2, as Canvas writes them, on their way in: an <item> becomes a question, or reasons why not."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from xml.etree.ElementTree import Element

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import labels
from questions.formats.html_reader import html_to_markdown, text_to_markdown
from questions.formats.parsed import ParsedQuestion
from questions.formats.qti.items import option_ids
from questions.formats.qti.scoring import NotUnderstood, all_or_nothing, number
from questions.formats.refusals import code_from_text, kind_for_keys, refusal_reasons
from questions.formats.strict_xml import child, children, descendants, element_text, line_number, local_name

ROOT = "questestinterop"
BARE_ROOTS = ("item", "section", "assessment", "objectbank")  # what may also stand alone
_ASKING = ("response_lid", "response_str", "response_num", "response_grp", "response_xy", "response_extension")
_TYPES = {
    "multiple_choice_question", "multiple_answers_question", "true_false_question", "cc.multiple_choice.v0p1",
    "cc.multiple_response.v0p1", "cc.true_false.v0p1", "",
}  # fmt: skip
_TEXTS = ("mattext", "mat_formattedtext")  # the second is Blackboard's
_GENERAL = ("general_fb", "general", "solution")


def bank_titles(root: Element) -> Iterator[tuple[Element, str]]:
    """The items of a file, each with the title of the bank or quiz that it lies in."""
    for holder in (root,) if local_name(root.tag) in BARE_ROOTS else children(root):
        if local_name(holder.tag) == "item":
            yield holder, ""
        else:
            title = _metadata(child(holder, "qtimetadata")).get("bank_title", "") or holder.get("title", "")
            for item in descendants(holder, "item"):
                yield item, " ".join(title.split())


def read_item(item: Element, bank: str, number: int, file: str, has: Callable[[str], bool]) -> ParsedQuestion:
    """The question of an <item>; `has` says whether the package holds a file named in the item."""
    reader = _Item(item, number, file, has)
    question = reader.parse(bank)
    title = item.get("title") or item.get("ident") or f"Question {number}"
    return ParsedQuestion(
        number=number,
        line=line_number(item),
        name=title[:80],
        content=None if reader.refused else question,
        domain=bank,
        refusals=tuple(dict.fromkeys(reader.refused)),
        ignored=tuple(dict.fromkeys(reader.ignored)),
    )


def _metadata(element: Element | None) -> dict[str, str]:
    return {
        element_text(child(each, "fieldlabel")): element_text(child(each, "fieldentry"))
        for each in descendants(element, "qtimetadatafield")
    }


@dataclass(slots=True)
class _Item:
    item: Element
    number: int
    file: str
    has: Callable[[str], bool]
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def parse(self, bank: str) -> QuestionContent | None:
        metadata = _metadata(child(self.item, "itemmetadata"))
        kind = metadata.get("question_type") or metadata.get("cc_profile", "")
        if kind not in _TYPES:
            self.refused.append(f"This is a question of the type '{kind[:40]}'. Only multiple-choice can be taken.")
            return None
        presentation = child(self.item, "presentation")
        asking = list(descendants(presentation, *_ASKING))
        other = next((each for each in asking if local_name(each.tag) != "response_lid"), None)
        if other is not None:
            self.refused.append(f"The item asks by <{local_name(other.tag)}>. Only <response_lid> can be taken.")
            return None
        if len(asking) != 1 or presentation is None:
            what = f"{len(asking)} times" if asking else "nothing"
            self.refused.append(f"The item asks {what}. Only items with one <response_lid> can be taken.")
            return None
        weight = metadata.get("points_possible", "")
        if weight and weight not in ("1", "1.0"):
            self.ignored.append(f"the weight of {weight[:12]} points")
        question = self._choice(presentation, asking[0])
        question, _ = labels.apply_labels(question, [part.strip() for part in bank.split("/")], ())
        if question.keys or not self.refused:  # else the scoring has been refused, and with it the key
            self.refused += refusal_reasons(question)
        return question

    def _choice(self, presentation: Element, asked: Element) -> QuestionContent:
        choices = list(descendants(asked, "response_label"))
        identifiers = [each.get("ident", "") for each in choices]
        keys = self._keys(asked, identifiers)
        feedback = self._feedback(identifiers)
        options = tuple(
            OptionContent(code, identifier in keys, self._material(choice), feedback.get(identifier, ""))
            for code, identifier, choice in zip(option_ids(identifiers), identifiers, choices, strict=True)
        )
        return QuestionContent(
            id=code_from_text(self.item.get("ident", "")),
            stem=self._material(presentation, without=asked),
            options=options,
            kind=kind_for_keys(len(keys)),
            explanation=feedback.get("", ""),
            file=self.file,
        )

    def _keys(self, asked: Element, identifiers: list[str]) -> frozenset[str]:
        """The one response that scores; says why there is none."""
        if len(set(identifiers)) < len(identifiers):
            self.refused.append("Two choices have the same ident. Give each its own.")
            return frozenset()
        single = asked.get("rcardinality", "Single").lower() == "single"
        processing = child(self.item, "resprocessing")
        if next(descendants(processing, "setvar"), None) is None:
            return frozenset()  # no key: the refusals say so
        try:
            size = sum(1 for _ in processing.iter()) if processing is not None else 0
            score = partial(_score, processing)
            keys, reason = all_or_nothing(score, identifiers, single=single, most=0, size=size)
        except NotUnderstood as error:
            self.refused.append(
                f"The scoring in <resprocessing> uses {error}, which is not known to be all or nothing."
            )
            return frozenset()
        if keys is None:
            self.refused.append(f"The scoring in <resprocessing> is not all or nothing: {reason}.")
        return keys or frozenset()

    def _feedback(self, identifiers: list[str]) -> dict[str, str]:
        """Item feedback by the choice that it is for; "" is for all."""
        shown = dict(self._shown(identifiers))
        found: dict[str, str] = {}
        for element in children(self.item, "itemfeedback"):
            name = element.get("ident", "")
            text = self._material(element)
            owner = shown.get(name) or name.removesuffix("_fb")
            if not text:
                continue
            if owner in identifiers:
                found[owner] = text
            elif name.lower() in _GENERAL:
                found[""] = text
            else:
                self.ignored.append(f"the feedback '{name[:40]}', which is for right or wrong answers alone")
        return found

    def _shown(self, identifiers: list[str]) -> Iterator[tuple[str, str]]:
        """Which feedback the conditions show for one choice alone."""
        for condition in children(child(self.item, "resprocessing"), "respcondition"):
            tests = list(children(child(condition, "conditionvar")))
            scores = next(children(condition, "setvar"), None) is not None
            if len(tests) == 1 and local_name(tests[0].tag) == "varequal" and element_text(tests[0]) in identifiers:
                for each in children(condition, "displayfeedback"):
                    name = each.get("linkrefid", "")
                    if not scores or not re.match(r"(?:general_)?(?:in)?correct", name):
                        yield name, element_text(tests[0])

    def _material(self, element: Element, without: Element | None = None) -> str:
        parts = []
        left_out = set(without.iter()) - _own_material(without) if without is not None else set()
        for each in descendants(element, *_TEXTS, "matimage", "mataudio", "matvideo"):
            if each in left_out:
                continue
            raw = "".join(each.itertext())
            plain = each.get("texttype") or each.get("type") or "text/plain"
            if local_name(each.tag) not in _TEXTS:
                self._media(each)
            elif plain.lower() == "text/plain" and "<" not in raw:
                parts.append(text_to_markdown(raw))
            else:
                cleaned = html_to_markdown(raw, self.has)
                self.ignored += cleaned.ignored
                self.refused += [
                    f"The picture '{path}' is missing. Import the whole package." for path in cleaned.missing
                ]
                parts.append(cleaned.text)
        return "\n\n".join(part for part in parts if part)

    def _media(self, element: Element) -> None:
        name = element.get("uri", "")
        if name and "//" not in name and not self.has(name):
            self.refused.append(f"The file '{name[:100]}' is missing. Import the whole package.")
        else:
            self.ignored.append(f"<{local_name(element.tag)}> {name[:100]}".strip())


def _own_material(asked: Element) -> set[Element]:
    """The texts of a response itself, before its choices."""
    return {text for each in children(asked, "material", "flow_mat") for text in each.iter()}


def _score(processing: Element | None, chosen: frozenset[str]) -> float:
    """The score of a response by the <respcondition>s of QTI 1.2, one after the other. Raises NotUnderstood."""
    scores: dict[str, float] = {}
    for condition in children(processing, "respcondition"):
        variables = child(condition, "conditionvar")
        if not all(_holds(each, chosen) for each in children(variables)):
            continue
        for setting in children(condition, "setvar"):
            name = setting.get("varname", "SCORE").upper()
            amount, now = _amount(setting), scores.get(name, 0.0)
            action = setting.get("action", "Set").lower()
            if action not in ("set", "add", "subtract"):
                raise NotUnderstood(f'<setvar action="{setting.get("action", "")[:20]}">')
            scores[name] = amount if action == "set" else now + amount if action == "add" else now - amount
        if condition.get("continue", "No").lower() not in ("yes", "true", "1"):
            break
    return scores.get("SCORE", next(iter(scores.values()), 0.0))


def _amount(setting: Element) -> float:
    """What a condition sets the score to; Blackboard writes 'SCORE.max' for all points."""
    text = element_text(setting)
    return 1.0 if text.lower().endswith(".max") else number(text, setting)


def _holds(test: Element, chosen: frozenset[str]) -> bool:
    name = local_name(test.tag)
    if name == "varequal":
        return element_text(test) in chosen
    if name == "and":
        return all(_holds(each, chosen) for each in children(test))
    if name == "or":
        return any(_holds(each, chosen) for each in children(test))
    if name == "not":
        return not all(_holds(each, chosen) for each in children(test))
    if name == "other":
        return True
    if name == "unanswered":
        return not chosen
    raise NotUnderstood(f"<{name[:40]}>")
