"""Strict XML parsing without DOCTYPE, entities and external content."""

import re
from collections.abc import Collection, Iterator
from html import escape
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from questions.content.schema import Fault

MAX_DEPTH = 100
DOCTYPE = "DOCTYPE"  # the `field` of a fault about a DOCTYPE
LINE = "\x00line"  # not a possible attribute name in a file
_DOCTYPE_SENTENCE = (
    "The file has a DOCTYPE, which is not allowed, since it can include entities and other files. "
    "Remove it, from <!DOCTYPE to its end, and import the file again."
)
_VOID = {"br", "hr", "img", "col", "source"}


class _TooDeep(ValueError):
    pass


class _Target:
    """Build the tree, record the lines of some elements and limit the depth."""

    def __init__(self, lined: Collection[str]) -> None:
        self._builder = TreeBuilder()
        self._lined_names = lined
        self._depth = 0
        self.parser: DefusedXMLParser | None = None

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep
        if local_name(tag) in self._lined_names and self.parser is not None:
            attrs[LINE] = str(self.parser.parser.CurrentLineNumber)
        return self._builder.start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return self._builder.end(tag)

    def data(self, data: str) -> None:
        self._builder.data(data)

    def close(self) -> Element:
        return self._builder.close()


def parse_xml(data: bytes, file: str, lined: Collection[str] = ()) -> Element | Fault:
    """Return the root element; `line_number` works for elements with the local names `lined`. Never raises."""
    target = _Target(lined)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.parser = parser
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        line = data.count(b"\n", 0, max(data.find(b"<!DOCTYPE"), 0)) + 1
        return Fault(file, line, DOCTYPE, _DOCTYPE_SENTENCE)
    except _TooDeep:
        return Fault(file, None, "", f"The elements of the file are nested more than {MAX_DEPTH} deep.")
    except ParseError as error:
        reason = re.sub(r": line \d+, column \d+\Z", "", str(error))
        line, column = error.position
        if "undefined entity" in reason:
            reason = "it uses the name of a character, such as &nbsp;, which is not defined in XML"
        return Fault(
            file,
            line,
            "",
            f"The file is not well-formed XML: {reason}, at column {column + 1}. Export it again or correct it there.",
        )
    except (ValueError, LookupError) as error:
        return Fault(file, 1, "", f"The file cannot be read in the encoding that it names: {error}. Save it as UTF-8.")
    return root


def line_number(element: Element) -> int | None:
    """Return the line on which an element starts, if it was recorded."""
    line = element.get(LINE)
    return int(line) if line else None


def local_name(tag: object) -> str:
    """Return the name of an element without its namespace; empty for comments."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """Yield the child elements with these local names, or all without names."""
    for child in element if element is not None else ():
        if not names or local_name(child.tag) in names:
            yield child


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first element at a path of local names, or None."""
    for name in path:
        element = next(children(element, name), None)
    return element


def descendants(element: Element | None, *names: str) -> Iterator[Element]:
    """Yield the elements with these local names inside an element, in document order."""
    for descendant in element.iter() if element is not None else ():
        if descendant is not element and local_name(descendant.tag) in names:
            yield descendant


def element_text(element: Element | None) -> str:
    """Return all text inside an element as one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def inner_html(element: Element, without: Collection[str] = ()) -> str:
    """Return the content of an element as HTML, without the elements with the local names `without`."""
    parts = [escape(element.text or "", quote=False)]
    for child_element in element:
        name = local_name(child_element.tag)
        if name and name not in without:
            attrs = "".join(
                f' {local_name(key)}="{escape(value)}"' for key, value in child_element.items() if key[0] != "\x00"
            )
            parts.append(f"<{name}{attrs}>")
            if name not in _VOID:
                parts.append(f"{inner_html(child_element, without)}</{name}>")
        parts.append(escape(child_element.tail or "", quote=False))
    return "".join(parts)
