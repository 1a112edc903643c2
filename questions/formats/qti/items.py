"""Parsing of choice items of QTI 3.0, 2.2 and 2.1.

The versions spell names differently (`qti-simple-choice`, `simpleChoice`), so names are first normalized to lower case
without hyphens and without `qti-`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import categories_and_tags
from questions.formats.file_pictures import FilePictures
from questions.formats.html_reader import html_to_markdown
from questions.formats.parsed import ParsedQuestion
from questions.formats.qti.scoring import (
    ORIGINAL_NAME,
    Processing,
    UnknownScoring,
    element_name,
    find_rewarded_response,
)
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
_OMITTED_ELEMENTS = (*_FEEDBACK, "rubricblock", "stylesheet", "cataloginfo", "companionmaterialsinfo")
_OUTCOME_FEEDBACK = re.compile(r"(?:in|partially_?)?correct|right|wrong|(?:not_?)?ok|\w*_(?:in)?correct", re.IGNORECASE)
_OPTION = re.compile(r"[a-z0-9]{1,20}\Z")
_TRUE = ("true", "1", "yes")


@dataclass(frozen=True, slots=True)
class PackageLabels:
    """Labels of an item in the manifest of its package: categories from the top down, and tags."""

    path: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_item(
    root: Element, number: int, file: str, pictures: FilePictures, package_labels: PackageLabels
) -> ParsedQuestion:
    """Parse an <assessmentItem>; `pictures` looks files up as the item names them."""
    _normalize_names(root)
    item = _Item(root, number, file, pictures, package_labels)
    question = item.parse()
    title = root.get("title") or root.get("identifier") or f"Question {number}"
    return ParsedQuestion(
        number=number,
        line=line_number(root),
        name=(question.id if question else "") or title[:80],
        content=None if item.refusals else question,
        domain=" / ".join(package_labels.path),
        refusals=tuple(dict.fromkeys(item.refusals)),
        ignored=tuple(dict.fromkeys(item.ignored)),
    )


def option_ids(identifiers: Sequence[str]) -> list[str]:
    """Return option ids made of the identifiers of a file if all are usable, else a, b, c …"""
    ids = [re.sub(r"[^a-z0-9]", "", identifier.lower()) for identifier in identifiers]
    if all(_OPTION.match(identifier) for identifier in ids) and len(set(ids)) == len(ids):
        return ids
    return [OPTION_LETTERS[number] if number < len(OPTION_LETTERS) else f"o{number + 1}" for number in range(len(ids))]


def _normalize_names(root: Element) -> None:
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
            element.set(ORIGINAL_NAME, name)
            element.tag = plain


@dataclass(slots=True)
class _Item:
    root: Element
    number: int
    file: str
    pictures: FilePictures
    package_labels: PackageLabels
    refusals: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    partial: bool = False
    also: frozenset[str] = frozenset()  # a second response that gets the credit

    def parse(self) -> QuestionContent | None:
        if self.root.get("adaptive", "").strip().lower() in _TRUE:
            self.refusals.append("The item is adaptive. Only items with one attempt can be imported.")
        if (template := child(self.root, "templateprocessing")) is not None:
            self.refusals.append(
                f"The item makes its text by {element_name(template)}. Only items with a fixed text can be imported."
            )
        interaction = self._interaction()
        if interaction is None:
            return None
        choices = list(children(interaction, "simplechoice"))
        identifiers = [choice.get("identifier", "") for choice in choices]
        keys = self._keys(interaction, identifiers)
        feedback = self._feedback(identifiers)
        shuffle = interaction.get("shuffle", "").strip().lower() != "false"
        options = tuple(
            OptionContent(
                code,
                identifier in keys,
                self._choice_text(choice),
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
            partial=self.partial,
            accepted=tuple(
                code
                for code, identifier in zip(option_ids(identifiers), identifiers, strict=True)
                if identifier in self.also
            ),
            shuffle=shuffle,
            file=self.file,
        )
        question, unused_tags = categories_and_tags.apply_labels(
            question, self.package_labels.path, self.package_labels.tags
        )
        self.ignored += [f"the keyword '{tag}'" for tag in unused_tags]
        if next(descendants(self.root, "rubricblock"), None) is not None:
            self.ignored.append("a rubric")
        if keys or not self.refusals:  # otherwise the scoring was refused, and the key with it
            self.refusals += refusal_reasons(question)
        return question

    def _interaction(self) -> Element | None:
        """Return the single choice interaction, or None with a refusal."""
        body = child(self.root, "itembody")
        interactions = (
            [element for element in body.iter() if local_name(element.tag).endswith("interaction")]
            if body is not None
            else []
        )
        unsupported = [element for element in interactions if element.tag != "choiceinteraction"]
        if unsupported:
            self.refusals.append(
                f"The item asks by {element_name(unsupported[0])}. Only choice interactions can be imported."
            )
        elif not interactions:
            self.refusals.append("The item has no interaction. Only choice interactions can be imported.")
        elif len(interactions) > 1:
            self.refusals.append(
                f"The item has {len(interactions)} interactions. Create one item for each interaction."
            )
        return interactions[0] if len(interactions) == 1 and not unsupported else None

    def _keys(self, interaction: Element, identifiers: list[str]) -> frozenset[str]:
        """Return the correct choices; add a refusal unless exactly these get the credit."""
        response = interaction.get("responseidentifier", "")
        declared = next(
            (e for e in children(self.root, "responsedeclaration") if e.get("identifier") == response), None
        )
        if declared is None:
            self.refusals.append(f"The item declares no response '{response[:40]}', so it has no key.")
            return frozenset()
        values = [element_text(value) for value in children(child(declared, "correctresponse"), "value")]
        keys = frozenset(value for value in values if value)
        single = declared.get("cardinality", "single") == "single"
        max_choices = self._count(interaction.get("maxchoices"), 1)
        if unknown := keys - set(identifiers):
            self.refusals.append(f"The key '{min(unknown)[:40]}' is not a choice of the item. Correct it.")
        if len(set(identifiers)) < len(identifiers):
            self.refusals.append("Two choices have the same identifier. Give each a unique id.")
        elif 0 < max_choices < len(keys):
            self.refusals.append(
                f"{len(keys)} choices are correct, but at most {max_choices} can be chosen. Correct max-choices."
            )
        elif self._count(interaction.get("minchoices"), 0) > max(len(keys), 1):
            self.refusals.append("More choices must be made than are correct. Correct min-choices.")
        else:
            keys = self._scored(response, keys, identifiers, single=single, max_choices=max_choices)
        if not single and max_choices != len(keys) and not self.refusals:
            self.ignored.append("that another number of options can be selected: here it is the number of keys")
        return keys

    def _scored(
        self, response: str, keys: frozenset[str], identifiers: list[str], *, single: bool, max_choices: int
    ) -> frozenset[str]:
        """Return the choices that get the whole credit; add a refusal for partial credit other than equal shares."""
        rules = child(self.root, "responseprocessing")
        if rules is None:
            self.ignored.append("that the item has no response processing: here the key scores all or nothing")
            return keys
        template = rules.get("template", "").rpartition("/")[2].removesuffix(".xml").lower()
        source = element_name(rules)
        if template == "match_correct":
            return keys
        if template == "map_response":
            source = f"The template map_response in {source}"
        elif len(rules):
            source = f"The scoring in {source}"
        else:
            self.refusals.append(f"The scoring in {source} uses the template '{template[:60]}', which is not known.")
            return keys
        try:
            processing = Processing(self.root, response, keys, single=single)
            score = processing.mapped_score if template == "map_response" else processing.score
            size = sum(1 for part in (rules, processing.mapping) if part is not None for _ in part.iter())
            found = find_rewarded_response(
                score, identifiers, single=single, max_choices=max_choices, size=size, declared=keys
            )
        except UnknownScoring as error:
            self.refusals.append(f"{source} uses {error}, which is not known to be all or nothing. Use match_correct.")
            return keys
        self.partial, self.also = found.partial, found.also
        self.ignored += [found.ignored] if found.ignored else []
        if found.keys is None:
            self.refusals.append(f"{source} is not all or nothing: {found.reason}. Use match_correct.")
        elif keys and found.keys != keys:
            self.refusals.append(
                f"{source} scores other choices than the declared correct response. Correct one of them."
            )
        return keys or found.keys or keys

    def _count(self, text: str | None, default: int) -> int:
        text = (text or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default

    def _feedback(self, identifiers: list[str]) -> dict[str, str]:
        """Return modal feedback and feedback blocks of the body by choice; "" is the general feedback."""
        feedback: dict[str, str] = {}
        body = child(self.root, "itembody")
        choice_elements = {element for choice in descendants(body, "simplechoice") for element in choice.iter()}
        blocks = [element for element in descendants(body, "feedbackblock") if element not in choice_elements]
        for element in (*children(self.root, "modalfeedback"), *blocks):
            name = element.get("identifier", "")
            text = self._clean(_content(element))
            if not text:
                continue
            if name in identifiers:
                feedback[name] = "\n\n".join(filter(None, (feedback.get(name, ""), text)))
            elif _OUTCOME_FEEDBACK.fullmatch(name) or element.get("showhide") == "hide":
                self.ignored.append(f"the feedback '{name[:40]}', which is for right or wrong answers alone")
            else:
                feedback[""] = "\n\n".join(filter(None, (feedback.get("", ""), text)))
        return feedback

    def _rationale(self, choice: Element) -> str:
        parts = [self._clean(_content(element)) for element in descendants(choice, "feedbackinline", "feedbackblock")]
        return "\n\n".join(part for part in parts if part)

    def _stem(self, interaction: Element) -> str:
        """Return the body with the prompt in place of the interaction."""
        prompt = child(interaction, "prompt")
        prompt_children = list(prompt) if prompt is not None else []
        text, tail = (prompt.text if prompt is not None else ""), interaction.tail
        interaction.clear()
        interaction.tag, interaction.text, interaction.tail = "div", text, tail
        interaction.extend(prompt_children)
        return self._clean(inner_html(next(children(self.root, "itembody")), _OMITTED_ELEMENTS))

    def _choice_text(self, element: Element) -> str:
        return self._clean(inner_html(element, _OMITTED_ELEMENTS))

    def _clean(self, html: str) -> str:
        cleaned = html_to_markdown(html, self.pictures)
        self.ignored += cleaned.ignored
        self.refusals += [f"The picture '{path}' is missing. Import the whole package." for path in cleaned.missing]
        return cleaned.text


def _content(element: Element) -> str:
    body = child(element, "contentbody")
    return inner_html(body if body is not None else element, ("stylesheet", "cataloginfo"))
