"""Writing of a QTI 3.0 package: a manifest, and one item file for each question.

Items with feedback have explicit response processing, since the template match_correct sets no feedback.
Source: https://www.imsglobal.org/spec/qti/v3p0/impl and its examples.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from questions.content.pictures import picture_names
from questions.content.schema import OptionContent, QuestionContent
from questions.formats import categories_and_tags
from questions.formats.html_writer import markdown_to_xhtml, strip_xml_controls
from questions.formats.refusals import UnsupportedQuestions

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_ITEM = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_PACKAGE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_SCHEMAS = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd"
_LOM_SCHEMA = "https://purl.imsglobal.org/spec/md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd"
_TEMPLATE = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
_MAP_TEMPLATE = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/map_response.xml"
_PICTURES = "../images/"  # as seen from an item
_MODIFIED_AT = (1980, 1, 1, 0, 0, 0)  # constant, so that the same questions give the same file
_XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write_package(questions: Sequence[QuestionContent], pictures: Mapping[str, bytes]) -> bytes:
    """Return the zip file. Raise UnsupportedQuestions."""
    cannot = {question.id: reason for question in questions if (reason := _unsupported_reason(question))}
    if cannot:
        raise UnsupportedQuestions(cannot)
    names = _names(questions)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "imsmanifest.xml", "".join(_manifest(questions, names, pictures)).encode())
        for question, name in zip(questions, names, strict=True):
            _add(archive, f"items/{name}.xml", "".join(_item(question, name)).encode())
        for path, data in pictures.items():
            _add(archive, path, data)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _MODIFIED_AT), data, zipfile.ZIP_DEFLATED)


def _unsupported_reason(question: QuestionContent) -> str:
    texts = (
        question.stem,
        question.explanation,
        *(text for option in question.options for text in (option.text, option.rationale)),
    )
    if any(strip_xml_controls(text) != text for text in texts):
        return "A text contains a control character, which XML does not allow. Remove it."
    if not question.keys:
        return "The question has no key, and a QTI item needs one to score."
    return ""


def _identifier(code: str) -> str:
    """Return a code as an XML name, which cannot start with a digit; reading removes the underscore."""
    return f"_{code}" if not re.match(r"[a-z]", code) else code


def _names(questions: Sequence[QuestionContent]) -> list[str]:
    return [
        _identifier(question.id) if question.id else f"question-{number}"
        for number, question in enumerate(questions, 1)
    ]


def _manifest(
    questions: Sequence[QuestionContent], names: Sequence[str], pictures: Mapping[str, bytes]
) -> Iterator[str]:
    yield f'{_XML_DECLARATION}<manifest xmlns="{_PACKAGE}" xmlns:lom="{_LOM}" {_XSI} identifier="questions" '
    yield f'xsi:schemaLocation="{_PACKAGE} {_SCHEMAS}/imsqtiv3p0_imscpv1p2_v1p0.xsd {_LOM} {_LOM_SCHEMA}">\n'
    yield "  <metadata>\n    <schema>QTI Package</schema>\n    <schemaversion>3.0.0</schemaversion>\n  </metadata>\n"
    yield "  <organizations/>\n  <resources>\n"
    for question, name in zip(questions, names, strict=True):
        href = quoteattr(f"items/{name}.xml")
        yield f'    <resource identifier={quoteattr(f"res-{name}")} type="imsqti_item_xmlv3p0" href={href}>\n'
        yield from _metadata(question)
        yield f"      <file href={href}/>\n"
        yield from (f'      <file href="{path}"/>\n' for path in sorted(picture_names(question) & pictures.keys()))
        yield "    </resource>\n"
    yield "  </resources>\n</manifest>\n"


def _metadata(question: QuestionContent) -> Iterator[str]:
    path, tags = categories_and_tags.category_path(question), categories_and_tags.category_tags(question)
    if not path and not tags:
        return
    yield "      <metadata>\n        <lom:lom>\n"
    if tags:
        keywords = "".join(f"<lom:keyword>{_lom_string(tag)}</lom:keyword>" for tag in tags)
        yield f"          <lom:general>{keywords}</lom:general>\n"
    if path:
        taxa = "".join(f"<lom:taxon><lom:entry>{_lom_string(part)}</lom:entry></lom:taxon>" for part in path)
        purpose = "<lom:purpose><lom:source>LOMv1.0</lom:source><lom:value>discipline</lom:value></lom:purpose>"
        yield f"          <lom:classification>{purpose}<lom:taxonPath>{taxa}</lom:taxonPath></lom:classification>\n"
    yield "        </lom:lom>\n      </metadata>\n"


def _lom_string(text: str) -> str:
    return f'<lom:string language="en">{escape(text)}</lom:string>'


def _item(question: QuestionContent, name: str) -> Iterator[str]:
    single = len(question.keys) == 1
    cardinality = "single" if single else "multiple"
    feedback = any(option.rationale for option in question.options)
    yield f'{_XML_DECLARATION}<qti-assessment-item xmlns="{_ITEM}" {_XSI} '
    yield f'xsi:schemaLocation="{_ITEM} {_SCHEMAS}/imsqti_asiv3p0_v1p0.xsd" identifier={quoteattr(name)} '
    yield f'title={quoteattr(question.id or name)} adaptive="false" time-dependent="false" xml:lang="en">\n'
    keys = "".join(f"<qti-value>{escape(_identifier(key.id))}</qti-value>" for key in question.keys)
    yield f'  <qti-response-declaration identifier="RESPONSE" cardinality="{cardinality}" base-type="identifier">\n'
    yield f"    <qti-correct-response>{keys}</qti-correct-response>\n"
    yield from _mapping(question) if _is_mapped(question) else ()
    yield "  </qti-response-declaration>\n"
    yield _outcome("SCORE", "single", "float", "0")
    yield _outcome("MAXSCORE", "single", "float", "1")
    if feedback:
        yield _outcome("FEEDBACK", cardinality, "identifier")
    if question.explanation:
        # Shown after the attempt for any response.
        yield _outcome("EXPLANATION", "single", "identifier", "explanation")
    count = len(question.keys)
    yield f"  <qti-item-body>\n{markdown_to_xhtml(question.stem, _PICTURES)}\n"
    shuffle = "true" if question.shuffle else "false"
    yield f'    <qti-choice-interaction response-identifier="RESPONSE" shuffle="{shuffle}" '
    yield f'min-choices="{0 if question.partial else count}" max-choices="{count}">\n'
    for option in question.options:
        yield from _choice(option)
    yield "    </qti-choice-interaction>\n  </qti-item-body>\n"
    if feedback or (question.accepted and not _is_mapped(question)):
        yield from _processing(question, feedback=feedback)
    else:
        template = _MAP_TEMPLATE if _is_mapped(question) else _TEMPLATE
        yield f'  <qti-response-processing template="{template}"/>\n'
    if question.explanation:
        yield '  <qti-modal-feedback outcome-identifier="EXPLANATION" identifier="explanation" show-hide="show">\n'
        yield f"    <qti-content-body>{markdown_to_xhtml(question.explanation, _PICTURES)}</qti-content-body>\n"
        yield "  </qti-modal-feedback>\n"
    yield "</qti-assessment-item>\n"


def _outcome(identifier: str, cardinality: str, kind: str, default: str = "") -> str:
    value = f"<qti-default-value><qti-value>{default}</qti-value></qti-default-value>" if default else ""
    head = f'  <qti-outcome-declaration identifier="{identifier}" cardinality="{cardinality}" base-type="{kind}"'
    return f"{head}>{value}</qti-outcome-declaration>\n"


def _choice(option: OptionContent) -> Iterator[str]:
    name = quoteattr(_identifier(option.id))
    yield f"      <qti-simple-choice identifier={name}>{_choice_xhtml(option.text)}"
    if option.rationale:
        text = _choice_xhtml(option.rationale)
        attributes = f'outcome-identifier="FEEDBACK" identifier={name} show-hide="show"'
        if re.search(r"<(?:p|ul|ol|pre|table)[ >]", text):
            yield f"<qti-feedback-block {attributes}><qti-content-body>{text}</qti-content-body></qti-feedback-block>"
        else:
            yield f"<qti-feedback-inline {attributes}>{text}</qti-feedback-inline>"
    yield "</qti-simple-choice>\n"


def _choice_xhtml(text: str) -> str:
    """Return a text as XHTML: inline if it is a single paragraph, else as blocks."""
    blocks = markdown_to_xhtml(text, _PICTURES)
    single = re.fullmatch(r"<p>(.*)</p>", blocks, re.DOTALL)
    return blocks if single is None or "<p>" in single[1] else single[1]


def _is_mapped(question: QuestionContent) -> bool:
    """Return whether a mapping scores the question: partial credit, or one option or another that gets the credit."""
    return question.partial or (len(question.keys) == 1 and bool(question.accepted))


def _mapping(question: QuestionContent) -> Iterator[str]:
    """Yield the share of each option, which never add up to less than nothing."""
    share = f"{1 / len(question.keys):.10f}".rstrip("0").rstrip(".")
    yield '    <qti-mapping lower-bound="0" upper-bound="1" default-value="0">\n'
    for option in question.options:
        is_right = option.correct or (len(question.keys) == 1 and option.id in question.accepted)
        value = share if is_right else f"-{share}" if question.partial else "0"
        yield f'      <qti-map-entry map-key={quoteattr(_identifier(option.id))} mapped-value="{value}"/>\n'
    yield "    </qti-mapping>\n"


def _processing(question: QuestionContent, *, feedback: bool) -> Iterator[str]:
    """Yield response processing like match_correct or map_response, with `feedback` to set to the response."""
    yield "  <qti-response-processing>\n"
    if _is_mapped(question):
        yield '    <qti-set-outcome-value identifier="SCORE"><qti-map-response identifier="RESPONSE"/>'
        yield "</qti-set-outcome-value>\n"
    else:
        yield from _match_correct(question)
    if feedback:
        yield '    <qti-set-outcome-value identifier="FEEDBACK"><qti-variable identifier="RESPONSE"/>'
        yield "</qti-set-outcome-value>\n"
    yield "  </qti-response-processing>\n"


def _match_correct(question: QuestionContent) -> Iterator[str]:
    yield "    <qti-response-condition>\n      <qti-response-if>\n"
    match = '<qti-match><qti-variable identifier="RESPONSE"/>{}</qti-match>'.format
    first = match('<qti-correct identifier="RESPONSE"/>')
    if question.accepted:
        names = (escape(_identifier(code)) for code in question.accepted)
        values = "".join(f'<qti-base-value base-type="identifier">{name}</qti-base-value>' for name in names)
        yield f"        <qti-or>{first}{match(f'<qti-multiple>{values}</qti-multiple>')}</qti-or>\n"
    else:
        yield f"        {first}\n"
    yield f"        {_score(1)}\n      </qti-response-if>\n"
    yield f"      <qti-response-else>\n        {_score(0)}\n      </qti-response-else>\n    </qti-response-condition>\n"


def _score(points: int) -> str:
    value = f'<qti-base-value base-type="float">{points}</qti-base-value>'
    return f'<qti-set-outcome-value identifier="SCORE">{value}</qti-set-outcome-value>'
