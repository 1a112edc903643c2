"""Parsing of choice items of QTI 1.2, as Canvas and Blackboard write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from xml.etree.ElementTree import Element

from questions.content.schema import OptionContent, QuestionContent
from questions.formats import categories_and_tags
from questions.formats.file_pictures import FilePictures
from questions.formats.html_reader import html_to_markdown, text_to_markdown
from questions.formats.parsed import Loss, ParsedQuestion
from questions.formats.qti.items import option_ids
from questions.formats.qti.scoring import UnknownScoring, find_rewarded_response, to_number
from questions.formats.refusals import code_from_text, kind_for_keys, refusal_reasons
from questions.formats.strict_xml import child, children, descendants, element_text, line_number, local_name
from questions.formats.text_files import first_words

ROOT = "questestinterop"
BARE_ROOTS = ("item", "section", "assessment", "objectbank")  # possible root elements besides ROOT
_RESPONSE_TYPES = ("response_lid", "response_str", "response_num", "response_grp", "response_xy", "response_extension")
_TYPES = {
    "multiple_choice_question", "multiple_answers_question", "true_false_question", "cc.multiple_choice.v0p1",
    "cc.multiple_response.v0p1", "cc.true_false.v0p1", "",
}  # fmt: skip
_TEXTS = ("mattext", "mat_formattedtext")  # the second is used by Blackboard
_GENERAL = ("general_fb", "general", "solution")


def items_with_titles(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield the items of a file, each with the title of its bank or quiz."""
    for holder in (root,) if local_name(root.tag) in BARE_ROOTS else children(root):
        if local_name(holder.tag) == "item":
            yield holder, ""
        else:
            title = _metadata(child(holder, "qtimetadata")).get("bank_title", "") or holder.get("title", "")
            for item in descendants(holder, "item"):
                yield item, " ".join(title.split())


def read_item(item: Element, bank: str, file: str, pictures: FilePictures) -> ParsedQuestion:
    """Parse an <item>; `pictures` looks files up as the item names them."""
    reader = _Item(item, file, pictures)
    question = reader.parse(bank)
    return ParsedQuestion(
        number=0,  # counted in the whole file
        line=line_number(item),
        name=first_words(reader.stem),  # Canvas titles all its items 'Question'
        content=None if reader.refusals else question,
        domain=bank,
        refusals=tuple(dict.fromkeys(reader.refusals)),
        ignored=tuple(dict.fromkeys(reader.ignored)),
    )


def _metadata(element: Element | None) -> dict[str, str]:
    return {
        element_text(child(metadata_field, "fieldlabel")): element_text(child(metadata_field, "fieldentry"))
        for metadata_field in descendants(element, "qtimetadatafield")
    }


