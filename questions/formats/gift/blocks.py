"""Splitting of a GIFT file into the texts of its questions, with categories, ids and tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile

from questions.formats.gift.text import hide_escapes

_CATEGORY = re.compile(r"\s*\$CATEGORY:(.*)")
_ID = re.compile(r"\[id:((?:\\\]|[^\]]){1,500}+)\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]]){1,500}+)\]")
_BRACE = re.compile(r"[{}]")
_ANCHOR = re.compile(r"\$[a-z]+\d*\$\Z")
_SLASH = re.compile(r"(?<!/)/(?!/)")

type _Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Block:
    """One question: its text with hidden escapes, its first `line`, and its category from the top down."""

    line: int
    text: str
    path: tuple[str, ...]
    id: str
    tags: tuple[str, ...]

    def line_at(self, position: int) -> int:
        """Return the line of the file at a position of the text."""
        return self.line + self.text.count("\n", 0, position)


def split_blocks(text: str) -> Iterator[Block]:
    """Yield the questions of a file in order.

    A blank line outside of braces separates questions. Without one, a line that ends with a closing brace ends the
    question if another brace opens after it.
    """
    path: tuple[str, ...] = ()
    comments: list[str] = []
    for lines in _join_open_braces(_split_at_blank_lines(text)):
        category = _CATEGORY.match(lines[0][1])
        if category:
            path = _path(category[1])
            comments = []
            continue
        for part in _split_at_closing_braces(lines):
            comments += [line for _, line in part if _is_comment(line)]
            body = [(number, "" if _is_comment(line) else line) for number, line in part]
            body = list(dropwhile(lambda line: not line[1].strip(), body))
            if body:
                comment_text = " ".join(comments)
                code = _ID.search(comment_text)
                yield Block(
                    line=body[0][0],
                    text="\n".join(line for _, line in body),
                    path=path,
                    id=code[1].strip().replace("\\]", "]") if code else "",
                    tags=tuple(tag.strip().replace("\\]", "]") for tag in _TAG.findall(comment_text)),
                )
                comments = []


def _split_at_blank_lines(text: str) -> Iterator[list[_Line]]:
    """Yield the lines between blank lines; a category line outside of braces is a chunk of its own."""
    lines: list[_Line] = []
    depth = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw if _is_comment(raw) else hide_escapes(raw)
        is_category = depth <= 0 and _CATEGORY.match(line)
        if lines and (is_category or not line.strip()):
            yield lines
            lines, depth = [], 0
        if is_category:
            yield [(number, line)]
        elif line.strip():
            lines.append((number, line))
            depth += 0 if _is_comment(line) else line.count("{") - line.count("}")
    if lines:
        yield lines


def _join_open_braces(chunks: Iterator[list[_Line]]) -> Iterator[list[_Line]]:
    """Join the chunks that a blank line inside braces has separated."""
    before: list[_Line] = []
    is_open = False
    for chunk in chunks:
        if before and not (is_open and _continues_question(chunk)):
            yield before
            before, is_open = [], False
        gap = range(before[-1][0] + 1, chunk[0][0]) if before else ()
        before += [(number, "") for number in gap] + chunk
        braces = _BRACE.findall(_without_comments(chunk))
        is_open = braces[-1] == "{" if braces else is_open
    if before:
        yield before


def _continues_question(lines: list[_Line]) -> bool:
    """Return whether a chunk after an open brace closes it, or opens no other."""
    first = _BRACE.search(_without_comments(lines))
    return not _CATEGORY.match(lines[0][1]) and (first is None or first[0] == "}")


def _split_at_closing_braces(lines: list[_Line]) -> Iterator[list[_Line]]:
    start = 0
    last_open = max((at for at, (_, line) in enumerate(lines) if "{" in line and not _is_comment(line)), default=0)
    for at, (_, line) in enumerate(lines):
        if at < last_open and line.rstrip().endswith("}") and not _is_comment(line):
            yield lines[start : at + 1]
            start = at + 1
    yield lines[start:]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def _without_comments(lines: list[_Line]) -> str:
    return "\n".join(line for _, line in lines if not _is_comment(line))


def _path(category: str) -> tuple[str, ...]:
    parts = [part.strip().replace("//", "/") for part in _SLASH.split(category)]
    return tuple(part for part in parts if part and part != "top" and not _ANCHOR.match(part))
