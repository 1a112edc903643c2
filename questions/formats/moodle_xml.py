"""Moodle XML: multichoice questions whose keys share the whole credit; wrong options of -100 make it all or nothing.


Fractions and element names are those of Moodle's own export (question/format/xml/format.php). Moodle refuses
fractions that differ by more than 0.00001 from its list, so they are written exactly as it writes them.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from questions.content.pictures import DIRECTORY, PICTURE
from questions.content.schema import Fault, OptionContent, QuestionContent, tidy
from questions.content.worth import POINT, hundredths, in_points
from questions.formats import categories_and_tags
from questions.formats.file_pictures import FilePictures
from questions.formats.html_reader import html_to_markdown, text_to_markdown
from questions.formats.html_writer import markdown_to_html, option_to_html, strip_xml_controls
from questions.formats.parsed import NO_FACTS, NO_SECOND_ANSWER, ParsedFile, ParsedQuestion
from questions.formats.refusals import (
    OPTION_LETTERS,
    WRONG_TAKES_A_SHARE,
    UnsupportedQuestions,
    code_from_text,
    kind_for_keys,
    refusal_reasons,
)
from questions.formats.strict_xml import child, children, element_text, line_number, local_name, parse_xml
from questions.formats.text_files import decode_xml

FORMAT = "moodle-xml"
EXTENSIONS = (".xml",)
LOSES = (
    "ids of the options",
    NO_FACTS,
    NO_SECOND_ANSWER,
    "references",
    "a task without its topic",
)
# 100 / number of keys to five decimals, as in Moodle's list of fractions.
_FRACTIONS = {keys: f"{100 / keys:.5f}".rstrip("0").rstrip(".") for keys in range(1, 10)}
_FRACTION_TOLERANCE = 0.1  # percent; old exports and other programs round to fewer digits
_TRUE = {"true", "1", "yes"}
_FILES = "@@PLUGINFILE@@/"
_TOP = re.compile(r"\A\$\w+\$\Z")
_MAX_NAME_CHARS = 80
_WAY_OUT = ", or import the question with full credit only."


def read(data: bytes, name: str) -> ParsedFile:
    """Parse a Moodle XML file. Never raises."""
    data, warnings = decode_xml(data, name)
    root = parse_xml(data, name, lined=("question",))
    if isinstance(root, Fault):
        return ParsedFile(FORMAT, faults=(root,))
    if local_name(root.tag) != "quiz":
        sentence = f"This is not a Moodle XML file: it starts with <{local_name(root.tag)[:40]}> instead of <quiz>."
        return ParsedFile(FORMAT, faults=(Fault(name, 1, "", sentence),))
    questions: list[ParsedQuestion] = []
    pictures = FilePictures(lambda path: None)
    path: tuple[str, ...] = ()
    for element in children(root, "question"):
        if element.get("type") == "category":
            path = _path(element_text(child(element, "category", "text")))
        else:
            questions.append(_Question(element, path, len(questions) + 1, name, pictures).parse())
    if not questions:
        return ParsedFile(FORMAT, faults=(Fault(name, None, "", "The file has no question."),))
    return ParsedFile(FORMAT, tuple(questions), warnings=warnings, pictures=pictures.files())


def _path(category: str) -> tuple[str, ...]:
    """Return the names of a category path without Moodle's context; `//` is a slash in a name."""
    parts = [part.replace("\0", "/").strip() for part in category.replace("//", "\0").split("/")]
    return tuple(part for part in parts if part and part != "top" and not _TOP.match(part))


