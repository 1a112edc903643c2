"""A paragraph of Markdown from stretches of text with marks, written with as few backslashes as it takes."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from questions.content.markdown import render

BREAK = "\x00"  # a run that is a line break
_SPACE = re.compile(r"[ \t\r\n]+")
# What could be taken for markup: in a line, or at its beginning (list, fence, rule of a table).
_SPECIAL = re.compile(r"[\\`*_]|^(?:[-+]|\d{1,9}[.)])(?: |$)|^~~~|^[ |:-]+$", re.MULTILINE)
# The marks of a line that need a backslash: not a star or underscore between spaces, nor one within a_name.
_NEEDED = re.compile(r"`|\\(?=[!-/:-@\[-`{-~\n]|\Z)|(?<![ \n])\*|\*(?![ \n])|(?<![^\W_])_|_(?![^\W_])")
_ANY_MARK = re.compile(r"[\\`*_]")
_LINE_MARK = re.compile(r"^(\d{1,9})(?=[.)](?: |$))|^(?=[-+](?: |$)|~~~|[ |:-]+$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a passage with the same marks; `text` may be `BREAK`, a line break."""

    text: str
    marks: tuple[str, ...] = ()
    code: bool = False


def write_paragraph(runs: Iterable[Run], *, one_line: bool = False) -> str:
    """A paragraph of Markdown, in the plainest way of writing that renders as the runs say."""
    runs = list(runs)
    if not any(run.marks or run.code or run.text == BREAK for run in runs):
        text = "".join(run.text for run in runs)
        text = _SPACE.sub(lambda found: "\n" if "\n" in found[0] and not one_line else " ", text)
        runs = [Run(text.strip(" \n\u00a0"))]
        if not _SPECIAL.search(runs[0].text):
            return runs[0].text
    else:
        runs = _squeezed(runs, one_line=one_line)
    wanted = _html(runs)
    bare = [Run(run.text, (), run.code) for run in runs]
    for mark in (None, _NEEDED, _ANY_MARK):
        text = _markdown(runs, mark)
        if render(text) == wanted:
            return text
    return _markdown(bare, _ANY_MARK)  # emphasis that Markdown cannot say, as within a word


def _squeezed(runs: Iterable[Run], *, one_line: bool) -> list[Run]:
    """Runs without needless white space; marks never begin or end with a space. A newline stays one."""
    chars: list[tuple[str, tuple[str, ...], bool]] = []
    for run in runs:
        for char in run.text:
            if char in " \t\r\n\x00":
                char = BREAK if char == BREAK else "\n" if char in "\r\n" else " "
                if one_line or (run.code and char == "\n"):
                    char = " "
                if not chars:
                    continue
                before = chars[-1][0]
                if before in " \n\x00":
                    if char == BREAK or (char == "\n" and before == " "):
                        chars[-1] = (char, (), False)
                    continue
            chars.append((char, run.marks, run.code))
    while chars and chars[-1][0] in " \n\x00\u00a0":
        chars.pop()
    # A space between two stretches belongs to what both have in common.
    for number in range(1, len(chars) - 1):
        space, own, code = chars[number]
        if space in " \n\x00":
            (_, left, coded), (_, right, coded_too) = chars[number - 1], chars[number + 1]
            common = tuple(a for a, b, c in zip(left, own, right, strict=False) if a == b == c)
            chars[number] = (space, common, code and coded and coded_too and left == right)
    joined: list[Run] = []
    for char, marks, code in chars:
        if joined and joined[-1].marks == marks and joined[-1].code == code and BREAK not in (char, joined[-1].text):
            joined[-1] = Run(joined[-1].text + char, marks, code)
        else:
            joined.append(Run(char, marks, code))
    return joined


def _markdown(runs: list[Run], mark: re.Pattern[str] | None) -> str:
    parts: list[str] = []
    for run, sign in _steps(runs, str, str):
        if run is None:
            parts.append(sign)
        elif run.text == BREAK:
            parts.append("\\\n")
        elif run.code:
            longest = max((len(each) for each in re.findall(r"`+", run.text)), default=0)
            pad = " " if run.text[0] == "`" or run.text[-1] == "`" else ""
            parts.append("`" * (longest + 1) + pad + run.text + pad + "`" * (longest + 1))
        else:
            parts.append(mark.sub(r"\\\g<0>", run.text) if mark else run.text)
    text = "".join(parts)
    return _LINE_MARK.sub(lambda found: f"{found[1] or ''}\\", text) if mark else text


def _html(runs: list[Run]) -> str:
    """What `questions.content.markdown.render` makes of these runs if all is well."""
    names = {"**": "strong", "*": "em"}
    parts = ["<p>"]
    for run, tag in _steps(runs, lambda mark: f"<{names[mark]}>", lambda mark: f"</{names[mark]}>"):
        if run is None:
            parts.append(tag)
        elif run.text == BREAK:
            parts.append("<br>\n")
        else:
            text = escape(run.text, quote=False).replace("\u00a0", "&nbsp;")
            parts.append(f"<code>{text}</code>" if run.code else text)
    return "".join((*parts, "</p>"))


def _steps(
    runs: list[Run], opening: Callable[[str], str], closing: Callable[[str], str]
) -> Iterator[tuple[Run | None, str]]:
    """The runs, with the marks that open and close between them."""
    now: tuple[str, ...] = ()
    for run in (*runs, Run("")):
        shared = 0
        while shared < min(len(now), len(run.marks)) and now[shared] == run.marks[shared]:
            shared += 1
        for mark in reversed(now[shared:]):
            yield None, closing(mark)
        for mark in run.marks[shared:]:
            yield None, opening(mark)
        now = run.marks
        if run.text:
            yield run, ""