@dataclass(slots=True)
class _Item:
    item: Element
    file: str
    pictures: FilePictures
    refusals: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    partial: bool = False
    stem: str = ""  # Canvas titles all questions `Question`, so that a refused one is named by its text too

    def parse(self, bank: str) -> QuestionContent | None:
        presentation = child(self.item, "presentation")
        response = next(descendants(presentation, *_RESPONSE_TYPES), None)
        self.stem = self._material(presentation, excluding=response) if presentation is not None else ""
        metadata = _metadata(child(self.item, "itemmetadata"))
        kind = metadata.get("question_type") or metadata.get("cc_profile", "")
        if kind not in _TYPES:
            self.refusals.append(
                f"This is a question of the type '{kind[:40]}'. Only multiple-choice questions can be imported."
            )
            return None
        interactions = list(descendants(presentation, *_RESPONSE_TYPES))
        other = next(
            (interaction for interaction in interactions if local_name(interaction.tag) != "response_lid"), None
        )
        if other is not None:
            self.refusals.append(f"The item asks by <{local_name(other.tag)}>. Only <response_lid> can be imported.")
            return None
        if len(interactions) != 1 or presentation is None:
            count = f"{len(interactions)} times" if interactions else "nothing"
            self.refusals.append(f"The item asks {count}. Only items with one <response_lid> can be imported.")
            return None
        weight = metadata.get("points_possible", "")
        if weight and weight not in ("1", "1.0"):
            self.ignored.append(f"the weight of {weight[:12]} points")
        question = self._choice(interactions[0])
        question, _ = categories_and_tags.apply_labels(question, [part.strip() for part in bank.split("/")], ())
        if question.keys or not self.refusals:  # otherwise the scoring was refused, and the key with it
            self.refusals += refusal_reasons(question)
        return question

    def _choice(self, response_lid: Element) -> QuestionContent:
        choices = list(descendants(response_lid, "response_label"))
        identifiers = [choice.get("ident", "") for choice in choices]
        keys = self._keys(response_lid, identifiers)
        feedback = self._feedback(identifiers)
        options = tuple(
            OptionContent(code, identifier in keys, self._material(choice), feedback.get(identifier, ""))
            for code, identifier, choice in zip(option_ids(identifiers), identifiers, choices, strict=True)
        )
        return QuestionContent(
            id=code_from_text(self.item.get("ident", "")),
            stem=self.stem,
            options=options,
            kind=kind_for_keys(len(keys)),
            explanation=feedback.get("", ""),
            partial=self.partial,
            file=self.file,
        )

    def _keys(self, response_lid: Element, identifiers: list[str]) -> frozenset[str]:
        """Return the one response that gets the credit; add a refusal if there is none."""
        if len(set(identifiers)) < len(identifiers):
            self.refusals.append("Two choices have the same ident. Give each a unique id.")
            return frozenset()
        single = response_lid.get("rcardinality", "Single").lower() == "single"
        processing = child(self.item, "resprocessing")
        if next(descendants(processing, "setvar"), None) is None:
            return frozenset()  # refusal_reasons reports the missing key
        try:
            size = sum(1 for _ in processing.iter()) if processing is not None else 0
            score = partial(_score, processing)
            found = find_rewarded_response(score, identifiers, single=single, max_choices=0, size=size)
        except UnknownScoring as error:
            self.refusals.append(
                f"The scoring in <resprocessing> uses {error}, which is not known to be all or nothing."
            )
            return frozenset()
        self.partial = found.partial
        self.ignored += [found.ignored] if found.ignored else []
        if found.keys is None:
            self.refusals.append(f"The scoring in <resprocessing> is not all or nothing: {found.reason}.")
        return found.keys or frozenset()

    def _feedback(self, identifiers: list[str]) -> dict[str, str]:
        """Return item feedback by choice; "" is the general feedback."""
        displayed = dict(self._displayed_feedback(identifiers))
        feedback: dict[str, str] = {}
        for element in children(self.item, "itemfeedback"):
            name = element.get("ident", "")
            text = self._material(element)
            owner = displayed.get(name) or name.removesuffix("_fb")
            if not text:
                continue
            if owner in identifiers:
                feedback[owner] = text
            elif name.lower() in _GENERAL:
                feedback[""] = text
            else:
                self.ignored.append(f"the feedback '{name[:40]}', which is for right or wrong answers alone")
        return feedback

    def _displayed_feedback(self, identifiers: list[str]) -> Iterator[tuple[str, str]]:
        """Yield the feedback that conditions display for a single choice."""
        for condition in children(child(self.item, "resprocessing"), "respcondition"):
            tests = list(children(child(condition, "conditionvar")))
            scores = next(children(condition, "setvar"), None) is not None
            if len(tests) == 1 and local_name(tests[0].tag) == "varequal" and element_text(tests[0]) in identifiers:
                for display in children(condition, "displayfeedback"):
                    name = display.get("linkrefid", "")
                    if not scores or not re.match(r"(?:general_)?(?:in)?correct", name):
                        yield name, element_text(tests[0])

    def _material(self, element: Element, excluding: Element | None = None) -> str:
        parts = []
        excluded = set(excluding.iter()) - _prompt_elements(excluding) if excluding is not None else set()
        for material in descendants(element, *_TEXTS, "matimage", "mataudio", "matvideo"):
            if material in excluded:
                continue
            raw = "".join(material.itertext())
            text_type = material.get("texttype") or material.get("type") or "text/plain"
            if local_name(material.tag) not in _TEXTS:
                self._media(material)
            elif text_type.lower() == "text/plain" and "<" not in raw:
                parts.append(text_to_markdown(raw))
            else:
                cleaned = html_to_markdown(raw, self.pictures)
                self.ignored += cleaned.ignored
                self.refusals += [
                    f"The picture '{path}' is missing. Import the whole package." for path in cleaned.missing
                ]
                parts.append(cleaned.text)
        return "\n\n".join(part for part in parts if part)

    def _media(self, element: Element) -> None:
        name = element.get("uri", "")
        if name and "//" not in name and self.pictures.find(name) is None:
            self.refusals.append(f"The file '{name[:100]}' is missing. Import the whole package.")
        else:
            self.ignored.append(Loss(f"<{local_name(element.tag)}> {name[:100]}".strip()))


def _prompt_elements(response_lid: Element) -> set[Element]:
    """Return the text elements of a response that precede its choices."""
    return {text for material in children(response_lid, "material", "flow_mat") for text in material.iter()}


def _score(processing: Element | None, selected: frozenset[str]) -> float:
    """Return the score of a response by the <respcondition>s of QTI 1.2, in order. Raise UnknownScoring."""
    scores: dict[str, float] = {}
    for condition in children(processing, "respcondition"):
        variables = child(condition, "conditionvar")
        if not all(_is_true(test, selected) for test in children(variables)):
            continue
        for setting in children(condition, "setvar"):
            name = setting.get("varname", "SCORE").upper()
            amount, now = _amount(setting), scores.get(name, 0.0)
            action = setting.get("action", "Set").lower()
            if action not in ("set", "add", "subtract"):
                raise UnknownScoring(f'<setvar action="{setting.get("action", "")[:20]}">')
            scores[name] = amount if action == "set" else now + amount if action == "add" else now - amount
        if condition.get("continue", "No").lower() not in ("yes", "true", "1"):
            break
    return scores.get("SCORE", next(iter(scores.values()), 0.0))


def _amount(setting: Element) -> float:
    """Return the value a condition sets; Blackboard writes 'SCORE.max' for all points."""
    text = element_text(setting)
    return 1.0 if text.lower().endswith(".max") else to_number(text, setting)


def _is_true(test: Element, selected: frozenset[str]) -> bool:
    name = local_name(test.tag)
    if name == "varequal":
        return element_text(test) in selected
    if name == "and":
        return all(_is_true(part, selected) for part in children(test))
    if name == "or":
        return any(_is_true(part, selected) for part in children(test))
    if name == "not":
        return not all(_is_true(part, selected) for part in children(test))
    if name == "other":
        return True
    if name == "unanswered":
        return not selected
    raise UnknownScoring(f"<{name[:40]}>")
