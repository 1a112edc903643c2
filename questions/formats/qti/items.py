"""Choice items of QTI 3.0, 2.2 and 2.1 on their way in: one item element becomes one question, or reasons why not.

The versions differ in how names are written (`qti-simple-choice`, `simpleChoice`), so an item is first brought to one
spelling: small letters without hyphens and without `qti-`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import labels
from questions.formats.html_reader import html_to_markdown
from questions.formats.parsed import ParsedQuestion
from questions.formats.qti.scoring import NAME, NotUnderstood, Processing, all_or_nothing, named
from questions.formats.refusals import OPTION_LETTERS, code_from_text, kind_for_keys, refusal_reasons
from questions.formats.strict_xml import (
    LINE,
    child,
    children,
    descendants,
    element_text,
    inner_html,
    line_number,
    local_name,
)

ROOTS = ("assessmentItem", "qti-assessment-item")
_FEEDBACK = ("feedbackinline", "feedbackblock", "modalfeedback")
_SKIPPED = (*_FEEDBACK, "rubricblock", "stylesheet", "cataloginfo", "companionmaterialsinfo")
_ONLY_RIGHT_OR_WRONG = re.compile(
    r"(?:in|partially_?)?correct|right|wrong|(?:not_?)?ok|\w*_(?:in)?correct", re.IGNORECASE
)
_OPTION = re.compile(r"[a-z0-9]{1,20}\Z")
_TRUE = ("true", "1", "yes")


@dataclass(frozen=True, slots=True)
class Place:
    """What the package says of an item besides the item itself: its categories from the top down, and tags."""

    path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_item(root: Element, number: int, file: str, has: Callable[[str], bool], place: Place) -> ParsedQuestion:
    """The question of an <assessmentItem>; `has` says whether the package holds a file named in the item."""
    _one_spelling(root)
    item = _Item(root, number, file, has, place)
    question = item.parse()
    title = root.get("title") or root.get("identifier") or f"Question {number}"
    return ParsedQuestion(
        number=number,
        line=line_number(root),
        name=(question.id if question else "") or title[:80],
        content=None if item.refused else question,
        domain=" / ".join(place.path),
        refusals=tuple(dict.fromkeys(item.refused)),
        ignored=tuple(dict.fromkeys(item.ignored)),
    )


def option_ids(identifiers: Sequence[str]) -> list[str]:
    """Ids of options from those of a file where all can be ours, else a, b, c …"""
    ids = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in identifiers]
    if all(_OPTION.match(each) for each in ids) and len(set(ids)) == len(ids):
        return ids
    return [OPTION_LETTERS[number] if number < len(OPTION_LETTERS) else f"o{number + 1}" for number in range(len(ids))]


def _one_spelling(root: Element) -> None:
    for element in root.iter():
        name = local_name(element.tag)
        if name:
            plain = name.removeprefix("qti-").replace("-", "").lower()
            attributes = {
                key if key == LINE else local_name(key).replace("-", "").lower(): value
                for key, value in element.items()
            }
            element.attrib.clear()
            element.attrib.update(attributes)
            element.set(NAME, name)
            element.tag = plain


@dataclass(slots=True)
class _Item:
    root: Element
    number: int
    file: str
    has: Callable[[str], bool]
    place: Place
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def parse(self) -> QuestionContent | None:
        if self.root.get("adaptive", "").strip().lower() in _TRUE:
            self.refused.append("The item is adaptive. Only items with one attempt can be taken.")
        if (template := child(self.root, "templateprocessing")) is not None:
            self.refused.append(
                f"The item makes its text by {named(template)}. Only items with a fixed text can be taken."
            )
        interaction = self._interaction()
        if interaction is None:
            return None
        choices = list(children(interaction, "simplechoice"))
        identifiers = [each.get("identifier", "") for each in choices]
        keys = self._keys(interaction, identifiers)
        feedback = self._feedback(identifiers)
        options = tuple(
            OptionContent(
                code,
                identifier in keys,
                self._text(choice),
                "\n\n".join(filter(None, (self._rationale(choice), feedback.get(identifier, "")))),
            )
            for code, identifier, choice in zip(option_ids(identifiers), identifiers, choices, strict=True)
        )
        question = QuestionContent(
            id=code_from_text(self.root.get("identifier", "")),
            stem=self._stem(interaction),
            options=options,
            kind=kind_for_keys(len(keys)),
            explanation=feedback.get("", ""),
            file=self.file,
        )
        question, others = labels.apply_labels(question, self.place.path, self.place.tags)
        self.ignored += [f"the keyword '{each}'" for each in others]
        if next(descendants(self.root, "rubricblock"), None) is not None:
            self.ignored.append("a rubric")
        if keys or not self.refused:  # else the scoring has been refused, and with it the key
            self.refused += refusal_reasons(question)
        return question

    def _interaction(self) -> Element | None:
        """The one choice interaction of the item; says what stands in its way."""
        body = child(self.root, "itembody")
        found = (
            [each for each in body.iter() if local_name(each.tag).endswith("interaction")] if body is not None else []
        )
        others = [each for each in found if each.tag != "choiceinteraction"]
        if others:
            self.refused.append(f"The item asks by {named(others[0])}. Only choice interactions can be taken.")
        elif not found:
            self.refused.append("The item has no interaction: nothing is asked.")
        elif len(found) > 1:
            self.refused.append(f"The item has {len(found)} interactions. Make an item of each.")
        return found[0] if len(found) == 1 and not others else None

    def _keys(self, interaction: Element, identifiers: list[str]) -> frozenset[str]:
        """The correct choices, if all of them and no other score."""
        response = interaction.get("responseidentifier", "")
        declared = next(
            (e for e in children(self.root, "responsedeclaration") if e.get("identifier") == response), None
        )
        if declared is None:
            self.refused.append(f"The item declares no response '{response[:40]}', so it has no key.")
            return frozenset()
        values = [element_text(each) for each in children(child(declared, "correctresponse"), "value")]
        keys = frozenset(each for each in values if each)
        single = declared.get("cardinality", "single") == "single"
        most = self._count(interaction.get("maxchoices"), 1)
        if unknown := keys - set(identifiers):
            self.refused.append(f"The key '{min(unknown)[:40]}' is no choice of the item. Correct it.")
        if len(set(identifiers)) < len(identifiers):
            self.refused.append("Two choices have the same identifier. Give each its own.")
        elif 0 < most < len(keys):
            self.refused.append(
                f"{len(keys)} choices are correct, but at most {most} can be chosen. Correct max-choices."
            )
        elif self._count(interaction.get("minchoices"), 0) > max(len(keys), 1):
            self.refused.append("More choices must be made than are correct. Correct min-choices.")
        else:
            keys = self._scored(response, keys, identifiers, single=single, most=most)
        if not single and most != len(keys) and not self.refused:
            self.ignored.append("that another number of options may be chosen: here it is the number of keys")
        return keys

    def _scored(
        self, response: str, keys: frozenset[str], identifiers: list[str], *, single: bool, most: int
    ) -> frozenset[str]:
        """The choices that score. Says why they are not all or nothing."""
        rules = child(self.root, "responseprocessing")
        if rules is None:
            self.ignored.append("that the item has no response processing: here the key scores all or nothing")
            return keys
        template = rules.get("template", "").rpartition("/")[2].removesuffix(".xml").lower()
        place = named(rules)
        if template == "match_correct":
            return keys
        if template == "map_response":
            place = f"The template map_response in {place}"
        elif len(rules):
            place = f"The scoring in {place}"
        else:
            self.refused.append(f"The scoring in {place} uses the template '{template[:60]}', which is not known.")
            return keys
        try:
            processing = Processing(self.root, response, keys, single=single)
            score = processing.mapped if template == "map_response" else processing.score
            size = sum(1 for part in (rules, processing.mapping) if part is not None for _ in part.iter())
            found, reason = all_or_nothing(score, identifiers, single=single, most=most, size=size)
        except NotUnderstood as error:
            self.refused.append(f"{place} uses {error}, which is not known to be all or nothing. Use match_correct.")
            return keys
        if found is None:
            self.refused.append(f"{place} is not all or nothing: {reason}. Use match_correct.")
        elif keys and found != keys:
            self.refused.append(f"{place} scores other choices than the correct response says. Correct one of them.")
        return keys or found or keys

    def _count(self, text: str | None, default: int) -> int:
        text = (text or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default

    def _feedback(self, identifiers: list[str]) -> dict[str, str]:
        """Modal feedback, and feedback blocks of the body, by the choice that they are for; "" is for all."""
        found: dict[str, str] = {}
        body = child(self.root, "itembody")
        within = {each for choice in descendants(body, "simplechoice") for each in choice.iter()}
        blocks = [each for each in descendants(body, "feedbackblock") if each not in within]
        for element in (*children(self.root, "modalfeedback"), *blocks):
            name = element.get("identifier", "")
            text = self._clean(_content(element))
            if not text:
                continue
            if name in identifiers:
                found[name] = "\n\n".join(filter(None, (found.get(name, ""), text)))
            elif _ONLY_RIGHT_OR_WRONG.fullmatch(name) or element.get("showhide") == "hide":
                self.ignored.append(f"the feedback '{name[:40]}', which is for right or wrong answers alone")
            else:
                found[""] = "\n\n".join(filter(None, (found.get("", ""), text)))
        return found

    def _rationale(self, choice: Element) -> str:
        parts = [self._clean(_content(each)) for each in descendants(choice, "feedbackinline", "feedbackblock")]
        return "\n\n".join(part for part in parts if part)

    def _stem(self, interaction: Element) -> str:
        """The body, with the prompt where the interaction stands."""
        prompt = child(interaction, "prompt")
        asked = list(prompt) if prompt is not None else []
        text, tail = (prompt.text if prompt is not None else ""), interaction.tail
        interaction.clear()
        interaction.tag, interaction.text, interaction.tail = "div", text, tail
        interaction.extend(asked)
        return self._clean(inner_html(next(children(self.root, "itembody")), _SKIPPED))

    def _text(self, element: Element) -> str:
        return self._clean(inner_html(element, _SKIPPED))

    def _clean(self, html: str) -> str:
        cleaned = html_to_markdown(html, self.has)
        self.ignored += cleaned.ignored
        self.refused += [f"The picture '{path}' is missing. Import the whole package." for path in cleaned.missing]
        return cleaned.text


def _content(element: Element) -> str:
    body = child(element, "contentbody")
    return inner_html(body if body is not None else element, ("stylesheet", "cataloginfo"))
