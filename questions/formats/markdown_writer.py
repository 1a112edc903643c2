"""Writing of a Markdown paragraph from runs of marked text, with as few backslashes as possible."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from questions.content.markdown import render, render_inline
from questions.formats.tex import find_tex

BREAK = "\x00"  # text of a run that is a line break
_SPACE = re.compile(r"[ \t\r\n]+")
# Possible markup: anywhere in a line, or at its start (list, fence, rule of a table).
_SPECIAL = re.compile(r"[\\`*_]|\$[^$]+\$|^(?:[-+]|\d{1,9}[.)])(?: |$)|^~~~|^[ |:-]+$", re.MULTILINE)
# Marks that need a backslash; a star or underscore between spaces or inside a_name does not.
_NEEDED = re.compile(r"[`$]|\\(?=[!-/:-@\[-`{-~\n]|\Z)|(?<![ \n])\*|\*(?![ \n])|(?<![^\W_])_|_(?![^\W_])")
_ANY_MARK = re.compile(r"[\\`*_$]")
_LINE_MARK = re.compile(r"^(\d{1,9})(?=[.)](?: |$))|^(?=[-+](?: |$)|~~~|[ |:-]+$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """Text with the same marks throughout, or `BREAK`, a line break, or `verbatim` Markdown, such as a formula."""

    text: str
    marks: tuple[str, ...] = ()
    code: bool = False
    verbatim: bool = False


def text_runs(text: str, marks: tuple[str, ...] = ()) -> Iterator[Run]:
    """Yield plain text of another program, with its formulas as runs of their own."""
    at = 0
    for formula in find_tex(text):
        yield Run(text[at : formula.start], marks)
        yield Run(formula.markdown, marks, verbatim=True)
        at = formula.end
    yield Run(text[at:], marks)


def write_paragraph(runs: Iterable[Run], *, one_line: bool = False) -> str:
    """Return the Markdown paragraph with the fewest escapes that renders as the runs."""
    runs = list(runs)
    if not any(run.marks or run.code or run.verbatim or run.text == BREAK for run in runs):
        text = "".join(run.text for run in runs)
        text = _SPACE.sub(lambda match: "\n" if "\n" in match[0] and not one_line else " ", text)
        runs = [Run(text.strip(" \n\u00a0"))]
        if not _SPECIAL.search(runs[0].text):
            return runs[0].text
    else:
        runs = _squeezed(runs, one_line=one_line)
    expected = _html(runs)
    unmarked = [Run(run.text, (), run.code, run.verbatim) for run in runs]
    for mark in (None, _NEEDED, _ANY_MARK):
        text = _markdown(runs, mark)
        if render(text) == expected:
            return text
    return _markdown(unmarked, _ANY_MARK)  # Markdown cannot express this emphasis, as inside a word


def _squeezed(runs: Iterable[Run], *, one_line: bool) -> list[Run]:
    """Collapse white space; marks never start or end with a space. A newline is kept."""
    chars: list[tuple[str, tuple[str, ...], bool]] = []
    for run in runs:
        for char in [run.text] if run.verbatim else run.text:
            if char in " \t\r\n\x00":
                char = BREAK if char == BREAK else "\n" if char in "\r\n" else " "
                if one_line or (run.code and char == "\n"):
                    char = " "
                if not chars:
                    continue
                previous = chars[-1][0]
                if previous in " \n\x00":
                    if char == BREAK or (char == "\n" and previous == " "):
                        chars[-1] = (char, (), False)
                    continue
            chars.append((char, run.marks, run.code))
    while chars and chars[-1][0] in " \n\x00\u00a0":
        chars.pop()
    # A space between two runs gets the marks that both have in common.
    for number in range(1, len(chars) - 1):
        space, marks, code = chars[number]
        if space in " \n\x00":
            (_, left, coded), (_, right, coded_too) = chars[number - 1], chars[number + 1]
            common = tuple(a for a, b, c in zip(left, marks, right, strict=False) if a == b == c)
            chars[number] = (space, common, code and coded and coded_too and left == right)
    joined: list[Run] = []
    for char, marks, code in chars:
        last = joined[-1] if joined else Run(BREAK)
        if (last.marks, last.code) == (marks, code) and not (
            last.verbatim or len(char) > 1 or BREAK in (char, last.text)
        ):
            joined[-1] = Run(last.text + char, marks, code)
        else:
            joined.append(Run(char, marks, code, verbatim=len(char) > 1))
    return joined


def _markdown(runs: list[Run], mark: re.Pattern[str] | None) -> str:
    parts: list[str] = []
    for run, marker in _steps(runs, str, str):
        if run is None:
            parts.append(marker)
        elif run.text == BREAK:
            parts.append("\\\n")
        elif run.verbatim:
            parts.append(run.text)
        elif run.code:
            longest_run = max((len(backticks) for backticks in re.findall(r"`+", run.text)), default=0)
            pad = " " if run.text[0] == "`" or run.text[-1] == "`" else ""
            parts.append("`" * (longest_run + 1) + pad + run.text + pad + "`" * (longest_run + 1))
        else:
            parts.append(mark.sub(r"\\\g<0>", run.text) if mark else run.text)
    text = "".join(parts)
    return _LINE_MARK.sub(lambda match: f"{match[1] or ''}\\", text) if mark else text


def _html(runs: list[Run]) -> str:
    """Return the HTML that `questions.content.markdown.render` should produce for these runs."""
    names = {"**": "strong", "*": "em"}
    parts = ["<p>"]
    for run, tag in _steps(runs, lambda mark: f"<{names[mark]}>", lambda mark: f"</{names[mark]}>"):
        if run is None:
            parts.append(tag)
        elif run.text == BREAK:
            parts.append("<br>\n")
        elif run.verbatim:
            parts.append(render_inline(run.text))
        else:
            text = escape(run.text, quote=False).replace("\u00a0", "&nbsp;")
            parts.append(f"<code>{text}</code>" if run.code else text)
    return "".join((*parts, "</p>"))


def _steps(
    runs: list[Run], opening: Callable[[str], str], closing: Callable[[str], str]
) -> Iterator[tuple[Run | None, str]]:
    """Yield the runs, with the marks that open and close between them."""
    current: tuple[str, ...] = ()
    for run in (*runs, Run("")):
        shared = 0
        while shared < min(len(current), len(run.marks)) and current[shared] == run.marks[shared]:
            shared += 1
        for mark in reversed(current[shared:]):
            yield None, closing(mark)
        for mark in run.marks[shared:]:
            yield None, opening(mark)
        current = run.marks
        if run.text:
            yield run, ""
