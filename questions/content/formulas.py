r"""TeX formulas in texts of questions: `$x^2$` and `$$\sum x_i$$`, converted to MathML once, when a text is rendered.

A price is no formula: the first $ follows neither a letter nor a digit and is not before a space, the second neither
follows a space nor is before a letter or a digit (as in Pandoc, which allows letters there), and what starts with a
digit and goes on in words is a price too: `$5 for US users and 7$`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring
from latex2mathml import exceptions
from latex2mathml.converter import convert

MAX_FORMULA_CHARS = 1_000
_TEX = rf"(?:[^$\\]|\\.){{1,{MAX_FORMULA_CHARS}}}?"
FORMULA = re.compile(
    rf"(?<![\w\\$])(?:\$\$(?P<display>{_TEX})\$\$|\$(?![\s$])(?P<inline>{_TEX})(?<!\s)\$)(?![\w$])", re.DOTALL
)
_PRICE = re.compile(r"\d[^\\^_{}=<>+*]*\Z")
_WORDS = re.compile(r"\s|[A-Za-z]{3}")
_OPEN_DISPLAY = re.compile(r"(?<!\\)\$\$")
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
# Elements of MathML Core that latex2mathml writes, with the number of children that each must have.
_CHILDREN = {
    "mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mroot": 2,
}  # fmt: skip
ELEMENTS = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "msqrt", "mpadded", "mphantom", "mtable", "mtr",
    "mtd", "menclose", *_CHILDREN,
}  # fmt: skip
_SHARED = {"mathvariant", "displaystyle", "scriptlevel", "stretchy"}
ATTRIBUTES = {
    "math": {"display", "alttext", "tabindex"},
    "mi": {"mathvariant"},
    "mo": {*_SHARED, "accent", "fence", "form", "separator", "movablelimits", "minsize", "maxsize", "lspace", "rspace"},
    "mspace": {"width", "linebreak"},
    "mstyle": _SHARED,
    "mover": {"accent"},
    "munder": {"accent", "accentunder"},
    "mfrac": {"linethickness"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "menclose": {"notation"},
    "mtable": {"displaystyle", "columnalign", "columnspacing", "rowspacing", "columnlines", "rowlines"},
    "mtd": {"columnalign"},
}
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
# Common commands that latex2mathml does not know, by others that mean the same.
_SYNONYMS = (
    (re.compile(r"\\arg(max|min)?(?![A-Za-z])"), r"\\operatorname{arg\1}"),
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{split}"),
)
_REASONS: dict[type[Exception], str] = {
    exceptions.NoAvailableTokensError: "something is missing, such as a closing brace",
    exceptions.DenominatorNotFoundError: "a fraction has no denominator",
    exceptions.NumeratorNotFoundError: "a fraction has no numerator",
    exceptions.MissingSuperScriptOrSubscriptError: "nothing follows ^ or _",
    exceptions.DoubleSubscriptsError: "it has two subscripts in a row; use braces",
    exceptions.DoubleSuperscriptsError: "it has two superscripts in a row; use braces",
    exceptions.ExtraLeftOrMissingRightError: "\\left has no \\right",
    exceptions.MissingEndError: "\\begin has no \\end",
}


class FormulaError(ValueError):
    """A formula cannot be converted; the message is a sentence for the author."""


def is_price(tex: str) -> bool:
    """Return whether the text between two dollar signs starts with an amount and goes on in words."""
    return bool(_PRICE.match(tex) and _WORDS.search(tex))


def find_formulas(text: str) -> Iterator[re.Match[str]]:
    """Yield the formulas of a text without code; a match has the group `display` or `inline`."""
    at = 0
    while match := FORMULA.search(text, at):
        if match["inline"] and is_price(match["inline"]):
            at = match.end() - 1  # the second sign may start a formula
        else:
            yield match
            at = match.end()


def hide_formulas(text: str, mark: str) -> str:
    """Return a text without code, with a mark in place of each formula."""
    parts, at = [], 0
    for match in find_formulas(text):
        parts += [text[at : match.start()], mark]
        at = match.end()
    return "".join((*parts, text[at:]))


def formula_faults(text: str) -> Iterator[str]:
    """Yield a sentence for each broken formula of a text without code."""
    for match in find_formulas(text):
        try:
            to_mathml(match["display"] or match["inline"], display=bool(match["display"]))
        except FormulaError as error:
            yield str(error)
    if _OPEN_DISPLAY.search(hide_formulas(text, "")):
        yield "A formula has $$ on one side only, or a blank line or a list inside. Write it in one paragraph."


def render_formula(tex: str, *, display: bool) -> str:
    """Return a formula as MathML, or as code if it is broken."""
    try:
        return to_mathml(tex, display=display)
    except FormulaError:
        sign = "$$" if display else "$"
        return f'<code class="broken">{escape(f"{sign}{tex}{sign}", quote=False)}</code>'


@lru_cache(maxsize=4096)
def to_mathml(tex: str, *, display: bool) -> str:
    """Return MathML with the TeX as `alttext`. Raise FormulaError for what the library would show wrongly."""
    braces = [brace[-1] for brace in _BRACE.findall(tex) if brace[0] != "\\"]
    if braces.count("{") != braces.count("}"):
        raise _broken(tex, "its braces do not match")
    source = tex
    for command, synonym in _SYNONYMS:
        source = command.sub(synonym, source)
    try:
        root = fromstring(convert(source, display="block" if display else "inline"))
    except Exception as error:  # the library raises whatever a broken formula makes it raise
        reason = _REASONS.get(type(error), "it is not TeX that is known here")
        raise _broken(tex, reason) from None
    for element in root.iter():
        _check(element, tex)
    root.set("alttext", " ".join(tex.split()))
    if display:
        root.set("tabindex", "0")  # a long formula scrolls, by the keyboard too
    return tostring(root, encoding="unicode")


def _check(element: Element, tex: str) -> None:
    element.tag = element.tag.removeprefix(_NAMESPACE)
    name, text = element.tag, (element.text or "").strip()
    if name not in ELEMENTS:
        raise _broken(tex, f"<{name}> is not supported")
    if text.startswith("\\"):
        raise _broken(tex, f"the command {text} is not known")
    if name == "mi" and text in ("{", "}"):
        raise _broken(tex, "its braces do not match")
    if len(element) != _CHILDREN.get(name, len(element)):
        raise _broken(tex, "a fraction, root or script has a part too few")
    if unknown := set(element.attrib) - ATTRIBUTES.get(name, set()):
        raise _broken(tex, f"{', '.join(sorted(unknown))} cannot be set in a formula")


def _broken(tex: str, reason: str) -> FormulaError:
    shown = tex if len(tex) <= 60 else f"{tex[:59]}…"
    return FormulaError(f"The formula '{shown}' is shown as code: {reason}.")
