"""Strict XML: a tree without DOCTYPE, entities and anything from outside, or the one reason why there is none."""

import re
from collections.abc import Collection, Iterator
from html import escape
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from questions.content.schema import Fault

MAX_DEPTH = 100
DOCTYPE = "DOCTYPE"  # the field of a fault about one
LINE = "\x00line"  # no attribute of a file can be called so
_DOCTYPE_SENTENCE = (
    "The file has a DOCTYPE, which is never read, as it can bring in entities and other files. "
    "Remove it, from <!DOCTYPE to its end, and import the file again."
)
_VOID = {"br", "hr", "img", "col", "source"}


class _TooDeep(ValueError):
    pass


class _Target:
    """Builds the tree, notes the lines of some elements and keeps to a depth."""

    def __init__(self, lined: Collection[str]) -> None:
        self._builder = TreeBuilder()
        self._lined = lined
        self._depth = 0
        self.parser: DefusedXMLParser | None = None

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep
        if local_name(tag) in self._lined and self.parser is not None:
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
    """The root element; elements of the local names `lined` know their line (see `line_of`). Never raises."""
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
        return Fault(
            file, None, "", f"The elements of the file lie more than {MAX_DEPTH} deep. No question needs that."
        )
    except ParseError as error:
        what = re.sub(r": line \d+, column \d+\Z", "", str(error))
        line, column = error.position
        if "undefined entity" in what:
            what = "it uses the name of a character, such as &nbsp;, which XML does not know"
        return Fault(
            file,
            line,
            "",
            f"The file is not well-formed XML: {what}, at column {column + 1}. Export it again, or mend it there.",
        )
    except (ValueError, LookupError) as error:
        return Fault(file, 1, "", f"The file cannot be read in the encoding that it names: {error}. Save it as UTF-8.")
    return root


def line_number(element: Element) -> int | None:
    """The line in which an element begins, if it was asked for."""
    line = element.get(LINE)
    return int(line) if line else None


def local_name(tag: object) -> str:
    """The name of an element without its namespace; comments have none."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The child elements of these local names, all if none is given."""
    for child in element if element is not None else ():
        if not names or local_name(child.tag) in names:
            yield child


def child(element: Element | None, *path: str) -> Element | None:
    """The first element down a path of local names."""
    for name in path:
        element = next(children(element, name), None)
    return element


def descendants(element: Element | None, *names: str) -> Iterator[Element]:
    """The elements of these local names within an element, in the order of the file."""
    for each in element.iter() if element is not None else ():
        if each is not element and local_name(each.tag) in names:
            yield each


def element_text(element: Element | None) -> str:
    """All text within an element, in one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def inner_html(element: Element, without: Collection[str] = ()) -> str:
    """What stands in an element as HTML, with the elements of the local names `without` left out."""
    parts = [escape(element.text or "", quote=False)]
    for each in element:
        name = local_name(each.tag)
        if name and name not in without:
            attrs = "".join(f' {local_name(key)}="{escape(value)}"' for key, value in each.items() if key[0] != "\x00")
            parts.append(f"<{name}{attrs}>")
            if name not in _VOID:
                parts.append(f"{inner_html(each, without)}</{name}>")
        parts.append(escape(each.tail or "", quote=False))
    return "".join(parts)
