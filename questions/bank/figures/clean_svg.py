"""Turn the SVG of matplotlib into one that a strict content security policy accepts when it is part of a page.

Its style attributes become presentation attributes, and colors become classes: `f-blue` is filled, `s-blue` is stroked.
Ids begin with the name of the figure, since a page may have several.
"""

import re
import xml.etree.ElementTree as ET

from questions.bank.figures.palette import CLASSES, INK

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_DROPPED = {"metadata", "style", "title"}
_KEPT = {
    "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit",
    "opacity", "fill-opacity", "stroke-opacity", "fill-rule", "font-size", "font-weight", "font-style", "text-anchor",
}  # fmt: skip
_FONT = re.compile(r"(?:(?P<style>italic) )?(?:(?P<weight>\d+|bold) )?(?P<size>[\d.]+)px .*")
_LONG = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


def cleaned(source: str, name: str) -> str:
    """Return the SVG of a figure with this name, without styles. Raise ValueError at a color outside of the palette."""
    root = ET.fromstring(source)
    _clean(root, name)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    _drop_unused_ids(root)
    ET.register_namespace("", _SVG[1:-1])
    ET.indent(root, "")
    text = ET.tostring(root, encoding="unicode").replace(f"{_SVG[1:-1]}:", "")
    return re.sub(r"\n+", "\n", text).strip() + "\n"


def _clean(element: ET.Element, name: str) -> None:
    for child in list(element):
        if child.tag.removeprefix(_SVG) in _DROPPED:
            element.remove(child)
        else:
            _clean(child, name)
            if child.tag in (f"{_SVG}defs", f"{_SVG}g") and not len(child):
                element.remove(child)
    attributes, element.attrib = dict(element.attrib), {}
    classes = []
    for key, value in _styled(attributes):
        if key in ("fill", "stroke"):
            if value == "none":
                element.set(key, "none")
            else:
                classes.append(f"{key[0]}-{_color(value)}")
        elif key == "id":
            element.set("id", f"{name}-{value}")
        elif key in (f"{_XLINK}href", "href"):
            element.set("href", f"#{name}-{value[1:]}")
        elif key == "clip-path":
            element.set(key, value.replace("#", f"#{name}-"))
        elif key == "transform":
            if value := re.sub(r"rotate\(-?0[^)]*\) ?", "", value).strip():
                element.set(key, _LONG.sub(_short, value))
        else:
            element.set(key, _LONG.sub(_short, " ".join(value.split())))
    tag = element.tag.removeprefix(_SVG)
    if tag in ("path", "rect", "text") and "fill" not in element.attrib and not any(c[0] == "f" for c in classes):
        classes.append("f-ink")
    if classes:
        element.set("class", " ".join(classes))


def _styled(attributes: dict[str, str]) -> list[tuple[str, str]]:
    """Return all attributes, the declarations of a style as attributes of their own."""
    pairs = [(key, value) for key, value in attributes.items() if key != "style"]
    for declaration in filter(None, map(str.strip, attributes.get("style", "").split(";"))):
        key, value = (part.strip() for part in declaration.split(":", 1))
        if key == "font" and (font := _FONT.match(value)):
            pairs.append(("font-size", font["size"]))
            pairs += [(f"font-{part}", font[part]) for part in ("style", "weight") if font[part]]
        elif key in _KEPT or key in ("fill", "stroke", "clip-path"):
            pairs.append((key, value.removesuffix("px")))
    return [(key, value) for key, value in pairs if not (key == "opacity" and value == "1")]


def _color(value: str) -> str:
    if value == "#000000":  # the default of matplotlib, where no color was given
        value = INK
    if value not in CLASSES:
        raise ValueError(f"{value} is not in the palette ({INK} is the color of text).")
    return CLASSES[value]


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _drop_unused_ids(root: ET.Element) -> None:
    used = {element.get("href", "")[1:] for element in root.iter()}
    used |= {clip[5:-1] for element in root.iter() if (clip := element.get("clip-path", ""))}
    for element in root.iter():
        if element.get("id") and element.get("id") not in used:
            del element.attrib["id"]
