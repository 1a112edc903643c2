r"""TeX formulas in HTML and plain text of other programs: `\(x\)`, `\[x\]`, `$$x$$`, and `$x$` if it looks like TeX."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from questions.content.formulas import FORMULA, MAX_FORMULA_CHARS, FormulaError, find_formulas, to_mathml

_TEX = rf"(?P<{{}}>(?:[^$\\]|\\[^()\[\]]){{{{1,{MAX_FORMULA_CHARS}}}}}?)"
_DELIMITED = re.compile(rf"\\\({_TEX.format('inline')}\\\)|\\\[{_TEX.format('display')}\\\]", re.DOTALL)
# Between single dollar signs of foreign texts there may be anything, such as the names of two variables of a shell.
_LOOKS_LIKE_TEX = re.compile(r"[\\^_{}=<>+]|\A(?:[A-Za-z]'?|[A-Za-z]\([A-Za-z, ]+\))\Z")
_PARTS = re.compile(r"(<math [^<>]*>.*?</math>|<code\b.*?</code>|<pre\b.*?</pre>|<[^<>]*>)", re.DOTALL)
_ALTTEXT = re.compile(r' alttext="([^"]*)"')
_BROKEN = re.compile(r'<code class="broken">(.*)</code>', re.DOTALL)
_NO_FORMULA = "<span></span>"  # keeps readers, ours too, from seeing a formula in plain text


@dataclass(frozen=True, slots=True)
class Tex:
    """A formula in a text, from `start` to `end` with its delimiters; `markdown` is the formula as we write it."""

    start: int
    end: int
    markdown: str


def find_tex(text: str) -> Iterator[Tex]:
    """Yield the formulas of a plain text."""
    found = [*_DELIMITED.finditer(text), *find_formulas(text)] if "$" in text or "\\" in text else []
    at = 0
    for match in sorted(found, key=lambda match: match.start()):
        tex = " ".join((match["inline"] or match["display"]).split())
        is_other = match["inline"] and match[0].startswith("$") and not _LOOKS_LIKE_TEX.search(tex)
        if match.start() < at or not tex or is_other:
            continue
        yield Tex(match.start(), match.end(), _markdown(tex, display=bool(match["display"])))
        at = match.end()


def tex_of_mathml(attributes: Mapping[str, str]) -> str:
    """Return a formula of MathML as Markdown, if its alternative text is TeX; else an empty string."""
    tex, display = attributes.get("alttext", "").strip(), attributes.get("display") == "block"
    if not _LOOKS_LIKE_TEX.search(tex) or "$" in tex:
        return ""
    try:
        to_mathml(tex, display=display)
    except FormulaError:
        return ""
    return _markdown(tex, display=display)


def write_tex(html: str) -> str:
    r"""Return cleaned HTML with formulas as text, `\(x\)` and `\[x\]`, as MathJax and learning platforms read them."""
    parts = _PARTS.split(html)
    parts[::2] = [_protected(part) for part in parts[::2]]
    parts[1::2] = [_written(part) for part in parts[1::2]]
    return "".join(parts)


def _written(part: str) -> str:
    if part.startswith("<math "):
        alttext = _ALTTEXT.search(part)
        tex = alttext[1] if alttext else ""
        return rf"\[{tex}\]" if ' display="block"' in part else rf"\({tex}\)"
    broken = _BROKEN.fullmatch(part)
    return broken[1] if broken else part


def _protected(text: str) -> str:
    if "\\(" not in text and "\\[" not in text and not FORMULA.search(unescape(text)):
        return text
    return re.sub(r"\$|\\(?=[(\[])", rf"\g<0>{_NO_FORMULA}", text)


def _markdown(tex: str, *, display: bool) -> str:
    sign = "$$" if display else "$"
    return f"{sign}{tex}{sign}"