@dataclass(slots=True)
class _Question:
    """Parser of one <question>."""

    element: Element
    path: tuple[str, ...]
    number: int
    file: str
    pictures: FilePictures
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    partial: bool = False
    other_credit: str = ""  # why its partial credit is refused

    def parse(self) -> ParsedQuestion:
        kind = (self.element.get("type") or "").strip()
        question = None
        title = element_text(child(self.element, "name"))
        if kind in ("multichoice", "truefalse"):
            question = self._parse_multichoice(is_true_false=kind == "truefalse")
        else:
            kind_text = f"a question of the type '{kind[:40]}'" if kind else "a question without a type"
            self.refused.append(f"This is {kind_text}. Only multiple-choice questions can be imported.")
        title = title or (element_text(child(self.element, "questiontext")) or f"Question {self.number}")
        return ParsedQuestion(
            number=self.number,
            line=line_number(self.element),
            name=(question.id if question else "") or title[:_MAX_NAME_CHARS],
            content=None if self.refused or self.other_credit else question,
            domain=" / ".join(self.path),
            refusals=tuple(filter(None, dict.fromkeys((self.other_credit, *self.refused)))),
            ignored=tuple(dict.fromkeys(self.ignored)),
            all_or_nothing=replace(question, partial=False)
            if question and self.other_credit and not self.refused
            else None,
        )

    def _parse_multichoice(self, *, is_true_false: bool) -> QuestionContent:
        answers = list(children(self.element, "answer"))
        keys = self._keys(answers)
        options = tuple(
            OptionContent(
                OPTION_LETTERS[number] if number < len(OPTION_LETTERS) else f"o{number + 1}",
                keys[number],
                self._text(answer).capitalize() if is_true_false else self._text(answer),
                self._text(child(answer, "feedback")),
            )
            for number, answer in enumerate(answers)
        )
        question = QuestionContent(
            id=code_from_text(element_text(child(self.element, "idnumber"))),
            stem=self._text(child(self.element, "questiontext")),
            options=options,
            kind=kind_for_keys(sum(keys)),
            explanation=self._text(child(self.element, "generalfeedback")),
            worth=self._worth(),
            partial=self.partial,
            shuffle=element_text(child(self.element, "shuffleanswers")).lower() not in ("0", "false"),
            file=self.file,
        )
        tags = [element_text(tag) for tag in children(child(self.element, "tags"), "tag")]
        question, unused_tags = categories_and_tags.apply_labels(question, self.path, [tag for tag in tags if tag])
        self.ignored += [f"the tag '{tag}'" for tag in unused_tags]
        self._note_ignored()
        self.refused += refusal_reasons(question)
        return question

    def _keys(self, answers: Sequence[Element]) -> list[bool]:
        """Return for each answer whether it is a key; add a refusal unless the keys share the whole credit equally."""
        credit: list[float] = []
        for number, answer in enumerate(answers, 1):
            fraction = (answer.get("fraction") or "0").strip().replace(",", ".")
            try:
                credit.append(float(fraction))
            except ValueError:
                self.refused.append(f"The fraction '{fraction[:20]}' of option {number} is not a number. Correct it.")
                credit.append(0.0)
        # Moodle treats a question without <single> as single-answer.
        single_text = element_text(child(self.element, "single")).lower()
        single = single_text in _TRUE or not single_text
        positive = [value for value in credit if value > 0]
        full = sum(abs(value - 100) < _FRACTION_TOLERANCE for value in positive)
        if single and full > 1:
            self.refused.append(
                f"{full} options give full credit, but only one can be chosen. Set <single> to false if all of them "
                "must be chosen, or keep one."
            )
        elif single and positive and (full != 1 or len(positive) > 1):
            sentence = "An option gives partial credit. Give full credit (100) to the key and 0 to the others"
            if full == 1:
                self.other_credit = sentence + _WAY_OUT
            else:
                self.refused.append(f"{sentence}.")
        elif not single and full and full == len(positive):
            if full > 1:
                self.ignored.append(f"that each of the {full} keys alone gives full credit: here all must be selected")
        elif not single and any(
            abs(value * len(positive) - 100) > _FRACTION_TOLERANCE * len(positive) for value in positive
        ):
            self.other_credit = (
                f"The keys give different or partial credit ({', '.join(f'{value:g}' for value in positive)}). "
                f"Give each of the {len(positive)} keys {_FRACTIONS.get(len(positive), '100/m')} in Moodle{_WAY_OUT}"
            )
        else:
            self._check_wrong(credit, len(positive))
        if single and any(value < 0 for value in credit):
            self.ignored.append("the negative points of wrong options")
        if single and full == 1:
            return [abs(value - 100) < _FRACTION_TOLERANCE for value in credit]
        return [value > 0 for value in credit]

    def _check_wrong(self, credit: Sequence[float], keys: int) -> None:
        """Find out what wrong options do: take all, a key's share, or nothing away. Refuse anything else."""
        wrong = [value for value in credit if value <= 0]
        share = 100 / keys if keys else 0
        if not wrong or keys < 2 or all(abs(value + 100) < _FRACTION_TOLERANCE for value in wrong):
            return
        self.partial = True
        if all(value == 0 for value in wrong):
            self.ignored.append(WRONG_TAKES_A_SHARE)
        elif odd := [value for value in wrong if abs(value + share) > _FRACTION_TOLERANCE]:
            self.other_credit = (
                f'The wrong options give other credit (<answer fraction="{odd[0]:g}">). Set them to '
                f"-{_FRACTIONS.get(keys, '100/m')} or 0 in Moodle for partial credit, to -100 for all or nothing"
                f"{_WAY_OUT}"
            )

    def _worth(self) -> int:
        """Return what the question is worth; note a grade that no question here can have."""
        grade = element_text(child(self.element, "defaultgrade")).strip() or "1"
        worth = hundredths(grade.replace(",", "."))
        if worth is None:
            self.ignored.append(f"the weight of {grade[:12]} points")
        return POINT if worth is None else worth

    def _text(self, element: Element | None) -> str:
        """Convert the <text> of an element, or its own text, to Markdown by its format."""
        if element is None:
            return ""
        inner = child(element, "text")
        raw = "".join((inner if inner is not None else element).itertext()) if inner is not None else element.text or ""
        form = element.get("format", "html")
        if form == "plain_text":
            return tidy(text_to_markdown(raw))
        if form == "markdown":
            return tidy(raw.strip())
        if form == "moodle_auto_format":
            raw = raw.strip().replace("\n", "<br>\n")
        files = {file.get("name", ""): file for file in children(element, "file")}

        def find(path: str) -> bytes | None:
            file = files.get(path, files.get(path.rpartition("/")[2]))
            return None if file is None else _file_content(file)

        cleaned = html_to_markdown(raw, self.pictures.at(find))
        self.ignored += cleaned.ignored
        self.refused += [
            f"The picture '{path}' is not in the file. Export it with its files." for path in cleaned.missing
        ]
        return cleaned.text

    def _note_ignored(self) -> None:
        if hints := [hint for hint in children(self.element, "hint") if element_text(hint)]:
            self.ignored.append("1 hint" if len(hints) == 1 else f"{len(hints)} hints")
        if _number(element_text(child(self.element, "penalty"))):
            self.ignored.append(f"the penalty of {element_text(child(self.element, 'penalty'))[:12]} for further tries")
        for name, label in (
            ("correctfeedback", "the feedback for right answers"),
            ("partiallycorrectfeedback", "the feedback for partly right answers"),
            ("incorrectfeedback", "the feedback for wrong answers"),
        ):
            if element_text(child(self.element, name)):
                self.ignored.append(label)


