"""A GIFT file as its questions, still unread: comments and categories taken out, ids and tags taken from comments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from questions.formats.gift.text import hidden

_CATEGORY = re.compile(r"\s*\$CATEGORY:(.*)")
_ID = re.compile(r"\[id:\s*((?:\\\]|[^\]])+?)\s*\]")
_LABEL = re.compile(r"\[tag:\s*((?:\\\]|[^\]])+?)\s*\]")
_BRACE = re.compile(r"[{}]")
_ANCHOR = re.compile(r"\$[a-z]+\d*\$\Z")
_SLASH = re.compile(r"(?<!/)/(?!/)")

type _Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Block:
    """One question: its text with hidden escapes, which begins in `line`; `path` is its category from the top down."""

    line: int
    text: str
    path: tuple[str, ...]
    id: str
    tags: tuple[str, ...]

    def line_at(self, position: int) -> int:
        """The line of the file in which a position of the text lies."""
        return self.line + self.text.count("\n", 0, position)


def blocks(text: str) -> Iterator[Block]:
    """The questions of a file in their order.

    A blank line parts questions, unless it stands within braces. Where it is missing, a line that ends with a
    closing brace ends the question if another brace opens behind it.
    """
    path: tuple[str, ...] = ()
    comments: list[str] = []
    for lines in _joined(_chunks(text)):
        category = _CATEGORY.match(lines[0][1])
        if category:
            path = _path(category[1])
            comments = []
            continue
        for part in _split(lines):
            comments += [line for _, line in part if _is_comment(line)]
            body = [(number, "" if _is_comment(line) else line) for number, line in part]
            while body and not body[0][1].strip():
                body.pop(0)
            if body:
                found = " ".join(comments)
                code = _ID.search(found)
                yield Block(
                    line=body[0][0],
                    text="\n".join(line for _, line in body),
                    path=path,
                    id=code[1].replace("\\]", "]") if code else "",
                    tags=tuple(tag.replace("\\]", "]") for tag in _LABEL.findall(found)),
                )
                comments = []


def _chunks(text: str) -> Iterator[list[_Line]]:
    """Lines between blank lines; a line that names a category stands alone, unless it is within braces."""
    lines: list[_Line] = []
    depth = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw if _is_comment(raw) else hidden(raw)
        alone = depth <= 0 and _CATEGORY.match(line)
        if lines and (alone or not line.strip()):
            yield lines
            lines, depth = [], 0
        if alone:
            yield [(number, line)]
        elif line.strip():
            lines.append((number, line))
            depth += 0 if _is_comment(line) else line.count("{") - line.count("}")
    if lines:
        yield lines


def _joined(chunks: Iterator[list[_Line]]) -> Iterator[list[_Line]]:
    """Chunks, those joined that a blank line within braces has parted."""
    before: list[_Line] = []
    is_open = False
    for chunk in chunks:
        if before and not (is_open and _goes_on(chunk)):
            yield before
            before, is_open = [], False
        gap = range(before[-1][0] + 1, chunk[0][0]) if before else ()
        before += [(number, "") for number in gap] + chunk
        braces = _BRACE.findall(_body(chunk))
        is_open = braces[-1] == "{" if braces else is_open
    if before:
        yield before


def _goes_on(lines: list[_Line]) -> bool:
    """Whether a chunk behind an open brace closes it, or at least opens no other."""
    first = _BRACE.search(_body(lines))
    return not _CATEGORY.match(lines[0][1]) and (first is None or first[0] == "}")


def _split(lines: list[_Line]) -> Iterator[list[_Line]]:
    start = 0
    last_open = max((at for at, (_, line) in enumerate(lines) if "{" in line and not _is_comment(line)), default=0)
    for at, (_, line) in enumerate(lines):
        if at < last_open and line.rstrip().endswith("}") and not _is_comment(line):
            yield lines[start : at + 1]
            start = at + 1
    yield lines[start:]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def _body(lines: list[_Line]) -> str:
    return "\n".join(line for _, line in lines if not _is_comment(line))


def _path(category: str) -> tuple[str, ...]:
    parts = [part.strip().replace("//", "/") for part in _SLASH.split(category)]
    return tuple(part for part in parts if part and part != "top" and not _ANCHOR.match(part))