def _file_content(file: Element) -> bytes:
    """Return the content of a <file>; empty if it is not encoded as Moodle does."""
    try:
        return b64decode("".join(file.itertext())) if file.get("encoding", "base64") == "base64" else b""
    except ValueError:
        return b""


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0


def write(questions: Sequence[QuestionContent], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """Write Moodle XML in UTF-8 with a category for each syllabus place. Raise UnsupportedQuestions."""
    cannot = {question.id: reason for question in questions if (reason := _unsupported_reason(question))}
    if cannot:
        raise UnsupportedQuestions(cannot)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n']
    path: tuple[str, ...] = ()
    for question in questions:
        if categories_and_tags.category_path(question) != path:
            path = categories_and_tags.category_path(question)
            parts.append(_category(path))
        parts += _question(question, pictures or {})
    parts.append("</quiz>\n")
    return "".join(parts).encode()


def _unsupported_reason(question: QuestionContent) -> str:
    if not question.keys or len(question.keys) not in _FRACTIONS:
        return f"Moodle XML supports 1 to {len(_FRACTIONS)} keys, and the question has {len(question.keys)}."
    texts = (
        question.stem,
        question.explanation,
        *(text for option in question.options for text in (option.text, option.rationale)),
    )
    if any(strip_xml_controls(text) != text for text in texts):
        return "A text contains a control character, which XML does not allow. Remove it."
    return ""


def _category(path: Sequence[str]) -> str:
    names = "/".join(("$course$", "top", *(name.replace("/", "//") for name in path)))
    return f'  <question type="category">\n    <category><text>{escape(names)}</text></category>\n  </question>\n'


def _question(question: QuestionContent, pictures: Mapping[str, bytes]) -> Iterator[str]:
    single = len(question.keys) == 1
    key = _FRACTIONS[len(question.keys)]
    other = "0" if single else f"-{key}" if question.partial else "-100"
    yield f'  <question type="{"truefalse" if question.is_true_false else "multichoice"}">\n'
    yield f"    <name><text>{escape(question.id or ' '.join(question.stem.split())[:_MAX_NAME_CHARS])}</text></name>\n"
    yield f'    <questiontext format="html">{_html(question.stem, pictures)}</questiontext>\n'
    yield f'    <generalfeedback format="html">{_html(question.explanation, pictures)}</generalfeedback>\n'
    yield f"    <defaultgrade>{in_points(question.worth)}00000</defaultgrade>\n"
    yield "    <penalty>0.0000000</penalty>\n    <hidden>0</hidden>\n"
    yield f"    <idnumber>{escape(question.id)}</idnumber>\n"
    if not question.is_true_false:
        yield f"    <single>{'true' if single else 'false'}</single>\n"
        yield f"    <shuffleanswers>{'true' if question.shuffle else 'false'}</shuffleanswers>\n"
        yield "    <answernumbering>ABCD</answernumbering>\n"
    for option in question.options:
        form, text = "html", f"{_cdata(option_to_html(option.text, _FILES))}{_files(option.text, pictures)}"
        if question.is_true_false:  # the words by which Moodle knows them
            form, text = "moodle_auto_format", f"<text>{option.text.strip(' .').lower()}</text>"
        yield f'    <answer fraction={quoteattr(key if option.correct else other)} format="{form}">'
        yield text
        yield f'<feedback format="html">{_html(option.rationale, pictures)}</feedback></answer>\n'
    if tags := categories_and_tags.category_tags(question):
        yield f"    <tags>{''.join(f'<tag><text>{escape(tag)}</text></tag>' for tag in tags)}</tags>\n"
    yield "  </question>\n"


def _html(text: str, pictures: Mapping[str, bytes]) -> str:
    return _cdata(markdown_to_html(text, _FILES)) + _files(text, pictures)


def _files(text: str, pictures: Mapping[str, bytes]) -> str:
    """Return the pictures that a text names as <file> elements, which stand beside its <text>."""
    names = dict.fromkeys(match["name"] for match in PICTURE.finditer(text))
    return "".join(
        f'<file name="{name.removeprefix(DIRECTORY)}" path="/" encoding="base64">'
        f"{b64encode(pictures[name]).decode()}</file>"
        for name in names
        if name in pictures
    )


def _cdata(text: str) -> str:
    return f"<text><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></text>" if text else "<text></text>"
